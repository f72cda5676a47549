/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * l4d2ctl written NAME [PATH]: lists the logs, recordings and statistics that a server wrote, or
 * prints one of them. left4me-written@.service reads them, because their directory is closed.
 */

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time-text.h"
#include "base/tree-size.h"
#include "common/listing.h"
#include "common/terminal.h"
#include "servers/written-client.h"
#include "specs/actor.h"
#include "verbs/verbs.h"

/* --- the service --------------------------------------------------------------------------------
 */

static int open_service(Ctl *ctl, int *ret) {
        int r = written_connect(ctl, ret);

        if (r >= 0)
                return CTL_OK;
        if (r == -EACCES) {
                log_error("Failed to read what servers wrote: only root and members of "
                          "left4me-operators may");
                return CTL_DENIED;
        }
        (void) log_error_errno(
                r, "Failed to connect to %s/%s; run 'systemctl start left4me-written.socket'",
                ctl->paths->run_dir, WRITTEN_SOCKET);
        return CTL_FAILURE;
}

static int ask(Ctl *ctl, const WrittenRequest *request, int *ret_fd, uint64_t *ret_size) {
        _cleanup_close_ int fd = -EBADF;
        int r;

        if (request->verb == WRITTEN_GET && !written_path_is_offered(request->path)) {
                log_error(
                        "Failed to read '%s': only logs, recordings and statistics are offered; "
                        "'l4d2ctl written %s' lists them",
                        request->path, request->name);
                return CTL_DENIED;
        }
        r = open_service(ctl, &fd);
        if (r != CTL_OK)
                return r;
        r = written_ask(fd, request, ret_size);
        if (r == -ENOENT || r == -EPERM)
                log_error(
                        "No file '%s' of '%s' to read: 'l4d2ctl written %s' lists them",
                        request->path, request->name, request->name);
        else if (r < 0)
                (void) log_error_errno(r, "Failed to read what '%s' wrote", request->name);
        if (r < 0)
                return r == -ENOENT || r == -EPERM ? CTL_NO_INSTANCE : CTL_FAILURE;
        *ret_fd = TAKE_FD(fd);
        return CTL_OK;
}

/* --- one file -----------------------------------------------------------------------------------
 */

static int copy_file(int fd, uint64_t size) {
        static char block[128 * 1024];

        while (size > 0) {
                ssize_t n = read(fd, block, size < sizeof(block) ? size : sizeof(block));
                int r;

                if (n <= 0)
                        return n < 0 ? -errno : -ENODATA;
                r = write_all(STDOUT_FILENO, block, (size_t) n);
                if (r < 0)
                        return r;
                size -= (uint64_t) n;
        }
        return 0;
}

static int print_file(Ctl *ctl, WrittenRequest *request, const char *path) {
        _cleanup_close_ int fd = -EBADF;
        uint64_t size;
        int r;

        /* "./" keeps a name that begins with '-' from being an option. */
        (void) snprintf(
                request->path, sizeof(request->path), "%s",
                strncmp(path, "./", 2) == 0 ? path + 2 : path);
        if (isatty(STDOUT_FILENO)) {
                log_error("A server's file is not for a terminal, which obeys what is in it: write "
                          "it to a file, or use 'less'");
                return CTL_USAGE;
        }
        r = ask(ctl, request, &fd, &size);
        if (r != CTL_OK)
                return r;
        r = copy_file(fd, size);
        if (r >= 0)
                return CTL_OK;
        if (r == -ENODATA)
                log_error("'%s' became shorter while it was read", request->path);
        else
                (void) log_error_errno(r, "Failed to copy '%s'", request->path);
        return CTL_FAILURE;
}

/* --- the list -----------------------------------------------------------------------------------
 */

static int add_row(Listing *listing, sd_json_variant *file) {
        const char *path = json_text(file, "path");
        char size[SIZE_TEXT_MAX], changed[TIME_TEXT_MAX];

        if (!path)
                return -EBADMSG;
        (void) size_format(json_number(file, "size_bytes", 0), size);
        return listing_add(
                listing, (const char *[]) {
                                 path,
                                 size,
                                 time_format(json_number(file, "changed_usec", 0), changed),
                         });
}

static int print_rows(const char *name, sd_json_variant *found) {
        static const ListingColumn columns[] = {
                { N_("FILE"), false },
                { N_("SIZE"), true },
                { N_("CHANGED"), false },
                {},
        };
        sd_json_variant *files = json_list(found, "files");
        _cleanup_(listing_freep) Listing *listing = NULL;
        int r;

        r = listing_new(columns, &listing);
        for (size_t i = 0; r >= 0 && i < sd_json_variant_elements(files); i++)
                r = add_row(listing, sd_json_variant_by_index(files, i));
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list what '%s' wrote", name);
                return CTL_FAILURE;
        }
        if (json_is_true(found, "is_truncated"))
                log_notice("'%s' has more files: the newest are listed", name);
        return listing_print(listing);
}

static int print_list(Ctl *ctl, const WrittenRequest *request) {
        _cleanup_json_ sd_json_variant *found = NULL;
        _cleanup_close_ int fd = -EBADF;
        uint64_t size;
        int r;

        r = ask(ctl, request, &fd, &size);
        if (r != CTL_OK)
                return r;
        r = written_read_json(fd, size, &found);
        if (r < 0) {
                (void) log_error_errno(r, "Failed to list what '%s' wrote", request->name);
                return CTL_FAILURE;
        }
        return ctl->options.json ? print_json(found) : print_rows(request->name, found);
}

int verb_written(Ctl *ctl) {
        WrittenRequest request = { .verb = ctl->n_operands == 1 ? WRITTEN_LIST : WRITTEN_GET };
        int r;

        r = instance_exists(ctl, ctl->operands[0]);
        if (r == CTL_NO_INSTANCE)
                log_error("No server named '%s'", ctl->operands[0]);
        if (r != CTL_OK)
                return r;
        (void) snprintf(request.name, sizeof(request.name), "%s", ctl->operands[0]);
        r = actor_see_since(ctl, request.name, &request.since);
        if (r != CTL_OK)
                return r;
        return ctl->n_operands == 1 ? print_list(ctl, &request)
                                    : print_file(ctl, &request, ctl->operands[1]);
}
