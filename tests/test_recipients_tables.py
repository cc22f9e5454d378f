"""Every kind of file becomes the same table, whichever way it is read, and says how it was read."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.recipients import clean_text, delimited
from smsget.recipients.delimited import read_delimited, read_fast, read_slowly
from smsget.recipients.grid import Grid, RaggedRows
from smsget.recipients.tables import Table, open_table
from smsget.recipients.workbook import Sheet
from tests.workbooks import ods, xls, xlsx


def opened(content: str | bytes, **choices: object) -> Table:
    """Open what a test wrote down, and hold what holds of every table."""
    table = open_table(content.encode() if isinstance(content, str) else content, "list.csv", **choices)
    assert len(table.header) == len(table.columns) == len(set(table.header))
    for column in table.columns:
        assert (column.type, column.null_count, len(column)) == (pa.large_string(), 0, len(table.lines))
    assert (np.diff(table.lines) > 0).all()
    assert table.phone_candidates[: len(table.phone_columns)] == table.phone_columns
    assert set(np.flatnonzero(table.glued).tolist()) == set(table.glued_text)
    return table


def rows(table: Table) -> list[tuple[object, ...]]:
    """Of every row its line and its cells."""
    return list(zip(table.lines.tolist(), *(column.to_pylist() for column in table.columns), strict=True))


# --- the kinds of files ---

NAMES, WANG, CHEN = ["姓名", "手機"], (2, "王", "0912345678"), (3, "陳", "0923456789")
PEOPLE = "姓名,手機\n王,0912345678\n陳,0923456789\n"


@pytest.mark.parametrize(
    ("content", "header", "expected"),
    [
        # encodings
        (PEOPLE.encode("utf-8-sig"), NAMES, [WANG, CHEN]),
        (PEOPLE.encode("utf-16"), NAMES, [WANG, CHEN]),
        (PEOPLE.encode("utf-16-be"), NAMES, [WANG, CHEN]),
        (PEOPLE.encode("cp950"), NAMES, [WANG, CHEN]),
        # separators, among them one of three bytes
        (PEOPLE.replace(",", "\t"), NAMES, [WANG, CHEN]),
        (PEOPLE.replace(",", ";"), NAMES, [WANG, CHEN]),
        (PEOPLE.replace(",", "|"), NAMES, [WANG, CHEN]),
        (PEOPLE.replace(",", "，"), NAMES, [WANG, CHEN]),
        ('姓名，手機\n"王，小明"，0912345678\n', NAMES, [(2, "王，小明", "0912345678")]),
        ("sep=;\n姓名;手機\n王;0912345678\n", NAMES, [(3, "王", "0912345678")]),
        ('"sep=,"\r\n姓名,手機\r\n王,0912345678\r\n', NAMES, [(3, "王", "0912345678")]),
        # line ends
        (PEOPLE.replace("\n", "\r"), NAMES, [WANG, CHEN]),
        (PEOPLE.replace("\n", "\r\n"), NAMES, [WANG, CHEN]),
        ("姓名,手機\r\n王,0912345678\r陳,0923456789\n", NAMES, [WANG, CHEN]),
        (PEOPLE.rstrip(), NAMES, [WANG, CHEN]),
        # quotes
        ('"姓名","手機"\n"王","0912345678"\n"陳","0923456789"\n', NAMES, [WANG, CHEN]),
        ('姓名,手機\n"王\n小明",0912345678\n陳,0923456789\n', NAMES, [(2, "王\n小明", "0912345678"), (4, *CHEN[1:])]),
        ('姓名,手機\r\n"王\n",0912345678\r\n陳,0923456789', NAMES, [(2, "王\n", "0912345678"), (4, *CHEN[1:])]),
        ('姓名,手機\n"王, ""小明""",0912345678\n', NAMES, [(2, '王, "小明"', "0912345678")]),
        ('姓名,手機\n王 "小" 明,0912345678\n', NAMES, [(2, '王 "小" 明', "0912345678")]),
        ('姓名,手機\n"",0912345678\n', NAMES, [(2, "", "0912345678")]),
        # bytes that are none of a text
        ("姓名,手機\n王\x00,09123\x0045678\n\x00\n", NAMES, [WANG]),
        ("姓名,手機\n王,0912345678\n\x1a", NAMES, [WANG]),
        # rows out of shape
        ("姓名,手機,\n王,0912345678,\n", NAMES, [WANG]),
        ("姓名,手機\n王,0912345678,,,\n陳,0923456789\n", NAMES, [WANG, CHEN]),
        ("姓名,手機\n王,0912345678,a,b\n陳,0923456789\n", [*NAMES, "C"], [(*WANG, "a,b"), (*CHEN, "")]),
        ("姓名,手機,生日\n王,0912345678\n陳\n", [*NAMES, "生日"], [(*WANG, ""), (3, "陳", "", "")]),
        ("姓名,,手機\n王,,0912345678\n", NAMES, [WANG]),
        ("手機\n0912345678,0923456789\n", ["手機"], [(2, "0912345678,0923456789")]),
        ("姓名,手機\n\n王,0912345678\n\n\n", NAMES, [(2, "", ""), (3, *WANG[1:])]),
        # headers
        ("王,0912345678\n陳,0923456789\n", ["A", "B"], [(1, *WANG[1:]), (2, *CHEN[1:])]),
        ("姓名,姓名,手機\n王,x,0912345678\n", ["姓名", "姓名 (2)", "手機"], [(2, "王", "x", "0912345678")]),
        ("名單,,\n2026-11-01,,\n\n姓名,手機,\n王,0912345678,\n", NAMES, [(5, *WANG[1:])]),
        # workbooks, whatever their name
        (xlsx(a=[NAMES, WANG[1:], CHEN[1:]]), NAMES, [WANG, CHEN]),
        (xlsx(a=[[], ["", *NAMES], ["", *WANG[1:]]]), NAMES, [(3, *WANG[1:])]),
        (xls([NAMES, WANG[1:]]), NAMES, [WANG]),
        (ods([NAMES, WANG[1:]]), NAMES, [WANG]),
    ],
    ids=[
        "utf-8 with mark", "utf-16", "utf-16 without mark", "cp950",
        "tab", "semicolon", "bar", "full-width comma", "full-width comma in quotes", "sep=", "sep= in quotes",
        "CR", "CRLF", "mixed", "no last line end",
        "all quoted", "quoted LF", "quoted LF among CRLF", "doubled quotes", "quotes in the middle", "quoted nothing",
        "NUL", "Ctrl-Z",
        "trailing commas everywhere", "trailing commas in a row", "too long", "too short", "empty column",
        "one column", "empty lines", "headerless", "duplicated header", "title", "xlsx", "xlsx with a margin",
        "xls", "ods",
    ],
)  # fmt: skip
def test_file_kind(content: str | bytes, header: list[str], expected: list[tuple[object, ...]]) -> None:
    table = opened(content)
    assert (table.header, rows(table)) == (header, expected)
    assert table.phone_columns == [header[-1]] if "C" not in header and "生日" not in header else ["手機"]


