"""The outbox: what the engine does to batches, and the lease that lets one engine at a time do it.

The order of commits is the promise. `claim` commits `sending` before the request leaves; the `record_*` methods
commit the outcome when the answer is in. A batch that is `sending` under an owner who is gone is therefore exactly a
batch whose request may have left: `recover` makes it `unknown`, and nothing here ever makes that `queued` again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smsget.campaigns import ACCOUNT_CODES
from smsget.store.arrivals import adopt_receipts
from smsget.store.campaigns import close_unsent, refresh_state, stop_campaign
from smsget.store.clock import from_text, now, to_text
from smsget.store.database import Database
from smsget.store.settings import keep_reading, write_audit
from smsget.store.texted import TEXTED, since

UNKNOWN_IN_A_ROW = 3
"""So many requests in a row without an answer pause their campaign: the gateway is not well."""


LATE_S = 3600
"""A campaign that this computer held may begin so much later than planned; after that it asks first."""


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


class Outbox:
    """Batches from `queued` to their outcome. Every method is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, owner: str, account: str) -> Claim | None:
        """Take the next queued batch for sending, or None when there is nothing to do for this account.

        Only the holder of the lease gets one. Numbers that were suppressed since confirming, and those that another
        campaign texted within this one's `skip_days`, are taken out here; a batch that becomes empty by that is closed
        and the next one is looked at.
        """
        with self._db.write() as conn:
            if not _holds_lease(conn, owner):
                return None
            while True:
                batch = conn.execute(
                    """SELECT b.id, b.campaign_id, b.attempt, b.maybe_sent, b.text, c.two_way, c.schedule, c.send_at,
                       c.skip_days FROM campaign AS c JOIN batch AS b ON b.campaign_id = c.id AND b.state = 'queued'
                       WHERE c.state = 'sending' AND c.account = ? ORDER BY c.confirmed_at, c.id, b.number LIMIT 1""",
                    [account],
                ).fetchone()
                if batch is None:
                    return None
                phones = _leave_out(conn, batch)
                if phones:
                    break
                _close_empty(conn, batch)
            moment = to_text(now())
            conn.execute(
                """UPDATE batch SET state = 'sending', owner = ?, attempt = attempt + 1, sent_at = ?, ended_at = NULL,
                   code = '', evidence = '{}' WHERE id = ? AND state = 'queued'""",
                [owner, moment, batch["id"]],
            )
            conn.execute(
                "INSERT INTO attempt (batch_id, attempt, owner, sent_at) VALUES (?, ?, ?, ?)",
                [batch["id"], batch["attempt"] + 1, owner, moment],
            )
        at = from_text(batch["send_at"]) if batch["schedule"] == "gateway" else None
        return Claim(batch["id"], batch["campaign_id"], batch["attempt"] + 1, account, phones, batch["text"],
                     bool(batch["two_way"]), at)  # fmt: skip

    def record_accepted(self, claim: Claim, sms_id: str, used: int, left: int) -> None:
        """SMS-Get took it. Also closes a batch that was declared unknown meanwhile: the answer is the evidence."""
        with self._db.write() as conn:
            keep_reading(conn, claim.account, left, used, claim.batch_id)
            if not _finish(conn, claim, "accepted", sms_id=sms_id, credits_used=used, credits_left=left):
                return
            adopt_receipts(conn, claim.batch_id, sms_id)
            _answered(conn, claim)
            refresh_state(conn, claim.campaign_id)

    def record_not_sent(self, claim: Claim, code: str) -> None:
        """No byte left: back to the queue, or closed if the campaign was cancelled meanwhile."""
        with self._db.write() as conn:
            if _finish(conn, claim, "queued", code=code):
                _close_if_cancelled(conn, claim)
                refresh_state(conn, claim.campaign_id)

    def record_refused(self, claim: Claim, code: str) -> None:
        """SMS-Get said no. The campaign stops with the code; 005, 006, 009 and 010 stop the account's campaigns."""
        with self._db.write() as conn:
            if not _finish(conn, claim, "refused", code=code):
                return
            if code in ACCOUNT_CODES:
                _stop_account(conn, claim.account, code)
            else:
                stop_campaign(conn, claim.campaign_id, code)
            _answered(conn, claim)
            _close_if_cancelled(conn, claim)
            refresh_state(conn, claim.campaign_id)

    def record_unknown(self, claim: Claim, code: str, evidence: Mapping[str, Any]) -> None:
        """It may have been sent: never again by itself. Three in a row pause the campaign."""
        with self._db.write() as conn:
            if not _finish(conn, claim, "unknown", code=code, evidence=json.dumps(evidence, ensure_ascii=False)):
                return
            row = conn.execute(
                "UPDATE campaign SET unknown_in_a_row = unknown_in_a_row + 1 WHERE id = ? RETURNING unknown_in_a_row",
                [claim.campaign_id],
            ).fetchone()
            if row["unknown_in_a_row"] >= UNKNOWN_IN_A_ROW:
                stop_campaign(conn, claim.campaign_id, "three_unknown")
            refresh_state(conn, claim.campaign_id)

    def recover(self, owner: str) -> int:
        """Make every batch that is `sending` under another owner `unknown`; return how many recipients that are.

        Only the holder of the lease may: every other owner is then known to be dead or fenced off.
        """
        with self._db.write() as conn:
            if not _holds_lease(conn, owner):
                return 0
            moment = to_text(now())
            rows = conn.execute(
                """UPDATE batch SET state = 'unknown', code = 'owner_died', ended_at = ?
                   WHERE state = 'sending' AND owner <> ? RETURNING campaign_id, recipients""",
                [moment, owner],
            ).fetchall()
            conn.execute(
                """UPDATE attempt SET outcome = 'unknown', code = 'owner_died', ended_at = ?
                   WHERE outcome = '' AND owner <> ?""",
                [moment, owner],
            )
            for campaign_id in {row["campaign_id"] for row in rows}:
                refresh_state(conn, campaign_id)
            return sum(row["recipients"] for row in rows)

    def stop_all(self, account: str, reason: str) -> None:
        """Pause every campaign of the account that is being sent (the gateway cannot be reached, say)."""
        with self._db.write() as conn:
            _stop_account(conn, account, reason)

    def start_due(self, account: str) -> int:
        """Let scheduled campaigns of this account whose time has come begin; return how many.

        One that is late by more than `LATE_S`, because no computer was on to hold it, waits for a person instead: its
        text may be stale.
        """
        with self._db.read() as conn:
            if not conn.execute("SELECT 1 FROM campaign WHERE state = 'scheduled' LIMIT 1").fetchone():
                return 0
        with self._db.write() as conn:
            moment = now()
            conn.execute(
                """UPDATE campaign SET state = 'paused', reason = 'late'
                   WHERE state = 'scheduled' AND account = ? AND send_at <= ?""",
                [account, to_text(moment - timedelta(seconds=LATE_S))],
            )
            return conn.execute(
                "UPDATE campaign SET state = 'sending' WHERE state = 'scheduled' AND account = ? AND send_at <= ?",
                [account, to_text(moment)],
            ).rowcount

    def stop_others(self, account: str) -> None:
        """Pause campaigns that are being sent for another account: no engine for it will come by itself."""
        with self._db.write() as conn:
            conn.execute(
                """UPDATE campaign SET state = 'paused', reason = 'other_account'
                   WHERE state = 'sending' AND account <> ?""",
                [account],
            )

    def has_work(self, account: str) -> bool:
        """Whether a campaign of this account is being sent or waits for its time."""
        query = "SELECT 1 FROM campaign WHERE state IN ('sending', 'scheduled') AND account = ? LIMIT 1"
        with self._db.read() as conn:
            return conn.execute(query, [account]).fetchone() is not None


