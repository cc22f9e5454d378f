"""The ledger of points: what each campaign took, and what nothing here explains."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

import ui
from pages.account._spending import AT_RIGHT, signed
from smsget.store import Movement
from ui import _, n_


def show() -> None:
    """Every movement, newest first, each starting from what the one before it left."""
    account, ledger = ui.account().key, ui.store().ledger
    sums = ledger.sums(account)
    if len(sums) < 2:  # nothing but what was there when it was first read
        return
    st.subheader(_("Ledger of points"), anchor=False)
    say_sums(sums)
    only = "elsewhere" in sums and st.toggle(_("Only what nothing here explains"), key="credit_ledger_only")
    kinds = ("elsewhere",) if only else ()
    pages = ui.Pages("credit_ledger", (account, kinds))
    rows = pages.rows(lambda before, limit: ledger.movements(account, before=before, limit=limit, kinds=kinds))
    header, table = columns(), list(zip(*map(cells, rows), strict=True))
    st.dataframe(
        dict(zip(header, table, strict=True)),
        key=f"credit_ledger_{only}_{pages.number}",
        hide_index=True,
        row_height=ui.row_height(table[-1], most=2),
        column_config={header[0]: st.column_config.TextColumn(width=160), header[1]: AT_RIGHT,
                       header[2]: ui.WITH_COMMAS, header[3]: st.column_config.TextColumn(width=320)},
        alt=_("Ledger of points"),
    )  # fmt: skip
    pages.buttons(sum(lines for kind, (lines, _change) in sums.items() if not kinds or kind in kinds))
    ui.download_csv(_("Download the ledger"), "points-ledger.csv",
                    lambda: (columns(), map(cells, ledger.movements(account, limit=-1))),
                    "credit_download_ledger")  # fmt: skip


def say_sums(sums: dict[str, tuple[int, int]]) -> None:
    """What was used by what, in a sentence; what nothing explains as a warning."""
    used = -sum(sums[kind][1] for kind in ("campaign", "settled") if kind in sums)
    st.caption(_("Points that your campaigns used: {used}.").format(used=ui.number(used)))
    if "elsewhere" in sums:
        count, change = sums["elsewhere"]
        told = n_("{n} change is explained by nothing here, {change} points together.",
                  "{n} changes are explained by nothing here, {change} points together.", count)  # fmt: skip
        st.warning(told.format(n=ui.number(count), change=signed(change)), icon=":material/difference:")


def columns() -> list[str]:
    """The names of the columns of `cells`."""
    return [_("Time"), _("Change"), _("Points left"), _("What it is")]


def cells(one: Movement) -> Sequence[object]:
    """A movement as a row of the table."""
    return ui.taipei(one.until, seconds=True), signed(one.change), one.left, what(one)


def what(one: Movement) -> str:
    """What a movement is, in words."""
    match one.kind:
        case "opening":
            return _("What was there when it was first asked for")
        case "campaign":
            name = ui.campaign_name(one.campaign_id, one.campaign) if one.campaign_id else _("A purged campaign")
            told = n_("{name}: {n} request answered", "{name}: {n} requests answered", one.requests)
            return told.format(name=name, n=ui.number(one.requests))
        case "settled":
            return _("Requests whose answer never came or came late, and which were charged")
    since = ui.taipei(one.since)
    if one.change > 0:
        return _("Not explained, since {since}: points bought or given back").format(since=since)
    return _("Not explained, since {since}: another program, or a charge without an answer").format(since=since)
