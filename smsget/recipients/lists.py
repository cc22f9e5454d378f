"""Reading a recipient file: every row is classified once, and every count follows from that."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from smsget.errors import UnreadableFile
from smsget.numbers import Reading, read_number
from smsget.recipients.columns import REJECTS_HEADER, Layout, Record, lay_out
from smsget.recipients.delimited import decode, read_delimited
from smsget.recipients.names import unique
from smsget.recipients.sniff import WORKBOOKS, kind_of
from smsget.recipients.workbook import read_workbook

MAX_CELLS = 100_000_000
"""Columns times rows that a table may have once every row is as wide as its header."""

_READY = ("_row", "_phone", "_country")  # no file calls its columns so; if one does, its own is told apart
_PROBLEMS = ("row", "value", "code", "country", "wire")


@dataclass(frozen=True, slots=True)
class Problem:
    """A row that cannot be texted: the file's line `row`, what its phone cell says, and why (`numbers.REJECT_CODES`).

    `country` is filled in when the number is that of a country nobody chose.
    """

    row: int
    value: str
    code: str
    country: str = ""


@dataclass(eq=False)
class RecipientList:
    """A file's rows, classified: `rows == len(ready) + blank + duplicates + suppressed + rejected`.

    `row` is everywhere the file's own line number where the record starts, the first line being 1; in a workbook the
    row of the sheet. A row is `blank` if its phone cell is; an entirely empty line between rows is such a row, after
    the last row it is none. The first row of a number is ready, the next ones are `duplicates`. A number on the
    suppression list is counted there, every time it stands in the file.

    encoding, delimiter: of a text; for a workbook its kind ("xlsx", "xls", "ods") and "".
    header: the file's column names, all different. A nameless column, and every one of a headerless file, has a
        letter as in Excel.
    ready: _row, _phone (wire form), _country, then the file's other columns as str, whose names `fields` lists.
    problems: the rejected rows: row, value, code, country, wire (both only for `country_not_chosen`), then all the
        file's own columns as str.
    countries: ready rows by country. repairs: how many readable cells needed each repair (`numbers.REPAIRS`).
    sha256: of the file's bytes, in hexadecimal.
    """

    file: str
    encoding: str
    delimiter: str
    header: list[str]
    phone_column: str
    rows: int
    blank: int
    duplicates: int
    suppressed: int
    rejected: int
    ready: pd.DataFrame
    problems: pd.DataFrame
    countries: dict[str, int]
    repairs: dict[str, int]
    sha256: str

    @property
    def fields(self) -> list[str]:
        """Names of the file's other columns in `ready`: what a text may merge."""
        return [str(name) for name in self.ready.columns[len(_READY) :]]

    @property
    def phones(self) -> list[str]:
        """The wire forms in `ready`."""
        return list(self.ready["_phone"])

    def first_problems(self, limit: int = 20) -> list[Problem]:
        """The first rejected rows, in the file's order."""
        columns = self.problems[["row", "value", "code", "country"]].head(limit)
        return [Problem(*values) for values in columns.itertuples(index=False, name=None)]


