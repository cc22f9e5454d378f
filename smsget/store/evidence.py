"""Evidence on batches without an answer: the ledger of points and the receipts, gathered, judged and written down.

The judging is `smsget.settlement`; this module fetches what it asks for and applies what it says. What was found is
kept in the batch under `evidence['settlement']` (`verdict`, `why`, `gap`, `quoted`, `used`, `silent`, `before`,
`after`, `at`) and `evidence['receipts']` (`sms_id`, `people`, `of`), for the words of pages and command line.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from smsget.settlement import Evidence, Finding, Reading, Suspect, Verdict, gaps, judge
from smsget.store.arrivals import adopt_receipts
from smsget.store.campaigns import refresh_state
from smsget.store.clock import from_text, now, to_text
from smsget.store.database import Database
from smsget.store.outcomes import NO_ID
from smsget.store.settings import unexplained, write_audit

LINGER_S = 300
"""A request without an answer may be carried out so much later, also behind a proxy's 504; older ones are past."""

SHARED_S = 24 * 3600
"""Points that somebody else took within so long mean that the account is not ours alone."""

CARRIER_CLOCK = timedelta(seconds=5)
RECEIPTS_WITHIN = timedelta(days=30)


class Evidences:
    """What is found out about batches whose outcome is unknown. Never sends anything again."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def waiting(self, account: str) -> bool:
        """Whether a batch of the account is unknown and was not judged yet."""
        query = """SELECT 1 FROM campaign AS c JOIN batch AS b ON b.campaign_id = c.id AND b.state = 'unknown'
                   WHERE c.account = ? AND json_type(b.evidence, '$.settlement') IS NULL LIMIT 1"""
        with self._db.read() as conn:
            return conn.execute(query, [account]).fetchone() is not None

    def ask_again(self, campaign_id: int, number: int) -> None:
        """Have a batch judged anew by the next engine that asks for the points (an engine must run)."""
        with self._db.write() as conn:
            conn.execute(
                """UPDATE batch SET evidence = json_remove(evidence, '$.settlement')
                   WHERE campaign_id = ? AND number = ? AND state = 'unknown'""",
                [campaign_id, number],
            )

    def judge(self, account: str, readings: Sequence[int]) -> Counter[str]:
        """Judge every unknown batch of the account that was not yet; return how many got which `why`.

        `readings` are the ids of credit readings taken at rest just now, oldest first. Charged batches become accepted.
        """
        found: Counter[str] = Counter()
        with self._db.write() as conn:
            silent = _silent(conn, account)
            # The latest windows first: what they settle is explained when it lies within an older one.
            for anchor in sorted({each.anchor for each in silent}, reverse=True):
                window = _window(conn, account, anchor, readings)
                findings = judge(window.evidence)
                for batch in (each for each in silent if each.anchor == anchor):
                    # An engine of an older version kept no account with its requests: nothing is known of such a one.
                    name = window.suspects.get((batch.id, batch.attempt), -1)
                    finding = findings.get(name, Finding(Verdict.UNCLEAR, "no_reading_before"))
                    _write_down(conn, batch, window, finding)
                    found[finding.why] += 1
                    if finding.verdict == Verdict.CHARGED:
                        _accept(conn, batch, f"{NO_ID}{batch.id}", batch.quoted or 0, "points")
                if any(each.verdict == Verdict.CHARGED for each in findings.values()):
                    for link in gaps(window.evidence):
                        conn.execute(
                            "UPDATE credit_reading SET settled = settled + ? WHERE id = ?", [link.gap, link.reading]
                        )
            _doubt(conn, account)
        return found

    def doubt(self, account: str) -> None:
        """Withdraw `not_charged` where points went later that nothing explains: a slow charge may have come."""
        with self._db.write() as conn:
            _doubt(conn, account)

    def match_receipts(self) -> int:
        """Find message ids for batches without one: an id nobody knows whose receipts are for exactly their people.

        Unknown and left batches become accepted by that; those accepted by points alone get their id and receipts.
        Returns how many.
        """
        with self._db.read() as conn:
            if all(batch.state == "sending" for batch in _without_id(conn)):
                return 0
        with self._db.write() as conn:
            batches = _without_id(conn)
            ids = {batch.id: _id_by_receipts(conn, batch) for batch in batches}
            claimed = Counter(sms_id for sms_id in ids.values() if sms_id)
            matched = 0
            for batch in batches:
                sms_id = ids[batch.id]
                # Two batches to the same people: the receipts are one's, and nobody can say whose. One that is under
                # way is no less likely than one that is silent, and its own answer will tell.
                if sms_id and claimed[sms_id] == 1 and batch.state != "sending":
                    matched += _adopt(conn, batch, sms_id)
            return matched


@dataclass(frozen=True, slots=True)
class _Batch:
    """A batch without an answer. `anchor` is the reading at rest before its request left, 0 if there is none."""

    id: int
    campaign_id: int
    number: int
    attempt: int
    state: str
    recipients: int
    quoted: int | None
    sent_at: str
    anchor: int
    evidence: dict[str, Any]


_BATCH = """SELECT b.id, b.campaign_id, b.number, b.attempt, b.state, b.recipients, a.quoted, a.sent_at, b.evidence,
    coalesce((SELECT max(r.id) FROM credit_reading AS r
              WHERE r.account = a.account AND r.at_rest = 1 AND r.id <= a.after_reading), 0) AS anchor
    FROM batch AS b JOIN campaign AS c ON c.id = b.campaign_id
    JOIN attempt AS a ON a.batch_id = b.id AND a.attempt = b.attempt"""


def _batches(conn: sqlite3.Connection, where: str, values: Sequence[object]) -> list[_Batch]:
    rows = conn.execute(f"{_BATCH} WHERE {where} ORDER BY b.id", values)
    return [_Batch(**{**dict(row), "evidence": json.loads(row["evidence"])}) for row in rows]


def _silent(conn: sqlite3.Connection, account: str) -> list[_Batch]:
    where = "b.state = 'unknown' AND c.account = ? AND json_type(b.evidence, '$.settlement') IS NULL"
    return _batches(conn, where, [account])


# --- by points ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Window:
    """The ledger from a reading at rest on. `suspects` gives the evidence's names of (batch, attempt)."""

    evidence: Evidence
    suspects: dict[tuple[int, int], int]
    before: dict[str, Any] | None
    after: list[dict[str, Any]]


