"""What is in a customer list: the figures, the rows that are ready, the problems, and who is left out."""

from __future__ import annotations

import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

import ui
from pages.send import _file
from pages.send._file import Sorted
from ui import _, n_

if TYPE_CHECKING:
    import pandas as pd

    from smsget.recipients import RecipientList

PREVIEW_ROWS = 20
ROWS = 50
COUNTRIES_SHOWN = 3
CARD_PX = 140
PROBLEM_PX = (70, 150, 200, 320)
PATIENCE_S = 120
"""How long a download waits for rows that are sorted anew."""


def download(label: str, file: str, name: str, table: Callable[[RecipientList], ui.Table], read: Sorted) -> None:
    """A button for a table of the list. A click while the rows are sorted anew waits for them."""
    # Streamlit keeps the button's function until the next run has ended. That one may make a list anew, and two long
    # ones need not be in memory together.
    shown, held, token = weakref.ref(read.recipients), ui.held(), read.token

    def content() -> ui.Table:
        return table(shown() or _sorted_anew(held, token))

    ui.download_csv(label, file, content, f"recipients_download_{name}_{token}")


def _sorted_anew(held: Mapping[str, Any], token: str) -> RecipientList:
    """The rows of this file as soon as a run that goes on has sorted them, on another thread."""
    ends = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends:
        if "sorted" in held and (read := held["sorted"][1]).token == token:
            return read.recipients
        time.sleep(0.05)
    raise LookupError("there is no such file any more")


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
        ],
        width=CARD_PX,
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


def offer_countries(read: Sorted) -> None:
    """Numbers of countries nobody chose, the most frequent first: what a text to them costs, a button for each."""
    problems = read.recipients.problems
    foreign = problems[problems["code"] == "country_not_chosen"]
    if foreign.empty:
        return
    found = foreign.groupby("country")["wire"].nunique().sort_values(ascending=False, kind="stable")
    counts = {str(country): int(count) for country, count in found.items()}
    with st.container(border=True, key="recipients_foreign", gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(_("**Numbers of countries you did not choose**"), width="content")
            if len(counts) > 1:
                allow(read, _("Also text all of these"), "all", list(counts))
        for country in list(counts)[:COUNTRIES_SHOWN]:
            offer_country(read, country, counts[country])
        if more := list(counts)[COUNTRIES_SHOWN:]:
            label = n_("{count} more country", "{count} more countries", len(more)).format(count=ui.number(len(more)))
            with st.expander(label, type="compact", key=f"recipients_foreign_more_{read.token}"):
                for country in more:
                    offer_country(read, country, counts[country])


def offer_country(read: Sorted, country: str, count: int) -> None:
    """So many numbers of a country that was not chosen."""
    name, rate = ui.words().country(country), ui.store().settings.rates().credits(country, count)
    numbers = n_("{count} number", "{count} numbers", count).format(count=ui.number(count))
    cost = _("rate unknown") if rate is None else n_(
        "{points} point per part of a text", "{points} points per part of a text", rate
    ).format(points=ui.number(rate))  # fmt: skip
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"{name}: {numbers}, {cost}", width="content")
        allow(read, _("Also text {country}").format(country=name), country, [country])


def allow(read: Sorted, label: str, name: str, countries: Sequence[str]) -> None:
    """The button that allows further countries."""
    st.button(label, key=f"recipients_allow_{name}_{read.token}", icon=":material/add:", on_click=_file.choose,
              args=(read.token,), kwargs={"countries": (*read.choices.countries, *countries)})  # fmt: skip


def show_rows(read: Sorted) -> None:
    """The rows themselves, by their place."""
    good, bad, out = st.tabs([_("Ready"), _("Problems"), _("Left out")], key=f"recipients_tabs_{read.token}")
    with good:
        show_ready(read)
    with bad:
        show_problems(read)
    with out:
        show_left_out(read)


def show_ready(read: Sorted) -> None:
    """The first rows as they will be saved."""
    recipients = read.recipients
    if recipients.ready.empty:
        st.text(_("No row of this file can be texted. The problems say why."))
        return
    st.dataframe(
        recipients.ready.head(PREVIEW_ROWS).assign(_country=lambda rows: rows["_country"].map(ui.words().country)),
        key=f"recipients_preview_{read.token}",
        hide_index=True,
        column_config={"_row": _("Row"), "_phone": _("Number"), "_country": _("Country")},
        alt=_("The first rows that are ready to be texted"),
    )
    shown = min(PREVIEW_ROWS, len(recipients.ready))
    st.caption(_("The first {shown} of {all}.").format(shown=shown, all=ui.number(len(recipients.ready))))
    from smsget.recipients import ready_table

    download(_("Download the ready rows"), f"{read.stem}-ready.csv", "ready", ready_table, read)


