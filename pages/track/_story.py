"""The whole story of a number: every campaign, every status that was ever reported, every reply."""

from __future__ import annotations

import streamlit as st

import ui
from pages.track._telling import campaign_of, result_of, word_of
from smsget.store import Story, StoryMessage, Suppressed
from ui import _, n_

MOST = 200
"""Messages and replies that are shown, the newest."""


def show(phone: str) -> None:
    """Everything that is known of one number."""
    told = ui.store().receipts.story(phone, limit=MOST)
    with st.container(border=True, key="reports_story"):
        st.subheader(ui.literal(phone), anchor=False)
        if told.suppressed:
            show_suppressed(told.suppressed)
        if told.messages:
            figures(told)
            table(told)
        else:
            st.text(_("Nothing was ever sent to this number."))
        if told.replies:
            st.markdown(f"**{_('Replies')}**")
        for reply in told.replies:
            with st.chat_message(_("Reply"), avatar=":material/reply:"):
                st.caption(ui.taipei(reply.at))
                st.text(reply.text)


def show_suppressed(entry: Suppressed) -> None:
    """Since when and why a number must not be texted."""
    reason = ui.literal(ui.words().suppression_reason(entry.reason))
    said = _("On the suppression list since {time}: {reason}")
    st.warning(said.format(time=ui.taipei(entry.at), reason=reason), icon=":material/block:")


def figures(told: Story) -> None:
    """How many of what, in one line."""
    messages, replies = len(told.messages), len(told.replies)
    parts = [
        n_("{count} message", "{count} messages", messages).format(count=ui.number(messages)),
        *(f"{ui.words().status(name)} {ui.number(count)}" for name in ui.STATUSES if (count := counted(told, name))),
        n_("{count} reply", "{count} replies", replies).format(count=ui.number(replies)),
    ]
    st.caption(" · ".join(parts))


def counted(told: Story, name: str) -> int:
    """How many of the messages that SMS-Get accepted are in a group."""
    return sum(one.row.sms_id is not None and (one.row.status or "none") == name for one in told.messages)


def table(told: Story) -> None:
    """Every message, newest first, and below each what was reported of it and when."""
    header = [_("Time"), _("Campaign"), _("What happened"), _("Status word"), _("Message id"), _("Carrier's id")]
    rows = [cells for one in told.messages for cells in rows_of(one)]
    st.dataframe(
        dict(zip(header, zip(*rows, strict=True), strict=True)),
        key=f"reports_story_{told.phone}",
        hide_index=True,
        alt=_("Messages to this number, newest first, with every status that was reported"),
    )


def rows_of(one: StoryMessage) -> list[tuple[str, ...]]:
    """A message and its statuses, oldest first, as rows of the table."""
    words, row = ui.words(), one.row
    campaign, sms_id = campaign_of(row), row.sms_id or "–"
    sent = _("Sent") if row.sent_at and row.sms_id is not None else result_of(row)
    first = (ui.taipei(row.sent_at, seconds=True), campaign, sent, "–", sms_id, "–")
    told: list[tuple[str, ...]] = [
        (ui.taipei(each.at, seconds=True), campaign, words.status(each.status), word_of(each.word), sms_id,
         each.carrier_id or "–") for each in one.statuses
    ]  # fmt: skip
    if told and row.campaign_id is None:
        return told  # of another program's message only the reports are known
    if not told and row.sms_id is not None and row.campaign_id is not None:
        told = [("–", campaign, words.status("none"), "–", sms_id, "–")]
    return [first, *told]
