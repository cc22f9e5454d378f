"""All campaigns and drafts; or one campaign (`?campaign=ID`): how far it is, why it stopped, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from math import ceil
from typing import Any

import streamlit as st

import ui
from smsget.campaigns import BatchState, CampaignState
from smsget.errors import BadRequest
from smsget.store import Batch, Campaign, from_text, now
from ui import _, n_

COMPOSE = "pages/send/compose.py"
AT_ONCE = 20
BATCHES_A_PAGE = 50
OUTCOMES = ("accepted", "queued", "sending", "refused", "unknown", "left", "cancelled", "suppressed")
LOOKS: dict[CampaignState, tuple[str, Any]] = {
    CampaignState.SCHEDULED: (":material/schedule:", "violet"),
    CampaignState.SENDING: (":material/send:", "blue"),
    CampaignState.PAUSED: (":material/pause_circle:", "orange"),
    CampaignState.UNSETTLED: (":material/help:", "red"),
    CampaignState.FINISHED: (":material/check_circle:", "green"),
    CampaignState.CANCELLED: (":material/cancel:", "gray"),
}
# Why a campaign stopped -> the page of the account section where that is put right.
SETTLES = {"005": "settings", "006": "settings", "010": "settings", "account": "settings", "009": "credit"}

store = ui.store()
words = ui.words()


def title(campaign: Campaign) -> str:
    """A campaign's name, safe for Markdown."""
    return ui.literal(ui.campaign_name(campaign.id, campaign.name))


def is_running(campaign: Campaign) -> bool:
    """Whether something of it may change by itself: it is worth looking again."""
    return campaign.state in (CampaignState.SENDING, CampaignState.SCHEDULED) or campaign.counts["sending"] > 0


def quoted(campaign: Campaign) -> str:
    """The points quoted; never a plain number where the rate of a country was unknown."""
    points = ui.number(campaign.credits_quoted)
    return _("at least {points}").format(points=points) if campaign.unknown_rate else points


def badge(campaign: Campaign) -> None:
    icon, color = LOOKS[campaign.state]
    st.badge(words.campaign_state(campaign.state), icon=icon, color=color)


def show(campaign: int | None) -> None:
    """Go to one campaign, or back to all. By the address: a link of a page to itself leaves it as it was."""
    if campaign is None:
        st.query_params.pop("campaign", None)
    else:
        st.query_params["campaign"] = str(campaign)
    st.rerun()


# --- all of them -------------------------------------------------------------------------------------------------


def show_drafts() -> None:
    """Texts that were never confirmed, newest first."""
    drafts = store.campaigns.all(states=[CampaignState.DRAFT], limit=AT_ONCE)
    if not drafts:
        return
    st.subheader(_("Drafts"), anchor=False)
    for draft in drafts:
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap=None):
                st.markdown(f"**{ui.literal(draft.name) or _('Draft {id}').format(id=draft.id)}**")
                st.text(draft.text or _("No text yet."), wrap=False, width="stretch")
            st.page_link(COMPOSE, label=_("Continue"), icon=":material/edit:", query_params={"draft": str(draft.id)})
            with st.popover(_("Delete"), type="tertiary"):
                st.button(_("Delete this draft for good"), key=f"campaigns_delete_{draft.id}", on_click=delete_draft,
                          args=(draft.id,))  # fmt: skip


def delete_draft(draft: int) -> None:
    with ui.explained():
        store.campaigns.delete_draft(draft)
        ui.flash(_("The draft is deleted."))


def show_all() -> None:
    """Every campaign, newest first; looked at again every other second while one of them runs."""
    limit = st.session_state.setdefault("campaigns_limit", AT_ONCE)
    first = store.campaigns.all(limit=limit + 1)
    if not first:
        st.info(_("No campaign yet. Write a text, look at its price, and confirm it: it then appears here."))
        st.page_link(COMPOSE, label=_("Write a text"), icon=":material/edit_square:")
        return

    @st.fragment(run_every="2s" if any(map(is_running, first)) else None)
    def rows() -> None:
        with ui.explained():
            campaigns = store.campaigns.all(limit=limit)
            for campaign in campaigns:
                show_row(campaign)
        if any(map(is_running, first)) and not any(map(is_running, campaigns)):
            st.rerun()

    rows()
    if len(first) > limit:
        st.button(_("Show more"), key="campaigns_more", on_click=st.session_state.update,
                  kwargs={"campaigns_limit": limit + AT_ONCE})  # fmt: skip


