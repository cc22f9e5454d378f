"""A file's rows: each in exactly one of five places, under its own line number, and out again to be mended."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from smsget.export import csv_bytes
from smsget.numbers import ALL_COUNTRIES
from smsget.recipients import Problem, read_recipients, ready_table, rejects_table
from tests.files import SAMPLES, read, ready

# --- one file, all of the answer ---


def test_everything_a_list_says() -> None:
    content = (
        "編號,姓名,手機\r\n"
        "1,王,0912345678\r\n"
        "2,李,912-345-678\r\n"  # the same number, without its zero
        "3,陳,\r\n"
        "4,林,02-2345-6789\r\n"
        "5,張,+852 9123 4567\r\n"
        "6,吳,+886 923 456 789\r\n"
        "7,黃,0934567890\r\n"
    ).encode("cp950")
    found = read(content, suppressed={"0934567890"})
    assert found.file == "list.csv"
    assert (found.encoding, found.delimiter) == ("cp950", ",")
    assert (found.header, found.phone_column) == (["編號", "姓名", "手機"], "手機")
    assert (found.rows, found.blank, found.duplicates, found.suppressed, found.rejected) == (7, 1, 1, 1, 2)
    assert found.ready.to_dict("records") == [
        {"_row": 2, "_phone": "0912345678", "_country": "TW", "編號": "1", "姓名": "王"},
        {"_row": 7, "_phone": "0923456789", "_country": "TW", "編號": "6", "姓名": "吳"},
    ]
    assert found.problems.to_dict("records") == [
        {"row": 5, "value": "02-2345-6789", "code": "not_mobile", "country": "", "wire": "",
         "編號": "4", "姓名": "林", "手機": "02-2345-6789"},
        {"row": 6, "value": "+852 9123 4567", "code": "country_not_chosen", "country": "HK", "wire": "91234567",
         "編號": "5", "姓名": "張", "手機": "+852 9123 4567"},
    ]  # fmt: skip
    assert found.first_problems(1) == [Problem(5, "02-2345-6789", "not_mobile")]
    assert found.fields == ["編號", "姓名"]
    assert found.countries == {"TW": 2}
    assert found.repairs == {"separators": 2, "lost_zero": 1, "country_code": 1}
    assert found.sha256 == hashlib.sha256(content).hexdigest()


def test_other_countries_are_ready_once_allowed() -> None:
    content = "手機\n0912345678\n+85291234567\n13912345678\n"
    assert read(content).countries == {"TW": 1}
    assert read(content, countries=("TW", "HK")).countries == {"TW": 1, "HK": 1}
    assert read(content, countries=ALL_COUNTRIES).countries == {"TW": 1, "HK": 1, "CN": 1}


def test_suppressed_goes_before_duplicate() -> None:
    found = read("手機\n0912345678\n0912345678\n0923456789\n", suppressed=["0912345678"])
    assert (found.suppressed, found.duplicates, ready(found)) == (2, 0, [(4, "0923456789")])


def test_other_columns_are_texts_as_they_stand() -> None:
    """Leading zeros, NA and null are somebody's number and name, not a float and not a gap."""
    found = read("手機,店號,姓名,備註\n0912345678,007,NA,null\n")
    assert found.ready.iloc[0, 3:].tolist() == ["007", "NA", "null"]
    assert all(str(kind) == "str" for kind in found.ready.dtypes[1:])
    assert str(found.ready.dtypes["_row"]) == "int64"


def test_types_hold_without_a_row() -> None:
    found = read("手機,姓名\n無,王\n")
    assert [str(kind) for kind in found.ready.dtypes] == ["int64", "str", "str", "str"]
    assert ready(found) == []


# --- out again, and in again ---


def test_ready_and_rejects_tables() -> None:
    found = read("編號,手機,姓名\n1,0912345678,王\n2,無,=cmd()\n")
    header, rows = ready_table(found)
    assert (header, list(rows)) == (["phone", "country", "編號", "姓名"], [("0912345678", "TW", "1", "王")])
    header, rows = rejects_table(found, {"letters": "Has letters."}.__getitem__)
    assert header == ["row", "code", "reason", "編號", "手機", "姓名"]
    assert list(rows) == [(3, "letters", "Has letters.", "2", "無", "=cmd()")]


def test_rejects_corrected_and_read_again() -> None:
    """The file's own columns are back, without ours and without the apostrophe that guards against formulas."""
    first = read('編號,手機,姓名\n1,0912345678,王\n2,09l2345679,=李\n3,+49 1512 3456789,"陳, Amy"\n')
    table = csv_bytes(*rejects_table(first, str))
    assert read(table).header == first.header
    assert [one.code for one in read(table).first_problems()] == [one.code for one in first.first_problems()]
    second = read(table.replace(b"09l2345679", b"0912345679"))
    assert second.header == ["編號", "手機", "姓名"]
    assert second.ready.iloc[:, 1:].values.tolist() == [["0912345679", "TW", "2", "=李"]]
    assert second.problems["姓名"].tolist() == ["陳, Amy"]


def test_ready_file_read_again() -> None:
    first = read("編號,手機\n1,912345678\n2,+852 91234567\n", countries=["TW", "HK"])
    second = read(csv_bytes(*ready_table(first)), countries=["TW", "HK"])
    assert second.phones == first.phones
    assert second.rejected == 0


# --- the samples ---


@pytest.mark.parametrize(("name", "encoding"), [("members_cp950.csv", "cp950"), ("members_utf8_bom.csv", "utf-8-sig")])
def test_sample_members(name: str, encoding: str) -> None:
    content = (SAMPLES / name).read_bytes()
    assert b"\r\n" in content
    found = read(content)
    assert (found.encoding, found.header) == (encoding, ["會員編號", "姓名", "手機", "生日", "等級"])
    assert (found.rows, len(found.ready), found.blank, found.duplicates, found.rejected) == (1000, 858, 20, 28, 94)
    assert found.problems["code"].value_counts().to_dict() == {
        "not_mobile": 40, "country_not_chosen": 24, "letters": 14, "masked": 6, "wrong_length": 4,
        "several_numbers": 3, "precision_lost": 2, "country_not_served": 1,
    }  # fmt: skip
    assert found.repairs["lost_zero"] > 50
    # The sandbox chooses a message's fate by the last two digits: every fate should occur.
    assert len({phone[-2:] for phone in found.phones}) == 100


def test_small_samples() -> None:
    small = read((SAMPLES / "members_small.csv").read_bytes())
    assert (small.rows, len(small.ready), small.blank, small.duplicates, small.rejected) == (12, 8, 1, 1, 2)
    book = read((SAMPLES / "members.xlsx").read_bytes())
    assert (book.encoding, book.rows, len(book.ready)) == ("xlsx", 60, 51)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", book.ready["生日"][0])


def test_samples_are_what_their_script_makes(tmp_path: Path) -> None:
    script = f"import sys; sys.path.insert(0, {str(SAMPLES)!r}); import make_samples, pathlib; "
    script += f"make_samples.make(pathlib.Path({str(tmp_path)!r}))"
    subprocess.run([sys.executable, "-c", script], check=True)
    for made in tmp_path.glob("*.csv"):
        assert made.read_bytes() == (SAMPLES / made.name).read_bytes(), made.name
    again = read_recipients(tmp_path / "members.xlsx")
    assert again.ready.equals(read_recipients(SAMPLES / "members.xlsx").ready)
