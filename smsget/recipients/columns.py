"""Which record is the header, and which column holds the mobile numbers: by the column's name, else by its content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsget.errors import UnreadableFile
from smsget.export import plain_cell
from smsget.numbers import read_number
from smsget.recipients.names import (
    LONGEST_NAME,
    clean,
    is_usual,
    key,
    letters,
    may_hold_phones,
    phone_rank,
    same,
    unique,
)

Record = tuple[int, list[str]]
"""A record of a file: the line (or the sheet's row) it starts on, the first being 1, and its cells."""

MAX_COLUMNS = 2_000
"""Columns with a name or a cell. More is not a table of people, and a frame of them takes long to build."""

REJECTS_HEADER = ("row", "code", "reason")
"""The columns that a rejects file has before the file's own; a corrected one is read as if they were not there."""

_MAX_CELLS_IN_ROW = 16_384  # as many columns as a worksheet of Excel has; most of them may be empty
_HEADER_WITHIN = 10  # records; above a header stand a title and the date of the export, not a page of text
_SAMPLE_ROWS = 300
_SAMPLE_CELLS = 20_000


@dataclass(frozen=True, slots=True)
class Layout:
    """A table: its column names, all different, which of them (`phone`) has the numbers, and its rows.

    A row may have fewer cells than `header` has names, never more.
    """

    header: list[str]
    phone: int
    rows: list[Record]


def lay_out(records: Sequence[Record], delimiter: str, phone_column: str | None = None) -> Layout:
    """Find the header and the phone column. `phone_column` is a person's choice, by its name.

    Records without any content before the header, and after the last row, are no rows; nor is what stands above the
    header (a title). Without a header the columns are called A, B, C …, as in Excel. Cells beyond the header are kept
    in one more column. Raises `UnreadableFile`: `empty`, `no_rows`, `no_phone_column` with `columns`,
    `column_missing` with `column` and `columns`, `not_a_table` (kind "too_wide").
    """
    records = _without_empty_ends(records)
    if not records:
        raise UnreadableFile("empty")
    if max(len(cells) for _, cells in records) > _MAX_CELLS_IN_ROW:
        raise UnreadableFile("not_a_table", kind="too_wide")
    at = _header_at(records, phone_column)
    names = [] if at is None else records[at][1]
    rows = list(records if at is None else records[at + 1 :])
    if tuple(map(key, names[: len(REJECTS_HEADER)])) == REJECTS_HEADER:
        names, rows = _without_our_own(names, rows)
    width = _usual_width(rows) if at is None else len(names)
    header, rows = _name_columns(names, width, rows, delimiter)
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile("not_a_table", kind="too_wide")
    phone = _find(phone_column, header) if phone_column else _best_phone(header, rows, headed=at is not None)
    if phone is None:
        columns = [clean(name)[:LONGEST_NAME] for name in names or records[0][1]]
        raise UnreadableFile("no_phone_column", columns=columns[:50])
    if not rows:
        raise UnreadableFile("no_rows")
    return Layout(header, phone, rows)


def _without_empty_ends(records: Sequence[Record]) -> Sequence[Record]:
    filled = [at for at, (_, cells) in enumerate(records) if not _is_empty(cells)]
    return records[filled[0] : filled[-1] + 1] if filled else []


def _is_empty(cells: Sequence[str]) -> bool:
    return not any(cell and not cell.isspace() for cell in cells)


def _header_at(records: Sequence[Record], phone_column: str | None) -> int | None:
    """The index of the header: of the first records, down to the first with a number in it, the fullest that names
    a phone column. None for a headerless file, so that no first row is taken for a header and lost."""
    best, most = None, 0
    for at, (_, cells) in enumerate(records[:_HEADER_WITHIN]):
        if any(_weight(cell) > 1 for cell in cells):
            break
        if phone_column is not None:
            named = any(same(phone_column, cell) for cell in cells)
        else:
            named = any(phone_rank(cell) is not None for cell in cells)
        filled = sum(not _is_empty([cell]) for cell in cells)
        if named and filled > most:
            best, most = at, filled
    if best is not None:
        return best
    if phone_column is not None:
        return _header_at(records, None)
    return 0 if any(is_usual(cell) for cell in records[0][1]) else None


def _without_our_own(names: list[str], rows: list[Record]) -> tuple[list[str], list[Record]]:
    """A rejects file of ours that came back corrected: its own columns, and its cells without the formula guard."""
    skip = len(REJECTS_HEADER)
    return names[skip:], [(line, [plain_cell(cell) for cell in cells[skip:]]) for line, cells in rows]


def _usual_width(rows: Sequence[Record]) -> int:
    return Counter(len(cells) for _, cells in rows if cells).most_common(1)[0][0]


def _name_columns(
    names: Sequence[str], width: int, rows: list[Record], delimiter: str
) -> tuple[list[str], list[Record]]:
    """Give every column a name of its own; gather what stands beyond `width`; drop columns with no name and no cell."""
    rows = [_folded(row, width, delimiter) if len(row[1]) > width else row for row in rows]
    width = max(width, max((len(cells) for _, cells in rows), default=0))
    titles = [clean(names[at]) if at < len(names) else "" for at in range(width)]
    nameless = {at for at, title in enumerate(titles) if not title}
    dropped = nameless - {at for _, cells in rows for at in nameless if at < len(cells) and not _is_empty([cells[at]])}
    if dropped:
        kept = [at for at in range(width) if at not in dropped]
        rows = [(line, [cells[at] for at in kept if at < len(cells)]) for line, cells in rows]
        return unique([titles[at] or letters(at) for at in kept]), rows
    return unique([title or letters(at) for at, title in enumerate(titles)]), rows


def _folded(record: Record, width: int, delimiter: str) -> Record:
    """A row longer than its header: the rest goes into one more cell; in a list of one column, back into that one."""
    line, cells = record
    while len(cells) > width and _is_empty(cells[-1:]):
        cells = cells[:-1]
    if len(cells) <= width:
        return line, cells
    at = 0 if width == 1 else width
    return line, [*cells[:at], delimiter.join(cells[at:])]


def _find(phone_column: str, header: Sequence[str]) -> int:
    for at, name in enumerate(header):
        if same(phone_column, name):
            return at
    raise UnreadableFile("column_missing", column=phone_column, columns=list(header[:50]))


def _best_phone(header: Sequence[str], rows: Sequence[Record], *, headed: bool) -> int | None:
    """The column with the best name, unless another named one has four times its numbers; else by content alone."""
    sample = rows[:: max(1, len(rows) // max(1, min(_SAMPLE_ROWS, _SAMPLE_CELLS // max(1, len(header)))))]
    ranks = {at: rank for at, name in enumerate(header) if headed and (rank := phone_rank(name)) is not None}
    if ranks:
        numbers = {at: sum(_weight(cell) > 0 for cell in _column(sample, at)) for at in ranks}
        most = max(numbers.values())
        usable = [at for at in ranks if numbers[at] * 4 >= most]
        return min(usable, key=lambda at: (ranks[at], -numbers[at], at))
    guesses = []
    for at, name in enumerate(header):
        if headed and not may_hold_phones(name):
            continue
        weights = [_weight(cell) for cell in _column(sample, at)]
        # Eight digits may be a Hong Kong number or any other: among named columns only sure signs count.
        signs = [weight for weight in weights if weight > (1 if headed else 0)]
        if signs and len(signs) * (2 if headed else 5) >= len(weights):
            guesses.append((-sum(signs), at))
    return min(guesses)[1] if guesses else None


def _column(rows: Sequence[Record], at: int) -> Iterator[str]:
    return (cells[at] for _, cells in rows if at < len(cells) and not _is_empty([cells[at]]))


def _weight(cell: str) -> int:
    """How surely a cell is a mobile number: 0 not, 1 it may be something else, 2 it lost a zero, 3 beyond doubt."""
    reading = read_number(cell)
    if reading.outcome != "number":
        return 1 if reading.code == "several_numbers" else 0
    if reading.country == "TW":
        return 2 if "lost_zero" in reading.repairs else 3
    return 3 if "country_code" in reading.repairs else 1
