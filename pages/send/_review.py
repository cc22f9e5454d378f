"""The last look before a campaign begins: all that is about to happen, and the one button that makes it happen."""

from __future__ import annotations

import streamlit as st

import ui
from pages.send._draft import Written, go_to_campaign
from pages.send._price import Price, by_country, known_points, show_notices
from smsget.campaigns import CampaignState
from smsget.store import from_text
from ui import _, n_


def reviewing(on: bool) -> None:
    """Open or close the dialog; a campaign without a name gets one from its list and the time."""
    state = st.session_state
    if on and not state["compose_name"].strip() and state["compose_lists"]:
        chosen = ui.store().lists.get(state["compose_lists"][0]).name
        state["compose_name"] = f"{chosen[:80]} {ui.taipei_now():%Y-%m-%d %H:%M}"
    state["compose_reviewing"] = on


def review(draft: int, written: Written, price: Price, left: int | None) -> None:
    """All that is about to happen, in one place, and the one button that makes it happen."""
    quote = price.quote
    st.markdown(f"**{ui.literal(written.name)}**")
    ui.metrics([
        (_("People"), ui.number(quote.recipients)), (_("Batches"), ui.number(quote.batches)),
        (_("Parts"), ui.number(quote.segments)), (_("Points"), known_points(quote)),
    ])  # fmt: skip
    when = ui.words().schedule(written.schedule)
    if written.at:
        when = _("{when}: {time} in Taipei").format(when=when, time=f"{written.at:%Y-%m-%d %H:%M}")
    account = _("sandbox, no text leaves this computer") if ui.account().is_sandbox else ui.account().key
    st.markdown(f":material/schedule: {ui.literal(when)}  \n:material/key: {ui.literal(account)}")
    if written.schedule == "gateway":
        st.warning(_("SMS-Get gets it as soon as you confirm. From then on nobody can recall or change it."))
    by_country(quote)
    st.caption(_("The first texts, as they will go out:"))
    for person, text in price.people[:3]:
        with st.container(border=True):
            st.caption(ui.literal(person.phone))
            st.text(text)
    show_notices(price, left)
    label = n_("Confirm: text {n} person", "Confirm: text {n} people", quote.recipients)
    if st.button(label.format(n=ui.number(quote.recipients)), key="compose_confirm", type="primary",
                 icon=":material/send:"):  # fmt: skip
        with ui.explained():
            confirm(draft, written)


def confirm(draft: int, written: Written) -> None:
    """Make the draft a campaign, once; whoever comes second is led to what the first one started."""
    campaigns = ui.store().campaigns
    kept = campaigns.get(draft)
    at = written.at and written.at.replace(tzinfo=ui.TAIPEI)
    same = (kept.text, kept.two_way, kept.schedule, [number for number, _name in kept.lists]) == (
        written.text, written.two_way, written.schedule, list(written.lists))  # fmt: skip
    same = same and (kept.send_at and from_text(kept.send_at)) == at
    if kept.state == CampaignState.DRAFT and not same:
        st.error(_("This draft was changed in another window since you opened this review. Nothing was confirmed. "
                   "Close it, reload the page and look at it again."))  # fmt: skip
        return
    with st.spinner(_("Putting it into the outbox …")):
        quote = campaigns.confirm(draft, ui.account().key)
    if quote is None:
        go_to_campaign(draft, _("It was confirmed already, and nothing was done twice. Here is how it stands."))
    else:
        told = n_("Confirmed: {n} person, {points} points.", "Confirmed: {n} people, {points} points.",
                  quote.recipients)  # fmt: skip
        go_to_campaign(draft, told.format(n=ui.number(quote.recipients), points=known_points(quote)))
