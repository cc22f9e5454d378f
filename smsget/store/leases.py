"""The lease that lets one engine at a time send, and the note that somebody looks at the dashboard."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from smsget.errors import DatabaseBusy
from smsget.store.clock import from_text, now, to_text, uptime
from smsget.store.database import Database

LOOK_WAIT_S = 0.05
"""How long a page waits to note that somebody looks."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who may send. `info` tells the pages where the engine serves: `sandbox_url`, `callback_url`.

    `expires_up` is the end by the uptime (`clock.uptime`) of the holder's computer; only there it means anything.
    """

    owner: str
    host: str
    pid: int
    account: str
    taken_at: str
    beat_at: str
    expires_at: str
    stop_requested: bool
    info: dict[str, Any]
    expires_up: float | None = None


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
                """INSERT OR REPLACE INTO lease (name, owner, host, pid, account, taken_at, beat_at, expires_at,
                   stop_requested, info, expires_up) VALUES ('engine', ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)""",
                [lease.owner, lease.host, lease.pid, lease.account, lease.taken_at, lease.beat_at, lease.expires_at,
                 json.dumps(lease.info), lease.expires_up],
            )  # fmt: skip
            return True

    def beat(self, owner: str, seconds: float, info: Mapping[str, Any]) -> bool | None:
        """Prolong the lease. True: go on; False: somebody asked this engine to stop; None: the lease is lost."""
        with self._db.write() as conn:
            row = conn.execute(
                """UPDATE lease SET beat_at = ?, expires_at = ?, expires_up = ?, info = ?
                   WHERE name = 'engine' AND owner = ? RETURNING stop_requested""",
                [to_text(now()), to_text(now() + timedelta(seconds=seconds)), uptime() + seconds, json.dumps(info),
                 owner],
            ).fetchone()  # fmt: skip
        return None if row is None else not row["stop_requested"]

    def release(self, owner: str) -> None:
        """Give the lease back."""
        with self._db.write() as conn:
            conn.execute("DELETE FROM lease WHERE name = 'engine' AND owner = ?", [owner])

    def wait_for_turn(self) -> None:
        """Return when nobody else is writing. Raises `DatabaseBusy` when that takes too long."""
        with self._db.write():
            pass

    def request_stop(self) -> None:
        """Ask the running engine to finish what is in flight and end."""
        with self._db.write() as conn:
            conn.execute("UPDATE lease SET stop_requested = 1 WHERE name = 'engine'")

    def look(self, *, every_s: float = 10) -> None:
        """Note that somebody looks at the dashboard, at most every few seconds."""
        moment = now()
        seen = self.last_look()
        if seen is None or not timedelta() <= moment - seen < timedelta(seconds=every_s):
            # no page waits for that; the next one says it
            with contextlib.suppress(DatabaseBusy), self._db.write(wait_s=LOOK_WAIT_S) as conn:
                conn.execute("INSERT OR REPLACE INTO setting VALUES ('looked_at', ?)", [json.dumps(to_text(moment))])

    def last_look(self) -> datetime | None:
        """When somebody last looked."""
        with self._db.read() as conn:
            row = conn.execute("SELECT value FROM setting WHERE key = 'looked_at'").fetchone()
        return from_text(json.loads(row[0])) if row else None
