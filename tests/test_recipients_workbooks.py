"""XLSX, XLS and ODS: which sheet, which row, what a cell says, and no workbook takes the process with it."""

from __future__ import annotations

import io
import struct
import time as time_module
import zipfile
from datetime import date, datetime, time, timedelta

import pytest

from smsget.recipients import Problem, packed
from smsget.recipients.workbook import cell_text
from tests.files import read, ready, refusal
from tests.workbooks import changed, moved, ods, xls, xlsx, zipped

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
            for _ in range(packed.MAX_UNPACKED // (1 << 22) + 1):
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


# --- workbooks that are after the memory or the time -------------------------------------------------------------


PART = "xl/worksheets/sheet1.xml"
TWO = xlsx(a=[["姓名", "手機"], ["王", "0912345678"]])


def test_sheet_in_another_part_is_measured_too() -> None:
    """The workbook says itself where its sheets are."""
    assert ready(read(moved(TWO))) == [(2, "0912345678")]
    far = changed(TWO, PART, b'r="B2"', b'r="XFD1048576"')
    assert refusal(moved(far)) == ("workbook_too_large", {})


@pytest.mark.parametrize(
    "rows",
    [
        b'<row r="1048576">' + b"<c/>" * 20_000 + b"<c><v>1</v></c></row>",
        b'<x:row r="1048576" xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        + b"<x:c/>" * 20_000 + b"<x:c><x:v>1</x:v></x:c></x:row>",
        b"<row/>" * 1_000_000 + b'<row><c r="XFD1"><v>1</v></c></row>',
        b"<row><c r" + b" " * 3_000_000 + b'="XFD1048576"><v>1</v></c></row>',
    ],
    ids=["cells without a place", "with a prefix", "rows without a number", "a place in two chunks"],
)  # fmt: skip
def test_places_that_are_not_written_out_are_counted(rows: bytes) -> None:
    assert refusal(changed(TWO, PART, b"</sheetData>", rows + b"</sheetData>")) == ("workbook_too_large", {})


def test_cells_without_a_place_are_read_in_their_order() -> None:
    """As some programs write them: neither cells nor rows say where they are."""
    content = TWO
    for place in (b' r="A1"', b' r="B1"', b' r="A2"', b' r="B2"', b' r="1"', b' r="2"'):
        content = changed(content, PART, place, b"")
    assert ready(read(content)) == [(2, "0912345678")]


def test_part_that_unpacks_to_more_than_it_says() -> None:
    content = bytearray(TWO)
    with zipfile.ZipFile(io.BytesIO(TWO)) as archive:
        start = archive.getinfo("xl/workbook.xml").header_offset
    entry = content.rfind(b"PK\x01\x02", 0, content.rfind(b"xl/workbook.xml"))
    struct.pack_into("<I", content, entry + 24, 10)
    struct.pack_into("<I", content, start + 22, 10)
    assert refusal(bytes(content)) == ("workbook_damaged", {})


def test_only_the_start_of_the_name_of_a_kind_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_, **__: pytest.fail("unpacked"))
    assert refusal(zipped(mimetype="application/zip" + " " * 1_000_000)) == ("not_a_table", {"kind": "archive"})


def test_zip_that_cannot_be_unpacked() -> None:
    """What it raises is zlib.error, which is none of zipfile's own."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet" * 2)
    content = bytearray(stream.getvalue())
    content[38:40] = b"\xff\xff"
    assert refusal(bytes(content)) == ("not_a_table", {"kind": "archive"})


def test_hidden_rows_in_a_remark_do_not_count() -> None:
    remark = b'<!-- <row r="2" hidden="1"> --><![CDATA[<row r="2" hidden="1">]]></sheetData>'
    assert read(changed(TWO, PART, b"</sheetData>", remark)).hidden_rows == 0
    assert read(changed(TWO, PART, b'<row r="2"', b'<!-- a --><row hidden="1" r="2"')).hidden_rows == 1


@pytest.mark.parametrize("piece", [b"<row " + b'hidden="1" ' * 80_000, b"<!-" * 200_000, b"<row " * 200_000])
def test_no_sheet_takes_long_to_look_for_hidden_rows(piece: bytes) -> None:
    content = changed(TWO, PART, b"</worksheet>", b"<!-- " + piece + b"<x> --></worksheet>")
    start = time_module.process_time()
    assert read(content).rows == 1
    assert time_module.process_time() - start < 5


# --- formulas -----------------------------------------------------------------------------------------------------


def test_formula_that_nobody_calculated_is_a_problem_and_no_blank() -> None:
    """openpyxl writes formulas without their values. None of them gets into a text."""
    content = xlsx(a=[["姓名", "手機"], ["=A1&B1", "0912345678"], ["王", '="09"&"12"'], ["李", None], ["=A1", "=B2"]])
    found = read(content)
    assert (ready(found), found.ready["姓名"].tolist(), found.blank) == ([(2, "0912345678")], [""], 1)
    assert [(one.row, one.value) for one in found.first_problems()] == [(3, '="09"&"12"'), (5, "=B2")]


def test_column_of_nothing_but_formulas_is_one() -> None:
    found = read(xlsx(a=[["手機"], ["=A1"], ["=A2"]]))
    assert (found.rows, found.blank, found.rejected) == (2, 0, 2)
    name = read(xlsx(a=[["手機", "姓名"], ["", "=A1"], ["0912345678", "x"]]))
    assert [(one.row, one.value) for one in name.first_problems()] == [(2, "=A1")]  # a row that says something


def test_calculated_formula_is_read_by_its_value() -> None:
    content = changed(xlsx(a=[["手機"], ["=A1"]]), PART, b"<v />", b"<v>912345678</v>")
    assert ready(read(content)) == [(2, "0912345678")]
