"""Tables in HTML, and in Excel's XML of 2003: what many systems in Taiwan save under the name .xls.

A scan for tags, in time proportional to the text whatever it holds, which `html.parser` is not in every Python; nothing
is fetched or run, no entity of the file's own is expanded.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

import numpy as np

from smsget.errors import UnreadableFile
from smsget.recipients.encodings import is_utf8, to_utf8
from smsget.recipients.grid import MAX_CELLS_IN_ROW, Grid, RaggedRows, check_size
from smsget.recipients.workbook import Content, Sheet

MAX_BYTES = 64 * 1024 * 1024
"""A table in markup of this size holds some 300,000 people; its text is held as a whole."""

_TAG = re.compile(
    r"<(/?)(?:\w+:)?(table|tr|row|td|th|cell|br|script|style|comment|worksheet|visible)\b([^<>]*)>|<!--", re.IGNORECASE
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPAN = re.compile(r"""\b(?:colspan\s*=\s*["']?(\d{1,4})|MergeAcross\s*=\s*["'](\d{1,4}))""", re.IGNORECASE)
_INDEX = re.compile(r"""\bss:Index\s*=\s*["'](\d{1,7})""")
_NAME = re.compile(r"""\bss:Name\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_HIDDEN = re.compile(
    r"""(?:^|\s)(?:ss:)?hidden(?:\s*=\s*(?:["']?(?:1|true|hidden)\b|""|'')|(?=[\s/]|$)(?!\s*=))|\bdisplay\s*:\s*none\b""",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
# What a page calls its encoding -> the one of ours that reads all of it.
_CODECS = {
    "big5": "cp950", "big5hkscs": "big5hkscs", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "cp1252": "cp1252",
}  # fmt: skip
_SILENT = {name: re.compile(rf"</(?:\w+:)?{name}\b[^<>]*>?", re.IGNORECASE) for name in ("script", "style", "comment")}
_SILENT[""] = re.compile("-->")
_MOST_TABLES, _DEEPEST = 200, 20  # of a page, and one within another


def read_markup(
    data: bytes, encoding: str | None = None, sheet: str | None = None, found: list[Sheet] | None = None
) -> tuple[str, Iterator[Content]]:
    """The codec of the text, and the contents of `sheet`, or of every table in turn that is not hidden.

    A table is called as its worksheet is, in a page of several 1, 2 …; a single one of a page is no sheet. Those
    without any content do not count. `found` gets every sheet. A row's line is its row in the table.
    Raises `UnreadableFile`: `workbook_too_large`, `not_a_table` (kind "too_wide" or "text"), `sheet_missing` with
    `sheet` and `sheets`, `unknown_encoding` as `to_utf8`.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("workbook_too_large")
    text, codec = to_utf8(data, encoding or _declared(data))
    return codec, _contents(_Page(text.decode()), sheet, [] if found is None else found)


def _contents(page: _Page, wanted: str | None, found: list[Sheet]) -> Iterator[Content]:
    tables = page.tables()
    alone = len(tables) == 1 and not tables[0].name
    names = ["" if alone else table.name or str(number) for number, table in enumerate(tables, 1)]
    sheets = [Sheet(name, page.is_hidden(table)) for name, table in zip(names, tables, strict=True)]
    if not alone:
        found += sheets
    if wanted is not None and (alone or wanted not in names):
        kind = {"kind": "text"} if alone else {}  # a single table is no sheet
        raise UnreadableFile("sheet_missing", sheet=wanted, sheets=[] if alone else names, **kind)
    for sheet, table in zip(sheets, tables, strict=True):
        if sheet.name == wanted or (wanted is None and (alone or not sheet.hidden)):
            hidden = np.array(table.hidden_rows, np.int64)
            yield Content(sheet.name, [] if alone else sheets, table.grid, hidden)


def _declared(data: bytes) -> str | None:
    """The encoding that the page names, unless its bytes are UTF-8, or UTF-16 with a mark, all the same."""
    found = _DECLARED.search(data[:4096])
    if not found or is_utf8(data) or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    try:
        return _CODECS.get(codecs.lookup(found[1].decode()).name)
    except LookupError:
        return None


class _Table:
    """One table as it is read: the rows so far, the row and the cell at hand."""

    def __init__(self, worksheet: int, name: str, *, hidden: bool) -> None:
        self.worksheet, self.name, self.hidden = worksheet, name, hidden
        self.hidden_rows: list[int] = []
        self.filled = False
        self._rows = RaggedRows()
        self._number = 0
        self._row: list[str] | None = None
        self._cell: list[str] | None = None
        self._blanks = 0

    @property
    def grid(self) -> Grid:
        """All rows so far."""
        return self._rows.grid()

    def take(self, text: str) -> None:
        """Text between two tags, which belongs to the cell at hand."""
        if self._cell is not None:
            self._cell.append(text)

    def start_row(self, attributes: str) -> None:
        self.end_row()
        index = _INDEX.search(attributes)
        self._number = max(self._number + 1, int(index[1]) if index else 0)
        self._row = []
        if _HIDDEN.search(attributes):
            self.hidden_rows.append(self._number)

    def start_cell(self, attributes: str) -> None:
        self.end_cell()
        if self._row is None:
            self.start_row("")
        row = self._row or []
        index, span = _INDEX.search(attributes), _SPAN.search(attributes)
        row += [""] * (min(int(index[1]) - 1, MAX_CELLS_IN_ROW) - len(row) if index else 0)
        self._blanks = max(0, int(span[1]) - 1 if span[1] else int(span[2])) if span else 0
        self._row, self._cell = row, []

    def end_cell(self) -> None:
        if self._cell is not None and self._row is not None:
            text = " ".join(html.unescape(_ANY_TAG.sub("", "".join(self._cell))).split())
            self._row += [text, *[""] * self._blanks]
            self.filled = self.filled or bool(text)
            if len(self._row) > MAX_CELLS_IN_ROW:
                raise UnreadableFile("not_a_table", kind="too_wide")
        self._cell = None

    def end_row(self) -> int:
        """End the row at hand. Its number of cells, 0 if there was none."""
        self.end_cell()
        row, self._row = self._row, None
        if row is None:
            return 0
        self._rows.append(self._number, row)
        return len(row)


class _Page:
    """A walk over a text from tag to tag."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ended: list[_Table] = []
        self._open: list[_Table] = []  # each stands in a cell of the one before
        self._worksheet, self._name = 0, ""  # the one at hand: its number, for each tag a new one, and its name
        self._hidden: set[int] = set()  # worksheets
        self._rows = self._cells = 0  # of all tables, which are in memory together

    def tables(self) -> list[_Table]:
        """The first tables that hold anything, in the order in which they end."""
        at = 0
        while len(self._ended) < _MOST_TABLES and (found := _TAG.search(self._text, at)):
            if self._open:
                self._open[-1].take(self._text[at : found.start()])
            at = _after(self._text, found)
            self._step((found[2] or "").lower(), found[3] or "", found.end(), closing=bool(found[1]))
        while self._open:
            self._end_table()
        return self._ended

    def is_hidden(self, table: _Table) -> bool:
        """Whether Excel or a browser does not show the table."""
        return table.hidden or table.worksheet in self._hidden

    def _step(self, name: str, attributes: str, at: int, *, closing: bool) -> None:
        if name == "table":
            self._end_table() if closing else self._start_table(attributes)
        elif name == "worksheet":
            named = None if closing else _NAME.search(attributes)
            self._worksheet += 1
            self._name = html.unescape(named[1] or named[2] or "") if named else ""
        elif name == "visible" and not closing and self._text.startswith("Sheet", at):  # SheetHidden, SheetVeryHidden
            self._hidden.add(self._worksheet)
        elif self._open:
            self._step_inside(self._open[-1], name, attributes, closing=closing)

    def _step_inside(self, table: _Table, name: str, attributes: str, *, closing: bool) -> None:
        if name in {"tr", "row"}:
            self._count(table.end_row())
            if not closing:
                table.start_row(attributes)
        elif name in {"td", "th", "cell"}:
            table.end_cell() if closing else table.start_cell(attributes)
        elif name == "br":
            table.take(" ")

    def _start_table(self, attributes: str) -> None:
        if len(self._open) < _DEEPEST:
            self._open.append(_Table(self._worksheet, self._name, hidden=bool(_HIDDEN.search(attributes))))

    def _end_table(self) -> None:
        if self._open:
            table = self._open.pop()
            self._count(table.end_row())
            if table.filled:
                self._ended.append(table)

    def _count(self, cells: int) -> None:
        self._rows, self._cells = self._rows + bool(cells), self._cells + cells
        check_size(self._rows, self._cells)


def _after(text: str, found: re.Match[str]) -> int:
    """Where to go on: behind a remark, a script or a style sheet, none of whose text is a cell's."""
    end = None if found[1] or found[0].endswith("/>") else _SILENT.get((found[2] or "").lower())
    if end is None:
        return found.end()
    closed = end.search(text, found.end())
    return closed.end() if closed else len(text)
