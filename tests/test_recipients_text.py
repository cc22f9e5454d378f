"""CSV, TSV and TXT as people have them: encodings, separators, line ends, quotes and rows out of shape."""

from __future__ import annotations

import pytest

from smsget.errors import UnreadableFile
from smsget.i18n import translations
from smsget.recipients import ENCODINGS, Problem, classify, open_table
from smsget.words import Words
from tests.files import read, ready, refusal

PEOPLE = [["編號", "姓名", "手機"], ["1", "王小明", "0912345678"], ["2", "陳怡君", "0923456789"]]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("delimiter", list(",\t;|，"))
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
def test_encoding_separator_and_line_end(encoding: str, delimiter: str, end: str) -> None:
    content = end.join(delimiter.join(row) for row in PEOPLE).encode(encoding)
    found = read(content)
    assert (found.encoding, found.delimiter) == (encoding, delimiter)
    assert found.header == PEOPLE[0]
    assert found.ready["姓名"].tolist() == ["王小明", "陳怡君"]
    assert ready(found) == [(2, "0912345678"), (3, "0923456789")]


def test_utf16_big_endian_with_mark() -> None:
    found = read(b"\xfe\xff" + "姓名\t手機\r\n王\t0912345678\r\n".encode("utf-16-be"))
    assert (found.encoding, ready(found)) == ("utf-16", [(2, "0912345678")])


@pytest.mark.parametrize(("first", "delimiter"), [("sep=;", ";"), ("SEP=\t", "\t"), ('"sep=|"', "|"), ("sep=,,,", ",")])
def test_sep_line_names_the_separator_and_counts_as_a_line(first: str, delimiter: str) -> None:
    found = read(f"{first}\r\n姓名{delimiter}手機\r\n王{delimiter}0912345678\r\n")
    assert (found.delimiter, found.header, ready(found)) == (delimiter, ["姓名", "手機"], [(3, "0912345678")])


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ('姓名,手機\n"王\n小明",0912345678\n李,0923456789\n', [(2, "0912345678"), (4, "0923456789")]),
        ('姓名,手機\r\n"王\r\n\r\n小明",0912345678\r\n李,0923456789', [(2, "0912345678"), (5, "0923456789")]),
        ('"姓\n名",手機\n王,0912345678\n', [(3, "0912345678")]),
        ("\n\n姓名,手機\n王,0912345678\n", [(4, "0912345678")]),
        ("姓名,手機\n\n王,0912345678\n", [(3, "0912345678")]),
        # Characters that str.splitlines() takes for line ends, and an editor does not.
        ("姓名,手機\n王\u2028小\x0b明\x85,0912345678\n李,0923456789\n", [(2, "0912345678"), (3, "0923456789")]),
    ],
)
def test_row_is_the_line_where_the_record_starts(content: str, rows: list[tuple[int, str]]) -> None:
    assert ready(read(content)) == rows


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('姓名,手機\n王,0912345678\n"李,0923456789\n陳,0934567890\n', 3),
        ('姓名,手機\n王,0912345678\n李,"0923456789', 3),
        # A later quote ends the cell by accident: without a check the rows between would vanish silently.
        ('姓名,手機\n王,0912345678\n"李,0923456789\n"陳",0934567890\n林,0945678901\n', 3),
        ('"姓名","手機"\n"王","0912345678"\n"李","0923456789\n"陳","0934567890"\n', 3),
        ('姓名,手機\n"' + "李,0923456789\n" * 20_000, 2),
        ('姓名,手機\n"' + "李,0923456789\n" * 400_000, 2),
        ('sep=,\n姓名,手機\n王,0912345678\n"李,0923456789\n', 4),
    ],
    ids=[
        "to the end",
        "last cell",
        "ended by another quote",
        "all quoted",
        "long",
        "longer than a cell may be",
        "sep line",
    ],
)
def test_unclosed_quote_is_named_with_its_line(content: str, line: int) -> None:
    assert refusal(content) == ("unclosed_quote", {"line": line})


