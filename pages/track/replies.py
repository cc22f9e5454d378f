"""What customers answered, by number, newest first; a number goes on the suppression list or off it right here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import streamlit as st

import ui
from smsget.store import ReplyRow, Thread
from ui import _, n_

store = ui.store()
words = ui.words()

EARLIER = 50  # replies of a number before its newest that are shown


def show_empty() -> None:
    """How replies come in, while there are none."""
    st.text(_("No replies yet."))
    st.markdown(
        _("Replies come in to two-way campaigns (Taiwan numbers), when SMS-Get knows your callback URL. "
          "Replies in a callback log you kept yourself are loaded together with the delivery reports.")
    )  # fmt: skip
    with st.container(horizontal=True):
        st.page_link("pages/send/compose.py", label=_("Write a two-way text"), icon=":material/edit_square:")
        st.page_link("pages/account/settings.py", label=_("Set up callbacks"), icon=":material/settings:")
        st.page_link("pages/track/reports.py", label=_("Load callback logs"), icon=":material/upload_file:")


# --- the suppression list ----------------------------------------------------------------------------------------


def suppress(reply: ReplyRow) -> None:
    """Never text this number again. What was taken off here goes back as it was."""
    changed = st.session_state["replies_changed"]
    with ui.explained():
        if reply.phone in changed:
            entry = changed.pop(reply.phone)
            store.suppression.add([entry.phone], reason=entry.reason, source=entry.source)
        elif store.suppression.add([reply.phone], reason="refusal" if reply.refusal else ""):
            changed[reply.phone] = None
        st.toast(_("{phone} is on the suppression list and will not be texted.").format(phone=reply.phone))


def allow(reply: ReplyRow) -> None:
    """Take the number off the list."""
    changed = st.session_state["replies_changed"]
    with ui.explained():
        removed = store.suppression.remove([reply.phone])
        if reply.phone in changed:
            del changed[reply.phone]
        elif removed:
            changed[reply.phone] = removed[0]
        st.toast(_("{phone} is off the suppression list and may be texted again.").format(phone=reply.phone))


def action(reply: ReplyRow, *, suppressed: bool) -> None:
    """The button that puts a number on the list or takes it off; after a click it is the way back."""
    label = _("Allow texts again") if suppressed else _("Stop texting")
    icon = ":material/check:" if suppressed else ":material/block:"
    if reply.phone in st.session_state.setdefault("replies_changed", {}):
        label, icon = _("Undo"), ":material/undo:"
    warning = None
    if suppressed and reply.refusal:
        warning = _("This person asked for no more texts. Allow them again only after a new consent.")
    st.button(label, key=f"replies_act_{reply.id}", type="tertiary", icon=icon, help=warning,
              on_click=allow if suppressed else suppress, args=(reply,))  # fmt: skip


def take_back(reply: ReplyRow) -> None:
    """What was taken for a refusal by its words is none."""
    with ui.explained():
        if store.receipts.not_a_refusal(reply.id):
            st.toast(_("{phone} is off the suppression list and may be texted again.").format(phone=reply.phone))
        elif reply.phone in store.suppression.among([reply.phone]):
            st.toast(_("{phone} stays on the suppression list for another reason.").format(phone=reply.phone))


def mark_read(phone: str | None) -> None:
    """Nothing of this number, or nothing at all, is new any more."""
    with ui.explained():
        store.receipts.mark_read(phone=phone)


# --- the inbox ---------------------------------------------------------------------------------------------------


def show(thread: Thread, *, suppressed: bool) -> None:
    """What one number wrote, with what can be done about it."""
    reply = thread.newest
    with st.container(border=True, gap="xsmall", key=f"replies_{reply.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{ui.literal(reply.phone)}**", width="content")
            if thread.unread:
                new = n_("{count} new", "{count} new", thread.unread)
                st.badge(new.format(count=ui.number(thread.unread)), icon=":material/mark_email_unread:")
            if suppressed and not reply.refusal:
                st.badge(_("On the suppression list"), icon=":material/block:", color="gray")
            st.space("stretch")
            if thread.unread:
                st.button(_("Mark as read"), key=f"replies_read_{reply.id}", type="tertiary",
                          icon=":material/drafts:", on_click=mark_read, args=(reply.phone,))  # fmt: skip
            action(reply, suppressed=suppressed)
        show_reply(reply)
        earlier = thread.replies - 1
        if earlier > 0:
            label = n_("{count} earlier reply", "{count} earlier replies", earlier).format(count=ui.number(earlier))
            if st.toggle(label, key=f"replies_earlier_{reply.phone}"):
                for one in store.receipts.replies(phone=reply.phone, before=reply.id, limit=EARLIER):
                    show_reply(one)


def show_reply(reply: ReplyRow) -> None:
    """One reply: when, to which campaign, whether it refuses, and its text."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(ui.taipei(reply.at), width="content")
        if reply.refusal:
            st.badge(words.suppression_reason("refusal"), icon=":material/block:", color="red")
            st.button(_("This is no refusal"), key=f"replies_none_{reply.id}", type="tertiary", icon=":material/undo:",
                      on_click=take_back, args=(reply,),
                      help=_("It was recognised by its words. Takes the number off the suppression list, unless it is "
                             "there for another reason."))  # fmt: skip
        if reply.campaign_id is not None:
            name = ui.campaign_name(reply.campaign_id, reply.campaign or "")
            st.page_link("pages/track/campaigns.py", label=ui.literal(name), icon=":material/campaign:",
                         query_params={"campaign": str(reply.campaign_id)})  # fmt: skip
    st.text(reply.text)


