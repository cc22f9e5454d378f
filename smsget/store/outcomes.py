"""What an outcome changes, within a transaction of the caller's: the batch, its attempt, its messages, its campaign."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from smsget.campaigns import ACCOUNT_CODES
from smsget.store.arrivals import adopt_receipts
from smsget.store.campaigns import close_unsent, stop_campaign
from smsget.store.clock import now, to_text
from smsget.store.settings import keep_reading, write_audit

UNKNOWN_IN_A_ROW = 3
"""So many requests in a row without an answer stop their campaign, and the account if they were of several campaigns:
the gateway is not well."""

NO_ID = "?"
"""What the message id of a batch begins with that was accepted by evidence alone; the batch's own number follows."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch this engine may send, once. `at`: when SMS-Get shall send it (`method=2`), or None for now.

    `attempt` numbers the claims of a batch, so that a late answer can never be written over a newer attempt.
    """

    batch_id: int
    campaign_id: int
    attempt: int
    account: str
    phones: list[str]
    text: str
    two_way: bool
    at: datetime | None

    def __repr__(self) -> str:
        """Without numbers and text: a claim may end up in a log."""
        return f"<Claim batch={self.batch_id} attempt={self.attempt} recipients={len(self.phones)}>"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claim: `state` is `accepted` (with `sms_id`, `used`, `left`), `queued` (no byte left; again
    later), `refused` or `unknown`, the latter three with a `code` and perhaps evidence.
    """

    claim: Claim
    state: str
    code: str = ""
    sms_id: str = ""
    used: int = 0
    left: int = 0
    evidence: Mapping[str, Any] = field(default_factory=dict)


# A frozen engine may bring its answer after its batch was declared unknown, or even after a person's decision: the
# proof that it went out is always taken, and ends a "send again" that has not begun yet.
_FROM = {
    "accepted": ("sending", "unknown", "left", "queued", "cancelled"),
    "queued": ("sending", "unknown"),
    "refused": ("sending", "unknown"),
    "unknown": ("sending",),
}


def record(conn: sqlite3.Connection, outcome: Outcome) -> None:
    """Write one outcome; the campaign's state is brought in line by the caller (`refresh_state`)."""
    claim = outcome.claim
    if outcome.state == "accepted":
        _keep_points(conn, outcome)
    if not _finish(conn, outcome):
        return
    if outcome.state == "accepted":
        conn.execute(
            "UPDATE message SET sent_at = ?, sms_id = ? WHERE batch_id = ? AND suppressed = 0 AND skipped = 0",
            [to_text(now()), outcome.sms_id, claim.batch_id],
        )
        adopt_receipts(conn, claim.batch_id, outcome.sms_id)
    if outcome.state == "refused":
        if outcome.code in ACCOUNT_CODES:
            stop_account(conn, claim.account, outcome.code)
        else:
            stop_campaign(conn, claim.campaign_id, outcome.code)
    if outcome.state == "unknown":
        _count_unknown(conn, claim)
    if outcome.state in ("accepted", "refused"):
        _answered(conn, claim)
    if outcome.state in ("queued", "refused"):
        _close_if_cancelled(conn, claim)
    if outcome.state == "queued":  # the time that the pace left for it was not used
        conn.execute(
            """UPDATE campaign SET paced_until = a.sent_at FROM attempt AS a
               WHERE id = ? AND a.batch_id = ? AND a.attempt = ? AND paced_until > a.sent_at""",
            [claim.campaign_id, claim.batch_id, claim.attempt],
        )


def stop_account(conn: sqlite3.Connection, account: str, reason: str) -> None:
    """Pause every campaign of an account that is being sent."""
    conn.execute(
        "UPDATE campaign SET state = 'paused', reason = ? WHERE state = 'sending' AND account = ?", [reason, account]
    )