def test_what_a_table_says_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "會員.csv"
    path.write_bytes(PEOPLE.encode("cp950"))
    table = open_table(path)
    assert (table.file, table.encoding, table.delimiter, table.headed) == ("會員.csv", "cp950", ",", True)
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (table.sheet, table.sheets, table.hidden_rows, table.original_rows) == ("", [], 0, None)


def test_unclosed_quote_in_a_long_file_is_named_with_its_line() -> None:
    content = (
        "姓名,手機\n" + '王,0912345678\n"陳\n明",0912345679\n' * 20_000 + '"李,0923456789\n' + "陳,0934567890\n" * 9
    )
    with pytest.raises(UnreadableFile) as caught:
        opened(content)
    assert (caught.value.code, caught.value.evidence["line"]) == ("unclosed_quote", 60_002)


def test_endless_line_is_no_table() -> None:
    with pytest.raises(UnreadableFile, match="kind='long_line', line=2"):
        opened("手機\n" + "0912345678," * 1_000_000)


# --- both ways of reading ---

CELLS = st.sampled_from(["", "手機", "王", "0912345678", '""', '"a""b"', '"x\ny"', '"x\r\ny"', '"p,q"', " ", "\u2028"])
MISHAPS = st.sampled_from(['"', 'a"b', '"a"b', "\r", "\n", ",", '"\n', "\ufeff", "，"])
RECORDS = st.lists(st.lists(CELLS, max_size=4), max_size=8)


