"""Delivery receipts and replies: kept once, joined to messages by (sms_id, phone), read as reports.

What each of them changes is in `arrivals`.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from smsget.errors import StoreError
from smsget.receipts import TAIPEI, TEST_BODY, Receipt, Reply, Unreadable
from smsget.store import replies, report, story, tally
from smsget.store.clock import now, to_text
from smsget.store.database import Database
from smsget.store.merging import merge
from smsget.store.replies import ReplyRow, Thread
from smsget.store.report import ReportFilter, ReportRow
from smsget.store.spool import Kept, Spool
from smsget.store.staging import Staging
from smsget.store.story import Story
from smsget.store.tally import Delays, Figures, Summary

if TYPE_CHECKING:
    from smsget.logs.bulk import Block

PIECE = 10_000  # items that are staged together

CALLBACK_WAIT_S = 2.0
"""How long a callback waits for the database before it is kept beside it: SMS-Get waits, too."""

Item = Receipt | Reply | Unreadable

_log = logging.getLogger(__name__)


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


class Receipts:
    """Receipts and replies in, reports out."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._spool = Spool(db.path.with_name(f"{db.path.name}.callbacks"))

    # --- in ------------------------------------------------------------------------------------------------------

    def load(self, file: str, format_: str, items: Iterable[Item], *, sha256: str = "") -> ImportResult:
        """Load one log in one transaction: all of it or, if the program ends half-way, nothing. Again changes nothing.

        `items` may be a `smsget.logs.LogReader`, whose `format` and `lines` are taken over when it is read; else
        `lines` is left to the caller. What `items` raises goes on, and nothing of the log is kept.
        """
        result = ImportResult(file, format_)
        with self._db.loading() as conn:
            staged = Staging(conn).fill(_pieces(items))
            result.format, result.lines = getattr(items, "format", format_), getattr(items, "lines", 0)
            result.receipts, result.replies = staged.receipts, staged.replies
            result.unreadable, result.problems = staged.unreadable, staged.problems
            conn.execute("BEGIN IMMEDIATE")
            merged = merge(conn, staged)
            result.new, result.updated, result.known = merged.new, merged.updated, merged.known
            result.import_id = _note_import(conn, result, sha256)
            conn.execute("COMMIT")
        return result

    def keep_callback(self, body: bytes, query: str) -> None:
        """Have a callback on disk as it came: what must be done before it is answered with `ok`.

        In the database, or while that is busy (a big log is being merged, say) in a file beside it. Raises
        `StoreError` or `OSError` if neither can be written.
        """
        at = to_text(now())
        if not self._spool.waiting():  # behind others it waits its turn
            try:
                with self._db.loading(wait_s=CALLBACK_WAIT_S) as conn:
                    _keep(conn, [(at, body, query)])
                return
            except StoreError:
                _log.warning("the database is busy or cannot be used: a callback is kept beside it")
        self._spool.keep(at, body, query)

    def waiting_callbacks(self, limit: int = 200) -> list[tuple[int, bytes, str]]:
        """(id, raw body, query) of callbacks that were kept but not parsed yet, oldest first."""
        if self._spool.waiting():
            with self._spool.taken() as kept, self._db.loading() as conn:
                _keep(conn, kept)
        with self._db.read() as conn:
            query = "SELECT id, body, query FROM callback WHERE parsed = 0 ORDER BY id LIMIT ?"
            return [(row["id"], bytes(row["body"]), row["query"]) for row in conn.execute(query, [limit])]

    def apply_callbacks(self, parsed: Sequence[tuple[int, Sequence[Item]]]) -> None:
        """Apply what callbacks said and mark them as parsed, in one transaction."""
        told = [[item for item in items if not isinstance(item, Unreadable)] for _, items in parsed]
        with self._db.loading() as conn:
            staged = Staging(conn).fill(told)
            conn.execute("BEGIN IMMEDIATE")
            merge(conn, staged)
            for callback_id, items in parsed:
                _mark_parsed(conn, callback_id, items)
            conn.execute("COMMIT")

    def last_called(self, kind: str = "") -> str | None:
        """When the receiver was last called (UTC text) with `receipts`, `replies`, or a `test`; without: at all."""
        with self._db.read() as conn:
            if kind:
                row = conn.execute("SELECT at FROM callback_seen WHERE kind = ?", [kind]).fetchone()
                return row["at"] if row else None
            query = "SELECT max(at) FROM (SELECT at FROM callback_seen UNION ALL SELECT max(at) FROM callback)"
            return conn.execute(query).fetchone()[0]  # type: ignore[no-any-return]

    def last_callback(self) -> str | None:
        """When the receiver was last called (UTC text)."""
        return self.last_called()

    # --- figures -------------------------------------------------------------------------------------------------

    def summary(self, campaign_id: int | None = None) -> Summary:
        """The delivery figures of one campaign, or of everything."""
        with self._db.read() as conn:
            return tally.summary(conn, campaign_id)

    def by_day(self, days: int = 14) -> list[dict[str, Any]]:
        """Messages sent from here per Taipei day, today and the `days - 1` before it; days without any are left out.

        Rows are `{day: "2026-11-22", delivered, failed, pending, other, no_receipt}`.
        """
        first = now().astimezone(TAIPEI).date() - timedelta(days=days - 1)
        with self._db.read() as conn:
            return tally.by_day(conn, first.isoformat())

    def figures(
        self, by: str, *, campaign_ids: Sequence[int] = (), since: date | None = None, until: date | None = None
    ) -> list[Figures]:
        """Figures by `campaign`, `day`, `country` or `word`, in the order of their keys.

        Of these campaigns (without: of all, and of what was not sent from here under the key `0`), and of the Taipei
        days from `since` up to, not including, `until`.
        """
        with self._db.read() as conn:
            return tally.figures(conn, by, campaign_ids, since.isoformat() if since else "",
                                 until.isoformat() if until else "9")  # fmt: skip

    def delays(self, campaign_id: int | None = None, country: str = "") -> Delays:
        """How long messages took from sending to delivery: median, 90 %, and the curve."""
        with self._db.read() as conn:
            return tally.delays(conn, campaign_id, country)

    def overdue(self, campaign_id: int | None = None, *, hours: float = 24) -> int:
        """Messages sent from here more than so many hours ago of which nothing was ever reported."""
        with self._db.read() as conn:
            return tally.overdue(conn, to_text(now() - timedelta(hours=hours)), campaign_id)

    def check_counters(self, *, repair: bool = False) -> list[str]:
        """Count all messages anew and compare: a line for each counter that is wrong, [] if all are right.

        `repair` replaces them. Takes seconds for each million messages.
        """
        with self._db.write() if repair else self._db.read() as conn:
            wrong = tally.check(conn)
            if repair and wrong:
                tally.repair(conn)
            return wrong

    # --- messages ------------------------------------------------------------------------------------------------

    def page(self, wanted: ReportFilter, *, before: int | None = None, limit: int = 50) -> list[ReportRow]:
        """One page of messages, newest first: those behind the one with the id `before`, the last of the page before.

        Newest is who has the highest id, and with `since` or `until` who has the latest time.
        """
        with self._db.read() as conn:
            return report.page(conn, wanted, before, limit)

    def count(self, wanted: ReportFilter) -> int:
        """How many messages a filter keeps."""
        with self._db.read() as conn:
            return report.count(conn, wanted)

    def export(self, wanted: ReportFilter) -> Iterator[ReportRow]:
        """Every message a filter keeps, newest first, of one state of the database; memory does not grow."""
        with self._db.read() as conn:
            for rows in report.pages(conn, wanted):
                yield from rows

    def phones_with(self, wanted: ReportFilter) -> Iterator[str]:
        """The numbers of all messages a filter keeps, each once, in order: for a new list from them."""
        with self._db.read() as conn:
            yield from report.phones(conn, wanted)

    def phones_replied(self, campaign_id: int | None = None, *, refusals: bool = False) -> Iterator[str]:
        """The numbers that replied (to one campaign), each once, in order; without `refusals` those who refused stay
        away, also where a person took them off the suppression list.
        """
        query = """SELECT phone FROM reply WHERE ?1 IS NULL OR campaign_id = ?1
                   GROUP BY phone HAVING ?2 OR max(refusal) = 0 ORDER BY phone"""
        with self._db.read() as conn:
            for row in conn.execute(query, [campaign_id, int(refusals)]):
                yield row["phone"]

    def history(self, phone: str) -> list[ReportRow]:
        """Every message to one number, newest first."""
        return [message.row for message in self.story(phone, limit=-1).messages]

    def story(self, phone: str, *, limit: int = 200) -> Story:
        """Everything known of a number: every campaign, every status ever reported, every reply."""
        with self._db.read() as conn:
            return story.story(conn, phone, limit)

    # --- replies -------------------------------------------------------------------------------------------------

    def replies(
        self,
        *,
        refusals_only: bool = False,
        unread_only: bool = False,
        phone: str | None = None,
        before: int | None = None,
        limit: int = -1,
    ) -> list[ReplyRow]:
        """The inbox, newest first, or what one number wrote; `before` is the last id of the page before."""
        with self._db.read() as conn:
            return replies.replies(conn, refusals_only=refusals_only, unread_only=unread_only, phone=phone,
                                   before=before, limit=limit)  # fmt: skip

    def threads(self, *, unread_only: bool = False, before: int | None = None, limit: int = 50) -> list[Thread]:
        """The inbox by number, the newest reply first; `before` is `newest.id` of the last thread before."""
        with self._db.read() as conn:
            return replies.threads(conn, unread_only=unread_only, before=before, limit=limit)

    def reply_count(self, *, refusals_only: bool = False, unread_only: bool = False, since: str = "") -> int:
        """How many replies there are, or were written at `since` (UTC text) or later."""
        query = "SELECT count(*) FROM reply WHERE refusal >= ? AND at >= ? AND (? = 0 OR read_at IS NULL)"
        with self._db.read() as conn:
            return int(conn.execute(query, [int(refusals_only), since, int(unread_only)]).fetchone()[0])

    def thread_count(self, *, unread_only: bool = False) -> int:
        """How many numbers wrote, or have unread replies."""
        query = "SELECT count(DISTINCT phone) FROM reply WHERE ? = 0 OR read_at IS NULL"
        with self._db.read() as conn:
            return int(conn.execute(query, [int(unread_only)]).fetchone()[0])

    def mark_read(self, ids: Collection[int] | None = None, *, phone: str | None = None, read: bool = True) -> int:
        """Mark replies as read (or as unread): these, all of one number, or all; return how many changed."""
        with self._db.write() as conn:
            return replies.mark_read(conn, ids, phone, read=read)

    def not_a_refusal(self, reply_id: int, *, actor: str = "person") -> bool:
        """Undo an automatic refusal; whether the number may be texted again by that. A second time does nothing."""
        with self._db.write() as conn:
            return replies.not_a_refusal(conn, reply_id, actor)

    # --- logs ----------------------------------------------------------------------------------------------------

    def imports(self, limit: int = 50) -> list[dict[str, Any]]:
        """The loaded logs, newest first."""
        with self._db.read() as conn:
            return [dict(row) for row in conn.execute("SELECT * FROM import ORDER BY id DESC LIMIT ?", [limit])]

    def unreadable(self, import_id: int) -> list[Unreadable]:
        """The lines of a loaded log that could not be read."""
        query = "SELECT line, why, raw FROM unreadable_line WHERE import_id = ? ORDER BY line, id"
        with self._db.read() as conn:
            return [Unreadable(**row) for row in conn.execute(query, [import_id])]


