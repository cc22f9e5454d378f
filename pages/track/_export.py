"""Everything that a filter keeps, as a file that Excel opens whole.

A sheet of Excel ends after 1,048,576 rows and drops the rest without a word, so what is longer comes in several files.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice

import streamlit as st

import ui
from smsget.export import ENCODING, write_csv
from ui import _, n_
from ui.languages import speaking

ROWS_OF_A_FILE = 1_000_000


def show(total: int, table: Callable[[], ui.Table]) -> None:
    """The button for it; `table` is asked when it is clicked."""
    label = n_("Download {count} message", "Download {count} messages", total).format(count=ui.number(total))
    if total <= ROWS_OF_A_FILE:
        ui.download_csv(label, "delivery-report.csv", table, "reports_download")
        return
    spoken = ui.language()

    def content() -> bytes:
        with speaking(spoken):
            return packed(*table())

    st.download_button(label, content, "delivery-report.zip", "application/zip", key="reports_download",
                       on_click="ignore", icon=":material/folder_zip:")  # fmt: skip
    told = _("Several CSV files in one zip, since a sheet of Excel ends after about a million rows. Making it takes a "
             "while.")  # fmt: skip
    st.caption(told)


def packed(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as CSV files in a zip; memory grows with the zip alone, a tenth of the table."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number, part in enumerate(_parts(rows), start=1):
            with (
                archive.open(f"delivery-report-{number:02}.csv", "w", force_zip64=True) as raw,
                io.TextIOWrapper(raw, ENCODING, errors="replace", newline="") as text,
            ):
                write_csv(text, header, part)
    return out.getvalue()


def _parts(rows: Iterable[Sequence[object]]) -> Iterator[Iterator[Sequence[object]]]:
    rest = iter(rows)
    for first in rest:
        yield chain([first], islice(rest, ROWS_OF_A_FILE - 1))