def fetched(view: str | None) -> Callable[[int | None, int], list[Thread]]:
    """How a page of the chosen view is fetched: by number, or refusals one by one."""
    if view != "refusals":
        return lambda before, limit: store.receipts.threads(unread_only=view == "unread", before=before, limit=limit)
    return lambda before, limit: [
        Thread(one, 1, int(one.unread), 1)
        for one in store.receipts.replies(refusals_only=True, before=before, limit=limit)
    ]


def download(*, refusals_only: bool) -> None:
    """The inbox as a file."""
    header, yes, no = [_("Number"), _("Time"), _("Text"), _("Campaign"), _("Refusal")], _("yes"), _("no")

    def table() -> tuple[list[str], Iterator[tuple[str, ...]]]:
        replies = store.receipts.replies(refusals_only=refusals_only)
        return header, (
            (one.phone, ui.taipei(one.at, seconds=True), one.text, one.campaign or "", yes if one.refusal else no)
            for one in replies
        )

    ui.download_csv(_("Download the replies"), "replies.csv", table, "replies_download")


# --- the page ----------------------------------------------------------------------------------------------------

count, refusals = store.receipts.reply_count(), store.receipts.reply_count(refusals_only=True)
unread = store.receipts.reply_count(unread_only=True)
if not count:
    show_empty()
else:
    ui.metrics(
        [
            (_("Replies"), ui.number(count), ""),
            (_("Refusals"), ui.number(refusals), _("Put on the suppression list by themselves, as the law asks.")),
            (_("Unread"), ui.number(unread), ""),
        ]
    )
    views = {"all": _("All"), "unread": _("Unread"), "refusals": _("Refusals only")}
    with st.container(horizontal=True, vertical_alignment="center"):
        view = st.segmented_control(_("Show"), list(views), default="all", format_func=views.__getitem__,
                                    key="replies_view", label_visibility="collapsed")  # fmt: skip
        if unread:
            st.button(_("Mark all as read"), key="replies_read_all", icon=":material/done_all:", on_click=mark_read,
                      args=(None,))  # fmt: skip
        download(refusals_only=view == "refusals")
    pages = ui.Pages("replies", view)
    rows = pages.rows(fetched(view), at=lambda thread: thread.newest.id)
    listed = store.suppression.among({thread.newest.phone for thread in rows})
    if not rows:
        st.text(_("Nobody has refused further texts.") if view == "refusals" else _("Everything has been read."))
    for thread in rows:
        show(thread, suppressed=thread.newest.phone in listed)
    pages.buttons(refusals if view == "refusals" else store.receipts.thread_count(unread_only=view == "unread"))
