"""Lists in the making: their rows are written in many short transactions, and nobody sees them until all are there.

One transaction for a million rows would hold the write lock for half a minute, in which no answer of SMS-Get can be
kept and no lease prolonged. So whoever fills a list marks it (`filler`), writes a chunk at a time, each with a sign of
life, and lifts the mark with the last one. What somebody who died left is swept away by whoever comes next.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice

from smsget.errors import BadRequest, DatabaseBusy, StoreError
from smsget.store.clock import from_text, now, to_text
from smsget.store.database import Database

CHUNK = 50_000
"""Rows of one transaction: some half a second of the write lock."""

BREATH_S = 0.11
"""Between two chunks: SQLite has the others ask for the lock every tenth of a second."""

SILENT_S = 120.0
"""Whoever has written nothing for so long is dead. A chunk may wait 20 seconds for other writers."""

WAL_PAGES = 16_000
"""Pages (64 MB) in the log before they are moved: an index is changed all over by every chunk, and moved once."""

_POLL_S = 0.1
_WHOLE = "complete = 1, whole_to = NULL, problems_to = NULL, filler = NULL, filling_at = NULL, once = NULL"

WHOLE_ROWS = "position <= coalesce((SELECT whole_to FROM recipient_list WHERE id = {list}), 9e18)"
"""SQL test: rows of `recipient` that count already. `list`: what gives the list's id."""


class Growing:
    """A list that this thread puts rows on. Made by `new_one` and `known_one`."""

    def __init__(self, db: Database, conn: sqlite3.Connection, list_id: int, filler: str) -> None:
        self.list_id = list_id
        self._db, self._conn, self._filler = db, conn, filler
        self.chunks, self._free_since = 0, -BREATH_S
        self._last: list[tuple[str, Sequence[object]]] = []

    @contextlib.contextmanager
    def chunk(self) -> Iterator[sqlite3.Connection]:
        """One short transaction. Raises `DatabaseBusy` if the list was taken for an abandoned one or deleted."""
        time.sleep(max(0.0, self._free_since + BREATH_S - time.monotonic()))
        self.chunks += 1
        with _transaction(self._conn):
            alive = self._conn.execute(
                "UPDATE recipient_list SET filling_at = ? WHERE id = ? AND filler = ?",
                [to_text(now()), self.list_id, self._filler],
            ).rowcount
            if not alive:
                raise DatabaseBusy("busy", path=str(self._db.path))
            yield self._conn
        self._free_since = time.monotonic()

    def insert(self, statement: str, rows: Iterable[Sequence[object]]) -> int:
        """Insert rows, as many chunks as that takes; return how many came in."""
        done, rest = 0, iter(rows)
        while some := list(islice(rest, CHUNK)):  # before the lock is taken: making them takes as long as writing them
            with self.chunk() as conn:
                done += max(conn.executemany(statement, some).rowcount, 0)
        return done

    def insert_from(self, statement: str, table: str, source: int, values: dict[str, object]) -> None:
        """Insert the rows of another list: `statement` is run for `:after` < position <= `:upto`, again and again."""
        after: int | None = -1
        stretch = f"""SELECT max(position) FROM (
            SELECT position FROM {table} WHERE list_id = ? AND position > ? ORDER BY position LIMIT {CHUNK})"""  # noqa: S608
        while after is not None:
            with self.chunk() as conn:
                upto = conn.execute(stretch, [source, after]).fetchone()[0]
                if upto is not None:
                    conn.execute(statement, {**values, "after": after, "upto": upto})
                after = upto

    def at_last(self, statement: str, values: Sequence[object]) -> None:
        """Have a statement run by `finish`, so that everything is seen at once."""
        self._last.append((statement, values))

    @contextlib.contextmanager
    def finish(self) -> Iterator[sqlite3.Connection]:
        """The last transaction: from its end on everybody sees all of it."""
        with self.chunk() as conn:
            for statement, values in self._last:
                conn.execute(statement, values)
            conn.execute(f"UPDATE recipient_list SET {_WHOLE} WHERE id = ?", [self.list_id])  # noqa: S608
            yield conn


@contextlib.contextmanager
def new_one(db: Database, make: Callable[[sqlite3.Connection], int], *, once: str | None = None) -> Iterator[Growing]:
    """A new list, which `make` makes within the first transaction; swept away unless the block finishes it.

    With `once`, waits as long as another process saves the same list.
    """
    sweep_aside(db)
    filler = uuid.uuid4().hex
    with _loading(db) as conn:
        list_id = None
        while list_id is None:
            with _transaction(conn):
                if _may_begin(conn, "once = ?", once):
                    list_id = make(conn)
                    conn.execute(
                        """UPDATE recipient_list SET complete = 0, whole_to = 0, problems_to = 0, filler = ?,
                           filling_at = ?, once = ? WHERE id = ?""",
                        [filler, to_text(now()), once, list_id],
                    )
            if list_id is None:
                time.sleep(_POLL_S)
        yield from _given_up(db, Growing(db, conn, list_id, filler))


