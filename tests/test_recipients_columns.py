"""The phone column is found by its name, in Chinese and English, or by what stands in it; no first row is lost."""

from __future__ import annotations

import pytest

from smsget.export import csv_bytes
from smsget.numbers import ALL_COUNTRIES
from smsget.recipients import classify, open_table, ready_table, rejects_table
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
        ("業務員手機,客戶電話", "客戶電話"),
        ("店長手機,電話", "電話"),
        ("業務手機,公司電話", "公司電話"),
        ("配偶手機,家用電話", "家用電話"),
        ("代理人手機,聯絡電話", "聯絡電話"),
        ("承辦人手機,聯絡電話", "聯絡電話"),
        ("客服手機,聯絡電話", "聯絡電話"),
        ("拒收手機,業務員電話", "業務員電話"),
        ("黑名單手機,電話", "電話"),
        ("Salesperson Mobile,Phone", "Phone"),
        ("blocked_mobile,Home Phone", "Home Phone"),
        ("舊手機,電話", "電話"),
    ],
)
def test_best_of_several_phone_columns(header: str, best: str) -> None:
    assert read(f"{header}\n0912345678,0923456789\n").phone_column == best


@pytest.mark.parametrize("empty", ["", "無", "02-2345-6789"])
def test_phone_column_without_numbers_yields_to_one_that_has_them(empty: str) -> None:
    rows = "".join(f"{empty},09123456{at:02d}\n" for at in range(20))
    assert read(f"手機,電話\n{rows}").phone_column == "電話"


def test_somebody_elses_phones_never_win_by_their_number() -> None:
    rows = "".join(f"09123456{at:02d},02-2345-67{at:02d},會員\n" for at in range(20))
    assert read(f"業務員手機,客戶電話,等級\n{rows}").phone_candidates == ["客戶電話", "業務員手機"]
    assert read("姓名,業務員手機\n王,0912345678\n").phone_column == "業務員手機"  # for want of another
    rows = "".join(f"0912345678,09234567{at:02d}\n" for at in range(20))
    assert read(f"拒收手機,contact\n{rows}").phone_candidates == ["contact", "拒收手機"]


@pytest.mark.parametrize(
    ("header", "wanted", "at"),
    [
        ("Mobile,mobile", "mobile", 1),
        ("Mobile,mobile", "Mobile", 0),
        ("Mobile,mobile", "MOBILE", 0),  # either; the first
        ("手機,手機：", "手機：", 1),
        ("手機,手機：", "手機", 0),
        ("手機：,手機", "手機", 1),
        ("電話2,電話,電話", "電話 (2)", 2),
        ("電話2,電話,電話", "電話2", 0),
        ("電話2,電話,電話", "電話", 1),
        ("手機,手 機", "手 機", 1),
        ("手機,手機", "手機 (2)", 1),
    ],
)
def test_names_that_differ_in_case_and_punctuation_only(header: str, wanted: str, at: int) -> None:
    content = f"{header}\n0911111111,0922222222,0933333333\n0911111112,0922222223,0933333334\n"
    found = read(content, phone_column=wanted)
    assert ready(found)[0][1] == ["0911111111", "0922222222", "0933333333"][at]
    chosen = classify(open_table(content.encode(), "list.csv"), phone_columns=[found.header[at]])
    assert chosen.phones == found.phones


def test_the_column_that_was_found_is_the_one_that_is_read() -> None:
    rows = "".join(f"02-2345-67{at:02d},09123456{at:02d},王\n" for at in range(20))
    found = read(f"Phone,phone,name\n{rows}")
    assert (found.phone_column, len(found.ready), found.rejected) == ("phone", 20, 0)


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


@pytest.mark.parametrize(
    "content",
    [
        "0912345,王小明,會員\n0923456789,李,會員\n",  # a digit is missing in the first row
        "09l2345678,王小明,會員\n0923456789,李,會員\n",
        "王小明,手機未提供\n李大華,0912345678\n",
        "王小明,換手機\n李大華,0912345678\n",
        "王小明,沒有電話\n李大華,0912345678\n",
        "Amy,no phone\nBob,0912345678\n",
        "Amy,lost her phone\nBob,0912345678\n",
        "王,無,會員\n李,0912345678,會員\n",
        "A1,912345,手機\nA2,912345679,電話\nA3,912345678,電話\n",
        "王,61234567,\n李,61234568,\n陳,61234569,\n林,61234560,換手機\n張,61234561,\n吳,61234562,\n",
        "王,61234567,\n李,61234568,\n陳,61234569,\n林,無,手機\n張,61234561,\n吳,61234562,\n",
        "王,13812345678,\n李,無,手機\n張,13812345679,\n",
        "王,0912345\n李,手機\n張,0912345678\n",  # above a header nothing stands that looks like its column's numbers
        "61234567,陳大文,會員\n61234568,李,會員\n61234569,黃,會員\n",
        "61234567,陳大文\n",
    ],
)
def test_no_row_of_a_headerless_file_is_taken_for_its_header(content: str) -> None:
    found = read(content, countries=ALL_COUNTRIES)
    assert (found.headed, found.rows) == (False, content.count("\n"))
    assert len(found.ready) + found.rejected == found.rows


@pytest.mark.parametrize(
    "name",
    [
        "請輸入您的手機號碼", "您的手機號碼？(必填)", "聯絡電話(公司)", "電話-日間", "手機（例：0912345678）",
        "Your mobile number", "MOBILE / 手機",
        "客戶電話", "業務員手機", "手機Mobile", "Mobile號碼", "聯絡電話2", "同行人電話", "Contact No.",
    ],
)  # fmt: skip
def test_names_of_columns_are_no_remarks(name: str) -> None:
    found = read(f"甲,{name},2026-11-01,202611\n王,0912345678,1,2\n")
    assert (found.headed, found.rows, found.header[1]) == (True, 1, name)


def test_rows_below_a_header_are_never_lost_to_a_remark() -> None:
    rows = "".join(f"n{at},6123456{at},{'換手機' if at == 5 else 'x'}\n" for at in range(8))
    found = read(f"Name,Number,Note\n{rows}", countries=["HK"], phone_column="Number")
    assert (found.header, len(found.ready)) == (["Name", "Number", "Note"], 8)
    assert refusal(f"Name,Number,Note\n{rows}") == ("no_phone_column", {"columns": ["Name", "Number", "Note"]})


def test_a_person_says_whether_there_is_a_header() -> None:
    found = read("姓名,手機\n王,0912345678\n", headed=False)
    assert (found.header, found.rows, found.rejected) == (["A", "B"], 2, 1)
    found = read("王,0912345678\n李,0923456789\n", headed=True, phone_column="0912345678")
    assert (found.header, found.rows) == (["王", "0912345678"], 1)


def test_a_letter_is_a_column_and_no_name_of_another() -> None:
    content = "王,無,B\n李,0912345678,B\n"
    found = read(content, phone_column="B")
    assert (found.header, found.rows, ready(found)) == (["A", "B", "C"], 2, [(2, "0912345678")])


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
