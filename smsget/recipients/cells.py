r"""A column of cells, read all at once: what `read_number` says of each, some fifty times as fast.

    cells ─┬─ shapes: every digit made alike ─ understood once each ─┐
           └─ digits ────────────────────────────────────────────────┴─ Taiwan ─ other countries ─ residue ─> Readings

A million people write their numbers in a few hundred shapes (`0000-000-000`, `+000 000 000 000`). What a shape means
for the digits in it is worked out once, with the very functions of `smsget.numbers`; the digits of all cells then are
interpreted together, by numpy and RE2. Only what is certain is decided so. The residue goes to `read_number`, cell by
cell, so that there is one rule and not two; tests compare them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from smsget.numbers import ALL_COUNTRIES, REJECT_CODES, Reading, read_number
from smsget.numbers.countries import (
    CALLING_CODES,
    NATIONAL,
    OLD_VIETNAM,
    TAIWAN_NOT_MOBILE,
    WIRE_FORMS,
    WIRE_PREFIXES,
    mobile_rule,
)
from smsget.recipients.spelling import REPAIR_BITS, Places, Shapes, repair_bits, take_apart

_PIECE = 1 << 17
"""Cells read at a time: their bytes stay in the processor's cache, and a person sees progress."""

_COUNTRY = {country: at for at, country in enumerate(ALL_COUNTRIES)}
_CODE = {code: at for at, code in enumerate(REJECT_CODES)}

_MOST_ALONE = 1 << 16
"""Cells of the residue that are remembered, because people write "無" more than once."""

_TWO_NUMBERS = 15
"""From so many digits on, a number that cannot be read may be two, which only `read_number` can tell."""

Rows = NDArray[np.intp]
"""Indexes of cells in a piece."""


@dataclass(frozen=True, eq=False, slots=True)
class Readings:
    """What n cells say, as `numbers.Reading` has it for one, but for numbers of all sixteen countries.

    number, blank: which cells are what; a cell that is neither is rejected.
    wire: large_string, "" where there is no number. country, code: index into ALL_COUNTRIES and REJECT_CODES, or -1.
    repairs: bit i says that REPAIRS[i] was needed to read the number; 0 where there is none.
    """

    number: NDArray[np.bool_]
    blank: NDArray[np.bool_]
    wire: pa.ChunkedArray
    country: NDArray[np.int8]
    code: NDArray[np.int8]
    repairs: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.number)

    def take(self, rows: NDArray[np.integer]) -> Readings:
        """The readings of some cells, in that order."""
        return Readings(
            self.number[rows], self.blank[rows], self.wire.take(pa.array(rows)), self.country[rows], self.code[rows],
            self.repairs[rows],
        )  # fmt: skip


def join_readings(parts: list[Readings]) -> Readings:
    """The readings of one column after the other."""
    if len(parts) == 1:
        return parts[0]
    joined = {
        field.name: np.concatenate([getattr(part, field.name) for part in parts])
        for field in fields(Readings)
        if field.name != "wire"
    }
    chunks = [chunk for part in parts for chunk in part.wire.chunks]
    return Readings(wire=pa.chunked_array(chunks, pa.large_string()), **joined)


def read_cells(
    cells: pa.ChunkedArray | pa.LargeStringArray, progress: Callable[[float], None] | None = None
) -> Readings:
    """Read a column of texts; a null is a blank cell. `progress` is told the part done, up to 1."""
    shapes, alone = Shapes(), lru_cache(maxsize=_MOST_ALONE)(read_number)
    parts: list[Readings] = []
    done = 0
    for piece in _pieces(cells):
        parts.append(_Piece(piece, shapes).read(alone))
        done += len(piece)
        if progress is not None:
            progress(done / max(1, len(cells)))
    return join_readings(parts)


def _pieces(cells: pa.ChunkedArray | pa.LargeStringArray) -> Iterator[pa.LargeStringArray]:
    """At least one piece, even of no cells, so that an empty column too has readings."""
    # However small the chunks are in which a file came, a piece costs its handful of calls only once.
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    texts = whole.cast(pa.large_string()).fill_null("")
    for start in range(0, max(1, len(texts)), _PIECE):
        yield texts.slice(start, _PIECE)


# --- one piece --------------------------------------------------------------------------------------------------

# RE2 knows no look-ahead. What may be a date, 19… and 20…, is no mobile number of Hong Kong anyway, and the residue.
_FORMS = WIRE_FORMS | {"HK": "(?:1[0-8]|2[1-9]|[3-9][0-9])[0-9]{6}"}
_FORM_STARTS = {country: re.split(r"[\[(]", form)[0] for country, form in _FORMS.items()}


