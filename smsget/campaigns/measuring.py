"""How many segments everybody's text takes. What the texts have in common is counted once, not for everybody."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import add, and_

from smsget.segments import GSM7, UCS2, Encoding, count_segments, encoding_of

_AT_ONCE = 500
"""So many texts are measured at a time: their values are looked through as one string. Few, because a single rare
character among them means that each is looked at."""

# What a value can hold that is not one unit, or that is ASCII and yet not GSM-7. Two patterns: one class that holds
# both is several times as slow.
_ODD_ASCII = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f`\\^{}\\[\\]~\\\\|]")


def _is_odd(text: str) -> bool:
    return bool(_ODD_ASCII.search(text) or (not text.isascii() and UCS2.wide.search(text)))


class Ruler:
    """Measures texts that share `literals` and differ in the values between them.

    Equal to `count_segments` of every rendered text, whatever the values are. A value is plain if each of its
    characters is one unit in either encoding; then its length is all that counts, unless a pair of the literals may
    come to stand on a boundary. The few texts with other values are rendered and counted one by one.
    """

    def __init__(self, literals: Sequence[str]) -> None:
        self._literals = literals
        common = "".join(literals)
        self._encoding = encoding_of(common)
        self._lines = {each.name: _Line(each, literals) for each in {self._encoding, UCS2}}

    def measure(self, columns: Sequence[Sequence[str]], lengths: Sequence[int]) -> list[int]:
        """Everybody's segments; `columns` has a value per person for each field, `lengths` their characters' sum."""
        if not columns:
            return [count_segments(self._literals[0]).segments] * len(lengths)
        segments: list[int] = []
        for start in range(0, len(lengths), _AT_ONCE):
            some = slice(start, start + _AT_ONCE)
            segments += self._measure([column[some] for column in columns], lengths[some])
        return segments

    def _measure(self, columns: list[Sequence[str]], lengths: Sequence[int]) -> list[int]:
        everything = "".join(map("".join, columns))
        if not _is_odd(everything):
            return self._measure_plain(columns, lengths, everything.isascii())
        segments = self._measure_plain(columns, lengths, False)
        odd_columns = [column for column in columns if _is_odd("".join(column))]
        for at in {at for column in odd_columns for at, value in enumerate(column) if _is_odd(value)}:
            text = _weave(self._literals, [column[at] for column in columns])
            segments[at] = count_segments(text).segments
        return segments

    def _measure_plain(self, columns: list[Sequence[str]], lengths: Sequence[int], ascii_only: bool) -> list[int]:
        """As if every value were plain."""
        if self._encoding is UCS2 or ascii_only:
            return self._lines[self._encoding.name].segments(columns, lengths)
        english = list(map(str.isascii, columns[0]))
        for column in columns[1:]:
            english = list(map(and_, english, map(str.isascii, column)))
        both = (line.segments(columns, lengths) for line in (self._lines[GSM7.name], self._lines[UCS2.name]))
        return [short if plain else long for plain, short, long in zip(english, *both, strict=True)]


class _Line:
    """The literals in one encoding: everybody's segments by the length of plain values."""

    def __init__(self, encoding: Encoding, literals: Sequence[str]) -> None:
        self._encoding = encoding
        self._expanded = [encoding.expand(literal) for literal in literals]
        self._units = sum(map(len, self._expanded))
        self._pairs = self._units > sum(map(len, literals))
        self._known = _BySize(encoding, self._units)

    def segments(self, columns: Sequence[Sequence[str]], lengths: Sequence[int]) -> list[int]:
        if not self._pairs:
            return list(map(self._known.__getitem__, lengths))
        room = self._encoding.single - self._units
        return [
            1 if length <= room else sum(1 for _ in self._encoding.cuts(_weave(self._expanded, values)))
            for length, values in zip(lengths, zip(*columns, strict=True), strict=True)
        ]


class _BySize(dict[int, int]):
    """Length of the values -> segments, filled in as it is asked."""

    def __init__(self, encoding: Encoding, units: int) -> None:
        super().__init__()
        self._encoding, self._units = encoding, units

    def __missing__(self, length: int) -> int:
        self[length] = self._encoding.segments_for(self._units + length)
        return self[length]


def _weave(literals: Sequence[str], values: Sequence[str]) -> str:
    return literals[0] + "".join(map(add, values, literals[1:]))
