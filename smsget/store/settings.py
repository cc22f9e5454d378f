"""Settings, rates, templates, credit readings and the audit trail: the small tables."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smsget.campaigns import DEFAULT_RATES, Rates
from smsget.errors import BadRequest
from smsget.store.clock import now, to_text
from smsget.store.database import Database


class Settings:
    """Named settings, kept as JSON. Never a password: accounts live in the keychain or the environment."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a setting, or `default`."""
        with self._db.read() as conn:
            row = conn.execute("SELECT value FROM setting WHERE key = ?", [key]).fetchone()
        return default if row is None else json.loads(row[0])

    def set(self, key: str, value: Any) -> None:
        """Keep a setting (anything JSON can hold)."""
        with self._db.write() as conn:
            conn.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", [key, json.dumps(value, ensure_ascii=False)])

    def set_once(self, key: str, value: Any) -> Any:
        """Keep `value` unless the setting has one already; return what it is now. Safe between processes."""
        with self._db.write() as conn:
            conn.execute("INSERT OR IGNORE INTO setting VALUES (?, ?)", [key, json.dumps(value, ensure_ascii=False)])
            row = conn.execute("SELECT value FROM setting WHERE key = ?", [key]).fetchone()
        return json.loads(row[0])

    def rates(self) -> Rates:
        """Credits per segment and country; the published ones until somebody changes the table."""
        with self._db.read() as conn:
            return read_rates(conn)

    def set_rates(self, rates: Rates) -> None:
        """Replace the table of rates. Quotes of confirmed campaigns stay as they were."""
        rows = [(country, 0, each) for country, each in rates.one_way.items()]
        rows += [(country, 1, each) for country, each in rates.two_way.items()]
        with self._db.write() as conn:
            conn.execute("DELETE FROM rate")
            conn.executemany("INSERT INTO rate VALUES (?, ?, ?)", rows)
            conn.execute("INSERT OR REPLACE INTO setting VALUES ('rates_edited', 'true')")
            write_audit(conn, "person", "rates", None, rates=[list(row) for row in rows])


def read_rates(conn: sqlite3.Connection) -> Rates:
    """Within a transaction: the table of rates."""
    if not conn.execute("SELECT 1 FROM setting WHERE key = 'rates_edited'").fetchone():
        return DEFAULT_RATES
    rates: tuple[dict[str, int], dict[str, int]] = ({}, {})
    for row in conn.execute("SELECT country, two_way, credits FROM rate"):
        rates[row["two_way"]][row["country"]] = row["credits"]
    return Rates(one_way=rates[0], two_way=rates[1])


@dataclass(frozen=True, slots=True)
class Template:
    """A text kept for later use."""

    id: int
    name: str
    text: str
    updated_at: str


