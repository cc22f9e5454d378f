"""The whole story of a number: every campaign, every status that was ever reported, every reply."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from smsget.store.replies import ReplyRow, replies
from smsget.store.report import ROWS, ReportRow
from smsget.store.suppression import Suppressed


@dataclass(frozen=True, slots=True)
class Status:
    """One status as a carrier reported it, at its time; `received_at` is when we heard of it (both UTC)."""

    at: str
    word: str
    status: str
    carrier_id: str
    received_at: str


@dataclass(frozen=True, slots=True)
class StoryMessage:
    """A message and all that was reported of it, oldest first."""

    row: ReportRow
    statuses: list[Status]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything known of `phone`; `messages` and `replies` newest first, `suppressed` if it must not be texted."""

    phone: str
    messages: list[StoryMessage]
    replies: list[ReplyRow]
    suppressed: Suppressed | None


def story(conn: sqlite3.Connection, phone: str, limit: int) -> Story:
    """The story of a number; of messages and replies the newest `limit` each."""
    told: dict[str, list[Status]] = {}
    query = """SELECT sms_id, at, word, status, carrier_id, received_at FROM receipt WHERE phone = ?
               ORDER BY at, CASE status WHEN 'pending' THEN 0 WHEN 'other' THEN 1 ELSE 2 END, word"""
    for row in conn.execute(query, [phone]):
        told.setdefault(row["sms_id"], []).append(Status(*list(row)[1:]))
    rows = conn.execute(f"{ROWS} WHERE m.phone = ? ORDER BY m.id DESC LIMIT ?", [phone, limit])
    messages = [ReportRow(**row) for row in rows]
    entry = conn.execute("SELECT phone, reason, source, at FROM suppression WHERE phone = ?", [phone]).fetchone()
    return Story(
        phone,
        [StoryMessage(row, told.get(row.sms_id, []) if row.sms_id is not None else []) for row in messages],
        replies(conn, refusals_only=False, unread_only=False, phone=phone, before=None, limit=limit),
        Suppressed(**entry) if entry is not None else None,
    )
