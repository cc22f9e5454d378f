"""XLSX and ODS are zips of parts: whether one is safe to hand to calamine, and how to look into a part by oneself.

calamine reserves memory for the whole rectangle from A1 to the farthest cell; where that fails, the process ends there
and then, and with it every session of the dashboard. So the rectangle is worked out here first.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator

from smsget.errors import UnreadableFile

MAX_UNPACKED = 512 * 1024 * 1024
"""Bytes that the parts of a workbook may take together when unpacked. A million rows of five columns take 300 MB."""
MAX_RECTANGLE = 32_000_000
"""Cells in the rectangle that a sheet spans: calamine holds all of it in memory, some 32 bytes for an empty one."""

_CHUNK = 1 << 20
_LONGEST_TAG = 1 << 22  # no cell of a workbook has more than 32,767 characters, and no tag as many
_SHEET_DATA = b"sheetData"  # the element that calamine looks for before it reads cells, in whatever part it is told
# `r="B7"` of a cell, `r="7"` of a row; calamine also takes lower case and blanks round the equals sign.
_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
_CELL_OR_ROW = re.compile(rb"<(/?)(?:[^\s<>/:]*:)?(c|row)(?=[\s/>])([^<>]*)")
_HAS_REFERENCE = re.compile(rb"""(?:^|\s)r\s*=\s*["']""")
_SHEET = re.compile(rb"""<(?:\w+:)?sheet\s[^<>]*?\w:id\s*=\s*["']([^"'<>]+)["']""")
_RELATION = re.compile(rb"""<(?:\w+:)?Relationship\s([^<>]*)>""")
_ASIDE = re.compile(rb"<!--|<!\[CDATA\[")
_ASIDE_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}


def check_packed(data: bytes) -> None:
    """Refuse what would fill the memory: `UnreadableFile("workbook_too_large")`.

    Every part is looked into, since a workbook says itself which of them are its sheets; so a part that unpacks to
    more than it says is found, too. Raises whatever zipfile raises for a damaged one.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise UnreadableFile("workbook_too_large")
        for part in parts:
            if _Rectangle().of(archive, part) > MAX_RECTANGLE:
                raise UnreadableFile("workbook_too_large")


def sheet_part(archive: zipfile.ZipFile, sheet: int) -> str:
    """The name of the part that holds the sheet at `sheet` of an XLSX. Raises IndexError, KeyError, StopIteration."""
    wanted = _SHEET.findall(archive.read("xl/workbook.xml"))[sheet]
    relations = _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(attribute(one, b"Target") for one in relations if attribute(one, b"Id") == wanted)
    return posixpath.join("/xl", target.decode()).removeprefix("/")


def attribute(attributes: bytes, name: bytes) -> bytes:
    """The value of an attribute of a tag, b"" if it has none."""
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["']([^"']*)""", attributes)
    return found[1] if found else b""


def windows(archive: zipfile.ZipFile, part: str, end: bytes = b">") -> Iterator[bytes]:
    """The bytes of a part, remarks left out, in pieces that each close with `end`: by default they cut no tag in two.

    A stretch of more than some megabytes without `end` is passed over: no program writes one.
    """
    rest, aside = b"", b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = rest + chunk
            cut = window.rfind(end) + len(end) if end in window else 0
            shown, aside = _without_asides(window[:cut], aside)
            yield shown
            rest = window[cut:] if len(window) - cut < _LONGEST_TAG else b""


def _without_asides(window: bytes, aside: bytes) -> tuple[bytes, bytes]:
    """What of a window stands outside remarks. `aside`: how a remark that is open ends, b"" if none is."""
    shown: list[bytes] = []
    at = 0
    while True:
        if aside:
            closed = window.find(aside, at)
            if closed < 0:
                return b"".join(shown), aside
            at, aside = closed + len(aside), b""
        found = _ASIDE.search(window, at)
        shown.append(window[at : found.start() if found else len(window)])
        if not found:
            return b"".join(shown) if at else window, b""
        at, aside = found.end(), _ASIDE_ENDS[found[0]]


class _Rectangle:
    """How large a rectangle the cells of one part span, at most."""

    def __init__(self) -> None:
        self._columns = self._rows = 1  # the farthest that is named
        self._row_count = self._run = self._longest = 0  # rows without a number; cells in a row without a reference

    def of(self, archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
        """Cells from A1 to the farthest one. A single stray one makes it huge; 1 where no sheet is."""
        rest, started = b"", False
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                window = rest + chunk
                started = started or _SHEET_DATA in window
                if not started:
                    rest = window[-len(_SHEET_DATA) :]
                    continue
                cut = window.rfind(b"<")  # no tag that counts holds one
                if len(window) - cut > _LONGEST_TAG:
                    raise UnreadableFile("workbook_damaged")
                self._look(window[:cut])
                rest = window[cut:]
        if started:
            self._look(rest)
        return (self._columns + self._longest) * (self._rows + self._row_count)

    def _look(self, window: bytes) -> None:
        found = _REFERENCE.findall(window)
        self._rows = max(self._rows, max((int(number) for _, number in found), default=1))
        self._columns = max(self._columns, max(map(_column_number, {letters for letters, _ in found}), default=1))
        if not _all_say_where(window):
            self._count(window)

    def _count(self, window: bytes) -> None:
        """A cell without a reference stands behind the one before, a row without a number below the last."""
        for closing, name, attributes in _CELL_OR_ROW.findall(window):
            if name == b"c" and not closing:
                self._run += not _HAS_REFERENCE.search(attributes)
                self._longest = max(self._longest, self._run)
            elif name == b"row":
                self._row_count += not closing and not _HAS_REFERENCE.search(attributes)
                self._run = 0 if closing or attributes.endswith(b"/") else self._run


def _all_say_where(window: bytes) -> bool:
    """Whether every cell and row begins as Excel writes it: with its reference."""
    cells = window.count(b":c") + sum(window.count(b"<c" + end) for end in (b" ", b">", b"/", b"\t", b"\n", b"\r"))
    rows = window.count(b":row") + window.count(b"<row")
    return cells == window.count(b'<c r="') and rows == window.count(b'<row r="')


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
