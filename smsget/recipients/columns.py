"""Which record is the header, and which columns hold mobile numbers: by the column's name, else by its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from smsget.errors import UnreadableFile
from smsget.numbers import read_number
from smsget.recipients.body import Body, is_empty, read_body
from smsget.recipients.grid import Grid
from smsget.recipients.names import LONGEST_NAME, clean, is_usual, may_hold_phones, phone_rank, same

_MAX_CELLS_IN_ROW = 16_384  # as many columns as a worksheet of Excel has; most of them may be empty
_HEADER_WITHIN = 10  # records; above a header stand a title and the date of the export, not a page of text
_SAMPLE_ROWS = 300
_SAMPLE_CELLS = 20_000


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """A table: its rows, whether names of columns stand above them (`headed`), and which columns hold phones.

    chosen: indices of the columns that a person chose. candidates: of those that seem to hold mobile numbers, the best
    first; one of the two has something in it.
    """

    body: Body
    headed: bool
    chosen: list[int]
    candidates: list[int]


def lay_out(grid: Grid, delimiter: str, phone_columns: Sequence[str] = (), headed: bool | None = None) -> Layout:
    """Find the header and the phone columns. `phone_columns`, `headed`: a person's word on them; columns by name.

    Records without any content before the header, and after the last row, are no rows; nor is what stands above the
    header (a title). Without a header the columns are called A, B, C …, as in Excel. Cells beyond the header are kept
    in one more column. Raises `UnreadableFile`: `empty`, `no_rows`, `no_phone_column` with `columns`,
    `column_missing` with `column` and `columns`, `not_a_table` (kind "too_wide").
    """
    first, end = _without_empty_ends(grid)
    if int(grid.widths[first:end].max()) > _MAX_CELLS_IN_ROW:
        raise UnreadableFile("not_a_table", kind="too_wide")
    top = list(grid.rows(range(first, min(end, first + _HEADER_WITHIN))))
    at = None if headed is False else _header_at(top, phone_columns)
    if headed and at is None:
        at = 0
    names = None if at is None else top[at]
    body = read_body(grid, first if at is None else first + at + 1, end, names, delimiter)
    chosen = [_find(name, body.header) for name in phone_columns]
    candidates = _candidates(body, headed=at is not None)
    if not (chosen or candidates):
        shown = (body.header if names else top[0]) or names or []
        raise UnreadableFile("no_phone_column", columns=[clean(name)[:LONGEST_NAME] for name in shown[:50]])
    if not len(body.lines):
        raise UnreadableFile("no_rows")
    return Layout(body, at is not None, list(dict.fromkeys(chosen)), candidates)


def _without_empty_ends(grid: Grid) -> tuple[int, int]:
    """The first row that says anything, and the one after the last."""
    filled = grid.filled_from(0)
    first = next((at for at, cells in zip(filled, grid.rows(filled), strict=False) if not is_empty(cells)), None)
    if first is None:
        raise UnreadableFile("empty")
    last = next(at for at in reversed(filled) if not is_empty(grid.row(at)))
    return int(first), int(last) + 1


def _header_at(top: Sequence[list[str]], phone_columns: Sequence[str]) -> int | None:
    """The index of the header: of the first records, down to the first with a number in it, the fullest that names
    a phone column. None for a headerless file, so that no first row is taken for a header and lost."""
    best, most = None, 0
    for at, cells in enumerate(top):
        if any(_weight(cell) > 1 for cell in cells):
            break
        if phone_columns:
            named = any(same(name, cell) for name in phone_columns for cell in cells)
        else:
            named = any(phone_rank(cell) is not None for cell in cells)
        filled = sum(not is_empty([cell]) for cell in cells)
        if named and filled > most:
            best, most = at, filled
    if best is not None:
        return best
    if phone_columns:
        return _header_at(top, ())
    return 0 if any(is_usual(cell) for cell in top[0]) else None


def _find(name: str, header: Sequence[str]) -> int:
    for at, own in enumerate(header):
        if same(name, own):
            return at
    raise UnreadableFile("column_missing", column=name, columns=list(header[:50]))


def _candidates(body: Body, *, headed: bool) -> list[int]:
    """The columns with a phone's name, the best first, but last those with less than a quarter of the numbers that
    another has; then those that hold numbers under another name."""
    sample = _sample(body)
    ranks = {at: rank for at, name in enumerate(body.header) if headed and (rank := phone_rank(name)) is not None}
    numbers = {at: sum(weight > 0 for weight in _weights(body, at, sample)) for at in ranks}
    most = max(numbers.values(), default=0)
    named = sorted(ranks, key=lambda at: (numbers[at] * 4 < most, ranks[at], -numbers[at], at))
    guesses = []
    for at, name in enumerate(body.header):
        if at in ranks or (headed and not may_hold_phones(name)):
            continue
        weights = _weights(body, at, sample)
        # Eight digits may be a Hong Kong number or any other: among named columns only sure signs count.
        signs = [weight for weight in weights if weight > (1 if headed else 0)]
        if signs and len(signs) * (2 if headed else 5) >= len(weights):
            guesses.append((-sum(signs), at))
    return [*named, *(at for _, at in sorted(guesses))]


def _sample(body: Body) -> pa.Int64Array:
    rows = max(1, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(body.header))))
    return pa.array(np.arange(0, len(body.lines), max(1, len(body.lines) // rows)), pa.int64())


def _weights(body: Body, at: int, sample: pa.Int64Array) -> list[int]:
    """Of each cell of a column that has anything in it, how surely it is a mobile number."""
    return [_weight(cell) for cell in body.columns[at].take(sample).to_pylist() if not is_empty([cell])]


def _weight(cell: str) -> int:
    """How surely a cell is a mobile number: 0 not, 1 it may be something else, 2 it lost a zero, 3 beyond doubt."""
    reading = read_number(cell)
    if reading.outcome != "number":
        return 1 if reading.code == "several_numbers" else 0
    if reading.country == "TW":
        return 2 if "lost_zero" in reading.repairs else 3
    return 3 if "country_code" in reading.repairs else 1
