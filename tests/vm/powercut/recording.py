# SPDX-License-Identifier: LGPL-2.1-or-later
"""
A recording of a disk's writes and flushes, and what the disk may hold when the power goes.

qemu's blklogwrites driver writes the log format of the kernel's dm-log-writes: a superblock, then for
each write or flush one sector that describes it, followed by the data.

What a disk promises: a write that was complete when a flush began is there after the flush. Of all
later ones, any may be missing, and any that is not a single sector may be there in part.
"""

import struct

SECTOR = 512
MAGIC = 0x6A736677736872
FLUSH, FUA, DISCARD = 1, 2, 4

# The end of the disk, behind the file system, has the marks. See tests/vm/image.
MARKS_SIZE = 1 << 20
MARK = b"left4me-mark "


def file_system_size(disk):
    with open(disk, "rb") as file:
        return file.seek(0, 2) - MARKS_SIZE


class Entry:
    """One write or flush: where on the disk, and where in the recording its data is."""

    __slots__ = ("offset", "size", "flush", "data")

    def __init__(self, offset, size, flush, data):
        self.offset, self.size, self.flush, self.data = offset, size, flush, data


class Recording:
    def __init__(self, path, marks_begin):
        self.file = open(path, "rb")
        self.marks_begin = marks_begin
        self.entries = list(self._read())

    def _read(self):
        # The number of entries in the superblock is late when qemu was killed: read to the end.
        magic, _version, _entries, sector = struct.unpack("<QQQI", self._at(0, 28))
        if magic != MAGIC:
            raise ValueError("not a recording of a disk")
        position = sector
        end = self.file.seek(0, 2)
        while position + sector <= end:
            where, count, flags = struct.unpack("<QQQ", self._at(position, 24))
            position += sector
            if flags == 0 and count == 0:
                break
            if flags & DISCARD:
                continue
            data = position
            position += count * sector
            if position > end:
                break
            yield Entry(where * sector, count * sector, bool(flags & (FLUSH | FUA)), data)

    def _at(self, offset, size):
        self.file.seek(offset)
        return self.file.read(size)

    def data(self, entry):
        return self._at(entry.data, entry.size)

    def mark(self, entry):
        """The text of a mark, None for any other entry."""
        if entry.offset < self.marks_begin or entry.size != SECTOR:
            return None
        data = self.data(entry)
        if not data.startswith(MARK):
            return None
        return data[len(MARK):].split(b"\0", 1)[0].decode()

    def durable(self, end):
        """How many of the first `end` entries a disk must have kept: up to the last flush."""
        for i in range(end, 0, -1):
            if self.entries[i - 1].flush:
                return i
        return 0

    def write(self, disk, first, last):
        """Writes the entries first to last, without last, to the open disk."""
        for entry in self.entries[first:last]:
            self._put(disk, entry, 0, entry.size)

    def write_some(self, disk, first, last, random):
        """
        Of these entries, writes what chance kept. Returns how many were lost, whole or in part, and what undo() needs.
        """
        lost, replaced = 0, []
        for entry in self.entries[first:last]:
            kept = random.choice(("all", "all", "none", "none", "part"))
            begin, end = 0, entry.size
            if kept == "part":
                cut = random.randint(0, entry.size // SECTOR) * SECTOR
                begin, end = random.choice(((0, cut), (cut, entry.size)))
            if kept != "none" and end > begin:
                disk.seek(entry.offset + begin)
                replaced.append((entry.offset + begin, disk.read(end - begin)))
                self._put(disk, entry, begin, end)
            lost += kept != "all"
        return lost, replaced

    @staticmethod
    def undo(disk, replaced):
        """Writes back what write_some() replaced."""
        for offset, data in reversed(replaced):
            disk.seek(offset)
            disk.write(data)

    def _put(self, disk, entry, begin, end):
        if end > begin and entry.offset < self.marks_begin:
            disk.seek(entry.offset + begin)
            disk.write(self._at(entry.data + begin, end - begin))
