"""The inbox: replies one by one and by number, what of it was read, and refusals that were none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

from smsget.store.clock import now, to_text
from smsget.store.settings import write_audit


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One reply in the inbox; `campaign` names the latest two-way campaign of that number, if any."""

    id: int
    phone: str
    at: str
    text: str
    campaign_id: int | None
    campaign: str | None
    refusal: bool
    unread: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """What one number wrote: its newest reply, and how many there are, unread ones and refusals among them."""

    newest: ReplyRow
    replies: int
    unread: int
    refusals: int


_REPLIES = """SELECT r.id, r.phone, r.at, r.text, r.campaign_id, c.name AS campaign, r.refusal,
    r.read_at IS NULL AS unread FROM reply AS r LEFT JOIN campaign AS c ON c.id = r.campaign_id"""


def _row(row: sqlite3.Row) -> ReplyRow:
    values = {name: row[name] for name in ReplyRow.__slots__}
    return ReplyRow(**{**values, "refusal": bool(row["refusal"]), "unread": bool(row["unread"])})


def replies(
    conn: sqlite3.Connection,
    *,
    refusals_only: bool,
    unread_only: bool,
    phone: str | None,
    before: int | None,
    limit: int,
) -> list[ReplyRow]:
    """Replies, newest first; see `Receipts.replies`."""
    query = f"""{_REPLIES} WHERE r.refusal >= ?1
        AND (?2 IS NULL OR (r.at, r.id) < (SELECT at, id FROM reply WHERE id = ?2))
        AND (?4 IS NULL OR r.phone = ?4) AND (?5 = 0 OR r.read_at IS NULL) ORDER BY r.at DESC, r.id DESC LIMIT ?3"""  # noqa: S608
    rows = conn.execute(query, [int(refusals_only), before, limit, phone, int(unread_only)])
    return [_row(row) for row in rows]


def threads(conn: sqlite3.Connection, *, unread_only: bool, before: int | None, limit: int) -> list[Thread]:
    """Numbers that wrote, the newest reply first; `before` is the id of the newest reply of the last thread before."""
    query = f"""
        WITH counted AS (
            SELECT phone, count(*) AS replies, count(*) FILTER (WHERE read_at IS NULL) AS unread,
                   sum(refusal) AS refusals FROM reply GROUP BY phone),
        newest AS (
            SELECT t.*, (SELECT id FROM reply WHERE phone = t.phone ORDER BY at DESC, id DESC LIMIT 1) AS id
            FROM counted AS t WHERE ?1 = 0 OR t.unread > 0)
        {_REPLIES.replace(" FROM reply", ", n.replies, n.unread AS waiting, n.refusals FROM reply", 1)}
        JOIN newest AS n ON n.id = r.id
        WHERE ?2 IS NULL OR (r.at, r.id) < (SELECT at, id FROM reply WHERE id = ?2)
        ORDER BY r.at DESC, r.id DESC LIMIT ?3"""  # noqa: S608
    rows = conn.execute(query, [int(unread_only), before, limit])
    return [Thread(_row(row), row["replies"], row["waiting"], row["refusals"]) for row in rows]


def mark_read(conn: sqlite3.Connection, ids: Collection[int] | None, phone: str | None, *, read: bool) -> int:
    """Mark these replies, those of a number, or all of them; how many changed."""
    query = """UPDATE reply SET read_at = ? WHERE (read_at IS NULL) = ? AND (? IS NULL OR phone = ?)
               AND (? IS NULL OR id IN (SELECT value FROM json_each(?)))"""
    chosen = None if ids is None else json.dumps(list(ids))
    moment = to_text(now()) if read else None
    return conn.execute(query, [moment, int(read), phone, phone, chosen, chosen]).rowcount


def not_a_refusal(conn: sqlite3.Connection, reply_id: int, actor: str) -> bool:
    """Take back that a reply was a refusal; whether its number may be texted again by that.

    It leaves the suppression list unless it is on it for another reason, or another reply of that number refuses.
    """
    row = conn.execute(
        "UPDATE reply SET refusal = 0 WHERE id = ? AND refusal = 1 RETURNING phone", [reply_id]
    ).fetchone()
    if row is None:
        return False
    gone = conn.execute(
        """DELETE FROM suppression WHERE phone = ?1 AND source = 'reply'
           AND NOT EXISTS (SELECT 1 FROM reply WHERE phone = ?1 AND refusal = 1)""", [row["phone"]]
    ).rowcount  # fmt: skip
    write_audit(conn, actor, "not_a_refusal", None, reply=reply_id)
    return bool(gone)
