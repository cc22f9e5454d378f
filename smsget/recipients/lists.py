"""The rows of a table, each classified once; every count follows from that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from smsget.errors import UnreadableFile
from smsget.export import columns_beside
from smsget.numbers import ALL_COUNTRIES, REJECT_CODES, REPAIRS
from smsget.recipients.body import REJECTS_HEADER
from smsget.recipients.entries import Entries, choose_entries, readings_of, wanted
from smsget.recipients.names import find, unique
from smsget.recipients.tables import Table, open_table
from smsget.recipients.workbook import Sheet

_READY = ("_row", "_phone", "_country")  # a file's own column of such a name has another one in the frame, see `fields`
_PROBLEMS = ("row", "value", "code", "country", "wire")
_WHY = ("duplicate", "in_list", "suppressed")

_BLOCK = 10_000  # rows that are Python objects at a time
_OPENING = 0.6  # of the time that reading a file takes; the rest is reading its numbers


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be texted: the file's line `row`, what its phone cell says, and why (`numbers.REJECT_CODES`).

    `country` is filled in when the number is that of a country nobody chose.
    """

    row: int
    value: str
    code: str
    country: str = ""


@dataclass(eq=False, kw_only=True)
class RecipientList:
    """A file's rows, classified: `rows == len(ready) + blank + duplicates + suppressed + rejected`.

    `row` is everywhere the file's own line number where the record starts, the first line being 1; in a workbook the
    row of the sheet. A row is `blank` if its phone cells are; an entirely empty line between rows is such a row, after
    the last row it is none. The first row of a number is ready, the next ones are `duplicates`, and so is every row
    of a number on the lists compared with (`in_lists` of them). A number on the suppression list is counted there,
    every time it stands in the file. With `split`, each piece of a cell of several numbers counts as a row of its own.

    encoding, delimiter: of a text; for a workbook its kind ("xlsx", "xls", "ods") and "".
    header: the file's column names, all different. A nameless column, and every one of a headerless file (`headed` is
        False), has a letter as in Excel.
    phone_columns: where the numbers are looked for, in this order. phone_candidates: where they might be.
    ready: _row, _phone (wire form), _country, then the file's columns that are no phone columns as str, whose names
        `fields` lists (here one that is called like ours has another name).
    problems: the rejected rows: row, value, code, country, wire (both only for `country_not_chosen`), then all the
        file's own columns as str.
    left_out: the rows of numbers that could be texted and are not: row, phone, why ("duplicate", "in_list",
        "suppressed"); of a corrected rejects file, then the columns in `fields`, too.
    countries: ready rows by country. repairs: how many readable cells needed each repair (`numbers.REPAIRS`).
    original_rows: of a corrected rejects file of ours, its line -> the row of the file that was rejected.
    sheet, sheets, hidden_rows: of a workbook, as `Table` has them. doubt: as there.
    sha256: of the file's bytes, in hexadecimal.
    """

    file: str
    encoding: str
    delimiter: str
    header: list[str]
    headed: bool
    phone_columns: list[str]
    phone_candidates: list[str]
    split: bool
    rows: int
    blank: int
    duplicates: int
    in_lists: int
    suppressed: int
    rejected: int
    ready: pd.DataFrame
    problems: pd.DataFrame
    left_out: pd.DataFrame
    countries: dict[str, int]
    repairs: dict[str, int]
    sha256: str
    original_rows: dict[int, int] = field(default_factory=dict)
    sheet: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    hidden_rows: int = 0
    doubt: str = ""

    @property
    def phone_column(self) -> str:
        """The first of the columns in which numbers are looked for."""
        return self.phone_columns[0]

    @property
    def fields(self) -> list[str]:
        """Names of the file's other columns, in the order in which `ready` has them: what a text may merge."""
        return [name for name in self.header if name not in self.phone_columns]

    @property
    def phones(self) -> list[str]:
        """The wire forms in `ready`."""
        return self.ready["_phone"].tolist()

    def first_problems(self, limit: int = 20) -> list[Problem]:
        """The first rejected rows, in the file's order."""
        columns = self.problems[["row", "value", "code", "country"]].head(limit)
        return [Problem(*values) for values in columns.itertuples(index=False, name=None)]


