"""A column of cells is read at once exactly as `read_number` reads each of them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsget.numbers import ALL_COUNTRIES, REJECT_CODES, REPAIRS, Reading, read_number
from smsget.numbers.countries import CALLING_CODES
from smsget.recipients import cells as cells_module
from smsget.recipients import spelling
from smsget.recipients.cells import Readings, join_readings, read_cells
from tests.test_numbers import MOBILES, WAYS_TO_WRITE, WIRE

CASES = json.loads((Path(__file__).parent / "cases" / "numbers.json").read_text("utf-8"))


def column(cells: list[str]) -> pa.LargeStringArray:
    return pa.array(cells, pa.large_string())


def one_by_one(readings: Readings) -> list[Reading]:
    """The arrays as what `read_number` would have answered for each cell."""
    wires = readings.wire.to_pylist()
    found = []
    for at, wire in enumerate(wires):
        assert not (readings.number[at] and readings.blank[at])
        outcome = "number" if readings.number[at] else "blank" if readings.blank[at] else "reject"
        country, code = readings.country[at], readings.code[at]
        repairs = tuple(repair for bit, repair in enumerate(REPAIRS) if readings.repairs[at] >> bit & 1)
        found.append(
            Reading(
                outcome,
                wire,
                ALL_COUNTRIES[country] if country >= 0 else "",
                REJECT_CODES[code] if code >= 0 else "",
                repairs,
            )
        )
    return found


def assert_agrees(cells: list[str]) -> None:
    for cell, reading in zip(cells, one_by_one(read_cells(column(cells))), strict=True):
        assert reading == read_number(cell), cell


# --- the rule is one ---

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NUMBER_LIKE = st.text("0123456789" * 3 + "+-. ()/xeE*,;'\"=#\n_０９８－＋.　\u200b\xa0١①", max_size=20)
DIGITS = st.text("0123456789", max_size=17)
# What stands at the start of numbers: where the readings part.
PREFIXES = """
    0 00 001 002 011 09 9 8869 88609 886 0886 8860 00886 0088609 002886 1 109 609 19 20 2024 0027 02 03 07 4 5 6 852
    8529 853 855 86 861 81 8190 82 8210 84 8412 849 60 601 62 628 63 639 65 658 66 668 61 614 0061 0081 971 97150 44
    49 33 7 1415 1242
