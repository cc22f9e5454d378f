"""The cells of a file before anybody knows what they mean, held as Arrow arrays: no Python object for each cell.

Most files are even: every row has as many cells as the others, and a reader hands them over column by column. Rows
out of shape, and files that only Python's `csv` reader or calamine can take apart, are ragged: their cells stand one
after the other, with a count for each row. A grid may hold both and answers for them alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from smsget.errors import UnreadableFile

Numbers = NDArray[np.int64]
Counts = NDArray[np.int32]  # no table has 2**31 rows or cells
Flags = NDArray[np.bool_]

TEXT = pa.large_string()

MAX_SIZE = 100_000_000
"""Cells that a table may have, each row counting for three more: what keeps a file of 200 MB within 2 GB of memory."""

MAX_CELLS_IN_ROW = 16_384
"""As many columns as a worksheet of Excel has; most of them may be empty."""

_CELLS_IN_PIECE = 500_000
_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, eq=False)
class Piece:
    """Ragged rows: `cells` of all of them, those of row r being cells[starts[r]:starts[r + 1]]."""

    cells: pa.LargeStringArray
    starts: Numbers

    def __len__(self) -> int:
        return len(self.starts) - 1

    def column(self, at: int) -> pa.LargeStringArray:
        """Cell `at` of every row, "" where a row ends before."""
        places = self.starts[:-1] + at
        missing = places >= self.starts[1:]
        return blanks(len(self)) if missing.all() else self.cells.take(pa.array(places, mask=missing)).fill_null("")

    def row(self, at: int) -> list[str]:
        """The cells of one row."""
        cells: list[str] = self.cells[self.starts[at] : self.starts[at + 1]].to_pylist()
        return cells

    @property
    def filled(self) -> Flags:
        """Of each cell, whether there is any character in it."""
        return lengths(self.cells) > 0

    @property
    def filled_places(self) -> tuple[Numbers, Numbers]:
        """Of each filled cell its row and its column."""
        cells = np.flatnonzero(self.filled)
        rows = np.searchsorted(self.starts, cells, "right") - 1
        return rows, cells - self.starts[rows]


@dataclass(frozen=True, eq=False)
class Grid:
    """Rows of cells. `lines`: the line each starts on, the first being 1. `widths`: how many cells it has.

    even: the cells of the rows that are not in `ragged`, by column; a row of width 0 has "" in each.
    ragged: indices of the other rows, ascending; the `pieces` hold them in this order.
    """

    lines: Numbers
    widths: Counts
    even: list[pa.ChunkedArray] = field(default_factory=list)
    ragged: Numbers = field(default_factory=lambda: np.empty(0, np.int64))
    pieces: list[Piece] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.lines)

    def column(self, at: int) -> pa.ChunkedArray:
        """Cell `at` of every row, "" where a row ends before."""
        ragged = [piece.column(at) for piece in self.pieces]
        if len(self.ragged) == len(self):
            return pa.chunked_array(ragged, TEXT)
        even = self.even[at] if at < len(self.even) else pa.chunked_array([blanks(len(self) - len(self.ragged))])
        return pa.chunked_array([*even.chunks, *ragged], TEXT).take(self._order) if ragged else even

    def rows(self, wanted: Sequence[int] | Numbers) -> Iterator[list[str]]:
        """The cells of some rows (ascending indices), as many of each as it has in the file."""
        for first in range(0, len(wanted), _ROWS_AT_ONCE):
            some = np.asarray(wanted[first : first + _ROWS_AT_ONCE], np.int64)
            before = np.searchsorted(self.ragged, some)
            is_ragged = np.isin(some, self.ragged)
            places = pa.array((some - before)[~is_ragged])
            even = zip(*(column.take(places).to_pylist() for column in self.even), strict=True)
            for at, number, ragged in zip(some.tolist(), before.tolist(), is_ragged.tolist(), strict=True):
                yield self._ragged_row(number) if ragged else list(next(even))[: self.widths[at]]

    def row(self, at: int) -> list[str]:
        """The cells of one row."""
        return next(self.rows([at]))

    def filled_from(self, at: int) -> Numbers:
        """Indices of the rows with any character in cell `at` or a later one."""
        flags = np.zeros(len(self), np.bool_)
        if len(self.ragged) < len(self):
            flags[self._is_even] = any_of([_filled(column) for column in self.even[at:]], len(self) - len(self.ragged))
        flags[self.ragged] = np.concatenate([_filled_rows(piece, at) for piece in self.pieces] or [flags[:0]])
        return np.flatnonzero(flags)

    def filled_columns(self, start: int, end: int) -> Flags:
        """Of each column, whether there is any character in it in the rows from `start` up to `end`."""
        flags = np.zeros(int(self.widths[start:end].max(initial=0)), np.bool_)
        first, last = np.searchsorted(self.ragged, [start, end])
        for at, column in enumerate(self.even[: len(flags)]):
            even = column.slice(start - first, max(0, (end - last) - (start - first)))
            flags[at] = any((lengths(chunk) > 0).any() for chunk in even.chunks)
        for piece, ends in zip(self.pieces, self._piece_ends.tolist(), strict=True):
            begins = ends - len(piece)
            rows, columns = piece.filled_places
            flags[columns[(rows >= first - begins) & (rows < last - begins)]] = True
        return flags

    @cached_property
    def _is_even(self) -> Flags:
        flags = np.ones(len(self), np.bool_)
        flags[self.ragged] = False
        return flags

    @cached_property
    def _order(self) -> pa.Int64Array:
        """Where each row stands when the even ones come first, then the ragged."""
        order = np.empty(len(self), np.int64)
        order[self._is_even] = np.arange(len(self) - len(self.ragged))
        order[self.ragged] = np.arange(len(self) - len(self.ragged), len(self))
        return pa.array(order)

    @cached_property
    def _piece_ends(self) -> Numbers:
        return np.cumsum([len(piece) for piece in self.pieces])

    def _ragged_row(self, number: int) -> list[str]:
        piece = int(np.searchsorted(self._piece_ends, number, "right"))
        first = int(self._piece_ends[piece - 1]) if piece else 0
        return self.pieces[piece].row(number - first)


class RaggedRows:
    """Takes rows one by one and keeps them as Arrow arrays, some hundred thousand cells in each."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self._lines: list[Numbers] = []
        self._widths: list[Counts] = []
        self._count = self._size = 0
        self._start_piece()

    def append(self, line: int, cells: list[str]) -> None:
        """One more row, which starts on `line`."""
        self._new_lines.append(line)
        self._cells += cells
        self._ends.append(len(self._cells))
        if len(self._cells) > _CELLS_IN_PIECE or len(self._ends) > _CELLS_IN_PIECE:
            self._end_piece()

    def grid(self) -> Grid:
        """All rows so far."""
        self._end_piece()
        lines = np.concatenate([np.empty(0, np.int64), *self._lines])
        widths = np.concatenate([np.empty(0, np.int32), *self._widths])
        return Grid(lines, widths, ragged=np.arange(len(lines)), pieces=self.pieces)

    def _start_piece(self) -> None:
        self._cells: list[str] = []
        self._ends = [0]
        self._new_lines: list[int] = []

    def _end_piece(self) -> None:
        if self._new_lines:
            piece = Piece(pa.array(self._cells, TEXT), np.array(self._ends, np.int64))
            self.pieces.append(piece)
            self._lines.append(np.array(self._new_lines, np.int64))
            self._widths.append(np.diff(piece.starts).astype(np.int32))
            self._count, self._size = self._count + len(piece), self._size + len(piece.cells)
            check_size(self._count, self._size)
            self._start_piece()


