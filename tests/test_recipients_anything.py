"""No bytes whatever crash the reading of a file, and the counts add up."""

from __future__ import annotations

import io
import random
import re
import zipfile

from hypothesis import example, given, settings
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.export import csv_bytes, plain_cell
from smsget.numbers import ALL_COUNTRIES, REJECT_CODES
from smsget.recipients import RecipientList, classify, open_table, ready_table, rejects_table
from tests.files import read
from tests.workbooks import changed, compound_file, moved, ods, xls, xlsx

STARTS = [b"", b"PK\x03\x04", b"%PDF", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"sep=;\n", "手機\n".encode(),
          "姓名,手機\n".encode("cp950"), compound_file("Workbook")[:1200]]  # fmt: skip
SHEET = [["姓名", "手機"], ["王", 912345678.0], ["李", "0923-456-789"], ["陳", ""]]
WORKBOOKS = [xlsx(a=SHEET), moved(xlsx(a=SHEET)), xls(SHEET), ods(SHEET)]
MARKUPS = [
    "<html><table><tr><th>姓名<th>手機</tr><tr hidden><td>王<td>0912345678</tr></table></html>",
    '<?xml version="1.0"?><Workbook><Worksheet ss:Name="a"><Table><Row ss:Index="2"><Cell><Data>手機</Data></Cell>'
    '</Row><Row ss:Hidden="1"><Cell ss:MergeAcross="1"><Data>0912345678</Data></Cell></Row></Table></Worksheet>'
    "</Workbook>",
]
PIECES = st.sampled_from(
    ["手機", "姓名", "電話", "phone", "0912345678", "912345678", "+886912345678", "無", ",", ",", ";", "\t", "|",
     '"', '"',
     "\n", "\n", "\r", "\r\n", "\x00", "=1", "'", "　", "\ufeff", "row,code,reason,", "sep=;\n", "\x1a", "x" * 50]
)  # fmt: skip


def never_crashes(data: bytes) -> None:
    try:
        found = read(data, countries=ALL_COUNTRIES)
    except UnreadableFile:
        return
    assert set(found.problems["code"]) <= set(REJECT_CODES)
    assert found.ready["_phone"].is_unique
    assert len(set(found.header)) == len(found.header)
    assert found.phone_column in found.header
    rows = [*found.ready["_row"], *found.problems["row"]]
    assert len(set(rows)) == len(rows)
    csv_bytes(*ready_table(found))
    csv_bytes(*rejects_table(found, str))
    every_other_choice_adds_up(data, found)


def every_other_choice_adds_up(data: bytes, found: RecipientList) -> None:
    """All columns that may hold phones, cells of several numbers split, compared with a list, Taiwan only."""
    table = open_table(data, "list.csv")
    other = classify(table, phone_columns=table.phone_candidates, listed=found.phones[:1], split=True)
    assert other.rows >= found.rows
    assert other.rows == len(other.ready) + other.blank + other.duplicates + other.suppressed + other.rejected
    assert (len(other.problems), len(other.left_out)) == (other.rejected, other.duplicates)
    assert other.ready["_phone"].is_unique
    assert set(other.ready["_country"]) <= {"TW"}


@given(st.sampled_from(STARTS), st.binary(max_size=300))
def test_no_bytes_crash_it(start: bytes, rest: bytes) -> None:
    never_crashes(start + rest)


@given(st.lists(PIECES, max_size=40), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-be"]))
@example(["row,code,reason,", "\n", "1"], "utf-8")
def test_no_text_crashes_it(pieces: list[str], encoding: str) -> None:
    never_crashes("".join(pieces).encode(encoding))


@settings(max_examples=300)
@given(st.integers(0, 2**32))
def test_no_damaged_workbook_crashes_it(seed: int) -> None:
    """Bytes changed in the parts of a workbook, and in the workbook as a whole; XLSX, XLS and ODS."""
    chance = random.Random(seed)
    content = chance.choice(WORKBOOKS)
    if content.startswith(b"PK") and chance.random() < 0.7:
        with zipfile.ZipFile(io.BytesIO(content)) as source:
            part = chance.choice(source.namelist())
            old = source.read(part)
        content = changed(content, part, old, damaged(old, chance))
    else:
        content = damaged(content, chance)
    never_crashes(content)


@given(st.sampled_from(MARKUPS), st.integers(0, 2**32), st.sampled_from(["utf-8", "utf-16", "cp950"]))
def test_no_damaged_markup_crashes_it(content: str, seed: int, encoding: str) -> None:
    never_crashes(damaged(content.encode(encoding), random.Random(seed)))


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The same bytes with a few others among them, or a digit blown up."""
    if chance.random() < 0.5:
        bytes_ = bytearray(content)
        for _ in range(chance.randrange(1, 6)):
            bytes_[chance.randrange(len(bytes_))] = chance.choice([0, 255, chance.randrange(256)])
        return bytes(bytes_)
    return re.sub(rb"[0-9]+", lambda found: b"4294967295" if chance.random() < 0.05 else found[0], content)


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(['"', "a\nb", "a,b", " "])


@given(st.lists(st.tuples(CELL, st.integers(0, 999)), min_size=1, max_size=8))
def test_what_our_own_export_writes_is_read_back(people: list[tuple[str, int]]) -> None:
    """Rows, names and order: nothing is lost between a table, its CSV file, and the list read from it."""
    rows = [[name, f"0912345{last:03d}"] for name, last in people]
    found = read(csv_bytes(["姓名", "手機"], rows))
    first: dict[str, str] = {}
    for name, phone in rows:
        first.setdefault(phone, name)
    assert found.rows == len(rows)
    assert found.phones == list(first)
    assert [plain_cell(cell) for cell in found.ready["姓名"]] == list(first.values())
