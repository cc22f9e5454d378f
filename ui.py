"""What the pages share: language, store, account, the engine, errors in words, and small widgets.

Pages write rows and read rows; nothing is sent in a script run. Every look-up of the language goes to the session,
because fragments rerun on other threads and one process serves several people.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from smsget import launch
from smsget.account import Account, find_account, secrets_table
from smsget.errors import AccountError, GatewayError, SMSGetError
from smsget.export import csv_bytes
from smsget.i18n import LANGUAGES, match_language, translations
from smsget.store import Store, default_path, from_text
from smsget.words import Words

if TYPE_CHECKING:
    from smsget.gateway import Credit, Gateway

TAIPEI = ZoneInfo("Asia/Taipei")
SAMPLE = Path(__file__).parent / "data" / "samples" / "members_utf8_bom.csv"
log = logging.getLogger("smsget.pages")


# --- language ----------------------------------------------------------------------------------------------------


_speaking: ContextVar[str] = ContextVar("speaking", default="")
"""The language of a download, which is made outside of a script run. For nothing else: it is lost between runs."""


def language() -> str:
    """The language of this session: what the person chose, else what the browser asks for."""
    return _speaking.get() or st.session_state.get("language") or match_language(st.context.locale)


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
    """Let the person choose the language; it holds for the session."""
    st.session_state.setdefault("language", language())
    st.selectbox(
        "Language / 語言",
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key="language",
        label_visibility="collapsed",
        persist_state="session",
    )


# --- store, account, engine --------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def _open(path: Path) -> Store:
    return Store(path)


def store() -> Store:
    """The database. Raises `StoreError` and its kinds."""
    return _open(default_path().absolute())


@st.cache_resource(ttl=5, show_spinner=False)
def _account(path: Path) -> Account:
    return find_account(path)


def account() -> Account:
    """The account in use, looked up every few seconds. Raises `AccountError` for half an account."""
    return _account(store().path)


def forget_account() -> None:
    """Look the account up afresh: it was changed in the settings."""
    _account.clear()


def keep_engine() -> None:
    """Note that somebody looks, and make sure that an engine runs. Cheap; called on every page load."""
    store().leases.look()
    launch.ensure_engine(store(), account().key)


def gateway() -> Gateway:
    """A client for the account in use; waits a moment for the engine while it is the sandbox."""
    chosen = account()
    if not chosen.is_sandbox:
        return chosen.gateway()
    keep_engine()  # the sandbox is served by it, and nothing else starts it before this page is drawn
    return chosen.gateway(sandbox_url=launch.sandbox_url(store()))


def ask_credit() -> Credit:
    """Ask the gateway for the credits left, and keep the reading. Raises `GatewayError`."""
    answer = gateway().credit()
    store().credits.keep(account().key, answer.credits)
    return answer


# --- errors in words ---------------------------------------------------------------------------------------------


def explain(error: SMSGetError) -> str:
    """What happened, what it means and what to do now, in this session's language."""
    return words().error(error)


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Show what goes wrong inside as a sentence instead of a traceback; the rest of the page goes on."""
    try:
        yield
    except SMSGetError as error:
        st.error(literal(explain(error)), icon=":material/error:")
    except Exception:
        log.exception("unexpected")
        st.error(
            _("Something unexpected went wrong. Nothing was sent because of it. Reload the page; if it happens again, "
              "the window in which the dashboard was started says more."),
            icon=":material/error:",
        )  # fmt: skip


# --- small widgets -----------------------------------------------------------------------------------------------


def number(value: float | None) -> str:
    """A number as people write it: 12,345; a dash for nothing."""
    return "–" if value is None else f"{value:,}"


def taipei(text: str | None, *, seconds: bool = False) -> str:
    """A time of the database as Taipei reads it: 2026-11-22 15:04."""
    if not text:
        return "–"
    return from_text(text).astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def taipei_now() -> datetime:
    """The present in Taipei."""
    return datetime.now(TAIPEI)


_MARKDOWN = re.compile(r"[\\`*_\[\]<>$~|&]|:(?=[a-z])|(?m:^\s*)(?:[#>+=-]|\d+[.)])")
# What Streamlit replaces after it has taken the escapes away: `:icons:`, web and mail addresses, `->` and its kin.
_REPLACED = re.compile(r"(?<=:)(?!\d\d:)(?=[^\s:]+:|//)|(?<=[-<>])(?=[-=>])|(?<=www)(?=\.)|(?<=\w)(?=@\w)")
_WORD_JOINER = "\u2060"  # invisible, and allows no line break


def literal(text: str) -> str:
    """Text of a person's own (a list's name, a message) so that Markdown leaves it as it is."""
    text = _REPLACED.sub(_WORD_JOINER, text)
    return _MARKDOWN.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)


def campaign_name(campaign_id: int, name: str) -> str:
    """What a campaign is called; one without a name is called by its number. For Markdown put it through `literal`."""
    return name or _("Campaign {id}").format(id=campaign_id)


def metrics(figures: Sequence[tuple[str, str]] | Sequence[tuple[str, str, str]]) -> None:
    """A row of figures in cards that wrap on a narrow screen: (label, value[, help])."""
    with st.container(horizontal=True):
        for label, value, *more in figures:
            st.metric(label, value, help=more[0] if more else None, border=True)


def download_csv(
    label: str, file: str, header: Sequence[str], rows: Callable[[], Iterable[Sequence[object]]], key: str
) -> None:
    """A button for a table of any size: `rows` is asked when it is clicked, on a thread without a session."""
    spoken = language()

    def content() -> bytes:
        token = _speaking.set(spoken)
        try:
            return csv_bytes(header, rows())
        finally:
            _speaking.reset(token)

    st.download_button(label, content, file, "text/csv", key, on_click="ignore", icon=":material/download:")


STATUS_COLOURS = {
    "delivered": "#2A9070", "failed": "#D9534F", "pending": "#4F86D0", "other": "#9473CC", "none": "#7F8D99",
}  # fmt: skip
"""Delivery statuses in charts. Each has a contrast of 3:1 or more to both backgrounds (WCAG 1.4.11)."""


def credit_button(key: str) -> None:
    """A button that asks SMS-Get for the points left. A question charges nothing, whatever becomes of it."""
    if st.button(_("Ask SMS-Get"), key=key, icon=":material/refresh:"):
        try:
            with st.spinner(_("Asking SMS-Get …")):
                ask_credit()
        except GatewayError as error:
            st.error(words().error(error, asked_only=True), icon=":material/error:")


class Identified(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int:
        """The key that rows are paged by."""


Row = TypeVar("Row", bound=Identified)


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
        self._starts: list[int] = kept[1]  # the id before each page but the first
        self._last = self._shown = 0
        self._more = False

    @property
    def number(self) -> int:
        """The page, from 1."""
        return len(self._starts) + 1

    def rows(self, fetch: Callable[[int | None, int], list[Row]]) -> list[Row]:
        """The rows of this page; `fetch` takes the id before the page (None for the first) and how many rows."""
        rows = fetch(self._starts[-1] if self._starts else None, self.SIZE + 1)
        self._more = len(rows) > self.SIZE
        rows = rows[: self.SIZE]
        self._shown = len(rows)
        if rows:
            self._last = rows[-1].id
        return rows

    def buttons(self, total: int) -> None:
        """Previous, next, and where this is; nothing if all fits on one page."""
        if not self._starts and not self._more:
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


def flash(message: str) -> None:
    """Show a message after the coming rerun (a success that leads to a rerun would else vanish)."""
    st.session_state["flash"] = message


def show_flash() -> None:
    """Show the message that `flash` kept, once."""
    if message := st.session_state.pop("flash", None):
        st.success(message, icon=":material/check_circle:")


def say_account() -> bool:
    """Say plainly when nothing is really sent, or what is wrong with the account; whether there is a usable one."""
    try:
        chosen = account()
    except AccountError as error:  # the pages are shown all the same: one of them is where it is mended
        st.error(literal(explain(error)), icon=":material/error:")
        return False
    if chosen.is_sandbox:
        st.info(
            _("Everything works as it will, with invented delivery reports. To text real people, connect your SMS-Get "
              "account in the settings."),
            title=_("Sandbox: no text leaves this computer"),
            icon=":material/science:",
        )  # fmt: skip
    return True


def require_sign_in() -> None:
    """Let only signed-in people in where the team set up sign-in (`[auth]` in secrets.toml, OpenID Connect)."""
    if not secrets_table("auth"):
        return
    if not st.user.is_logged_in:
        st.title("SMS-Get")
        st.button(_("Sign in"), on_click=st.login, type="primary", icon=":material/login:")
        st.stop()