def _window(conn: sqlite3.Connection, account: str, anchor: int, readings: Sequence[int]) -> _Window:
    ends = _readings(conn, "id IN (SELECT value FROM json_each(?))", [json.dumps(list(readings[-2:]))])
    before = _readings(conn, "id = ?", [anchor])
    between = _readings(conn, "account = ? AND id > ? AND id < ?", [account, anchor, min(readings[-2:], default=0)])
    suspects, names = _suspects(conn, account, anchor, before[0]["at"] if before else "")
    evidence = Evidence(
        before=before[0]["credits"] if before else None,
        between=[_reading(row) for row in between],
        after=[_reading(row) for row in ends],
        suspects=suspects,
        shared=bool(before) and _is_shared(conn, account, before[0]["at"]),
    )
    told = [{"at": row["at"], "left": row["credits"]} for row in (*before, *ends)]
    return _Window(evidence, names, told[0] if before else None, told[len(before) :])


def _readings(conn: sqlite3.Connection, where: str, values: Sequence[object]) -> list[sqlite3.Row]:
    query = f"SELECT id, at, credits, coalesce(used, 0) + settled AS used FROM credit_reading WHERE {where} ORDER BY id"  # noqa: S608
    return conn.execute(query, values).fetchall()


def _reading(row: sqlite3.Row) -> Reading:
    return Reading(row["id"], row["credits"], row["used"])


