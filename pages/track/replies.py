"""What customers answered, newest first; a number goes on the suppression list or off it right here."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

import ui
from smsget.store import ReplyRow
from ui import _

store = ui.store()
words = ui.words()


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


# --- the inbox ---------------------------------------------------------------------------------------------------


def show(reply: ReplyRow, *, suppressed: bool) -> None:
    """One reply, with what can be done about its number."""
    with st.container(border=True, gap="xsmall", key=f"replies_{reply.id}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{ui.literal(reply.phone)}**", width="content")
            st.caption(ui.taipei(reply.at), width="content")
            if reply.refusal:
                st.badge(words.suppression_reason("refusal"), icon=":material/block:", color="red")
            elif suppressed:
                st.badge(_("On the suppression list"), icon=":material/block:", color="gray")
            if reply.campaign_id is not None:
                name = ui.campaign_name(reply.campaign_id, reply.campaign or "")
                st.page_link("pages/track/campaigns.py", label=ui.literal(name), icon=":material/campaign:",
                             query_params={"campaign": str(reply.campaign_id)})  # fmt: skip
            st.space("stretch")
            action(reply, suppressed=suppressed)
        st.text(reply.text)


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
if not count:
    show_empty()
else:
    ui.metrics(
        [
            (_("Replies"), ui.number(count), ""),
            (_("Refusals"), ui.number(refusals), _("Put on the suppression list by themselves, as the law asks.")),
        ]
    )
    only = st.toggle(_("Refusals only"), key="replies_refusals")
    pages = ui.Pages("replies", only)
    rows = pages.rows(lambda before, limit: store.receipts.replies(refusals_only=only, before=before, limit=limit))
    listed = store.suppression.among({reply.phone for reply in rows})
    if not rows:
        st.text(_("Nobody has refused further texts."))
    for reply in rows:
        show(reply, suppressed=reply.phone in listed)
    pages.buttons(refusals if only else count)
    download(refusals_only=only)
