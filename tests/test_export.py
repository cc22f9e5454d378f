"""CSV files for people with Excel: Chinese intact, no cell a formula, and nothing lost on the way back."""

from __future__ import annotations

import csv
import io
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.export import csv_bytes, plain_cell, safe_cell, write_csv

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("王小明", "王小明"),
        ("0912345678", "0912345678"),
        ("", ""),
        (None, ""),
        ("=1+1", "'=1+1"),
        ("+886 912 345 678", "'+886 912 345 678"),
        ("-5", "'-5"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("\tx", "'\tx"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1", "'－1"),
        ("＠x", "'＠x"),
        ("  =1", "'  =1"),
        ("\u3000=1", "'\u3000=1"),
        ("\ufeff=1", "'\ufeff=1"),
        *((f"{unseen}=1", f"'{unseen}=1") for unseen in "\u00ad\u180e\u200b\u200e\u202a\u2060\u2066\ufe0f\U000e0020"),
        ("a=1", "a=1"),
        ("'=1", "''=1"),
        ("'0912345678", "'0912345678"),
        ("\u2060x", "\u2060x"),
        (-5, "-5"),
        (-0.5, "-0.5"),
        (True, "True"),
    ],
)
def test_safe_cell(value: object, cell: str) -> None:
    assert safe_cell(value) == cell


@given(TEXT)
def test_no_cell_begins_a_formula(text: str) -> None:
    bare = safe_cell(text).lstrip()
    assert not bare.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@given(TEXT)
def test_guard_can_be_taken_off_again(text: str) -> None:
    """Exactly, also off a text that looked guarded from the start."""
    for own in (text, f"'{text}", f"=' {text}", f"'={text}", f"''\u2060+{text}"):
        assert plain_cell(safe_cell(own)) == own


def test_bytes_are_utf8_with_mark_and_crlf() -> None:
    assert csv_bytes(["姓名", "手機"], [["王", "0912345678"], ["=李", None]]) == (
        b"\xef\xbb\xbf" + "姓名,手機\r\n王,0912345678\r\n'=李,\r\n".encode()
    )


@given(st.lists(st.tuples(TEXT, TEXT), max_size=5))
def test_every_cell_comes_back(rows: list[tuple[str, str]]) -> None:
    text = csv_bytes(["a", "b"], rows).decode("utf-8-sig")
    back = list(csv.reader(io.StringIO(text, newline="")))
    assert back == [["a", "b"], *([safe_cell(one), safe_cell(other)] for one, other in rows)]


def test_header_is_made_safe_too() -> None:
    assert csv_bytes(["=cmd()"], []).endswith(b"'=cmd()\r\n")


def test_path_and_stream_hold_the_same(tmp_path: Path) -> None:
    rows = [["王", "+886912345678"], ["李\n二", '"']]
    stream = io.StringIO(newline="")
    assert write_csv(stream, ["a", "b"], iter(rows)) == 2
    assert write_csv(tmp_path / "out.csv", ["a", "b"], iter(rows)) == 2
    assert (tmp_path / "out.csv").read_bytes() == b"\xef\xbb\xbf" + stream.getvalue().encode()
    assert csv_bytes(["a", "b"], rows) == (tmp_path / "out.csv").read_bytes()


def test_failing_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    out.write_text("old")

    def rows():
        yield ["1"]
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_csv(out, ["a"], rows())
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_what_cannot_be_written_is_called_by_the_name_it_was_given(tmp_path: Path) -> None:
    for out in (tmp_path / "no" / "such" / "out.csv", tmp_path):
        with pytest.raises(OSError) as caught:  # noqa: PT011  (which of its kinds is the system's business)
            write_csv(out, ["a"], [])
        assert caught.value.filename == str(out)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_csv(pipe, ["a"], [["1"]])
    reader.join(timeout=10)
    assert got == [b"\xef\xbb\xbfa\r\n1\r\n"]
    assert pipe.is_fifo()


def test_what_utf8_cannot_hold_is_replaced_not_fatal() -> None:
    assert csv_bytes(["a"], [["x\ud800"]]).endswith(b"x?\r\n")
