"""Which rows of a sheet are hidden, by hand or by a filter. calamine does not tell, so the parts are asked themselves.

What cannot be found out counts as shown: all rows are read in any case, and a person is told how many were hidden.
Sources: ECMA-376 part 1, 18.3.1.73 (row); OpenDocument 1.3 part 3, 19.749 (table:visibility); [MS-XLS] 2.4.221 (Row).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from smsget.recipients.legacy import hidden_rows_of_xls

_CHUNK = 1 << 20
_LAST_ROW = 1_048_576
# Tags hold no "<", so that a row of unfinished ones is passed over in one go.
_SHEET = re.compile(rb"""<(?:\w+:)?sheet\s[^<>]*?\w:id\s*=\s*["']([^"'<>]+)["']""")
_TARGET = re.compile(rb"""<(?:\w+:)?Relationship\s([^<>]*)>""")
_HIDDEN_ROW = re.compile(rb"""<(?:\w+:)?row\s([^<>]*?\bhidden\s*=\s*["'](?:1|true)["'][^<>]*)>""")
_ODS_TABLE_OR_ROW = re.compile(rb"""<table:table(-row)?(?:\s([^<>]*))?>""")


def hidden_rows(data: bytes, kind: str, sheet: int) -> NDArray[np.int64]:
    """Numbers of the hidden rows, the first being 1, of the sheet that stands at `sheet` in the workbook."""
    find = {"xlsx": _in_xlsx, "ods": _in_ods, "xls": hidden_rows_of_xls}[kind]
    try:
        return np.fromiter(find(data, sheet), np.int64)
    except Exception:  # calamine has read the workbook; that it says this in a way unknown here is no reason to refuse
        return np.empty(0, np.int64)


def _in_xlsx(data: bytes, sheet: int) -> Iterator[int]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        wanted = _SHEET.findall(archive.read("xl/workbook.xml"))[sheet]
        for relation in _TARGET.findall(archive.read("xl/_rels/workbook.xml.rels")):
            if _attribute(relation, b"Id") == wanted:
                part = posixpath.join("/xl", _attribute(relation, b"Target").decode()).removeprefix("/")
                for window in _windows(archive, part):
                    yield from (int(_attribute(row, b"r")) for row in _HIDDEN_ROW.findall(window))


def _in_ods(data: bytes, sheet: int) -> Iterator[int]:
    table, row = -1, 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for window in _windows(archive, "content.xml"):
            for is_row, attributes in _ODS_TABLE_OR_ROW.findall(window):
                if not is_row:
                    table, row = table + 1, 1
                elif table == sheet:
                    repeated = int(_attribute(attributes, b"table:number-rows-repeated") or 1)
                    if _attribute(attributes, b"table:visibility") in {b"collapse", b"filter"}:
                        yield from range(row, min(row + repeated, _LAST_ROW + 1))
                    row += repeated


def _attribute(attributes: bytes, name: bytes) -> bytes:
    found = re.search(rb"(?:^|\s)" + name + rb"""\s*=\s*["']([^"']*)""", attributes)
    return found[1] if found else b""


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The bytes of a part in pieces that cut no tag in two."""
    rest = b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            window = rest + chunk
            end = window.rfind(b">") + 1
            yield window[:end]
            rest = window[end:] if len(window) - end < _CHUNK else b""
