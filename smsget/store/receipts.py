"""Delivery receipts and replies: kept once, joined to messages by (sms_id, phone), read as reports.

What each of them changes is in `arrivals`.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from smsget.receipts import TAIPEI, Receipt, Reply, Unreadable
from smsget.store.arrivals import apply, refusal_words
from smsget.store.clock import now, to_text
from smsget.store.database import Database

PROBLEMS_KEPT = 200
"""Unreadable lines an `ImportResult` carries; `unreadable(import_id)` has them all."""

Item = Receipt | Reply | Unreadable


@dataclass
class ImportResult:
    """What an import did. `new + updated + known = receipts + replies`.

    `new`: the first word on a message, or a new reply; `updated`: a further status; `known`: was there already.
    `unreadable` counts the lines that could not be read, the first of which are in `problems`.
    """

    file: str
    format: str
    import_id: int = 0
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
    """Delivery figures. `messages` were accepted by SMS-Get: `own` from here, the others from other programs, of which
    only the receipts are known. `messages = delivered + failed + pending + other + no_receipt`; `receipts` counts the
    messages with at least one receipt, `by_status` by status word.
    """

    messages: int
    own: int
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

    `number` matches the number's beginning or end, and nothing if it has no digit; `since` and `until` (not included)
    are UTC texts on the time of sending, or of the report where a message was not sent from here.
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
        """Load one log in one transaction: all of it or, if the program ends half-way, nothing. Again changes nothing.

        `items` may be a `smsget.logs.LogReader`, whose `format` and `lines` are taken over when it is read; else
        `lines` is left to the caller. What `items` raises goes on, and nothing of the log is kept.
        """
        result = ImportResult(file, format_)
        with self._db.write() as conn:
            result.import_id = conn.execute(
                "INSERT INTO import (file, sha256, format, at, lines, receipts, replies, new, updated, known, "
                "unreadable) VALUES (?, ?, ?, ?, 0, 0, 0, 0, 0, 0, 0)",
                [file, sha256, format_, to_text(now())],
            ).lastrowid or 0  # fmt: skip
            _load(conn, result, items)
            result.format, result.lines = getattr(items, "format", format_), getattr(items, "lines", 0)
            conn.execute(
                "UPDATE import SET format = ?, lines = ?, receipts = ?, replies = ?, new = ?, updated = ?, known = ?, "
                "unreadable = ? WHERE id = ?",
                [result.format, result.lines, result.receipts, result.replies, result.new, result.updated,
                 result.known, result.unreadable, result.import_id],
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
            words = refusal_words(conn)
            for callback_id, items in parsed:
                for item in items:
                    if isinstance(item, Unreadable):
                        conn.execute(
                            "INSERT INTO unreadable_line (callback_id, line, why, raw) VALUES (?, ?, ?, ?)",
                            [callback_id, item.line, item.why, item.raw],
                        )
                    else:
                        apply(conn, item, words)
                conn.execute("UPDATE callback SET parsed = 1 WHERE id = ?", [callback_id])

    # --- out -----------------------------------------------------------------------------------------------------

    def summary(self, campaign_id: int | None = None) -> Summary:
        """The delivery figures of one campaign, or of everything."""
        # +sms_id keeps SQLite from that column's index, by which it would look up every row of the table
        query = f"""SELECT campaign_id IS NOT NULL AS ours, status, word, count(*) AS count FROM message
                    WHERE +sms_id IS NOT NULL {"AND campaign_id = ?" if campaign_id is not None else ""}
                    GROUP BY 1, 2, 3"""  # noqa: S608
        groups: Counter[str] = Counter()
        words: Counter[str] = Counter()
        own = 0
        with self._db.read() as conn:
            for row in conn.execute(query, [] if campaign_id is None else [campaign_id]):
                groups[row["status"]] += row["count"]
                own += row["count"] if row["ours"] else 0
                if row["status"]:
                    words[row["word"].upper()] += row["count"]
        none = groups.pop("", 0)
        told = groups.total()
        return Summary(told + none, own, told, dict(words.most_common()), groups["delivered"], groups["failed"],
                       groups["pending"], groups["other"], none)  # fmt: skip

    def by_day(self, days: int = 14) -> list[dict[str, Any]]:
        """Messages sent from here per Taipei day, today and the `days - 1` before it; days without any are left out.

        Rows are `{day: "2026-11-22", delivered, failed, pending, other, no_receipt}`.
        """
        first = now().astimezone(TAIPEI).date() - timedelta(days=days - 1)
        query = """SELECT date(sent_at, '+8 hours') AS day,
                   count(*) FILTER (WHERE status = 'delivered') AS delivered,
                   count(*) FILTER (WHERE status = 'failed') AS failed,
                   count(*) FILTER (WHERE status = 'pending') AS pending,
                   count(*) FILTER (WHERE status = 'other') AS other,
                   count(*) FILTER (WHERE status = '') AS no_receipt
                   FROM message WHERE sent_at >= ? AND campaign_id IS NOT NULL GROUP BY day ORDER BY day"""
        with self._db.read() as conn:
            return [dict(row) for row in conn.execute(query, [to_text(datetime.combine(first, time(), TAIPEI))])]

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

    def replies(
        self, *, refusals_only: bool = False, phone: str | None = None, before: int | None = None, limit: int = -1
    ) -> list[ReplyRow]:
        """The inbox, newest first, or what one number wrote; `before` is the last id of the page before."""
        query = """SELECT r.id, r.phone, r.at, r.text, r.campaign_id, c.name AS campaign, r.refusal
                   FROM reply AS r LEFT JOIN campaign AS c ON c.id = r.campaign_id
                   WHERE r.refusal >= ?1 AND (?2 IS NULL OR (r.at, r.id) < (SELECT at, id FROM reply WHERE id = ?2))
                   AND (?4 IS NULL OR r.phone = ?4) ORDER BY r.at DESC, r.id DESC LIMIT ?3"""
        with self._db.read() as conn:
            rows = conn.execute(query, [int(refusals_only), before, limit, phone])
            return [ReplyRow(**{**dict(row), "refusal": bool(row["refusal"])}) for row in rows]

    def reply_count(self, *, refusals_only: bool = False, since: str = "") -> int:
        """How many replies there are, or were written at `since` (UTC text) or later."""
        query = "SELECT count(*) FROM reply WHERE refusal >= ? AND at >= ?"
        with self._db.read() as conn:
            return int(conn.execute(query, [int(refusals_only), since]).fetchone()[0])

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
    CASE WHEN m.campaign_id IS NULL THEN 'stranger' WHEN m.suppressed THEN 'suppressed'
    WHEN m.skipped THEN 'skipped' ELSE b.state END AS outcome,
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
        ("coalesce(m.sent_at, m.status_at) >= ?", wanted.since),
        ("coalesce(m.sent_at, m.status_at) < ?", wanted.until),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.status == "none":
        tests.append("m.status = '' AND m.sms_id IS NOT NULL")
    if wanted.number:
        digits = "".join(str(int(character)) for character in wanted.number if character.isdecimal())
        tests.append("(m.phone LIKE ? OR m.phone LIKE ?)" if digits else "0")
        values += [f"{digits}%", f"%{digits}"] if digits else []
    return f"WHERE {' AND '.join(tests)}", values


def _load(conn: sqlite3.Connection, result: ImportResult, items: Iterable[Item]) -> None:
    words = refusal_words(conn)
    for item in items:
        if isinstance(item, Unreadable):
            result.unreadable += 1
            if len(result.problems) < PROBLEMS_KEPT:
                result.problems.append(item)
            conn.execute(
                "INSERT INTO unreadable_line (import_id, line, why, raw) VALUES (?, ?, ?, ?)",
                [result.import_id, item.line, item.why, item.raw],
            )
        else:
            _count(result, item, apply(conn, item, words))


def _count(result: ImportResult, item: Receipt | Reply, what: str) -> None:
    if isinstance(item, Receipt):
        result.receipts += 1
    else:
        result.replies += 1
    setattr(result, what, getattr(result, what) + 1)
