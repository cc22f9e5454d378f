"""What a person may type in a cell, and what it is read as. `cases/numbers.json` and the tables below are one rule."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget import numbers
from smsget.numbers import (
    ALL_COUNTRIES,
    REJECT_CODES,
    REPAIRS,
    Reading,
    country_of,
    mask,
    read_number,
    split_numbers,
    to_wire,
)
from smsget.numbers.countries import CALLING_CODES, is_mobile

CASES = json.loads((Path(__file__).parent / "cases" / "numbers.json").read_text("utf-8"))

# Typed here once more from the table of sms-get-api.txt, so that a slip in the module's own table shows.
WIRE = {
    "TW": r"09\d{8}", "CN": r"1\d{10}", "HK": r"\d{8}", "MO": r"853\d{8}", "JP": r"81\d{10}", "MY": r"60\d{9,10}",
    "VN": r"84\d{9,10}", "ID": r"62\d{10,11}", "TH": r"66\d{9}", "AU": r"614\d{8}", "SG": r"65\d{8}",
    "PH": r"63\d{10}", "AE": r"971\d{9}", "KH": r"855\d{8,9}", "US": r"001\d{10}", "KR": r"821\d{8,9}",
}  # fmt: skip

# country, calling code, national significant number in its usual groups, wire form
MOBILES = [
    ("TW", "886", "912 345 678", "0912345678"),
    ("TW", "886", "990 345 678", "0990345678"),
    ("CN", "86", "138 0013 8000", "13800138000"),
    ("CN", "86", "199 1234 5678", "19912345678"),
    ("HK", "852", "5432 1098", "54321098"),
    ("HK", "852", "9123 4567", "91234567"),
    ("MO", "853", "6612 3456", "85366123456"),
    ("JP", "81", "90 1234 5678", "819012345678"),
    ("JP", "81", "70 1234 5678", "817012345678"),
    ("MY", "60", "12 345 6789", "60123456789"),
    ("MY", "60", "11 1234 5678", "601112345678"),
    ("VN", "84", "91 234 56 78", "84912345678"),
    ("ID", "62", "812 345 6789", "628123456789"),
    ("ID", "62", "812 3456 7890", "6281234567890"),
    ("TH", "66", "81 234 5678", "66812345678"),
    ("AU", "61", "412 345 678", "61412345678"),
    ("SG", "65", "8123 4567", "6581234567"),
    ("SG", "65", "9123 4567", "6591234567"),
    ("PH", "63", "917 123 4567", "639171234567"),
    ("AE", "971", "50 123 4567", "971501234567"),
    ("KH", "855", "12 345 678", "85512345678"),
    ("KH", "855", "71 234 5678", "855712345678"),
    ("US", "1", "415 555 2671", "0014155552671"),
    ("US", "1", "212 555 0123", "0012125550123"),
    ("KR", "82", "10 2345 6789", "821023456789"),
    ("KR", "82", "11 234 5678", "82112345678"),
]

WAYS_TO_WRITE = {
    "E.164": lambda code, national: f"+{code}{national.replace(' ', '')}",
    "groups": lambda code, national: f"+{code} {national}",
    "dashes": lambda code, national: f"+{code}-{national.replace(' ', '-')}",
    "en dashes": lambda code, national: f"+{code}–{national.replace(' ', '–')}",
    "dots": lambda code, national: f"+{code}.{national.replace(' ', '.')}",
    "underscores": lambda code, national: f"+{code}_{national.replace(' ', '_')}",
    "brackets": lambda code, national: f"(+{code}) {national}",
    "00": lambda code, national: f"00{code}{national.replace(' ', '')}",
    "00 with groups": lambda code, national: f"00 {code} {national}",
    "Taiwan's 002": lambda code, national: f"002{code}{national.replace(' ', '')}",
    "002 with dashes": lambda code, national: f"002-{code}-{national.replace(' ', '-')}",
    "America's 011": lambda code, national: f"011 {code} {national}",
    "plus and 00": lambda code, national: f"+00{code} {national}",
    "trunk zero": lambda code, national: f"+{code} (0){national}",
    "trunk zero after 00": lambda code, national: f"00{code}0{national.replace(' ', '')}",
    "full width": lambda code, national: f"+{code} {national}".translate({c: c + 0xFEE0 for c in range(0x21, 0x7F)}),
    "no-break spaces": lambda code, national: f"+{code} {national}".replace(" ", "\u00a0"),
    "invisible marks": lambda code, national: f"\u202a+{code} {national}\u202c",
    "tel URI": lambda code, national: f"tel:+{code}-{national.replace(' ', '-')}",
    "Chinese label": lambda code, national: f"手機：+{code} {national}",
    "apostrophe": lambda code, national: f"'+{code}{national.replace(' ', '')}",
    "formula": lambda code, national: f'="+{code}{national.replace(" ", "")}"',
}


def assert_reads(cell: str, wire: str, country: str) -> Reading:
    reading = read_number(cell)
    assert (reading.outcome, reading.wire, reading.country, reading.code) == ("number", wire, country, ""), reading
    return reading


def assert_rejects(cell: str, code: str) -> None:
    assert read_number(cell) == Reading("reject", code=code)


@pytest.mark.parametrize("case", CASES, ids=lambda case: ascii(case["cell"]))
def test_shared_case(case):
    reading = read_number(case["cell"])
    assert (reading.wire if reading.outcome == "number" else reading.outcome) == case["outcome"]
    assert reading.country == case["country"]
    assert case["code"] in (None, reading.code)


@pytest.mark.parametrize("national", ["1234567890", "1691234567", "1861234567", "1991234567", "123456789"])
def test_vietnams_old_mobiles_are_read_with_a_plus_as_without(national):
    """libphonenumber has forgotten them; SMS-Get's own example is one: 8412XXXX123, of 11 or 12 digits."""
    wire = f"84{national}"
    for cell in (wire, f"+{wire}", f"00{wire}", f"+84 0{national}", f"+84 {national[:3]} {national[3:]}"):
        assert_reads(cell, wire, "VN")


