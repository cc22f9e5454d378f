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
    from smsget.recipients import RecipientList, Table

KEPT_BYTES = 50_000_000
"""A file of up to so many bytes is there again when somebody comes back to the page; longer ones cost too much."""


class Source(NamedTuple):
    """A file to look at; `token` tells this choice of it from any other one, and the keys of its widgets hold it.

    content: None of a file that was too large to be kept while another page was looked at.
    """

    token: str
    name: str
    content: Path | bytes | None


SAMPLE = Source("sample", ui.SAMPLE.name, ui.SAMPLE)


class Choices(NamedTuple):
    """How a person wants the file to be read; what is None or empty is left to the program.

    named: the phone columns of a file in which none was found. columns: those of any other file, in their order; ()
    when the person took all of them away. listed: the saved lists whose people are left out.
    """

    encoding: str | None = None
    sheet: str | None = None
    headed: bool | None = None
    named: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    split: bool = False
    countries: tuple[str, ...] = ("TW",)
    listed: tuple[int, ...] = ()

    @property
    def opening(self) -> tuple[object, ...]:
        """What the file has to be opened anew for."""
        return self[:4]

    def as_at_first(self) -> Choices:
        """Everything about how the file is read left to the program again."""
        return Choices(countries=self.countries, listed=self.listed)


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
    key: tuple[str, Choices]
    table: Table
    recipients: RecipientList
    against: Against

    @property
    def choices(self) -> Choices:
        """What the person chose."""
        return self.key[1]

    @property
    def stem(self) -> str:
        """The file's name without its ending."""
        return Path(self.recipients.file).stem


def choose_file() -> Source | None:
    """The file to look at: what was uploaded, now or before another page was looked at, or the sandbox's sample."""
    state = st.session_state
    uploaded = st.file_uploader(
        _("A file with your customers' mobile numbers"),
        type=ui.LIST_TYPES,
        key="recipients_upload",
        on_change=put_away,
        help=_("CSV, TSV, TXT, XLSX, XLS or ODS, as your shop system or Excel exports it. It stays on this computer."),
    )
    if uploaded is not None:
        # `getvalue` is the upload's bytes themselves; `getbuffer` would copy them.
        source = Source(uploaded.file_id, uploaded.name, uploaded.getvalue())
        state["recipients_file"] = source if uploaded.size <= KEPT_BYTES else source._replace(content=None)
        return source
    kept: Source | None = state.get("recipients_file")
    if kept == SAMPLE and not ui.is_sandbox():
        kept = None
    if kept is not None:
        return say_open(kept)
    if ui.is_sandbox():
        st.button(_("Use the sample list"), key="recipients_use_sample", icon=":material/science:",
                  on_click=lambda: state.update(recipients_file=SAMPLE))  # fmt: skip
    return None


def say_open(kept: Source) -> Source | None:
    """Say which file is looked at although the box above is empty, or that it has to be uploaded again."""
    with st.container(horizontal=True, vertical_alignment="center"):
        told = _("“{file}” is open.") if kept.content is not None else _(
            "“{file}” was put away when you left this page, because it is large. Upload it again to go on."
        )  # fmt: skip
        st.markdown(f":material/description: {told.format(file=ui.literal(ui.shortened(kept.name)))}", width="content")
        st.button(_("Put it away"), key="recipients_put_away", icon=":material/close:", type="tertiary",
                  on_click=put_away)  # fmt: skip
    return kept if kept.content is not None else None


def put_away() -> None:
    """Look at no file any more, as a callback; an upload that comes with it is looked at in the run that follows."""
    st.session_state["recipients_file"] = None


def forget() -> None:
    """Let go of everything: there is no file, or another one."""
    st.session_state.pop("recipients_choices", None)
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
    """What the person chose for this file; for any other file everything begins anew."""
    if (kept := _chosen(token)) is None:
        forget()
        kept = st.session_state["recipients_choices"] = (token, Choices())
    return kept[1]


