"""What a file is, told by its bytes: its name is often wrong (a workbook called .csv, a PDF called .csv)."""

from __future__ import annotations

import io
import re
import zipfile

from smsget.errors import UnreadableFile

WORKBOOKS = ("xlsx", "xls", "ods")
MARKUP = ("web_page", "xml")
"""Kinds that may hold a table all the same: systems save one as HTML, or as XML for Excel, and call it .xls."""

# Kinds that `UnreadableFile("not_a_table", kind=…)` names, beside those that `_text_kind` and `_zip_kind` add.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"{\\rtf", "word"),
    (b"\x1f\x8b", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!\x1a\x07", "archive"),
    (b"\x7fELF", "program"),
    *((b"ID3" + bytes([version, 0]), "media") for version in (2, 3, 4)),  # ID3 alone may be the name of a column
    (b"OggS\x00", "media"),
    (b"SQLite format 3\x00", "database"),
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Stream names in an OLE compound file's directory, UTF-16: what Office before 2007 (and any protected file) is made of.
_OLE_STREAMS = (
    ("EncryptedPackage", "protected_workbook"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "word"),
    ("PowerPoint Document", "slides"),
)
_HEAD = 65_536
# Control characters that no text holds. NUL is judged apart: a stray one is forgiven, UTF-16 is full of them.
_CONTROLS = bytes(c for c in [*range(1, 32), 127] if c not in b"\t\n\v\f\r\x1a\x1b")


def kind_of(data: bytes) -> str:
    """The kind of a file: "text", one of `WORKBOOKS`, or what else it is.

    The others are "pdf", "image", "media", "word", "slides", "archive", "program", "database", "web_page", "xml",
    "json", "contacts" (vCard), "protected_workbook" (a password is needed), "xlsb" (a binary workbook) and "binary".
    Raises `UnreadableFile("workbook_damaged")` for a zip that cannot be opened and holds traces of a workbook.
    """
    if data.startswith(_ZIP):
        return _zip_kind(data)
    if data.startswith(_OLE):
        return next((kind for name, kind in _OLE_STREAMS if name.encode("utf-16-le") in data), "binary")
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    head = data[:_HEAD]
    is_mp4 = head[:1] == b"\x00" and head[4:8] == b"ftyp"
    if is_mp4 or (head[:4] == b"RIFF" and head[8:12] in {b"WEBP", b"WAVE", b"AVI "}):
        return "image" if head[8:12] in {b"WEBP", b"heic", b"mif1", b"avif"} else "media"
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return "image"
    return "binary" if _is_binary(head) else _text_kind(head)


def utf16_without_bom(head: bytes) -> str | None:
    """The codec of UTF-16 text that lost its byte order mark: digits and separators leave every second byte NUL."""
    head = head[: len(head) // 2 * 2]
    pairs = len(head) // 2
    even, odd = head[::2].count(0), head[1::2].count(0)
    # A phone list is at least a fifth ASCII; in the other half of each pair a NUL is as good as impossible.
    if odd * 5 >= pairs and even * 50 <= odd:
        return "utf-16-le" if odd else None
    if even * 5 >= pairs and odd * 50 <= even:
        return "utf-16-be"
    return None


def _zip_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and b"opendocument.spreadsheet" in _start_of(archive, "mimetype"):
                return "ods"
    except Exception as error:  # of zipfile many kinds, down to zlib.error
        # A download cut short has no directory at its end, but the names of its first parts still stand in it.
        if b"xl/" in data or b"opendocument.spreadsheet" in data[:200]:
            raise UnreadableFile("workbook_damaged") from error
        return "archive"
    folders = {name.partition("/")[0] for name in names}
    if "xl" in folders:
        return "xlsb" if "xl/workbook.bin" in names else "xlsx"
    return "word" if "word" in folders else "slides" if "ppt" in folders else "archive"


def _start_of(archive: zipfile.ZipFile, part: str) -> bytes:
    """The first bytes of a part, without unpacking all of it: what it unpacks to may be enormous."""
    with archive.open(part) as stream:
        return stream.read(100)


def _is_binary(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf16_without_bom(head):
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return (controls > 1 and controls * 100 > len(head)) or head.count(0) * 10 > len(head)


def _text_kind(head: bytes) -> str:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:2000].lower()
    if re.match(rb"<(!doctype html|html|head|meta|table|body|style|div|form|!--)\b", start):
        return "web_page"
    if start.startswith(b"<?xml"):
        return "web_page" if b"<html" in start else "xml"
    if re.match(rb'(\[\s*)?\{\s*"', start):
        return "json"
    return "contacts" if start.startswith(b"begin:vcard") else "text"
