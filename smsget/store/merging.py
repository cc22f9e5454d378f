"""What was staged becomes part of the tables: set by set within one transaction, as `arrivals` would row by row.

What is rare (lines that lost their id, replies) goes through `arrivals` itself, after the sets.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from smsget.receipts import Receipt, Reply, status_of
from smsget.store.arrivals import REFUSES_ADVERTISING, apply, forget_without_id, refusal_words
from smsget.store.clock import from_text, now, to_text
from smsget.store.staging import Staged

FEW = 2000
"""So many new messages are counted one by one by the triggers; more are counted together."""


MANY = 50_000
"""From so many new messages on, and as many as there are, indexes are built anew: sorting is faster than inserting."""


@dataclass
class Merged:
    """What a merge did, in receipts and replies: `ImportResult` has the meaning of the three."""

    new: int = 0
    updated: int = 0
    known: int = 0


def merge(conn: sqlite3.Connection, staged: Staged) -> Merged:
    """Within a write transaction of the connection that staged it: take over everything that is staged."""
    merged = Merged()
    moment = to_text(now())
    _forget_twins(conn, staged)
    apart = _Apart(conn, staged.runs[-1][1] if staged.runs else 0)
    for first, last in staged.runs:
        _merge_run(conn, first, last, moment, merged, apart)
    apart.put_back()
    words = refusal_words(conn)
    # Another cursor of the connection reads its temporary table while rows are written elsewhere.
    for row in conn.execute("SELECT phone, at, carrier_id, word FROM without_id ORDER BY n"):
        item = Receipt("", row["phone"], row["carrier_id"], from_text(row["at"]), row["word"], status_of(row["word"]))
        _count(merged, apply(conn, item, words))
    for row in conn.execute("SELECT phone, reply_id, at, raw_text, text FROM wrote ORDER BY n"):
        _count(merged, apply(conn, Reply(row[0], row[1], from_text(row[2]), row[3], row[4]), words))
    return merged


def _count(merged: Merged, what: str) -> None:
    setattr(merged, what, getattr(merged, what) + 1)


def _forget_twins(conn: sqlite3.Connection, staged: Staged) -> None:
    """Take back receipts that came without their id before and now come with it; `twin` holds these rows' `n`."""
    conn.execute("DROP TABLE IF EXISTS temp.twin")
    conn.execute("CREATE TEMP TABLE twin (n INTEGER PRIMARY KEY)")
    if not staged.runs or not conn.execute("SELECT 1 FROM receipt WHERE sms_id = '' LIMIT 1").fetchone():
        return
    conn.execute(
        """INSERT INTO twin SELECT min(s.n) FROM arrived AS s CROSS JOIN kind AS k ON k.kind = s.kind
           CROSS JOIN receipt AS r ON r.phone = s.phone AND r.sms_id = '' AND r.at = s.at AND r.word = k.word
           WHERE r.carrier_id = s.carrier_id GROUP BY s.phone, s.at, k.word"""
    )
    query = """SELECT s.phone, s.sms_id, s.at, s.carrier_id, k.word FROM twin JOIN arrived AS s USING (n)
               JOIN kind AS k USING (kind)"""
    for row in conn.execute(query).fetchall():
        item = Receipt(row["sms_id"], row["phone"], row["carrier_id"], from_text(row["at"]), row["word"], "")
        forget_without_id(conn, item, row["at"])


class _Apart:
    """Indexes of messages that are taken away while many are inserted; within the transaction, like all else here."""

    def __init__(self, conn: sqlite3.Connection, staged: int) -> None:
        self._conn, self._staged = conn, staged
        self._known: int = conn.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()[0]
        self._statements: dict[str, str] = {}

    def take(self, fresh: int) -> None:
        """Drop those that so many new messages would go into one by one."""
        if fresh < MANY or self._staged < self._known:
            return
        query = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND name IN (SELECT value FROM json_each(?))"
        for row in self._conn.execute(query, [json.dumps([_LOOKUPS, *_OTHERS])]).fetchall():
            self._statements[row["name"]] = row["sql"]
            self._conn.execute(f"DROP INDEX {row['name']}")

    def put_back(self, names: Sequence[str] = ()) -> None:
        """Build these anew, or all that are still away."""
        for name in names or list(self._statements):
            if name in self._statements:
                self._conn.execute(self._statements.pop(name))


_LOOKUPS = "message_by_number"
_OTHERS = ("message_by_end", "message_by_kind", "message_stranger_by_time", "message_failed")


