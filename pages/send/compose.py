"""Write a text, see what it costs for the real recipients, review it, confirm it.

What the widgets hold is kept as a draft in the database at every change; confirming is guarded there too, so that
neither a second click nor a reload nor another tab sends anything twice.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import streamlit as st

import ui
from smsget.campaigns import CampaignState, MergeText, Quote, Recipient
from smsget.errors import BadRequest, InputError, SMSGetError, StateError
from smsget.segments import count_segments
from smsget.store import ListInfo, from_text
from ui import _, n_

PREVIEWED = 50
POINTS_KEPT_S = 60
SCHEDULES = ("now", "here", "gateway")

store = ui.store()
words = ui.words()


class Written(NamedTuple):
    """What the widgets hold. `at` is a wall clock in Taipei, None for at once.

    A tuple, because a class of this script is a new one in every run: only tuples stay equal over reruns.
    """

    name: str = ""
    text: str = ""
    lists: tuple[int, ...] = ()
    two_way: bool = False
    schedule: str = "now"
    at: datetime | None = None


class Price(NamedTuple):
    """The quote, and what is shown of the plan: the first people with their texts, and at `longest` the longest text.

    `again` and `suppressed` are the rows that are left out because of another list or the suppression list.
    """

    quote: Quote
    people: Sequence[tuple[Recipient, str]]
    longest: int
    again: int
    suppressed: int


# --- the draft ---------------------------------------------------------------------------------------------------


def fill(written: Written, draft: int | None) -> None:
    """Put a draft into the widgets."""
    st.session_state.update({f"compose_{name}": value for name, value in written._asdict().items()})
    st.session_state.update(compose_lists=list(written.lists), compose_saved=written, compose_draft=draft)
    st.session_state.update(compose_reviewing=False, compose_person=0, compose_before=None)


def start_anew() -> None:
    """Leave this draft (it is kept) and begin an empty one."""
    st.query_params.pop("draft", None)
    fill(Written(), None)


def load() -> None:
    """Fill the widgets from the address (`?draft=ID`, `?list=ID`), else with what this session wrote last."""
    state = st.session_state
    if lists := st.query_params.get_all("list"):
        start_anew()
        state["compose_lists"] = [int(each) for each in lists if each.isdecimal()]
        del st.query_params["list"]
        return
    asked, last = st.query_params.get("draft", ""), state.get("compose_draft")
    if "compose_text" not in state or (asked and asked != str(last)):
        try:
            open_draft(asked or str(last or ""), asked=bool(asked))
        except BadRequest as error:
            start_anew()
            if asked:
                st.error(ui.explain(error), icon=":material/error:")
    if state["compose_draft"] is not None:
        st.query_params["draft"] = str(state["compose_draft"])


def open_draft(number: str, *, asked: bool) -> None:
    """Open a draft; one that was confirmed meanwhile is a campaign, and its own page shows it."""
    if not number:
        return start_anew()
    if not number.isdecimal():
        raise BadRequest("no_such_campaign", campaign=number)
    kept = store.campaigns.get(int(number))
    if kept.state != CampaignState.DRAFT:
        if asked:
            go_to_campaign(kept.id, _("This campaign was confirmed already. Here is how it stands."))
        return start_anew()
    at = from_text(kept.send_at).astimezone(ui.TAIPEI).replace(tzinfo=None) if kept.send_at else None
    lists = tuple(each for each, _name in kept.lists if each is not None)
    fill(Written(kept.name, kept.text, lists, kept.two_way, kept.schedule, at), kept.id)
    if gone := [name for each, name in kept.lists if each is None]:
        st.warning(_("Deleted since you wrote this: {lists}.").format(lists=ui.literal(words.listed(gone))))
    return None


def save(written: Written) -> int | None:
    """Keep the draft if it changed; a new row is only made for a real input. Returns its number."""
    state = st.session_state
    if written != state["compose_saved"]:
        if state["compose_draft"] is None:
            state["compose_draft"] = store.campaigns.draft()
        store.campaigns.change_draft(
            state["compose_draft"], written.name, written.text, written.lists, two_way=written.two_way,
            schedule=written.schedule, send_at=written.at and written.at.replace(tzinfo=ui.TAIPEI),
        )  # fmt: skip
        state["compose_saved"] = written
        # Last, because writing the address may end this run.
        st.query_params["draft"] = str(state["compose_draft"])
    return state["compose_draft"]


def go_to_campaign(campaign: int, message: str) -> None:
    """Leave this page for the campaign's own; coming back begins an empty draft."""
    st.session_state.update(compose_draft=None, compose_reviewing=False, compose_points=None)
    ui.flash(message)
    st.switch_page("pages/track/campaigns.py", query_params={"campaign": str(campaign)})


