"""Whom a campaign did not reach: a saved list of them, and every recipient's outcome as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smsget.store.campaigns import get_campaign
from smsget.store.database import Database
from smsget.store.filling import pour_files
from smsget.store.lists import keep_file, known_list, new_list, recount

WHYS = ("failed", "none", "refused", "cancelled", "left", "skipped")
"""Why somebody was not reached, or may not have been: not delivered, accepted but without a receipt so far, refused by
SMS-Get, cancelled before it was sent, of unknown outcome and left so, texted lately."""

# Whoever must not be texted is on no list to text again, and what is still under way is not decided yet.
_WHY = """CASE WHEN m.phone IN (SELECT phone FROM suppression) OR m.suppressed THEN ''
    WHEN m.skipped THEN 'skipped'
    WHEN b.state = 'accepted' THEN CASE m.status WHEN 'failed' THEN 'failed' WHEN '' THEN 'none' ELSE '' END
    WHEN b.state IN ('refused', 'cancelled', 'left') THEN b.state ELSE '' END"""
_OF_CAMPAIGN = "FROM message AS m JOIN batch AS b ON b.id = m.batch_id WHERE m.campaign_id = :campaign"


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
        wanted = f"{_OF_CAMPAIGN} AND {_WHY} IN (SELECT value FROM json_each(:whys))"  # noqa: S608
        with self._db.write() as conn:
            campaign = get_campaign(conn, campaign_id)
            sources = [known_list(conn, number) for number, _name in campaign.lists if number is not None]
            fields = [field for one in sources for field in one.fields]
            to = new_list(conn, name, fields, origin="combined")
            for one in sources:
                numbers = pour_files(conn, one, known_list(conn, to))
                files = " ".join(f"WHEN {old} THEN {new}" for old, new in numbers.items())
                conn.execute(
                    f"""INSERT INTO recipient (list_id, position, file, row, phone, country, fields)
                        SELECT :to, position + (SELECT coalesce(max(position), 0) FROM recipient WHERE list_id = :to),
                               CASE file {files} ELSE 1 END, row, phone, country, fields
                        FROM recipient AS people WHERE list_id = :source AND EXISTS (
                            SELECT 1 {wanted} AND m.phone = people.phone)
                        ORDER BY position ON CONFLICT (list_id, phone) DO NOTHING""",  # noqa: S608
                    {**values, "to": to, "source": one.id},
                )
            rest = conn.execute(
                f"""INSERT INTO recipient (list_id, position, file, row, phone, country, fields)
                    SELECT :to, m.id + (SELECT coalesce(max(position), 0) FROM recipient WHERE list_id = :to),
                           1, 0, m.phone, m.country, '{{}}' {wanted}
                    ORDER BY m.id ON CONFLICT (list_id, phone) DO NOTHING""",  # noqa: S608
                {**values, "to": to},
            ).rowcount
            if not sources:
                keep_file(conn, to, 1, {"file": campaign.name, "sha256": "", "sheet": "", "encoding": "",
                                        "phone_column": "", "rows": rest, "ready": rest, "blank": 0, "duplicates": 0,
                                        "suppressed": 0, "rejected": 0})  # fmt: skip
            recount(conn, to)
            return to

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
