"""Which record is the header, and which columns hold mobile numbers: by the column's name, else by its content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from smsget.errors import UnreadableFile
from smsget.numbers import read_number
from smsget.recipients.body import Body, is_empty, read_body
from smsget.recipients.grid import MAX_CELLS_IN_ROW, Grid
from smsget.recipients.names import (
    ANOTHERS,
    LONGEST_NAME,
    are_usual,
    clean,
    find,
    is_phone_title,
    letters,
    may_hold_phones,
    phone_rank,
    same,
)

_HEADER_WITHIN = 10  # records; above a header stand a title and the date of the export, not a page of text
_NEARLY = 6  # digits; with so many a cell may be a number that lost some
_MONTH = re.compile("(19|20)[0-9]{2}(0[1-9]|1[0-2])")  # 202611, a column's name as good as 2026-11-01
_LETTERS = re.compile("[A-Za-z]{1,3}")
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
    if int(grid.widths[first:end].max()) > MAX_CELLS_IN_ROW:
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
        if any(map(_is_number, cells)):
            break
        named = _named(cells, phone_columns)
        if any(map(_is_nearly_number, cells)) or any(_is_nearly_number(cell) for cell in _above(top[:at], named)):
            continue
        filled = sum(not is_empty([cell]) for cell in cells)
        if named and filled > most:
            best, most = at, filled
    if best is not None:
        return best
    if phone_columns:
        return _header_at(top, ())
    return 0 if are_usual(top[0]) and not any(map(_is_nearly_number, top[0])) else None


def _named(cells: Sequence[str], phone_columns: Sequence[str]) -> list[int]:
    """Which of the cells of a record are names of phone columns: those a person chose, or what such a column is called
    in a header."""
    if not phone_columns:
        return [at for at, cell in enumerate(cells) if is_phone_title(cell)]
    # Of a headerless file a person chooses "C", which may stand in its rows, too.
    chosen = ((at, cell) for at, cell in enumerate(cells) for name in phone_columns if same(name, cell))
    return [at for at, cell in chosen if not _LETTERS.fullmatch(clean(cell)) or clean(cell).upper() == letters(at)]


def _above(records: Sequence[list[str]], columns: Sequence[int]) -> Iterator[str]:
    return (record[at] for record in records for at in columns if at < len(record))


def _is_number(cell: str) -> bool:
    """Whether there is a number of any country in a cell, which no header has, nor what stands above one."""
    reading = read_number(cell)
    return bool(reading.wire) or reading.code in ("several_numbers", "country_not_served")


def _is_nearly_number(cell: str) -> bool:
    """Whether a cell may be a number with a mistake in it. `手機 (例 0912345678)` is a name all the same."""
    digits = sum(map(str.isdecimal, cell))
    if digits < _NEARLY or digits <= 3 * sum(map(str.isalpha, cell)) or _MONTH.fullmatch(cell.strip()):
        return False
    return read_number(cell).code != "not_a_number" and not is_phone_title(cell)


def _find(name: str, header: Sequence[str]) -> int:
    at = find(name, header)
    if at is None:
        raise UnreadableFile("column_missing", column=name, columns=list(header[:50]))
    return at


def _candidates(body: Body, *, headed: bool) -> list[int]:
    """The columns with a phone's name, the best first, but last those with less than a quarter of the numbers that
    another has; then those that hold numbers under another name; then those of somebody else, however many they hold.
    """
    sample = _sample(body)
    ranks = {at: rank for at, name in enumerate(body.header) if headed and (rank := phone_rank(name)) is not None}
    numbers = {at: sum(weight > 0 for weight in _weights(body, at, sample)) for at in ranks}
    most = max((count for at, count in numbers.items() if ranks[at] < ANOTHERS), default=0)
    named = sorted(ranks, key=lambda at: (numbers[at] * 4 < most, ranks[at], -numbers[at], at))
    own, others = ([at for at in named if (ranks[at] < ANOTHERS) is mine] for mine in (True, False))
    guesses = []
    for at, name in enumerate(body.header):
        if at in ranks or (headed and not may_hold_phones(name)):
            continue
        weights = _weights(body, at, sample)
        # Eight digits may be a Hong Kong number or any other: among named columns only sure signs count.
        signs = [weight for weight in weights if weight > (1 if headed else 0)]
        if signs and len(signs) * (2 if headed else 5) >= len(weights):
            guesses.append((-sum(signs), at))
    return [*own, *(at for _, at in sorted(guesses)), *others]


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