@pytest.mark.parametrize("national", ["1900123456", "1800123456", "12345678", "24 3825 2525"])
def test_vietnams_other_numbers_are_no_mobiles(national):
    assert read_number(f"+84 {national}").outcome == "reject"


@pytest.mark.parametrize(
    "cell", ["0.912345678", "0.9", "0.886912345678", "-912345678", "−912345678", "-912345678.0", "-886912345678"]
)
def test_fractions_and_negative_numbers_are_no_phones(cell):
    assert_rejects(cell, "not_a_number")


@pytest.mark.parametrize("way", WAYS_TO_WRITE)
@pytest.mark.parametrize(("country", "code", "national", "wire"), MOBILES, ids=[mobile[3] for mobile in MOBILES])
def test_every_country_every_way(country, code, national, wire, way):
    cell = WAYS_TO_WRITE[way](code, national)
    assert_reads(cell, wire, country)


@pytest.mark.parametrize(("country", "code", "national", "wire"), MOBILES, ids=[mobile[3] for mobile in MOBILES])
def test_every_country_without_a_prefix(country, code, national, wire):
    """In its wire form as it stands, and spread out; with the calling code where that is not China's 1."""
    assert assert_reads(wire, wire, country).repairs == ()
    assert assert_reads(f"{wire[:3]} {wire[3:7]}-{wire[7:]}", wire, country).repairs == ("separators",)
    if code != "1":
        assert_reads(f"{code} {national}", wire, country)
        assert_reads(f"{code} 0{national}", wire, country)


