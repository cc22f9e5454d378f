"""A cell taken apart: its shape, which is the cell with a zero for every digit, and its digits."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from smsget.numbers import REPAIRS
from smsget.numbers.text import bare_text

Places = NDArray[np.int64]
"""Indexes of digits among all digits of many cells."""

REPAIR_BITS = {repair: 1 << at for at, repair in enumerate(REPAIRS)}
"""Repairs as the bits of one number."""


# --- shapes -----------------------------------------------------------------------------------------------------

# One number's digits with nothing but blanks, dots, dashes and brackets among them and a plus before them, so that
# the reading of the text depends on no digit. What could be a date, a fraction (`0.912…`, `-91…`), the line of a list
# (`84. 0912…`) or a number with digits hidden (`091...678`) does, and is left to `read_number`.
_LEGIBLE = re.compile(
    r"(?![0-9]{1,4}([-.])[0-9]{1,2}\1[0-9]{1,4}$)(?!\+?[0-9]+\.[0-9]+$)(?!.*[.-]{3})(?![0-9]{1,3} *[.)](?: |[0-9]+$))"
    r"\(?\+?[0-9(][0-9 ().-]*"
)
# The line of a list without a dot. It may as well be a calling code (`81 9012345678`), and only the digits tell.
_LINE = re.compile(r"\(?[0-9]{1,3}[ ().-]+[0-9]{9,10}")
_FLOAT = re.compile(r"[0-9]{8,}\.[0-9]")
_FULL_WIDTH_ZERO = "\uff10"
_MOST_SHAPES = 50_000
_LONGEST_SHAPE = 200  # of a text that is longer nothing is certain, and it is not worth two readings

SHAPE = np.dtype(
    [("digits", "i8"), ("legible", "?"), ("float", "?"), ("plus", "?"), ("bare", "?"), ("line", "?"), ("repairs", "u2")]
)
"""Of a shape: how many digits it has; whether all of them, but for the decimal of a float, are those of one number
that may have a plus; whether they stand there alone (`bare`), or as the line of a list might; the repairs that it
takes to see that."""
_Meaning = tuple[int, bool, bool, bool, bool, bool, int]


class Shapes:
    """What each shape means, worked out when it is first met. A shape is a cell with a zero for every digit."""

    def __init__(self) -> None:
        self._known: dict[str, _Meaning] = {}

    def describe(self, shapes: list[str]) -> NDArray[np.void]:
        """An array of `SHAPE`, one for each."""
        if len(self._known) > _MOST_SHAPES:  # a column of names has as many shapes as people
            self._known.clear()
        for shape in shapes:
            if shape not in self._known:
                self._known[shape] = _describe(shape)
        return np.array([self._known[shape] for shape in shapes], SHAPE)


def _describe(shape: str) -> _Meaning:
    digits = shape.count("0") + shape.count(_FULL_WIDTH_ZERO)
    illegible = (digits, False, False, False, False, False, 0)
    if not digits or len(shape) > _LONGEST_SHAPE or _has_other_digits(shape):
        return illegible
    repairs: set[str] = set()
    # With ones in place of zeros, because a label may have a figure of its own ("Phone 2:"), which is never 0: a
    # label that leaves all the ones alone has no figure whatever the digits are.
    text = bare_text(shape.replace("0", "1").replace(_FULL_WIDTH_ZERO, "\uff11"), repairs)
    floating = _FLOAT.fullmatch(text) is not None
    if text.count("1") != digits or not (floating or _LEGIBLE.fullmatch(text)):
        return illegible
    plus = "+" in text
    alone = len(text) == digits
    bare = alone and "prefix_text" not in repairs
    if not alone and len(text) > digits + plus:
        repairs.add("float" if floating else "separators")
    return digits, True, floating, plus, bare, _LINE.fullmatch(text) is not None, repair_bits(repairs)


def _has_other_digits(shape: str) -> bool:
    """Whether there are digits left, those of other scripts, which would count among the zeros once they are folded."""
    return not shape.isascii() and any(char.isdecimal() and char not in ("0", _FULL_WIDTH_ZERO) for char in shape)


# --- digits -----------------------------------------------------------------------------------------------------


class Digits:
    """The digits of all cells of a piece in one row, as ASCII."""

    def __init__(self, digits: NDArray[np.uint8]) -> None:
        around = np.zeros(8, np.uint8)
        self._bytes = np.concatenate([around, digits, around])
        # Every eight neighbours as one number: a prefix is compared, and a tail copied, in one step for all rows.
        self._eights = np.ndarray((len(self._bytes) - 7,), ">u8", self._bytes, strides=(1,))

    def at(self, place: Places) -> NDArray[np.uint8]:
        """The digit at each place."""
        return self._bytes[place + 8]

    def eight_from(self, start: Places) -> NDArray[np.uint64]:
        """The eight digits from each start on, the first in the highest byte. They may be the next cell's."""
        return self._eights[start + 8].astype(np.uint64)

    def texts(self, start: Places, end: Places) -> pa.LargeStringArray:
        """The digits from each start to its end."""
        offsets = np.concatenate([[0], np.cumsum(end - start)])
        places = np.arange(offsets[-1]) + np.repeat(start - offsets[:-1], end - start)
        return texts_of(offsets, self.at(places))

    def taiwanese(self, end: Places) -> pa.LargeStringArray:
        """The wire form of Taiwan of each number that ends there: `09` and its last eight digits."""
        wires = np.empty(len(end), [("head", "S2"), ("tail", ">u8")])
        wires["head"] = b"09"
        wires["tail"] = self._eights[end]
        return texts_of(np.arange(len(end) + 1) * 10, wires)


def take_apart(cells: pa.LargeStringArray, shapes: Shapes) -> tuple[NDArray[np.void], Digits]:
    """What the shape of each cell means (`SHAPE`), and the digits of all."""
    offsets = np.frombuffer(cells.buffers()[1], np.int64)[cells.offset : cells.offset + len(cells) + 1]
    data = np.frombuffer(cells.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    is_digit = data - np.uint8(ord("0")) < 10
    shape = np.where(is_digit, np.uint8(ord("0")), data)
    # A full-width digit is EF BC 90 to EF BC 99 in UTF-8, in which EF is always the first of three bytes.
    full_width = np.flatnonzero(data == 0xEF)
    full_width = full_width[(data[full_width + 1] == 0xBC) & (data[full_width + 2] - np.uint8(0x90) < 10)] + 2
    if len(full_width):
        shape[full_width] = 0x90
        is_digit[full_width] = True
        data = data.copy()
        data[full_width] -= 0x90 - ord("0")
    encoded = texts_of(offsets - offsets[0], shape).dictionary_encode()
    meanings = shapes.describe(encoded.dictionary.to_pylist())
    return meanings[np.asarray(encoded.indices)], Digits(data[is_digit])


def texts_of(offsets: NDArray[np.int64], data: NDArray[Any]) -> pa.LargeStringArray:
    """Texts from their bytes, one after the other, and where each begins and ends."""
    return pa.LargeStringArray.from_buffers(len(offsets) - 1, pa.py_buffer(offsets), pa.py_buffer(data))


def repair_bits(repairs: Iterable[str]) -> int:
    """Repairs as one number."""
    return sum(REPAIR_BITS[repair] for repair in repairs)
