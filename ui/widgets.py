"""What several pages draw alike: figures, downloads, pages of a table, and a message that outlives a rerun."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from math import ceil
from operator import attrgetter
from typing import Any, Literal, TypeAlias, TypeVar

import streamlit as st

from smsget.export import csv_bytes
from ui.languages import _, language, speaking
from ui.text import number

CARD_PX = 165


def metrics(figures: Sequence[tuple[str, str]] | Sequence[tuple[str, str, str]], width: int = CARD_PX) -> None:
    """Figures in cards of one width, so many pixels at least, that wrap on a narrow screen: (label, value[, help])."""
    with st.grid(min_column_width=width):
        for label, value, *more in figures:
            st.metric(label, value, help=more[0] if more else None, border=True)


Table: TypeAlias = tuple[Sequence[str], Iterable[Sequence[object]]]
"""A header and its rows."""


def download_csv(
    label: str,
    file: str,
    table: Callable[[], Table],
    key: str,
    *,
    kind: Literal["secondary", "tertiary"] = "secondary",
    rerun: bool = False,
) -> None:
    """A button for a table of any size: `table` is asked when it is clicked, on a thread without a session.

    rerun: draw the page anew as well, so that it says what became of a thing that may be gone.
    """
    spoken = language()

    def content() -> bytes:
        with speaking(spoken):
            return csv_bytes(*table())

    st.download_button(label, content, file, "text/csv", key, on_click="rerun" if rerun else "ignore",
                       icon=":material/download:", type=kind)  # fmt: skip


def agreed(label: str, question: str, yes: str, key: str, *, icon: str) -> bool:
    """A button that asks before it acts: true in the run after the person pressed `yes` below the `question`."""
    with st.popover(label, key=key, icon=icon):
        st.text(question)
        return st.button(yes, key=f"{key}_yes", type="primary")


WITH_COMMAS = st.column_config.NumberColumn(format="localized")
"""A column of numbers as people of the browser's language write them."""

WRAPPED_PX, LINE_PX, LINE_OF = 14, 20, 40
WRAPS_FROM = 3  # lines: in lower rows Streamlit cuts a text off


def row_height(texts: Iterable[str], most: int = 4) -> int | None:
    """How high the rows of a table must be, in pixels, so that its longest text is read whole in a column of 320.

    None for texts that fit on one line: a row of two lines or more wraps its texts.
    """
    # a character of Chinese is as wide as two others
    longest = max((sum(1 + (character > "\u2e7f") for character in text) for text in texts), default=0)
    lines = min(most, ceil(longest / LINE_OF))
    return WRAPPED_PX + LINE_PX * max(lines, WRAPS_FROM) if lines > 1 else None


LIST_TYPES = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods"]
"""What `smsget.recipients` reads, for uploaders."""

STATUS_COLOURS = {
    "delivered": "#2A9070", "failed": "#D9534F", "pending": "#4F86D0", "other": "#9473CC", "none": "#7F8D99",
}  # fmt: skip
"""Delivery statuses in charts. Each has a contrast of 3:1 or more to both backgrounds (WCAG 1.4.11)."""

STATUSES = tuple(STATUS_COLOURS)
"""Delivery statuses in the order in which they are shown; `none` is a message without a receipt."""


def page_of(total: int, size: int, key: str) -> tuple[int, slice]:
    """The page a person chose of `total` rows, from 1, and its rows; no choice is drawn if all fit on one page.

    For rows that stay where they are. A table that grows meanwhile has `Pages`.
    """
    pages = ceil(total / size)
    page = st.pagination(pages, key=key) if pages > 1 else 1
    return page, slice((page - 1) * size, page * size)


Row = TypeVar("Row")


class Pages:
    """Next and previous through a table that may grow meanwhile, paged by key; `of` are its filters.

    Back at the first page when the filters change. Use: `rows` to fetch, draw them, `buttons` below.
    """

    SIZE = 50

    def __init__(self, key: str, of: object) -> None:
        self._key = key
        kept = st.session_state.get(f"{key}_pages")
        if kept is None or kept[0] != of:
            kept = st.session_state[f"{key}_pages"] = (of, [])
        self._starts: list[int] = kept[1]  # the key before each page but the first
        self._last = self._shown = 0
        self._more = False

    @property
    def number(self) -> int:
        """The page, from 1."""
        return len(self._starts) + 1

    @property
    def several(self) -> bool:
        """Whether the rows fill more than one page, once they were fetched."""
        return bool(self._starts) or self._more

    def rows(
        self, fetch: Callable[[int | None, int], list[Row]], at: Callable[[Row], int] = attrgetter("id")
    ) -> list[Row]:
        """The rows of this page; `fetch` takes the key before the page (None for the first) and how many rows.

        `at` tells the key of a row.
        """
        rows = fetch(self._starts[-1] if self._starts else None, self.SIZE + 1)
        self._more = len(rows) > self.SIZE
        rows = rows[: self.SIZE]
        self._shown = len(rows)
        if rows:
            self._last = at(rows[-1])
        return rows

    def buttons(self, total: int) -> None:
        """Previous, next, and where this is; nothing if all fits on one page."""
        if not self.several:
            return
        first = len(self._starts) * self.SIZE + 1
        with st.container(horizontal=True, vertical_alignment="center"):
            at = len(self._starts)
            st.button(_("Previous"), key=f"{self._key}_previous", icon=":material/chevron_left:", disabled=not at,
                      on_click=self._back, args=(at,))  # fmt: skip
            st.button(_("Next"), key=f"{self._key}_next", icon=":material/chevron_right:", disabled=not self._more,
                      on_click=self._forth, args=(at, self._last))  # fmt: skip
            st.caption(
                _("{first}–{last} of {total}").format(
                    first=number(first), last=number(first + self._shown - 1), total=number(total)
                )
            )

    # `at` is where the button was drawn: a second quick click on it does nothing more
    def _back(self, at: int) -> None:
        if len(self._starts) == at:
            self._starts.pop()

    def _forth(self, at: int, last: int) -> None:
        if len(self._starts) == at:
            self._starts.append(last)


PROGRESS_AFTER_S, PROGRESS_EVERY_S = 0.5, 0.1


@contextlib.contextmanager
def progress(label: str) -> Iterator[Callable[[float], None]]:
    """A bar for work that takes long, gone when it ends: call what this yields with the part done, from 0 to 1.

    Work that is soon over shows none, and no bar is drawn more often than anybody can see.
    """
    place, due = st.empty(), time.monotonic() + PROGRESS_AFTER_S

    def show(done: float) -> None:
        nonlocal due
        if (moment := time.monotonic()) >= due:
            due = moment + PROGRESS_EVERY_S
            place.progress(min(max(done, 0.0), 1.0), label)

    try:
        yield show
    finally:
        place.empty()


def held() -> dict[str, Any]:
    """What a page keeps between its runs only as long as it is looked at: a file of a million rows, for instance."""
    kept: dict[str, Any] = st.session_state.setdefault("held", {})
    return kept


def flash(message: str) -> None:
    """Show a message after the coming rerun (a success that leads to a rerun would else vanish)."""
    st.session_state["flash"] = message


def show_flash() -> None:
    """Show the message that `flash` kept, once."""
    if message := st.session_state.pop("flash", None):
        st.success(message, icon=":material/check_circle:")