def _keep(conn: sqlite3.Connection, kept: Sequence[Kept]) -> None:
    conn.execute("BEGIN IMMEDIATE")
    conn.executemany("INSERT INTO callback (at, body, query) VALUES (?, ?, ?)", kept)
    conn.execute("COMMIT")


def _mark_parsed(conn: sqlite3.Connection, callback_id: int, items: Sequence[Item]) -> None:
    row = conn.execute("UPDATE callback SET parsed = 1 WHERE id = ? RETURNING at, body", [callback_id]).fetchone()
    if row is None:
        return
    kinds = {"receipts" for item in items if isinstance(item, Receipt)}
    kinds |= {"replies" for item in items if isinstance(item, Reply)}
    if bytes(row["body"]).startswith(TEST_BODY):
        kinds = {"test"}
    else:
        odd = [(callback_id, item.line, item.why, item.raw) for item in items if isinstance(item, Unreadable)]
        conn.executemany("INSERT INTO unreadable_line (callback_id, line, why, raw) VALUES (?, ?, ?, ?)", odd)
    for kind in kinds:
        conn.execute(
            """INSERT INTO callback_seen VALUES (?, ?)
               ON CONFLICT DO UPDATE SET at = max(at, excluded.at)""",
            [kind, row["at"]],
        )


def _pieces(items: Iterable[Item]) -> Iterator[Block | Sequence[Item]]:
    """A log's blocks, or any items in lists: a log is read in bulk."""
    blocks = getattr(items, "blocks", None)
    if blocks is not None:
        yield from blocks()
        return
    rest = iter(items)
    while piece := list(islice(rest, PIECE)):
        yield piece


def _note_import(conn: sqlite3.Connection, result: ImportResult, sha256: str) -> int:
    import_id = conn.execute(
        "INSERT INTO import (file, sha256, format, at, lines, receipts, replies, new, updated, known, unreadable) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [result.file, sha256, result.format, to_text(now()), result.lines, result.receipts, result.replies, result.new,
         result.updated, result.known, result.unreadable],
    ).lastrowid or 0  # fmt: skip
    conn.execute(
        "INSERT INTO unreadable_line (import_id, line, why, raw) SELECT ?, line, why, raw FROM odd ORDER BY n",
        [import_id],
    )
    return import_id
