"""Whom a campaign did not reach: a saved list of them, and every recipient's outcome as a table."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from smsget.store import growing
from smsget.store.campaigns import get_campaign
from smsget.store.database import Database
from smsget.store.filling import INSERT_PERSON, pour_files
from smsget.store.growing import WHOLE_ROWS, Growing
from smsget.store.lists import ListFile, ListInfo, keep_file, known_list, new_list, recount

WHYS = ("failed", "none", "refused", "cancelled", "left", "skipped")
"""Why somebody was not reached, or may not have been: not delivered, accepted but without a receipt so far, refused by
SMS-Get, cancelled before it was sent, of unknown outcome and left so, texted lately."""

# Whoever must not be texted is on no list to text again, and what is still under way is not decided yet.
_WHY = """CASE WHEN m.phone IN (SELECT phone FROM suppression) OR m.suppressed THEN ''
    WHEN m.skipped THEN 'skipped'
    WHEN b.state = 'accepted' THEN CASE m.status WHEN 'failed' THEN 'failed' WHEN '' THEN 'none' ELSE '' END
    WHEN b.state IN ('refused', 'cancelled', 'left') THEN b.state ELSE '' END"""
_OF_CAMPAIGN = "FROM message AS m JOIN batch AS b ON b.id = m.batch_id WHERE m.campaign_id = :campaign"

_WANTED = f"{_OF_CAMPAIGN} AND {_WHY} IN (SELECT value FROM json_each(:whys))"  # noqa: S608
_INSERT_ONCE = f"{INSERT_PERSON} ON CONFLICT (list_id, phone) DO NOTHING"


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """What became of one recipient. `outcome` is the state of the batch, or `suppressed`, `skipped`; `status` the
    delivery ("" without a receipt). `points` is what was quoted for the person; None where the rate is unknown.
    """

    id: int
    phone: str
    country: str
    batch: int
    outcome: str
    code: str
    points: int | None
    sent_at: str | None
    sms_id: str | None
    status: str
    word: str
    status_at: str | None


class Unreached:
    """The people of a campaign one by one."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def count(self, campaign_id: int) -> dict[str, int]:
        """How many people were not reached, by why (`WHYS`); who is on the suppression list is not among them."""
        query = f"SELECT {_WHY} AS why, count(*) AS people {_OF_CAMPAIGN} GROUP BY why"
        with self._db.read() as conn:
            found = {row["why"]: row["people"] for row in conn.execute(query, {"campaign": campaign_id})}
        return {why: found[why] for why in WHYS if why in found}

    def save(self, campaign_id: int, name: str, whys: Sequence[str]) -> int:
        """Save those people as a list of their own, with the fields they have on the campaign's lists; its id.

        Who is on none of them any more (the list was deleted) comes without fields.
        Raises `BadRequest`: `name_missing`, `no_such_campaign`.
        """
        values = {"campaign": campaign_id, "whys": json.dumps(list(whys))}
        with self._db.read() as conn:
            campaign = get_campaign(conn, campaign_id)
            sources = [known_list(conn, number) for number, _name in campaign.lists if number is not None]

        def make(conn: sqlite3.Connection) -> int:
            return new_list(conn, name, [field for one in sources for field in one.fields], origin="combined")

        with growing.new_one(self._db, make) as target:
            _take_over(target, sources, values)
            rest = target.insert(_INSERT_ONCE, self._others(target.list_id, values))
            with target.finish() as conn:
                if not sources:
                    keep_file(conn, target.list_id, 1, _no_file(campaign.name, rest))
                recount(conn, target.list_id)
            return target.list_id

    def _others(self, to: int, values: Mapping[str, object]) -> Iterator[tuple[object, ...]]:
        """Who is on none of the campaign's lists any more, as rows of the list `to`; read a page at a time."""
        query = f"""SELECT m.id, m.phone, m.country {_WANTED} AND m.id > :after AND NOT EXISTS (
                        SELECT 1 FROM recipient AS r WHERE r.list_id = :to AND r.phone = m.phone)
                    ORDER BY m.id LIMIT {growing.CHUNK}"""  # noqa: S608
        after, position = 0, 0
        while True:
            with self._db.read() as conn:
                position = position or _last_position(conn, to)
                rows = conn.execute(query, {**values, "to": to, "after": after}).fetchall()
            if not rows:
                return
            for row in rows:
                position += 1
                yield to, position, 1, 0, row["phone"], row["country"], "{}"
            after = rows[-1]["id"]

    def outcomes(self, campaign_id: int) -> Iterator[OutcomeRow]:
        """What became of everybody, batch by batch, read a page at a time."""
        query = """SELECT m.id, m.phone, m.country, b.number AS batch, CASE WHEN m.suppressed THEN 'suppressed'
                   WHEN m.skipped THEN 'skipped' ELSE b.state END AS outcome, b.code, m.credits AS points, m.sent_at,
                   m.sms_id, m.status, m.word, m.status_at
                   FROM message AS m JOIN batch AS b ON b.id = m.batch_id
                   WHERE m.campaign_id = ? AND m.id > ? ORDER BY m.id LIMIT 5000"""
        after = 0
        while True:
            with self._db.read() as conn:
                rows = [OutcomeRow(**row) for row in conn.execute(query, [campaign_id, after])]
            if not rows:
                return
            yield from rows
            after = rows[-1].id


def _take_over(target: Growing, sources: Sequence[ListInfo], values: Mapping[str, object]) -> None:
    """Put those of the people who are still on the campaign's lists on the new one, with their fields and lines."""
    files: list[ListFile] = []
    for one in sources:
        with target.chunk() as conn:
            numbers = pour_files(conn, one.files, target.list_id, files)
            base = _last_position(conn, target.list_id)
        files += [replace(file, number=numbers[file.number]) for file in one.files]
        renumbered = " ".join(f"WHEN {old} THEN {new}" for old, new in numbers.items())
        statement = f"""INSERT INTO recipient (list_id, position, file, row, phone, country, fields)
            SELECT :to, :base + position, CASE file {renumbered} ELSE 1 END, row, phone, country, fields
            FROM recipient AS people WHERE list_id = :source AND position > :after AND position <= :upto
            AND {WHOLE_ROWS.format(list=":source")} AND EXISTS (SELECT 1 {_WANTED} AND m.phone = people.phone)
            ORDER BY position ON CONFLICT (list_id, phone) DO NOTHING"""  # noqa: S608
        target.insert_from(
            statement, "recipient", one.id, {**values, "to": target.list_id, "base": base, "source": one.id}
        )


def _last_position(conn: sqlite3.Connection, list_id: int) -> int:
    query = "SELECT coalesce(max(position), 0) FROM recipient WHERE list_id = ?"
    return int(conn.execute(query, [list_id]).fetchone()[0])


def _no_file(name: str, people: int) -> dict[str, object]:
    """What stands for the files of a list whose people are known from a campaign alone."""
    empty: dict[str, object] = dict.fromkeys(("sha256", "sheet", "encoding", "phone_column"), "")
    none: dict[str, object] = dict.fromkeys(("blank", "duplicates", "suppressed", "rejected"), 0)
    return {"file": name, "rows": people, "ready": people, **empty, **none}
