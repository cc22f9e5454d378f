"""The phone column is found by its name, in Chinese and English, or by what stands in it; no first row is lost."""

from __future__ import annotations

import pytest

from smsget.export import csv_bytes
from smsget.recipients import ready_table, rejects_table
from smsget.recipients.names import phone_rank
from tests.files import read, ready, refusal


@pytest.mark.parametrize(
    "name",
    [
        "手機", "手機號碼", "手機號", "行動電話", "行動", "電話", "聯絡電話", "連絡電話", "電話號碼", "門號", "手机",
        "手 機", "手　機", "手機 (必填)", "＊手機", "手機\n號碼", "會員手機號碼", "手機/Mobile", "手機1", "\ufeff手機",
        "mobile", "Mobile No.", "MOBILE_PHONE", "mobilePhone", "phone", "Phone Number", "cell", "Cell phone", "tel",
        "TEL", "Telephone", "Ｍｏｂｉｌｅ",
    ],
)  # fmt: skip
def test_phone_column_by_its_name(name: str) -> None:
    found = read(csv_bytes(["姓名", name, "生日"], [["王", "0912345678", "1990/1/1"], ["李", "", ""]]))
    assert found.header.index(found.phone_column) == 1
    assert (found.rows, ready(found)[0][1]) == (2, "0912345678")


@pytest.mark.parametrize(
    "name",
    [
        "電話備註", "電話備注", "電話备註",
        "手機型號", "手機條碼載具", "電話費", "手機驗證", "傳真電話", "電話國碼", "手機末三碼", "姓名", "",
        "phone note", "Phone Type", "phoneVerified", "fax", "cancelled", "hotel", "excellent", "x" * 41,
    ],
)  # fmt: skip
def test_name_that_is_no_phone_column(name: str) -> None:
    assert phone_rank(name) is None


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("電話,手機", "手機"),
        ("手機,電話", "手機"),
        ("手機備註,電話", "電話"),
        ("緊急聯絡人手機,聯絡電話", "聯絡電話"),
        ("公司電話,行動電話", "行動電話"),
        ("Home Phone,Mobile", "Mobile"),
        ("備用手機,手機", "手機"),
        ("phone,cell", "cell"),
        ("手機1,手機2", "手機1"),
        ("WhatsApp,手機", "手機"),
        ("WhatsApp,Mobile", "Mobile"),
        ("姓名,WhatsApp", "WhatsApp"),
        ("姓名,whats_app_number", "whats_app_number"),
        ("手機,手機", "手機"),
    ],
)
def test_best_of_several_phone_columns(header: str, best: str) -> None:
    assert read(f"{header}\n0912345678,0923456789\n").phone_column == best


@pytest.mark.parametrize("empty", ["", "無", "02-2345-6789"])
def test_phone_column_without_numbers_yields_to_one_that_has_them(empty: str) -> None:
    rows = "".join(f"{empty},09123456{at:02d}\n" for at in range(20))
    assert read(f"手機,電話\n{rows}").phone_column == "電話"


def test_duplicated_headers_are_told_apart() -> None:
    found = read("姓名,備註,備註,備註 (2),手機\n王,a,b,c,0912345678\n")
    assert found.header == ["姓名", "備註", "備註 (3)", "備註 (2)", "手機"]
    assert found.ready.iloc[0, 3:].tolist() == ["王", "a", "b", "c"]


def test_columns_named_like_ours() -> None:
    found = read("row,phone,country,value\n7,0912345678,Taiwan,x\n8,無,Taiwan,y\n")
    assert found.header == ["row", "phone", "country", "value"]
    assert found.fields == ["row", "country", "value"]
    assert found.ready.iloc[0].tolist() == [2, "0912345678", "TW", "7", "Taiwan", "x"]
    header, rows = ready_table(found)
    assert (header, list(rows)) == (
        ["phone", "_country", "row", "country", "value"], [("0912345678", "TW", "7", "Taiwan", "x")]
    )  # fmt: skip
    header, rows = rejects_table(found, str.upper)
    assert header == ["row", "code", "reason", "row", "phone", "country", "value"]
    assert list(rows) == [(3, "letters", "LETTERS", "8", "無", "Taiwan", "y")]


@pytest.mark.parametrize(
    ("content", "header", "rows"),
    [
        ("王,0912345678\n李,0923456789\n", ["A", "B"], [1, 2]),
        ("0912345678\n0923456789\n", ["A"], [1, 2]),
        ("王,912345678\n", ["A", "B"], [1]),
        ("王,+886 912 345 678,x\n", ["A", "B", "C"], [1]),
        ("王,無\n李,0923456789\n陳,0934567890\n", ["A", "B"], [2, 3]),
        ("M1,912345678,0912345678\nM2,912345679,0923456789\n", ["A", "B", "C"], [1, 2]),
    ],
)
def test_headerless_file_loses_no_first_row(content: str, header: list[str], rows: list[int]) -> None:
    found = read(content)
    assert found.header == header
    assert found.phone_column == header[-1] if "x" not in content else "B"
    assert [row for row, _ in ready(found)] == rows
    assert found.rows == content.count("\n")


def test_headerless_file_of_another_country() -> None:
    content = "王,91234567\n李,91234568\n"
    assert {one.code for one in read(content).first_problems()} == {"country_not_chosen"}
    assert read(content, countries=["HK"]).countries == {"HK": 2}


def test_title_above_the_header_is_no_row() -> None:
    found = read("會員手機名單,,\n匯出日期,2026-11-01,\n,,\n編號,姓名,手機\n1,王,0912345678\n")
    assert (found.header, found.rows, ready(found)) == (["編號", "姓名", "手機"], 1, [(5, "0912345678")])


def test_column_without_a_telling_name_is_found_by_content() -> None:
    assert read("name,會員號,contact\nAmy,912345678,0912345678\nBob,912345679,0923456789\n").phone_column == "contact"


def test_person_chooses_the_column() -> None:
    content = "手機,姓名,別的\n0912345678,王,0923456789\n"
    assert ready(read(content, phone_column="別的")) == [(2, "0923456789")]
    assert ready(read("王,0912345678,0923456789\n", phone_column="C")) == [(1, "0923456789")]
    assert read("a,b\n1,0912345678\n", phone_column="B").header == ["a", "b"]
    assert refusal(content, phone_column="傳真") == (
        "column_missing",
        {"column": "傳真", "columns": ["手機", "姓名", "別的"]},
    )