"""
HEADS = st.sampled_from(["", *PREFIXES.split()])
BODIES = st.builds(str.__add__, HEADS, DIGITS)
AROUND = st.sampled_from(["", "", "", " ", "'", '"', '="', "(", ")", "\t", "tel:", "手機", "手機2: ", "M.", "-", "."])
BETWEEN = st.sampled_from(["", "", "", "-", " ", ".", ") ", "(", "--", "...", " - ", "/", "+", "、", "－", "　", "_"])


@st.composite
def spellings(draw: st.DrawFn) -> str:
    """Digits that may be a number, in a spelling that people use or nearly so."""
    digits = draw(BODIES)
    cuts = sorted(draw(st.lists(st.integers(0, len(digits)), max_size=3)))
    between = draw(BETWEEN)
    text = between.join(digits[start:end] for start, end in zip([0, *cuts], [*cuts, len(digits)], strict=True))
    text = draw(AROUND) + draw(st.sampled_from(["", "", "+", "++", "(+", "+("])) + text
    text += draw(st.sampled_from(["", "", "", ".0", ".00", ".5", ".", " ", "'", '"', ")", "#1", "\u202c"]))
    if draw(st.booleans()):
        text = draw(st.sampled_from([full_width, str.upper, lambda text: f"\u202a{text}"]))(text)
    return text


def full_width(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@st.composite
def nearly_canonical(draw: st.DrawFn) -> str:
    """A mobile number as somebody writes it, with one mistake or none."""
    _, code, national, _ = draw(st.sampled_from(MOBILES))
    cell = draw(st.sampled_from(list(WAYS_TO_WRITE.values())))(code, national)
    if draw(st.booleans()):
        at = draw(st.integers(0, len(cell)))
        cell = (
            cell[:at]
            + draw(st.sampled_from([*"0123456789+-. ()\"'/;*xO", "０", ""]))
            + cell[at + draw(st.integers(0, 2)) :]
        )
    return cell


LABELS = st.sampled_from(
    ["手機9: ", "手機9 ", "Tel9 ", "No.1 ", "電話2: ", "(手機1) ", "M: ", "84. ", "1) ", "12. ", "7 "]
)
OTHER_SCRIPTS = st.sampled_from([0x0660, 0x0966, 0xFF10, 0x1D7CE])


@st.composite
def labelled(draw: st.DrawFn) -> str:
    """Digits of several scripts behind a label that has a figure of its own, or behind the number of a line."""
    digits = draw(st.sampled_from(["", "09", "9", "8869", "6", "2"])) + draw(st.text("0123456789", max_size=12))
    for at in draw(st.lists(st.integers(0, 12), max_size=2)):
        zero = draw(OTHER_SCRIPTS)
        digits = (
            digits[:at]
            + "".join(chr(zero + int(one)) for one in digits[at : at + 1] if one.isascii())
            + digits[at + 1 :]
        )
    cut = draw(st.integers(0, len(digits)))
    return draw(LABELS) + digits[:cut] + draw(BETWEEN) + digits[cut:]


@st.composite
def bare_codes(draw: st.DrawFn) -> str:
    """A calling code without plus and what may be a number behind it, of up to 16 digits in all."""
    code = draw(st.sampled_from([*CALLING_CODES, "001"]))
    national = draw(st.sampled_from(["", "0", "09", "9", "1", "91"])) + draw(
        st.text("0123456789", min_size=4, max_size=11)
    )
    national = national[: 16 - len(code)]
    cut = draw(st.integers(0, len(national)))
    between = st.sampled_from([" ", "-", ".", ". ", ") ", " - ", ""])
    return (
        draw(st.sampled_from(["", "", "(", "'"]))
        + code
        + draw(between)
        + national[:cut]
        + draw(between)
        + national[cut:]
    )


@settings(max_examples=500)
@given(
    st.lists(
        ANY_TEXT | NUMBER_LIKE | DIGITS | BODIES | spellings() | nearly_canonical() | labelled() | bare_codes(),
        max_size=12,
    )
)
@example(["0912345678", "", "912345678.0", "0", "+"])
def test_it_agrees_with_the_rule_for_one_cell(cells: list[str]) -> None:
    assert_agrees(cells)


@given(st.sampled_from(list(WIRE.values())).flatmap(lambda form: st.from_regex(form, fullmatch=True)), DIGITS)
def test_it_agrees_on_wire_forms_and_their_neighbours(wire: str, digits: str) -> None:
    """`\\d` in the forms makes digits of every script."""
    assert_agrees([wire, f"+{wire}", f"00{wire}", wire[:-1], wire + digits[:1], f"{wire}.0", f"'{wire}"])


def test_it_agrees_on_all_known_cases() -> None:
    assert_agrees([case["cell"] for case in CASES])
    assert_agrees([way(code, national) for _, code, national, _ in MOBILES for way in WAYS_TO_WRITE.values()])


@pytest.mark.parametrize("code", CALLING_CODES)
def test_it_agrees_on_every_range_of_numbers(code: str) -> None:
    """Every first three digits behind a calling code, in every length: where mobile ends and landline begins."""
    tails = ["", "4567", "45678", "456789", "4567890", "12345678"]
    assert_agrees([f"+{code}{first}{tail}" for first in range(1000) for tail in tails[first % 2 :: 2]])


@pytest.mark.parametrize("code", [*CALLING_CODES, "001"])
def test_it_agrees_on_every_range_of_numbers_without_a_plus(code: str) -> None:
    """Alone, in groups, and as the line of a list, in every length up to 16 digits and every first two figures."""
    ways = ["{}{}{}", "{} {} {}", "{}. {}{}", "({}) {}-{}", "'{}-{}{}", "{}) {}{}", "手機:{}{}{}"]
    cells = []
    for first in range(100):
        for length in range(4, 15 - len(code)):
            tail = "2345678901234"[:length]
            cells += [way.format(code, f"{first:02}", tail) for way in ways[(first + length) % 2 :: 2]]
    assert_agrees(cells)


@pytest.mark.parametrize("label", ["手機9: ", "Tel9 ", "No.1 ", "手機"])
@pytest.mark.parametrize("digit", ["٨", "८", "８", "𝟖", "9"])
def test_it_agrees_on_figures_of_labels_and_digits_of_other_scripts(label: str, digit: str) -> None:
    numbers = ["12345678", "09123456", "9 12345678", "6345678", "-12-345-678"]
    assert_agrees([label + cell for number in numbers for cell in (digit + number, number + digit, number)])


@pytest.mark.parametrize(
    "cell",
    [
        "10912345678",  # a number of China when bare …
        "1. 0912345678",  # … and a line of a list when not
        "2024-01-31", "20240131", "31.12.2024", "0.912345678", "-912345678", "09123456.78", "912345678.5",
        "0912...678", "02-2345-6789", "22345678", "2-2345-6789", "12345", "+886 2 2345 6789", "+44 7911 123456",
        "+1 242 555 1234", "0061412345678", "0027821234567", "002886912345678", "00622 999 22345678",
        "手機2：0912345678", "１２３", "０",
        "手機9: ٨12345678", "Tel9 ٨12345678", "No.1 ٣１0174) ０8.", "60 922 574 7532", "001 242 357 1234",
        "853 2812 3456", "84. 0912345678", "84 0912345678", "84 912345678", "13. 912345678", "13 912345678",
        "手機9 63456789", "886. 0912345678", "0 912345678", "1 0912-345-678", " " * 300 + "0912345678",
        "0912345678" + " " * 300, "tel" + " " * 300 + "0912345678", "0912" + "-" * 300 + "345678",
    ],
)  # fmt: skip
def test_it_agrees_where_a_digit_or_a_sign_decides(cell: str) -> None:
    assert_agrees([cell, f" {cell}", f"{cell}.0", f"'{cell}", full_width(cell)])


# --- columns of any make ---


def test_nulls_chunks_slices_and_other_string_types() -> None:
    texts = ["0912345678", None, "9 1234 5678", "無", ""]
    expected = [read_number(text or "") for text in texts]
    whole = pa.array(texts, pa.large_string())
    assert one_by_one(read_cells(whole)) == expected
    assert one_by_one(read_cells(pa.array(texts, pa.string()))) == expected
    assert one_by_one(read_cells(pa.chunked_array([whole[:2], whole[2:2], whole[2:]]))) == expected
    assert one_by_one(read_cells(whole.slice(2, 2))) == expected[2:4]
    for nothing in (whole[:0], pa.chunked_array([], pa.large_string())):
        empty = read_cells(nothing)
        assert len(empty) == 0
        assert empty.wire.type == pa.large_string()


def test_a_long_column_is_read_in_pieces_and_says_how_far(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells_module, "_PIECE", 4)
    texts = [f"0912-345-{last:03d}" for last in range(10)]
    told: list[float] = []
    found = read_cells(column(texts), told.append)
    assert found.wire.to_pylist() == [f"0912345{last:03d}" for last in range(10)]
    assert told == [0.4, 0.8, 1.0]


def test_more_shapes_and_odd_cells_than_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells_module, "_PIECE", 8)
    monkeypatch.setattr(spelling, "_MOST_SHAPES", 5)
    monkeypatch.setattr(cells_module, "_MOST_ALONE", 5)
    assert_agrees([f"{'x' * (at % 13)}0912345678{' ' * (at % 7)}" for at in range(100)])


def test_take_and_join() -> None:
    readings = read_cells(column(["0912345678", "無", "+852 9123 4567"]))
    expected = one_by_one(readings)
    assert one_by_one(readings.take(np.array([2, 0, 2]))) == [expected[2], expected[0], expected[2]]
    assert one_by_one(join_readings([readings, readings.take(np.array([1]))])) == [*expected, expected[1]]


def test_the_residue_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spellings that people use are not read one by one; or this is right, and slow."""
    ways: list[Callable[[str, str], str]] = [
        lambda code, national: f"+{code} {national}",
        lambda code, national: f"+{code}-{national.replace(' ', '-')}",
        lambda code, national: f"00{code}{national.replace(' ', '')}",
        lambda code, national: f" '+{code}(0){national}",
    ]
    texts = [way(code, national) for _, code, national, _ in MOBILES for way in ways]
    taiwan = "0912345678 912345678 0912-345-678 (09)12345678 0912.345.678 912345678.0 886912345678 ０９１２３４５６７８"
    texts += ["84 912345678", "81 9012345678", "886 0912345678", "65 8123 4567", "001 415 555 2671"]
    texts += [*taiwan.split(), "手機:0912345678", *(wire for _, _, _, wire in MOBILES), "02-2345-6789", "12345"]
    read: list[str] = []

    def counted(cell: str) -> Reading:
        read.append(cell)
        return read_number(cell)

    monkeypatch.setattr(cells_module, "read_number", counted)
    read_cells(column(texts))
    assert read == []


def test_a_column_of_taiwanese_numbers_loads_no_libphonenumber() -> None:
    program = (
        "import sys, pyarrow; from smsget.recipients.cells import read_cells\n"
        "cells = ['0912345678', '912345678.0', '+886 912-345-678', '02-2345-6789', '無']\n"
        "print(read_cells(pyarrow.array(cells)).number.sum(), 'phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["3", "False"]
