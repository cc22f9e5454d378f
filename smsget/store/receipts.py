"""Delivery receipts and replies: kept once, joined to messages by (sms_id, phone), read as reports.

A receipt that belongs to no message of ours becomes a message row of its own (`campaign_id` NULL), so that the
report shows it under its `sms_id`, and so that it is found again should our unknown batch turn out to have that id.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from smsget.numbers import country_of
from smsget.receipts import REFUSAL_WORDS, Receipt, Reply, Unreadable, is_refusal
from smsget.store.clock import now, to_text
from smsget.store.database import Database
from smsget.store.lists import suppress

_RANK = {"": -1, "pending": 0, "other": 1, "delivered": 2, "failed": 2}
"""A status never gives way to one of a lower rank; within a rank the later time wins (protocol.md, receipts)."""

Item = Receipt | Reply | Unreadable


@dataclass
class ImportResult:
    """What an import did. `new + updated + known = receipts + replies`.

    `new`: the first word on a message, or a new reply; `updated`: a further status; `known`: was there already.
    """

    file: str
    format: str
    lines: int = 0
    receipts: int = 0
    replies: int = 0
    new: int = 0
    updated: int = 0
    known: int = 0
    unreadable: int = 0
    problems: list[Unreadable] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Summary:
    """Delivery figures. `messages` were accepted by SMS-Get; `receipts` counts messages with at least one receipt,
    those of other programs included; `no_receipt` are messages of ours without any. `by_status` is by status word.
    """

    messages: int
    receipts: int
    by_status: dict[str, int]
    delivered: int
    failed: int
    pending: int
    other: int
    no_receipt: int


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """What a report shows. `status` is a group (`delivered` …) or `none` for accepted without receipt.

    `number` matches the number's beginning or end; `since` and `until` are UTC texts on the time of sending.
    """

    campaign_id: int | None = None
    status: str = ""
    word: str = ""
    country: str = ""
    number: str = ""
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One message. `outcome` is its batch's state (`stranger`: not sent from here), `status` its delivery."""

    id: int
    campaign_id: int | None
    campaign: str
    phone: str
    country: str
    sms_id: str | None
    outcome: str
    sent_at: str | None
    status: str
    word: str
    status_at: str | None


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