# A frozen engine may bring its answer after its batch was declared unknown, or even after a person's decision: the
# proof that it went out is always taken, and ends a "send again" that has not begun yet.
_OUTCOME_FROM = {
    "accepted": ("sending", "unknown", "left", "queued", "cancelled"),
    "queued": ("sending", "unknown"),
    "refused": ("sending", "unknown"),
    "unknown": ("sending",),
}


def _stop_account(conn: sqlite3.Connection, account: str, reason: str) -> None:
    conn.execute(
        "UPDATE campaign SET state = 'paused', reason = ? WHERE state = 'sending' AND account = ?", [reason, account]
    )


def _holds_lease(conn: sqlite3.Connection, owner: str) -> bool:
    return conn.execute("SELECT 1 FROM lease WHERE name = 'engine' AND owner = ?", [owner]).fetchone() is not None


_WHY_LEFT_OUT = f"""CASE WHEN phone IN (SELECT phone FROM suppression) THEN 'suppressed'
    WHEN :since IS NOT NULL AND {TEXTED.format(phone="message.phone")} THEN 'skipped' ELSE '' END"""  # noqa: S608


def _leave_out(conn: sqlite3.Connection, batch: sqlite3.Row) -> list[str]:
    """The numbers to text, once those that must not be are counted out.

    Of a batch that a person sends again, where that leaves nobody, nobody is counted out: they may have got it.
    """
    days = batch["skip_days"]
    values = {"batch": batch["id"], "but": batch["campaign_id"], "since": None if days is None else since(days)}
    rows = conn.execute(
        f"""SELECT id, phone, {_WHY_LEFT_OUT} AS why FROM message
            WHERE batch_id = :batch AND suppressed = 0 AND skipped = 0 ORDER BY id""",  # noqa: S608
        values,
    ).fetchall()
    phones = [row["phone"] for row in rows if not row["why"]]
    if len(phones) < len(rows) and (phones or not batch["maybe_sent"]):
        for column in ("suppressed", "skipped"):
            out = [row["id"] for row in rows if row["why"] == column]
            conn.execute(
                f"UPDATE message SET {column} = 1 WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
                [json.dumps(out)],
            )
            conn.execute(
                f"UPDATE batch SET recipients = recipients - ?1, {column} = {column} + ?1 WHERE id = ?2",  # noqa: S608
                [len(out), batch["id"]],
            )
        conn.execute(
            """UPDATE batch SET credits_quoted = (
                   SELECT CASE WHEN count(*) = count(credits) THEN coalesce(sum(credits), 0) END
                   FROM message WHERE batch_id = ?1 AND suppressed = 0 AND skipped = 0) WHERE id = ?1""",
            [batch["id"]],
        )
    return phones