def test_quote_in_the_wrong_place_loses_no_row() -> None:
    found = read('"編號","姓名","手機"\n"1","王,"0912345678"\n"2","李 "二" 世","0923456789"\n')
    assert ready(found) == [(3, "0923456789")]
    assert found.first_problems() == [Problem(2, '1,王,0912345678"', "not_a_number")]


@pytest.mark.parametrize("note", ["x" * 200_000, '"' + "x\n" * 100_000 + '"', '"' + 'a""b,' * 50_000 + '"'])
def test_long_cell_costs_nobody_else_the_file(note: str) -> None:
    """More than the csv module takes by itself, with and without quotes; the fast way and the slow one."""
    for name in ("王", '王 "小" 明'):
        found = read(f"姓名,手機,備註\n{name},0912345678,{note}\n李,0923456789,\n")
        assert (found.phones, found.rejected) == (["0912345678", "0923456789"], 0)
        assert len(found.ready["備註"].tolist()[0]) >= 199_999
    found = read(f"姓名,備註,手機\n王,a,{note}\n李,,0923456789\n")
    assert (found.phones, [problem.row for problem in found.first_problems()]) == (
        ["0923456789"],
        [2],
    )


def test_nul_bytes_are_passed_over() -> None:
    assert ready(read("姓名,手機\n王\x00,09123\x0045678\n\x00")) == [(2, "0912345678")]


def test_ctrl_z_at_the_end_is_no_row() -> None:
    assert read("手機\r\n0912345678\r\n\x1a").rows == 1


def test_second_byte_order_mark_does_not_hide_the_phone_column() -> None:
    assert read(b"\xef\xbb\xbf\xef\xbb\xbf" + "手機,姓名\n0912345678,王\n".encode()).header == ["手機", "姓名"]


@pytest.mark.parametrize(
    ("content", "header", "counts"),
    [
        ("姓名,手機\n王\n李,0912345678\n", ["姓名", "手機"], (2, 1, 0)),
        ("手機,姓名\n0912345678\n", ["手機", "姓名"], (1, 0, 0)),
        ("姓名,手機,\n王,0912345678,\n", ["姓名", "手機"], (1, 0, 0)),
        ("姓名,手機\n王,0912345678,,,\n", ["姓名", "手機"], (1, 0, 0)),
        ("姓名,,手機\n王,x,0912345678\n", ["姓名", "B", "手機"], (1, 0, 0)),
        ("姓名,手機\n王,0912345678,a,b\n", ["姓名", "手機", "C"], (1, 0, 0)),
        # An unquoted comma in the name moves the number out of its column: a problem, with all its cells.
        ("姓名,手機\n王,小明,0912345678\n", ["姓名", "手機", "C"], (1, 0, 1)),
        ("手機\n0912345678,\n0923456789,x\n", ["手機"], (2, 0, 1)),
        ("姓名,手機\n王,0912345678\n,\n\n,,\n", ["姓名", "手機"], (1, 0, 0)),
        ("姓名,手機\n王,0912345678\n,\n\n李,0923456789\n", ["姓名", "手機"], (4, 2, 0)),
    ],
    ids=[
        "too short", "short after the phone", "trailing commas everywhere", "trailing commas in a row", "nameless",
        "too long", "moved", "one column", "empty lines at the end are no rows", "empty lines between are blank",
    ],
)  # fmt: skip
def test_rows_out_of_shape(content: str, header: list[str], counts: tuple[int, int, int]) -> None:
    found = read(content)
    assert (found.header, (found.rows, found.blank, found.rejected)) == (header, counts)


def test_what_stands_beyond_the_header_is_kept() -> None:
    assert read("姓名,手機\n王,0912345678,a,b\n").ready["C"].tolist() == ["a,b"]


@pytest.mark.parametrize("cells", ["0912345678;0923456789", "0912345678,0923456789", "0912345678、0923456789"])
def test_two_numbers_in_a_list_of_one_column_are_not_cut_apart(cells: str) -> None:
    for content, row in ((f"手機\n0934567890\n{cells}\n", 3), (f"0934567890\n{cells}\n0945678901\n", 2)):
        assert read(content).first_problems() == [Problem(row, cells, "several_numbers")]


