"""CSV files that open in Excel as they should: Chinese intact, and no cell a formula.

The byte order mark tells Excel that the file is UTF-8; without one it takes it for the system's encoding (CP950 in
Taiwan). Rule for formulas: OWASP, "CSV Injection".
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

ENCODING = "utf-8-sig"

# Excel in Chinese and Japanese takes the full-width signs for the same. White space and invisible characters (Unicode:
# Default_Ignorable_Code_Point) before the sign are passed over by some spreadsheets. A tab or a line break at the start
# is dropped by Excel. A text that only looks guarded is guarded once more: so the guard can always be taken off again.
_UNSEEN = (
    r"\s\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
_FORMULA = re.compile(rf"'*(?:[{_UNSEEN}]*[=+\-@＝＋－＠]|[\t\r\n])")


def safe_cell(value: object) -> str:
    """`value` as the text of a cell that no spreadsheet takes for a formula: an apostrophe goes before one.

    `plain_cell` undoes it, whatever the text: one that has such an apostrophe of its own gets a second.
    None is an empty cell. A number is written as it is: -5 is no formula, the text "-5" might begin one.
    """
    if value is None:
        return ""
    text = str(value)
    if isinstance(value, (int, float)):
        return text
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(cell: str) -> str:
    """A cell without the apostrophe that `safe_cell` put before it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def write_csv(out: TextIO | Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a table and return the number of rows. Lines end in CR LF, every cell goes through `safe_cell`.

    A Path gets UTF-8 with a byte order mark, and only when all rows are written: if `rows` fails half-way, what was
    there before stays. A stream should have been opened with newline="". Raises OSError.
    """
    if not isinstance(out, Path):
        return _write(out, header, rows)
    if out.exists() and not out.is_file():  # a pipe or /dev/stdout cannot be replaced
        with out.open("w", encoding=ENCODING, errors="replace", newline="") as stream:
            return _write(stream, header, rows)
    part = out.with_name(f".{out.name}.part")
    try:
        with part.open("w", encoding=ENCODING, errors="replace", newline="") as stream:
            count = _write(stream, header, rows)
        part.replace(out)
    except OSError as error:
        if error.filename in (None, str(part)):  # a person never named the part
            error.filename = str(out)
        raise
    finally:
        part.unlink(missing_ok=True)
    return count


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The same table as the content of a file, for a download."""
    # Encoded as it grows: a long text would be in memory three times before it is a file.
    content = io.BytesIO()
    with io.TextIOWrapper(content, ENCODING, errors="replace", newline="") as stream:
        _write(stream, header, rows)
        stream.flush()
        return content.getvalue()


def _write(stream: TextIO, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([safe_cell(name) for name in header])
    count = 0
    for row in rows:
        writer.writerow([safe_cell(value) for value in row])
        count += 1
    return count


def columns_beside(fields: Sequence[str]) -> list[str]:
    """What our columns are called beside these fields: `phone` and `country`, with `_` before a name that is taken."""
    names = ["phone", "country"]
    return [next(own for n in range(len(fields) + 1) if (own := "_" * n + name) not in fields) for name in names]
