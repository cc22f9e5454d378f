"""Callback logs by their shape: each recognised by content, mixed, damaged, or no log at all; and the samples."""

from __future__ import annotations

import gzip
import runpy
from collections import Counter
from pathlib import Path

import pytest

from smsget import logs
from smsget.errors import UnreadableFile
from smsget.logs import FORMATS, WHY, read_log
from smsget.logs.unpack import CHUNK, LINE_LIMIT
from smsget.receipts import Receipt, Reply, Unreadable
from tests.log_shapes import BAD, SHAPES, A, B, C, a, access, b, body, c, form, read

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


@pytest.mark.parametrize("shape", SHAPES)
def test_shape_is_recognised_by_content(shape):
    """Two receipts and a reply come out of each shape, whatever surrounds them."""
    log = read(SHAPES[shape])
    assert log.items == [a(), b(), c]
    assert log.format == shape.partition(",")[0].partition(" ")[0]
    assert log.lines == sum(1 for line in SHAPES[shape].splitlines() if line.strip())


def test_bare_content_lines_have_no_sms_id():
    log = read(f"{A},{B}\n\n{C}\n0987000339 $0040B0FA7 2016-09-13 05:07:55 DELIVRD\n")
    assert log.items == [a(""), b(""), c, a("")]
    assert (log.format, log.lines) == ("content_lines", 3)


def test_every_shape_there_is_was_tried():
    tried = {shape.partition(",")[0].partition(" ")[0] for shape in SHAPES} | {"content_lines", "mixed"}
    assert tried == set(FORMATS)


@pytest.mark.parametrize("name", ["a.csv", "a.gz", "a.json", ""])
def test_name_says_nothing(name):
    assert read_log(SHAPES["urlencoded"].encode(), name, "24").format == "urlencoded"


def test_one_file_may_mix_shapes_line_by_line():
    by_line = ["urlencoded", "json_lines", "access_log", "application_log", "table without a header"]
    log = read("\n".join(SHAPES[shape] for shape in by_line) + C)
    assert log.items == [a(), b(), c] * len(by_line) + [c]
    assert log.format == "mixed"


def test_lines_of_other_shapes_behind_a_table_or_an_array_are_read():
    more = f"{form('1783822', A)}\n{body('1783822', B)}\n"
    assert read(SHAPES["table"] + more).items == [a(), b(), c, a(), b()]
    log = read(SHAPES["json_array"] + "\n" + more)
    assert (log.items, log.format) == ([a(), b(), c, a(), b()], "mixed")


def test_two_way_code_is_stripped():
    assert [item.text for item in read(C, code="").items] == ["24測試"]


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{form('1', A)}\n\nhello\n{form('1', B)}\n", (3, "no_callback", "hello")),
        (f"{form('1', A)}\n{form('1', BAD + ',' + B)}\n", (2, "bad_time", BAD)),
        (f"{form('1', A + ',' + B)}\n{form('1', '')}\n", (2, "no_content", form("1", ""))),
        (f"{body('1', A + ',' + B)}\n{body('1', A)[:-9]}\n", (2, "broken_json", body("1", A)[:-9])),
        (f"{body('1', A)}\n{body('1', A)[:-3]}\n{body('1', B)}\n", (2, "broken_json", body("1", A)[:-3])),
        (f"x {body('1', A + ',' + B)}\nx {body('1', B)[:-9]}\n", (2, "broken_json", f"x {body('1', B)[:-9]}")),
        (f'x {body("1", A + "," + B)}\nx {{"level": "info"}}\n', (2, "no_callback", 'x {"level": "info"}')),
        (f"{body('1', A + ',' + B)}\n{body('1', A + ',' + B)[:-1]}\n", (2, "broken_json", body("1", A + "," + B)[:-1])),
        (f"[{body('1', A)},\n{body('1', BAD)},\n{body('1', B)}]", (2, "bad_time", BAD)),
        (f"[{body('1', A)},\n\n{{}},\n{body('1', B)}]", (3, "no_callback", "{}")),
        (f'[{body("1", A)},\n{{"sms_id": "1,\n{body("1", B)}]', (2, "broken_json", '{"sms_id": "1,')),
        (f"[{body('1', A)},\n{body('1', B)},\n{body('1', A)[:-1]}", (3, "broken_json", body("1", A)[:-1])),
        (f"[{body('1', A)},\n\n hello \n{body('1', B)}]", (3, "no_callback", " hello ")),
        (f'sms_id,content\n1,"{A},{B}"\n1,"{A}\n', (3, "broken_quotes", f'1,"{A}')),
        (f'sms_id,content\n1,{A}\n1,"{A}\n1,{B}\n', (3, "broken_quotes", f'1,"{A}')),
        (f"sms_id,content\n1,{A}\n\n1,hello\n1,{B}\n", (4, "fields", "hello")),
        (f"sms_id,content\n1,{A}\n1\n1,{B}\n", (3, "no_callback", "1")),
        (f"sms_id,content\n1,{A}\n1,\n1,{B}\n", (3, "no_content", "1,")),
        (f"{access(form('1', A + ',' + B))}\n{access('a=b')}\n", (2, "no_callback", access("a=b"))),
    ],
)
def test_unreadable_line_is_kept_with_number_and_reason_and_the_rest_goes_in(text, expected):
    items = read(text).items
    assert [item for item in items if isinstance(item, Receipt)] == [a("1"), b("1")]
    [bad] = [item for item in items if isinstance(item, Unreadable)]
    assert (bad.line, bad.why, bad.raw.strip("\n")) == expected
    assert bad.why in WHY