def _suspects(
    conn: sqlite3.Connection, account: str, anchor: int, asked_at: str
) -> tuple[list[Suspect], dict[tuple[int, int], int]]:
    """Every request without an answer that may have been charged since the anchor, also of batches decided since.

    One that receipts have settled took points that no answer tells: with it in the window nothing else is certain, so
    it counts as one that lingers.
    """
    lingers_from = to_text(from_text(asked_at) - timedelta(seconds=LINGER_S)) if asked_at else ""
    rows = conn.execute(
        """SELECT a.batch_id, a.attempt, a.quoted, a.scheduled,
                  a.outcome = 'accepted' OR a.after_reading < ?2 AS lingering
           FROM attempt AS a JOIN batch AS b ON b.id = a.batch_id
           WHERE a.account = ?1 AND (a.after_reading >= ?2 OR a.sent_at >= ?3) AND (a.outcome = 'unknown'
               OR a.outcome = 'accepted' AND coalesce(b.evidence ->> '$.settlement.verdict', '') <> 'charged'
                  AND a.batch_id NOT IN (SELECT r.batch_id FROM credit_reading AS r
                      WHERE r.account = ?1 AND r.used IS NOT NULL AND r.batch_id IS NOT NULL))
           ORDER BY a.batch_id, a.attempt""",
        [account, anchor, lingers_from],
    ).fetchall()
    suspects = [
        Suspect(name, row["quoted"], scheduled=bool(row["scheduled"]), lingering=bool(row["lingering"]))
        for name, row in enumerate(rows)
    ]
    return suspects, {(row["batch_id"], row["attempt"]): name for name, row in enumerate(rows)}


def _is_shared(conn: sqlite3.Connection, account: str, until: str) -> bool:
    """Whether points went lately that neither an answer nor a request without one explains."""
    since = to_text(from_text(until) - timedelta(seconds=SHARED_S))
    ours = "SELECT 1 FROM attempt WHERE account = ? AND outcome = 'unknown' AND sent_at BETWEEN ? AND ? LIMIT 1"
    for each in unexplained(conn, account, limit=50):
        if each.change < 0 and since <= each.until <= until:
            begins = to_text(from_text(each.since) - timedelta(seconds=LINGER_S))
            if not conn.execute(ours, [account, begins, each.until]).fetchone():
                return True
    return False


def _write_down(conn: sqlite3.Connection, batch: _Batch, window: _Window, finding: Finding) -> None:
    batch.evidence["settlement"] = {
        "verdict": str(finding.verdict),
        "why": finding.why,
        "gap": finding.gap,
        "quoted": batch.quoted,
        "used": sum(each.used for each in window.evidence.between),
        "silent": len(window.evidence.suspects),
        "before": window.before,
        "after": window.after,
        "at": to_text(now()),
    }
    _keep_evidence(conn, batch)


def _keep_evidence(conn: sqlite3.Connection, batch: _Batch) -> None:
    conn.execute(
        "UPDATE batch SET evidence = ? WHERE id = ?", [json.dumps(batch.evidence, ensure_ascii=False), batch.id]
    )


def _accept(conn: sqlite3.Connection, batch: _Batch, sms_id: str, used: int, by: str) -> None:
    """Make a batch accepted, as its answer would have."""
    conn.execute(
        "UPDATE attempt SET outcome = 'accepted', sms_id = ?, credits_used = ? WHERE batch_id = ? AND attempt = ?",
        [sms_id, used, batch.id, batch.attempt],
    )
    conn.execute(
        "UPDATE batch SET state = 'accepted', sms_id = ?, credits_used = ? WHERE id = ?", [sms_id, used, batch.id]
    )
    conn.execute(
        """UPDATE message SET sms_id = ?, sent_at = coalesce(sent_at, ?)
           WHERE batch_id = ? AND suppressed = 0 AND skipped = 0""",
        [sms_id, batch.sent_at, batch.id],
    )
    write_audit(conn, "engine", "settled", batch.campaign_id, batch=batch.number, by=by, credits=used)
    refresh_state(conn, batch.campaign_id)