# --- writing -----------------------------------------------------------------------------------------------------


def write(lists: Mapping[int, ListInfo]) -> Written:
    """The inputs, top to bottom."""
    state = st.session_state
    state["compose_lists"] = [number for number in state["compose_lists"] if number in lists]
    if lists:
        st.multiselect(
            _("Lists"), list(lists), key="compose_lists", placeholder=_("Choose one or more"),
            format_func=lambda number: f"{lists[number].name} ({ui.number(lists[number].ready)})", wrap=True,
        )  # fmt: skip
    else:
        st.info(_("There is no list of recipients yet. Upload one first; what you write here is kept."))
        st.page_link("pages/send/recipients.py", label=_("Upload a list"), icon=":material/upload:")
    st.text_input(_("Name"), key="compose_name", max_chars=100,
                  help=_("For your own eyes: it tells your campaigns apart."))  # fmt: skip
    st.text_area(_("Text"), key="compose_text", height=200)
    measure(state["compose_text"])
    insert_fields([lists[number] for number in state["compose_lists"]])
    templates()
    rates = store.settings.rates()
    st.toggle(_("Two-way: people can answer"), key="compose_two_way")
    if state["compose_two_way"]:
        rate = rates.two_way.get("TW")
        st.caption(
            _("Taiwan numbers only. The rate for two-way texts is unknown; enter it in the settings.") if rate is None
            else _("Taiwan numbers only, {two_way} points a part in place of {one_way}.").format(
                two_way=rate, one_way=rates.one_way.get("TW", "?"))
        )  # fmt: skip
    schedule()
    at = state["compose_at"] if state["compose_schedule"] != "now" else None
    return Written(state["compose_name"].strip(), state["compose_text"], tuple(state["compose_lists"]),
                   state["compose_two_way"], state["compose_schedule"], at)  # fmt: skip


def measure(text: str) -> None:
    """Encoding, units and parts of the text as it stands."""
    size = count_segments(text)
    kind = _("English (GSM-7)") if size.encoding == "GSM-7" else _("Chinese or other (UCS-2)")
    parts = n_("{n} part", "{n} parts", size.segments).format(n=size.segments)
    units = n_("{n} character", "{n} characters", size.units).format(n=size.units)
    told = f"{kind} · {units} · {parts}"
    if "{{" in text:
        told += " · " + _("with the fields as written; the price counts everybody's own text")
    st.caption(told)


def insert_fields(chosen: Sequence[ListInfo]) -> None:
    """One pill for every column of the chosen lists: it adds the field to the text."""
    names = dict.fromkeys(name for info in chosen for name in info.fields)
    usable = [name for name in names if name and name == name.strip() and not set(name) & set("{}|")]
    if usable:
        st.pills(_("Insert a field"), usable, key="compose_field", on_change=insert_field, format_func=ui.literal,
                 help=_("It goes to the end of the text. After a bar comes what people without a value get: "
                        "`{example}`").format(example="{{" + usable[0] + "|…}}"))  # fmt: skip


def insert_field() -> None:
    state = st.session_state
    if name := state["compose_field"]:
        state.update(compose_text=state["compose_text"] + "{{" + name + "}}", compose_field=None)