def read_recipients(
    source: Path | bytes,
    name: str = "",
    *,
    countries: Collection[str] = ("TW",),
    phone_column: str | None = None,
    encoding: str | None = None,
    sheet: str | None = None,
    suppressed: Collection[str] = frozenset(),
) -> RecipientList:
    """Read a CSV, TSV, TXT, XLSX, XLSM, XLS or ODS file; what it is, is told by its content, not by its name.

    countries: ISO codes of the countries meant; a number of another is rejected as `country_not_chosen`.
    phone_column, encoding, sheet: a person's choice instead of what is recognised.
    suppressed: wire forms that must not be texted.
    Raises `UnreadableFile` with the codes listed there, always with `file`; nothing else, whatever the bytes.
    """
    data, file = _load(source, name)
    try:
        layout, codec, delimiter = _read_layout(data, phone_column or None, encoding or None, sheet or None)
        if len(layout.header) * len(layout.rows) > MAX_CELLS:
            raise UnreadableFile("not_a_table", kind="too_wide")
    except UnreadableFile as error:
        error.evidence.setdefault("file", file)
        raise
    sorted_rows = _classify(layout, delimiter, frozenset(countries), frozenset(suppressed))
    return RecipientList(
        file=file,
        encoding=codec,
        delimiter=delimiter,
        header=layout.header,
        phone_column=layout.header[layout.phone],
        rows=len(layout.rows),
        blank=sorted_rows.blank,
        duplicates=sorted_rows.duplicates,
        suppressed=sorted_rows.suppressed,
        rejected=len(sorted_rows.rejected),
        ready=_ready_frame(layout, sorted_rows.ready),
        problems=_problem_frame(layout, sorted_rows.rejected),
        countries=dict(Counter(reading.country for _, reading in sorted_rows.ready)),
        repairs=dict(sorted_rows.repairs),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def ready_table(recipients: RecipientList) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Header and rows of what can be texted: phone, country, then the file's other columns.

    Where one of these is a `phone` or `country` itself, ours is `_phone` or `_country`.
    """
    fields = recipients.fields
    ours = [name if (name := own.removeprefix("_")) not in fields else own for own in _READY[1:]]
    return [*ours, *fields], recipients.ready.iloc[:, 1:].itertuples(index=False, name=None)


def rejects_table(
    recipients: RecipientList, reason: Callable[[str], str]
) -> tuple[list[str], Iterator[tuple[object, ...]]]:
    """Header and rows of what cannot: row, code, reason (a sentence for the code), then the file's own columns.

    Corrected and read again, its first three columns are passed over.
    """
    frame = recipients.problems
    sentences = {code: reason(code) for code in frame["code"].unique()}
    own = frame.iloc[:, len(_PROBLEMS) :].itertuples(index=False, name=None)
    rows = (
        (row, code, sentences[code], *cells) for row, code, cells in zip(frame["row"], frame["code"], own, strict=True)
    )
    return [*REJECTS_HEADER, *recipients.header], rows


@dataclass
class _Sorted:
    """Every row in exactly one of five places; in two of them with its index and what was read."""

    ready: list[tuple[int, Reading]]
    rejected: list[tuple[int, str, Reading]]
    repairs: Counter[str]
    blank: int = 0
    duplicates: int = 0
    suppressed: int = 0


def _load(source: Path | bytes, name: str) -> tuple[bytes, str]:
    if not isinstance(source, Path):
        return bytes(source), name
    try:
        return source.read_bytes(), name or source.name
    except OSError as error:
        raise UnreadableFile("missing", file=name or source.name, reason=error.strerror or "") from error


def _read_layout(
    data: bytes, phone_column: str | None, encoding: str | None, sheet: str | None
) -> tuple[Layout, str, str]:
    if not data:
        raise UnreadableFile("empty")
    kind = kind_of(data)
    if kind in WORKBOOKS:
        return _first_usable(read_workbook(data, kind, sheet), phone_column), kind, ""
    if kind != "text":
        raise UnreadableFile("not_a_table", kind=kind)
    text, codec = decode(data, encoding)
    delimiter, records = read_delimited(text)
    return lay_out(records, delimiter, phone_column), codec, delimiter


def _first_usable(sheets: Iterable[list[Record]], phone_column: str | None) -> Layout:
    """The first sheet with a phone column. If there is none, the first one that holds anything says why not."""
    refusal = UnreadableFile("empty")
    for records in sheets:
        try:
            return lay_out(records, " ", phone_column)
        except UnreadableFile as error:
            if refusal.code == "empty":
                refusal = error
    raise refusal


def _classify(layout: Layout, delimiter: str, countries: frozenset[str], suppressed: frozenset[str]) -> _Sorted:
    result = _Sorted([], [], Counter())
    seen: set[str] = set()
    for at, (_, cells) in enumerate(layout.rows):
        value, reading = _read_row(cells, layout.phone, delimiter, countries)
        if reading.outcome == "blank":
            result.blank += 1
        elif reading.outcome == "reject":
            result.rejected.append((at, value, reading))
        else:
            result.repairs.update(reading.repairs)
            if reading.wire in suppressed:
                result.suppressed += 1
            elif reading.wire in seen:
                result.duplicates += 1
            else:
                seen.add(reading.wire)
                result.ready.append((at, reading))
    return result


def _read_row(cells: list[str], phone: int, delimiter: str, countries: frozenset[str]) -> tuple[str, Reading]:
    if phone < len(cells):
        return cells[phone], read_number(cells[phone], countries)
    # A quote in the wrong place glues cells together, so that the phone is missing but not blank.
    if any('"' in cell for cell in cells):
        return delimiter.join(cells), Reading("reject", code="not_a_number")
    return "", Reading("blank")


def _ready_frame(layout: Layout, ready: Sequence[tuple[int, Reading]]) -> pd.DataFrame:
    rows = [layout.rows[at] for at, _ in ready]
    others = [at for at in range(len(layout.header)) if at != layout.phone]
    return _frame(
        {
            "_row": [line for line, _ in rows],
            "_phone": [reading.wire for _, reading in ready],
            "_country": [reading.country for _, reading in ready],
        },
        [(layout.header[at], _cells(rows, at)) for at in others],
    )


def _problem_frame(layout: Layout, rejected: Sequence[tuple[int, str, Reading]]) -> pd.DataFrame:
    rows = [layout.rows[at] for at, _, _ in rejected]
    return _frame(
        {
            "row": [line for line, _ in rows],
            "value": [value for _, value, _ in rejected],
            "code": [reading.code for _, _, reading in rejected],
            "country": [reading.country for _, _, reading in rejected],
            "wire": [reading.wire for _, _, reading in rejected],
        },
        [(name, _cells(rows, at)) for at, name in enumerate(layout.header)],
    )


def _cells(rows: Sequence[Record], at: int) -> list[str]:
    return [cells[at] if at < len(cells) else "" for _, cells in rows]


def _frame(ours: dict[str, list[int] | list[str]], own: Sequence[tuple[str, list[str]]]) -> pd.DataFrame:
    names = unique([name for name, _ in own], reserved=ours)
    columns = ours | dict(zip(names, (cells for _, cells in own), strict=True))
    # A type for each column: an empty list alone would become a column of floats or objects.
    types = {name: "int64" if at == 0 else "str" for at, name in enumerate(columns)}
    return pd.DataFrame({name: pd.Series(cells, dtype=types[name]) for name, cells in columns.items()})
