"""What a receipt or a reply changes when it arrives. Everything here happens within a transaction of the caller's.

A receipt that belongs to no message of ours becomes a message row of its own (`campaign_id` NULL), so that the
report shows it under its `sms_id`, and so that it is found again should our unknown batch turn out to have that id.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from smsget.numbers import country_of
from smsget.receipts import REFUSAL_WORDS, Receipt, Reply, is_refusal
from smsget.store.clock import now, to_text
from smsget.store.lists import suppress

_RANK = {"": -1, "pending": 0, "other": 1, "delivered": 2, "failed": 2}
"""A status never gives way to one of a lower rank; within a rank the later time wins (protocol.md, receipts)."""


def adopt_receipts(conn: sqlite3.Connection, batch_id: int, sms_id: str) -> None:
    """Give a batch's messages their id, and the receipts that came before the answer did."""
    early = conn.execute(
        """DELETE FROM message WHERE campaign_id IS NULL AND sms_id = ?
           AND phone IN (SELECT phone FROM message WHERE batch_id = ?) RETURNING phone, word, status, status_at""",
        [sms_id, batch_id],
    ).fetchall()
    conn.execute("UPDATE message SET sms_id = ? WHERE batch_id = ? AND suppressed = 0", [sms_id, batch_id])
    for row in early:
        conn.execute(
            "UPDATE message SET word = ?, status = ?, status_at = ? WHERE batch_id = ? AND phone = ?",
            [row["word"], row["status"], row["status_at"], batch_id, row["phone"]],
        )


def apply(conn: sqlite3.Connection, item: Receipt | Reply, refusal_words: Sequence[str]) -> str:
    """Keep one receipt or reply; `new`, `updated` or `known` as `ImportResult` counts them."""
    if isinstance(item, Receipt):
        return _apply_receipt(conn, item)
    return _apply_reply(conn, item, refusal_words)


def _apply_receipt(conn: sqlite3.Connection, item: Receipt) -> str:
    at = to_text(item.at)
    sms_id = item.sms_id or _guess_sms_id(conn, item.phone, at)
    inserted = conn.execute(
        """INSERT INTO receipt (sms_id, phone, at, word, status, carrier_id, received_at)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        [sms_id, item.phone, at, item.word, item.status, item.carrier_id, to_text(now())],
    ).rowcount
    if not inserted:
        return "known"
    message = conn.execute(
        "SELECT id, status, status_at, word FROM message WHERE sms_id = ? AND phone = ? ORDER BY id DESC LIMIT 1",
        [sms_id, item.phone],
    ).fetchone()
    if message is None:
        conn.execute(
            "INSERT INTO message (sms_id, phone, country, word, status, status_at) VALUES (?, ?, ?, ?, ?, ?)",
            [sms_id, item.phone, country_of(item.phone) or "", item.word, item.status, at],
        )
        return "new"
    was = (_RANK[message["status"]], message["status_at"] or "", message["word"])
    if (_RANK[item.status], at, item.word) > was:
        conn.execute(
            "UPDATE message SET word = ?, status = ?, status_at = ? WHERE id = ?",
            [item.word, item.status, at, message["id"]],
        )
    return "updated" if message["status"] else "new"


def _guess_sms_id(conn: sqlite3.Connection, phone: str, at: str) -> str:
    """The id of the last message to this number before `at`, for log lines that lost theirs; "" if there is none."""
    row = conn.execute(
        """SELECT sms_id FROM message WHERE phone = ? AND sms_id > '' AND sent_at <= ?
           ORDER BY sent_at DESC LIMIT 1""",
        [phone, at],
    ).fetchone()
    return row["sms_id"] if row else ""


def _apply_reply(conn: sqlite3.Connection, item: Reply, refusal_words: Sequence[str]) -> str:
    at = to_text(item.at)
    campaign = conn.execute(
        """SELECT m.campaign_id FROM message AS m JOIN campaign AS c ON c.id = m.campaign_id
           WHERE m.phone = ? AND c.two_way = 1 AND m.sms_id IS NOT NULL ORDER BY m.id DESC LIMIT 1""",
        [item.phone],
    ).fetchone()
    refusal = is_refusal(item.text, refusal_words)
    inserted = conn.execute(
        """INSERT INTO reply (phone, reply_id, at, raw_text, text, campaign_id, refusal, received_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        [item.phone, item.reply_id, at, item.raw_text, item.text, campaign and campaign[0], int(refusal),
         to_text(now())],
    ).rowcount  # fmt: skip
    if not inserted:
        return "known"
    if refusal:
        # Personal Data Act art. 20: marketing stops at once on refusal
        suppress(conn, [item.phone], "refusal", "reply")
    return "new"


def refusal_words(conn: sqlite3.Connection) -> list[str]:
    """The words by which a reply refuses further texts: people's own, else `receipts.REFUSAL_WORDS`."""
    row = conn.execute("SELECT value FROM setting WHERE key = 'refusal_words'").fetchone()
    return json.loads(row[0]) if row else list(REFUSAL_WORDS)
