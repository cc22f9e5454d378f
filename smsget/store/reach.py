"""What became of every person of a campaign, and a new list of those it did not reach."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from smsget.errors import BadRequest
from smsget.store.database import Database
from smsget.store.lists import Lists, ReadyRow

NOT_REACHED = ("failed", "unsent", "unknown")
"""Why somebody was not reached: `failed` says the carrier, for good; `unsent` never left here; `unknown` may have got
it, for nobody knows what became of the request."""

_KIND = """CASE WHEN m.suppressed OR m.skipped THEN '' WHEN m.status = 'failed' THEN 'failed'
    WHEN b.state IN ('cancelled', 'refused') THEN 'unsent' WHEN b.state IN ('unknown', 'left') THEN 'unknown'
    ELSE '' END"""
_PAGE = 5000


@dataclass(frozen=True, slots=True)
class PersonOutcome:
    """One person of a campaign. `outcome` is `suppressed`, `skipped` or the state of the batch `batch`, whose `code`
    says why; `credits` is the quote for this person. The rest is what receipts said.
    """

    phone: str
    country: str
    batch: int
    outcome: str
    code: str
    sms_id: str
    credits: int | None
    sent_at: str | None
    status: str
    word: str
    status_at: str | None


class Reach:
    """Campaigns by the person. Everything streams: a million people fill no memory."""

    def __init__(self, db: Database, lists: Lists) -> None:
        self._db = db
        self._lists = lists

    def outcomes(self, campaign_id: int) -> Iterator[PersonOutcome]:
        """Everybody of a campaign in the order of its batches, as they stand while they are read."""
        query = """SELECT m.id, m.phone, m.country, b.number AS batch, b.code, coalesce(m.sms_id, '') AS sms_id,
                   CASE WHEN m.suppressed THEN 'suppressed' WHEN m.skipped THEN 'skipped' ELSE b.state END AS outcome,
                   m.credits, m.sent_at, m.status, m.word, m.status_at FROM message AS m
                   JOIN batch AS b ON b.id = m.batch_id
                   WHERE b.campaign_id = ? AND b.number = ? ORDER BY m.id"""
        numbers = "SELECT number FROM batch WHERE campaign_id = ? AND number > ? ORDER BY number LIMIT ?"
        after = 0
        while True:
            with self._db.read() as conn:
                page = [row[0] for row in conn.execute(numbers, [campaign_id, after, _PAGE // 250])]
                rows = [row for number in page for row in conn.execute(query, [campaign_id, number])]
            if not page:
                return
            after = page[-1]
            for row in rows:
                yield PersonOutcome(**{name: row[name] for name in PersonOutcome.__slots__})

    def not_reached(self, campaign_id: int) -> dict[str, int]:
        """How many people a campaign did not reach, by why (`NOT_REACHED`)."""
        with self._db.read() as conn:
            return _count(conn, campaign_id)

    def list_not_reached(self, campaign_id: int, name: str, kinds: Collection[str] = ("failed", "unsent")) -> int:
        """Save a new list of those a campaign did not reach, with their fields as far as its lists still exist.

        Who is on the suppression list is left out. Returns the list's id.
        Raises `BadRequest`: `no_such_campaign`, `name_missing`, `no_recipients`.
        """
        with self._db.read() as conn:
            if not conn.execute("SELECT 1 FROM campaign WHERE id = ?", [campaign_id]).fetchone():
                raise BadRequest("no_such_campaign", campaign=campaign_id)
            values = {"campaign": campaign_id, "kinds": json.dumps(list(kinds))}
            count = conn.execute(f"SELECT count(*) {_NOT_REACHED}", values).fetchone()[0]
            if not count:
                raise BadRequest("no_recipients")
            info = {
                "name": name, "file": "", "sha256": "", "encoding": "", "phone_column": "",
                "fields": _fields(conn, campaign_id), "rows": count, "ready": count, "blank": 0, "duplicates": 0,
                "suppressed": 0, "rejected": 0,
            }  # fmt: skip
            query = f"SELECT m.phone, m.country, {_THEIR_FIELDS} AS fields {_NOT_REACHED} ORDER BY m.id"
            rows = conn.execute(query, values)
            ready = (
                ReadyRow(row, one["phone"], one["country"], json.loads(one["fields"] or "{}"))
                for row, one in enumerate(rows, start=1)
            )
            return self._lists.save(info, ready)


_NOT_REACHED = f"""FROM message AS m JOIN batch AS b ON b.id = m.batch_id
    WHERE m.campaign_id = :campaign AND {_KIND} IN (SELECT value FROM json_each(:kinds))
    AND m.phone NOT IN (SELECT phone FROM suppression)"""  # noqa: S608
_THEIR_FIELDS = """(SELECT r.fields FROM campaign_list AS l JOIN recipient AS r
    ON r.list_id = l.list_id AND r.phone = m.phone WHERE l.campaign_id = :campaign LIMIT 1)"""


def _count(conn: sqlite3.Connection, campaign_id: int) -> dict[str, int]:
    query = f"""SELECT {_KIND} AS kind, count(*) AS people FROM message AS m JOIN batch AS b ON b.id = m.batch_id
                WHERE m.campaign_id = ? GROUP BY kind"""  # noqa: S608
    found = {row["kind"]: row["people"] for row in conn.execute(query, [campaign_id])}
    return {kind: found.get(kind, 0) for kind in NOT_REACHED}


def _fields(conn: sqlite3.Connection, campaign_id: int) -> list[str]:
    rows = conn.execute(
        """SELECT r.fields FROM campaign_list AS l JOIN recipient_list AS r ON r.id = l.list_id
           WHERE l.campaign_id = ? ORDER BY l.rowid""",
        [campaign_id],
    )
    return list(dict.fromkeys(name for row in rows for name in json.loads(row["fields"])))