class _Piece:
    """Some cells being read. Each step decides some of the rows that are still `open` to it."""

    def __init__(self, cells: pa.LargeStringArray, shapes: Shapes) -> None:
        count = len(cells)
        self.cells = cells
        self.country = np.full(count, -1, np.int8)
        self.code = np.full(count, -1, np.int8)
        self.repairs = np.zeros(count, np.uint16)
        self.blank = np.zeros(count, np.bool_)
        self.wires = _Wires(count)
        shape, self.digits = take_apart(cells, shapes)
        self.plus, self.float, self.bare = shape["plus"], shape["float"], shape["bare"]
        self.shape_repairs = shape["repairs"]
        ends = np.cumsum(shape["digits"])
        self.starts = ends - shape["digits"]
        self.ends = ends - self.float
        self.length = self.ends - self.starts
        self.head = self.digits.eight_from(self.starts)
        # 912345678.0 is a whole number; 912345678.5 is none, and no phone number either.
        self.open = shape["legible"] & ~(self.float & (self.digits.at(self.ends) != ord("0")))
        lines = np.flatnonzero(shape["line"])
        self.open[lines[self._may_number_lines(lines)]] = False

    def read(self, alone: Callable[[str], Reading]) -> Readings:
        """Everything there is to say about these cells; `alone` reads one of the residue."""
        self._taiwan()
        self._no_mobiles()
        self._other_countries()
        self._residue(alone)
        wire = pa.chunked_array([self.wires.gather()])
        return Readings(self.country >= 0, self.blank, wire, self.country, self.code, self.repairs)

    def _may_number_lines(self, rows: Rows) -> NDArray[np.bool_]:
        """Of digits with a gap after the first few, whether these may be the number of a line and no calling code."""
        taiwanese = _starts(self.digits.eight_from(self.ends[rows] - 10), "09") & ~_starts(self.head[rows], "886")
        return taiwanese | _starts(self.head[rows], "1")

    def _accept(self, rows: Rows, country: str, wires: pa.LargeStringArray, repairs: NDArray[np.uint16] | int) -> None:
        self.country[rows] = _COUNTRY[country]
        self.repairs[rows] = self.shape_repairs[rows] | repairs
        self.wires.put(rows, wires)
        self.open[rows] = False

    def _reject(self, which: NDArray[np.bool_], code: str) -> None:
        which = which & self.open
        self.code[which] = _CODE[code]
        self.open &= ~which

    def _taiwan(self) -> None:
        """`09…`, `9…` without its zero, and `886…`, also with `+`, `00` or a trunk zero: they all end alike."""
        length, head = self.length, self.head
        local = (length == 10) & _starts(head, "09")
        lost_zero = (length == 9) & _starts(head, "9") & ~self.plus
        abroad = (length == 12) & _starts(head, "8869")
        abroad |= (length == 13) & _starts(head, "88609")
        abroad |= (length == 14) & _starts(head, "008869")
        abroad |= (length == 15) & _starts(head, "0088609")
        rows = np.flatnonzero((local | lost_zero | abroad) & self.open)
        repairs = lost_zero[rows] * REPAIR_BITS["lost_zero"] + (abroad | self.plus)[rows] * REPAIR_BITS["country_code"]
        self._accept(rows, "TW", self.digits.taiwanese(self.ends[rows]), repairs.astype(np.uint16))

    def _no_mobiles(self) -> None:
        """Taiwan's landlines, with and without their zero, and what is too short for any number."""
        first, second = (self.head >> 56).astype(np.uint8), (self.head >> 48).astype(np.uint8)
        from_2_to_8 = (first >= ord("2")) & (first <= ord("8"))
        zero, area = first == ord("0"), (second >= ord("1")) & (second <= ord("8"))
        landline = (self.length == 10) & zero & area
        landline |= (self.length == 9) & ((zero & area & (second >= ord("3"))) | from_2_to_8)
        self._reject(landline & ~self.plus, "not_mobile")
        self._reject((self.length < 8) & ~_starts(self.head, "00") & ~self.plus, "wrong_length")

    def _other_countries(self) -> None:
        candidates = self.open & (self.length >= 8) & ~self.float
        self._wire_forms(np.flatnonzero(candidates & self.bare), ALL_COUNTRIES)
        # "1 0912-345-678" is a line of somebody's list, but bare digits are a number of China whatever they are.
        numbered = _starts(self.head, "109")
        self._wire_forms(np.flatnonzero(candidates & ~self.bare & ~self.plus & ~numbered), NATIONAL)
        self._e164(np.flatnonzero(candidates & self.open))

    def _wire_forms(self, rows: Rows, countries: Sequence[str]) -> None:
        """Digits that are a number of one of the countries as they stand."""
        for country in countries:
            form = _FORMS[country]
            some = rows[_starts(self.head[rows], _FORM_STARTS[country])]
            if country == "HK":
                some = some[self.length[some] == 8]
            texts = self.digits.texts(self.starts[some], self.ends[some])
            fits = _fully(texts, form)
            self._accept(some[fits], country, texts.filter(fits), 0)

    def _e164(self, rows: Rows) -> None:
        """Digits behind a plus or `00`, and others with a calling code that are too long for anything else.

        Not behind `002`: that may be Chunghwa's prefix, or `00` and a code of Africa.
        """
        plus = self.plus[rows]
        zeros = ~plus & _starts(self.head[rows], "00") & ~_starts(self.head[rows], "002")
        starts = self.starts[rows] + 2 * zeros
        head = self.digits.eight_from(starts)
        international = plus | zeros
        served = np.zeros(len(rows), np.bool_)
        for code in CALLING_CODES:
            with_code = _starts(head, code)
            served |= with_code
            which = with_code & (international | ((self.length[rows] > 9) & (code != "1")))
            self._behind(code, rows[which], starts[which] + len(code))
        unserved = rows[plus & ~served & ~_starts(head, "0") & (self.length[rows] < _TWO_NUMBERS)]
        self.code[unserved] = _CODE["country_not_served"]

    def _behind(self, code: str, rows: Rows, starts: Places) -> None:
        """Accept the national numbers behind a calling code that are mobile, perhaps after a trunk zero; reject others
        that are whole."""
        if not len(rows):
            return  # and libphonenumber's metadata is not loaded
        country = CALLING_CODES[code]
        starts = starts + (self.digits.at(starts) == ord("0"))
        national = self.digits.texts(starts, np.maximum(starts, self.ends[rows]))
        prefix, nothing = (pa.scalar(text, pa.large_string()) for text in (WIRE_PREFIXES.get(country, code), ""))
        wires = pc.binary_join_element_wise(prefix, national, nothing)
        if country == "TW":  # whose mobile numbers are read by now
            other = _fully(wires, TAIWAN_NOT_MOBILE)
        else:
            mobile, other = _mobile(code, national)
            fits = mobile & _fully(wires, _FORMS[country])
            found, wires = rows[fits], wires.filter(fits)
            # A wire form with its calling code, spread out, has as many digits before as after.
            changed = self.plus[found] | (self.length[found] != np.asarray(pc.binary_length(wires)))
            self._accept(found, country, wires, (changed * REPAIR_BITS["country_code"]).astype(np.uint16))
        self.code[rows[other & (self.length[rows] < _TWO_NUMBERS)]] = _CODE["not_mobile"]

    def _residue(self, alone: Callable[[str], Reading]) -> None:
        """Everything else, each different cell once."""
        rows = np.flatnonzero((self.country < 0) & (self.code < 0))
        encoded = self.cells.take(rows).dictionary_encode()
        readings = [alone(cell) for cell in encoded.dictionary.to_pylist()]
        which = np.asarray(encoded.indices)
        self.blank[rows] = np.array([one.outcome == "blank" for one in readings], np.bool_)[which]
        self.country[rows] = np.array([_COUNTRY.get(one.country, -1) for one in readings], np.int8)[which]
        self.code[rows] = np.array([_CODE.get(one.code, -1) for one in readings], np.int8)[which]
        self.repairs[rows] = np.array([repair_bits(one.repairs) for one in readings], np.uint16)[which]
        self.wires.put(rows, pa.array([one.wire for one in readings], pa.large_string()).take(encoded.indices))


