"""A callback log before it is loaded: what shape it has, what its first lines say, and which column is which."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

import streamlit as st

import ui
from smsget.errors import UnreadableFile
from smsget.receipts import Reply, Unreadable
from smsget.store import to_text
from ui import _

if TYPE_CHECKING:
    from smsget.logs import Preview
    from smsget.receipts import Item

SHOWN = 8


def show(name: str, file: BinaryIO, code: str, key: str) -> dict[str, int] | None:
    """Show what a log says and ask for its columns where that is unsure; the chosen ones, None for none."""
    from smsget.logs import preview

    columns = None
    with st.container(border=True, gap="xsmall", key=key):
        st.markdown(f"**{ui.literal(name)}**")
        try:
            looked = preview(file, name, code)
            wished = may_be_table(looked) and st.toggle(_("Choose the columns myself"), key=f"{key}_own")
            if wished or is_unsure(looked):
                columns = choose_columns(looked, key)
                looked = preview(file, name, code, columns=columns) if columns else looked
        except UnreadableFile as error:
            st.error(ui.literal(ui.explain(error)), icon=":material/error:")
            return columns
        finally:
            file.seek(0)
        describe(looked, key, chosen=columns is not None)
    return columns


def is_unsure(looked: Preview) -> bool:
    """Whether a table needs a person: nothing was found in it, or reports without the ids that it may well have."""
    return bool(looked.columns) and (not looked.sure or looked.format == "content_lines")


def may_be_table(looked: Preview) -> bool:
    """Whether there are columns to choose from at all."""
    return bool(looked.columns) and looked.format in ("table", "mixed")


def choose_columns(looked: Preview, key: str) -> dict[str, int] | None:
    """Which column of a table has what; None while nothing is chosen."""
    st.warning(_("It is not clear which column is which. Say where the reports are; the first lines then show whether "
                 "they can be read."), icon=":material/help:")  # fmt: skip
    places = dict(enumerate(looked.columns))
    left, right = st.columns(2)
    content = left.selectbox(
        _("Column with the reports (content)"),
        list(places),
        index=looked.content,
        format_func=lambda place: labelled(place, places[place]),
        placeholder=_("Choose a column"),
        key=f"{key}_content",
    )
    sms_id = right.selectbox(
        _("Column with the message id (sms_id)"),
        list(places),
        index=looked.sms_id,
        format_func=lambda place: labelled(place, places[place]),
        placeholder=_("There is none"),
        key=f"{key}_id",
    )
    if content is None:
        return None
    return {"content": content} if sms_id is None or sms_id == content else {"content": content, "sms_id": sms_id}


def labelled(place: int, name: str) -> str:
    """A column by its place, as people count, and its name."""
    return f"{place + 1} · {ui.shortened(name)}" if name else f"{place + 1}"


def describe(looked: Preview, key: str, *, chosen: bool) -> None:
    """The shape in words, and the first lines as they are understood, or as they stand where nothing is."""
    if looked.format:
        st.caption(_("Recognised as: {format}").format(format=ui.words().log_format(looked.format)))
    if not looked.sure and (chosen or not looked.columns):
        st.warning(
            _("Hardly any of the first lines can be read. What can be read goes in, the rest is kept as unreadable."),
            icon=":material/report:",
        )
    if any(not isinstance(item, Unreadable) for item in looked.items):
        header = [_("What it is"), _("Number"), _("What it says"), _("Time"), _("Message id")]
        rows = [cells(item) for item in looked.items[:SHOWN]]
        data = dict(zip(header, zip(*rows, strict=True), strict=True))
        st.dataframe(data, key=f"{key}_items", hide_index=True, height="content",
                     alt=_("The first lines as they are understood"))  # fmt: skip
    elif looked.lines:
        st.code("\n".join(ui.shortened(line, 300) for line in looked.lines[:SHOWN]), language=None)


def cells(item: Item) -> tuple[str, ...]:
    """What was read of a line, as a row of the preview."""
    words = ui.words()
    if isinstance(item, Unreadable):
        return (_("Unreadable"), "–", f"{words.unreadable(item.why)}: {item.raw[:200]}", "–", "–")
    at = ui.taipei(to_text(item.at), seconds=True)
    if isinstance(item, Reply):
        return (_("Reply"), item.phone, item.text, at, "–")
    told = words.status_word(item.word)
    return (_("Receipt"), item.phone, told if told == item.word else f"{told} ({item.word})", at, item.sms_id or "–")