def _close_empty(conn: sqlite3.Connection, batch: sqlite3.Row) -> None:
    close_unsent(conn, "id", batch["id"])
    conn.execute(
        """UPDATE batch SET ended_at = ?, code = CASE WHEN skipped = 0 THEN 'suppressed'
               WHEN suppressed = 0 THEN 'skipped' ELSE 'left_out' END WHERE id = ?""",
        [to_text(now()), batch["id"]],
    )
    refresh_state(conn, batch["campaign_id"])


def _finish(conn: sqlite3.Connection, claim: Claim, state: str, **columns: object) -> bool:
    """Write the outcome of exactly this attempt; an attempt that is no longer the batch's own is only noted."""
    moment = to_text(now())
    values = {"code": "", "state": state, "ended_at": None if state == "queued" else moment, **columns}
    conn.execute(
        """UPDATE attempt SET outcome = ?, ended_at = ?, code = ?, sms_id = ?, credits_used = ?, evidence = ?
           WHERE batch_id = ? AND attempt = ?""",
        [state, moment, values["code"], columns.get("sms_id"), columns.get("credits_used"),
         columns.get("evidence", "{}"), claim.batch_id, claim.attempt],
    )  # fmt: skip
    changed = conn.execute(
        f"""UPDATE batch SET {", ".join(f"{name} = ?" for name in values)}
            WHERE id = ? AND attempt = ? AND state IN (SELECT value FROM json_each(?))""",  # noqa: S608
        [*values.values(), claim.batch_id, claim.attempt, json.dumps(_OUTCOME_FROM[state])],
    ).rowcount
    if not changed:
        write_audit(conn, "engine", "late_answer", claim.campaign_id, batch=claim.batch_id, outcome=state,
                    attempt=claim.attempt, sms_id=columns.get("sms_id"))  # fmt: skip
    elif state == "accepted":
        conn.execute(
            "UPDATE message SET sent_at = ? WHERE batch_id = ? AND suppressed = 0 AND skipped = 0",
            [moment, claim.batch_id],
        )
    return bool(changed)


