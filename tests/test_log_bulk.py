"""Logs read in bulk say what the line by line reader says, and any bytes never crash either."""

from __future__ import annotations

import contextlib
import gzip
import json
from io import BytesIO
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget import logs
from smsget.errors import UnreadableFile
from smsget.logs import LogReader, preview, read_log
from smsget.logs import bulk as bulk_module
from smsget.logs.bulk import LAYOUTS, Block, layout_of
from smsget.receipts import Receipt, Unreadable

RECEIPT = "0912345678|$0040B0FA7|2026-11-01 05:07:55|DELIVRD"


def judged(data: bytes) -> object:
    """What the reader of lines says: items in any order, the count of lines, the format."""
    try:
        reader = LogReader(data, "x", "24")
        items = list(reader)
    except UnreadableFile as error:
        return error.code, error.evidence
    return sorted(items, key=repr), reader.lines, reader.format


def in_bulk(data: bytes) -> object:
    try:
        reader = LogReader(data, "x", "24")
        items = []
        for piece in reader.blocks():
            items += piece.receipts() if isinstance(piece, Block) else piece
    except UnreadableFile as error:
        return error.code, error.evidence
    return sorted(items, key=repr), reader.lines, reader.format


# Texts that are receipts, almost: each part once right, and wrong in the ways that are near.
def part(right: str, *wrong: str) -> st.SearchStrategy[str]:
    return st.sampled_from([right] * 12 + list(wrong))


receipts = st.builds(
    lambda *parts: "|".join(parts),
    part("0912345678", "0987654321", "886912345678", "+886912345678", "091234567", "09123456789", "0812345678",
         "09１2345678", "", " 0912345678", "91234567"),
    part("$0040B0FA7", "", "a" * 16, "a" * 17, "a b", "編號", "x%2Cy", 'q"', "a\\", "1+1", "&a=b"),
    part("2026-11-01 05:07:55", "2026-02-29 00:00:00", "2024-02-29 23:59:59", "2026-11-31 00:00:00",
         "2026-13-01 00:00:00", "2026-11-01 24:00:00", "1969-01-01 00:00:00", "2026/11/01 05:07:55",
         "2026-11-01T05:07:55", "2026-11-01+05:07:55", "1999-12-31 23:59:60", "2100-02-29 01:01:01"),
    part("DELIVRD", "UNDELIV", "delivrd", "NOROUTE", "", "A" * 16, "A" * 17, "OK1", "24%E6", "24abc", "狀態"),
)  # fmt: skip
contents = st.lists(receipts, min_size=1, max_size=4).map(",".join) | st.lists(receipts, max_size=2).map(", ".join)
ids = part("1783822", "0", "007", "", "12345678901234567890", "999999999999999999", "x1", " 5", "1.0", "null")
canonical = st.builds(
    lambda layout, sms_id, content: layout.head.decode() + sms_id + layout.middle.decode() + content
    + layout.tail.decode(), st.sampled_from(LAYOUTS), ids, contents,
)  # fmt: skip
lines = st.one_of(
    canonical,
    st.builds(lambda sms_id, content: f"sms_id={sms_id}&content={quote_plus(content)}", ids, contents),
    st.builds(lambda sms_id, content: f"sms_id={sms_id}&content={quote_plus(content).lower()}", ids, contents),
    st.builds(lambda sms_id, content: json.dumps({"sms_id": sms_id, "content": content}), ids, contents),
    contents,
    st.text(max_size=30),
    st.just(""),
)


