"""The rows below the header, column by column: every column that has a name or a cell, each with a name of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smsget.errors import UnreadableFile
from smsget.export import plain_cell
from smsget.numbers import REJECT_CODES
from smsget.recipients.grid import Grid, Numbers, scattered
from smsget.recipients.names import clean, key, letters, unique

MAX_COLUMNS = 2_000
"""Columns with a name or a cell. More is not a table of people, and a frame of them takes long to build."""
_MOST_CELLS = 100_000_000  # columns times rows, once every row is as wide as the header

REJECTS_HEADER = ("row", "code", "reason")
"""The columns that a rejects file has before the file's own; a corrected one is read as if they were not there."""


@dataclass(frozen=True, eq=False, slots=True)
class Body:
    """Rows: of each the line it starts on, and under each name of `header`, all different, a cell: "" if it has none.

    glued_text: of the rows that lack cells because a misplaced quote glued some together, all their text.
    original_rows: of a corrected rejects file the rows of the file it was made from, -1 where unreadable.
    """

    header: list[str]
    lines: Numbers
    columns: list[pa.ChunkedArray]
    glued_text: dict[int, str]
    original_rows: Numbers | None


def read_body(grid: Grid, start: int, end: int, names: Sequence[str] | None, delimiter: str) -> Body:
    """The rows from `start` up to `end` of a grid. `names` stand above them; None if nothing does.

    Cells beyond the names are gathered in one more column; in a list of one column they go back into that one.
    Raises `UnreadableFile("not_a_table", kind="too_wide")`.
    """
    ours = names is not None and tuple(map(key, names[: len(REJECTS_HEADER)])) == REJECTS_HEADER
    ours = ours and _are_rejects(grid, start, end)
    return _Reader(grid, start, end, len(REJECTS_HEADER) if ours else 0, delimiter).read(names)


def _are_rejects(grid: Grid, start: int, end: int) -> bool:
    """Whether row numbers and codes of ours stand in the first two columns, and not a customer's own."""
    rows, codes = (pc.utf8_trim_whitespace(grid.column(at).slice(start, end - start)) for at in (0, 1))
    fits = pc.and_(
        pc.match_substring_regex(rows, "^[0-9]{1,11}$"), pc.is_in(codes, value_set=pa.array(REJECT_CODES, codes.type))
    )
    used = pc.or_(pc.not_equal(rows, ""), pc.not_equal(codes, ""))
    # somebody may have added a row of their own, or cleared a number
    return 2 * (pc.sum(fits).as_py() or 0) >= max(1, pc.sum(used).as_py() or 0)


class _Reader:
    def __init__(self, grid: Grid, start: int, end: int, skip: int, delimiter: str) -> None:
        """`skip`: leave out so many columns, those of a rejects file, and the formula guard of the other cells."""
        self._grid, self._start, self._end = grid, start, end
        self._skip, self._delimiter = skip, delimiter
        self._widths = np.maximum(grid.widths[start:end] - skip, 0)

    def read(self, names: Sequence[str] | None) -> Body:
        width = _usual_width(self._widths) if names is None else len(names) - self._skip
        titles = [""] * width if names is None else [clean(name) for name in names[self._skip :]]
        beyond = self._beyond(width)
        kept = [0] if beyond and width == 1 else self._kept(titles)
        header = [titles[at] or letters(at) for at in kept]
        if beyond and width != 1:
            header.append(letters(width))
        if len(header) > MAX_COLUMNS or len(header) * len(self._widths) > _MOST_CELLS:
            raise UnreadableFile("not_a_table", kind="too_wide")
        columns = [self._column(at) for at in kept]
        if beyond:
            rows, texts = np.fromiter(beyond, np.int64), list(beyond.values())
            if width == 1:
                columns[0] = _replaced(columns[0], rows, texts)
            else:
                columns.append(pa.chunked_array([scattered(len(self._widths), rows, texts)]))
        return Body(
            unique(header),
            self._grid.lines[self._start : self._end],
            columns,
            self._glued(columns[: len(kept)], np.array(kept, np.int64)),
            _row_numbers(self._raw_column(0)) if self._skip else None,
        )

    def _beyond(self, width: int) -> dict[int, str]:
        """What stands beyond the names, by row."""
        rows = self._grid.filled_from(self._skip + width)
        rows = rows[(rows >= self._start) & (rows < self._end)]
        result = {}
        for row, record in zip((rows - self._start).tolist(), self._grid.rows(rows), strict=True):
            cells = [plain_cell(cell) for cell in record[self._skip :]] if self._skip else record
            while len(cells) > width and is_empty(cells[-1:]):
                cells.pop()
            if len(cells) > width:
                result[row] = self._delimiter.join(cells if width == 1 else cells[width:])
        return result

    def _kept(self, titles: Sequence[str]) -> list[int]:
        """The columns with a name or a cell."""
        filled = self._grid.filled_columns(self._start, self._end)[self._skip :]
        some = [at for at, title in enumerate(titles) if title or (at < len(filled) and filled[at])]
        if len(some) > MAX_COLUMNS:
            raise UnreadableFile("not_a_table", kind="too_wide")
        return [at for at in some if titles[at] or not is_empty(_texts(self._raw_column(at + self._skip)))]

    def _raw_column(self, at: int) -> pa.ChunkedArray:
        return self._grid.column(at).slice(self._start, self._end - self._start)

    def _column(self, at: int) -> pa.ChunkedArray:
        column = self._raw_column(at + self._skip)
        if not self._skip:
            return column
        rows = np.flatnonzero(pc.starts_with(column, "'").to_numpy())
        return _replaced(column, rows, [plain_cell(cell) for cell in column.take(pa.array(rows)).to_pylist()])

    def _glued(self, columns: Sequence[pa.ChunkedArray], kept: Numbers) -> dict[int, str]:
        """A quote in the wrong place glues cells together, so that others are missing but not blank."""
        has = np.searchsorted(kept, self._widths)  # of the columns kept, how many each row reaches
        short = np.flatnonzero(has < len(kept))
        if not len(short):
            return {}
        quoted = np.zeros(len(short), np.bool_)
        for column in columns:
            quoted |= pc.match_substring(column.take(pa.array(short)), '"').to_numpy()
        rows = short[quoted]
        cells = zip(*(column.take(pa.array(rows)).to_pylist() for column in columns), strict=True)
        return {row: self._delimiter.join(own[: has[row]]) for row, own in zip(rows.tolist(), cells, strict=True)}


def is_empty(cells: Sequence[str]) -> bool:
    """Whether nothing but white space stands in any of the cells."""
    return not any(cell and not cell.isspace() for cell in cells)


def _texts(column: pa.ChunkedArray) -> list[str]:
    texts: list[str] = pc.unique(column).to_pylist()
    return texts


def _usual_width(widths: Numbers) -> int:
    """The most frequent number of cells, empty lines apart; of several the one that comes first."""
    widths = widths[widths > 0]
    counts = np.bincount(widths)
    return int(widths[counts[widths] == counts.max()][0])


def _replaced(column: pa.ChunkedArray, rows: Numbers, texts: Sequence[str]) -> pa.ChunkedArray:
    """The column with other texts in some rows."""
    if not len(rows):
        return column
    changed = np.zeros(len(column), np.bool_)
    changed[rows] = True
    return pc.if_else(
        pa.chunked_array([pa.array(changed)]), pa.chunked_array([scattered(len(column), rows, texts)]), column
    )


def _row_numbers(column: pa.ChunkedArray) -> Numbers:
    return np.array([int(cell) if cell.isdecimal() and len(cell) < 12 else -1 for cell in column.to_pylist()], np.int64)