def _chosen(token: str) -> tuple[str, Choices] | None:
    kept: tuple[str, Choices] | None = st.session_state.get("recipients_choices")
    return kept if kept is not None and kept[0] == token else None


def choose(token: str, **changes: Any) -> None:
    """Note a choice for this file, as a callback; nothing if the file is gone, for the click may be older than that.

    A file that is opened in another way has other columns.
    """
    if (kept := _chosen(token)) is None:
        return
    before = kept[1]
    after = before._replace(**changes)
    if after.opening != before.opening:
        after = after._replace(columns=None)
    if (after.encoding, after.sheet) != (before.encoding, before.sheet):
        after = after._replace(headed=None, named=())
    st.session_state["recipients_choices"] = (token, after)


def choose_nothing(token: str) -> None:
    """Leave to the program again how this file is read, as a callback."""
    if kept := _chosen(token):
        st.session_state["recipients_choices"] = (token, kept[1].as_at_first())


def choose_from(token: str, field: str, key: str) -> None:
    """Note what the widget `key` says as the choice `field`, as a callback."""
    if key in st.session_state:
        value = st.session_state[key]
        choose(token, **{field: tuple(value) if isinstance(value, list) else value})


def widget(name: str, token: str, field: str, value: object) -> dict[str, Any]:
    """Key and callback of the widget that shows and changes the choice `field` of this file."""
    key = f"recipients_{name}_{token}"
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value
    return {"key": key, "on_change": choose_from, "args": (token, field, key)}


# --- reading -----------------------------------------------------------------------------------------------------


def opened(source: Source, choices: Choices) -> Table:
    """The file's table, read once for each way to open it. Raises `UnreadableFile`, which is kept as well."""
    held, key = ui.held(), (source.token, *choices.opening)
    if "table" not in held or held["table"][0] != key:
        drop("table", "sorted", "gains")
        held["table"] = (key, _open(source, choices))
    table: Table | UnreadableFile = held["table"][1]
    if isinstance(table, UnreadableFile):
        raise table.with_traceback(None)
    return table


def _open(source: Source, choices: Choices) -> Table | UnreadableFile:
    from smsget.recipients import give_back, open_table

    with ui.progress(_("Reading the file …")) as progress:
        try:
            return open_table(
                source.content or b"", source.name, phone_columns=choices.named, encoding=choices.encoding,
                sheet=choices.sheet, headed=choices.headed, progress=progress,
            )  # fmt: skip
        except UnreadableFile as error:
            error.__cause__ = error.__context__ = None  # their frames would hold the bytes
            return error.with_traceback(None)
        finally:
            give_back()


def sort(token: str, table: Table, choices: Choices) -> Sorted:
    """The rows by these choices, sorted again only when one of them, or what they are compared with, has changed."""
    held, store = ui.held(), ui.store()
    lists = [(one.id, one.changed_at, one.people) for one in store.lists.all() if one.id in choices.listed]
    compared = (token, choices, lists, store.suppression.fingerprint())
    if "sorted" not in held or held["sorted"][0] != compared:
        drop("sorted", "gains")
        read_numbers(table, choices.columns or table.phone_columns)
        with st.spinner(_("Sorting the rows …")):
            listed = store.lists.phones([one[0] for one in lists])
            against = Against(choices.countries, store.suppression.phones(), listed, choices.split)
            recipients = against.classify(table, choices.columns or ())
        held["sorted"] = (compared, Sorted(token, (token, choices), table, recipients, against))
    found: Sorted = held["sorted"][1]
    return found


def read_numbers(table: Table, columns: Sequence[str]) -> None:
    """Read the cells of these columns, which are kept with the table: of a long file the longest part of sorting."""
    from smsget.recipients.entries import readings_of

    with ui.progress(_("Reading the numbers …")) as progress:
        for column in columns:
            readings_of(table, table.header.index(column), progress)
