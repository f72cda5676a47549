/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "game/byte-source.h"

#include <string.h>
#include <sys/stat.h>

int byte_source_of_file(int fd, ByteSource *ret) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return -EBADFD;

        *ret = (ByteSource) { .fd = fd, .size = (uint64_t) st.st_size };
        return 0;
}

/* The bytes read, fewer only at the end of the file, or -errno. */
static ssize_t read_at(int fd, uint64_t offset, char *buffer, size_t size) {
        size_t done = 0;

        while (done < size) {
                ssize_t n = pread(fd, buffer + done, size - done, (off_t) (offset + done));

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return -errno;
                if (n == 0)
                        break;
                done += (size_t) n;
        }
        return (ssize_t) done;
}

ssize_t byte_source_read_some(
        const ByteSource *source, uint64_t offset, void *buffer, size_t size) {
        if (offset >= source->size)
                return 0;
        if (size > source->size - offset)
                size = (size_t) (source->size - offset);
        if (source->fd >= 0)
                return read_at(source->fd, offset, buffer, size);
        memcpy(buffer, source->data + offset, size);
        return (ssize_t) size;
}

int byte_source_read(const ByteSource *source, uint64_t offset, void *buffer, size_t size) {
        ssize_t n = byte_source_read_some(source, offset, buffer, size);

        if (n < 0)
                return (int) n;
        return (size_t) n < size ? -EBADMSG : 0;
}
