"""A file with no list in it is told what it is, by its content and not by its name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from smsget.errors import UnreadableFile
from smsget.recipients import read_recipients
from smsget.recipients.sniff import kind_of
from tests.files import refusal
from tests.workbooks import compound_file, zipped

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7\n1 0 obj\n", "pdf"),
        (PNG, "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image"),
        (b"\x00\x00\x00\x18ftypmp42", "media"),
        (zipped(word__document="<w/>"), "word"),
        (zipped(ppt__slides="<p/>"), "slides"),
        (zipped(list="a,b"), "archive"),
        (zipped(xl__workbook="x").replace(b"xl/workbook", b"xl/workbook"), "xlsx"),
        (b"PK\x03\x04 not a zip", "archive"),
        (b"\x1f\x8b\x08\x00", "archive"),
        (compound_file("WordDocument"), "word"),
        (compound_file("EncryptedPackage"), "protected_workbook"),
        (compound_file("Something"), "binary"),
        (b"<!DOCTYPE html><html>", "web_page"),
        (b"\xef\xbb\xbf<table><tr><td>", "web_page"),
        (b"<?xml version='1.0'?><Workbook/>", "xml"),
        (b'[{"phone": "0912345678"}]', "json"),
        (b"BEGIN:VCARD\r\nTEL:0912345678\r\n", "contacts"),
        (b"SQLite format 3\x00", "database"),
        (random.Random(1).randbytes(5000), "binary"),
        (bytes(1000), "binary"),
        ("手機\n0912345678\n".encode("utf-16-le"), "text"),
        ("手機\n0912345678\n".encode("cp950"), "text"),
        (b"BM,phone\n1,0912345678\n", "text"),
        (b"ID3\x04\x00\x00", "media"),
        (b"OggS\x00\x02", "media"),
        (b"GIF89a\x01\x00", "image"),
        # Names of columns that begin like something else.
        (b"ID3,phone\n1,0912345678\n", "text"),
        (b"GIF8,phone\n1,0912345678\n", "text"),
        (b"OggS,phone\n1,0912345678\n", "text"),
        (b"%PDF,phone\n1,0912345678\n", "text"),
        (b"giftftyp,phone\n1,0912345678\n", "text"),
    ],
)
def test_kind_by_content(content: bytes, kind: str) -> None:
    assert kind_of(content) == kind
    if kind not in {"text", "xlsx"}:
        assert refusal(content) == ("not_a_table", {"kind": kind})


@pytest.mark.parametrize(
    ("content", "code", "evidence"),
    [
        ("", "empty", {}),
        (" \r\n\t\n", "empty", {}),
        (b"\xef\xbb\xbf", "empty", {}),
        ("姓名,手機\n", "no_rows", {}),
        ("姓名,手機\n,\n\n", "no_rows", {}),
        ("row,code,reason\n", "no_phone_column", {"columns": ["row", "code", "reason"]}),
        ("姓名,生日\n王,1990/1/1\n", "no_phone_column", {"columns": ["姓名", "生日"]}),
        ("name,order id\nAmy,91234567\n", "no_phone_column", {"columns": ["name", "order id"]}),
        ("姓名,電話備註\n王,0912345678\n", "no_phone_column", {"columns": ["姓名", "電話備註"]}),
        ("親愛的會員您好：\n本店週年慶開始了。\n", "no_phone_column", {"columns": ["親愛的會員您好："]}),
        ("手機" + "," * 16_384 + "\n0912345678\n", "not_a_table", {"kind": "too_wide"}),
        (f"手機,{','.join(map(str, range(2_000)))}\n0912345678\n", "not_a_table", {"kind": "too_wide"}),
        ("手機" + "x" * 200_000, "no_phone_column", {"columns": ["手機" + "x" * 38]}),
        ("姓名,手機\n\n王,0912345678" + "x" * 9_000_000, "not_a_table", {"kind": "long_line", "line": 3}),
        ("手機" + "x" * 9_000_000, "not_a_table", {"kind": "long_line", "line": 1}),
        ("姓名,手機\n王,0912345678" + "x" * 5_000_000, "not_a_table", {"kind": "long_line", "line": 2}),
    ],
)
def test_file_with_no_list_in_it(content: str | bytes, code: str, evidence: dict[str, object]) -> None:
    assert refusal(content) == (code, evidence)


def test_only_a_workbook_has_sheets() -> None:
    for content in ("手機\n0912345678\n", "<table><tr><td>手機</td></tr><tr><td>0912345678</td></tr></table>"):
        assert refusal(content, sheet="名單") == ("sheet_missing", {"kind": "text", "sheet": "名單", "sheets": []})


def test_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        read_recipients(tmp_path / "gone.csv")
    assert (caught.value.code, caught.value.evidence["file"]) == ("missing", "gone.csv")
    with pytest.raises(UnreadableFile, match="missing"):
        read_recipients(tmp_path)
