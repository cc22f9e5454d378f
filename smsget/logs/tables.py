"""Tables in a log: which column is which, and where a record ends."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

SMS_ID_NAMES = ("smsid", "messageid", "msgid", "訊息id", "簡訊id")
CONTENT_NAMES = ("content", "收件明細", "回覆明細")
"""Names of a column or key, folded; the Chinese ones are those of sms-get-api.txt."""

SEP_LINE = re.compile(r'\s*"?sep=(.)"?\s*')
"""Excel's way to name the delimiter, in a line before the header."""

PAYLOAD_INSIDE = re.compile(
    r"[0-9xX*]{6,15}(?:[ \t]{0,9}\||[ \t]{1,9}\S{1,64}[ \t]{1,9}[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T])"
)
"""A number and a separator, wherever in a text: here a content begins."""

_CELL_LIMIT = 1 << 23
_RECORD_LINES = 64  # a record of more lines than this is a quote that nobody closed

Line = tuple[int, str]
"""A line's number, the first being 1, and its text."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where a table has what; `sms_id` is None for a table of replies alone, `headed` whether names stand above it."""

    delimiter: str
    count: int
    content: int
    sms_id: int | None
    headed: bool = True

    def pick(self, cells: list[str]) -> dict[str, str] | None:
        """`sms_id` and `content` of a row, None if the row is too short to have them."""
        while len(cells) > self.count and not cells[-1].strip():
            cells.pop()
        if self.content >= len(cells):
            return None
        # Only a content holds commas of its own: surplus cells are one that was not quoted.
        end = self.content + 1 + max(len(cells) - self.count, 0)
        content = self.delimiter.join(cells[self.content : end])
        rest = [*cells[: self.content], "", *cells[end:]]
        has_id = self.sms_id is not None and self.sms_id < len(rest)
        return {"sms_id": tidy_id(rest[self.sms_id or 0]) if has_id else "", "content": content}


def columns_of(header: str, delimiter: str | None = None) -> Columns | None:
    """The columns a header names, None if the line is no header with a content in it."""
    for one in [delimiter] if delimiter else [",", "\t", ";"]:
        names = [folded(cell) for cell in split_row(header, one) or []]
        content = next((names.index(name) for name in CONTENT_NAMES if name in names), None)
        if content is not None:
            sms_id = next((names.index(name) for name in SMS_ID_NAMES if name in names), None)
            return Columns(one, len(names), content, sms_id)
    return None


def cells_of(line: str, delimiter: str | None = None) -> list[str]:
    """The cells of a line by the delimiter that cuts it into most, [] if none cuts it."""
    cut = [split_row(line, one) or [] for one in ([delimiter] if delimiter else [",", "\t", ";"])]
    cells = max(cut, key=len)
    return [cell.strip() for cell in cells] if len(cells) > 1 else []


def chosen_columns(first: str, chosen: Mapping[str, str | int], delimiter: str | None = None) -> Columns | None:
    """The columns a person chose, by name or place from 0, in a table that begins with `first`; None for none such.

    The first line is a row like the others, and no header, if it has a content where the content is.
    """
    for one in [delimiter] if delimiter else [",", "\t", ";"]:
        cells = [cell.strip() for cell in split_row(first, one) or []]
        places = {}
        for name, column in chosen.items():
            place = column if isinstance(column, int) else cells.index(column) if column in cells else -1
            if 0 <= place < len(cells):
                places[name] = place
        if "content" in places and len(places) == len(chosen):
            headed = PAYLOAD_INSIDE.search(cells[places["content"]]) is None
            return Columns(one, len(cells), places["content"], places.get("sms_id"), headed)
    return None


def records(lines: Iterator[Line]) -> Iterator[Line]:
    """Join the lines of a record that has line ends inside its quotes; the number is that of its first line.

    A quote nobody closed costs its own line and not, as with the csv module alone, the rest of the file: lines are
    joined only until the quotes close, and only if they hold one content together.
    """
    waiting: list[Line] = []
    while (one := waiting.pop(0) if waiting else next(lines, None)) is not None:
        if not quotes_open(one[1]):
            yield one
            continue
        taken, closed = [one], False
        while not closed and len(taken) < _RECORD_LINES:
            more = waiting.pop(0) if waiting else next(lines, None)
            if more is None:
                break
            taken.append(more)
            closed = quotes_open(more[1])
        if closed and sum(PAYLOAD_INSIDE.search(text) is not None for _, text in taken) <= 1:
            yield one[0], "\n".join(text for _, text in taken)
        else:
            yield one
            waiting[:0] = taken[1:]


def quotes_open(text: str) -> bool:
    """Whether a quote in `text` is not closed, read as CSV has it (`""`) and as MySQL's OUTFILE does (`\\"`)."""
    return text.count('"') % 2 == 1 and not _escapes_quotes(text)


def _escapes_quotes(text: str) -> bool:
    escaped = text.count('\\"')
    return escaped > 0 and (text.count('"') - escaped) % 2 == 0


def split_row(text: str, delimiter: str) -> list[str] | None:
    """The cells of one record, None for one that is none, such as one with an open quote."""
    if quotes_open(text):
        return None
    if csv.field_size_limit() < _CELL_LIMIT:
        csv.field_size_limit(_CELL_LIMIT)  # its default is less than a large, but possible, cell
    escape = "\\" if _escapes_quotes(text) else None
    try:
        return next(csv.reader([text], delimiter=delimiter, escapechar=escape, skipinitialspace=delimiter == ","), None)
    except csv.Error:
        return None


def folded(name: str) -> str:
    """A column's or key's name without case, space and punctuation: `SMS-ID`, `smsId` and `sms_id` are one."""
    return re.sub(r"[\W_]+", "", name).casefold()


def tidy_id(value: Any) -> str:
    """An sms_id as people's tables hold it -> the id, or "" for the many ways to write none."""
    if isinstance(value, str) and value.isdecimal() and value[0] != "0":
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip().removeprefix("=").strip("\"' ")
    text = text[:-2] if re.fullmatch(r"[0-9]+\.0", text) else text
    return "" if text.casefold() in ("", "null", r"\n", "none", "nil", "nan", "undefined", "false", "0") else text