def read_recipients(  # noqa: PLR0913 - the choices of a person, each by its name
    source: Path | bytes,
    name: str = "",
    *,
    countries: Collection[str] = ("TW",),
    phone_column: str | Sequence[str] | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    headed: bool | None = None,
    suppressed: Collection[str] = frozenset(),
    listed: Collection[str] = frozenset(),
    split: bool = False,
    progress: Callable[[float], None] | None = None,
) -> RecipientList:
    """Read a file of any kind that `open_table` reads and classify its rows: `open_table`, then `classify`.

    phone_column (several in their order), encoding, sheet, headed: a person's choice instead of what is recognised.
    countries, suppressed, listed, split: as in `classify`. progress: is told the part that is done, up to 1.
    Raises `UnreadableFile` with the codes listed there, always with `file`; nothing else, whatever the bytes.
    """
    report = progress or (lambda _: None)
    chosen = [phone_column] if isinstance(phone_column, str) else [*(phone_column or ())]
    table = open_table(
        source, name, phone_columns=[one for one in chosen if one], encoding=encoding, sheet=sheet, headed=headed,
        progress=lambda part: report(part * _OPENING),
    )  # fmt: skip
    columns = _find_columns(table, ())
    for done, column in enumerate(columns):
        readings_of(table, column, _share(report, _OPENING + (1 - _OPENING) * done / len(columns), len(columns)))
    return classify(table, countries=countries, suppressed=suppressed, listed=listed, split=split)


def classify(
    table: Table,
    *,
    phone_columns: Sequence[str] = (),
    countries: Collection[str] = ("TW",),
    suppressed: Collection[str] = frozenset(),
    listed: Collection[str] = frozenset(),
    split: bool = False,
) -> RecipientList:
    """Put every row in one of five places; asked again with other choices, it takes a fraction of a second.

    phone_columns: where to look for a row's number, in this order, instead of the table's own choice.
    countries: ISO codes of the countries meant; a number of another is rejected as `country_not_chosen`.
    suppressed, listed: wire forms that must not be texted, and those on lists that this one is compared with.
    split: take cells of several numbers apart, where they say themselves how.
    Raises `UnreadableFile("column_missing")` with `file`, `column` and `columns`.
    """
    columns = _find_columns(table, phone_columns)
    entries = choose_entries(table, columns, countries, split=split)
    places = _place(entries, table, countries, suppressed, listed)
    others = [at for at in range(len(table.header)) if at not in columns]
    return RecipientList(
        file=table.file,
        encoding=table.encoding,
        delimiter=table.delimiter,
        header=table.header,
        headed=table.headed,
        phone_columns=[table.header[at] for at in columns],
        phone_candidates=table.phone_candidates,
        split=split,
        rows=len(entries.rows),
        blank=_count(places.blank),
        duplicates=_count(places.duplicate | places.in_list),
        in_lists=_count(places.in_list),
        suppressed=_count(places.suppressed),
        rejected=_count(places.rejected),
        ready=_ready_frame(table, entries, places, others),
        problems=_problem_frame(table, entries, places),
        left_out=_left_out_frame(table, entries, places, others),
        countries=_countries(entries, places),
        repairs=_repairs(entries, places),
        sha256=table.sha256,
        original_rows=_original_rows(table),
        sheet=table.sheet,
        sheets=table.sheets,
        hidden_rows=table.hidden_rows,
        doubt=table.doubt,
    )


def count_ready(
    table: Table,
    *,
    phone_columns: Sequence[str] = (),
    countries: Collection[str] = ("TW",),
    suppressed: Collection[str] = frozenset(),
    listed: Collection[str] = frozenset(),
    split: bool = False,
) -> int:
    """How many rows `classify` would find ready; without the frames, which are most of its work and memory."""
    entries = choose_entries(table, _find_columns(table, phone_columns), countries, split=split)
    return _count(_place(entries, table, countries, suppressed, listed).ready)


