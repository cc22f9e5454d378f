"""Tables in HTML, and in Excel's XML of 2003: what many systems in Taiwan save under the name .xls.

A scan for tags, in time proportional to the text whatever it holds, which `html.parser` is not in every Python; nothing
is fetched or run, no entity of the file's own is expanded.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator
from itertools import islice

from smsget.errors import UnreadableFile
from smsget.recipients.encodings import is_utf8, to_utf8
from smsget.recipients.grid import Grid, RaggedRows

MAX_BYTES = 64 * 1024 * 1024
"""A table in markup of this size holds some 300,000 people; its text is held as a whole."""

_TAG = re.compile(r"<(/?)(?:\w+:)?(table|tr|row|td|th|cell|br|script|style|comment)\b([^<>]*)>|<!--", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
_SPAN = re.compile(r"""\b(?:colspan\s*=\s*["']?(\d{1,4})|MergeAcross\s*=\s*["'](\d{1,4}))""", re.IGNORECASE)
_INDEX = re.compile(r"""\bss:Index\s*=\s*["'](\d{1,7})""")
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?([\w-]+)""", re.IGNORECASE)
# What a page calls its encoding -> the one of ours that reads all of it.
_CODECS = {
    "big5": "cp950", "big5hkscs": "big5hkscs", "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "shift_jis": "cp932", "euc_kr": "cp949", "cp1252": "cp1252",
}  # fmt: skip
_SILENT = {name: re.compile(rf"</(?:\w+:)?{name}\b[^<>]*>?", re.IGNORECASE) for name in ("script", "style", "comment")}
_SILENT[""] = re.compile("-->")
_MOST_TABLES, _DEEPEST = 200, 20  # of a page, and one within another
_MOST_CELLS = 16_384  # in a row, as in Excel


def read_markup(data: bytes, encoding: str | None = None) -> tuple[str, Iterator[Grid]]:
    """The codec of the text, and of every table with a row in it the cells. A row's line is its row in the table.

    Raises `UnreadableFile`: `workbook_too_large`, `not_a_table` (kind "too_wide"), `unknown_encoding` as `to_utf8`.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableFile("workbook_too_large")
    text, codec = to_utf8(data, encoding or _declared(data))
    return codec, islice(_tables(text.decode()), _MOST_TABLES)


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

    def __init__(self) -> None:
        self.rows = RaggedRows()
        self.number = 0
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self._blanks = 0

    def start_row(self, attributes: str) -> None:
        self.end_row()
        index = _INDEX.search(attributes)
        self.number = max(self.number + 1, int(index[1]) if index else 0)
        self.row = []

    def start_cell(self, attributes: str) -> None:
        self.end_cell()
        if self.row is None:
            self.start_row("")
        row = self.row or []
        index, span = _INDEX.search(attributes), _SPAN.search(attributes)
        row += [""] * (min(int(index[1]) - 1, _MOST_CELLS) - len(row) if index else 0)
        self._blanks = max(0, int(span[1]) - 1 if span[1] else int(span[2])) if span else 0
        self.row, self.cell = row, []

    def end_cell(self) -> None:
        if self.cell is not None and self.row is not None:
            text = html.unescape(_ANY_TAG.sub("", "".join(self.cell)))
            self.row += [" ".join(text.split()), *[""] * self._blanks]
            if len(self.row) > _MOST_CELLS:
                raise UnreadableFile("not_a_table", kind="too_wide")
        self.cell = None

    def end_row(self) -> None:
        self.end_cell()
        if self.row is not None:
            self.rows.append(self.number, self.row)
        self.row = None


def _tables(text: str) -> Iterator[Grid]:
    """Every table when it ends; one may stand in a cell of another."""
    stack: list[_Table] = []
    at = 0
    while found := _TAG.search(text, at):
        if stack and stack[-1].cell is not None:
            stack[-1].cell.append(text[at : found.start()])
        at = _after(text, found)
        closing, name, attributes = found[1], (found[2] or "").lower(), found[3] or ""
        if name == "table":
            if not closing and len(stack) < _DEEPEST:
                stack.append(_Table())
            elif closing and stack:
                yield from _ended(stack.pop())
        elif stack:
            _step(stack[-1], name, attributes, closing=bool(closing))
    while stack:
        yield from _ended(stack.pop())


def _step(table: _Table, name: str, attributes: str, *, closing: bool) -> None:
    if name in {"tr", "row"}:
        table.end_row() if closing else table.start_row(attributes)
    elif name in {"td", "th", "cell"}:
        table.end_cell() if closing else table.start_cell(attributes)
    elif name == "br" and table.cell is not None:
        table.cell.append(" ")


def _after(text: str, found: re.Match[str]) -> int:
    """Where to go on: behind a remark, a script or a style sheet, none of whose text is a cell's."""
    end = None if found[1] or found[0].endswith("/>") else _SILENT.get((found[2] or "").lower())
    if end is None:
        return found.end()
    closed = end.search(text, found.end())
    return closed.end() if closed else len(text)


def _ended(table: _Table) -> Iterator[Grid]:
    table.end_row()
    grid = table.rows.grid()
    if len(grid):
        yield grid