def test_two_quotes_nobody_closed_cost_two_rows_and_not_those_between():
    """The csv module alone takes everything between two stray quotes for one cell."""
    text = f'sms_id,content\n1,"{A}\n' + f"1,{A}\n" * 10 + f'1,"{B}\n1,{B}\n'
    items = read(text).items
    assert Counter(type(item).__name__ for item in items) == {"Receipt": 11, "Unreadable": 2}
    assert [item.line for item in items if isinstance(item, Unreadable)] == [2, 13]


def test_line_without_an_end_costs_itself_only():
    text = f"{form('1', A)}\n{'x' * (LINE_LIMIT + 3 * CHUNK)}\n{form('1', B)}\n"
    first, bad, last = read(text).items
    assert (first, last) == (a("1"), b("1"))
    assert (bad.line, bad.why, len(bad.raw)) == (2, "line_too_long", 1000)


def test_half_a_surrogate_pair_in_json_comes_out_storable():
    log = read('{"sms_id": "1\\ud83d", "content": "0919000456|\\udc00|2021-10-13 15:30:01|24\\ud83d"}')
    for item in log.items:
        repr(item).encode()


@pytest.mark.parametrize(
    "data", [b"", b"\n \r\n\t\n", b"\xef\xbb\xbf\n", b"\0\0\0\0", gzip.compress(b""), gzip.compress(b"\n")]
)
def test_file_with_nothing_in_it_is_empty(data):
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    assert caught.value.code == "empty"
    assert caught.value.evidence == {"file": "a.log"}


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\n",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
        b"name,phone\nAnn,0912345678\n",
        b"<html><body>content</body></html>",
        b'[{"name": "Ann"}, {"name": "Bo"}]',
        b'{\n  "name": "x",\n  "version": "1"\n}\n',
        b"content\nhello\nworld\n",
        gzip.compress(b"hello"),
    ],
)
def test_file_that_is_no_callback_log_is_refused(data):
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    assert caught.value.code == "not_a_log"


@pytest.mark.parametrize("text", ["[]", "sms_id,content\n"])
def test_log_of_nothing_is_a_log(text):
    assert read(text).items == []


# --- the samples ----------------------------------------------------------------------------------------------------


def test_samples_are_what_their_script_writes(tmp_path):
    runpy.run_path(str(SAMPLES / "make_logs.py"))["main"](tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in (SAMPLES / "logs").iterdir()}


@pytest.mark.parametrize(
    ("name", "shape", "pending_phone", "why"),
    [
        ("callbacks_table.csv", "table", "0911000111", "fields"),
        ("callback_bodies.log", "urlencoded", "0922000222", "bad_time"),
        ("application.log", "application_log", "0955000555", "broken_json"),
    ],
)
def test_sample_holds_what_its_script_promises(name, shape, pending_phone, why):
    """Receipts and replies, one line twice, one that cannot be read, one message pending and then delivered."""
    log = read_log((SAMPLES / "logs" / name).read_bytes(), name, "24")
    assert log.format == shape
    assert 60 <= log.lines <= 300
    receipts = [item for item in log.items if isinstance(item, Receipt)]
    replies = [item for item in log.items if isinstance(item, Reply)]
    assert len(receipts) > 100
    assert {"退訂", "N"} <= {item.text for item in replies}
    assert [item.why for item in log.items if isinstance(item, Unreadable)] == [why]
    assert [item.status for item in receipts if item.phone == pending_phone] == ["pending", "delivered"]
    assert len(set(receipts)) + len(set(replies)) < len(receipts) + len(replies)
    assert {"delivered", "failed", "pending"} == {item.status for item in receipts}


def test_public_names_are_these():
    assert logs.__all__ == ["FORMATS", "WHY", "Log", "LogReader", "Preview", "preview", "read_log"]