def templates() -> None:
    """Texts kept for later: use one, keep this one, forget one."""
    with st.container(horizontal=True), st.popover(_("Templates"), icon=":material/bookmark:"):
        kept = {template.name: template for template in store.templates.all()}
        if kept:
            name = st.selectbox(_("Template"), list(kept), key="compose_template")
            st.text(kept[name].text)
            with st.container(horizontal=True):
                st.button(_("Use this text"), key="compose_use", on_click=use_template, args=(kept[name].text,))
                if st.button(_("Delete"), key="compose_forget", type="tertiary", icon=":material/delete:"):
                    store.templates.delete(kept[name].id)
                    st.rerun()
        else:
            st.caption(_("No template yet. Write a text, then keep it here under a name."))
        name = st.text_input(_("Keep the present text as"), key="compose_template_name", placeholder=_("Name"))
        if st.button(_("Keep as template"), key="compose_keep", disabled=not st.session_state["compose_text"].strip()):
            with ui.explained():
                store.templates.save(name, st.session_state["compose_text"])
                st.rerun()
    if st.session_state["compose_before"] is not None:
        st.button(_("Put the former text back"), key="compose_undo", on_click=use_template, icon=":material/undo:",
                  type="tertiary", args=(st.session_state["compose_before"],))  # fmt: skip


def use_template(text: str) -> None:
    state = st.session_state
    before = state["compose_text"]
    state.update(compose_text=text, compose_before=before if before.strip() and before != text else None)


def schedule() -> None:
    """When it goes out, and who holds it until then."""
    state = st.session_state
    st.radio(
        _("When"), SCHEDULES, key="compose_schedule", format_func=words.schedule,
        captions=[
            _("Begins when you confirm. You can pause it while it runs."),
            _("You can cancel it until then. If this computer is off at that time, it goes out when the dashboard "
              "is opened again."),
            _("Goes out even if this computer is off. Nobody can recall or change it once SMS-Get has it."),
        ],
    )  # fmt: skip
    if state["compose_schedule"] == "now":
        return
    tomorrow = (ui.taipei_now() + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0, tzinfo=None)
    state["compose_at"] = state.get("compose_at") or tomorrow
    st.datetime_input(_("Date and time in Taipei"), key="compose_at", step=300, required=True)
    if state["compose_at"] <= ui.taipei_now().replace(tzinfo=None):
        st.warning(_("This time has passed. Choose a later one."))


# --- price -------------------------------------------------------------------------------------------------------


def priced(written: Written) -> Price:
    """What this would cost now; worked out again only when something that matters changed.

    Raises what `store.campaigns.plan` raises.
    """
    key = (written.lists, written.text, written.two_way, repr(store.settings.rates()), store.suppression.count())
    kept = st.session_state.get("compose_priced")
    if kept is None or kept[0] != key:
        with st.spinner(_("Working out the price …")):
            kept = (key, work_out(written))
        st.session_state["compose_priced"] = kept
    if isinstance(kept[1], InputError):
        raise kept[1]
    return kept[1]


def work_out(written: Written) -> Price | InputError:
    """The price, or why there is none; for many recipients the one slow step of this page."""
    try:
        plan = store.campaigns.plan(written.lists, written.text, two_way=written.two_way)
    except InputError as error:
        return error
    merge = MergeText(written.text)
    first = store.lists.recipients(written.lists, limit=PREVIEWED)
    people = [(person, merge.render(person.fields)) for person in first]
    longest = max(plan.batches, key=lambda batch: (batch.segments, len(batch.text)))
    at = next((at for at, (_person, text) in enumerate(people) if text == longest.text), len(people))
    if at == len(people):
        people.append((longest.recipients[0], longest.text))
    return Price(plan.quote, people, at, *store.lists.overlap(written.lists))


