"""Tables that systems save as HTML, or as XML for Excel, and call .xls: read as what they are."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.recipients import grid, markup
from smsget.recipients.markup import read_markup
from smsget.recipients.workbook import Sheet
from tests.files import read, ready, refusal

GRID_VIEW = """<meta http-equiv=Content-Type content="text/html; charset={}"><style> td {{ mso-number-format:"\\@"; }}
</style><div>
\t<table cellspacing="0" rules="all" border="1" id="GridView1">
\t\t<tr>\r\n\t\t\t<th scope="col">姓名</th><th scope="col">手機</th><th scope="col">備註</th>\r\n\t\t</tr>
\t\t<tr>\r\n\t\t\t<td>王小明</td><td>0912345678</td><td>&nbsp;</td>\r\n\t\t</tr>
\t\t<TR>\r\n\t\t\t<TD>陳<b>怡</b>君</TD><TD>0923&#45;456-789<TD>A &amp; B<br />二樓<!-- 0900000000 --></TR>
\t</table>
</div>"""
EXCEL_XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="名單"><Table>
<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">會員</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data ss:Type="String">姓名</Data></Cell><Cell ss:Index="3"><Data>手機</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">王</Data><Comment><Data>0900000000</Data></Comment></Cell><Cell/>
<Cell><Data ss:Type="Number">912345678</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


@pytest.mark.parametrize(("encoding", "charset"), [("utf-8", "utf-8"), ("cp950", "big5"), ("utf-8", "big5")])
def test_html_table(encoding: str, charset: str) -> None:
    found = read(GRID_VIEW.format(charset).encode(encoding))
    assert (found.encoding, found.header, ready(found)) == (
        encoding, ["姓名", "手機", "備註"], [(2, "0912345678"), (3, "0923456789")]
    )  # fmt: skip
    assert found.ready["姓名"].tolist() == ["王小明", "陳怡君"]
    assert found.ready["備註"].tolist() == ["", "A & B 二樓"]


def test_encoding_that_the_page_names() -> None:
    content = GRID_VIEW.format("gb2312").replace("王小明", "张伟").encode("gb18030")
    found = read(content)
    assert (found.encoding, found.ready["姓名"].tolist()[0]) == ("gb18030", "张伟")


def test_xml_of_excel() -> None:
    found = read(EXCEL_XML)
    assert (found.header, ready(found)) == (["姓名", "手機"], [(5, "0912345678")])
    assert found.ready["姓名"].tolist() == ["王"]


def test_table_in_a_page_of_tables() -> None:
    """The first with a phone column is taken, also where a table only arranges others."""
    content = f"<html><body><table><tr><td>系統</td></tr><tr><td>{GRID_VIEW.format('utf-8')}</td></tr></table></body>"
    assert ready(read(content)) == [(2, "0912345678"), (3, "0923456789")]


TWO_SHEETS = EXCEL_XML.replace(
    "</Workbook>",
    """<Worksheet ss:Name="南區 &amp; 北區"><Table>