def _doubt(conn: sqlite3.Connection, account: str) -> None:
    cleared = _batches(
        conn,
        "b.state = 'unknown' AND c.account = ? AND b.evidence ->> '$.settlement.verdict' = 'not_charged'",
        [account],
    )
    if not cleared:
        return
    changes = unexplained(conn, account, limit=200)
    for batch in cleared:
        settled = batch.evidence["settlement"]
        last = max(each["at"] for each in settled["after"])
        later = [each for each in changes if each.change < 0 and each.until > last]
        if later:
            settled |= {"verdict": str(Verdict.UNCLEAR), "why": "later_change", "gap": -later[-1].change}
            _keep_evidence(conn, batch)


# --- by receipts -------------------------------------------------------------------------------------------------


def _without_id(conn: sqlite3.Connection) -> list[_Batch]:
    where = """(b.state IN ('unknown', 'left', 'sending') OR b.state = 'queued' AND b.maybe_sent = 1
                OR b.state = 'accepted' AND b.sms_id >= ?1 AND b.sms_id < ?1 || 'a') AND a.sent_at >= ?2"""
    return _batches(conn, where, [NO_ID, to_text(now() - RECEIPTS_WITHIN)])


def _id_by_receipts(conn: sqlite3.Connection, batch: _Batch) -> str:
    """The one unknown id whose receipts are for exactly the people of this batch, and not older than it; or "".

    What comes near (an id with some of them and nobody else) is written down for the person who decides.
    """
    earliest = to_text(from_text(batch.sent_at) - CARRIER_CLOCK)
    rows = conn.execute(
        """SELECT s.sms_id, count(*) AS people FROM message AS m
           JOIN message AS s ON s.phone = m.phone AND s.campaign_id IS NULL AND s.sms_id > '' AND s.status_at >= ?2
           WHERE m.batch_id = ?1 AND m.suppressed = 0 AND m.skipped = 0
           GROUP BY s.sms_id ORDER BY people DESC LIMIT 20""",
        [batch.id, earliest],
    ).fetchall()
    whole = "SELECT count(*) FROM message WHERE campaign_id IS NULL AND sms_id = ?"
    only = [row for row in rows if conn.execute(whole, [row["sms_id"]]).fetchone()[0] == row["people"]]
    exact = [row["sms_id"] for row in only if row["people"] == batch.recipients]
    if only and batch.state == "unknown":
        told = {"sms_id": only[0]["sms_id"], "people": only[0]["people"], "of": batch.recipients}
        if batch.evidence.get("receipts") != told:
            batch.evidence["receipts"] = told
            _keep_evidence(conn, batch)
    return exact[0] if len(exact) == 1 else ""


def _adopt(conn: sqlite3.Connection, batch: _Batch, sms_id: str) -> bool:
    """Settle a batch by its receipts; not if the points said that it was never charged: then a person decides."""
    settled = batch.evidence.get("settlement", {})
    if batch.state == "accepted":
        conn.execute("UPDATE batch SET sms_id = ? WHERE id = ?", [sms_id, batch.id])
        conn.execute(
            "UPDATE attempt SET sms_id = ? WHERE batch_id = ? AND attempt = ?", [sms_id, batch.id, batch.attempt]
        )
    elif settled.get("verdict") == Verdict.NOT_CHARGED and batch.state != "queued":
        settled |= {"verdict": str(Verdict.UNCLEAR), "why": "conflict"}
        _keep_evidence(conn, batch)
        return False
    elif settled.get("why") == "conflict" and batch.state != "queued":
        return False
    else:  # also one that somebody wants to send again: whoever has it need not get it twice
        _accept(conn, batch, sms_id, batch.quoted or 0, "receipts")
    adopt_receipts(conn, batch.id, sms_id)
    return True
