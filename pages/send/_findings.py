"""What is in a customer list: the figures, the rows that are ready, and the problems with what to do about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

import ui
from ui import _, n_

if TYPE_CHECKING:
    from smsget.recipients import RecipientList

PREVIEW_ROWS = 20
PROBLEM_ROWS = 50


def show_figures(recipients: RecipientList) -> None:
    """Every row is in exactly one place, and the places add up."""
    ui.metrics(
        [
            (_("Rows"), ui.number(recipients.rows), _("Everything below the header.")),
            (_("Ready"), ui.number(len(recipients.ready)), _("Numbers that can be texted, each once.")),
            (_("Duplicates"), ui.number(recipients.duplicates), _("The same number again; the first row counts.")),
            (_("Problems"), ui.number(recipients.rejected), _("Rows that cannot be texted as they stand.")),
            (_("Blank"), ui.number(recipients.blank), _("Rows without a number.")),
            (_("Suppressed"), ui.number(recipients.suppressed), _("On the suppression list: never texted.")),
        ]
    )
    words = ui.words()
    if recipients.repairs:
        repaired = [f"{words.repair(code)}: {ui.number(count)}" for code, count in recipients.repairs.items()]
        st.caption(_("Put right by itself: {repairs}").format(repairs=" · ".join(repaired)))
    if recipients.countries:
        found = [f"{words.country(code)} {ui.number(count)}" for code, count in recipients.countries.items()]
        st.caption(_("Ready by country: {countries}").format(countries=" · ".join(found)))


def offer_countries(recipients: RecipientList) -> None:
    """Numbers of countries nobody chose, to be allowed with one click."""
    problems = recipients.problems
    left_out = problems.loc[problems["code"] == "country_not_chosen", "country"].value_counts()
    words, rates = ui.words(), ui.store().settings.rates()
    chosen = st.session_state["recipients_countries"]
    with st.container(horizontal=True):
        for country, count in left_out.items():
            rate = rates.credits(str(country), 1)
            st.button(
                _("Also text {country} ({count})").format(country=words.country(str(country)), count=ui.number(count)),
                key=f"recipients_allow_{country}",
                icon=":material/add:",
                help=_("The rate is unknown.")
                if rate is None
                else n_("{points} point per part of a text", "{points} points per part of a text", rate).format(
                    points=rate
                ),
                on_click=lambda code=str(country): st.session_state.update(recipients_countries=[*chosen, code]),
            )


def show_ready(recipients: RecipientList, stem: str) -> None:
    """The first rows as they will be saved."""
    if recipients.ready.empty:
        st.text(_("No row of this file can be texted. The problems say why."))
        return
    st.dataframe(
        recipients.ready.head(PREVIEW_ROWS).assign(_country=lambda rows: rows["_country"].map(ui.words().country)),
        key="recipients_preview",
        hide_index=True,
        column_config={"_row": _("Row"), "_phone": _("Number"), "_country": _("Country")},
        alt=_("The first rows that are ready to be texted"),
    )
    shown = min(PREVIEW_ROWS, len(recipients.ready))
    st.caption(_("The first {shown} of {all}.").format(shown=shown, all=ui.number(len(recipients.ready))))
    from smsget.recipients import ready_table

    ui.download_csv(_("Download the ready rows"), f"{stem}-ready.csv", lambda: ready_table(recipients),
                    "recipients_download_ready")  # fmt: skip


def show_problems(recipients: RecipientList, stem: str) -> None:
    """The rows that cannot be texted: why, and what to do about it."""
    problems = recipients.problems
    if problems.empty:
        st.text(_("No problems: every number in this file can be read."))
        return
    words = ui.words()
    counts = {str(code): count for code, count in problems["code"].value_counts().items()}
    reasons = {code: words.reject(code) for code in counts}
    wanted = st.pills(
        _("Show only"),
        list(counts),
        selection_mode="multi",
        format_func=lambda code: f"{reasons[code]} ({ui.number(counts[code])})",
        key=f"recipients_reasons_{'_'.join(sorted(counts))}",
    )
    for code in wanted:
        st.caption(words.reject_advice(code))
    chosen = problems[problems["code"].isin(wanted)] if wanted else problems
    page, shown = ui.page_of(len(chosen), PROBLEM_ROWS, f"recipients_problems_{'_'.join(wanted)}")
    rows = chosen.iloc[shown]
    st.dataframe(
        {
            _("Row"): rows["row"].tolist(),
            _("In the file"): rows["value"].tolist(),
            _("What is wrong"): [reasons[code] for code in rows["code"]],
            _("What to do"): [words.reject_advice(code) for code in rows["code"]],
        },
        key=f"recipients_problem_rows_{'_'.join(wanted)}_{page}",
        hide_index=True,
        alt=_("Rows that cannot be texted, with the reason and what to do"),
    )
    from smsget.recipients import rejects_table

    ui.download_csv(
        _("Download the rows with problems"),
        f"{stem}-problems.csv",
        lambda: rejects_table(recipients, reasons.__getitem__),
        "recipients_download_problems",
    )
    st.caption(_("Correct them in that file and upload it here as a list of its own."))