<Row><Cell><Data>手機</Data></Cell></Row><Row ss:Hidden="1"><Cell><Data>0923456789</Data></Cell></Row>
<Row ss:Hidden="0"><Cell><Data>0934567890</Data></Cell></Row>
</Table><WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions></Worksheet></Workbook>""",
)


def test_worksheets_of_an_xml_are_sheets() -> None:
    sheets = [Sheet("名單", False), Sheet("南區 & 北區", True)]
    found = read(TWO_SHEETS)
    assert (found.sheet, found.sheets, found.hidden_rows, ready(found)) == ("名單", sheets, 0, [(5, "0912345678")])
    found = read(TWO_SHEETS, sheet="南區 & 北區")
    assert (found.sheet, found.sheets, found.hidden_rows) == ("南區 & 北區", sheets, 1)
    assert ready(found) == [(2, "0923456789"), (3, "0934567890")]
    assert refusal(TWO_SHEETS, sheet="東區") == ("sheet_missing", {"sheet": "東區", "sheets": ["名單", "南區 & 北區"]})


def test_tables_of_a_page_are_sheets_by_their_number() -> None:
    content = "<table></table><table><tr><td> </td></tr></table>" + "".join(
        f"<table><tr><td>手機</td></tr><tr><td>091234567{at}</td></tr></table>" for at in range(3)
    )
    found = read(content)
    assert (found.sheet, [one.name for one in found.sheets], found.phones) == ("1", ["1", "2", "3"], ["0912345670"])
    assert read(content, sheet="3").phones == ["0912345672"]
    assert refusal(content, sheet="4") == ("sheet_missing", {"sheet": "4", "sheets": ["1", "2", "3"]})
    assert read(GRID_VIEW.format("utf-8")).sheets == []


@pytest.mark.parametrize(
    ("attributes", "hidden"),
    [
        ("style='color: red; DISPLAY : none'", 1),
        ("hidden", 1),
        ('hidden=""', 1),
        ("hidden=hidden class=a", 1),
        ('ss:Hidden="1"', 1),
        ('ss:Hidden="0"', 0),
        ('style="overflow:hidden"', 0),
        ('data-hidden="1"', 0),
        ('class="a hidden-print"', 0),
    ],
)
def test_hidden_rows_of_a_page_are_read_and_said(attributes: str, hidden: int) -> None:
    content = f"<table><tr><td>手機</td></tr><tr {attributes}><td>0912345678</td></tr></table>"
    found = read(content)
    assert (found.phones, found.hidden_rows) == (["0912345678"], hidden)


def test_hidden_table_is_not_taken_by_itself() -> None:
    content = (
        '<table style="display:none"><tr><td>手機</td></tr><tr><td>0912345678</td></tr></table>'
        "<table><tr><td>手機</td></tr><tr><td>0923456789</td></tr></table>"
    )
    found = read(content)
    assert (found.phones, found.sheets) == (["0923456789"], [Sheet("1", True), Sheet("2", False)])


def test_single_table_is_read_even_if_a_browser_hides_it() -> None:
    content = '<table style="display:none"><tr><td>手機</td></tr><tr><td>0912345678</td></tr></table>'
    assert read(content).phones == ["0912345678"]


def test_error_says_which_sheets_there_are() -> None:
    content = TWO_SHEETS.replace("手機", "生日", 1).replace("912345678", "1990/1/1", 1)
    code, evidence = refusal(content)
    assert (code, evidence["sheets"]) == ("no_phone_column", ["名單", "南區 & 北區"])


def test_tables_of_a_page_are_in_memory_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "MAX_SIZE", 100_000)
    content = "<table><tr><td colspan=9999>x</td></tr></table>" * 20
    assert refusal(content) == ("not_a_table", {"kind": "too_wide"})


@pytest.mark.parametrize(
    ("content", "code", "kind"),
    [
        ("<html><body>請先登入</body></html>", "not_a_table", "web_page"),
        ("<table><tr><td></td></tr></table>", "not_a_table", "web_page"),
        ("<?xml version='1.0'?><feed><entry>0912345678</entry></feed>", "not_a_table", "xml"),
        ("<table><tr><td>姓名</td></tr><tr><td>王</td></tr></table>", "no_phone_column", None),
        ("<table><tr>" + "<td colspan=9999>" * 3, "not_a_table", "too_wide"),
    ],
)
def test_markup_without_a_list(content: str, code: str, kind: str | None) -> None:
    found = refusal(content)
    assert (found[0], found[1].get("kind")) == (code, kind)


def test_too_large_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markup, "MAX_BYTES", 100)
    assert refusal(GRID_VIEW.format("utf-8")) == ("workbook_too_large", {})


@pytest.mark.parametrize(
    "piece",
    ["<td ", "<!--", "<table>", "<td><", "<script>", "</", "<td colspan=9999>", "&#", "<table><tr><td></table>",
     "<tr hidden ", "<Worksheet ss:Name='", "<Worksheet>"],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    """Time grows with the text, not with its square: a million bytes would take minutes otherwise."""
    start = time.process_time()
    with contextlib.suppress(UnreadableFile):
        list(read_markup(b"<table><tr><td>" + piece.encode() * (1_000_000 // len(piece)))[1])
    assert time.process_time() - start < 10


TAGS = [
    "<table>",
    "</table>",
    "<tr>",
    "</tr>",
    "<td>",
    "</td>",
    "<td colspan=2>",
    '<cell ss:Index="3">',
    "<!--",
    "-->",
    '<Worksheet ss:Name="a">',
    "</Worksheet>",
    "<Visible>SheetHidden</Visible>",
    '<tr style="display:none">',
]
TEXTS = ["手機", "0912345678", "王", "<br>", "&nbsp;", "&#0;", "<style>", "</style>", "<b>", "\n", ">", "<"]


@given(st.lists(st.sampled_from(TAGS + TEXTS), max_size=60))
def test_no_markup_crashes_it(pieces: list[str]) -> None:
    with contextlib.suppress(UnreadableFile):
        read(("<table>" + "".join(pieces)).encode())
