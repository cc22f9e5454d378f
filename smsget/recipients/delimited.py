"""CSV, TSV or TXT -> a grid of cells, each row with the line it starts on.

Python's `csv` reader sets the rule: of the readers at hand it alone tells the true line of every record, also with
quoted line breaks. What it forgives and must not (an unclosed quote that swallows the rest) is checked here. Clean
text takes a way that is many times faster and gives the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

import numpy as np

from smsget.errors import UnreadableFile
from smsget.recipients.clean_text import cut, structure
from smsget.recipients.grid import Grid, RaggedRows
from smsget.recipients.names import phone_rank

CELL_LIMIT = 1 << 22
"""Characters in a cell at most. A cell that long is none: somebody opened a quote and did not close it."""

_DELIMITERS = ",\t;|，"
_SEP_LINE = re.compile(r'"?sep=([^\w\r\n"])\1*"?\s*?(?:\r\n|\r|\n|$)', re.IGNORECASE)
# A line of its own that no file can hold, because NUL bytes are taken out of the text before.
_END = "\x00"
_UNUSED = "\x1f"  # "unit separator": meant to stand between cells, and known to nobody
_SAMPLE_LINES = 400
_LONG_LINE = 1 << 22  # bytes; a line of twice as many is no row, and would fill the memory as a list of cells
_ODD_SHARE = 0.1  # of the records; with more of them out of shape the fast way is none
_REPORT_EVERY = 10_000


def read_delimited(text: bytes, progress: Callable[[float], None] = lambda _: None) -> tuple[str, Grid]:
    """The delimiter and the cells of a text in UTF-8, without NUL bytes. Lines are counted from 1.

    A first line `sep=;` names the delimiter and is no row.
    Raises `UnreadableFile`: `unclosed_quote` with `line`; `not_a_table`, for an endless cell or line with the kind
    "long_line" and its `line`, for far too many of them with the kind "text" or "too_wide".
    """
    if endless := _endless_line(text):
        raise UnreadableFile("not_a_table", kind="long_line", line=endless)
    if csv.field_size_limit() < CELL_LIMIT:  # that of the whole process, which is only ever raised
        csv.field_size_limit(CELL_LIMIT)
    first = list(islice(_lines(text), _SAMPLE_LINES))
    named = _SEP_LINE.match(first[0]) if first else None
    delimiter = named[1] if named else _likely_delimiter(first)
    table, first_line = (text[len(first[0].encode()) :], 2) if named else (text, 1)
    grid = read_fast(table, delimiter, first_line, progress)
    return delimiter, grid or read_slowly(table, delimiter, first_line, progress)


def read_fast(text: bytes, delimiter: str, first_line: int, progress: Callable[[float], None]) -> Grid | None:
    """By Arrow, if the text is clean enough; its odd records alone by the csv reader."""
    if len(delimiter.encode()) > 1:  # the full-width comma; Arrow's separators are single bytes
        if b'"' in text or _UNUSED.encode() in text:
            return None
        text, delimiter = text.replace(delimiter.encode(), _UNUSED.encode()), _UNUSED
    found = structure(text, delimiter, CELL_LIMIT, progress)
    if found is None or not (found.widths > 0).any():
        return None
    width = int(np.bincount(found.widths)[1:].argmax()) + 1
    odd = np.flatnonzero((found.widths != width) & (found.widths > 0))
    if len(odd) > len(found.widths) * _ODD_SHARE:
        return None
    even = cut(text, delimiter, width, len(found.widths) - len(odd))
    if even is None:
        return None
    rows = RaggedRows()
    for at in odd.tolist():
        record = io.StringIO(found.record(text, at).decode(), newline="")
        rows.append(at, next(csv.reader(record, delimiter=delimiter)))
    lines = found.lines.astype(np.int64)
    lines += first_line
    return Grid(lines, found.widths, even, odd, rows.grid().pieces)


def read_slowly(text: bytes, delimiter: str, first_line: int, progress: Callable[[float], None]) -> Grid:
    """By Python's csv reader, with which every other way of reading must agree."""
    stream = io.BytesIO(text)
    rows = RaggedRows()
    for count, (line, cells) in enumerate(_records(_lines_of(stream), delimiter, first_line)):
        rows.append(line, cells)
        if count % _REPORT_EVERY == 0:
            progress(stream.tell() / len(text))
    return rows.grid()


def _endless_line(text: bytes) -> int:
    """The first line of more than `_LONG_LINE` bytes (all those of twice as many are found), 0 if there is none."""
    for at in range(0, len(text) - _LONG_LINE, _LONG_LINE):
        if all(text.find(end, at, at + _LONG_LINE) < 0 for end in (b"\n", b"\r")):
            return sum(1 for _ in _lines(text[:at])) + (text[at - 1 : at] in {b"", b"\n", b"\r"})
    return 0


def _lines(text: bytes) -> Iterator[str]:
    return _lines_of(io.BytesIO(text))


def _lines_of(stream: io.BytesIO) -> Iterator[str]:
    """Lines that end at CR, LF and CRLF and at nothing else; str.splitlines would split at more."""
    return iter(io.TextIOWrapper(stream, "utf-8", newline=""))


def _records(lines: Iterable[str], delimiter: str, line: int) -> Iterator[tuple[int, list[str]]]:
    """Parse; each record is checked for a quote that was opened and not closed where it should have been."""
    taken: list[str] = []  # the lines of the record at hand

    def noted() -> Iterator[str]:
        for one in chain(lines, [_END]):
            taken.append(one)
            yield one

    try:
        for cells in csv.reader(noted(), delimiter=delimiter):
            if taken == [_END]:
                return
            if sum(map(len, taken)) > CELL_LIMIT and max(map(len, cells), default=0) > CELL_LIMIT:
                raise csv.Error("too long")
            # Lenient parsing goes on after `"…"x`, so a quote opened by accident ends, lines later, at the opening
            # quote of another cell. In strict parsing that very place is an error.
            if len(taken) > 1 and (taken[-1] == _END or not _well_quoted(taken, delimiter)):
                raise UnreadableFile("unclosed_quote", line=line)
            yield line, cells
            line += len(taken)
            taken.clear()
    except csv.Error as error:  # a cell longer than the limit, ours or that of the csv module, which anybody may raise
        if len(taken) > 1:
            raise UnreadableFile("unclosed_quote", line=line) from error
        raise UnreadableFile("not_a_table", kind="long_line", line=line) from error


def _well_quoted(lines: list[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _likely_delimiter(lines: list[str]) -> str:
    """The delimiter under which most of the first records are equally wide; a comma if none makes columns.

    It must also split the header (the record with a phone column's name, else the first): otherwise a list of one
    column in which some cells hold `0912345678;0923456789` would be cut in two and one of the numbers lost.
    """
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in _DELIMITERS:
        rows = [row for row in _sample(lines, delimiter) if any(row)]
        header = next((row for row in rows[:10] if any(phone_rank(cell) is not None for cell in row)), rows and rows[0])
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if header and len(header) > 1 and widths:
            scores[delimiter] = max((count, width) for width, count in widths.items())
    return max(scores, key=scores.__getitem__, default=",")


def _sample(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(lines, delimiter=delimiter), 100))
    except csv.Error:
        return []
