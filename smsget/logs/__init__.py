"""Exported callback logs, however people kept them -> Receipt, Reply, Unreadable.

The shapes are recognised by content, never by name (`smsget.logs.shapes`), out of plain, gzip or zip files in UTF-8,
CP950 or UTF-16 (`smsget.logs.unpack`). Nothing is dropped: a line either gives items or is kept as `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from io import SEEK_END, BytesIO
from itertools import chain, islice
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from smsget.errors import UnreadableFile
from smsget.logs.json_text import DOCUMENT, LineCounter, objects
from smsget.logs.shapes import SHAPES, Fields, Found, in_json, looks_broken, recognise
from smsget.logs.tables import (
    PAYLOAD_INSIDE,
    SEP_LINE,
    Columns,
    Line,
    cells_of,
    chosen_columns,
    columns_of,
    quotes_open,
    records,
    split_row,
)
from smsget.logs.unpack import (
    CHUNK,
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

if TYPE_CHECKING:
    from smsget.logs.bulk import Block, Layout

__all__ = ["FORMATS", "WHY", "Log", "LogReader", "Preview", "preview", "read_log"]

FORMATS = (*SHAPES, "mixed")
"""What a log can be found to be."""

WHY = (*PAYLOAD_WHY, "no_callback", "broken_json", "broken_quotes", "line_too_long", "archive_damaged")
"""Why a line is `Unreadable`: a payload's reasons; nothing of a callback in it; JSON or quotes that do not close; more
than 8 MiB without a line end; the archive is cut here."""


_Batch = TypeVar("_Batch")

Chosen = Mapping[str, str | int]
"""A person's choice for a table: `content`, and `sms_id` if there is one, each a column's name or its place from 0."""

Progress = Callable[[int, int], None]
"""Called now and then with (bytes read so far, bytes of the file), of the packed file if it is packed."""

_BULK = 4 * CHUNK  # enough that a pass over it costs more than starting the pass, and small in memory
_ITEMS = 10_000


@dataclass
class Log:
    """A log that was read. `format` is one of `FORMATS`; `lines` counts the lines that are not blank, headers too."""

    format: str
    lines: int
    items: list[Item]


def read_log(
    data: bytes | BinaryIO,
    name: str = "",
    code: str = "",
    *,
    columns: Chosen | None = None,
    unpack_limit: int = UNPACK_LIMIT,
) -> Log:
    """Read a whole log into memory. `data` is its bytes or a seekable binary file; `code` the two-way code.

    `columns` says which column of a table is which, where its header does not. Raises `UnreadableFile`: `empty`;
    `not_a_log` when nothing in it is of a callback (evidence `file`, and for some `kind`: `workbook`, `archive`,
    `columns` where no column is as chosen, or `too_large` for what unpacks to more than `unpack_limit` bytes).
    """
    reader = LogReader(data, name, code, columns=columns, unpack_limit=unpack_limit)
    items = list(reader)
    return Log(reader.format, reader.lines, items)


@dataclass
class Preview:
    """The beginning of a log before it is loaded. `sure`: most of it could be read, so the shape was understood.

    `lines` are the first as text. `columns` are the names (or first cells) of a table's columns, [] where the first
    line is no row of one: what a person chooses from when the detection is unsure. `content` and `sms_id` are the
    places of those that were found.
    """

    format: str
    items: list[Item]
    lines: list[str]
    columns: list[str] = field(default_factory=list)
    content: int | None = None
    sms_id: int | None = None

    @property
    def sure(self) -> bool:
        """Whether at least half of what was looked at could be read."""
        readable = sum(not isinstance(item, Unreadable) for item in self.items)
        return readable > 0 and 2 * readable >= len(self.items)


def preview(
    data: bytes | BinaryIO, name: str = "", code: str = "", *, columns: Chosen | None = None, count: int = 20
) -> Preview:
    """Look at the first `count` items and lines of a log; a file is left at its beginning. Raises as `read_log` does,
    but not `not_a_log` for a text: of that the preview shows the lines, and is not `sure`.
    """
    file = BytesIO(data) if isinstance(data, (bytes, bytearray)) else data
    reader = LogReader(file, name, code, columns=columns)
    items: list[Item] = []
    try:
        items += islice(reader, count)
    except UnreadableFile as error:
        if error.code == "empty" or "kind" in error.evidence:
            raise
    file.seek(0)
    lines = [text for _, text in islice(_first_lines(file, name), count)]
    file.seek(0)
    found = chosen_columns(lines[0], columns) if columns and lines else columns_of(lines[0]) if lines else None
    told = cells_of(lines[0], found.delimiter if found else None) if lines else []
    looked = Preview(reader.format, items, lines, told)
    if found is not None:
        looked.content, looked.sms_id = found.content, found.sms_id
    return looked


def _first_lines(file: BinaryIO, name: str) -> Iterator[Line]:
    for packed in members(file, name):
        head, chunks = peeked(packed)
        try:
            for number, line in enumerate(split_lines(as_utf8(head, chunks)), start=1):
                if (text := decoded(line[:LINE_LIMIT])).strip():
                    yield number, text
        except ArchiveDamaged:
            return
        return


class LogReader:
    """A log read piece by piece: iterate over it, or over its `blocks`, once. Memory does not grow with the file.

    `lines` and `format` say what was seen so far, and are final at the end. Raises as `read_log` does, but `empty` and
    `not_a_log` only at the end, so keep what came before in one transaction. Lines of a zip's members are counted on.
    """

    def __init__(
        self,
        data: bytes | BinaryIO,
        name: str = "",
        code: str = "",
        *,
        columns: Chosen | None = None,
        unpack_limit: int = UNPACK_LIMIT,
        progress: Progress | None = None,
    ) -> None:
        self.lines = 0
        self._file: BinaryIO = BytesIO(data) if isinstance(data, (bytes, bytearray)) else data
        self._name, self._code, self._limit, self._chosen = name, code, unpack_limit, columns
        self._progress = progress
        self._shapes: set[str] = set()
        self._number = 0  # of the line last read, blank ones included

    @property
    def format(self) -> str:
        """The shape of all that was read so far: one of `FORMATS`, or "" for none yet."""
        return "mixed" if len(self._shapes) > 1 else next(iter(self._shapes), "")

    def __iter__(self) -> Iterator[Item]:
        for batch in self._read(lambda packed: ([item] for item in self._member(packed))):
            yield from batch

    def blocks(self) -> Iterator[Block | list[Item]]:
        """The same, faster: canonical lines as columns, all else as lists of items. Within a chunk of the file the
        columns come first, so the order is not that of the lines.
        """
        yield from self._read(self._member_in_bulk)

    def _read(self, member: Callable[[Iterator[bytes]], Iterator[_Batch]]) -> Iterator[_Batch | list[Item]]:
        evidence = {"file": self._name}
        for chunks in members(self._file, self._name, self._limit):
            try:
                yield from member(self._ticked(chunks))
            except ArchiveDamaged as damage:
                evidence["kind"] = "archive"
                yield [Unreadable(self._number + 1, "archive_damaged", decoded(damage.partial))]
        if not self._shapes:
            raise UnreadableFile("not_a_log" if self.lines or "kind" in evidence else "empty", **evidence)

    def _ticked(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        if self._progress is None:
            return chunks
        return self._told(chunks, self._progress)

    def _told(self, chunks: Iterator[bytes], progress: Progress) -> Iterator[bytes]:
        at = self._file.tell()
        size = self._file.seek(0, SEEK_END)
        self._file.seek(at)
        for chunk in chunks:
            progress(self._file.tell(), size)
            yield chunk

    def _member_in_bulk(self, packed: Iterator[bytes]) -> Iterator[Block | list[Item]]:
        from smsget.logs.bulk import layout_of  # numpy is loaded for logs that have something to load

        head, chunks = peeked(packed)
        head, chunks = peeked(as_utf8(head, chunks))
        first = head.lstrip(b"\r\n").partition(b"\n")[0]
        layout = layout_of(first) if not DOCUMENT.match(decoded(head)) else None
        if layout is None or self._chosen is not None:
            yield from _batched(self._member(chunks))
            return
        yield from self._lines_in_bulk(chunks, layout)

    def _lines_in_bulk(self, chunks: Iterator[bytes], layout: Layout) -> Iterator[Block | list[Item]]:
        """Complete lines of a few chunks at a time; what ends without a line end comes last."""
        rest, damage = b"", None
        try:
            for data in _gathered(chunks):
                data = rest + data  # noqa: PLW2901
                cut = data.rfind(b"\n") + 1
                if cut:
                    yield from self._chunk(data[:cut], layout)
                rest = data[cut:]
                if len(rest) > LINE_LIMIT:  # no log any more: read it as the line by line reader does
                    yield from _batched(self._judged(split_lines(chain([rest], chunks))))
                    return
        except ArchiveDamaged as error:
            rest += error.partial
            cut = rest.rfind(b"\n") + 1
            damage, rest = ArchiveDamaged(rest[cut:]), rest[:cut]
        if rest:
            yield from self._chunk(rest, layout)
        if damage is not None:
            raise damage

    def _chunk(self, data: bytes, layout: Layout) -> Iterator[Block | list[Item]]:
        from smsget.logs.bulk import read

        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        if b"\r" in data:  # such line ends of their own number the lines anew
            yield from _batched(self._judged(split_lines(iter([data]))))
            return
        block, odd, count = read(data, layout)
        if len(block):
            self._shapes.add(layout.name)
            yield block
        before, self.lines = self._number, self.lines + count - len(odd)
        if odd:
            lines = data.split(b"\n")
            yield from _batched(item for at in odd for item in self._odd(before + at + 1, lines[at]))
        self._number = before + count

    def _odd(self, number: int, line: bytes) -> Iterator[Item]:
        text = decoded(line)
        if text and not text.isspace():
            self.lines += 1
            yield from self._line(number, text)

    def _judged(self, lines: Iterator[bytes]) -> Iterator[Item]:
        for line in lines:
            self._number += 1
            yield from self._odd(self._number, line)

    def _member(self, packed: Iterator[bytes]) -> Iterator[Item]:
        head, chunks = peeked(packed)
        head, chunks = peeked(as_utf8(head, chunks))
        if self._chosen is None and DOCUMENT.match(decoded(head)):
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
        delimiter = separator[1] if separator is not None else None
        if self._chosen is not None:
            columns = chosen_columns(first[1], self._chosen, delimiter)
            if columns is None:
                raise UnreadableFile("not_a_log", file=self._name, kind="columns")
            yield from self._table(columns, lines if columns.headed else chain([first], lines))
            return
        # A JSON object without content would pass for a header with that name.
        columns = columns_of(first[1], delimiter) if not first[1].lstrip().startswith("{") else None
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


def _gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Chunks joined to a few MiB; on damage what was gathered is its `partial`."""
    parts: list[bytes] = []
    try:
        for chunk in chunks:
            parts.append(chunk)
            if sum(map(len, parts)) >= _BULK:
                yield b"".join(parts)
                parts = []
    except ArchiveDamaged:
        raise ArchiveDamaged(b"".join(parts)) from None
    if parts:
        yield b"".join(parts)


def _batched(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in lists; what was read before an error is handed over before the error."""
    batch: list[Item] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) >= _ITEMS:
                yield batch
                batch = []
    except ArchiveDamaged:
        yield batch
        raise
    yield batch