@pytest.mark.parametrize(
    ("cell", "repairs"),
    [
        ("0912-345-678", "separators"),
        ("0912—345—678", "separators"),
        ("0912−345−678", "separators"),
        ("0912ー345ー678", "separators"),
        ("0912・345・678", "separators"),
        ("0912.345.678", "separators"),
        ("0912345.678", "separators"),
        ("0912_345_678", "separators"),
        ("0912/345/678", "separators"),
        ("0912,345,678", "separators"),
        ("(0912) 345-678", "separators"),
        ("【0912】345678", "separators"),
        ("<0912345678>", "separators"),
        ("  0912345678\t", "separators"),
        ("0912345678\n", "separators"),
        ("0912345678\r\n", "separators"),
        ("0912\n345678", "separators"),
        ("0912345678;", "separators"),
        ("0912345678、", "separators"),
        ("0912\u3000345\u3000678", "separators"),
        ("０９１２３４５６７８", "full_width"),
        ("０９１２－３４５－６７８", "separators full_width"),
        ("०९१२३४५६७८", "other_digits"),
        ("۰۹۱۲۳۴۵۶۷۸", "other_digits"),
        ("𝟎𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "other_digits"),
        ("''0912345678", "apostrophe"),
        ("’0912345678", "apostrophe"),
        ("`0912345678", "apostrophe"),
        ("'0912345678'", "apostrophe"),
        ("“0912345678”", "quotes"),
        ("「0912345678」", "quotes"),
        ('="0912345678"', "quotes"),
        ('="912345678"', "quotes lost_zero"),
        ("\u200b0912\u200d345\u2060678", "invisible"),
        ("\u202d0912345678\u202c", "invisible"),
        ("0912\u00ad345678", "invisible"),
        ("0912345678\x00", "invisible"),
        ("Tel. 0912345678", "prefix_text"),
        ("TEL：0912345678", "full_width prefix_text"),
        ("℡0912345678", "prefix_text"),
        ("☎ 0912345678", "prefix_text"),
        ("手機:0912345678", "prefix_text"),
        ("手机号码: 0912345678", "prefix_text"),
        ("行動電話 0912345678", "prefix_text"),
        ("(手機)0912345678", "prefix_text"),
        ("【手機】0912345678", "prefix_text"),
        ("手機2:0912345678", "prefix_text"),
        ("手機1 0912345678", "prefix_text"),
        ("手機9 0912345678", "prefix_text"),
        ("手機2. +886912345678", "prefix_text country_code"),
        ("Mobile:0912345678", "prefix_text"),
        ("mobile phone no.: 0912345678", "prefix_text"),
        ("M: 0912-345-678", "separators prefix_text"),
        ("sms:'0912345678", "apostrophe prefix_text"),
        ("912345678", "lost_zero"),
        ("912-345-678", "separators lost_zero"),
        ("912345678.0", "lost_zero float"),
        ("912345678,00", "lost_zero float"),
        ("912,345,678", "separators lost_zero"),
        ("912,345,678.00", "separators lost_zero float"),
        ("0912345678.0", "float"),
        ("886912345678.0", "float country_code"),
        ("9.12345678E+08", "lost_zero exponent"),
        ("9.12345678e8", "lost_zero exponent"),
        ("9.123456780E+008", "lost_zero exponent"),
        ("9,12345678E+08", "lost_zero exponent"),
        ("９.１２３４５６７８Ｅ＋０８", "full_width lost_zero exponent"),
        ("8.86912345678E+11", "exponent country_code"),
        ("886912345678", "country_code"),
        ("8860912345678", "country_code"),
        ("++886912345678", "separators country_code"),
        ("+0912345678", "country_code"),
    ],
)
def test_a_taiwan_number_and_what_was_repaired(cell, repairs):
    assert assert_reads(cell, "0912345678", "TW").repairs == tuple(repairs.split())


# fmt: off
REJECTS = {
    "letters": [
        "O912345678", "0912O45678", "09I2345678", "0912345678a", "0912345678 王小明", "0912345678（媽媽）",
        "二", "nan", "N/A", "無", "no", "手機", "tel:", "a@b.tw", "0912345678 ext 12", "0912345678 分機12",
        "0912345678x12", "傳真0912345678", "tel:+886-912-345-678;ext=12", "(02)2345-6789#12",
        "手機9 63456789", "手機8 63456789", "手機9. 63456789", "No.9 63456789", "Tel9 ٨12345678",
        "〇九一二三四五六七八", "912345678①", "0912345678²", "x0912345678", "0912345E67",
    ],
    "several_numbers": [
        "0912345678;0923456789", "0912345678；0923456789", "0912345678，0923456789", "0912345678|0923456789",
        "0912345678/0923456789", "0912345678\\0923456789", "0912345678&0923456789", "0912345678\t0923456789",
        "0912345678 0923456789", "0912345678-0923456789", "0912345678.0923456789", "0912345678_0923456789",
        "0912-345-678  0923-456-789", "09123456780923456789", "0912345678或0923456789",
        "0912345678 or 0923456789", "0912345678~9", "0912345678/9", "0912-345-678 / 679",
        "0912345678 02-23456789", "02-23456789 0912345678", "2345678 0912345678", "+886912345678+886923456789",
        "+886 912 345 678 0923 456 789", "9123 4567 9876 5432", "13912345678 13812345678",
        "0912345678、0912345678", "手機:0912345678/0923456789", "0912345678\r\n0923456789",
        "0912345678\u20280923456789", "0912345678 0923456789 0934567890",
    ],
    "masked": [
        "0912xxx678", "0912XXX678", "09XX-XXX-678", "0912＊＊＊678", "0912•••678", "0912○○○678", "0912□□□678",
        "0912###678", "0912???678", "0912…678", "0912...678", "0912---678", "0912 *** 678", "0912*45678",
        "手機:0912***678", "+886 9** *** 678",
    ],
    "wrong_length": [
        "0", "119", "09123456", "091234567", "09123456789", "0912345678 1", "912345678 1", "9123456", "886",
        "+886", "+886 912 345 67", "+886 912 345 6789", "+886 00912345678", "00912345678", "0000000000",
        "90-1234-5678", "4155552671", "+81 90-1234-567", "+81 90-1234-56789", "+1 415 555 267", "+852 5432 109",
        "+65 8123 456", "+60 12-345 67", "+62 812 345 678", "+62 812 3456 78901", "+61 412 345 67",
        "+82 10-2345-67890", "+971 50 123 456", "+63 917 123 456", "+66 81 234 567", "+84 91 234 56",
        "+855 12 34", "+853 6612 345", "+86 138 0013 800", "02-1234567", "090-1234-5678", "010-2345-6789",
        "1. 0912345678", "1 0912345678", "(1) 0912345678", "2. 0912345678", "104155552671", "9" * 5000,
        "6. 0912345678", "84. 0912345678", "84. 0912-345-678", "84. 912345678", "66. 0912345678", "84.0912345678",
        "84) 0912345678", "84 0912345678", "84-0912345678", "13. 912345678", "13.912345678", "15. 912345678",
        "13 912345678", "(13) 912345678", "123. 0912345678", "1 0912-345-678", "109-1234-5678",
        "+81" + "9" * 5000,
    ],
    "not_mobile": [
        "02-23456789", "(02) 2345-6789", "0223456789", "03-1234567", "037-123456", "04-23456789", "07-1234567",
        "0800-123-456", "0809 012 345", "070-1234-5678", "+886 2 2345 6789", "886-2-2345-6789",
        "+886 70 1234 5678", "223456789", "２２３４５６７８９", "+86 10 1234 5678", "+852 2345 6789",
        "+853 2882 8282", "+81 50-1234-5678", "+65 6123 4567", "+61 2 9374 4000", "+66 2 123 4567",
        "+82 2-1234-5678", "+1 800 555 1234", "+84 24 3825 5555", "+63 2 8123 4567", "+971 4 331 2345",
        "81-3-1234-5678", "0081312345678", "電話：02-2345-6789", "+62 21 1234 5678", "+60 3-8000 8000",
        # the same landlines without a plus: one number has one answer
        "853 2812 3456", "65 6123 4567", "65-61234567", "60 3 2345 6789", "60 922 574 7532", "6561234567.0",
        "手機:6561234567", "手機9: ٨12345678",
    ],
    "country_not_served": [
        "+44 7911 123456", "+33 6 12 34 56 78", "+1 604 555 1234", "+1 787 555 1234", "+7 912 345 67 89",
        "+91 98765 43210", "0044 7911 123456", "00447911123456", "447911123456", "0027 82 123 4567", "00212 612345678",
        "+27 82 123 4567", "001 242 357 1234", "+44 (0)7911 123456",
        "＋４９１５１２３４５６７８９", "tel:+447911123456",
    ],
    "precision_lost": [
        "9.12E+08", "9.1E+08", "9E+08", "8.86912E+11", "1.39123E+10", "9.12E8", "'9.12E+08", "9.1E+999",
    ],
    "not_a_number": [
        "-", "--", "+", "()", "?", "。", "912345678.5", "0912345678.123", "1.5", "3.14", "9.12345678E-08",
        "9.123456789E+08", "2024/01/31", "2024-1-31", "1990.05.12", "31/01/2024", "20240131",
        "2024-01-31 00:00:00", "0912345678?", "@0912345678", "0912:345:678", "0912+345678", "😀0912345678",
        "\ud800",
    ],
}
# fmt: on


@pytest.mark.parametrize(
    ("code", "cell"),
    [(code, cell) for code, cells in REJECTS.items() for cell in cells],
    ids=lambda value: ascii(value)[:40],
)
def test_rejects(code, cell):
    assert_rejects(cell, code)


@pytest.mark.parametrize("cell", ["", " ", "\t\n", "\u3000", "\u200b\ufeff", "'", '""', "\u00a0'"])
def test_blank(cell):
    assert read_number(cell) == Reading("blank")


def test_a_bare_1_is_china_and_only_plus_1_is_the_united_states():
    assert_reads("13105551234", "13105551234", "CN")
    assert_reads("+13105551234", "0013105551234", "US")
    assert_reads("0013105551234", "0013105551234", "US")
    assert_rejects("+1 391 234 5678", "not_mobile")


def test_a_wire_form_needs_no_libphonenumber_to_be_believed():
    """Landlines abroad in the exact form of the source are accepted as they stand; written as E.164 they are not."""
    for wire, e164 in [("6561234567", "+6561234567"), ("85328828282", "+85328828282"), ("23456789", "+85223456789")]:
        assert read_number(wire).outcome == "number"
        assert_rejects(e164, "not_mobile")


@pytest.mark.parametrize(
    ("wire", "spread"),
    [
        ("6561234567", "65 6123 4567"),
        ("85328828282", "853-2882-8282"),
        ("60922574753", "60 9 2257 4753"),
        ("609225747532", "60 922 574 7532"),
        ("0012423571234", "001 242 357 1234"),
    ],
)
def test_only_the_digits_alone_are_believed(wire, spread):
    """Blanks and quotes around them are nothing; separators among them, a label or a float make it E.164."""
    for cell in (wire, f" {wire}\n", f"'{wire}", f'="{wire}"', "\u200b" + wire):
        assert read_number(cell).wire == wire
    for cell in (spread, f"手機:{wire}", f"{wire}.0"):
        assert read_number(cell).code == read_number(f"+{wire.removeprefix('00')}").code != ""


def test_a_line_number_of_886_changes_nothing():
    for cell in ("886. 0912345678", "886 0912345678", "886) 912345678"):
        assert_reads(cell, "0912345678", "TW")


def test_separators_in_a_wire_form_are_no_repair_of_its_calling_code():
    assert assert_reads("853 6612 3456", "85366123456", "MO").repairs == ("separators",)
    assert assert_reads("853 0 6612 3456", "85366123456", "MO").repairs == ("separators", "country_code")
    assert assert_reads("00853 6612 3456", "85366123456", "MO").repairs == ("separators", "country_code")


@pytest.mark.parametrize(
    "cell",
    ["tel" + " " * 200_000 + "x", "tel" + "." * 200_000, "tel" + "(" * 200_000, "(" * 200_000, "手機 " * 70_000 + "x"],
    ids=["blanks", "dots", "brackets", "brackets only", "labels"],
)
def test_a_cell_without_end_is_read_in_a_moment(cell):
    started = time.process_time()
    assert read_number(cell).outcome == "reject"
    assert time.process_time() - started < 2  # the square of its length takes twenty minutes


def test_a_trunk_zero_is_no_digit_of_a_twelve_digit_number():
    """`60 012…` has the length of Malaysia's long form, and is its short form with a zero too many."""
    assert_reads("600123456789", "60123456789", "MY")
    assert_reads("840912345678", "84912345678", "VN")
    assert_reads("855012345678", "85512345678", "KH")
    assert_reads("6208123456789", "628123456789", "ID")


def test_a_mistyped_australian_number_is_nobody_in_america():
    """006 is another carrier's prefix in Taiwan; read as such, this would be +1 412 345 6789."""
    assert_rejects("00614123456789", "wrong_length")


def test_a_country_that_nobody_chose():
    reading = read_number("+81 90-1234-5678", countries=("TW", "HK"))
    assert reading == Reading("reject", "819012345678", "JP", "country_not_chosen", ("separators", "country_code"))
    assert read_number("0912345678", countries={"HK"}) == Reading("reject", "0912345678", "TW", "country_not_chosen")
    assert read_number("0912345678", countries=()).code == "country_not_chosen"
    assert read_number("0912345678", countries=["TW"]).outcome == "number"


@pytest.mark.parametrize(
    ("number", "wire"),
    [
        ("0912345678", "0912345678"),
        ("886912345678", "0912345678"),
        ("+886912345678", "0912345678"),
        ("85291234567", "91234567"),
        ("0014155552671", "0014155552671"),
        ("819012345678", "819012345678"),
        ("0912***678", None),
        ("0223456789", None),
        ("", None),
        ("+447911123456", None),
    ],
)
def test_to_wire(number, wire):
    assert to_wire(number) == wire


@pytest.mark.parametrize("wire", [mobile[3] for mobile in MOBILES])
def test_country_of_a_wire_form(wire):
    assert [country for country, form in WIRE.items() if re.fullmatch(form, wire)] == [country_of(wire)]


@pytest.mark.parametrize(
    "other", ["", "912345678", "+886912345678", "0912-345-678", "０９１２３４５６７８", "0912345678\n"]
)
def test_country_of_anything_else(other):
    assert country_of(other) is None


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("0912345678", "0912•••678"),
        ("0014155552671", "0014••••••671"),
        ("91234567", "91••••67"),
        ("110", "•••"),
        ("", ""),
    ],
)
def test_mask(phone, masked):
    assert mask(phone) == masked


