"""Every number in a file, for the list of those who must not be texted: better one too many than one forgotten."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from smsget.numbers import ALL_COUNTRIES, read_number
from smsget.recipients.lists import Problem, classify, rejects_header
from smsget.recipients.tables import Table

_NO_NUMBER = re.compile(r"[^0-9+\-. ()]+")
_SURE = ("0", "+", "886")
"""How a piece begins that is a number even beside letters; `A912345678` is an identity card's."""


@dataclass(frozen=True, slots=True)
class EveryNumber:
    """What of a file can go onto the suppression list.

    file: its name. columns: where numbers were looked for. phones: wire forms, of all countries, each once.
    header: the file's columns. unread: what is no number, by line: the problem, with the cell or piece of a cell that
    could not be read as its `value`, and all the row's own cells.
    """

    file: str
    columns: list[str]
    phones: list[str]
    header: list[str]
    unread: list[tuple[Problem, tuple[str, ...]]]

    def rejects(self, reason: Callable[[str], str]) -> tuple[list[str], Iterator[tuple[Any, ...]]]:
        """Header and rows of what could not be read, as `rejects_table` has them, to be corrected and read again."""
        rows = ((one.row, one.code, reason(one.code), *cells) for one, cells in self.unread)
        return rejects_header(self.header), rows


def every_number(table: Table, phone_columns: Sequence[str] = ()) -> EveryNumber:
    """Read every phone column, or those that a person chose, and every piece of each cell.

    Unlike for a list, on which a person has one number, nothing is passed over because another number of the row was
    found, and a remark beside a number (`0912345678 (退訂)`) does not keep it off.
    Raises `UnreadableFile("column_missing")`.
    """
    columns = list(phone_columns or dict.fromkeys([*table.phone_columns, *table.phone_candidates]))
    phones: dict[str, None] = {}
    unread: list[tuple[Problem, tuple[str, ...]]] = []
    for column in columns:
        read = classify(table, phone_columns=[column], countries=ALL_COUNTRIES, split=True)
        phones.update(dict.fromkeys(read.phones))
        for row, value, code, country, _wire, *cells in read.problems.itertuples(index=False, name=None):
            found, whole = _pieces(value)
            phones.update(dict.fromkeys(found))
            if not whole:
                unread.append((Problem(row, value, code, country), tuple(cells)))
    unread.sort(key=lambda each: each[0].row)
    return EveryNumber(table.file, columns, list(phones), table.header, unread)


def _pieces(cell: str) -> tuple[list[str], bool]:
    """The numbers in a cell that is not one, and whether there is nothing else in it that might be one."""
    pieces = (piece.strip() for piece in _NO_NUMBER.split(unicodedata.normalize("NFKC", cell)))
    wires = [
        read_number(piece).wire if piece.lstrip("( ").startswith(_SURE) else ""
        for piece in pieces
        if any(map(str.isdecimal, piece))
    ]
    return [wire for wire in wires if wire], bool(wires) and all(wires)