def _close_if_cancelled(conn: sqlite3.Connection, claim: Claim) -> None:
    if conn.execute("SELECT state FROM campaign WHERE id = ?", [claim.campaign_id]).fetchone()[0] == "cancelled":
        close_unsent(conn, "id", claim.batch_id)


def _answered(conn: sqlite3.Connection, claim: Claim) -> None:
    # Batches that our own crash left unknown are not counted either: they say nothing about the gateway.
    conn.execute("UPDATE campaign SET unknown_in_a_row = 0 WHERE id = ?", [claim.campaign_id])


# --- the lease ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may send. `info` tells the pages where the engine serves: `sandbox_url`, `callback_url`."""

    owner: str
    host: str
    pid: int
    account: str
    taken_at: str
    beat_at: str
    expires_at: str
    stop_requested: bool
    info: dict[str, Any]


class Leases:
    """The lease of the one engine, and the note that somebody is looking."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def current(self) -> Lease | None:
        """The lease as written, whether or not its holder still lives."""
        with self._db.read() as conn:
            row = conn.execute("SELECT * FROM lease WHERE name = 'engine'").fetchone()
        if row is None:
            return None
        values = {name: row[name] for name in Lease.__slots__}
        return Lease(**{**values, "stop_requested": bool(row["stop_requested"]), "info": json.loads(row["info"])})

    def take(self, lease: Lease, *, instead_of: str | None) -> bool:
        """Take the lease if it is free or still held by `instead_of` (judged dead by the caller)."""
        with self._db.write() as conn:
            row = conn.execute("SELECT owner FROM lease WHERE name = 'engine'").fetchone()
            if row is not None and row["owner"] != instead_of:
                return False
            conn.execute(
                "INSERT OR REPLACE INTO lease VALUES ('engine', ?, ?, ?, ?, ?, ?, ?, 0, ?)",
                [lease.owner, lease.host, lease.pid, lease.account, lease.taken_at, lease.beat_at, lease.expires_at,
                 json.dumps(lease.info)],
            )  # fmt: skip
            return True

    def beat(self, owner: str, seconds: float, info: Mapping[str, Any]) -> bool | None:
        """Prolong the lease. True: go on; False: somebody asked this engine to stop; None: the lease is lost."""
        with self._db.write() as conn:
            row = conn.execute(
                """UPDATE lease SET beat_at = ?, expires_at = ?, info = ? WHERE name = 'engine' AND owner = ?
                   RETURNING stop_requested""",
                [to_text(now()), to_text(now() + timedelta(seconds=seconds)), json.dumps(info), owner],
            ).fetchone()
        return None if row is None else not row["stop_requested"]

    def release(self, owner: str) -> None:
        """Give the lease back."""
        with self._db.write() as conn:
            conn.execute("DELETE FROM lease WHERE name = 'engine' AND owner = ?", [owner])

    def request_stop(self) -> None:
        """Ask the running engine to finish what is in flight and end."""
        with self._db.write() as conn:
            conn.execute("UPDATE lease SET stop_requested = 1 WHERE name = 'engine'")

    def look(self, *, every_s: float = 10) -> None:
        """Note that somebody looks at the dashboard, at most every few seconds."""
        moment = now()
        seen = self.last_look()
        if seen is None or not timedelta() <= moment - seen < timedelta(seconds=every_s):
            with self._db.write() as conn:
                conn.execute("INSERT OR REPLACE INTO setting VALUES ('looked_at', ?)", [json.dumps(to_text(moment))])

    def last_look(self) -> datetime | None:
        """When somebody last looked."""
        with self._db.read() as conn:
            row = conn.execute("SELECT value FROM setting WHERE key = 'looked_at'").fetchone()
        return from_text(json.loads(row[0])) if row else None