def test_the_public_names_and_codes():
    assert numbers.__all__ == [
        "ALL_COUNTRIES", "REJECT_CODES", "REPAIRS", "Reading", "country_of", "mask", "read_number", "split_numbers",
        "to_wire",
    ]  # fmt: skip
    assert tuple(WIRE) == ALL_COUNTRIES
    assert len(set(REJECT_CODES)) == 9
    assert len(set(REPAIRS)) == 11


def test_canonical_numbers_do_not_load_libphonenumber():
    """Its metadata costs start-up time that a list of ordinary numbers never has to pay."""
    program = (
        "import sys; from smsget.numbers import read_number\n"
        "cells = ['0912345678', '0912-345-678', '+886912345678', '819012345678', '02-23456789', '912345678.0', 'x']\n"
        "print([read_number(cell).outcome for cell in cells], 'phonenumbers' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split("]")[1].strip() == "False"


NUMBER_LIKE = st.text("0123456789+-. ()/xXEe*,;'\"=#\n\u200b０９８６①٠١٢O", max_size=24)
WIRE_NUMBERS = st.sampled_from(list(WIRE.values())).flatmap(
    lambda form: st.from_regex(form, fullmatch=True, alphabet="0123456789")
)


@given(st.text(st.characters(), max_size=40) | NUMBER_LIKE | WIRE_NUMBERS)
def test_any_text_gives_a_consistent_reading(cell):
    reading = read_number(cell)
    assert set(reading.repairs) <= set(REPAIRS)
    if reading.outcome == "number":
        assert re.fullmatch(WIRE[reading.country], reading.wire)
        assert not reading.code
        assert bool(reading.repairs) == (cell != reading.wire)
        assert read_number(reading.wire) == Reading("number", reading.wire, reading.country)
        assert country_of(reading.wire) == reading.country
        assert to_wire(cell) == reading.wire
    elif reading.outcome == "reject":
        assert reading == Reading("reject", code=reading.code)
        assert reading.code in REJECT_CODES
        assert to_wire(cell) is None
    else:
        assert reading == Reading("blank")