def points() -> tuple[int | None, str]:
    """The points on the account, asked at most once a minute; None and a sentence when nobody answers."""
    state, account = st.session_state, ui.account().key
    kept = state.get("compose_points")
    if kept is None or kept[0] != account or time.monotonic() - kept[1] > POINTS_KEPT_S:
        try:
            with st.spinner(_("Asking for the points on the account …")):
                kept = (account, time.monotonic(), ui.ask_credit().credits, "")
        except SMSGetError as error:
            kept = (account, time.monotonic(), None, words.error(error, asked_only=True))
        state["compose_points"] = kept
    return kept[2], kept[3]


def ask_again() -> None:
    st.session_state["compose_points"] = None


def show_price(price: Price, left: int | None, trouble: str) -> None:
    """The totals against the points on the account, by country where there are several, and what to know."""
    quote = price.quote
    figures = [(_("Points"), known_points(quote))]
    if left is not None:
        remain = ui.number(left - quote.credits)
        remain = _("at most {points}").format(points=remain) if quote.unknown_rate else remain
        figures += [(_("On the account"), ui.number(left)), (_("Would remain"), remain)]
    ui.metrics(figures)
    told = _("People: {people} · parts: {parts} · batches: {batches}")
    counts = {"people": quote.recipients, "parts": quote.segments, "batches": quote.batches}
    st.caption(told.format(**{name: ui.number(count) for name, count in counts.items()}))
    st.button(_("Ask for the points again"), key="compose_refresh", type="tertiary", icon=":material/refresh:",
              on_click=ask_again)  # fmt: skip
    if trouble:
        st.warning(ui.literal(trouble), title=_("The points on the account are unknown just now"))
    if len(quote.by_country) > 1 or quote.unknown_rate:
        by_country(quote)
    if len(quote.histogram) > 1:
        each = [n_("{n} part: {people}", "{n} parts: {people}", parts).format(n=parts, people=ui.number(count))
                for parts, count in quote.histogram.items()]  # fmt: skip
        st.caption(_("People by the length of their text: {lengths}").format(lengths=words.listed(each)))
    show_notices(price, left)


def known_points(quote: Quote) -> str:
    """The points of a quote; never a plain number while the rate of a country is unknown."""
    if len(quote.unknown_rate) == len(quote.by_country):
        return _("unknown")
    points = ui.number(quote.credits)
    return _("at least {points}").format(points=points) if quote.unknown_rate else points


def by_country(quote: Quote) -> None:
    """What goes to each country."""
    rows = [
        {"country": words.country(country), "people": ui.number(part.recipients),
         "parts": ui.number(part.segments),
         "points": _("unknown") if part.credits is None else ui.number(part.credits)}
        for country, part in quote.by_country.items()
    ]  # fmt: skip
    columns = {"people": _("People"), "parts": _("Parts"), "points": _("Points")}
    config = {name: st.column_config.TextColumn(label, alignment="right") for name, label in columns.items()}
    st.dataframe(rows, column_config={"country": _("Country"), **config}, hide_index=True, alt=_("Price by country"))


def show_notices(price: Price, left: int | None) -> None:
    """What a person should know before confirming, in words."""
    quote = price.quote
    if left is not None and left < quote.credits:
        st.warning(
            _("{missing} points are missing. You can confirm all the same: when the points run out the campaign "
              "pauses, nothing is lost, and it goes on when you have bought points and resume it.")
            .format(missing=ui.number(quote.credits - left)),
            title=_("Not enough points"), icon=":material/toll:",
        )  # fmt: skip
    for notice in quote.notices:
        st.warning(ui.literal(words.notice(notice)), icon=":material/info:")
    out = []
    if price.again:
        out.append(n_("{n} number stands in several of these lists and gets the text once.",
                      "{n} numbers stand in several of these lists and get the text once.",
                      price.again).format(n=ui.number(price.again)))  # fmt: skip
    if price.suppressed:
        out.append(n_("{n} person on the suppression list is left out.",
                      "{n} people on the suppression list are left out.",
                      price.suppressed).format(n=ui.number(price.suppressed)))  # fmt: skip
    for told in out:
        st.caption(told)


# --- preview -----------------------------------------------------------------------------------------------------