class Receipts:
    """Receipts and replies in, reports out."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # --- in ------------------------------------------------------------------------------------------------------

    def load(self, file: str, format_: str, items: Iterable[Item], *, sha256: str = "") -> ImportResult:
        """Load one log in one transaction. Loading it again changes nothing. `lines` is left to the caller's log."""
        result = ImportResult(file, format_)
        with self._db.write() as conn:
            words = _refusal_words(conn)
            row = conn.execute(
                "INSERT INTO import (file, sha256, format, at, lines, receipts, replies, new, updated, known, "
                "unreadable) VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0)",
                [file, sha256, format_, to_text(now())],
            )
            for item in items:
                if isinstance(item, Unreadable):
                    result.problems.append(item)
                    conn.execute(
                        "INSERT INTO unreadable_line (import_id, line, why, raw) VALUES (?, ?, ?, ?)",
                        [row.lastrowid, item.line, item.why, item.raw],
                    )
                else:
                    _count(result, item, _apply(conn, item, words))
            result.unreadable = len(result.problems)
            conn.execute(
                "UPDATE import SET receipts = ?, replies = ?, new = ?, updated = ?, known = ?, unreadable = ? "
                "WHERE id = ?",
                [result.receipts, result.replies, result.new, result.updated, result.known, result.unreadable,
                 row.lastrowid],
            )  # fmt: skip
        return result

    def keep_callback(self, body: bytes, query: str) -> None:
        """Commit a callback as it came to disk: what must be done before it is answered with `ok`."""
        with self._db.write() as conn:
            conn.execute("INSERT INTO callback (at, body, query) VALUES (?, ?, ?)", [to_text(now()), body, query])

    def waiting_callbacks(self, limit: int = 200) -> list[tuple[int, bytes, str]]:
        """(id, raw body, query) of callbacks that were kept but not parsed yet, oldest first."""
        with self._db.read() as conn:
            query = "SELECT id, body, query FROM callback WHERE parsed = 0 ORDER BY id LIMIT ?"
            return [(row["id"], bytes(row["body"]), row["query"]) for row in conn.execute(query, [limit])]

    def apply_callbacks(self, parsed: Sequence[tuple[int, Sequence[Item]]]) -> None:
        """Apply what callbacks said and mark them as parsed, in one transaction."""
        with self._db.write() as conn:
            words = _refusal_words(conn)
            for callback_id, items in parsed:
                for item in items:
                    if isinstance(item, Unreadable):
                        conn.execute(
                            "INSERT INTO unreadable_line (callback_id, line, why, raw) VALUES (?, ?, ?, ?)",
                            [callback_id, item.line, item.why, item.raw],
                        )
                    else:
                        _apply(conn, item, words)
                conn.execute("UPDATE callback SET parsed = 1 WHERE id = ?", [callback_id])

    # --- out -----------------------------------------------------------------------------------------------------

    def summary(self, campaign_id: int | None = None) -> Summary:
        """The delivery figures of one campaign, or of everything."""
        query = """SELECT campaign_id IS NOT NULL AS ours, status, upper(word) AS word, count(*) AS count FROM message
                   WHERE sms_id IS NOT NULL AND (?1 IS NULL OR campaign_id = ?1) GROUP BY 1, 2, 3"""
        groups: Counter[str] = Counter()
        words: Counter[str] = Counter()
        ours = 0
        with self._db.read() as conn:
            for row in conn.execute(query, [campaign_id]):
                groups[row["status"]] += row["count"]
                ours += row["count"] if row["ours"] else 0
                if row["status"]:
                    words[row["word"]] += row["count"]
        none = groups.pop("", 0)
        return Summary(ours, groups.total(), dict(words.most_common()), groups["delivered"], groups["failed"],
                       groups["pending"], groups["other"], none)  # fmt: skip

    def by_day(self, days: int = 14) -> list[dict[str, Any]]:
        """Messages sent per Taipei day over the last `days`: `{day, delivered, failed, pending, other, no_receipt}`."""
        query = """SELECT date(sent_at, '+8 hours') AS day,
                   count(*) FILTER (WHERE status = 'delivered') AS delivered,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'pending') AS pending,
                   count(*) FILTER (WHERE status = 'other') AS other,
                   count(*) FILTER (WHERE status = '') AS no_receipt
                   FROM message WHERE sent_at >= ? AND campaign_id IS NOT NULL GROUP BY day ORDER BY day"""
        with self._db.read() as conn:
            return [dict(row) for row in conn.execute(query, [to_text(now() - timedelta(days=days))])]

    def page(self, wanted: ReportFilter, *, before: int | None = None, limit: int = 50) -> list[ReportRow]:
        """One page of messages, newest first: those with an id below `before` (the last id of the page before)."""
        where, values = _where(wanted)
        if before is not None:
            where, values = f"{where} AND m.id < ?", [*values, before]
        with self._db.read() as conn:
            return [
                ReportRow(**row)
                for row in conn.execute(f"{_REPORT} {where} ORDER BY m.id DESC LIMIT ?", [*values, limit])
            ]

    def count(self, wanted: ReportFilter) -> int:
        """How many messages a filter keeps."""
        where, values = _where(wanted)
        with self._db.read() as conn:
            query = f"SELECT count(*) FROM message AS m LEFT JOIN batch AS b ON b.id = m.batch_id {where}"  # noqa: S608
            return int(conn.execute(query, values).fetchone()[0])

    def export(self, wanted: ReportFilter) -> Iterator[ReportRow]:
        """Every message a filter keeps, newest first, a page at a time."""
        before = None
        while rows := self.page(wanted, before=before, limit=5000):
            yield from rows
            before = rows[-1].id

    def history(self, phone: str) -> list[ReportRow]:
        """Every message to one number, newest first."""
        with self._db.read() as conn:
            return [
                ReportRow(**row) for row in conn.execute(f"{_REPORT} WHERE m.phone = ? ORDER BY m.id DESC", [phone])
            ]

    def replies(self, *, refusals_only: bool = False, before: int | None = None, limit: int = -1) -> list[ReplyRow]:
        """The inbox, newest first; `before` is the last id of the page before."""
        query = """SELECT r.id, r.phone, r.at, r.text, r.campaign_id, c.name AS campaign, r.refusal
                   FROM reply AS r LEFT JOIN campaign AS c ON c.id = r.campaign_id
                   WHERE r.refusal >= ?1 AND (?2 IS NULL OR (r.at, r.id) < (SELECT at, id FROM reply WHERE id = ?2))
                   ORDER BY r.at DESC, r.id DESC LIMIT ?3"""
        with self._db.read() as conn:
            rows = conn.execute(query, [int(refusals_only), before, limit])
            return [ReplyRow(**{**dict(row), "refusal": bool(row["refusal"])}) for row in rows]

    def reply_count(self) -> int:
        """How many replies there are."""
        with self._db.read() as conn:
            return int(conn.execute("SELECT count(*) FROM reply").fetchone()[0])

    def imports(self, limit: int = 50) -> list[dict[str, Any]]:
        """The loaded logs, newest first."""
        with self._db.read() as conn:
            return [dict(row) for row in conn.execute("SELECT * FROM import ORDER BY id DESC LIMIT ?", [limit])]

    def unreadable(self, import_id: int) -> list[Unreadable]:
        """The lines of a loaded log that could not be read."""
        query = "SELECT line, why, raw FROM unreadable_line WHERE import_id = ? ORDER BY line"
        with self._db.read() as conn:
            return [Unreadable(**row) for row in conn.execute(query, [import_id])]

    def last_callback(self) -> str | None:
        """When the receiver was last called (UTC text)."""
        with self._db.read() as conn:
            return conn.execute("SELECT max(at) FROM callback").fetchone()[0]  # type: ignore[no-any-return]


