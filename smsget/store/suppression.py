"""The suppression list: numbers nobody may text."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from smsget.store.clock import now, to_text
from smsget.store.database import Database


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A number nobody may text: why, where that came from (`person`, `reply`, `receipt`, `import`), since when, UTC."""

    phone: str
    reason: str
    source: str
    at: str


class Suppression:
    """The suppression list: numbers that are left out at check, at confirm and when a batch is claimed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, phones: Iterable[str], *, reason: str = "", source: str = "person") -> int:
        """Add numbers in wire form; return how many were new. A number that is there keeps its first reason."""
        with self._db.write() as conn:
            return suppress(conn, phones, reason, source)

    def remove(self, phones: Iterable[str]) -> list[Suppressed]:
        """Take numbers off the list; return what was removed."""
        removed = []
        with self._db.write() as conn:
            for phone in phones:
                row = conn.execute("DELETE FROM suppression WHERE phone = ? RETURNING *", [phone]).fetchone()
                if row:
                    removed.append(Suppressed(**row))
        return removed

    def all(self, *, like: str = "", limit: int | None = None, offset: int = 0) -> list[Suppressed]:
        """The list, newest first, without its first `offset` numbers; `like` keeps numbers that contain it."""
        query = "SELECT * FROM suppression WHERE phone LIKE ? ORDER BY at DESC, phone LIMIT ? OFFSET ?"
        values = [f"%{like}%", -1 if limit is None else limit, offset]
        with self._db.read() as conn:
            return [Suppressed(**row) for row in conn.execute(query, values)]

    def among(self, phones: Iterable[str]) -> dict[str, Suppressed]:
        """Those of these numbers that are on it, by number."""
        query = "SELECT * FROM suppression WHERE phone IN (SELECT value FROM json_each(?))"
        with self._db.read() as conn:
            return {row["phone"]: Suppressed(**row) for row in conn.execute(query, [json.dumps(list(phones))])}

    def phones(self) -> set[str]:
        """All numbers on it."""
        with self._db.read() as conn:
            return {row[0] for row in conn.execute("SELECT phone FROM suppression")}

    def count(self, *, like: str = "") -> int:
        """How many numbers are on it; `like` counts those that contain it."""
        query = "SELECT count(*) FROM suppression WHERE phone LIKE ?"
        with self._db.read() as conn:
            return int(conn.execute(query, [f"%{like}%"]).fetchone()[0])

    def fingerprint(self) -> str:
        """What is another one as soon as another set of numbers is on it."""
        query = "SELECT group_concat(phone) FROM (SELECT phone FROM suppression ORDER BY phone)"
        with self._db.read() as conn:
            return hashlib.sha256((conn.execute(query).fetchone()[0] or "").encode()).hexdigest()


def suppress(conn: sqlite3.Connection, phones: Iterable[str], reason: str, source: str) -> int:
    """Within a transaction: add numbers to the suppression list, return how many were new."""
    at, new = to_text(now()), 0
    for phone in phones:
        new += conn.execute(
            "INSERT INTO suppression (phone, reason, source, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [phone, reason, source, at],
        ).rowcount
    return new
