"""What is in a customer list: the figures, the rows that are ready, the problems, and who is left out."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import streamlit as st

import ui
from pages.send._file import Sorted
from ui import _, n_

if TYPE_CHECKING:
    import pandas as pd

    from smsget.recipients import RecipientList

PREVIEW_ROWS = 20
ROWS = 50


def download(
    label: str, file: str, key: str, table: Callable[[RecipientList], ui.Table], recipients: RecipientList
) -> None:
    """A button for a table of the list."""
    # Streamlit keeps the button's function until the next run has ended. That one may make a list anew, and two long
    # ones need not be in memory together.
    shown = weakref.ref(recipients)

    def content() -> ui.Table:
        if (now := shown()) is None:
            raise LookupError(f"{file} is made anew at this moment")
        return table(now)

    ui.download_csv(label, file, content, f"recipients_download_{key}")


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
    if recipients.in_lists:
        told = n_("{count} of the duplicates is on the lists you chose.",
                  "{count} of the duplicates are on the lists you chose.", recipients.in_lists)  # fmt: skip
        st.caption(told.format(count=ui.number(recipients.in_lists)))
    if recipients.countries:
        found = [f"{words.country(code)} {ui.number(count)}" for code, count in recipients.countries.items()]
        st.caption(_("Ready by country: {countries}").format(countries=" · ".join(found)))
    if recipients.repairs:
        repaired = [f"{words.repair(code)}: {ui.number(count)}" for code, count in recipients.repairs.items()]
        st.caption(_("Put right by itself: {repairs}").format(repairs=" · ".join(repaired)))


def offer_countries(recipients: RecipientList) -> None:
    """Numbers of countries nobody chose: how many, what a text to them costs, and a button that allows them."""
    problems = recipients.problems
    foreign = problems[problems["code"] == "country_not_chosen"]
    if foreign.empty:
        return
    words, rates = ui.words(), ui.store().settings.rates()
    chosen = st.session_state["recipients_countries"]
    with st.container(border=True, key="recipients_foreign", gap="xsmall"):
        st.markdown(_("**Numbers of countries you did not choose**"))
        for country, wires in foreign.groupby("country", sort=False)["wire"]:
            code, count = str(country), int(wires.nunique())
            rate = rates.credits(code, count)
            numbers = n_("{count} number", "{count} numbers", count).format(count=ui.number(count))
            cost = _("rate unknown") if rate is None else n_(
                "{points} point per part of a text", "{points} points per part of a text", rate
            ).format(points=ui.number(rate))  # fmt: skip
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(f"{words.country(code)}: {numbers}, {cost}", width="content")
                st.button(
                    _("Also text {country}").format(country=words.country(code)), key=f"recipients_allow_{code}",
                    icon=":material/add:", on_click=st.session_state.update,
                    kwargs={"recipients_countries": [*chosen, code]},
                )  # fmt: skip


def show_rows(read: Sorted) -> None:
    """The rows themselves, by their place."""
    recipients = read.recipients
    good, bad, out = st.tabs([_("Ready"), _("Problems"), _("Left out")], key="recipients_tabs")
    with good:
        show_ready(recipients, read.stem)
    with bad:
        show_problems(recipients, read.stem)
    with out:
        show_left_out(recipients, read.stem)


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

    download(_("Download the ready rows"), f"{stem}-ready.csv", "ready", ready_table, recipients)


def choose_reasons(codes: pd.Series[str], labels: dict[str, str], key: str) -> list[str]:
    """Which of the reasons in a column to show, each with its count; none chosen is all of them."""
    counts = {str(code): int(count) for code, count in codes.value_counts().items()}
    return st.pills(
        _("Show only"),
        list(counts),
        selection_mode="multi",
        format_func=lambda code: f"{labels[code]} ({ui.number(counts[code])})",
        key=f"recipients_{key}_{'_'.join(sorted(counts))}",
    )


def show_problems(recipients: RecipientList, stem: str) -> None:
    """The rows that cannot be texted: why, and what to do about it."""
    problems = recipients.problems
    if problems.empty:
        st.text(_("No problems: every number in this file can be read."))
        return
    words = ui.words()
    reasons = {str(code): words.reject(str(code)) for code in problems["code"].unique()}
    wanted = choose_reasons(problems["code"], reasons, "reasons")
    for code in wanted:
        st.caption(words.reject_advice(code))
    chosen = problems[problems["code"].isin(wanted)] if wanted else problems
    page, shown = ui.page_of(len(chosen), ROWS, f"recipients_problems_{'_'.join(wanted)}")
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

    download(_("Download the rows with problems"), f"{stem}-problems.csv", "problems",
             lambda all_rows: rejects_table(all_rows, reasons.__getitem__), recipients)  # fmt: skip
    st.caption(_("Correct them in that file and upload it here: it finds the list that you save now."))


def show_left_out(recipients: RecipientList, stem: str) -> None:
    """Whose number stands in the file again, or is on a list that was chosen, or must not be texted."""
    left_out = recipients.left_out
    if left_out.empty:
        st.text(_("Nobody is left out: no number comes twice, and none is on the suppression list."))
        return
    labels = {"duplicate": _("Again in this file"), "in_list": _("On a list you chose"),
              "suppressed": _("On the suppression list")}  # fmt: skip
    wanted = choose_reasons(left_out["why"], labels, "left_out")
    chosen = left_out[left_out["why"].isin(wanted)] if wanted else left_out
    page, shown = ui.page_of(len(chosen), ROWS, f"recipients_left_out_{'_'.join(wanted)}")
    header = [_("Row"), _("Number"), _("Why")]

    def cells(rows: pd.DataFrame) -> Iterable[tuple[object, ...]]:
        return zip(rows["row"].tolist(), rows["phone"], rows["why"].map(labels), strict=True)

    st.dataframe(
        dict(zip(header, zip(*cells(chosen.iloc[shown]), strict=True), strict=True)),
        key=f"recipients_left_out_rows_{'_'.join(wanted)}_{page}",
        hide_index=True,
        alt=_("Rows that are left out, with the reason"),
    )
    download(_("Download the rows left out"), f"{stem}-left-out.csv", "left_out",
             lambda all_rows: (header, cells(all_rows.left_out)), recipients)  # fmt: skip
