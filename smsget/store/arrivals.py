"""What a receipt or a reply changes when it arrives. Everything here happens within a transaction of the caller's.

A receipt that belongs to no message of ours becomes a message row of its own (`campaign_id` NULL), so that the
report shows it under its `sms_id`, and so that it is found again should our unknown batch turn out to have that id.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import timedelta

from smsget.numbers import country_of
from smsget.receipts import REFUSAL_WORDS, Receipt, Reply, is_refusal
from smsget.store.clock import now, to_text
from smsget.store.suppression import suppress

RANK = {"": -1, "pending": 0, "other": 1, "delivered": 2, "failed": 2}
"""A status never gives way to one of a lower rank; within a rank the later time wins (protocol.md, receipts)."""


CARRIER_CLOCK = timedelta(seconds=5)
"""How much earlier than our `sent_at`, which has milliseconds, a carrier's whole second may say it was."""

REFUSES_ADVERTISING = "REJMOBIL"
"""The subscriber refuses advertising (protocol.md, receipts): as good as a reply that says so."""

PERSONS_CLOCK = timedelta(minutes=1)
"""The same for the time of a reply."""


def adopt_receipts(conn: sqlite3.Connection, batch_id: int, sms_id: str) -> None:
    """Give a batch's messages their id, and the receipts that came before the answer did."""
    early = conn.execute(
        """DELETE FROM message WHERE campaign_id IS NULL AND sms_id = ?
           AND phone IN (SELECT phone FROM message WHERE batch_id = ?) RETURNING phone, word, status, status_at""",
        [sms_id, batch_id],
    ).fetchall()
    conn.execute(
        """UPDATE message SET sms_id = ?1
           WHERE batch_id = ?2 AND suppressed = 0 AND skipped = 0 AND sms_id IS NOT ?1""",
        [sms_id, batch_id],
    )
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
    if not item.sms_id and _is_known(conn, item, at):
        return "known"
    had_no_id = bool(item.sms_id) and forget_without_id(conn, item, at)
    sms_id = item.sms_id or _guess_sms_id(conn, item)
    inserted = conn.execute(
        """INSERT INTO receipt (sms_id, phone, at, word, status, carrier_id, received_at)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING""",
        [sms_id, item.phone, at, item.word, item.status, item.carrier_id, to_text(now())],
    ).rowcount
    if not inserted:
        return "known"
    if item.word.strip().upper() == REFUSES_ADVERTISING and not had_no_id:
        suppress(conn, [item.phone], "advertising_refused", "receipt")
    message = conn.execute(
        "SELECT id, status, status_at, word FROM message WHERE sms_id = ? AND phone = ? ORDER BY id DESC LIMIT 1",
        [sms_id, item.phone],
    ).fetchone()
    if message is None:
        conn.execute(
            "INSERT INTO message (sms_id, phone, country, word, status, status_at) VALUES (?, ?, ?, ?, ?, ?)",
            [sms_id, item.phone, country_of(item.phone) or "", item.word, item.status, at],
        )
        return "known" if had_no_id else "new"
    was = (RANK[message["status"]], message["status_at"] or "", message["word"])
    if (RANK[item.status], at, item.word) > was:
        conn.execute(
            "UPDATE message SET word = ?, status = ?, status_at = ? WHERE id = ?",
            [item.word, item.status, at, message["id"]],
        )
    if had_no_id:
        return "known"
    return "updated" if message["status"] else "new"


def _is_known(conn: sqlite3.Connection, item: Receipt, at: str) -> bool:
    """Whether this receipt, whose line lost its id, came before under whatever id."""
    query = "SELECT 1 FROM receipt WHERE phone = ? AND at = ? AND word = ? AND carrier_id = ? LIMIT 1"
    return conn.execute(query, [item.phone, at, item.word, item.carrier_id]).fetchone() is not None


def forget_without_id(conn: sqlite3.Connection, item: Receipt, at: str) -> bool:
    """Take back this very receipt if it came without its id before; whether it did.

    The message that stood for it goes, too, or falls back to what else came of that number without an id.
    """
    gone = conn.execute(
        "DELETE FROM receipt WHERE sms_id = '' AND phone = ? AND at = ? AND word = ? AND carrier_id = ?",
        [item.phone, at, item.word, item.carrier_id],
    ).rowcount
    if not gone:
        return False
    left = conn.execute("SELECT word, status, at FROM receipt WHERE sms_id = '' AND phone = ?", [item.phone])
    stranger = "campaign_id IS NULL AND sms_id = '' AND phone = ?"
    best = max(left, key=lambda row: (RANK[row["status"]], row["at"], row["word"]), default=None)
    if best is None:
        conn.execute(f"DELETE FROM message WHERE {stranger}", [item.phone])  # noqa: S608
    else:
        conn.execute(
            f"UPDATE message SET word = ?, status = ?, status_at = ? WHERE {stranger}",  # noqa: S608
            [best["word"], best["status"], best["at"], item.phone],
        )
    return True


def _guess_sms_id(conn: sqlite3.Connection, item: Receipt) -> str:
    """The id of the last message to this number before the receipt, whose line lost its own; "" if there is none."""
    row = conn.execute(
        """SELECT sms_id FROM message WHERE phone = ? AND sms_id > '' AND sent_at <= ?
           ORDER BY sent_at DESC LIMIT 1""",
        [item.phone, to_text(item.at + CARRIER_CLOCK)],
    ).fetchone()
    return row["sms_id"] if row else ""


def _apply_reply(conn: sqlite3.Connection, item: Reply, refusal_words: Sequence[str]) -> str:
    at = to_text(item.at)
    campaign = conn.execute(
        """SELECT m.campaign_id FROM message AS m JOIN campaign AS c ON c.id = m.campaign_id
           WHERE m.phone = ? AND c.two_way = 1 AND m.sms_id IS NOT NULL AND m.sent_at <= ?
           ORDER BY m.sent_at DESC, m.id DESC LIMIT 1""",
        [item.phone, to_text(item.at + PERSONS_CLOCK)],
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
