"""What is to be classified: of each row of a table the one phone cell that counts, or each piece of that cell."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from smsget.numbers import ALL_COUNTRIES, REJECT_CODES, split_numbers
from smsget.numbers.several import MAY_BE_SEVERAL
from smsget.recipients.cells import Readings, join_readings, read_cells
from smsget.recipients.tables import Table

_MAY_BE_SEVERAL = [REJECT_CODES.index(code) for code in MAY_BE_SEVERAL]

# Reading a million cells takes a quarter of a second, and every other choice of countries, columns or lists asks again.
_READINGS: WeakKeyDictionary[Table, dict[int, Readings]] = WeakKeyDictionary()


@dataclass(frozen=True, eq=False, slots=True)
class Entries:
    """One row, one entry, in the table's order; a row whose cell is split has one for each piece.

    rows, lines: the table's row of each, and the file's line. readings: what its cell says. texts, cells:
    `texts[cells[i]]` is the cell itself.
    """

    rows: NDArray[np.int64]
    lines: NDArray[np.int64]
    readings: Readings
    texts: pa.ChunkedArray
    cells: NDArray[np.int64]


def choose_entries(table: Table, columns: Sequence[int], countries: Collection[str], *, split: bool) -> Entries:
    """Of several phone columns the first that holds a usable number (one of `countries`) counts in each row; if none
    does, the first that is not blank, which then is what is wrong with the row.

    split: a cell of several numbers is as many entries, and usable if one of them is.
    """
    count = len(table.lines)
    readings = join_readings([readings_of(table, at) for at in columns])
    texts = pa.chunked_array(chain(*(table.columns[at].chunks for at in columns)), pa.large_string())
    rows = np.arange(count)
    if len(columns) == 1 and not split:
        return Entries(rows, table.lines, readings, texts, rows)
    usable = wanted(countries)[readings.country]
    pieces = _Pieces(texts, readings) if split else None
    if pieces:
        usable[pieces.cells] = pieces.any_of(wanted(countries)[pieces.readings.country])
    cells = rows + count * _first_that_counts(usable.reshape(-1, count), readings.blank.reshape(-1, count))
    if pieces:
        rows, cells = pieces.put_in(rows, cells, after=len(readings))
        readings = join_readings([readings, pieces.readings])
        texts = pa.chunked_array([*texts.chunks, pieces.texts])
    return Entries(rows, table.lines[rows], readings.take(cells), texts, cells)


def readings_of(table: Table, column: int, progress: Callable[[float], None] | None = None) -> Readings:
    """What the cells of a column say, read once for as long as somebody holds the table."""
    known = _READINGS.setdefault(table, {})
    if column not in known:
        known[column] = read_cells(table.columns[column], progress)
    return known[column]


def may_be_several(readings: Readings) -> bool:
    """Whether any of these cells may be taken apart into several numbers."""
    return bool(np.isin(readings.code, _MAY_BE_SEVERAL).any())


def wanted(countries: Collection[str]) -> NDArray[np.bool_]:
    """Whether a country's number is usable, by the index of the country; the last, reached by -1, is no country."""
    return np.array([*(country in countries for country in ALL_COUNTRIES), False])


def _first_that_counts(usable: NDArray[np.bool_], blank: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The phone column that counts in each row, as an index of the first dimension."""
    first: NDArray[np.int64] = np.where(usable.any(axis=0), usable.argmax(axis=0), (~blank).argmax(axis=0))
    return first


class _Pieces:
    """The cells that can be taken apart: `cells`, their pieces' `texts` one after the other, and what these say."""

    def __init__(self, texts: pa.ChunkedArray, readings: Readings) -> None:
        several = np.flatnonzero(np.isin(readings.code, _MAY_BE_SEVERAL))
        apart = [split_numbers(cell) for cell in texts.take(several).to_pylist()]
        counts = np.array([len(pieces) for pieces in apart], np.int64)
        self.cells = several[counts > 0]
        self.counts = counts[counts > 0]
        self.texts = pa.array(list(chain(*apart)), pa.large_string())
        self.readings = read_cells(self.texts)

    def __len__(self) -> int:
        return len(self.cells)

    def any_of(self, usable: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of each cell whether one of its pieces is usable."""
        starts = np.cumsum(self.counts) - self.counts
        return np.logical_or.reduceat(usable, starts)

    def put_in(
        self, rows: NDArray[np.int64], cells: NDArray[np.int64], *, after: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and cells with the pieces in their cell's place. The first piece is the cell number `after`."""
        place = np.searchsorted(self.cells, cells)
        place[place == len(self.cells)] = 0
        apart = self.cells[place] == cells
        counts = np.where(apart, self.counts[place], 1)
        starts = np.cumsum(self.counts) - self.counts
        first = np.where(apart, after + starts[place], cells)
        offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(rows, counts), np.repeat(first, counts) + offsets