def choose_reasons(codes: pd.Series[str], labels: Mapping[str, str], key: str) -> list[str]:
    """Which of the reasons in a column to show, each with its count; none chosen is all of them."""
    counts = {str(code): int(count) for code, count in codes.value_counts().items()}
    return st.pills(
        _("Show only"),
        list(counts),
        selection_mode="multi",
        format_func=lambda code: f"{labels[code]} ({ui.number(counts[code])})",
        key=f"recipients_{key}_{'_'.join(sorted(counts))}",
    )


def reason_and_advice(code: str) -> str:
    """Why a row is rejected and what to do about it, for a file that somebody corrects without this page."""
    words = ui.words()
    return _("{reason}. {advice}").format(reason=words.reject(code), advice=words.reject_advice(code))


def show_problems(read: Sorted) -> None:
    """The rows that cannot be texted: why, and what to do about it."""
    problems = read.recipients.problems
    if problems.empty:
        st.text(_("No problems: every number in this file can be read."))
        return
    words = ui.words()
    reasons = {str(code): words.reject(str(code)) for code in problems["code"].unique()}
    wanted = choose_reasons(problems["code"], reasons, f"reasons_{read.token}")
    for code in wanted or reasons:
        st.caption(f"**{reasons[code]}**: {words.reject_advice(code)}")
    chosen = problems[problems["code"].isin(wanted)] if wanted else problems
    page, shown = ui.page_of(len(chosen), ROWS, f"recipients_problems_{read.token}_{'_'.join(wanted)}")
    rows = chosen.iloc[shown]
    wrong, advice = [reasons[code] for code in rows["code"]], [words.reject_advice(code) for code in rows["code"]]
    header = [_("Row"), _("In the file"), _("What is wrong"), _("What to do")]
    st.dataframe(
        dict(zip(header, [rows["row"].tolist(), rows["value"].tolist(), wrong, advice], strict=True)),
        key=f"recipients_problem_rows_{read.token}_{'_'.join(wanted)}_{page}",
        hide_index=True,
        row_height=ui.row_height(advice),
        column_config={name: st.column_config.Column(width=px) for name, px in zip(header, PROBLEM_PX, strict=True)},
        alt=_("Rows that cannot be texted, with the reason and what to do"),
    )  # fmt: skip
    download_problems(read, wanted, len(chosen))


def download_problems(read: Sorted, wanted: Sequence[str], count: int) -> None:
    """What is shown, to be corrected and uploaded again."""

    def table(recipients: RecipientList) -> ui.Table:
        from smsget.recipients import rejects_table

        every = recipients.problems
        chosen = replace(recipients, problems=every[every["code"].isin(wanted)]) if wanted else recipients
        return rejects_table(chosen, reason_and_advice)

    label = n_("Download this {count} row", "Download these {count} rows", count) if wanted else n_(
        "Download the {count} row with problems", "Download all {count} rows with problems", count
    )  # fmt: skip
    download(label.format(count=ui.number(count)), f"{read.stem}-problems.csv", "problems", table, read)
    st.caption(_("Correct them in that file and upload it here: it finds the list that you save now."))


def show_left_out(read: Sorted) -> None:
    """Whose number stands in the file again, or is on a list that was chosen, or must not be texted."""
    left_out = read.recipients.left_out
    if left_out.empty:
        st.text(_("Nobody is left out: no number comes twice, and none is on the suppression list."))
        return
    labels = {"duplicate": _("Again in this file"), "in_list": _("On a list you chose"),
              "suppressed": _("On the suppression list")}  # fmt: skip
    wanted = choose_reasons(left_out["why"], labels, f"left_out_{read.token}")
    chosen = _those(left_out, wanted)
    page, shown = ui.page_of(len(chosen), ROWS, f"recipients_left_out_{read.token}_{'_'.join(wanted)}")
    header = [_("Row"), _("Number"), _("Why")]

    def cells(rows: pd.DataFrame) -> Iterable[tuple[object, ...]]:
        return zip(rows["row"].tolist(), rows["phone"], rows["why"].map(labels), strict=True)

    st.dataframe(
        dict(zip(header, zip(*cells(chosen.iloc[shown]), strict=True), strict=True)),
        key=f"recipients_left_out_rows_{read.token}_{'_'.join(wanted)}_{page}",
        hide_index=True,
        alt=_("Rows that are left out, with the reason"),
    )
    label = n_("Download this {count} row", "Download these {count} rows", len(chosen)) if wanted else n_(
        "Download the {count} row left out", "Download all {count} rows left out", len(chosen)
    )  # fmt: skip
    download(label.format(count=ui.number(len(chosen))), f"{read.stem}-left-out.csv", "left_out",
             lambda recipients: (header, cells(_those(recipients.left_out, wanted))), read)  # fmt: skip


def _those(rows: pd.DataFrame, wanted: Sequence[str]) -> pd.DataFrame:
    return rows[rows["why"].isin(wanted)] if wanted else rows
