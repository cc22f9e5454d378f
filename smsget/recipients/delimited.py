"""Bytes of a CSV, TSV or TXT file -> records, each with the line it starts on.

Python's `csv` reader does the parsing: of the readers at hand it alone tells the true line of every record, also
with quoted line breaks. What it forgives and must not (an unclosed quote that swallows the rest) is checked here.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from smsget.errors import UnreadableFile
from smsget.recipients.columns import Record
from smsget.recipients.names import phone_rank
from smsget.recipients.sniff import utf16_without_bom

ENCODINGS = ("utf-8", "utf-16", "cp950", "big5hkscs", "gb18030", "cp932", "cp949", "cp1252")
"""What a person may choose from. CP950 is Excel's in Taiwan; Big5-HKSCS also has characters such as 堃."""

CELL_LIMIT = 131_072
"""Characters in a cell at most: the csv module's own usual limit, which some other part of a program may raise."""

_DELIMITERS = ",\t;|，"
_SEP_LINE = re.compile(r'"?sep=([^\w\r\n"])\1*"?\s*?(?:\r\n|\r|\n|$)', re.IGNORECASE)
# A line of its own that no file can hold, because NUL bytes are taken out of the text before.
_END = "\x00"


def decode(data: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file, and the codec that read it: "utf-8-sig", "utf-8", "utf-16", "utf-16-le", "cp950" …

    A byte order mark decides; without one the first of UTF-8 and CP950 that reads every byte. A person's `encoding`
    (one of `ENCODINGS`) goes before all of it, and bytes that it does not know then become U+FFFD, for the eye to see.
    Raises `UnreadableFile("unknown_encoding")` with `line`, the first that cannot be read, and `choices`.
    """
    if encoding is not None:
        return _decode_as_chosen(data, encoding)
    if data.startswith(codecs.BOM_UTF8):
        candidates = ["utf-8-sig"]
    elif data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif codec := utf16_without_bom(data[:65_536]):
        candidates = [codec]
    else:
        candidates = ["utf-8", "cp950"]
    furthest = 0
    for codec in candidates:
        try:
            return data.decode(codec), codec
        except UnicodeDecodeError as error:
            furthest = max(furthest, error.start)
    line = len(data[: furthest + 1].splitlines())
    raise UnreadableFile("unknown_encoding", line=line, choices=[c for c in ENCODINGS if _reads(data, c)])


def read_delimited(text: str) -> tuple[str, list[Record]]:
    """The delimiter and the records of a text. Every record has the line it starts on, the first line being 1.

    NUL characters and a final Ctrl-Z are left out. A first line `sep=;` names the delimiter and is no record.
    Raises `UnreadableFile`: `unclosed_quote` with `line`, `not_a_table` (kind "text") for an endless cell.
    """
    text = text.replace("\x00", "").rstrip("\x1a").removeprefix("\ufeff")
    # StringIO with newline="" splits at CR, LF and CRLF and at nothing else; str.splitlines would split at more.
    lines = list(io.StringIO(text, newline=""))
    named = _SEP_LINE.match(lines[0]) if lines else None
    delimiter = named[1] if named else _likely_delimiter(lines)
    return delimiter, list(_records(lines, delimiter, skip=1 if named else 0))


def _decode_as_chosen(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        codec = codecs.lookup(encoding).name
    except LookupError:
        codec = ""
    if codec.removesuffix("-sig") not in ENCODINGS and not re.fullmatch(r"utf-16-[lb]e", codec):
        raise UnreadableFile("unknown_encoding", encoding=encoding, choices=list(ENCODINGS))
    if codec == "utf-8" and data.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    return data.decode(codec, errors="replace"), codec


def _reads(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _records(lines: list[str], delimiter: str, *, skip: int) -> Iterator[Record]:
    """Parse; each record is checked for a quote that was opened and not closed where it should have been."""
    reader = csv.reader(chain(islice(lines, skip, None), [_END]), delimiter=delimiter)
    start = skip + 1
    try:
        for cells in reader:
            end = reader.line_num + skip
            if cells == [_END] and start > len(lines):
                return
            if any(len(cell) > CELL_LIMIT for cell in cells):
                raise csv.Error("too long")
            # Lenient parsing goes on after `"…"x`, so a quote opened by accident ends, lines later, at the opening
            # quote of another cell. In strict parsing that very place is an error.
            if end > len(lines) or (end > start and not _well_quoted(lines[start - 1 : end], delimiter)):
                raise UnreadableFile("unclosed_quote", line=start)
            yield start, cells
            start = end + 1
    except csv.Error as error:  # a cell longer than the limit, ours or that of the csv module, which anybody may raise
        if reader.line_num + skip > start:
            raise UnreadableFile("unclosed_quote", line=start) from error
        raise UnreadableFile("not_a_table", kind="text") from error


def _well_quoted(lines: list[str], delimiter: str) -> bool:
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) == 1
    except csv.Error:
        return False


def _likely_delimiter(lines: list[str]) -> str:
    """The delimiter under which most of the first records are equally wide; a comma if none makes columns.

    It must also split the header (the record with a phone column's name, else the first): otherwise a list of one
    column in which some cells hold `0912345678;0923456789` would be cut in two and one of the numbers lost.
    """
    scores: dict[str, tuple[int, int]] = {}
    for delimiter in _DELIMITERS:
        rows = [row for row in _sample(lines, delimiter) if any(row)]
        header = next((row for row in rows[:10] if any(phone_rank(cell) is not None for cell in row)), rows and rows[0])
        widths = Counter(len(row) for row in rows if len(row) > 1)
        if header and len(header) > 1 and widths:
            scores[delimiter] = max((count, width) for width, count in widths.items())
    return max(scores, key=scores.__getitem__, default=",")


def _sample(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        return list(islice(csv.reader(lines[:400], delimiter=delimiter), 100))
    except csv.Error:
        return []