def show_row(campaign: Campaign) -> None:
    """One campaign in a few words, and the way to everything about it."""
    told = n_("{time} · {n} person · {used} of {quoted} points used",
              "{time} · {n} people · {used} of {quoted} points used", campaign.recipients)  # fmt: skip
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center"):
            with st.container(width="stretch", gap="xsmall"):
                with st.container(horizontal=True, vertical_alignment="center"):
                    st.markdown(f"**{title(campaign)}**", width="content")
                    badge(campaign)
                st.caption(told.format(time=ui.taipei(campaign.confirmed_at), n=ui.number(campaign.recipients),
                                       used=ui.number(campaign.credits_used), quoted=quoted(campaign)))  # fmt: skip
            st.button(_("Open"), key=f"campaigns_open_{campaign.id}", on_click=show, args=(campaign.id,))
        if campaign.state not in (CampaignState.FINISHED, CampaignState.CANCELLED):
            st.progress(campaign.done / max(campaign.recipients, 1))


# --- one of them: what it needs ----------------------------------------------------------------------------------


def show_needs(campaign: Campaign) -> None:
    """Why it does not go on by itself, and what to do now."""
    active = campaign.state in (CampaignState.SENDING, CampaignState.SCHEDULED, CampaignState.PAUSED)
    if active and campaign.account != ui.account().key:
        st.warning(
            _("It was confirmed for the account {account}, and only that account will send it. Set that account up "
              "again to go on, or cancel what is left.").format(account=ui.literal(campaign.account)),
            title=_("Waits for another account"), icon=":material/key:",
        )  # fmt: skip
    if campaign.state == CampaignState.PAUSED:
        reason = words.pause_reason(campaign.reason)
        st.warning(ui.literal(reason), title=_("Paused"), icon=":material/pause_circle:")
        if page := SETTLES.get(campaign.reason):
            label = _("To the points") if page == "credit" else _("To the settings")
            st.page_link(f"pages/account/{page}.py", label=label, icon=":material/arrow_forward:")
    elif campaign.state == CampaignState.UNSETTLED:
        st.warning(_("Everything else has gone out. For the batches below nobody knows: decide on each of them."),
                   title=_("Needs a decision"), icon=":material/help:")  # fmt: skip
    elif campaign.state == CampaignState.SCHEDULED:
        st.info(_("It begins at {time} in Taipei. Until then you can pause or cancel it.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip
    if campaign.schedule == "gateway" and campaign.counts["accepted"]:
        st.info(_("SMS-Get sends what it has accepted at {time} in Taipei. That can no longer be recalled.").format(
            time=ui.taipei(campaign.send_at)), icon=":material/schedule:")  # fmt: skip


def show_actions(campaign: Campaign) -> None:
    """Pause, resume, cancel, copy: those that make sense now."""
    state = campaign.state
    with st.container(horizontal=True):
        if state == CampaignState.PAUSED:
            st.button(_("Resume"), key="campaigns_resume", type="primary", icon=":material/play_arrow:",
                      on_click=act, args=("resume", campaign.id))  # fmt: skip
        if state in (CampaignState.SENDING, CampaignState.SCHEDULED):
            st.button(_("Pause"), key="campaigns_pause", type="primary", icon=":material/pause:",
                      on_click=act, args=("pause", campaign.id))  # fmt: skip
        if state in (CampaignState.SENDING, CampaignState.SCHEDULED, CampaignState.PAUSED):
            st.button(_("Cancel"), key="campaigns_cancel", icon=":material/cancel:",
                      on_click=ask, args=((campaign.id, "cancel", 0),))  # fmt: skip
        if st.button(_("Copy as a new draft"), key="campaigns_copy", icon=":material/content_copy:"):
            with ui.explained():
                copy(campaign)


def act(action: str, campaign: int) -> None:
    """Pause or resume, as a callback: once per click. What somebody else did first is shown as a sentence."""
    with ui.explained():
        getattr(store.campaigns, action)(campaign)


def copy(campaign: Campaign) -> None:
    """A new draft with the same text and those of the lists that still exist."""
    lists = [number for number, _name in campaign.lists if number is not None]
    name = _("{name} (copy)").format(name=campaign.name)[:100]
    draft = store.campaigns.draft(name, campaign.text, lists, two_way=campaign.two_way)
    st.switch_page(COMPOSE, query_params={"draft": str(draft)})


def ask(question: tuple[int, str, int] | None) -> None:
    """Open the dialog for (campaign, `cancel` or `again`, batch), or close it."""
    st.session_state["campaigns_asking"] = question


def show_question(campaign: Campaign) -> None:
    """The dialog that is open, if it is about this campaign."""
    asked, action, number = st.session_state.get("campaigns_asking") or (0, "", 0)
    if asked != campaign.id:
        return
    name = _("Cancel this campaign?") if action == "cancel" else _("Send batch {n} again?").format(n=number)
    dialog = st.dialog(name, on_dismiss=lambda: ask(None))
    if action == "cancel":
        dialog(question_cancel)(campaign)
    else:
        dialog(question_again)(campaign, number)


def question_cancel(campaign: Campaign) -> None:
    """Who will not get it, and who cannot be helped any more."""
    with ui.explained():
        counts = store.campaigns.get(campaign.id).counts
        waiting = counts["queued"] + counts["refused"]
        st.write(n_("{n} person will not get the text.", "{n} people will not get the text.", waiting)
                 .format(n=ui.number(waiting)))  # fmt: skip
        if gone := counts["accepted"] + counts["sending"] + counts["unknown"] + counts["left"]:
            st.write(n_("{n} person has it, or may get it still: that cannot be recalled.",
                        "{n} people have it, or may get it still: that cannot be recalled.", gone)
                     .format(n=ui.number(gone)))  # fmt: skip
        if st.button(_("Cancel the campaign"), key="campaigns_cancel_yes", type="primary"):
            left_out = store.campaigns.cancel(campaign.id)
            ui.flash(n_("Cancelled. {n} person will not get the text.", "Cancelled. {n} people will not get the text.",
                        left_out).format(n=ui.number(left_out)))  # fmt: skip
            ask(None)
            st.rerun()


def question_again(campaign: Campaign, number: int) -> None:
    """What sending an unknown batch again may mean."""
    with ui.explained():
        batch = next(iter(store.campaigns.batches(campaign.id, after=number - 1, limit=1)), None)
        if batch is None:
            raise BadRequest("no_such_batch", campaign=campaign.id, batch=number)
        st.write(n_("If the first request did arrive, {n} person gets this text twice, and it is charged twice:",
                    "If the first request did arrive, {n} people get this text twice, and it is charged twice:",
                    batch.recipients).format(n=ui.number(batch.recipients)))  # fmt: skip
        with st.container(border=True):
            st.text(batch.text)
        st.caption(_("SMS-Get's website may show whether the points were taken. Look there first."))
        if st.button(_("Send it again"), key="campaigns_again_yes", type="primary"):
            store.campaigns.settle(campaign.id, number, resend=True)
            ask(None)
            st.rerun()


def show_unknown(campaign: Campaign) -> None:
    """Every batch whose outcome is unknown, with what is known of it, and the two ways to decide."""
    if not campaign.counts["unknown"]:
        return
    batches = store.campaigns.batches(campaign.id, states=[BatchState.UNKNOWN], limit=AT_ONCE + 1)
    st.subheader(_("Outcome unknown"), anchor=False)
    st.caption(
        _("These people may have the text or not. So that nobody gets it twice, it is not sent again by itself.")
    )
    for batch in batches[:AT_ONCE]:
        with st.container(border=True):
            head = n_("**Batch {batch}** · {n} person · sent {time}", "**Batch {batch}** · {n} people · sent {time}",
                      batch.recipients)  # fmt: skip
            sent = ui.taipei(batch.sent_at, seconds=True)
            st.markdown(head.format(batch=batch.number, n=ui.number(batch.recipients), time=sent))
            st.write(ui.literal(words.unknown_reason(batch.code, batch.evidence)))
            if excerpt := batch.evidence.get("excerpt"):
                st.caption(_("The answer began with:"))
                st.text(str(excerpt))
            with st.container(horizontal=True):
                st.button(_("Send again …"), key=f"campaigns_again_{batch.number}", icon=":material/replay:",
                          on_click=ask, args=((campaign.id, "again", batch.number),),
                          disabled=campaign.state == CampaignState.CANCELLED)  # fmt: skip
                st.button(_("Leave it"), key=f"campaigns_leave_{batch.number}", icon=":material/done:",
                          on_click=leave, args=(campaign.id, batch.number),
                          help=_("Never send it again. A receipt may still show that it went out."))  # fmt: skip
    if len(batches) > AT_ONCE:
        st.caption(_("There are more; they appear as you decide."))


def leave(campaign: int, number: int) -> None:
    with ui.explained():
        store.campaigns.settle(campaign, number, resend=False)


# --- one of them: how it stands ----------------------------------------------------------------------------------


def mark(campaign: Campaign) -> tuple[object, ...]:
    """What of a campaign, when it changes, changes more of the page than its figures."""
    counts = campaign.counts
    return campaign.state, campaign.reason, counts["unknown"], counts["accepted"] > 0, is_running(campaign)


def show_live(campaign: Campaign) -> None:
    """Figures and batches, every second while it runs; at a change of state the whole page is drawn once more."""

    @st.fragment(run_every="1s" if is_running(campaign) else None)
    def live() -> None:
        with ui.explained():
            fresh = store.campaigns.get(campaign.id)
            if mark(fresh) != mark(campaign):
                st.rerun()
            show_figures(fresh)
            show_batches(fresh)

    live()


def show_figures(campaign: Campaign) -> None:
    """Progress, people by outcome (they add up), points quoted against used."""
    people = ui.number(campaign.recipients)
    done = campaign.done
    st.progress(done / max(campaign.recipients, 1),
                text=_("{done} of {people} people").format(done=ui.number(done), people=people))  # fmt: skip
    ui.metrics([
        (_("People"), people),
        (_("Accepted by SMS-Get"), ui.number(campaign.counts["accepted"])),
        (_("Points quoted"), quoted(campaign)),
        (_("Points used"), ui.number(campaign.credits_used)),
    ])  # fmt: skip
    counts = {each: campaign.counts[each] for each in OUTCOMES if campaign.counts[each]}
    outcomes = {words.outcome(each): ui.number(count) for each, count in counts.items()}
    st.table({**outcomes, f"**{_('All')}**": f"**{people}**"}, border="horizontal", width="content",
             alt=_("People by outcome"))  # fmt: skip
    all_in = campaign.counts["accepted"] == campaign.recipients and not campaign.unknown_rate
    if all_in and campaign.credits_used != campaign.credits_quoted:
        st.caption(_("SMS-Get took other points than quoted: it may have found numbers it cannot reach, or a rate in "
                     "the settings is out of date."))  # fmt: skip


def show_batches(campaign: Campaign) -> None:
    """The requests it was cut into, a page at a time."""
    st.subheader(_("Batches"), anchor=False)
    page = 1
    slot = st.container()
    if campaign.batches > BATCHES_A_PAGE:
        page = st.pagination(ceil(campaign.batches / BATCHES_A_PAGE), key=f"campaigns_page_{campaign.id}")
    batches = store.campaigns.batches(campaign.id, after=(page - 1) * BATCHES_A_PAGE, limit=BATCHES_A_PAGE)
    right = {"people": _("People"), "quoted": _("Points quoted"), "used": _("Points used")}
    left = {"state": _("State"), "sms_id": _("SMS-Get's number"), "sent": _("Sent")}
    slot.dataframe(
        [batch_row(batch) for batch in batches], hide_index=True, alt=_("Batches of this campaign"),
        key=f"campaigns_batches_{campaign.id}_{page}", column_order=["batch", "state", *right, "why", "sms_id", "sent"],
        column_config={
            "batch": st.column_config.NumberColumn(_("Batch"), pinned=True),
            **{name: st.column_config.TextColumn(label, alignment="right") for name, label in right.items()},
            **left,
            "why": st.column_config.TextColumn(_("Why"), width="medium"),
        },
    )  # fmt: skip


def batch_row(batch: Batch) -> dict[str, object]:
    """A batch as a row of the table."""
    return {
        "batch": batch.number,
        "state": words.batch_state(batch.state),
        "people": ui.number(batch.recipients),
        "quoted": _("unknown") if batch.credits_quoted is None else ui.number(batch.credits_quoted),
        "used": ui.number(batch.credits_used),
        "why": words.batch_reason(batch.code, batch.evidence),
        "sms_id": batch.sms_id or "",
        "sent": ui.taipei(batch.sent_at, seconds=True),
    }


def awaits_receipts(campaign: Campaign) -> bool:
    """Whether receipts may come in while somebody looks: the sandbox reports within seconds, carriers in a day."""
    ended = campaign.ended_at and now() - from_text(campaign.ended_at) < timedelta(minutes=2)
    return is_running(campaign) or bool(ended and ui.account().is_sandbox)


def show_delivery(campaign: Campaign) -> None:
    """What became of the messages SMS-Get accepted."""
    if not campaign.counts["accepted"]:
        return
    st.subheader(_("Delivery"), anchor=False)
    awaited = awaits_receipts(campaign)

    @st.fragment(run_every="3s" if awaited else None)
    def figures() -> None:
        with ui.explained():
            summary = store.receipts.summary(campaign.id)
            groups = {"delivered": summary.delivered, "failed": summary.failed, "pending": summary.pending,
                      "other": summary.other, "none": summary.no_receipt}  # fmt: skip
            ui.metrics([(words.status(group), ui.number(count)) for group, count in groups.items()])
        if awaited and not awaits_receipts(campaign):
            st.rerun()

    figures()
    st.page_link("pages/track/reports.py", label=_("Every message of this campaign"), icon=":material/fact_check:",
                 query_params={"campaign": str(campaign.id)})  # fmt: skip


def show_details(campaign: Campaign) -> None:
    """What was confirmed."""
    st.subheader(_("What was confirmed"), anchor=False)
    with st.container(border=True):
        st.text(campaign.text)
    facts: Sequence[tuple[str, str]] = [
        (_("Lists"), words.listed([name for _number, name in campaign.lists])),
        (_("Way"), _("two-way") if campaign.two_way else _("one-way")),
        (_("When"), words.schedule(campaign.schedule)),
        (_("Set time"), ui.taipei(campaign.send_at)),
        (_("Account"), campaign.account),
        (_("Confirmed"), ui.taipei(campaign.confirmed_at, seconds=True)),
        (_("Ended"), ui.taipei(campaign.ended_at, seconds=True)),
    ]
    st.table({name: ui.literal(value) for name, value in facts if value != "–"}, border="horizontal", width="content")


# --- the page ----------------------------------------------------------------------------------------------------


def show_one(number: str) -> None:
    """Everything about one campaign, what needs a person first."""
    st.button(_("All campaigns"), key="campaigns_all", type="tertiary", icon=":material/arrow_back:",
              on_click=show, args=(None,))  # fmt: skip
    if not number.isdecimal():
        raise BadRequest("no_such_campaign", campaign=number)
    campaign = store.campaigns.get(int(number))
    if campaign.state == CampaignState.DRAFT:
        st.info(_("This is a draft: nothing was sent yet."))
        st.page_link(COMPOSE, label=_("Continue"), icon=":material/edit:", query_params={"draft": number})
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(title(campaign), anchor=False, width="content")
        badge(campaign)
    show_needs(campaign)
    show_actions(campaign)
    show_unknown(campaign)
    show_live(campaign)
    show_delivery(campaign)
    show_details(campaign)
    show_question(campaign)


if number := st.query_params.get("campaign"):
    show_one(number)
else:
    show_all()
    show_drafts()
