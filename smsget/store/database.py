"""One SQLite file, opened per operation: short reads, and writes that take the lock at once (BEGIN IMMEDIATE).

A connection per operation costs about half a millisecond and spares every thread the question whose it is.
`sqlite_utils` is imported only when a schema step is due: importing it takes longer than the first page may.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from smsget.errors import BadRequest, DatabaseBusy, DatabaseTooNew, NotOurDatabase, StoreError
from smsget.store import schema

BUSY_SECONDS = 20.0
"""How long a writer waits for another writer before it gives up with `DatabaseBusy`."""

WRITER_CACHE_KIB = 65_536
"""At most; taken as needed. The index of a million numbers, which come in no order, fits, instead of being read again
and again: saving them takes a third less time."""

CACHE_KIB = 104 << 10
"""Memory for the pages that a big load changes: what does not fit is written twice."""


class Database:
    """The file at `path`. Opening makes it, checks that it is ours, and brings an older one up to date.

    Raises `NotOurDatabase`, `DatabaseTooNew` (both leave the file untouched), `DatabaseBusy`, `StoreError`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held = threading.local()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("no_folder", path=str(path.parent)) from error
        with self._errors():
            self._prepare()

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading: every statement of the block sees the same state of the database."""
        with self._errors(), self._connection() as conn:
            conn.execute("BEGIN")
            try:
                yield conn
            finally:
                _undo(conn)

    @contextlib.contextmanager
    def write(self, *, wait_s: float | None = None) -> Iterator[sqlite3.Connection]:
        """One transaction that holds the write lock from its start; committed to disk at the end, or undone.

        `wait_s`: how long it waits for other writers before it raises `DatabaseBusy`, instead of `BUSY_SECONDS`.
        """
        with self._errors(), self._connection() as conn:
            if conn is not getattr(self._held, "conn", None):  # one that stays open would keep all that it read
                conn.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")
            with _patience(conn, wait_s):
                conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
                conn.execute("COMMIT")
            finally:
                _undo(conn)

    @contextlib.contextmanager
    def held_open(self) -> Iterator[None]:
        """One connection for all that this thread does in the block, as long as the file stays the same one.

        Also for others: when the last connection closes, SQLite tidies up, which makes every commit dearer.
        """
        with self._errors(), contextlib.closing(self._connect()) as conn:
            self._held.conn, self._held.file = conn, _identity(self.path)
            try:
                yield
            finally:
                self._held.conn = None

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        held = getattr(self._held, "conn", None)
        # a file that was deleted or put in its place is not what a connection from before would write to
        if held is not None and not held.in_transaction and self._held.file == _identity(self.path):
            yield held
        else:
            with contextlib.closing(self._connect()) as conn:
                yield conn

    @contextlib.contextmanager
    def loading(self, *, wait_s: float = BUSY_SECONDS) -> Iterator[sqlite3.Connection]:
        """A connection without a transaction, with room for a big load; closing it undoes what is not committed.

        `wait_s` is how long it waits for other writers.
        """
        with self._errors(), contextlib.closing(self._connect()) as conn:
            conn.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
            conn.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            conn.execute(f"PRAGMA temp.cache_size = -{CACHE_KIB // 4}")
            conn.execute("PRAGMA threads = 2")  # for building indexes
            yield conn

    def backup(self, target: Path) -> None:
        """Copy the live database to `target` (it must not exist), consistent while others write.

        Campaigns that are being sent, or that somebody may resume, are paused in the copy (`restored`): the original
        goes on with them, and a copy that did so too would text everybody a second time.
        """
        if target.exists():
            raise StoreError("file_exists", path=str(target))
        with self._errors(), contextlib.closing(self._connect()) as conn:
            conn.execute("VACUUM INTO ?", [str(target)])
        target.chmod(0o600)
        with self._errors(), contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
            copy.execute(
                """UPDATE campaign SET state = 'paused', reason = 'restored'
                   WHERE state IN ('sending', 'scheduled', 'paused')"""
            )

    def _connect(self, *, make: bool = False) -> sqlite3.Connection:
        # rw: a database that was deleted while we run must not come back as an empty file
        address = f"{self.path.absolute().as_uri()}?mode={'rwc' if make else 'rw'}"
        conn = sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA foreign_keys = ON")
        # FULL: a batch marked `sending` must survive a power cut, because its request leaves right afterwards
        conn.execute("PRAGMA synchronous = FULL")
        return conn

    def _prepare(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            self._check_ours()
            if not self._pending():
                return
            if self._applied():
                self._keep_copy()
        from sqlite_utils import Database as Toolbox

        with contextlib.closing(self._connect(make=True)) as conn:
            self.path.chmod(0o600)  # it holds numbers and texts
            conn.execute("PRAGMA journal_mode = WAL")
            # A step that builds a table anew drops the old one, and its children's rows must not go with it.
            conn.execute("PRAGMA foreign_keys = OFF")
            # Two processes may start together: the second waits here and then finds nothing left to do.
            conn.execute("BEGIN IMMEDIATE")
            schema.migrations().apply(Toolbox(conn, execute_plugins=False))
            if conn.execute("PRAGMA foreign_key_check").fetchone():
                raise StoreError("damaged", path=str(self.path))  # closing undoes the step; the copy is there, too
            conn.execute("COMMIT")

    def _check_ours(self) -> None:
        # By SQLite alone: closing a file that Python opened would drop this process's POSIX locks on it, SQLite's too.
        if self.path.stat().st_size < 512:  # the smallest database; SQLite would take less for a new one
            raise NotOurDatabase("not_ours", path=str(self.path))
        try:
            with contextlib.closing(self._connect()) as conn:
                mark = conn.execute("PRAGMA application_id").fetchone()[0]
                tables = {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB:
                raise NotOurDatabase("not_ours", path=str(self.path)) from error
            raise
        if tables and (mark != schema.APPLICATION_ID or "_sqlite_migrations" not in tables):
            raise NotOurDatabase("not_ours", path=str(self.path))
        if unknown := [name for name in self._applied() if name not in schema.STEPS]:
            raise DatabaseTooNew("too_new", path=str(self.path), unknown=unknown)

    def _applied(self) -> list[str]:
        with contextlib.closing(self._connect()) as conn:
            if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
                return []
            query = "SELECT name FROM _sqlite_migrations WHERE migration_set = ? ORDER BY id"
            return [row[0] for row in conn.execute(query, [schema.MIGRATION_SET])]

    def _pending(self) -> bool:
        return set(schema.STEPS) != set(self._applied())

    def _keep_copy(self) -> None:
        # several processes may start after an upgrade at once, and each may keep its copy
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid.uuid4().hex[:8]}"
        self.backup(self.path.with_name(f"{self.path.stem}.before-upgrade-{stamp}.db"))

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn SQLite's errors about the file into ours; a violated constraint is a bug and stays as it is.

        What SQLite cannot hold is refused as a choice: `BadRequest`, `not_text` (half a character) or `too_large`.
        """
        try:
            yield
        except UnicodeEncodeError as error:
            raise BadRequest("not_text") from error
        except OverflowError as error:
            raise BadRequest("too_large") from error
        except sqlite3.OperationalError as error:
            raise _operational(error, self.path) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError)):
                raise
            raise StoreError("damaged", path=str(self.path)) from error


@contextlib.contextmanager
def _patience(conn: sqlite3.Connection, wait_s: float | None) -> Iterator[None]:
    """Wait so long for other writers; afterwards as ever, since the connection may be one that stays open."""
    if wait_s is None:
        yield
        return
    conn.execute(f"PRAGMA busy_timeout = {round(wait_s * 1000)}")
    try:
        yield
    finally:
        conn.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")


def _undo(conn: sqlite3.Connection) -> None:
    """Undo what was not committed, also where the disk lets nothing be done any more."""
    if conn.in_transaction:
        with contextlib.suppress(sqlite3.Error):
            conn.execute("ROLLBACK")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _operational(error: sqlite3.OperationalError, path: Path) -> Exception:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatabaseBusy("busy", path=str(path))
    kinds = {
        sqlite3.SQLITE_FULL: "disk_full",
        sqlite3.SQLITE_IOERR: "disk_error",
        sqlite3.SQLITE_READONLY: "read_only",
        sqlite3.SQLITE_CANTOPEN: "cannot_open",
        sqlite3.SQLITE_CORRUPT: "damaged",
    }
    if code in kinds:
        return StoreError(kinds[code], path=str(path))
    return StoreError("damaged", path=str(path)) if "no such table" in str(error) else error