def of(grid: Grid) -> tuple[list[int], list[list[str]], list[list[str]]]:
    widest = int(grid.widths.max(initial=0)) + 1
    columns = [grid.column(at).to_pylist() for at in range(widest)]
    return grid.lines.tolist(), list(grid.rows(range(len(grid)))), columns


@given(RECORDS, st.sampled_from(["\n", "\r\n", "\r"]), st.booleans(), st.lists(MISHAPS, max_size=2), st.randoms())
@example([["王", "1"]] * 3, "\n", True, ['"'], None)
def test_fast_way_reads_the_same_as_the_slow_way(
    records: list[list[str]], end: str, closed: bool, mishaps: list[str], chance: object
) -> None:
    """Chunks of a few bytes, so that every mark stands at the edge of one now and then."""
    text = end.join(",".join(record) for record in records) + end * closed
    for mishap in mishaps:
        at = chance.randrange(len(text) + 1) if chance else len(text) // 2
        text = text[:at] + mishap + text[at:]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clean_text, "_CHUNK", 7)
        patch.setattr(delimited, "_ODD_SHARE", 1)
        fast = read_fast(text.encode(), ",", 1, lambda _: None)
    if fast is not None:
        assert of(fast) == of(read_slowly(text.encode(), ",", 1, lambda _: None))


def test_clean_text_goes_the_fast_way() -> None:
    text = "姓名,手機\r\n" + '王,0912345678\r\n"陳, ""明""",0923456789\r\n李,0934567890,x\r\n\r\n' * 5
    text += "張,0945678901\r\n" * 90
    fast = read_fast(text.encode(), ",", 1, lambda _: None)
    assert fast is not None
    assert len(fast.ragged) == 5
    assert of(fast) == of(read_slowly(text.encode(), ",", 1, lambda _: None))