@st.fragment
def preview(price: Price) -> None:
    """The text as it stands on the phone of one of the people."""
    state, last = st.session_state, len(price.people) - 1
    at = state["compose_person"] = min(state["compose_person"], last)
    person, text = price.people[at]
    parts = count_segments(text).segments
    with st.container(border=True, width=360):
        st.caption(f":material/smartphone: {ui.literal(person.phone)} · {words.country(person.country)}")
        with st.container(border=True):
            st.text(text, width="stretch")
        st.caption(n_("{n} part", "{n} parts", parts).format(n=parts))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Previous"), key="compose_previous", icon=":material/chevron_left:", disabled=at == 0,
                  on_click=state.update, kwargs={"compose_person": at - 1})  # fmt: skip
        st.button(_("Next"), key="compose_next", icon=":material/chevron_right:", disabled=at == last,
                  on_click=state.update, kwargs={"compose_person": at + 1})  # fmt: skip
        st.button(_("Longest"), key="compose_longest", disabled=at == price.longest,
                  on_click=state.update, kwargs={"compose_person": price.longest})  # fmt: skip


# --- review and confirm ------------------------------------------------------------------------------------------


def reviewing(on: bool) -> None:
    """Open or close the dialog; a campaign without a name gets one from its list and the time."""
    state = st.session_state
    if on and not state["compose_name"].strip() and state["compose_lists"]:
        chosen = store.lists.get(state["compose_lists"][0]).name
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
    when = words.schedule(written.schedule)
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
    kept = store.campaigns.get(draft)
    at = written.at and written.at.replace(tzinfo=ui.TAIPEI)
    same = (kept.text, kept.two_way, kept.schedule, [number for number, _name in kept.lists]) == (
        written.text, written.two_way, written.schedule, list(written.lists))  # fmt: skip
    same = same and (kept.send_at and from_text(kept.send_at)) == at
    if kept.state == CampaignState.DRAFT and not same:
        st.error(_("This draft was changed in another window since you opened this review. Nothing was confirmed. "
                   "Close it, reload the page and look at it again."))  # fmt: skip
        return
    with st.spinner(_("Putting it into the outbox …")):
        quote = store.campaigns.confirm(draft, ui.account().key)
    if quote is None:
        go_to_campaign(draft, _("It was confirmed already, and nothing was done twice. Here is how it stands."))
    else:
        told = n_("Confirmed: {n} person, {points} points.", "Confirmed: {n} people, {points} points.",
                  quote.recipients)  # fmt: skip
        go_to_campaign(draft, told.format(n=ui.number(quote.recipients), points=known_points(quote)))


# --- the page ----------------------------------------------------------------------------------------------------

load()
inputs, outcome = st.columns([5, 4], gap="large")
with inputs:
    written = write({info.id: info for info in store.lists.all()})
    try:
        draft = save(written)
    except StateError:
        go_to_campaign(st.session_state["compose_draft"],
                       _("This draft was confirmed in another window and can no longer be changed."))  # fmt: skip
    if draft is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(_("Draft {draft} is saved.").format(draft=draft))
            st.button(_("Begin another"), key="compose_new", type="tertiary", on_click=start_anew)
with outcome, ui.explained():
    if not written.lists or not written.text.strip():
        st.info(_("Choose a list and write a text: its price and how it looks on a phone appear here."))
        st.stop()
    try:
        price = priced(written)
    except InputError as error:
        st.error(ui.literal(ui.explain(error)), icon=":material/error:")
        st.stop()
    preview(price)
    left, trouble = points()
    show_price(price, left, trouble)
    passed = written.at is not None and written.at <= ui.taipei_now().replace(tzinfo=None)
    st.button(_("Review and send"), key="compose_review", type="primary", icon=":material/rate_review:",
              on_click=reviewing, args=(True,), disabled=passed, width="stretch")  # fmt: skip
    if st.session_state["compose_reviewing"] and draft is not None and not passed:
        dialog = st.dialog(_("Review and send"), width="medium", on_dismiss=lambda: reviewing(False))
        dialog(review)(draft, written, price, left)
