"""The outbox: what the engine does to batches.

The order of commits is the promise. `claim` commits `sending` before the request leaves; `record` commits the outcome
when the answer is in. A batch that is `sending` under an owner who is gone is therefore exactly a batch whose request
may have left: `recover` makes it `unknown`, and nothing here ever makes that `queued` again.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from smsget.store.campaigns import close_unsent, refresh_state, stop_campaign
from smsget.store.clock import from_text, now, to_text
from smsget.store.database import Database
from smsget.store.outcomes import Claim, Outcome, record, stop_account
from smsget.store.texted import TEXTED, since
from smsget.store.windows import SLACK, is_late, tempo_of, waits_until


class Outbox:
    """Batches from `queued` to their outcome. Every method is one transaction."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def claim(self, owner: str, account: str) -> Claim | None:
        """Take the next queued batch for sending, or None when there is nothing to do for this account now."""
        return next(iter(self.claim_many(owner, account, 1)), None)

    def claim_many(self, owner: str, account: str, most: int) -> list[Claim]:
        """Take up to `most` queued batches for sending, committed together.

        Only the holder of the lease gets any. Campaigns outside their window, and those whose pace asks for patience,
        are passed over; one with a pace gives one batch at a time. Numbers that were suppressed since confirming, and
        those that another campaign texted within this one's `skip_days`, are taken out here; a batch that becomes
        empty by that is closed.
        """
        with self._db.write() as conn:
            return _claim(conn, owner, account, most)

    def exchange(self, outcomes: Sequence[Outcome], owner: str, account: str, most: int) -> list[Claim]:
        """`record` and then `claim_many` in one transaction: one write to the disk for both."""
        with self._db.write() as conn:
            _record(conn, outcomes)
            return _claim(conn, owner, account, most) if most else []

    def has_due(self, account: str) -> bool:
        """Whether a batch could be claimed now, the lease apart. Takes no lock."""
        query = "SELECT 1 FROM batch WHERE campaign_id = ? AND state = 'queued' LIMIT 1"
        with self._db.read() as conn:
            return any(conn.execute(query, [one["id"]]).fetchone() for one in _open_campaigns(conn, account, now()))

    def record(self, outcomes: Sequence[Outcome]) -> None:
        """Commit what became of claims, all in one transaction.

        `accepted` also closes a batch that was declared unknown meanwhile: the answer is the evidence. `queued` (no
        byte left) goes back to the queue. A refusal stops the campaign with its code; 005, 006, 009 and 010 stop the
        account's campaigns. `unknown` may have been sent: never again by itself; three in a row stop sending.
        What was cancelled meanwhile is closed in place of going back.
        """
        with self._db.write() as conn:
            _record(conn, outcomes)

    def record_accepted(self, claim: Claim, sms_id: str, used: int, left: int) -> None:
        """SMS-Get took it."""
        self.record([Outcome(claim, "accepted", sms_id=sms_id, used=used, left=left)])

    def record_not_sent(self, claim: Claim, code: str) -> None:
        """No byte left."""
        self.record([Outcome(claim, "queued", code)])

    def record_refused(self, claim: Claim, code: str) -> None:
        """SMS-Get said no."""
        self.record([Outcome(claim, "refused", code)])

    def record_unknown(self, claim: Claim, code: str, evidence: Mapping[str, Any]) -> None:
        """It may have been sent."""
        self.record([Outcome(claim, "unknown", code, evidence=evidence)])

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
            stop_account(conn, account, reason)

    def start_due(self, account: str) -> int:
        """Let scheduled campaigns of this account whose time has come begin; return how many.

        One that is late by more than its `grace_s` (else `windows.LATE_S`), because no computer was on to hold it or
        its hours are over, waits for a person instead: its text may be stale. So does one that has begun and missed
        an opening or a turn of its pace by as much.
        """
        with self._db.read() as conn:
            if not (_due(conn, account, now()) or _late(conn, account, now())):
                return 0
        with self._db.write() as conn:
            moment = now()
            _stop_late(conn, account, moment)
            started = 0
            for row in _due(conn, account, moment):
                late = is_late(row, moment)
                conn.execute(
                    "UPDATE campaign SET state = ?, reason = ? WHERE id = ?",
                    ["paused" if late else "sending", "late" if late else "", row["id"]],
                )
                started += not late
            return started

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


