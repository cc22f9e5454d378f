"""What the pages share: language, store, account, the engine, errors in words, and small widgets.

Pages write rows and read rows; nothing is sent in a script run.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from smsget import launch, samples
from smsget.account import Account, find_account, secrets_table
from smsget.errors import AccountError, BadRequest, GatewayError, SMSGetError
from smsget.store import Campaign, Store, default_path
from ui.languages import _, language, language_switch, n_, words
from ui.text import TAIPEI, campaign_name, list_labels, literal, number, shortened, taipei, taipei_now, typed
from ui.widgets import (
    LIST_TYPES,
    STATUS_COLOURS,
    STATUSES,
    WITH_COMMAS,
    Pages,
    Table,
    agreed,
    download_csv,
    flash,
    held,
    metrics,
    page_of,
    progress,
    row_height,
    show_flash,
)

if TYPE_CHECKING:
    from smsget.gateway import Credit, Gateway

# what the modules beside this one offer
__all__ = [
    "LIST_TYPES", "STATUSES", "STATUS_COLOURS", "TAIPEI", "WITH_COMMAS", "Pages", "Table", "_", "agreed",
    "campaign_name", "download_csv", "flash", "held", "language", "language_switch", "list_labels", "literal",
    "metrics", "n_", "number", "page_of", "progress", "row_height", "shortened", "show_flash", "taipei", "taipei_now",
    "typed", "words",
]  # fmt: skip

SAMPLE = Path(__file__).parent.parent / "data" / "samples" / "members_utf8_bom.csv"
LONGEST_ID = 18  # digits that a row's number of SQLite (64 bits) can have for certain
log = logging.getLogger("smsget.pages")


# --- store, account, engine --------------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def _open(path: Path) -> Store:
    return Store(path)


def store() -> Store:
    """The database. Raises `StoreError` and its kinds."""
    return _open(default_path().absolute())


def campaign(number: str) -> Campaign:
    """The campaign or draft that an address names. Raises `BadRequest('no_such_campaign')`."""
    if not number.isdecimal() or len(number) > LONGEST_ID:
        raise BadRequest("no_such_campaign", campaign=number)
    return store().campaigns.get(int(number))


@st.cache_resource(ttl=5, show_spinner=False)
def _account(path: Path) -> Account:
    return find_account(path)


class UnusableAccount(AccountError):
    """The account that is set up cannot be used; a page that is drawn with it begins by saying so (`say_account`)."""


def account() -> Account:
    """The account in use, looked up every few seconds. Raises `UnusableAccount`, for half an account for instance."""
    try:
        return _account(store().path)
    except AccountError as error:
        raise UnusableAccount(error.code, **error.evidence) from None  # its cause may quote a password


def is_sandbox() -> bool:
    """Whether no text leaves this computer; an account that cannot be used is a real one all the same."""
    try:
        return account().is_sandbox
    except UnusableAccount:
        return False


def forget_account() -> None:
    """Look the account up afresh: it was changed in the settings."""
    _account.clear()


def refuse_samples(lists: Iterable[int]) -> None:
    """Refuse to text invented customers with a real account: nobody knows whose their numbers are.

    Raises `BadRequest('sample_list')`.
    """
    if is_sandbox():
        return
    for info in map(store().lists.get, lists):
        samples.refuse_samples(info.name, [one.sha256 for one in info.files])


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


def say_error(error: SMSGetError, *, asked_only: bool = False) -> None:
    """Show an error as a sentence. What it quotes (a column's name, an address) stays as it is."""
    st.error(literal(words().error(error, asked_only=asked_only)), icon=":material/error:")


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Show what goes wrong inside as a sentence instead of a traceback; the rest of the page goes on."""
    try:
        yield
    except SMSGetError as error:
        if not (isinstance(error, UnusableAccount) and st.session_state.get("account_said")):
            say_error(error)
    except Exception:
        log.exception("unexpected")
        st.error(
            _("Something unexpected went wrong. Nothing was sent because of it. Reload the page; if it happens again, "
              "the window in which the dashboard was started says more."),
            icon=":material/error:",
        )  # fmt: skip


# --- the account on the page -------------------------------------------------------------------------------------


def credit_button(key: str) -> None:
    """A button that asks SMS-Get for the points left. A question charges nothing, whatever becomes of it."""
    if st.button(_("Ask SMS-Get"), key=key, icon=":material/refresh:"):
        try:
            with st.spinner(_("Asking SMS-Get …")):
                ask_credit()
        except GatewayError as error:
            say_error(error, asked_only=True)


def points(key: str, beside: Callable[[], object] = lambda: None) -> bool:
    """The last reading of the points, the question for a new one, what `beside` draws; whether any was ever read."""
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        figure = st.container(width=220, gap="xxsmall")
        credit_button(key)
        beside()
    reading = store().credits.latest(account().key)
    figure.metric(_("Points left"), number(reading.credits if reading else None))
    figure.caption(_("As of {time}").format(time=taipei(reading.at)) if reading else _("Not asked yet"))
    return reading is not None


def say_account() -> bool:
    """Say plainly when nothing is really sent, or what is wrong with the account; whether there is a usable one."""
    try:
        chosen = account()
    except UnusableAccount as error:  # the pages are shown all the same: one of them is where it is mended
        say_error(error)
        st.session_state["account_said"] = True
        return False
    st.session_state.pop("account_said", None)
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