def _merge_run(conn: sqlite3.Connection, first: int, last: int, moment: str, merged: Merged, apart: _Apart) -> None:
    run = {"first": first, "last": last, "now": moment}
    conn.execute(_SUPPRESS, run)
    inserted = conn.execute(_RECEIPTS, run).rowcount
    conn.execute("DROP TABLE IF EXISTS temp.target")
    conn.execute(_TARGET, run)
    known, fresh = conn.execute(_TARGETS).fetchone()
    first_words = fresh
    if known:
        conn.execute("DROP TABLE IF EXISTS temp.better")
        conn.execute(_BETTER)
        first_words += conn.execute("SELECT count(*) FROM better WHERE was = ''").fetchone()[0]
        conn.execute(_UPDATE)
    if fresh:
        apart.take(fresh)
        _insert(conn, fresh)
        apart.put_back([_LOOKUPS])  # the next run, and lines that lost their id, look messages up
    twins = conn.execute("SELECT count(*) FROM twin WHERE n BETWEEN :first AND :last", run).fetchone()[0]
    told = inserted - twins  # what came before without its id is known, though its row is another
    new = min(first_words, told)
    merged.new += new
    merged.updated += told - new
    merged.known += last - first + 1 - told


def _insert(conn: sqlite3.Connection, fresh: int) -> None:
    """Messages nobody knew, oldest first, so that the newest have the highest ids; and their count."""
    if fresh <= FEW:
        conn.execute(_MESSAGES)
        return
    query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = 'tally_insert'"
    trigger = conn.execute(query).fetchone()[0]
    conn.execute("DROP TRIGGER tally_insert")  # undone with the transaction, like everything else in it
    conn.execute(_MESSAGES)
    conn.execute(_TALLY)
    conn.execute(trigger)


_RUN = """arrived AS s CROSS JOIN kind AS k ON k.kind = s.kind WHERE s.n BETWEEN :first AND :last"""

_SUPPRESS = f"""INSERT INTO suppression (phone, reason, source, at)
    SELECT DISTINCT s.phone, 'advertising_refused', 'receipt', :now FROM {_RUN}
    AND k.kind IN (SELECT kind FROM kind WHERE upper(trim(word)) = '{REFUSES_ADVERTISING}')
    AND s.n NOT IN (SELECT n FROM twin) AND NOT EXISTS (
        SELECT 1 FROM receipt AS r WHERE r.phone = s.phone AND r.sms_id = s.sms_id AND r.at = s.at AND r.word = k.word)
    ON CONFLICT DO NOTHING"""  # noqa: S608

_RECEIPTS = f"""INSERT INTO receipt (phone, sms_id, at, word, status, carrier_id, received_at)
    SELECT s.phone, s.sms_id, s.at, k.word, k.status, s.carrier_id, :now FROM {_RUN} ORDER BY s.n
    ON CONFLICT DO NOTHING"""  # noqa: S608

# An id may come back (another account, a sandbox begun anew): its newest message is the one that is meant.
_TARGET = """CREATE TEMP TABLE target AS SELECT s.n,
    (SELECT max(m.id) FROM message AS m WHERE m.phone = s.phone AND m.sms_id = s.sms_id) AS id
    FROM arrived AS s WHERE s.n BETWEEN :first AND :last AND s.best"""

_TARGETS = "SELECT count(id), count(*) - count(id) FROM target"

_RANK_NOW = "CASE m.status WHEN '' THEN -1 WHEN 'pending' THEN 0 WHEN 'other' THEN 1 ELSE 2 END"

_BETTER = f"""CREATE TEMP TABLE better AS SELECT m.id, m.status AS was, k.word, k.status, s.at FROM target AS t
    CROSS JOIN message AS m ON m.id = t.id CROSS JOIN arrived AS s ON s.n = t.n CROSS JOIN kind AS k ON k.kind = s.kind
    WHERE (k.rank, s.at, k.word) > ({_RANK_NOW}, coalesce(m.status_at, ''), m.word)"""  # noqa: S608

_UPDATE = """UPDATE message SET word = b.word, status = b.status, status_at = b.at FROM better AS b
    WHERE message.id = b.id"""

_MESSAGES = """INSERT INTO message (sms_id, phone, country, word, status, status_at)
    SELECT s.sms_id, s.phone, k.country, k.word, k.status, s.at FROM target AS t
    CROSS JOIN arrived AS s ON s.n = t.n CROSS JOIN kind AS k ON k.kind = s.kind
    WHERE t.id IS NULL ORDER BY s.turn"""

_TALLY = """INSERT INTO tally (campaign_id, day, country, status, word, messages, credits)
    SELECT 0, k.day, k.country, k.status, k.word, c.messages, 0 FROM (
        SELECT s.kind, count(*) AS messages FROM target AS t CROSS JOIN arrived AS s ON s.n = t.n
        WHERE t.id IS NULL GROUP BY s.kind) AS c CROSS JOIN kind AS k ON k.kind = c.kind WHERE true
    ON CONFLICT DO UPDATE SET messages = messages + excluded.messages"""
