"""The file that the recipients page looks at, and how it is read: countries, phone column, encoding."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

import ui
from smsget.errors import UnreadableFile
from smsget.i18n import N_
from smsget.numbers import ALL_COUNTRIES
from ui import _

if TYPE_CHECKING:
    from streamlit.typing import UploadedFile

    from smsget.recipients import RecipientList

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "cp950": N_("Traditional Chinese (CP950, Excel in Taiwan)"),
    "big5hkscs": N_("Traditional Chinese (Big5-HKSCS, has more characters)"),
    "gb18030": N_("Simplified Chinese (GB18030)"),
    "cp932": N_("Japanese (Shift JIS)"),
    "cp949": N_("Korean (CP949)"),
    "cp1252": N_("Western European (Windows-1252)"),
}


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


def choose_countries() -> list[str]:
    """The countries that are meant. Numbers of the others become problems, with a button to allow them."""
    st.session_state.setdefault("recipients_countries", ["TW"])
    return st.multiselect(
        _("Countries you mean to text"),
        ALL_COUNTRIES,
        format_func=ui.words().country,
        key="recipients_countries",
        persist_state="session",
    )


def encoding_name(codec: str | None) -> str:
    """An encoding as people know it."""
    return _(ENCODINGS.get(codec or "", codec or ""))


def check(source: UploadedFile | Path, countries: list[str]) -> RecipientList:
    """Read the file, once for each set of choices. Raises `UnreadableFile`."""
    token = token_of(source)
    encoding = st.session_state.get(f"recipients_encoding_{token}")
    column = st.session_state.get(f"recipients_column_{token}_{encoding}")
    suppression = ui.store().suppression
    choices = (token, frozenset(countries), encoding, suppression.count(), tuple(suppression.all(limit=1)))
    known = st.session_state.get("recipients_read")
    if known and known[0] == choices and column in (None, known[1].phone_column):
        return known[1]
    from smsget.recipients import read_recipients

    with st.spinner(_("Reading the file …")):
        content = source if isinstance(source, Path) else source.getvalue()
        recipients = read_recipients(content, source.name, countries=countries, phone_column=column,
                                     encoding=encoding, suppressed=suppression.phones())  # fmt: skip
    st.session_state["recipients_read"] = (choices, recipients)
    return recipients


def choose_after_error(error: UnreadableFile, token: str) -> None:
    """Let the person settle what the file left open: its phone column or its encoding."""
    if error.code in ("no_phone_column", "column_missing"):
        choose_column([name for name in dict.fromkeys(error.evidence["columns"]) if name], None, token)
    elif error.code == "unknown_encoding":
        choose_encoding(error.evidence["choices"], token)


def choose_column(columns: list[str], chosen: str | None, token: str) -> None:
    """The column with the mobile numbers. Another encoding gives the columns other names."""
    encoding = st.session_state.get(f"recipients_encoding_{token}")
    st.selectbox(
        _("Column with the mobile numbers"),
        columns,
        index=columns.index(chosen) if chosen in columns else None,
        placeholder=_("Choose a column"),
        key=f"recipients_column_{token}_{encoding}",
    )


def choose_encoding(choices: list[str], token: str) -> None:
    """The encoding, for those few files that do not tell."""
    st.selectbox(
        _("Encoding of the file"),
        choices,
        index=None,
        format_func=encoding_name,
        placeholder=_("Choose an encoding"),
        key=f"recipients_encoding_{token}",
        help=_("Choose another one if names look wrong below."),
    )


def choose_how(recipients: RecipientList, token: str) -> None:
    """How the file was read, to be changed: the phone column, and out of the way the encoding."""
    choose_column(recipients.header, recipients.phone_column, token)
    if recipients.delimiter:
        with st.expander(_("Do names look wrong?"), type="compact"):
            codec = encoding_name(recipients.encoding.removesuffix("-sig"))
            st.caption(_("Read as {encoding}.").format(encoding=codec))
            choose_encoding(list(ENCODINGS), token)