def ready_table(recipients: RecipientList) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Header and rows of what can be texted: phone, country, then the file's other columns.

    Where one of these is a `phone` or `country` itself, ours is `_phone` or `_country`.
    """
    fields = recipients.fields
    return [*columns_beside(fields), *fields], _rows(recipients.ready.iloc[:, 1:])


def rejects_table(
    recipients: RecipientList, reason: Callable[[str], str]
) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Header and rows of what cannot: row, code, reason (a sentence for the code), then the file's own columns.

    Corrected and read again, its first three columns are passed over.
    """
    frame = recipients.problems
    sentences = {code: reason(code) for code in frame["code"].unique()}
    rows = ((row, code, sentences[code], *cells) for row, _, code, _, _, *cells in _rows(frame))
    return rejects_header(recipients.header), rows


def rejects_header(own: Sequence[str]) -> list[str]:
    """The header of a file of rejects whose rows have these columns of their own."""
    return [*REJECTS_HEADER, *own]


def _share(report: Callable[[float], None], start: float, shares: int) -> Callable[[float], None]:
    """How one of several columns tells its progress, from the moment when those before it are read."""
    return lambda part: report(start + (1 - _OPENING) * part / shares)


def _rows(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows of a frame, of which `itertuples` makes the texts one by one, ten times as slowly."""
    for start in range(0, len(frame), _BLOCK):
        block = frame.iloc[start : start + _BLOCK]
        yield from zip(*(block.iloc[:, at].tolist() for at in range(block.shape[1])), strict=True)


def _find_columns(table: Table, phone_columns: Sequence[str]) -> list[int]:
    """The indices of the columns that a person means, each once and in their order."""
    found = {}
    for wanted_name in phone_columns or table.phone_columns:
        at = find(wanted_name, table.header)
        if at is None:
            raise UnreadableFile("column_missing", file=table.file, column=wanted_name, columns=table.header[:50])
        found[at] = True
    return list(found)


# --- places -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, slots=True)
class _Places:
    """Of each entry where it belongs: exactly one of these is true, `duplicates` having two kinds."""

    ready: NDArray[np.bool_]
    blank: NDArray[np.bool_]
    duplicate: NDArray[np.bool_]
    in_list: NDArray[np.bool_]
    suppressed: NDArray[np.bool_]
    rejected: NDArray[np.bool_]


def _place(
    entries: Entries, table: Table, countries: Collection[str], suppressed: Collection[str], listed: Collection[str]
) -> _Places:
    readings = entries.readings
    # A quote in the wrong place glues cells together, so that the phone is missing but not blank.
    blank = readings.blank & ~table.glued[entries.rows]
    number = wanted(countries)[readings.country]
    never = number & _are_in(readings.wire, suppressed)
    known = number & ~never & _are_in(readings.wire, listed)
    new = number & ~never & ~known
    again = new.copy()
    again[new] = _seen_before(readings.wire.filter(pa.array(new)), readings.country[new])
    return _Places(
        ready=new & ~again, blank=blank, duplicate=again, in_list=known, suppressed=never, rejected=~number & ~blank
    )


def _are_in(wires: pa.ChunkedArray, phones: Collection[str]) -> NDArray[np.bool_]:
    if not phones:
        return np.zeros(len(wires), np.bool_)
    return np.asarray(pc.is_in(wires, value_set=pa.array(list(phones), pa.large_string())))


def _seen_before(wires: pa.ChunkedArray, country: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which numbers stand further up already. As integers they are compared four times as fast; the country keeps
    apart those that differ in their zeros only (0014155552671 of the US, 14155552671 of China)."""
    keys = np.asarray(wires.cast(pa.int64())) * len(ALL_COUNTRIES) + country
    seen: NDArray[np.bool_] = pd.Series(keys).duplicated().to_numpy()
    return seen


def _count(which: NDArray[np.bool_]) -> int:
    return int(np.count_nonzero(which))


def _countries(entries: Entries, places: _Places) -> dict[str, int]:
    counts = np.bincount(entries.readings.country[places.ready], minlength=len(ALL_COUNTRIES)).tolist()
    return {country: count for country, count in zip(ALL_COUNTRIES, counts, strict=True) if count}


def _repairs(entries: Entries, places: _Places) -> dict[str, int]:
    repairs = entries.readings.repairs[~places.blank & ~places.rejected]
    counts = {repair: int(np.count_nonzero(repairs & (1 << bit))) for bit, repair in enumerate(REPAIRS)}
    return {repair: count for repair, count in counts.items() if count}


def _original_rows(table: Table) -> dict[int, int]:
    if table.original_rows is None:
        return {}
    return {line: row for line, row in zip(table.lines.tolist(), table.original_rows.tolist(), strict=True) if row >= 0}


# --- frames, from Arrow to pandas without a copy ----------------------------------------------------------------

_Column: TypeAlias = "NDArray[np.int64] | pa.Array | pa.ChunkedArray"


def _ready_frame(table: Table, entries: Entries, places: _Places, others: Sequence[int]) -> pd.DataFrame:
    ready = np.flatnonzero(places.ready)
    ours: list[_Column] = [
        entries.lines[ready], entries.readings.wire.take(ready), _names(ALL_COUNTRIES, entries.readings.country[ready])
    ]  # fmt: skip
    return _frame(_READY, ours, table, others, entries.rows[ready])


def _problem_frame(table: Table, entries: Entries, places: _Places) -> pd.DataFrame:
    rejected = np.flatnonzero(places.rejected)
    readings = entries.readings.take(rejected)
    values = entries.texts.take(entries.cells[rejected])
    codes = np.where(readings.number, REJECT_CODES.index("country_not_chosen"), readings.code)
    if readings.blank.any():  # which only a glued row can be and still be rejected
        codes = np.where(readings.blank, REJECT_CODES.index("not_a_number"), codes)
        glued = [table.glued_text.get(row) for row in entries.rows[rejected].tolist()]
        values = pc.if_else(pa.array(readings.blank), pa.array(glued, pa.large_string()), values)
    names = _names(REJECT_CODES, codes), _names(ALL_COUNTRIES, readings.country)
    ours: list[_Column] = [entries.lines[rejected], values, *names, readings.wire]
    return _frame(_PROBLEMS, ours, table, range(len(table.header)), entries.rows[rejected])


def _left_out_frame(table: Table, entries: Entries, places: _Places, others: Sequence[int]) -> pd.DataFrame:
    why = np.select([places.duplicate, places.in_list, places.suppressed], [0, 1, 2], -1)
    out = np.flatnonzero(why >= 0)
    ours: list[_Column] = [entries.lines[out], entries.readings.wire.take(out), _names(_WHY, why[out])]
    own = [] if table.original_rows is None else others  # by these a corrected row is known again
    return _frame(("row", "phone", "why"), ours, table, own, entries.rows[out])


def _frame(
    names: Sequence[str], ours: Sequence[_Column], table: Table, own: Sequence[int], rows: NDArray[np.int64]
) -> pd.DataFrame:
    """Our columns, then those of the table in these rows; a column of the table that is called like ours is renamed."""
    owns = unique([table.header[at] for at in own], reserved=names)
    return _to_pandas([*names, *owns], [*ours, *(table.columns[at].take(rows) for at in own)])


def _names(names: Sequence[str], which: NDArray[np.integer]) -> pa.Array:
    """The name for each index, "" for -1."""
    return pa.array([*names, ""], pa.large_string()).take(which % (len(names) + 1))


def _to_pandas(names: Sequence[str], columns: Sequence[_Column]) -> pd.DataFrame:
    text = pd.StringDtype(na_value=np.nan)
    frame: pd.DataFrame = pa.table(list(columns), names=list(names)).to_pandas(
        types_mapper={pa.large_string(): text}.get, split_blocks=True
    )
    return frame
