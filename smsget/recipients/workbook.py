"""XLSX, XLSM, XLS and ODS -> records, by python-calamine. Every cell becomes the text a person would type for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from smsget.errors import UnreadableFile
from smsget.recipients.formulas import Formulas, find_formulas, with_formulas
from smsget.recipients.grid import Grid, RaggedRows
from smsget.recipients.hidden import hidden_rows
from smsget.recipients.legacy import check_xls
from smsget.recipients.packed import check_packed

_REPORT_EVERY = 10_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, and whether it is hidden."""

    name: str
    hidden: bool


@dataclass(frozen=True, eq=False, slots=True)
class Content:
    """What stands in one sheet, called `name`, of `sheets`.

    hidden: the numbers of its hidden rows. formulas: those without a value, which the grid has in their cells.
    """

    name: str
    sheets: list[Sheet]
    grid: Grid
    hidden: NDArray[np.int64]
    formulas: Formulas = field(default_factory=dict)


def read_sheets(
    data: bytes,
    kind: str,
    sheet: str | None = None,
    progress: Callable[[float], None] = lambda _: None,
    found: list[Sheet] | None = None,
) -> Iterator[Content]:
    """The contents of one sheet after the other: of `sheet`, or of every visible sheet that holds anything.

    A row's line is its row in the sheet, the first being 1. `found` gets every sheet, also the hidden ones, as soon as
    the workbook is open. Raises `UnreadableFile`: `workbook_too_large` before calamine is asked for anything,
    `workbook_damaged`, `not_a_table` (kind "protected_workbook"), and `sheet_missing` with `sheet` and `sheets`.
    """
    with _refusals():
        if kind == "xls":
            check_xls(data)
        else:
            check_packed(data)
        yield from _contents(data, kind, sheet, progress, [] if found is None else found)


@contextmanager
def _refusals() -> Iterator[None]:
    """Whatever calamine, zipfile and struct raise, in words that a person can act on."""
    try:
        yield
    except UnreadableFile:
        raise
    except PasswordError as error:
        raise UnreadableFile("not_a_table", kind="protected_workbook") from error
    except MemoryError as error:
        raise UnreadableFile("workbook_too_large") from error
    except Exception as error:  # CalamineError; of zipfile and struct many kinds, down to zlib.error
        raise UnreadableFile("workbook_damaged") from error
    except BaseException as error:
        # A panic of the Rust library comes up as PanicException, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise UnreadableFile("workbook_damaged") from error


def _contents(
    data: bytes, kind: str, wanted: str | None, progress: Callable[[float], None], found: list[Sheet]
) -> Iterator[Content]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        all_sheets = workbook.sheets_metadata  # among them charts and macros
        tables = {at: one for at, one in enumerate(all_sheets) if one.typ == SheetTypeEnum.WorkSheet}
        sheets = {at: Sheet(one.name, one.visible != SheetVisibleEnum.Visible) for at, one in tables.items()}
        found.extend(sheets.values())
        if wanted is not None and wanted not in {one.name for one in sheets.values()}:
            raise UnreadableFile("sheet_missing", sheet=wanted, sheets=workbook.sheet_names)
        for at, one in sheets.items():
            if one.name == wanted or (wanted is None and not one.hidden):
                formulas = find_formulas(data, kind, at)
                grid = _grid(workbook.get_sheet_by_index(at), formulas, progress)
                yield Content(one.name, list(sheets.values()), grid, hidden_rows(data, kind, at), formulas)


def _grid(sheet: CalamineSheet, formulas: Formulas, progress: Callable[[float], None]) -> Grid:
    rows, number = RaggedRows(), 0
    if sheet.start is not None:
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [cell_text(cell) for cell in row]
            rows.append(number, with_formulas(cells, formulas[number]) if number in formulas else cells)
            if number % _REPORT_EVERY == 0:
                progress(number / sheet.total_height)
    for below in sorted(one for one in formulas if one > number):
        rows.append(below, with_formulas([], formulas[below]))
    return rows.grid()


def cell_text(value: object) -> str:
    """What stands in a cell, as text: 912345678.0 -> "912345678", a date -> ISO 8601, truth -> TRUE/FALSE."""
    match value:
        case str():
            return value
        case bool():
            return "TRUE" if value else "FALSE"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(" ", "seconds")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return str(value)
    return "" if value is None else str(value)
