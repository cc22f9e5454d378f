"""What is said about the text, right below it: its size, what makes it dear, what cannot be sent, and its fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

import ui
from smsget.campaigns import replace_all, replacements, review
from smsget.errors import TextRefused
from smsget.segments import count_segments, not_carried
from smsget.store import ListInfo
from ui import _, n_

AROUND = 12
"""So many characters are shown on both sides of a place in the text."""


def explain(text: str) -> None:
    """Encoding, units and parts of the text as it stands; what stops it, and what makes it dear."""
    measure(text)
    if stops := not_carried(text):
        show_not_carried(text, stops)
    else:
        show_replacements(text)


def measure(text: str) -> None:
    """Encoding, units and parts of the text as it stands."""
    size = count_segments(text)
    kind = _("English (GSM-7)") if size.encoding == "GSM-7" else _("Chinese or other (UCS-2)")
    parts = n_("{n} part", "{n} parts", size.segments).format(n=size.segments)
    units = n_("{n} character", "{n} characters", size.units).format(n=size.units)
    told = f"{kind} · {units} · {parts}"
    if "{{" in text:
        told += " · " + _("with the fields as written; the price counts everybody's own text")
    st.caption(told)


def show_not_carried(text: str, stops: dict[str, list[int]]) -> None:
    """Emoji and their like stop the text: which they are, and where."""
    refused = TextRefused("not_carried", characters=list(stops))
    st.error(ui.literal(ui.explain(refused)), icon=":material/block:")
    places = sorted((at, character) for character, found in stops.items() for at in found)
    rows = [
        {"place": place(text, at), "around": around(text, at, len(character))} for at, character in places[:10]
    ]  # fmt: skip
    config: dict[str, Any] = {
        "place": _("Where"),
        "around": st.column_config.TextColumn(_("In the text"), width="large"),
    }
    st.dataframe(rows, column_config=config, hide_index=True, alt=_("Where the characters are that stop this text"))


def place(text: str, at: int) -> str:
    """A place in a text, as people count: line and character."""
    line = text.count("\n", 0, at) + 1
    return _("line {line}, character {n}").format(line=line, n=at - (text.rfind("\n", 0, at) + 1) + 1)


def around(text: str, at: int, length: int) -> str:
    """What stands around a place in a text, on one line."""
    begin, end = max(0, at - AROUND), at + length + AROUND
    shown = text[begin:end].replace("\n", " ")
    return f"{'…' if begin else ''}{shown}{'…' if end < len(text) else ''}"


def show_replacements(text: str) -> None:
    """Which characters make an English text Unicode or displease carriers, and what would stand in their place."""
    offered = replacements(text)
    dear = review(text)
    if not offered and not dear:
        return
    words, size, after = ui.words(), count_segments(text), replace_all(text)
    with st.container(border=True, key="compose_dear"):
        for notice in dear:
            st.markdown(f":material/info: {ui.literal(words.notice(notice))}")
        if not offered:
            st.caption(
                _("Chinese punctuation is left as it is, for the fields may bring Chinese.") if "{{" in text
                else _("There is nothing cheaper to write in their place.")
            )  # fmt: skip
            return
        if not dear:
            st.markdown(":material/info: " + _("Some characters are better written half-width or left out:"))
        rows = [
            {"is": words.character(each.character), "be": words.character(each.replacement) or _("nothing"),
             "times": len(each.positions), "where": around(text, each.positions[0], 1)}
            for each in offered
        ]  # fmt: skip
        config = {"is": _("Character"), "be": _("In its place"), "times": _("Times"), "where": _("First place")}
        st.dataframe(rows, column_config=config, hide_index=True, alt=_("Characters to replace"))
        saved = n_("{before} part becomes {n}.", "{before} parts become {n}.", size.segments)
        shorter = count_segments(after).segments
        st.button(_("Replace all"), key="compose_replace", icon=":material/find_replace:", on_click=put_text,
                  args=(after,))  # fmt: skip
        if shorter < size.segments:
            st.caption(saved.format(before=size.segments, n=shorter))


def put_text(text: str) -> None:
    """Replace the text; the former one can be put back."""
    state = st.session_state
    before = state["compose_text"]
    state.update(compose_text=text, compose_before=before if before.strip() and before != text else None)


def undo() -> None:
    """The way back to the text before the last replacement."""
    if (before := st.session_state["compose_before"]) is not None:
        st.button(_("Put the former text back"), key="compose_undo", on_click=put_text, icon=":material/undo:",
                  type="tertiary", args=(before,))  # fmt: skip


def insert_fields(chosen: Sequence[ListInfo]) -> None:
    """One pill for every column of the chosen lists: it adds the field to the text."""
    names = dict.fromkeys(name for info in chosen for name in info.fields)
    usable = [name for name in names if name and name == name.strip() and not set(name) & set("{}|")]
    if odd := [name for name in names if name not in usable]:
        told = _("These columns cannot be fields, for their names hold a bar, a brace or blanks: {names}")
        st.caption(ui.literal(told.format(names=", ".join(odd))))
    if usable:
        st.pills(_("Insert a field"), usable, key="compose_field", on_change=insert_field, format_func=ui.literal,
                 help=_("It goes to the end of the text. After a bar comes what people without a value get: "
                        "`{example}`").format(example="{{" + usable[0] + "|…}}"))  # fmt: skip


def insert_field() -> None:
    """Put the chosen field behind the text, and take the choice back."""
    state = st.session_state
    if name := state["compose_field"]:
        state.update(compose_text=state["compose_text"] + "{{" + name + "}}", compose_field=None)
