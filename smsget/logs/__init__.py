"""Exported callback logs, however people kept them -> Receipt, Reply, Unreadable.

The shapes are recognised by content, never by name (`smsget.logs.shapes`), out of plain, gzip or zip files in UTF-8,
CP950 or UTF-16 (`smsget.logs.unpack`). Nothing is dropped: a line either gives items or is kept as `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import BinaryIO

from smsget.errors import UnreadableFile
from smsget.logs.json_text import DOCUMENT, LineCounter, objects
from smsget.logs.shapes import SHAPES, Fields, Found, in_json, looks_broken, recognise
from smsget.logs.tables import PAYLOAD_INSIDE, SEP_LINE, Columns, Line, columns_of, quotes_open, records, split_row
from smsget.logs.unpack import (
    LINE_LIMIT,
    UNPACK_LIMIT,
    ArchiveDamaged,
    as_utf8,
    decoded,
    decoded_stream,
    members,
    peeked,
    split_lines,
)
from smsget.receipts import WHY as PAYLOAD_WHY
from smsget.receipts import Item, Unreadable, parse_callback

__all__ = ["FORMATS", "WHY", "Log", "LogReader", "read_log"]

FORMATS = (*SHAPES, "mixed")
"""What a log can be found to be."""

WHY = (*PAYLOAD_WHY, "no_callback", "broken_json", "broken_quotes", "line_too_long", "archive_damaged")
"""Why a line is `Unreadable`: a payload's reasons; nothing of a callback in it; JSON or quotes that do not close; more
than 8 MiB without a line end; the archive is cut here."""


@dataclass
class Log:
    """A log that was read. `format` is one of `FORMATS`; `lines` counts the lines that are not blank, headers too."""

    format: str
    lines: int
    items: list[Item]


def read_log(data: bytes | BinaryIO, name: str = "", code: str = "", *, unpack_limit: int = UNPACK_LIMIT) -> Log:
    """Read a whole log into memory. `data` is its bytes or a seekable binary file; `code` the two-way code.

    Raises `UnreadableFile`: `empty`; `not_a_log` when nothing in it is of a callback (evidence `file`, and for some
    `kind`: `workbook`, `archive`, or `too_large` for what unpacks to more than `unpack_limit` bytes).
    """
    reader = LogReader(data, name, code, unpack_limit=unpack_limit)
    items = list(reader)
    return Log(reader.format, reader.lines, items)


class LogReader:
    """A log read piece by piece: iterate over it once. Memory does not grow with the file.

    `lines` and `format` say what was seen so far, and are final at the end. Raises as `read_log` does, but `empty` and
    `not_a_log` only at the end, so keep what came before in one transaction. Lines of a zip's members are counted on.
    """

    def __init__(
        self, data: bytes | BinaryIO, name: str = "", code: str = "", *, unpack_limit: int = UNPACK_LIMIT
    ) -> None:
        self.lines = 0
        self._data, self._name, self._code, self._limit = data, name, code, unpack_limit
        self._shapes: set[str] = set()
        self._number = 0  # of the line last read, blank ones included

    @property
    def format(self) -> str:
        """The shape of all that was read so far: one of `FORMATS`, or "" for none yet."""
        return "mixed" if len(self._shapes) > 1 else next(iter(self._shapes), "")

    def __iter__(self) -> Iterator[Item]:
        evidence = {"file": self._name}
        for chunks in members(self._data, self._name, self._limit):
            try:
                yield from self._member(chunks)
            except ArchiveDamaged as damage:
                evidence["kind"] = "archive"
                yield Unreadable(self._number + 1, "archive_damaged", decoded(damage.partial))
        if not self._shapes:
            raise UnreadableFile("not_a_log" if self.lines or "kind" in evidence else "empty", **evidence)

    def _member(self, packed: Iterator[bytes]) -> Iterator[Item]:
        head, chunks = peeked(packed)
        head, chunks = peeked(as_utf8(head, chunks))
        if DOCUMENT.match(decoded(head)):
            return self._document(decoded_stream(head, chunks))
        return self._rows_or_lines(self._filled_lines(chunks))

    def _filled_lines(self, chunks: Iterator[bytes]) -> Iterator[Line]:
        for line in split_lines(chunks):
            self._number += 1
            text = decoded(line)
            if text and not text.isspace():
                self.lines += 1
                yield self._number, text

    def _rows_or_lines(self, lines: Iterator[Line]) -> Iterator[Item]:
        first = next(lines, None)
        separator = SEP_LINE.fullmatch(first[1]) if first is not None else None
        if separator is not None:
            first = next(lines, None)
        if first is None:
            return
        columns = columns_of(first[1], separator[1] if separator is not None else None)
        if columns is not None:
            yield from self._table(columns, lines)
            return
        for number, text in chain([first], lines):
            yield from self._line(number, text)

    def _line(self, number: int, text: str) -> Iterator[Item]:
        if len(text) > LINE_LIMIT:
            yield Unreadable(number, "line_too_long", text[:1000])
        elif (found := recognise(text.strip())) is not None:
            yield from self._found(number, text, found)
        else:
            yield Unreadable(number, "broken_json" if looks_broken(text) else "no_callback", text)

    def _found(self, number: int, text: str, found: Found) -> Iterator[Item]:
        self._shapes.add(found.shape)
        for fields in found.callbacks:
            yield from self._items(number, text, fields)

    def _items(self, number: int, text: str, fields: Fields) -> Iterator[Item]:
        for item in parse_callback(fields, self._code):
            if isinstance(item, Unreadable):
                item = replace(item, line=number, raw=item.raw if item.raw.strip() else text)  # noqa: PLW2901
            yield item

    def _table(self, columns: Columns, lines: Iterator[Line]) -> Iterator[Item]:
        """The rows behind a header. A line among them that is no row of it is looked at for itself."""
        if columns.sms_id is not None:
            self._shapes.add("table")  # by its header alone; a lone column named content may be anything
        for number, text in records(lines):
            cells = split_row(text, columns.delimiter) if len(text) <= LINE_LIMIT else None
            fields = columns.pick(cells) if cells else None
            if fields is not None and PAYLOAD_INSIDE.search(fields["content"]):
                self._shapes.add("table")
                yield from self._items(number, text, fields)
            elif quotes_open(text):
                yield Unreadable(number, "broken_quotes", text)
            elif fields is None or recognise(text.strip()) is not None:
                yield from self._line(number, text)
            else:
                yield from self._items(number, text, fields)

    def _document(self, texts: Iterator[str]) -> Iterator[Item]:
        """The objects of one JSON text; what stands between them and is no JSON is looked at line by line."""
        before, counter, unreadable = self._number, LineCounter(), 0
        try:
            for line, raw, value in objects(counter.counted(texts)):
                self._number = before + line
                callbacks = list(in_json(value))
                if callbacks:
                    yield from self._found(self._number, raw, Found("json_array", callbacks))
                    continue
                unreadable += 1
                if value is None and "{" not in raw:
                    for number, text in enumerate(raw.split("\n"), self._number):
                        if text.strip(" \t\r,[]"):
                            yield from self._line(number, text)
                else:
                    yield Unreadable(self._number, "broken_json" if value is None else "no_callback", raw[:LINE_LIMIT])
        finally:
            self.lines += counter.filled
            self._number = before + counter.all
        if not unreadable:
            self._shapes.add("json_array")  # an empty array is a log as well, of nothing