def check_size(rows: int, cells: int) -> None:
    """Raise `UnreadableFile("not_a_table")` if this is more than `MAX_SIZE`: no list of people that ever was."""
    if cells + 3 * rows > MAX_SIZE:
        raise UnreadableFile("not_a_table", kind="too_wide" if cells > 20 * rows else "text")


def lengths(cells: pa.LargeStringArray) -> Numbers:
    """Of each cell its length in bytes."""
    if not len(cells):
        return np.empty(0, np.int64)
    return np.diff(np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1])


def blanks(count: int) -> pa.LargeStringArray:
    """So many empty cells."""
    return scattered(count, np.empty(0, np.int64), [])


def scattered(count: int, rows: Numbers, texts: Sequence[str]) -> pa.LargeStringArray:
    """A column of `count` cells with `texts` in `rows` (ascending indices) and "" in all others."""
    contents = [text.encode() for text in texts]
    offsets = np.zeros(count + 1, np.int64)
    offsets[rows + 1] = [len(content) for content in contents]
    np.cumsum(offsets, out=offsets)
    return pa.LargeStringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(b"".join(contents)))


def any_of(flags: Sequence[Flags], count: int) -> Flags:
    """Of each of `count` rows, whether any of `flags` is set."""
    result = np.zeros(count, np.bool_)
    for one in flags:
        result |= one
    return result


def _filled(column: pa.ChunkedArray) -> Flags:
    return np.concatenate([np.empty(0, np.bool_), *(lengths(chunk) > 0 for chunk in column.chunks)])


def _filled_rows(piece: Piece, at: int) -> Flags:
    """Of each row, whether one of its cells from `at` on is filled: their number is a difference of two sums."""
    sums = np.concatenate([np.zeros(1, np.int64), np.cumsum(piece.filled)])
    return sums[piece.starts[1:]] > sums[np.minimum(piece.starts[:-1] + at, piece.starts[1:])]
