"""Which rows of a sheet are hidden, by hand or by a filter. calamine does not tell, so the parts are asked themselves.

What cannot be found out counts as shown: all rows are read in any case, and a person is told how many were hidden.
Sources: ECMA-376 part 1, 18.3.1.73 (row); OpenDocument 1.3 part 3, 19.749 (table:visibility); [MS-XLS] 2.4.221 (Row).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from smsget.recipients.legacy import hidden_rows_of_xls
from smsget.recipients.packed import attribute, sheet_part, windows

_LAST_ROW = 1_048_576
# Each tag is read once and its attributes apart from it, so that the time grows with the text, not with its square.
_ROW = re.compile(rb"<(?:\w+:)?row\s([^<>]*)>")
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
        for window in windows(archive, sheet_part(archive, sheet)):
            if b"hidden" in window:
                yield from (int(attribute(row, b"r")) for row in _ROW.findall(window) if _is_hidden(row))


def _is_hidden(row: bytes) -> bool:
    return b"hidden" in row and attribute(row, b"hidden") in {b"1", b"true"}


def _in_ods(data: bytes, sheet: int) -> Iterator[int]:
    table, row = -1, 1
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for window in windows(archive, "content.xml"):
            for is_row, attributes in _ODS_TABLE_OR_ROW.findall(window):
                if not is_row:
                    table, row = table + 1, 1
                elif table == sheet:
                    repeated = int(attribute(attributes, b"table:number-rows-repeated") or 1)
                    if attribute(attributes, b"table:visibility") in {b"collapse", b"filter"}:
                        yield from range(row, min(row + repeated, _LAST_ROW + 1))
                    row += repeated
