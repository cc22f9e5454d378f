"""The language of the session.

Every look-up goes there, because fragments rerun on other threads and one process serves several people.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

import streamlit as st

from smsget.i18n import LANGUAGES, match_language, translations
from smsget.words import Words

_speaking: ContextVar[str] = ContextVar("speaking", default="")
"""The language of a download, which is made outside of a script run. For nothing else: it is lost between runs."""


@contextlib.contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language inside, on a thread without a session."""
    token = _speaking.set(language)
    try:
        yield
    finally:
        _speaking.reset(token)


def language() -> str:
    """The language of this session: what the person chose, else what the browser asks for."""
    return _speaking.get() or st.session_state.get("language") or asked_for() or match_language(st.context.locale)


def asked_for() -> str | None:
    """The language that the address names: what was chosen before a reload."""
    named = st.query_params.get("language")
    return next((code for code, name in LANGUAGES.items() if name == named), None)


def _(text: str) -> str:
    """`text` in this session's language."""
    # the empty message is the catalogue's header
    return translations(language()).gettext(text) if text else ""


def n_(singular: str, plural: str, count: int) -> str:
    """The form for `count`, in this session's language."""
    return translations(language()).ngettext(singular, plural, count)


def words() -> Words:
    """The sentences for codes and states, in this session's language."""
    return Words(translations(language()))


def language_switch() -> None:
    """Let the person choose the language; the address keeps it, through reloads and from page to page."""
    codes = list(LANGUAGES)
    st.selectbox(
        "Language / 語言",
        codes,
        index=codes.index(match_language(st.context.locale)),
        format_func=LANGUAGES.__getitem__,
        key="language",
        label_visibility="collapsed",
        bind="query-params",
    )
