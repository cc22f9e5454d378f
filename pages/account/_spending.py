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
        column_config={**dict.fromkeys(header[2:5], ui.WITH_COMMAS), header[5]: AT_RIGHT},
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
    return (name, ui.taipei(one.confirmed_at), one.recipients, one.quoted, one.used, signed(difference(one)),
            " · ".join(meaning(one)))  # fmt: skip


def meaning(one: Spending) -> Iterator[str]:
    """What the difference says, and what the figures leave out."""
    change = difference(one)
    if change is None:
        yield _("Nothing charged so far.")
    elif change < 0:
        yield _("SMS-Get charged less than quoted: some numbers were probably not valid.")
    elif change > 0:
        yield _("SMS-Get charged more than quoted: compare the rates in the settings with your contract.")
    else:
        yield _("Charged as quoted.")
    if one.accepted and one.accepted + one.unknown < one.recipients:
        told = n_("Compared for {count} person who was sent to.", "Compared for {count} people who were sent to.",
                  one.accepted)  # fmt: skip
        yield told.format(count=ui.number(one.accepted))
    if one.again:
        told = n_("{points} point went to requests that arrived twice, because they were sent again.",
                  "{points} points went to requests that arrived twice, because they were sent again.",
                  one.again)  # fmt: skip
        yield told.format(points=ui.number(one.again))
    if one.unknown:
        told = n_("{count} person with unknown outcome may have been charged or not.",
                  "{count} people with unknown outcome may have been charged or not.", one.unknown)  # fmt: skip
        yield told.format(count=ui.number(one.unknown))
    if one.unknown_rate:
        found = ui.words().listed(
            [f"{ui.words().country(code)} ({ui.number(n)})" for code, n in one.unknown_rate.items()]
        )
        yield _("No rate is known for {countries}: not in the quote.").format(countries=found)


def difference(one: Spending) -> int | None:
    """Points used less points quoted, of the requests that were answered and whose rates are known."""
    return one.answered_used - one.answered_quoted if one.accepted else None


def signed(change: int | None) -> str:
    """A change as people read it: +1,200 or -3; 0; a dash for none that is known."""
    return f"{change:+,}" if change else ui.number(change)
