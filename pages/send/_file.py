"""The file that the recipients page looks at: chosen, read once with its progress, sorted anew at every choice.

file ─ open_table (once for each encoding, sheet, header) ─> Table ─ classify (at every choice) ─> RecipientList
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import streamlit as st

import ui
from smsget.errors import UnreadableFile
from ui import _

if TYPE_CHECKING:
    from streamlit.typing import UploadedFile

    from smsget.recipients import RecipientList, Table


class Choices(NamedTuple):
    """How a person wants the file to be read; what is None or empty is left to the program.

    named: the phone columns of a file in which none was found. columns: those of any other file, in their order; ()
    when the person took all of them away.
    """

    encoding: str | None = None
    sheet: str | None = None
    headed: bool | None = None
    named: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    split: bool = False

    @property
    def opening(self) -> tuple[object, ...]:
        """What the file has to be opened anew for."""
        return self[:4]


class Against(NamedTuple):
    """What the rows of a table are compared with."""

    countries: tuple[str, ...]
    suppressed: set[str]
    listed: set[str]
    split: bool

    def classify(self, table: Table, columns: Sequence[str]) -> RecipientList:
        """The rows of a table, each in its place, with the numbers of these columns."""
        from smsget.recipients import classify, give_back

        recipients = classify(table, phone_columns=columns, **self._asdict())
        give_back()
        return recipients

    def count_ready(self, table: Table, columns: Sequence[str]) -> int:
        """How many of them would be ready."""
        from smsget.recipients import count_ready, give_back

        ready = count_ready(table, phone_columns=columns, **self._asdict())
        give_back()
        return ready


class Sorted(NamedTuple):
    """The file as it is read now. `key` tells these choices from any others, `token` this file."""

    token: str
    key: tuple[object, ...]
    table: Table
    recipients: RecipientList
    against: Against

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return Path(self.recipients.file).stem


def choose_file() -> UploadedFile | Path | None:
    """The file to look at: what was uploaded, else the sample if it was asked for, which only the sandbox offers."""
    uploaded = st.file_uploader(
        _("A file with your customers' mobile numbers"),
        type=ui.LIST_TYPES,
        key="recipients_upload",
        on_change=lambda: st.session_state.update(recipients_sample=False),
        help=_("CSV, TSV, TXT, XLSX, XLS or ODS, as your shop system or Excel exports it. It stays on this computer."),
    )
    if uploaded is not None:
        return uploaded
    if not ui.is_sandbox():
        return None
    if st.session_state.get("recipients_sample"):
        return ui.SAMPLE
    st.button(_("Use the sample list"), key="recipients_use_sample", icon=":material/science:",
              on_click=lambda: st.session_state.update(recipients_sample=True))  # fmt: skip
    return None


def token_of(source: UploadedFile | Path) -> str:
    """What tells this choice of a file from any other one; the keys of its widgets hold it."""
    return "sample" if isinstance(source, Path) else source.file_id


def forget() -> None:
    """Let go of everything: there is no file, or another one."""
    if held := ui.held():
        drop(*held)


def drop(*names: str) -> None:
    """Let go of what was kept under these names, before its like is made: two need not be in memory together."""
    from smsget.recipients import give_back

    for name in names:
        ui.held().pop(name, None)
    give_back()


# --- choices -----------------------------------------------------------------------------------------------------


def choices_for(token: str) -> Choices:
    """What the person chose for this file."""
    held = ui.held()
    if "choices" not in held or held["choices"][0] != token:
        forget()
        held["choices"] = (token, Choices())
    return held["choices"][1]


def choose(**changes: Any) -> None:
    """Note a choice, as a callback. A file that is opened in another way has other columns."""
    token, before = ui.held()["choices"]
    after = before._replace(**changes)
    if after.opening != before.opening:
        after = after._replace(columns=None)
    if (after.encoding, after.sheet) != (before.encoding, before.sheet):
        after = after._replace(headed=None, named=())
    ui.held()["choices"] = (token, after)


def choose_nothing() -> None:
    """Leave everything to the program again, as a callback."""
    token, _before = ui.held()["choices"]
    ui.held()["choices"] = (token, Choices())


def choose_from(field: str, key: str) -> None:
    """Note what the widget `key` says as the choice `field`."""
    value = st.session_state[key]
    choose(**{field: tuple(value) if isinstance(value, list) else value})


# --- reading -----------------------------------------------------------------------------------------------------


def opened(source: UploadedFile | Path, choices: Choices) -> Table:
    """The file's table, read once for each way to open it. Raises `UnreadableFile`, which is kept as well."""
    held, key = ui.held(), (token_of(source), *choices.opening)
    if "table" not in held or held["table"][0] != key:
        drop("table", "sorted", "gains")
        held["table"] = (key, _open(source, choices))
    table: Table | UnreadableFile = held["table"][1]
    if isinstance(table, UnreadableFile):
        raise table.with_traceback(None)
    return table


def _open(source: UploadedFile | Path, choices: Choices) -> Table | UnreadableFile:
    from smsget.recipients import give_back, open_table

    # An upload's `getvalue` is its bytes themselves; `getbuffer` would copy them.
    content = source if isinstance(source, Path) else source.getvalue()
    with ui.progress(_("Reading the file …")) as progress:
        try:
            return open_table(
                content, source.name, phone_columns=choices.named, encoding=choices.encoding, sheet=choices.sheet,
                headed=choices.headed, progress=progress,
            )  # fmt: skip
        except UnreadableFile as error:
            error.__cause__ = error.__context__ = None  # their frames would hold the bytes
            return error.with_traceback(None)
        finally:
            give_back()


def sort(token: str, table: Table, choices: Choices, countries: Sequence[str], listed: Sequence[int]) -> Sorted:
    """The rows by these choices, sorted again only when one of them, or what they are compared with, has changed."""
    held, store = ui.held(), ui.store()
    key = (token, choices, frozenset(countries), frozenset(listed))
    lists = [(one.id, one.changed_at, one.people) for one in store.lists.all() if one.id in listed]
    compared = (key, lists, store.suppression.count(), store.suppression.all(limit=1))
    if "sorted" not in held or held["sorted"][0] != compared:
        drop("sorted", "gains")
        read_numbers(table, choices.columns or table.phone_columns)
        with st.spinner(_("Sorting the rows …")):
            against = Against(tuple(countries), store.suppression.phones(), store.lists.phones(listed), choices.split)
            recipients = against.classify(table, choices.columns or ())
        held["sorted"] = (compared, Sorted(token, key, table, recipients, against))
    found: Sorted = held["sorted"][1]
    return found


def read_numbers(table: Table, columns: Sequence[str]) -> None:
    """Read the cells of these columns, which are kept with the table: of a long file the longest part of sorting."""
    from smsget.recipients.entries import readings_of

    with ui.progress(_("Reading the numbers …")) as progress:
        for column in columns:
            readings_of(table, table.header.index(column), progress)