@given(NUMBER_LIKE, st.sets(st.sampled_from(ALL_COUNTRIES)))
def test_the_choice_of_countries_never_changes_what_is_read(cell, countries):
    everywhere, chosen = read_number(cell), read_number(cell, countries)
    if everywhere.outcome == "number" and everywhere.country not in countries:
        assert chosen.code == "country_not_chosen"
        assert (chosen.wire, chosen.country, chosen.repairs) == (
            everywhere.wire,
            everywhere.country,
            everywhere.repairs,
        )
    else:
        assert chosen == everywhere


@given(st.from_regex(r"09[0-9]{8}", fullmatch=True), st.integers(0, 9), st.characters(categories=["L"]))
def test_a_letter_is_never_dropped(number, position, letter):
    """Instead of a digit or beside one; full-width letters and those of other scripts too."""
    for cell in (
        number[:position] + letter + number[position + 1 :],
        number[: position + 1] + letter + number[position + 1 :],
    ):
        reading = read_number(cell)
        assert reading.outcome == "reject" or letter in "ーｰ", reading


@given(
    st.from_regex(r"09[0-9]{8}", fullmatch=True),
    st.from_regex(r"09[0-9]{8}", fullmatch=True),
    st.text(" -/,;、\n\t.|&", max_size=3),
)
def test_two_numbers_are_never_one(first, second, between):
    assert read_number(first + between + second).outcome == "reject"


