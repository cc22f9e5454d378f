"""XLSX, XLS and ODS: which sheet, which row, what a cell says, and no workbook takes the process with it."""

from __future__ import annotations

import io
import struct
import zipfile
from datetime import date, datetime, time, timedelta

import pytest

from smsget.recipients import Problem
from smsget.recipients import workbook as workbook_module
from smsget.recipients.workbook import cell_text
from tests.files import read, ready, refusal
from tests.workbooks import changed, ods, xls, xlsx, zipped

SHEET = [["姓名", "手機"], ["王", 912345678.0], ["李", "0923-456-789"], ["陳", ""], ["林", 223456789.0]]


@pytest.mark.parametrize(
    ("content", "kind"),
    [(xlsx(名單=SHEET), "xlsx"), (xls(SHEET), "xls"), (ods(SHEET), "ods")],
    ids=["xlsx", "xls", "ods"],
)
def test_workbook_whatever_its_name(content: bytes, kind: str) -> None:
    found = read(content)
    assert (found.encoding, found.delimiter, found.header) == (kind, "", ["姓名", "手機"])
    assert ready(found) == [(2, "0912345678"), (3, "0923456789")]
    assert (found.blank, found.first_problems()) == (1, [Problem(5, "223456789", "not_mobile")])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (912345678.0, "912345678"),
        (886912345678.0, "886912345678"),
        (0.5, "0.5"),
        (-3.0, "-3"),
        (1e300, "1e+300"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (7, "7"),
        (True, "TRUE"),
        (date(1990, 3, 5), "1990-03-05"),
        (datetime(1990, 3, 5), "1990-03-05"),  # noqa: DTZ001  (a workbook knows no zones)
        (datetime(1990, 3, 5, 14, 30), "1990-03-05 14:30:00"),  # noqa: DTZ001
        (time(9, 5), "09:05:00"),
        (timedelta(hours=30), "1 day, 6:00:00"),
        ("王", "王"),
        (None, ""),
    ],
)
def test_cell_text(value: object, text: str) -> None:
    assert cell_text(value) == text


def test_row_of_a_workbook_is_the_row_of_its_sheet() -> None:
    found = read(xlsx(a=[[], ["", "會員名單"], [], ["", "姓名", "手機"], ["", "王", "0912345678"]]))
    assert (found.header, ready(found)) == (["姓名", "手機"], [(5, "0912345678")])


def test_first_sheet_with_a_phone_column_is_read() -> None:
    content = xlsx(說明=[["本名單為虛構"]], 空白=[], 名單=[["手機"], ["0912345678"]], 其他=[["手機"], ["0923456789"]])
    assert ready(read(content)) == [(2, "0912345678")]
    assert ready(read(content, sheet="其他")) == [(2, "0923456789")]
    assert refusal(content, sheet="沒有") == (
        "sheet_missing",
        {"sheet": "沒有", "sheets": ["說明", "空白", "名單", "其他"]},
    )


def test_workbook_without_a_list() -> None:
    assert refusal(xlsx(a=[], b=[["姓名"], ["王"]])) == ("no_phone_column", {"columns": ["姓名"], "sheets": ["a", "b"]})
    assert refusal(xlsx(a=[])) == ("empty", {"sheets": ["a"]})


def test_refusal_names_the_sheets_also_the_hidden_ones() -> None:
    """A hidden one may hold the list."""
    content = xlsx(hidden=["名單"], 說明=[["本名單為虛構"]], 名單=[["手機"], ["0912345678"]])
    code, evidence = refusal(content)
    assert (code, evidence["sheets"]) == ("no_phone_column", ["說明", "名單"])
    assert ready(read(content, sheet="名單")) == [(2, "0912345678")]


def test_workbook_that_unpacks_to_something_enormous(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused by what its parts say they hold, before one of them is unpacked."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(workbook_module.MAX_UNPACKED // (1 << 22) + 1):
                part.write(bytes(1 << 22))
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_, **__: pytest.fail("unpacked"))
    assert refusal(stream.getvalue()) == ("workbook_too_large", {})


@pytest.mark.parametrize(
    "reference", [b'r="XFD1048576"', b"r = 'xfd1048576'", b'r="B4294967295"', b'r="B1000000000000"', b'r="ZZZZZZZ2"']
)
def test_one_stray_cell_far_out_is_refused(reference: bytes) -> None:
    """calamine would reserve the whole rectangle, fail, and take the process with it."""
    content = changed(
        xlsx(a=[["姓名", "手機"], ["王", "0912345678"]]), "xl/worksheets/sheet1.xml", b'r="B2"', reference
    )
    assert refusal(content) == ("workbook_too_large", {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (struct.pack("<HHHHH", 0x0203, 14, 1, 1, 0), struct.pack("<HHHHH", 0x0203, 14, 1, 0xFFFF, 0)),
        (struct.pack("<HHHHH", 0x0203, 14, 1, 1, 0), struct.pack("<HHIIH", 0x0200, 14, 0, 0xFFFFFFFF, 0)),
        (struct.pack("<HHHHH", 0x0203, 14, 1, 1, 0), struct.pack("<HHII", 0x00FC, 14, 0, 0x7FFFFFFF)),
    ],
    ids=["a cell far out", "a huge sheet", "a huge table of strings"],
)
def test_xls_record_that_claims_too_much(old: bytes, new: bytes) -> None:
    content = xls(SHEET)
    assert old in content
    assert refusal(content.replace(old, new[: len(old)])) == ("workbook_damaged", {})


def test_xls_behind_a_password() -> None:
    content = xls(SHEET).replace(struct.pack("<HH", 0x0203, 14), struct.pack("<HH", 0x002F, 14))
    assert refusal(content) == ("not_a_table", {"kind": "protected_workbook"})


def test_small_xls_in_the_finer_file_system() -> None:
    """Streams under 4096 bytes stand in sectors of 64 bytes within one stream of the container."""
    assert ready(read(xls(SHEET, padded=False))) == [(2, "0912345678"), (3, "0923456789")]


def test_damaged_workbooks() -> None:
    good = xlsx(a=SHEET)
    assert refusal(good[: len(good) // 2]) == ("workbook_damaged", {})
    assert refusal(changed(good, "xl/worksheets/sheet1.xml", b"</sheetData>", b"<oops")) == ("workbook_damaged", {})
    assert refusal(xls(SHEET)[:1500]) == ("workbook_damaged", {})
    assert refusal(zipped(xl__workbook="x"))[0] == "workbook_damaged"