class _Wires:
    """Wire forms as they are found, some rows of one country at a time, and in the order of the rows at the end."""

    def __init__(self, rows: int) -> None:
        self._found = [pa.array([""], pa.large_string())]
        self._count = 1
        self._places = np.zeros(rows, np.int64)

    def put(self, rows: Rows, wires: pa.LargeStringArray) -> None:
        """Say the wire forms of some rows."""
        self._places[rows] = np.arange(self._count, self._count + len(wires))
        self._found.append(wires)
        self._count += len(wires)

    def gather(self) -> pa.LargeStringArray:
        """The wire form of every row, "" where nothing was said."""
        return pa.concat_arrays(self._found).take(self._places)


def _starts(head: NDArray[np.uint64], prefix: str) -> NDArray[np.bool_]:
    """Whether eight digits start so. Of a number shorter than the prefix the answer means nothing."""
    if not prefix:
        return np.ones(len(head), np.bool_)
    same: NDArray[np.bool_] = head >> (64 - 8 * len(prefix)) == int.from_bytes(prefix.encode("ascii"), "big")
    return same


def _mobile(code: str, national: pa.LargeStringArray) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which national numbers are mobile, and which surely not."""
    rule = mobile_rule(code)
    mobile = np.logical_and.reduce([_fully(national, part) for part in rule.every]) & ~_fully(national, rule.none)
    if CALLING_CODES[code] == "VN":
        mobile |= _fully(national, OLD_VIETNAM)
    return mobile, ~mobile & _fully(national, rule.not_mobile)


def _fully(texts: pa.LargeStringArray, pattern: str) -> NDArray[np.bool_]:
    return np.asarray(pc.match_substring_regex(texts, f"^(?:{pattern})$"))
