"""Callback logs as files: packed, in any encoding, of any size, of any bytes."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import json
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.logs import FORMATS, WHY, LogReader, read_log
from smsget.logs.json_text import _WINDOW
from smsget.receipts import Receipt, Unreadable, status_of
from tests.log_shapes import BAD, SHAPES, A, B, C, a, access, b, body, c, form, read, zipped

# --- packing, encodings, line ends ----------------------------------------------------------------------------------


PLAIN = SHAPES["urlencoded"].encode()


@pytest.mark.parametrize(
    ("data", "times"),
    [
        (gzip.compress(PLAIN), 1),
        (gzip.compress(PLAIN) + gzip.compress(PLAIN), 2),  # rotated logs put one behind the other
        (zipped(("x/", b""), ("x/a.log", PLAIN), ("__MACOSX/x/._a.log", b"\0\5\x16\7junk\n")), 1),
        (zipped(("a.log", PLAIN), ("b.json", SHAPES["json_array"]), ("c.gz", gzip.compress(PLAIN))), 3),
        (zipped(("a.log", PLAIN), compression=zipfile.ZIP_LZMA), 1),
    ],
)
def test_gzip_and_zip_are_unpacked_by_their_first_bytes(data, times):
    assert read(data).items == [a(), b(), c] * times


def test_open_file_is_read_from_where_it_stands_and_stays_open():
    file = io.BytesIO(gzip.compress(PLAIN))
    assert read_log(file, "x", "24").items == [a(), b(), c]
    assert not file.closed


@pytest.mark.parametrize("end", ["", "\n"])
def test_line_numbers_run_on_over_the_members_of_a_zip(end):
    members = [("a.json", SHAPES["json_array, spread over lines"] + end), ("b.csv", SHAPES["table"] + "\nhello" + end)]
    log = read(zipped(*members, ("c.json", SHAPES["json_array"] + "\nyou"), ("d.log", PLAIN + b"me")))
    unreadable = [(item.line, item.raw) for item in log.items if isinstance(item, Unreadable)]
    array = len(SHAPES["json_array, spread over lines"].splitlines())
    assert unreadable == [(array + 5, "hello"), (array + 7, "you"), (array + 10, "me")]
    assert (log.lines, log.format) == (array + 4 + 2 + 3, "mixed")


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_cut_gzip_gives_what_is_before_the_cut(keep):
    lines = [form(str(n), f"09{n:08}|x|2016-09-13 05:07:55|DELIVRD") for n in range(1, 5001)]
    packed = gzip.compress("\n".join(lines).encode())
    *items, end = read(packed[: int(len(packed) * keep)]).items
    assert [item.sms_id for item in items] == [str(n) for n in range(1, len(items) + 1)]
    assert len(items) > 5000 * keep * 0.8
    assert (end.why, end.line) == ("archive_damaged", len(items) + 1)
    assert lines[len(items)].startswith(end.raw)


def test_damaged_member_of_a_zip_costs_itself_only():
    packed = bytearray(zipped(("a.log", PLAIN), ("b.log", PLAIN), compression=zipfile.ZIP_STORED))
    packed[packed.index(b"DELIVRD")] ^= 1  # its checksum no longer holds
    log = read(bytes(packed))
    assert log.items[-3:] == [a(), b(), c]
    assert [item.why for item in log.items if isinstance(item, Unreadable)] == ["archive_damaged"]


def test_encrypted_zip_is_said_to_be_unreadable():
    packed = bytearray(zipped(("a.log", PLAIN)))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        packed[packed.index(header) + flags] |= 1
    with pytest.raises(UnreadableFile) as caught:
        read(bytes(packed))
    assert (caught.value.code, caught.value.evidence["kind"]) == ("not_a_log", "archive")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04 and then nothing", "archive"),
        (gzip.compress(PLAIN)[:12], "archive"),
        (zipped(("[Content_Types].xml", "<x/>"), ("xl/workbook.xml", "<x/>")), "workbook"),
    ],
)
def test_archive_that_is_no_log_is_refused_with_its_kind(data, kind):
    with pytest.raises(UnreadableFile) as caught:
        read(data)
    assert (caught.value.code, caught.value.evidence["kind"]) == ("not_a_log", kind)


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(b"x\n" * 2_000_000),
        gzip.compress(bytes(4_000_000)),
        zipped(("a.log", b"x\n" * 600_000), ("b.log", b"x\n" * 600_000)),
        zipped(("a.gz", gzip.compress(bytes(4_000_000)))),
    ],
)
def test_unpacking_stops_at_the_limit(data):
    """An archive of a few kilobytes can unpack to any size; it is given up as soon as it is too large."""
    assert len(data) < 20_000
    with pytest.raises(UnreadableFile) as caught:
        read(data, unpack_limit=1_500_000)
    assert caught.value.evidence == {"file": "a.log", "kind": "too_large", "limit": 1_500_000}


CHINESE = (
    f'sms_id,備註,content\n1783822,第一批,"{A},{B}"\n,測試許功蓋,0919000456|1634110261249|2021-10-13 15:30:01|24測試\n'
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp950"])
@pytest.mark.parametrize("shape", ["table", "array"])
def test_encodings(encoding, shape):
    text = CHINESE
    if shape == "array":
        text = json.dumps(list(csv.DictReader(io.StringIO(CHINESE))), ensure_ascii=False)
    data = text.encode(encoding)
    assert read(data).items == [a(), b(), c]
    assert read(gzip.compress(data)).items == [a(), b(), c]


def test_big_endian_mark_is_understood():
    assert read("\ufeff".encode("utf-16-be") + CHINESE.encode("utf-16-be")).items == [a(), b(), c]


def test_one_file_may_hold_lines_in_two_encodings():
    lines = f"{C.rpartition('|')[0]}|24測試"
    log = read(lines.encode() + b"\n" + lines.encode("cp950") + b"\n" + b"\xff\xfe\xfd hello")
    assert log.items == [c, c, Unreadable(3, "no_callback", r"\xff\xfe\xfd hello")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    log = read(f"{form('1783822', A)}{end}{end}hello{end}{form('1783822', B)}")
    assert log.items == [a(), Unreadable(3, "no_callback", "hello"), b()]
    assert log.lines == 3


def test_zero_bytes_of_a_log_truncated_while_it_was_written_are_passed_over():
    assert read(bytes(5000) + PLAIN).items == [a(), b(), c]


# --- any size -------------------------------------------------------------------------------------------------------


class Endless(io.RawIOBase):
    """A file that makes its bytes as they are read, and counts them."""

    def __init__(self, unit: bytes, times: int) -> None:
        self.unit, self.left, self.given, self.rest = unit, times, 0, b""

    def readable(self):
        return True

    def tell(self):
        return self.given

    def seek(self, at, _whence=0):
        assert at == 0, "only the first bytes are looked at twice"
        self.rest = self.first + self.rest
        self.given = 0
        return 0

    def read(self, size=-1):
        take = min(self.left, max(1, (size - len(self.rest)) // len(self.unit) + 1))
        self.left -= take
        data = self.rest + self.unit * take
        data, self.rest = data[:size], data[size:]
        self.given += len(data)
        self.first = data
        return data


@pytest.mark.parametrize("shape", ["urlencoded", "json_array"])
def test_log_is_read_piece_by_piece(shape):
    """The first items are there when only the first pieces of a large file were read."""
    unit = (form("1783822", A) + "\n").encode() if shape == "urlencoded" else (body("1783822", A) + ", ").encode()
    file = Endless(unit, 200_000)
    if shape == "json_array":
        file.rest = b"["
    reader = LogReader(file)
    assert next(iter(reader)) == a()
    assert reader.format == shape
    assert file.given <= 4 * _WINDOW < 200_000 * len(unit)


def test_array_larger_than_the_window_in_one_line_loses_nothing():
    """Objects lie across every boundary of chunk and window."""
    rows = [{"sms_id": str(n), "content": A, "pad": "測" * (n % 97)} for n in range(1, 12_001)]
    data = json.dumps({"data": rows, "n": 1}, ensure_ascii=False).replace('{"data": [', '{\n"data": [', 1).encode()
    assert len(data) > 2 * _WINDOW
    log = read(data)
    assert [item.sms_id for item in log.items] == [row["sms_id"] for row in rows]
    assert (log.format, log.lines) == ("json_array", 2)


def test_object_behind_a_long_gap_is_whole():
    """However the gap lies, the object is not cut by the window it is looked for in."""
    for gap in range(2 * _WINDOW - 200, 2 * _WINDOW, 29):
        assert read(f"[{body('1783822', A)},{' ' * gap}{body('1783822', B)}]{' ' * _WINDOW}").items == [a(), b()]


def test_object_larger_than_the_window_is_wrapping():
    rows = [{"sms_id": str(n), "content": A} for n in range(1, 20_001)]
    data = json.dumps([{"type": "table", "data": rows}]).encode()
    assert len(data) > _WINDOW
    assert [item.sms_id for item in read(data).items] == [row["sms_id"] for row in rows]


def test_deeply_nested_json_is_no_recursion_error():
    deep = '{"a":' * 3000
    assert read(f"{form('1783822', A)}\n{deep}\n{'[' * 5000}\nx {deep}\n").items[0] == a()
    assert read(f"[{body('1783822', A)}, {deep}, {body('1783822', B)}]").items[0] == a()


# --- properties -----------------------------------------------------------------------------------------------------

rows = st.lists(
    st.tuples(
        st.integers(1, 10**9).map(str),
        st.lists(
            st.tuples(st.integers(0, 10**8 - 1), st.integers(0, 10**6), st.sampled_from(["DELIVRD", "EXPIRED", "New"])),
            min_size=1,
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=6,
)


def expected_and_contents(requests):
    expected, contents = [], []
    for sms_id, messages in requests:
        items = []
        for number, second, word in messages:
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=second)
            items.append(f"09{number:08}|${second}|{at:%Y-%m-%d %H:%M:%S}|{word}")
            expected.append(
                Receipt(sms_id, f"09{number:08}", f"${second}", at - timedelta(hours=8), word, status_of(word))
            )
        contents.append((sms_id, ",".join(items)))
    return expected, contents


def as_table(contents):
    out = io.StringIO()
    csv.writer(out).writerows([["n", "content", "sms_id", "note"], *(["1", c, i, 'a,"\nb'] for i, c in contents)])
    return out.getvalue()


WRITERS = {
    "table": as_table,
    "urlencoded": lambda contents: "\n".join(form(*one) for one in contents),
    "json_lines": lambda contents: "\n".join(body(*one) for one in contents),
    "json_array": lambda contents: json.dumps([{"sms_id": i, "content": c} for i, c in contents]),
    "access_log": lambda contents: "\n".join(access(form(*one)) for one in contents),
    "application_log": lambda contents: "\n".join(f"[10:00] POST DATA: {body(*one)}" for one in contents),
}


@pytest.mark.parametrize("shape", WRITERS)
@given(requests=rows)
def test_whatever_is_written_in_a_shape_comes_back(shape, requests):
    expected, contents = expected_and_contents(requests)
    log = read(WRITERS[shape](contents))
    assert (log.items, log.format) == (expected, shape)


@given(requests=rows, order=st.randoms(use_true_random=False))
def test_lines_of_all_shapes_shuffled_lose_nothing(requests, order):
    expected, contents = expected_and_contents(requests)
    lines = [
        line
        for shape in ("urlencoded", "json_lines", "access_log", "application_log")
        for line in WRITERS[shape](contents).split("\n")
    ]
    order.shuffle(lines)
    assert Counter(map(repr, read("\n".join(lines)).items)) == Counter(map(repr, expected * 4))


FRAGMENTS = (
    *(A, B, C, BAD, form("1", A), body("1", A), access(form("1", B)), "sms_id,content", "sms_id=", "&content="),
    *(
        '{"',
        '"',
        "{",
        "}",
        "[",
        "]",
        ":",
        ",",
        ";",
        "\t",
        "|",
        "\n",
        "\n\n",
        "\r",
        "\\",
        '\\"',
        "0987000339",
        " ",
        "sep=;",
    ),
    *("content", "2016-09-13 05:07:55", "DELIVRD", "%7C", "%", "+", '"GET /?', " HTTP/1.1", "\ufeff", "\0", "好"),
)
fragments = st.sampled_from(FRAGMENTS)
soups = st.lists(fragments, max_size=25).map("".join)
packings = st.sampled_from([lambda data: data, gzip.compress, lambda data: zipped(("a", data))])
cuts = st.floats(0, 1)


@given(
    st.one_of(st.binary(max_size=400), soups.map(str.encode), soups.map(lambda t: t.encode("utf-16"))), packings, cuts
)
def test_no_bytes_crash_the_reader(data, pack, cut):
    """Whatever the bytes, packed or not, whole or cut: a log, or `UnreadableFile`."""
    packed = pack(data)
    for whole in (packed, packed[: int(len(packed) * cut)]):
        with contextlib.suppress(UnreadableFile):
            log = read(whole)
            assert log.format in FORMATS
            assert all(item.why in WHY and item.line > 0 for item in log.items if isinstance(item, Unreadable))


@given(st.lists(st.one_of(soups, st.text()).map(lambda text: text.replace("\n", " ").replace("\r", " ")), max_size=8))
def test_every_line_gives_items_or_is_kept(lines):
    """Read by lines, no line that is not blank vanishes."""
    start = form("9", A)
    log = read("\n".join([start, *lines]))
    filled = [n for n, line in enumerate(lines, 2) if line.replace("\0", "").replace("\ufeff", "").strip()]
    assert log.lines == 1 + len(filled)
    for number in filled:
        one = read(start + "\n" * (number - 1) + lines[number - 2]).items[1:]
        assert one, f"line {number} vanished"
        assert all(item.line == number for item in one if isinstance(item, Unreadable))
