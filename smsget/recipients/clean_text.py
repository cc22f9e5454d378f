"""The fast way for clean text: numpy tells where the records are, Arrow cuts them into cells.

Clean is: no quote but at the edges of a cell (or doubled inside one), one kind of line end outside quotes, a comma or
another single byte between cells. Whatever is not clean is left to Python's `csv` reader, and so is every record
whose number of cells is not the usual one. Both ways give the same grid.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from smsget.recipients.grid import TEXT, Flags, Numbers

_CHUNK = 1 << 20  # bytes at a time: numpy's intermediate arrays stay in the processor's cache
_BLOCK = 1 << 23
_HEAD = 1 << 16
_NONE = np.empty(0, np.int64)
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass(frozen=True, eq=False)
class Structure:
    """Where the records of a clean text are.

    starts, ends: of each record its first byte and the one after its last, without the line end.
    lines: the line each starts on, the first line of the text being 0. widths: its cells; 0 for an empty line.
    """

    starts: Numbers
    ends: Numbers
    lines: Numbers
    widths: Numbers


def structure(text: bytes, delimiter: str, longest: int, progress: Callable[[float], None]) -> Structure | None:
    """The records of a text; None if it is not clean, or holds a record of more than `longest` bytes."""
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
    return found if np.max(found.ends - found.starts) <= longest else None


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
        self._ends, self._counts, self._lines = [_NONE], [_NONE], [_NONE]

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
        ends, counts, lines = (np.concatenate(parts) for parts in (self._ends, self._counts, self._lines))
        size = len(self._data)
        if not len(ends) or ends[-1] + 1 < size:  # the last line has no end
            ends, counts = np.append(ends, size), np.append(counts, self._separators + 1)
            lines = np.append(lines, self._newlines + 1)
        starts = np.concatenate([[0], ends[:-1] + 1])
        lines = np.concatenate([[0], lines[:-1]])
        widths = np.diff(counts, prepend=0)
        ends = ends - ((self._data[ends - 1] == _CR) & (ends > starts))
        widths[ends == starts] = 0
        return Structure(starts, ends, lines, widths)

    def _note(self, places: Numbers, is_newline: Flags, outside: Flags) -> None:
        ends_record = np.flatnonzero(is_newline[outside])
        self._ends.append(places[outside][ends_record])
        self._counts.append(ends_record + (self._separators + 1))
        self._lines.append(np.flatnonzero(outside[is_newline]) + (self._newlines + 1))
        self._separators += int(np.count_nonzero(outside))
        self._newlines += int(np.count_nonzero(is_newline))

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
