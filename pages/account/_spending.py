"""Points quoted against points used, campaign by campaign, and what the difference means."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

import ui
from smsget.store import Spending
from ui import _, n_

AT_RIGHT = st.column_config.TextColumn(alignment="right")


def show() -> None:
    """Campaigns with their quote and what was charged, newest first."""
    st.subheader(_("Quoted and used"), anchor=False)
    account, credits = ui.account().key, ui.store().credits
    pages = ui.Pages("credit_spending", account)
    rows = pages.rows(lambda before, limit: credits.spending(account, before=before, limit=limit))
    if not rows:
        st.text(_("No campaign was confirmed with this account yet. Each will show here what it was quoted and used."))
        st.page_link("pages/send/compose.py", label=_("Write a text"), icon=":material/edit_square:")
        return
    header = [_("Campaign"), _("Confirmed"), _("People"), _("Quoted"), _("Used"), _("Difference"), _("What it means")]
    table = [told(one) for one in rows]
    st.dataframe(
        dict(zip(header, zip(*table, strict=True), strict=True)),
        key=f"credit_spending_rows_{pages.number}",
        hide_index=True,
        row_height=ui.row_height((row[-1] for row in table), most=3),
        column_config={
            header[0]: st.column_config.TextColumn(width=160),
            header[1]: st.column_config.TextColumn(width=95),
            **dict.fromkeys(header[2:5], ui.WITH_COMMAS),
            header[5]: AT_RIGHT,
            header[6]: st.column_config.TextColumn(width=320),
        },
        alt=_("Points quoted and used by campaign"),
    )
    pages.buttons(credits.spending_count(account))
    st.caption(_("What a message really costs is known only when SMS-Get has answered; the quote is from your rates."))

    ui.download_csv(_("Download the table"), "points-by-campaign.csv",
                    lambda: (header, map(told, credits.spending(account, limit=-1))),
                    "credit_download_spending")  # fmt: skip


def told(one: Spending) -> tuple[str, str, int, int, int, str, str]:
    """A campaign as a row of the table."""
    name = ui.campaign_name(one.id, one.name)
    return (name, ui.taipei(one.confirmed_at)[:10], one.recipients, one.quoted, one.used, signed(difference(one)),
            " · ".join(meaning(one)))  # fmt: skip


def meaning(one: Spending) -> Iterator[str]:
    """What the difference says, and what the figures leave out."""
    change = difference(one)
    if change is None:
        yield _("Nothing charged so far.")
    elif change < 0:
        yield _("Less than quoted: some numbers were probably not valid.")
    elif change > 0:
        yield _("More than quoted: compare the rates in the settings with your contract.")
    else:
        yield _("As quoted.")
    if one.accepted and one.accepted + one.unknown < one.recipients:
        told = n_("Compared for {count} person so far.", "Compared for {count} people so far.",
                  one.accepted)  # fmt: skip
        yield told.format(count=ui.number(one.accepted))
    if one.again:
        told = n_("{points} point for requests that were sent again and arrived twice.",
                  "{points} points for requests that were sent again and arrived twice.",
                  one.again)  # fmt: skip
        yield told.format(points=ui.number(one.again))
    if one.unknown:
        told = n_("{count} person of unknown outcome, charged or not.",
                  "{count} people of unknown outcome, charged or not.", one.unknown)  # fmt: skip
        yield told.format(count=ui.number(one.unknown))
    if one.unknown_rate:
        found = ui.words().listed(
            [f"{ui.words().country(code)} ({ui.number(n)})" for code, n in one.unknown_rate.items()]
        )
        yield _("No rate for {countries}: not in the quote.").format(countries=found)


def difference(one: Spending) -> int | None:
    """Points used less points quoted, of the requests that were answered and whose rates are known."""
    return one.answered_used - one.answered_quoted if one.accepted else None


def signed(change: int | None) -> str:
    """A change as people read it: +1,200 or -3; 0; a dash for none that is known."""
    return f"{change:+,}" if change else ui.number(change)
