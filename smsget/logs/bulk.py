"""Many canonical lines at once: whole chunks of a log as numpy columns, a hundred times the pace of line by line.

Only lines that look exactly as SMS-Get's own payloads for Taiwan are taken here, in the layouts of `LAYOUTS`. Whatever
differs by a single character is `odd` and goes to the reader of lines, who is also the judge of this one: a test
compares both on whatever hypothesis can think of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from smsget.receipts import Receipt, status_of

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FIELD = 16
"""The longest carrier's id and status word taken here; SMS-Get's have 9 and 9."""

_ID_DIGITS = 18  # what an int64 surely holds
_WORDS = 64  # distinct status words in a chunk; more is no log of receipts
_TAIPEI_S = 8 * 3600


class Layout(NamedTuple):
    """How a line is made: `head`, the id in digits, `middle`, receipts joined by commas, `tail`."""

    name: str
    head: bytes
    middle: bytes
    tail: bytes


LAYOUTS = (
    Layout("urlencoded", b"sms_id=", b"&content=", b""),
    Layout("json_lines", b'{"sms_id":"', b'","content":"', b'"}'),
    Layout("json_lines", b'{"sms_id": "', b'", "content": "', b'"}'),
    Layout("json_lines", b'{"sms_id":', b',"content":"', b'"}'),
    Layout("json_lines", b'{"sms_id": ', b', "content": "', b'"}'),
)
"""Those that PHP, Python and JavaScript write; the `name` is that of `smsget.logs.FORMATS`."""


@dataclass(frozen=True, slots=True)
class Block:
    """Receipts as columns of one length.

    `sms_id` and `phone` are their digits as numbers (a phone is `09` and eight digits), `at` seconds of UTC since
    1970, `word` an index into `words`, `carrier` bytes filled up with spaces.
    """

    sms_id: Numbers
    phone: Numbers
    at: Numbers
    word: Numbers
    words: list[str]
    carrier: npt.NDArray[np.bytes_]

    def __len__(self) -> int:
        return len(self.phone)

    def receipts(self) -> Iterator[Receipt]:
        """The same as objects, in the order of the log."""
        columns = (self.sms_id.tolist(), self.phone.tolist(), self.carrier.tolist(), self.at.tolist())
        for sms_id, phone, carrier, at, word in zip(*columns, self.word.tolist(), strict=True):
            told = self.words[word]
            moment = datetime.fromtimestamp(at, UTC)
            yield Receipt(str(sms_id), f"{phone:010}", carrier.decode().rstrip(), moment, told, status_of(told))


def layout_of(line: bytes) -> Layout | None:
    """The layout that a log's first line has, None for any other."""
    for layout in LAYOUTS:
        rest = line.removeprefix(layout.head)
        digits = len(rest) - len(rest.lstrip(b"0123456789"))
        if rest is not line and len(rest) < len(line) and digits and rest[digits:].startswith(layout.middle):
            return layout
    return None


def read(data: bytes, layout: Layout) -> tuple[Block, list[int], int]:
    """Read whole lines: (their receipts, the indices of the odd lines, how many lines).

    `data` holds no carriage return. Odd lines, blank ones too, are the caller's to read.
    """
    text = _unescaped(data) if layout.name == "urlencoded" else data
    codes = np.frombuffer(text, np.uint8)
    ends = np.flatnonzero(codes == 10)
    if not text.endswith(b"\n"):
        ends = np.append(ends, len(codes))
    starts = np.concatenate(([0], ends[:-1] + 1))
    # Reading beside an item that is none must not leave the chunk.
    codes = np.concatenate((codes, np.zeros(256, np.uint8)))

    bars = np.flatnonzero(codes == ord("|"))
    line = np.searchsorted(ends, bars)
    many = np.bincount(line, minlength=len(ends))
    whole = (many > 0) & (many % 3 == 0)
    kept = whole[line]
    bars, line = bars[kept].reshape(-1, 3), line[kept][::3]
    items = _Items(codes, starts, ends, bars, line, layout)
    fine = items.check()

    bad = np.bincount(line, weights=~fine, minlength=len(ends)) > 0
    lines_fine = whole & ~bad
    sms_id = np.zeros(len(ends), np.int64)
    if len(line):
        told = items.ids(lines_fine)
        lines_fine &= told > 0
        sms_id = told
    return items.block(lines_fine[line], sms_id), np.flatnonzero(~lines_fine).tolist(), len(ends)