def _keep_points(conn: sqlite3.Connection, outcome: Outcome) -> None:
    """Put an answer into the ledger of points, at the place in the sequence where it belongs."""
    claim = outcome.claim
    reading = conn.execute(
        """SELECT r.id FROM attempt AS a JOIN credit_reading AS r ON r.account = a.account AND r.at_rest = 1
           AND r.id > a.after_reading WHERE a.batch_id = ? AND a.attempt = ? ORDER BY r.id LIMIT 1""",
        [claim.batch_id, claim.attempt],
    ).fetchone()
    if reading is None:
        keep_reading(conn, claim.account, outcome.left, outcome.used, claim.batch_id)
    elif not _was_settled(conn, claim):
        # The answer of a frozen engine, kept after somebody asked at rest: that reading knew of these points already.
        conn.execute("UPDATE credit_reading SET settled = settled + ? WHERE id = ?", [outcome.used, reading["id"]])


def _was_settled(conn: sqlite3.Connection, claim: Claim) -> bool:
    query = "SELECT 1 FROM attempt WHERE batch_id = ? AND attempt = ? AND outcome = 'accepted'"
    return conn.execute(query, [claim.batch_id, claim.attempt]).fetchone() is not None


def _finish(conn: sqlite3.Connection, outcome: Outcome) -> bool:
    """Write the outcome of exactly this attempt; an attempt that is no longer the batch's own is only noted."""
    claim, state, moment = outcome.claim, outcome.state, to_text(now())
    evidence = json.dumps(dict(outcome.evidence), ensure_ascii=False)
    accepted = [outcome.sms_id, outcome.used, outcome.left] if state == "accepted" else [None, None, None]
    conn.execute(
        """UPDATE attempt SET outcome = ?, ended_at = ?, code = ?, sms_id = ?, credits_used = ?, evidence = ?
           WHERE batch_id = ? AND attempt = ?""",
        [state, moment, outcome.code, *accepted[:2], evidence, claim.batch_id, claim.attempt],
    )
    changed = conn.execute(
        """UPDATE batch SET state = ?1, ended_at = ?2, code = ?3, sms_id = ?4, credits_used = ?5, credits_left = ?6,
               evidence = CASE WHEN ?7 = '{}' THEN evidence ELSE ?7 END
           WHERE id = ?8 AND attempt = ?9 AND (state IN (SELECT value FROM json_each(?10))
               OR ?1 = 'accepted' AND state = 'accepted' AND substr(sms_id, 1, 1) = ?11)""",
        [state, None if state == "queued" else moment, outcome.code, *accepted, evidence, claim.batch_id,
         claim.attempt, json.dumps(_FROM[state]), NO_ID],
    ).rowcount  # fmt: skip
    if not changed:
        write_audit(conn, "engine", "late_answer", claim.campaign_id, batch=claim.batch_id, outcome=state,
                    attempt=claim.attempt, sms_id=accepted[0])  # fmt: skip
    return bool(changed)


def _count_unknown(conn: sqlite3.Connection, claim: Claim) -> None:
    campaign = conn.execute(
        "UPDATE campaign SET unknown_in_a_row = unknown_in_a_row + 1 WHERE id = ? RETURNING unknown_in_a_row",
        [claim.campaign_id],
    ).fetchone()
    account = conn.execute(
        """INSERT INTO account (key, unknown_in_a_row) VALUES (?, 1)
           ON CONFLICT (key) DO UPDATE SET unknown_in_a_row = unknown_in_a_row + 1 RETURNING unknown_in_a_row""",
        [claim.account],
    ).fetchone()
    if account["unknown_in_a_row"] >= UNKNOWN_IN_A_ROW:
        stop_account(conn, claim.account, "three_unknown")
    elif campaign["unknown_in_a_row"] >= UNKNOWN_IN_A_ROW:
        stop_campaign(conn, claim.campaign_id, "three_unknown")


def _answered(conn: sqlite3.Connection, claim: Claim) -> None:
    # Batches that our own crash left unknown are not counted either: they say nothing about the gateway.
    conn.execute("UPDATE campaign SET unknown_in_a_row = 0 WHERE id = ? AND unknown_in_a_row > 0", [claim.campaign_id])
    conn.execute("UPDATE account SET unknown_in_a_row = 0 WHERE key = ? AND unknown_in_a_row > 0", [claim.account])


def _close_if_cancelled(conn: sqlite3.Connection, claim: Claim) -> None:
    if conn.execute("SELECT state FROM campaign WHERE id = ?", [claim.campaign_id]).fetchone()[0] == "cancelled":
        close_unsent(conn, "id", claim.batch_id)