_REPORT = """SELECT m.id, m.campaign_id, coalesce(c.name, '') AS campaign, m.phone, m.country, m.sms_id,
    CASE WHEN m.campaign_id IS NULL THEN 'stranger' WHEN m.suppressed THEN 'suppressed' ELSE b.state END AS outcome,
    m.sent_at, m.status, m.word, m.status_at
    FROM message AS m LEFT JOIN campaign AS c ON c.id = m.campaign_id LEFT JOIN batch AS b ON b.id = m.batch_id"""


def _where(wanted: ReportFilter) -> tuple[str, list[Any]]:
    tests: list[str] = ["1"]
    values: list[Any] = []
    for test, value in (
        ("m.campaign_id = ?", wanted.campaign_id),
        ("m.status = ?", "" if wanted.status == "none" else wanted.status),
        ("upper(m.word) = upper(?)", wanted.word),
        ("m.country = ?", wanted.country),
        ("m.sent_at >= ?", wanted.since),
        ("m.sent_at < ?", wanted.until),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.status == "none":
        tests.append("m.status = '' AND m.sms_id IS NOT NULL")
    if digits := "".join(character for character in wanted.number if character.isdecimal()):
        tests.append("(m.phone LIKE ? OR m.phone LIKE ?)")
        values += [f"{digits}%", f"%{digits}"]
    return f"WHERE {' AND '.join(tests)}", values


def adopt_receipts(conn: sqlite3.Connection, batch_id: int, sms_id: str) -> None:
    """Within a transaction: give a batch's messages their id, and the receipts that came before the answer did."""
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


def _apply(conn: sqlite3.Connection, item: Receipt | Reply, refusal_words: Sequence[str]) -> str:
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


def _count(result: ImportResult, item: Receipt | Reply, what: str) -> None:
    if isinstance(item, Receipt):
        result.receipts += 1
    else:
        result.replies += 1
    setattr(result, what, getattr(result, what) + 1)


def _refusal_words(conn: sqlite3.Connection) -> list[str]:
    row = conn.execute("SELECT value FROM setting WHERE key = 'refusal_words'").fetchone()
    return json.loads(row[0]) if row else list(REFUSAL_WORDS)