def _unescaped(data: bytes) -> bytes:
    """The characters that PHP's urlencode escapes in a payload. What is left with a percent sign is odd."""
    for escape, character in ((b"%7C", b"|"), (b"%3A", b":"), (b"%2C", b","), (b"%24", b"$")):
        data = data.replace(escape, character)
        if b"%" not in data:
            return data
        if not escape[2:].isdigit() and escape.lower() in data:
            data = data.replace(escape.lower(), character)
    return data


_LETTER = np.zeros(256, bool)
_LETTER[ord("A") : ord("Z") + 1] = _LETTER[ord("a") : ord("z") + 1] = True
_PRINTED = np.zeros(256, bool)
_PRINTED[33:127] = True
_PRINTED[list(b'|,%+&"\\=')] = False

_DIGITS_AT = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15, 17, 18]
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


class _Items:
    """The receipts of a chunk by the places of their three bars; every check is one pass over all of them."""

    def __init__(
        self, codes: Bytes, starts: Numbers, ends: Numbers, bars: Numbers, line: Numbers, layout: Layout
    ) -> None:
        self.codes, self.starts, self.ends, self.line, self.layout = codes, starts, ends, line, layout
        self.first, self.second, self.third = bars[:, 0], bars[:, 1], bars[:, 2]
        self.start = self.first - 10
        new = np.ones(len(line), bool)
        new[1:] = line[1:] != line[:-1]
        self.opens = new
        closes = np.append(new[1:], True) if len(line) else new
        self.end = np.where(closes, ends[line] - len(layout.tail), np.append(self.start[1:] - 1, 0)[: len(line)])
        self.at = np.zeros(len(line), np.int64)
        self.phone = np.zeros(len(line), np.int64)

    def check(self) -> Flags:
        """Which items are canonical by themselves; sets their phone and time."""
        carrier, word = self.second - self.first - 1, self.end - self.third - 1
        fine = (self.start > self.starts[self.line]) & (self.third - self.second == 20)
        fine &= (carrier >= 0) & (carrier <= FIELD) & (word >= 1) & (word <= FIELD)
        fine &= self.opens | (self.codes[self.start - 1] == ord(","))
        fine &= self._phones() & self._times()
        fine &= (_PRINTED[self._field(self.first, carrier)] | _beyond(carrier)).all(axis=1)
        fine &= (_LETTER[self._field(self.third, word)] | _beyond(word)).all(axis=1)
        return np.asarray(fine, bool)

    def _take(self, at: Numbers, count: int) -> Bytes:
        """`count` bytes from each place; a place before the chunk reads its beginning, which no check takes."""
        return self.codes[np.maximum(at, 0)[:, None] + np.arange(count)]

    def _field(self, bar: Numbers, length: Numbers) -> Bytes:
        taken = self._take(bar + 1, FIELD)
        taken[_beyond(length)] = ord(" ")
        return taken

    def _phones(self) -> Flags:
        digits = self._take(self.start, 10) - np.uint8(48)
        self.phone = digits.astype(np.int64) @ (10 ** np.arange(9, -1, -1))
        taiwan = (digits[:, 0] == 0) & (digits[:, 1] == 9)
        return taiwan & (digits <= 9).all(axis=1)  # type: ignore[no-any-return]

    def _times(self) -> Flags:
        time = self._take(self.second + 1, 19)
        digits = (time[:, _DIGITS_AT] - np.uint8(48)).astype(np.int64)
        spaces = (time[:, 10] == ord(" ")) | ((time[:, 10] == ord("+")) & (self.layout.name == "urlencoded"))
        fine = spaces & (digits <= 9).all(axis=1)
        for place, mark in ((4, "-"), (7, "-"), (13, ":"), (16, ":")):
            fine &= time[:, place] == ord(mark)
        pairs = digits.reshape(-1, 7, 2) @ np.array([10, 1])
        century, year, month, day, hour, minute, second = pairs.T
        year = century * 100 + year
        leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        last = _MONTH_DAYS[np.clip(month, 0, 12)] + ((month == 2) & leap)
        fine &= (year >= 1971) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= last)
        fine &= (hour <= 23) & (minute <= 59) & (second <= 59)
        self.at = _days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - _TAIPEI_S
        return np.asarray(fine, bool)

    def ids(self, wanted: Flags) -> Numbers:
        """The id of each of the `wanted` lines; 0 for the others, and for a line whose head or tail is another."""
        head, middle, tail = (np.frombuffer(part, np.uint8) for part in self.layout[1:])
        content = np.zeros(len(self.ends), np.int64)
        content[self.line[self.opens]] = self.start[self.opens]
        length = content - self.starts - len(head) - len(middle)
        fine = wanted & (length >= 1) & (length <= _ID_DIGITS)
        fine &= (self._take(self.starts, len(head)) == head).all(axis=1)
        fine &= (self._take(content - len(middle), len(middle)) == middle).all(axis=1)
        fine &= (self._take(self.ends - len(tail), len(tail)) == tail).all(axis=1)
        digits = self._take(self.starts + len(head), _ID_DIGITS) - np.uint8(48)
        beyond = np.arange(_ID_DIGITS) >= length[:, None]
        fine &= ((digits <= 9) | beyond).all(axis=1) & (digits[:, 0] != 0)
        sms_id = np.zeros(len(self.ends), np.int64)
        for place in range(_ID_DIGITS):
            sms_id = np.where(beyond[:, place], sms_id, sms_id * 10 + digits[:, place])
        return np.where(fine, sms_id, 0)

    def block(self, wanted: Flags, sms_id: Numbers) -> Block:
        """The `wanted` items as columns."""
        carrier = self._field(self.first[wanted], (self.second - self.first - 1)[wanted])
        word = self._field(self.third[wanted], (self.end - self.third - 1)[wanted])
        indices, words = _told_apart(word)
        packed = np.ascontiguousarray(carrier).view(f"S{FIELD}").reshape(-1)
        return Block(sms_id[self.line[wanted]], self.phone[wanted], self.at[wanted], indices, words, packed)


def _beyond(length: Numbers) -> Flags:
    return np.arange(FIELD) >= length[:, None]


def _days(year: Numbers, month: Numbers, day: Numbers) -> Numbers:
    """Days since 1970-01-01 of a date of the Gregorian calendar (Howard Hinnant, days_from_civil)."""
    year = year - (month <= 2)
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468  # type: ignore[no-any-return]


def _told_apart(word: Bytes) -> tuple[Numbers, list[str]]:
    """(The index of each row's word, the words). Few words make up a log: each is looked for once."""
    halves: Any = np.ascontiguousarray(word).view(np.uint64)
    indices = np.full(len(word), -1, np.int64)
    words: list[str] = []
    left = np.arange(len(word))
    while len(left):
        one = halves[left[0]]
        same = (halves[left] == one).all(axis=1)
        indices[left[same]] = len(words)
        words.append(bytes(word[left[0]]).decode().rstrip())
        left = left[~same]
        if len(words) >= _WORDS and len(left):
            distinct, others = np.unique(halves[left], axis=0, return_inverse=True)
            indices[left] = len(words) + others.reshape(-1)
            words += [distinct_word.tobytes().decode().rstrip() for distinct_word in distinct]
            break
    return indices, words
