"""The fast way for clean text: numpy tells where the records are, Arrow cuts them into cells.

Clean is: no quote but at the edges of a cell (or doubled inside one), one kind of line end outside quotes, a comma or
another single byte between cells. Whatever is not clean is left to Python's `csv` reader, and so is every record
whose number of cells is not the usual one. Both ways give the same grid.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from smsget.recipients.grid import TEXT, Counts, Flags, Numbers, check_size

_Kind = TypeVar("_Kind", np.int32, np.int64)

_CHUNK = 1 << 20  # bytes at a time: numpy's intermediate arrays stay in the processor's cache
_BLOCK = 1 << 23
_HEAD = 1 << 16
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass(frozen=True, eq=False)
class Structure:
    """Where the records of a clean text are.

    ends: of each record the place of its line end (of CRLF the LF), of the last one perhaps the end of the text.
    lines: the line each starts on, the first line of the text being 0. widths: its cells; 0 for an empty line.
    """

    ends: Numbers
    lines: Counts
    widths: Counts

    def record(self, text: bytes, at: int) -> bytes:
        """One record, without its line end."""
        start = int(self.ends[at - 1]) + 1 if at else 0
        return text[start : int(self.ends[at])].removesuffix(b"\r")


def structure(text: bytes, delimiter: str, longest: int, progress: Callable[[float], None]) -> Structure | None:
    """The records of a text; None if it is not clean, or holds a record of more than `longest` bytes.

    Raises `UnreadableFile("not_a_table")` for more rows and cells than a table may have.
    """
    separator = delimiter.encode()
    if len(separator) != 1 or not text or text.startswith(codecs.BOM_UTF8):  # a mark that Arrow would pass over
        return None
    scan = _Scan(np.frombuffer(text, np.uint8), separator[0], _LF if b"\n" in text[:_HEAD] else _CR)
    for at in range(0, len(text), _CHUNK):
        if not scan.go_on(at):
            return None
        progress(at / len(text))
    if scan.in_quotes:
        return None
    found = scan.structure()
    return found if np.max(np.diff(found.ends, prepend=-1)) <= longest else None


def cut(text: bytes, delimiter: str, width: int, count: int) -> list[pa.ChunkedArray] | None:
    """The columns of the records that are `width` cells wide or empty. None if they are not `count`, as expected."""
    names = [str(at) for at in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lambda _: "skip",
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, TEXT), null_values=[], strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:  # a record longer than a block
        return None
    return list(table.columns) if table.num_rows == count else None


class _Scan:
    """A walk over the bytes of a text, chunk by chunk: what it remembers grows with the records, not with the cells."""

    def __init__(self, data: NDArray[np.uint8], separator: int, newline: int) -> None:
        self._data, self._separator, self._newline = data, separator, newline
        self._edges = np.zeros(256, np.bool_)
        self._edges[[_QUOTE, separator, _CR, _LF]] = True
        self.in_quotes = False
        self._separators = self._newlines = 0  # so far; the former outside quotes alone, line ends among them
        self._ends: list[Numbers] = []
        self._counts: list[Counts] = []
        self._lines: list[Counts] = []

    def go_on(self, at: int) -> bool:
        """Take the next chunk, which begins at `at`. False if it shows that the text is not clean."""
        chunk = self._data[at : at + _CHUNK]
        if not self._line_ends_alike(at, chunk):
            return False
        is_mark = (chunk == self._separator) | (chunk == self._newline)
        is_quote = chunk == _QUOTE
        if self.in_quotes or is_quote.any():
            places = np.flatnonzero(is_mark | is_quote)
            quotes = is_quote[places]
            if not self._well_quoted(places[quotes] + at):
                return False
            # A mark after an odd number of quotes is inside a cell. Sums modulo 256 keep odd and even apart.
            inside = (np.cumsum(quotes, dtype=np.uint8) + self.in_quotes) & 1 == 1
            self.in_quotes = bool(inside[-1]) if len(inside) else self.in_quotes
            places, inside = places[~quotes], inside[~quotes]
        else:
            places = np.flatnonzero(is_mark)
            inside = np.zeros(len(places), np.bool_)
        self._note(places + at, chunk[places] == self._newline, ~inside)
        return True

    def structure(self) -> Structure:
        """All records of the text."""
        ends, counts, lines = _joined(self._ends), _joined(self._counts), _joined(self._lines)
        if not len(ends) or ends[-1] + 1 < len(self._data):  # the last line has no end
            ends = np.append(ends, len(self._data))
            counts = np.append(counts, np.int32(self._separators + 1))
            lines = np.append(lines, np.int32(self._newlines + 1))
        lines[1:], lines[0] = lines[:-1], 0
        widths = np.diff(counts, prepend=np.int32(0))
        widths[self._is_empty(ends)] = 0
        return Structure(ends, lines, widths)

    def _is_empty(self, ends: Numbers) -> Flags:
        sizes = np.diff(ends, prepend=-1) - 1
        empty: Flags = (sizes == 0) | ((sizes == 1) & (self._data[ends - 1] == _CR))
        return empty

    def _note(self, places: Numbers, is_newline: Flags, outside: Flags) -> None:
        ends_record = np.flatnonzero(is_newline[outside])
        self._ends.append(places[outside][ends_record])
        self._counts.append((ends_record + (self._separators + 1)).astype(np.int32))
        self._lines.append((np.flatnonzero(outside[is_newline]) + (self._newlines + 1)).astype(np.int32))
        self._separators += int(np.count_nonzero(outside))
        self._newlines += int(np.count_nonzero(is_newline))
        check_size(self._newlines, self._separators)

    def _line_ends_alike(self, at: int, chunk: NDArray[np.uint8]) -> bool:
        """Every CR stands before an LF; where CR ends the lines there is no LF."""
        if self._newline == _CR:
            return not (chunk == _LF).any()
        after = np.flatnonzero(chunk == _CR) + (at + 1)
        return not len(after) or (after[-1] < len(self._data) and bool((self._data[after] == _LF).all()))

    def _well_quoted(self, quotes: Numbers) -> bool:
        """Whether every opening quote follows, and every closing one precedes, the edge of a cell or another quote."""
        before, after = quotes[self.in_quotes :: 2] - 1, quotes[not self.in_quotes :: 2] + 1
        before, after = before[before >= 0], after[after < len(self._data)]
        return bool(self._edges[self._data[before]].all() and self._edges[self._data[after]].all())


def _joined(parts: list[NDArray[_Kind]]) -> NDArray[_Kind]:
    """One array of many, which are let go."""
    whole = np.concatenate(parts)
    parts.clear()
    return whole