@given(st.lists(st.lists(st.sampled_from(["", "a", "王"]), max_size=5), max_size=12), st.integers(0, 5))
def test_grid_answers_as_its_rows_do(records: list[list[str]], at: int) -> None:
    """Rows kept in several pieces: every question has the answer that a list of lists would give."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smsget.recipients.grid._CELLS_IN_PIECE", 4)
        ragged = RaggedRows()
        for line, cells in enumerate(records, 1):
            ragged.append(line, cells)
    grid = ragged.grid()
    assert of(grid)[:2] == (list(range(1, len(records) + 1)), records)
    assert grid.column(at).to_pylist() == [(*cells, *[""] * 9)[at] for cells in records]
    assert grid.filled_from(at).tolist() == [row for row, cells in enumerate(records) if any(cells[at:])]
    start, end = sorted([at, len(records) // 2])
    width = max(map(len, records[start:end]), default=0)
    filled = [any(len(cells) > number and cells[number] for cells in records[start:end]) for number in range(width)]
    assert grid.filled_columns(start, end).tolist() == filled


def test_progress_goes_from_nothing_to_everything() -> None:
    slow = "姓名,手機\n" + '王 "小" 明,0912345678\n' * 25_000
    for content in (slow.encode(), slow.replace('"', "").encode(), xlsx(a=[NAMES, *[WANG[1:]] * 10])):
        seen: list[float] = []
        opened(content, progress=seen.append)
        assert seen == sorted(seen)
        assert 0 <= seen[0] <= seen[-1] == 1


# --- what a person chooses ---


def test_header_by_a_persons_word() -> None:
    content = "Amy,contact\nBob,0912345678\nEve,0923456789\n"
    assert (opened(content).headed, len(opened(content).lines)) == (False, 3)
    table = opened(content, headed=True)
    assert (table.header, table.lines.tolist(), table.headed) == (["Amy", "contact"], [2, 3], True)
    table = opened(PEOPLE, headed=False)
    assert (table.header, table.lines.tolist(), table.headed) == (["A", "B"], [1, 2, 3], False)


@pytest.mark.parametrize(
    ("content", "chosen", "candidates"),
    [
        ("電話,手機\n0912345678,0923456789\n", [], ["手機", "電話"]),
        ("電話,手機\n0912345678,0923456789\n", ["電話"], ["電話", "手機"]),
        ("手機1,姓名,手機2,contact\n0912345678,王,,0923456789\n", [], ["手機1", "contact", "手機2"]),
        ("手機1,姓名,手機2\n0912345678,王,0923456789\n", ["手機 2", "手機1"], ["手機2", "手機1"]),
        ("王,0912345678,0923456789\n", ["C", "B"], ["C", "B"]),
        ("姓名,備註\n王,無\n", ["備註"], ["備註"]),
    ],
)
def test_phone_columns_and_candidates(content: str, chosen: list[str], candidates: list[str]) -> None:
    table = opened(content, phone_columns=chosen)
    assert sorted(table.phone_candidates) == sorted(candidates)
    assert table.phone_candidates[0] == candidates[0]
    assert table.phone_columns == candidates[: max(1, len(chosen))]


def test_column_that_is_not_there() -> None:
    with pytest.raises(UnreadableFile, match="column_missing"):
        opened(PEOPLE, phone_columns=["手機", "傳真"])


# --- what must not vanish ---


def test_cells_glued_together_are_noted() -> None:
    table = opened('"編號","姓名","手機"\n"1","王,"0912345678"\n"2","李","0923456789"\n3\n')
    assert table.glued_text == {0: '1,王,0912345678"'}
    # A row that ends at its own header's width lacks nothing, however long another one is.
    table = opened('姓名,手機\n李 "二" 世,\n王,0912345678,a,b\n')
    assert table.glued_text == {}


def test_corrected_rejects_file_names_its_original_rows() -> None:
    table = opened("row,code,reason,姓名,手機\n7,letters,x,王,0912345678\n,,,'=李,0923456789\n九,,,陳,0934567890\n")
    assert table.original_rows is not None
    assert table.original_rows.tolist() == [7, -1, -1]
    assert (table.header, rows(table)[1]) == (NAMES, (3, "=李", "0923456789"))


@pytest.mark.parametrize(
    ("content", "sheets"),
    [
        (xlsx(hidden=[3, 9], S=[NAMES, WANG[1:], CHEN[1:]]), [Sheet("S", False)]),
        (xls([NAMES, WANG[1:], CHEN[1:]], hidden=[3, 9]), [Sheet("S", False)]),
        (ods([NAMES, WANG[1:], CHEN[1:]], hidden=[3]), [Sheet("S", False)]),
    ],
    ids=["xlsx", "xls", "ods"],
)
def test_hidden_rows_are_read_and_said(content: bytes, sheets: list[Sheet]) -> None:
    table = opened(content)
    assert (rows(table), table.hidden_rows, table.sheet, table.sheets) == ([WANG, CHEN], 1, "S", sheets)


def test_hidden_sheet_is_read_when_chosen() -> None:
    content = xlsx(hidden=["舊 & 新", 2], 名單=[NAMES, WANG[1:]], **{"舊 & 新": [NAMES, CHEN[1:]]})
    sheets = [Sheet("名單", False), Sheet("舊 & 新", True)]
    assert (opened(content).sheet, opened(content).sheets) == ("名單", sheets)
    table = opened(content, sheet="舊 & 新")
    assert (table.sheet, rows(table), table.hidden_rows) == ("舊 & 新", [(2, *CHEN[1:])], 1)


def test_read_delimited_counts_lines_from_the_first_of_the_file() -> None:
    delimiter, grid = read_delimited(b"sep=;\na;b\n1;2\n")
    assert (delimiter, grid.lines.tolist()) == (";", [2, 3])
