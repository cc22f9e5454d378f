"""Whether an XLS file is safe to hand to calamine, which reserves memory for whatever a damaged record claims.

A failed allocation ends the process there and then, and with it every session of the dashboard. So the records that
it reserves memory by are read here first. Sources: [MS-CFB] for the container, [MS-XLS] for the records.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from smsget.errors import UnreadableFile

_LAST_SECTOR = 0xFFFFFFFA  # greater ids are marks: end of chain, free, part of the table itself
_COLUMNS, _ROWS = 256, 65_536

_FILEPASS, _DIMENSIONS, _SST, _MULRK, _MULBLANK = 0x002F, 0x0200, 0x00FC, 0x00BD, 0x00BE
_EOF, _BOUNDSHEET, _ROW, _ZERO_HEIGHT = 0x000A, 0x0085, 0x0208, 0x20
# FORMULA, RSTRING, LABELSST, BLANK, NUMBER, LABEL, BOOLERR, RK: all begin with row and column
_CELLS = {0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, _MULRK, _MULBLANK}


def check_xls(data: bytes) -> None:
    """Raise ValueError (or struct.error, IndexError, KeyError) if a record claims what an XLS file cannot hold.

    Behind a password all records are encrypted: `UnreadableFile("not_a_table", kind="protected_workbook")`.
    """
    stream = _workbook_stream(data)
    for kind, content in _records(stream):
        if kind == _FILEPASS:
            raise UnreadableFile("not_a_table", kind="protected_workbook")
        if _claims_too_much(kind, content, len(stream)):
            raise ValueError(f"record {kind:04x}")


def _claims_too_much(kind: int, content: bytes, size: int) -> bool:
    if kind == _DIMENSIONS:
        # rows and columns, from and up to (exclusive); rows took two bytes before Excel 97
        first_row, end_row, first, end = struct.unpack_from("<IIHH" if len(content) >= 14 else "<HHHH", content)
        return not (first_row <= end_row <= _ROWS and first <= end <= _COLUMNS)
    if kind == _SST:
        strings: int = struct.unpack_from("<I", content, 4)[0]
        return strings * 3 > size  # a string takes three bytes at least
    if kind in _CELLS:
        column = struct.unpack_from("<H", content, 2)[0]
        last = struct.unpack_from("<H", content, len(content) - 2)[0] if kind in {_MULRK, _MULBLANK} else column
        return not column <= last < _COLUMNS
    return False


def hidden_rows_of_xls(data: bytes, sheet: int) -> Iterator[int]:
    """Numbers of the hidden rows, the first being 1, of the sheet that stands at `sheet`. Raises as `check_xls`."""
    stream = _workbook_stream(data)
    places = [struct.unpack_from("<I", content)[0] for kind, content in _records(stream) if kind == _BOUNDSHEET]
    for kind, content in _records(stream, places[sheet]):
        if kind == _EOF:
            return
        if kind == _ROW and content[12] & _ZERO_HEIGHT:
            yield struct.unpack_from("<H", content)[0] + 1


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


class _Container:
    """A compound file: sectors of equal size, chained by a table (FAT); small streams in a finer one inside."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = 1 << data[30]
        if self.size not in (512, 4096):
            raise ValueError("sector size")
        self.directory_start, self.cutoff, self.mini_start = struct.unpack_from("<I4xII", data, 48)
        following = struct.unpack_from("<I", data, 68)[0]
        table = list(struct.unpack_from("<109I", data, 76))
        for _ in range(len(data) // self.size):
            if following > _LAST_SECTOR:
                break
            *more, following = self._numbers(following)
            table += more
        self.fat = [number for sector in table if sector <= _LAST_SECTOR for number in self._numbers(sector)]

    def read(self, start: int) -> bytes:
        """The whole chain of sectors that begins with `start`."""
        return b"".join(self._sector(sector) for sector in _chain(self.fat, start))

    def _sector(self, sector: int) -> bytes:
        content = self._data[(sector + 1) * self.size : (sector + 2) * self.size]
        if not content:
            raise ValueError("sector beyond the end")
        return content

    def _numbers(self, sector: int) -> tuple[int, ...]:
        return struct.unpack(f"<{self.size // 4}I", self._sector(sector))


def _chain(table: list[int], start: int) -> Iterator[int]:
    """The entries of `table` from `start` on; ValueError if they go in a circle."""
    for _ in range(len(table) + 1):
        if start > _LAST_SECTOR:
            return
        yield start
        start = table[start]
    raise ValueError("circle")


def _workbook_stream(data: bytes) -> bytes:
    file = _Container(data)
    directory = file.read(file.directory_start)
    entries = [directory[at : at + 128] for at in range(0, len(directory) - 127, 128)]
    by_name = {entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)]: entry for entry in reversed(entries)}
    entry = by_name.get("Workbook".encode("utf-16-le")) or by_name["Book".encode("utf-16-le")]
    start, size = struct.unpack_from("<II", entry, 116)
    if size >= file.cutoff:
        return file.read(start)[:size]
    root = file.read(struct.unpack_from("<I", entries[0], 116)[0])
    mini_table = file.read(file.mini_start)
    links = list(struct.unpack(f"<{len(mini_table) // 4}I", mini_table))
    return b"".join(root[at * 64 : at * 64 + 64] for at in _chain(links, start))[:size]