@given(st.lists(lines, max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_bulk_reading_says_what_the_judge_says(parts: list[str], end: str, closed: bool) -> None:
    data = (end.join(parts) + (end if closed else "")).encode()
    assert in_bulk(data) == judged(data)


@given(st.lists(canonical, min_size=1, max_size=6), st.binary(max_size=6), st.data())
def test_bytes_changed_anywhere_say_the_same_in_bulk(parts: list[str], junk: bytes, data: st.DataObject) -> None:
    whole = "\n".join(parts).encode()
    at = data.draw(st.integers(0, len(whole)))
    broken = whole[:at] + junk + whole[at + data.draw(st.integers(0, 3)) :]
    assert in_bulk(broken) == judged(broken)


@given(st.binary(max_size=300), st.sampled_from(LAYOUTS))
def test_any_bytes_never_crash_the_bulk_reader(data: bytes, layout: bulk_module.Layout) -> None:
    bulk_module.read(data.replace(b"\r", b""), layout) if data else None
    begun = layout.head + b"1" + layout.middle + data
    with contextlib.suppress(UnreadableFile):
        assert in_bulk(begun) == judged(begun)


@pytest.mark.parametrize("size", [40, 97, 4096])
def test_chunks_end_anywhere(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line cut by the end of a chunk is one line, with its own number."""
    monkeypatch.setattr(logs, "_BULK", size)
    monkeypatch.setattr("smsget.logs.unpack.CHUNK", size)
    lines = [f"sms_id={n}&content={RECEIPT},{RECEIPT}" for n in range(1, 40)]
    lines[20] = "sms_id=21&content=broken"
    data = "\n".join(lines).encode()
    assert in_bulk(data) == judged(data)
    (odd,) = [item for item in in_bulk(data)[0] if isinstance(item, Unreadable)]
    assert odd.line == 21


def test_a_cut_archive_gives_what_came_before_the_cut() -> None:
    lines = "\n".join(f"sms_id={n}&content={RECEIPT}{n:05}".replace("DELIVRD", "DELIVRD") for n in range(1, 3))
    packed = gzip.compress((lines + "\n" + "\n".join(f"sms_id={n}&content={RECEIPT}" for n in range(3, 9000))).encode())
    cut = packed[: len(packed) // 2]
    assert in_bulk(cut) == judged(cut)
    assert any(item.why == "archive_damaged" for item in in_bulk(cut)[0] if isinstance(item, Unreadable))


def test_a_canonical_log_is_columns_and_nothing_else() -> None:
    data = "".join(f"sms_id=17838{n % 7}&content={quote_plus(f'{RECEIPT},{RECEIPT}')}\n" for n in range(500))
    (block,) = [piece for piece in LogReader(data.encode()).blocks() if len(piece)]
    assert isinstance(block, Block)
    assert (len(block), block.words) == (1000, ["DELIVRD"])
    assert list(block.receipts())[3] == read_log(data.encode()).items[3]


def test_a_layout_is_told_by_its_first_line() -> None:
    assert layout_of(b"sms_id=1&content=x") is LAYOUTS[0]
    assert [layout_of(one) for one in (b"", b"content=x", b"sms_id=&content=", b'{"sms_id":"1"}')] == [None] * 4


# --- before loading ----------------------------------------------------------------------------------------------

TABLE = b'no,code,payload,when\n1,77,"0912345678|$1|2026-11-01 05:07:55|DELIVRD",x\n2,78,"0912345679|$1|2026-11-01 05:07:55|UNDELIV",y\n'  # noqa: E501


def test_a_preview_shows_the_first_items_and_lines_and_leaves_the_file_alone() -> None:
    file = BytesIO(b"sep=,\n" + b"sms_id,content\n" + f"5,{RECEIPT}\n".encode() * 50)
    looked = preview(file, "a.csv", count=5)
    assert (looked.format, len(looked.items), len(looked.lines), looked.sure) == ("table", 5, 5, True)
    assert file.tell() == 0
    looked = preview(b"sms_id,content\n5," + RECEIPT.encode())
    assert (looked.columns, looked.content, looked.sms_id) == (["sms_id", "content"], 1, 0)


def test_a_table_whose_columns_nobody_knows_is_read_as_a_person_chooses() -> None:
    looked = preview(TABLE)
    assert looked.columns == ["no", "code", "payload", "when"]
    chosen = {"content": "payload", "sms_id": "code"}
    for columns in (chosen, {"content": 2, "sms_id": 1}):
        assert preview(TABLE, columns=columns).sure
        items = read_log(TABLE, columns=columns).items
        assert [(one.sms_id, one.phone) for one in items if isinstance(one, Receipt)] == [
            ("77", "0912345678"), ("78", "0912345679"),
        ]  # fmt: skip
    headless = read_log(TABLE.split(b"\n", 1)[1], columns={"content": 2})
    assert [one.sms_id for one in headless.items] == ["", ""]


@pytest.mark.parametrize("columns", [{"content": "nothing"}, {"content": 9}, {"content": "payload", "sms_id": "none"}])
def test_a_choice_of_columns_that_are_not_there_is_refused(columns: dict[str, str | int]) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_log(TABLE, columns=columns)
    assert (caught.value.code, caught.value.evidence["kind"]) == ("not_a_log", "columns")


def test_a_preview_of_what_is_no_log_is_not_sure() -> None:
    looked = preview("日記；今天\n沒有事\n".encode())
    assert (looked.sure, looked.lines) == (False, ["日記；今天", "沒有事"])
    with pytest.raises(UnreadableFile):
        preview(b"")


def test_progress_goes_up_to_the_size_of_the_file() -> None:
    told: list[tuple[int, int]] = []
    data = gzip.compress(f"sms_id=1&content={RECEIPT}\n".encode() * 50_000)
    for _ in LogReader(data, progress=lambda done, size: told.append((done, size))).blocks():
        pass
    assert told == sorted(told)
    assert told[-1] == (len(data), len(data))