def _record(conn: sqlite3.Connection, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        record(conn, outcome)
    for campaign_id in dict.fromkeys(outcome.claim.campaign_id for outcome in outcomes):
        refresh_state(conn, campaign_id)


def _claim(conn: sqlite3.Connection, owner: str, account: str, most: int) -> list[Claim]:
    claims: list[Claim] = []
    if _holds_lease(conn, owner):
        moment = now()
        _stop_late(conn, account, moment)  # here too: the computer may have slept since `start_due`
        reading = conn.execute("SELECT coalesce(max(id), 0) FROM credit_reading").fetchone()[0]
        for campaign in _open_campaigns(conn, account, moment):
            if len(claims) < most:
                claims += _claim_of(conn, campaign, owner, reading, moment, most - len(claims))
            else:  # its turn comes after others': that makes nobody late
                _keep_turn(conn, campaign, moment)
    return claims


_TIMES = """id, account, state, two_way, test, schedule, send_at, skip_days, window_start, window_end, window_days,
    per_hour, grace_s, paced_until, confirmed_at"""


def _due(conn: sqlite3.Connection, account: str, moment: datetime) -> list[sqlite3.Row]:
    """Scheduled campaigns whose time has come."""
    query = f"SELECT {_TIMES} FROM campaign WHERE state = 'scheduled' AND account = ? AND send_at <= ?"  # noqa: S608
    return conn.execute(query, [account, to_text(moment)]).fetchall()


def _late(conn: sqlite3.Connection, account: str, moment: datetime) -> list[int]:
    """Campaigns that are being sent and whose next batch should have left long ago."""
    rows = conn.execute(
        f"""SELECT {_TIMES} FROM campaign AS c WHERE state = 'sending' AND account = ?
            AND (window_start IS NOT NULL OR per_hour IS NOT NULL OR schedule = 'here')
            AND EXISTS (SELECT 1 FROM batch WHERE campaign_id = c.id AND state = 'queued')""",  # noqa: S608
        [account],
    )
    return [row["id"] for row in rows if is_late(row, moment)]


def _stop_late(conn: sqlite3.Connection, account: str, moment: datetime) -> None:
    for campaign_id in _late(conn, account, moment):
        stop_campaign(conn, campaign_id, "late")


def _keep_turn(conn: sqlite3.Connection, campaign: sqlite3.Row, moment: datetime) -> None:
    """Note that a campaign is being looked after; a write now and then is enough for `is_late`."""
    if not campaign["paced_until"] or from_text(campaign["paced_until"]) < moment - SLACK / 5:
        conn.execute("UPDATE campaign SET paced_until = ? WHERE id = ?", [to_text(moment), campaign["id"]])


def _open_campaigns(conn: sqlite3.Connection, account: str, moment: datetime) -> list[sqlite3.Row]:
    """The campaigns of which something may leave now: tests, for which a person waits, then the oldest first."""
    rows = conn.execute(
        f"""SELECT {_TIMES} FROM campaign WHERE state = 'sending' AND account = ?
            ORDER BY test DESC, confirmed_at, id""",  # noqa: S608
        [account],
    )
    return [row for row in rows if waits_until(row, moment) is None]


def _claim_of(
    conn: sqlite3.Connection, campaign: sqlite3.Row, owner: str, reading: int, moment: datetime, most: int
) -> list[Claim]:
    """Up to `most` claims of one campaign."""
    claims: list[Claim] = []
    pace = tempo_of(campaign).pace
    most = 1 if pace else most
    while len(claims) < most:
        batches = conn.execute(
            """SELECT id, campaign_id, attempt, maybe_sent, text FROM batch
               WHERE campaign_id = ? AND state = 'queued' ORDER BY number LIMIT ?""",
            [campaign["id"], most - len(claims)],
        ).fetchall()
        if not batches:
            break
        for batch in batches:
            if phones := _leave_out(conn, batch, campaign["skip_days"]):
                claims.append(_take(conn, campaign, batch, phones, owner, reading, to_text(moment)))
            else:
                _close_empty(conn, batch)
    if claims and pace:
        until = moment + pace.duration(len(claims[0].phones))
        conn.execute("UPDATE campaign SET paced_until = ? WHERE id = ?", [to_text(until), campaign["id"]])
    elif claims:
        _keep_turn(conn, campaign, moment)
    return claims


def _take(
    conn: sqlite3.Connection,
    campaign: sqlite3.Row,
    batch: sqlite3.Row,
    phones: list[str],
    owner: str,
    reading: int,
    moment: str,
) -> Claim:
    """Mark one batch as being sent."""
    attempt, gateway = batch["attempt"] + 1, campaign["schedule"] == "gateway"
    quoted = conn.execute(
        """UPDATE batch SET state = 'sending', owner = ?, attempt = ?, sent_at = ?, ended_at = NULL, code = '',
           evidence = '{}' WHERE id = ? RETURNING credits_quoted""",
        [owner, attempt, moment, batch["id"]],
    ).fetchone()[0]
    conn.execute(
        """INSERT INTO attempt (batch_id, attempt, owner, sent_at, account, quoted, scheduled, after_reading)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        [batch["id"], attempt, owner, moment, campaign["account"], quoted, int(gateway), reading],
    )
    at = from_text(campaign["send_at"]) if gateway else None
    return Claim(batch["id"], campaign["id"], attempt, campaign["account"], phones, batch["text"],
                 bool(campaign["two_way"]), at)  # fmt: skip


def _holds_lease(conn: sqlite3.Connection, owner: str) -> bool:
    return conn.execute("SELECT 1 FROM lease WHERE name = 'engine' AND owner = ?", [owner]).fetchone() is not None


_WHY_LEFT_OUT = f"""CASE WHEN phone IN (SELECT phone FROM suppression) THEN 'suppressed'
    WHEN :since IS NOT NULL AND {TEXTED.format(phone="message.phone")} THEN 'skipped' ELSE '' END"""  # noqa: S608


def _leave_out(conn: sqlite3.Connection, batch: sqlite3.Row, days: int | None) -> list[str]:
    """The numbers to text, once those that must not be are counted out.

    Of a batch that a person sends again, where that leaves nobody, nobody is counted out: they may have got it.
    """
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