def test_encoding_that_is_neither_offers_those_that_read_it() -> None:
    content = "姓名,手機\n林,0923456789\n游錫堃,0912345678\n".encode("big5hkscs")
    code, evidence = refusal(content)
    assert (code, evidence["line"]) == ("unknown_encoding", 3)
    assert "big5hkscs" in evidence["choices"]
    found = read(content, encoding="big5hkscs")
    assert (found.encoding, found.ready["姓名"].tolist()) == ("big5hkscs", ["林", "游錫堃"])


def test_bytes_of_no_encoding_are_said_without_any_to_try() -> None:
    code, evidence = refusal(b"name,mobile\n\x81\xff\x8d\x81,0912345678\n")
    assert (code, evidence) == ("unknown_encoding", {"line": 2, "choices": [], "kind": "none"})
    assert "Save it as CSV" in Words(translations("en")).error(UnreadableFile(code, **evidence))


def test_encoding_that_is_neither_is_said_with_those_to_try() -> None:
    with pytest.raises(UnreadableFile) as caught:
        read("name,mobile\n堃,0912345678\n".encode("big5hkscs"))
    told = Words(translations("en")).error(caught.value)
    assert "big5hkscs, gb18030" in told
    assert "utf-16" not in told  # which reads any bytes, and tells nothing by it


PEOPLE_OF = {
    "cp950": "陳怡君 林志明 黃詩涵 張家豪 李淑芬 王冠宇 吳佩珊 劉建宏 游錫琨 蔡宜蓁",
    "gb18030": "张伟 王芳 李娜 刘洋 陈静 杨勇 赵敏 黄磊 周涛 吴霞",
    "cp949": "김민준 이서연 박지우 최하은 정도윤 강주원 조예준 윤수아 장지호 임현우",
}


@pytest.mark.parametrize("header", ["name,mobile\n", ""])
@pytest.mark.parametrize("count", [3, 5, 10])
@pytest.mark.parametrize("codec", ["cp950", "gb18030", "cp949"])
def test_doubt_where_another_encoding_reads_it_as_well(codec: str, count: int, header: str) -> None:
    """CP950 reads nearly any bytes; those of other scripts into characters that hardly anybody's name has."""
    names = PEOPLE_OF[codec].split()[:count]
    data = (header + "".join(f"{name},09123456{at:02d}\n" for at, name in enumerate(names))).encode(codec)
    try:
        offered = [open_table(data).doubt]
    except UnreadableFile as error:  # as CP950 some bytes are no character at all: then the person is asked
        offered = error.evidence["choices"]
    assert ("" if codec == "cp950" else codec) in offered
    assert open_table(data, encoding=codec).doubt == ""


def test_doubt_is_passed_on() -> None:
    data = "name,mobile\n张伟,0912345678\n".encode("gb18030")
    assert (open_table(data).encoding, open_table(data).doubt) == ("cp950", "gb18030")
    assert classify(open_table(data)).doubt == read(data).doubt == "gb18030"
    assert (read(data, encoding="gb18030").ready["name"].tolist(), read(data, encoding="cp950").doubt) == (["张伟"], "")


def test_doubt_goes_with_the_error_that_comes_of_it() -> None:
    """A header in the other encoding names no phone column."""
    code, evidence = refusal("姓名,手机,城市\n张伟,无,上海\n".encode("gb18030"))
    assert (code, evidence["doubt"], evidence["choices"][0]) == ("no_phone_column", "gb18030", "gb18030")


def test_chosen_encoding_goes_before_everything() -> None:
    content = "姓名,手机\n张,13912345678\n".encode("gb18030")
    assert read(content, encoding="gb18030", countries=["CN"]).ready["姓名"].tolist() == ["张"]
    shown = read("姓名,手機\n堃,0912345678\n".encode("big5hkscs"), encoding="cp950")
    assert "\ufffd" in shown.ready["姓名"].tolist()[0]


def test_encoding_that_does_not_exist() -> None:
    for name in ("klingon", "hex", "unicode_escape"):
        assert refusal("手機\n0912345678\n", encoding=name) == (
            "unknown_encoding",
            {"encoding": name, "choices": list(ENCODINGS)},
        )