# --- cells of several numbers ---


@pytest.mark.parametrize(
    ("cell", "pieces"),
    [
        ("0912345678、0923456789", ["0912345678", "0923456789"]),
        ("0912345678；0923456789；0934567890", ["0912345678", "0923456789", "0934567890"]),
        ("手機：0912-345-678 / (02)2345-6789", ["0912-345-678", "(02)2345-6789"]),
        ("0912345678或0923456789", ["0912345678", "0923456789"]),
        ("+886912345678+85291234567", ["+886912345678", "+85291234567"]),
        ('"0912345678\n0923456789"', ["0912345678", "0923456789"]),
        ("0912345678/679", ["0912345678", "679"]),  # the first is beyond doubt; the other is told to be too short
        ("0912 345 678 0923 456 789", ["0912 345 678", "0923 456 789"]),
        ("0912345678 0923456789, 0934567890", ["0912345678", "0923456789", "0934567890"]),
        ("09123456780923456789", ["0912345678", "0923456789"]),
        ("8869123456780923456789", ["886912345678", "0923456789"]),
        ("0912345678 2345678", []),  # a landline, or a mistyped mobile number
        ("02-2345-6789 / 03-345-6789", []),
        ("12345/6789012345", []),
        ("0912345678" + " 912345678 12345678" * 40, []),
        ("0912000001/02-23456789/0912abc", ["0912000001", "02-23456789", "0912abc"]),
        ("0912345678、09l2345679", ["0912345678", "09l2345679"]),
        ("0912345678/0923***789", ["0912345678", "0923***789"]),
        ("0912345678/電話 0923456789", ["0912345678", "電話 0923456789"]),
        ("0912345678/勿傳", []),  # a remark may say that neither …
        ("0912345678/0923456789/已退訂", []),  # … is to be texted
        ("tel:+886-912-345-678;ext=12", []),
        ("09l2345678/0923***789", []),
        ("手機 0912345678 電話 0923456789", []),
        ("0912345678", []),
        ("無", []),
        ("", []),
    ],
)
def test_split(cell, pieces):
    assert split_numbers(cell) == pieces