@contextlib.contextmanager
def known_one(db: Database, list_id: int) -> Iterator[Growing]:
    """A list that rows are added to; what was added is swept away again unless the block finishes it.

    Waits as long as somebody else adds to it. Raises `BadRequest('no_such_list')`.
    """
    filler = uuid.uuid4().hex
    with _loading(db) as conn:
        begun = False
        while not begun:
            sweep(db, only=list_id)
            with _transaction(conn):
                if _may_begin(conn, "id = ?", list_id):
                    begun = True
                    known = conn.execute(
                        """UPDATE recipient_list SET filler = ?1, filling_at = ?2,
                               whole_to = (SELECT coalesce(max(position), 0) FROM recipient WHERE list_id = ?3),
                               problems_to = (SELECT coalesce(max(position), 0) FROM rejected_row WHERE list_id = ?3)
                           WHERE id = ?3 AND complete""",
                        [filler, to_text(now()), list_id],
                    ).rowcount
                    if not known:
                        raise BadRequest("no_such_list", list=list_id)
            if not begun:
                time.sleep(_POLL_S)
        yield from _given_up(db, Growing(db, conn, list_id, filler))


def _given_up(db: Database, one: Growing) -> Iterator[Growing]:
    try:
        yield one
    finally:
        with db.write() as conn:
            left = conn.execute(
                "UPDATE recipient_list SET filling_at = NULL, once = NULL WHERE id = ? AND filler = ?",
                [one.list_id, one._filler],
            ).rowcount
        if left and one.chunks > 1:
            sweep_aside(db)
        elif left:
            sweep(db, only=one.list_id)


def _may_begin(conn: sqlite3.Connection, which: str, value: object) -> bool:
    """Whether nobody who lives fills the list; one whose filler died is given up here, which frees its `once`."""
    row = conn.execute(
        f"SELECT id, filling_at, complete FROM recipient_list WHERE {which} AND filler IS NOT NULL",  # noqa: S608
        [value],
    ).fetchone()
    if row is None:
        return True
    if not _is_dead(row["filling_at"]):
        return False
    conn.execute("UPDATE recipient_list SET filling_at = NULL, once = NULL WHERE id = ?", [row["id"]])
    return not row["complete"]  # an addition has to be undone before the next one


# --- removing ----------------------------------------------------------------------------------------------------


def hide(conn: sqlite3.Connection, list_id: int) -> int:
    """Within a transaction: take a list out of sight. Its rows are for `sweep` to remove; how many there are."""
    conn.execute("UPDATE campaign_list SET list_id = NULL WHERE list_id = ?", [list_id])
    conn.execute(
        """UPDATE recipient_list SET complete = 0, whole_to = 0, problems_to = 0, filler = NULL, filling_at = NULL,
           once = NULL WHERE id = ?""",
        [list_id],
    )
    row = conn.execute("SELECT people + problems FROM recipient_list WHERE id = ?", [list_id]).fetchone()
    return int(row[0]) if row else 0


def sweep(db: Database, *, only: int | None = None) -> None:
    """Remove what deleted lists, and those who died while they filled one, left behind; of all lists or of one."""
    with db.read() as conn:
        found = [each for each in _abandoned(conn) if only in (None, each)]
    if found:
        with _loading(db) as conn:
            for list_id in found:
                _sweep(conn, list_id)


def sweep_aside(db: Database) -> None:
    """The same on a thread of its own, which ends with the program: whoever comes next goes on. Raises nothing."""
    found = False
    with contextlib.suppress(StoreError, sqlite3.Error), db.read() as conn:
        found = bool(_abandoned(conn))
    if found:
        threading.Thread(target=_quietly, args=(db,), name="smsget-sweep", daemon=True).start()


def _quietly(db: Database) -> None:
    with contextlib.suppress(StoreError, sqlite3.Error):  # nobody waits for it, and the next one does it as well
        sweep(db)


def _abandoned(conn: sqlite3.Connection) -> list[int]:
    rows = conn.execute("SELECT id, filler, filling_at FROM recipient_list WHERE complete = 0 OR filler IS NOT NULL")
    return [row["id"] for row in rows if row["filler"] is None or _is_dead(row["filling_at"])]


def _is_dead(filling_at: str | None) -> bool:
    # also who seems to have written in the future: the clock was put back
    return filling_at is None or abs(now() - from_text(filling_at)) > timedelta(seconds=SILENT_S)


def _sweep(conn: sqlite3.Connection, list_id: int) -> None:
    for table, kept in (("recipient", "whole_to"), ("rejected_row", "problems_to")):
        query = f"""DELETE FROM {table} WHERE list_id = ?1 AND position IN (
            SELECT position FROM {table} WHERE list_id = ?1 AND position > (
                SELECT {kept} FROM recipient_list WHERE id = ?1) ORDER BY position LIMIT {CHUNK})"""  # noqa: S608
        gone = CHUNK
        while gone == CHUNK:
            with _transaction(conn):
                if list_id not in _abandoned(conn):
                    return  # somebody else has swept it, or its filler lives after all
                gone = conn.execute(query, [list_id]).rowcount
            if gone == CHUNK:
                time.sleep(BREATH_S)
    with _transaction(conn):
        if list_id in _abandoned(conn):
            conn.execute("DELETE FROM recipient_list WHERE id = ? AND complete = 0", [list_id])
            conn.execute(f"UPDATE recipient_list SET {_WHOLE} WHERE id = ?", [list_id])  # noqa: S608


# --- connections -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _loading(db: Database) -> Iterator[sqlite3.Connection]:
    with db.loading() as conn:
        conn.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        yield conn


@contextlib.contextmanager
def _transaction(conn: sqlite3.Connection) -> Iterator[None]:
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        conn.execute("COMMIT")
    finally:
        if conn.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                conn.execute("ROLLBACK")