class Templates:
    """Texts kept under a name."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self) -> list[Template]:
        """Every template, by name."""
        with self._db.read() as conn:
            return [Template(**row) for row in conn.execute("SELECT * FROM template ORDER BY name")]

    def save(self, name: str, text: str) -> None:
        """Keep a text under a new name. Raises `BadRequest`: `name_missing`, `name_taken` (`name`; by another text)."""
        if not name.strip():
            raise BadRequest("name_missing")
        with self._db.write() as conn:
            kept = conn.execute(
                """INSERT INTO template (name, text, updated_at) VALUES (?, ?, ?)
                   ON CONFLICT (name) DO UPDATE SET updated_at = excluded.updated_at WHERE text = excluded.text
                   RETURNING id""",
                [name.strip(), text, to_text(now())],
            ).fetchone()
            if kept is None:
                raise BadRequest("name_taken", name=name.strip())

    def change(self, template_id: int, name: str, text: str) -> None:
        """Give a template another name or text. Raises `BadRequest`: `name_missing`, `name_taken` (`name`).

        One that was deleted meanwhile is kept again under this name.
        """
        name = name.strip()
        if not name:
            raise BadRequest("name_missing")
        with self._db.write() as conn:
            if conn.execute("SELECT 1 FROM template WHERE name = ? AND id <> ?", [name, template_id]).fetchone():
                raise BadRequest("name_taken", name=name)
            conn.execute(
                """INSERT INTO template (id, name, text, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT (id)
                   DO UPDATE SET name = excluded.name, text = excluded.text, updated_at = excluded.updated_at""",
                [template_id, name, text, to_text(now())],
            )

    def delete(self, template_id: int) -> None:
        """Forget a template."""
        with self._db.write() as conn:
            conn.execute("DELETE FROM template WHERE id = ?", [template_id])


@dataclass(frozen=True, slots=True)
class CreditReading:
    """Credits left on an account at a time. `used` and `batch_id` are set when it came with the answer to a batch."""

    at: str
    account: str
    credits: int
    used: int | None
    batch_id: int | None


@dataclass(frozen=True, slots=True)
class Spending:
    """What the campaign `id` was quoted and what the answers charged, in credits.

    `quoted` is what was confirmed. `answered_quoted` and `answered_used` compare like with like: the batches that
    were accepted and whose rates are known. `used` is everything charged, `again` the part of it for requests that a
    person had sent again though the first turned out to have arrived. `unknown_rate` counts recipients without a rate
    by country, `unknown` those whose outcome is not known, so that they may have been charged or not.
    """

    id: int
    name: str
    state: str
    confirmed_at: str
    recipients: int
    accepted: int
    unknown: int
    quoted: int
    answered_quoted: int
    answered_used: int
    used: int
    again: int
    unknown_rate: dict[str, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """In so many `batches` SMS-Get took the points of `counted` parts where the text has `segments` by our rule.

    `counted` is None where it is no whole number of parts: a number that it could not reach costs nothing.
    """

    segments: int
    counted: int | None
    batches: int


@dataclass(frozen=True, slots=True)
class Unexplained:
    """Credits that came (+) or went (-) between two readings without an answer to one of our requests saying so."""

    since: str
    until: str
    change: int


IN_FLIGHT_S = 120
"""Longer than any request is under way. Answers that are closer together may have been kept out of order."""


STRETCHES = f"""
    marked AS (
        SELECT id, at, credits, batch_id, used AS answered, settled, coalesce(used, 0) + settled AS used,
               at_rest OR coalesce(lag(at_rest) OVER w, 1)
               OR julianday(at) - julianday(lag(at) OVER w) > {IN_FLIGHT_S} / 86400.0 AS starts
        FROM credit_reading WHERE account = ?1 WINDOW w AS (ORDER BY at, id)),
    numbered AS (SELECT *, sum(starts) OVER (ORDER BY at, id) AS stretch FROM marked),
    ends AS (SELECT stretch, min(at) AS began, max(at) AS until, min(credits) AS credits, sum(used) AS used
             FROM numbered GROUP BY stretch)"""  # noqa: S608
"""SQL: the readings of an account in stretches whose own order cannot be told, and how each of them ended.

Answers of a campaign overtake each other, so those that are close together are one stretch, which ends with its lowest.
A reading that was taken at rest stands for itself.
"""


class Credits:
    """What is known of the credits of an account over time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def keep(self, account: str, credits: int, *, at_rest: bool = False) -> int:
        """Keep the answer of a credit query, return its id. `at_rest`: no request of ours was under way meanwhile."""
        with self._db.write() as conn:
            return keep_reading(conn, account, credits, at_rest=at_rest)

    def latest(self, account: str) -> CreditReading | None:
        """The newest reading of an account."""
        readings = self.history(account, limit=1)
        return readings[0] if readings else None

    def history(self, account: str, *, limit: int = 1000) -> list[CreditReading]:
        """Readings, newest first."""
        query = """SELECT at, account, credits, used, batch_id FROM credit_reading
                   WHERE account = ? ORDER BY at DESC, id DESC LIMIT ?"""
        with self._db.read() as conn:
            return [CreditReading(**row) for row in conn.execute(query, [account, limit])]

    def over_time(self, account: str, *, points: int = 500) -> list[tuple[str, int]]:
        """At most so many (time, credits), oldest first: of each stretch of readings its last one."""
        query = """WITH cut AS (SELECT at, credits, ntile(?2) OVER (ORDER BY at, id) AS stretch
                                FROM credit_reading WHERE account = ?1)
                   SELECT max(at) AS at, credits FROM cut GROUP BY stretch ORDER BY at"""
        with self._db.read() as conn:
            return [(row["at"], row["credits"]) for row in conn.execute(query, [account, points])]

    def unexplained(self, account: str, *, limit: int = 50) -> list[Unexplained]:
        """Changes that the answers do not explain, newest first: a top-up, another program, a charge without answer.

        Answers of a campaign overtake each other, so readings that are close together are one stretch, which ends
        with its lowest; a top-up in the middle of one shows its whole amount by the reading after it. A reading that
        was taken at rest (the engine's before its first request) stands for itself. What evidence gave to a request
        without an answer is explained.
        """
        with self._db.read() as conn:
            return unexplained(conn, account, limit=limit)

    def spending(self, account: str, *, before: int | None = None, limit: int = 50) -> list[Spending]:
        """What the account's campaigns cost, newest first: those with an id below `before`."""
        query = """
            SELECT c.id, c.name, c.state, c.confirmed_at, c.recipients, c.credits_quoted AS quoted,
                   c.unknown_rate,
                   coalesce(sum(b.recipients) FILTER (WHERE b.state = 'accepted'), 0) AS accepted,
                   coalesce(sum(b.recipients) FILTER (WHERE b.state IN ('unknown', 'left')), 0) AS unknown,
                   coalesce(sum(b.credits_quoted) FILTER (WHERE b.credits_used IS NOT NULL), 0) AS answered_quoted,
                   coalesce(sum(b.credits_used) FILTER (WHERE b.credits_quoted IS NOT NULL), 0) AS answered_used,
                   coalesce(sum(b.credits_used), 0) AS used,
                   coalesce(sum(iif(b.maybe_sent, (SELECT sum(a.credits_used) FROM attempt AS a
                       WHERE a.batch_id = b.id AND a.sms_id IS NOT b.sms_id), 0)), 0) AS again
            FROM campaign AS c LEFT JOIN batch AS b ON b.campaign_id = c.id
            WHERE c.id IN (SELECT id FROM campaign WHERE state <> 'draft' AND account = ?1 AND (?2 IS NULL OR id < ?2)
                           ORDER BY id DESC LIMIT ?3)
            GROUP BY c.id ORDER BY c.id DESC"""
        with self._db.read() as conn:
            rows = conn.execute(query, [account, before, limit])
            return [
                Spending(**{
                    **dict(row),
                    "used": row["used"] + row["again"],
                    "unknown_rate": json.loads(row["unknown_rate"]),
                })
                for row in rows
            ]  # fmt: skip

    def differences(self, campaign_id: int) -> list[Difference]:
        """Where the answers to a campaign's batches took other points than were quoted, the most frequent first."""
        query = """SELECT segments, iif(credits_used * segments % credits_quoted, NULL,
                          credits_used * segments / credits_quoted) AS counted, count(*) AS batches
                   FROM batch WHERE campaign_id = ? AND credits_quoted > 0 AND credits_used <> credits_quoted
                   GROUP BY 1, 2 ORDER BY 3 DESC, 1"""
        with self._db.read() as conn:
            return [Difference(**row) for row in conn.execute(query, [campaign_id])]

    def spending_count(self, account: str) -> int:
        """How many campaigns `spending` has in all."""
        query = "SELECT count(*) FROM campaign WHERE state <> 'draft' AND account = ?"
        with self._db.read() as conn:
            return int(conn.execute(query, [account]).fetchone()[0])


def unexplained(conn: sqlite3.Connection, account: str, *, limit: int) -> list[Unexplained]:
    """Within a transaction: `Credits.unexplained`."""
    query = f"""WITH {STRETCHES},
        changes AS (SELECT lag(until) OVER w AS since, began AS until,
                           credits - (lag(credits) OVER w - used) AS change
                    FROM ends WINDOW w AS (ORDER BY stretch))
        SELECT since, until, change FROM changes WHERE change <> 0 ORDER BY until DESC LIMIT ?"""  # noqa: S608
    return [Unexplained(**row) for row in conn.execute(query, [account, limit])]


def keep_reading(
    conn: sqlite3.Connection,
    account: str,
    credits: int,
    used: int | None = None,
    batch_id: int | None = None,
    *,
    at_rest: bool = False,
) -> int:
    """Within a transaction: keep one reading of the credits left, return its id."""
    made = conn.execute(
        "INSERT INTO credit_reading (at, account, credits, used, batch_id, at_rest) VALUES (?, ?, ?, ?, ?, ?)",
        [to_text(now()), account, credits, used, batch_id, int(at_rest)],
    )
    return made.lastrowid or 0


def write_audit(conn: sqlite3.Connection, actor: str, action: str, campaign_id: int | None, **detail: Any) -> None:
    """Within a transaction: note who did what. No message texts and no lists of numbers."""
    conn.execute(
        "INSERT INTO audit (at, actor, action, campaign_id, detail) VALUES (?, ?, ?, ?, ?)",
        [to_text(now()), actor, action, campaign_id, json.dumps(detail, ensure_ascii=False)],
    )


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what and when (UTC)."""

    at: str
    actor: str
    action: str
    campaign_id: int | None
    detail: Mapping[str, Any]


class Audit:
    """The trail of decisions."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self, *, campaign_id: int | None = None, limit: int = 200) -> list[AuditEntry]:
        """Entries, newest first."""
        query = """SELECT at, actor, action, campaign_id, detail FROM audit
                   WHERE ?1 IS NULL OR campaign_id = ?1 ORDER BY id DESC LIMIT ?2"""
        with self._db.read() as conn:
            rows = conn.execute(query, [campaign_id, limit])
            return [AuditEntry(**{**dict(row), "detail": json.loads(row["detail"])}) for row in rows]
