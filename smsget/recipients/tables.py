"""Opening a file: whatever it is, its rows come out as one table of texts.

A table is read once for each choice of encoding, sheet and header; everything else (which countries are meant, whom
to leave out) is decided from it without reading the file again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from smsget.errors import UnreadableFile
from smsget.recipients.columns import Layout, lay_out
from smsget.recipients.delimited import read_delimited
from smsget.recipients.encodings import ENCODINGS, rival_of, to_utf8
from smsget.recipients.formulas import take_out
from smsget.recipients.grid import Grid
from smsget.recipients.markup import read_markup
from smsget.recipients.sniff import MARKUP, WORKBOOKS, kind_of
from smsget.recipients.workbook import Content, Sheet, read_sheets

Progress = Callable[[float], None]
_Source = TypeVar("_Source")


LACKS = ("empty", "no_rows", "no_phone_column", "column_missing")
"""What one sheet can be refused for, and another one not."""


@dataclass(frozen=True, eq=False)
class Table:
    """The rows of a file, all cells as text.

    file, sha256: its name, and of its bytes the hash in hexadecimal.
    encoding, delimiter: of a text; for a workbook its kind ("xlsx", "xls", "ods") and "".
    doubt: another codec that reads the file as well or better, so that a person should look at the names; else "".
    header: the column names, all different; letters as in Excel where the file has none. headed: whether it has any.
    lines: of each row the line of the file on which it starts, the first being 1; in a workbook the row of the sheet.
    columns: large_string, one for each name, a value for each row, "" for a missing cell, no nulls.
    glued: the rows that lack cells because a misplaced quote glued some together; their missing phone is a problem
        and not blank. glued_text: all that such a row says.
    phone_columns: those that a person chose, else the one best. phone_candidates: every column that seems to hold
        mobile numbers, the best first, before them those that a person chose.
    original_rows: of a corrected rejects file of ours the rows of the file it was made from, -1 where unreadable; its
        three columns are not in `header`. None for any other file.
    sheet, sheets: of a workbook, XML for Excel or page of several tables (which are called 1, 2 …) the one that was
        read, and all of them; "" and [] for a text.
    hidden_rows: how many of the rows are hidden in the sheet. They are read like the others.
    """

    file: str
    sha256: str
    encoding: str
    delimiter: str
    header: list[str]
    headed: bool
    lines: NDArray[np.int64]
    columns: list[pa.ChunkedArray]
    glued: NDArray[np.bool_]
    glued_text: dict[int, str]
    phone_columns: list[str]
    phone_candidates: list[str]
    original_rows: NDArray[np.int64] | None = None
    sheet: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    hidden_rows: int = 0
    doubt: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class _Opened:
    layout: Layout
    encoding: str
    delimiter: str = ""
    doubt: str = ""
    sheet: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    hidden_rows: int = 0


def open_table(
    source: Path | bytes,
    name: str = "",
    *,
    phone_columns: Sequence[str] = (),
    encoding: str | None = None,
    sheet: str | None = None,
    headed: bool | None = None,
    progress: Progress | None = None,
) -> Table:
    """Read a CSV, TSV, TXT, XLSX, XLSM, XLS, ODS, HTML or XML (Excel 2003) file, told by its content, not by its name.

    phone_columns, encoding, sheet, headed: a person's choice instead of what is recognised.
    progress: is called with the part of the work that is done, 0 to 1.
    Raises `UnreadableFile` with the codes listed there, always with `file`, and with `sheets`, all their names,
    where one of a workbook lacks something (`LACKS`); nothing else, whatever the bytes.
    """
    report = progress or (lambda _: None)
    data, file = _load(source, name)
    digest = hashlib.sha256(data).hexdigest()
    try:
        if not data:
            raise UnreadableFile("empty")
        kind = kind_of(data)
        if kind in WORKBOOKS:
            opened = _open_workbook(data, kind, sheet or None, phone_columns, headed, report)
        elif kind == "text":
            if sheet:
                raise UnreadableFile("sheet_missing", kind="text", sheet=sheet, sheets=[])
            opened = _open_text(data, encoding or None, phone_columns, headed, report)
        elif kind in MARKUP:
            opened = _open_markup(data, kind, encoding or None, sheet or None, phone_columns, headed)
        else:
            raise UnreadableFile("not_a_table", kind=kind)
    except UnreadableFile as error:
        error.evidence.setdefault("file", file)
        raise
    report(1.0)
    return _table(opened, file, digest)


def _load(source: Path | bytes, name: str) -> tuple[bytes, str]:
    if not isinstance(source, Path):
        return bytes(source), name
    try:
        return source.read_bytes(), name or source.name
    except OSError as error:
        raise UnreadableFile("missing", file=name or source.name, reason=error.strerror or "") from error


def _open_text(
    data: bytes, encoding: str | None, phone_columns: Sequence[str], headed: bool | None, progress: Progress
) -> _Opened:
    text, codec = to_utf8(data, encoding)
    doubt = "" if encoding else rival_of(data, codec)
    try:
        delimiter, grid = read_delimited(text, progress)
        return _Opened(lay_out(grid, delimiter, phone_columns, headed), codec, delimiter, doubt)
    except UnreadableFile as error:  # such as a header that is unreadable in the wrong encoding
        if doubt:
            error.evidence.update(doubt=doubt, choices=[doubt, *(one for one in ENCODINGS if one != doubt)])
        raise


def _open_markup(
    data: bytes, kind: str, encoding: str | None, sheet: str | None, phone_columns: Sequence[str], headed: bool | None
) -> _Opened:
    sheets: list[Sheet] = []
    codec, contents = read_markup(data, encoding, sheet, sheets)
    try:
        return _open_sheet(contents, sheets, codec, phone_columns, headed)
    except UnreadableFile as error:
        if error.code != "empty" or sheets:
            raise
        raise UnreadableFile("not_a_table", kind=kind) from error


def _open_workbook(
    data: bytes, kind: str, wanted: str | None, phone_columns: Sequence[str], headed: bool | None, progress: Progress
) -> _Opened:
    sheets: list[Sheet] = []
    return _open_sheet(read_sheets(data, kind, wanted, progress, sheets), sheets, kind, phone_columns, headed)


def _open_sheet(
    contents: Iterable[Content], sheets: list[Sheet], encoding: str, phone_columns: Sequence[str], headed: bool | None
) -> _Opened:
    """`sheets`: is filled when the first of the `contents` is asked for."""
    try:
        content, layout = _first_usable(((one, one.grid) for one in contents), phone_columns, headed)
    except UnreadableFile as error:
        if error.code in LACKS and sheets:  # another sheet may hold it, a hidden one for instance
            error.evidence.setdefault("sheets", [one.name for one in sheets])
        raise
    if content.formulas:
        take_out(layout.body, content.formulas, {*layout.chosen, *layout.candidates})
    hidden = int(np.isin(layout.body.lines, content.hidden).sum())
    return _Opened(layout, encoding, sheet=content.name, sheets=content.sheets, hidden_rows=hidden)


def _first_usable(
    tables: Iterable[tuple[_Source, Grid]], phone_columns: Sequence[str], headed: bool | None
) -> tuple[_Source, Layout]:
    """The first table with a phone column. If there is none, the first one that holds anything says why not."""
    refusal = UnreadableFile("empty")
    for source, grid in tables:
        try:
            return source, lay_out(grid, " ", phone_columns, headed)
        except UnreadableFile as error:
            if refusal.code == "empty":
                refusal = error
    raise refusal


def _table(opened: _Opened, file: str, digest: str) -> Table:
    layout, body = opened.layout, opened.layout.body
    glued = np.zeros(len(body.lines), np.bool_)
    glued[list(body.glued_text)] = True
    chosen = layout.chosen or layout.candidates[:1]
    return Table(
        file=file,
        sha256=digest,
        encoding=opened.encoding,
        delimiter=opened.delimiter,
        header=body.header,
        headed=layout.headed,
        lines=body.lines,
        columns=body.columns,
        glued=glued,
        glued_text=body.glued_text,
        phone_columns=[body.header[at] for at in chosen],
        phone_candidates=[body.header[at] for at in dict.fromkeys([*chosen, *layout.candidates])],
        original_rows=body.original_rows,
        sheet=opened.sheet,
        sheets=opened.sheets,
        hidden_rows=opened.hidden_rows,
        doubt=opened.doubt,
    )
