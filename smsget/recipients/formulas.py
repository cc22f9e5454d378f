"""Formulas that nobody has calculated: a program wrote them, and no Excel has opened the workbook since.

calamine shows such a cell as empty. Where a phone should be it must not count as blank: the row is a problem, with the
formula as its value. In any other column it stays empty, so that no formula gets into a text.
Source: ECMA-376 part 1, 18.3.1.40 (f) and 18.3.1.96 (v, which holds the value calculated last).
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Collection, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smsget.recipients.body import Body
from smsget.recipients.packed import attribute, sheet_part, windows

Formulas = dict[int, dict[int, str]]
"""By row, the first being 1, and by column, the first being 0, the formula with its equals sign."""

_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>\s*<(?:\w+:)?f\b(?:[^<>]*/>|[^<>]*>([^<]*)</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>\s*|<(?:\w+:)?v>\s*</(?:\w+:)?v>\s*)?</(?:\w+:)?c>"
)
_REFERENCE = re.compile(rb"([A-Z]{1,3})([1-9][0-9]{0,6})$")


def find_formulas(data: bytes, kind: str, sheet: int) -> Formulas:
    """The formulas without a value of the sheet at `sheet`; {} for XLS and ODS, whose writers calculate."""
    found: Formulas = {}
    if kind != "xlsx":
        return found
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for window in windows(archive, sheet_part(archive, sheet), b"row>"):
                for attributes, text in _FORMULA.findall(window):
                    if place := _REFERENCE.match(attribute(attributes, b"r")):
                        row = found.setdefault(int(place[2]), {})
                        row[_column(place[1])] = f"={html.unescape(text.decode(errors='replace'))}"
    except (KeyError, IndexError, StopIteration, UnicodeDecodeError):  # calamine found the sheet in a way unknown here
        return {}
    return found


def with_formulas(cells: list[str], formulas: Mapping[int, str]) -> list[str]:
    """The cells of a row with the formulas in their places, so that a row or column of nothing else is one."""
    for at, text in formulas.items():
        cells += [""] * (at + 1 - len(cells))
        cells[at] = cells[at] or text
    return cells


def take_out(body: Body, formulas: Formulas, kept: Collection[int]) -> None:
    """Empty the cells of a table that hold such a formula, but in the columns `kept`, and note what their rows say."""
    rows = np.flatnonzero(np.isin(body.lines, np.fromiter(formulas, np.int64, len(formulas))))
    own = [set(formulas[line].values()) for line in body.lines[rows].tolist()]
    said: dict[int, list[str]] = {}
    for at, column in enumerate(body.columns):
        cells = column.take(pa.array(rows)).to_pylist()
        found = {row: cell for row, cell, some in zip(rows.tolist(), cells, own, strict=True) if cell in some}
        for row, cell in found.items():
            said.setdefault(row, []).append(cell)
        if found and at not in kept:
            empty = np.zeros(len(column), np.bool_)
            empty[list(found)] = True
            body.columns[at] = pc.if_else(pa.chunked_array([pa.array(empty)]), pa.scalar("", pa.large_string()), column)
    body.glued_text.update({row: " ".join(texts) for row, texts in said.items()})


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1
