"""What a search on a list means: part of a number in any spelling, or a text in any field."""

from __future__ import annotations

import json

from smsget.numbers import to_wire
from smsget.store.growing import WHOLE_ROWS


def search_test(list_id: int, search: str) -> tuple[str, list[object]]:
    """SQL test and values: the rows of `recipient` on this list that a search means; all of them for no text."""
    text = search.strip()
    if not text:
        return f"list_id = ? AND {WHOLE_ROWS.format(list='list_id')}", [list_id]
    # a first look at the JSON as it stands, which also has the names of the fields, spares parsing every row
    tests = [
        """(fields LIKE ? ESCAPE '\\' AND EXISTS (
                SELECT 1 FROM json_each(fields) AS f WHERE f.value LIKE ? ESCAPE '\\'))"""
    ]
    values: list[object] = [_like(json.dumps(text, ensure_ascii=False)[1:-1]), _like(text)]
    for digits in _parts_of_number(text):
        tests.append("phone LIKE ?")
        values.append(f"%{digits}%")
    return f"list_id = ? AND {WHOLE_ROWS.format(list='list_id')} AND ({' OR '.join(tests)})", [list_id, *values]


def _parts_of_number(text: str) -> list[str]:
    """The digits to look for in numbers; none if the text can be no number."""
    if wire := to_wire(text):
        return [wire]
    if any(character.isalpha() for character in text):
        return []
    digits = "".join(str(int(character)) for character in text if character.isdecimal())
    if not digits:
        return []
    # +886 912…, 00886 912…: wire forms of Taiwan begin with 0
    abroad = digits.removeprefix("00")
    return [digits, f"0{abroad[3:].lstrip('0')}"] if abroad.startswith("886") else [digits]


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