@given(st.lists(st.from_regex(r"09[0-9]{8}", fullmatch=True), min_size=2, max_size=5), st.sampled_from(";,/ 、，\n"))
def test_joined_numbers_come_apart_again(numbers_, between):
    assert split_numbers(between.join(numbers_)) == numbers_


@given(NUMBER_LIKE | st.text(st.characters(), max_size=40))
def test_any_text_comes_apart_into_single_readings_or_not_at_all(cell):
    pieces = split_numbers(cell)
    readings = [read_number(piece) for piece in pieces]
    assert not any(reading.code == "several_numbers" or reading.outcome == "blank" for reading in readings)
    assert not pieces or (len(pieces) > 1 and any(reading.wire for reading in readings))
    assert not pieces or read_number(cell).code == "several_numbers"


# --- libphonenumber's opinion, without its slow way ---


@pytest.mark.parametrize("code", CALLING_CODES)
def test_what_is_surely_mobile_is_so_for_libphonenumber(code):
    """Over every first four digits, in every length: the same answer as the library's, in the country itself."""
    import phonenumbers

    mobile = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    for first in range(1000, 10_000):
        national = f"{first}{'2345678'[: 4 + first % 4]}"
        number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))
        theirs = phonenumbers.number_type(number) in mobile
        theirs = theirs and phonenumbers.region_code_for_number(number) == CALLING_CODES[code]
        assert (is_mobile(code, national) is True) == theirs, national


@given(st.sampled_from(MOBILES), st.text(st.characters(), max_size=12))
def test_masking_shows_no_whole_number(mobile, text):
    masked = mask(mobile[3])
    assert len(masked) == len(mobile[3])
    assert mobile[3] not in masked
    assert len(mask(text)) == len(text)
