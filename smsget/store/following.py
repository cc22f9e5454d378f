"""What somebody who follows a campaign wants to know: how fast it really goes, what holds it, which batches to look at.

Asked every second while it is sent, so nothing here looks at every batch of a large campaign.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from smsget.store.campaigns import Batch, batch_of
from smsget.store.clock import from_text, now, to_text
from smsget.store.database import Database

RECENT = timedelta(seconds=60)
MOST_RECENT = 5000
"""Batches that are looked at to tell the speed: more than leave in a minute, unless one is very fast."""

PICKS = {
    "": "1",
    "unknown": "state = 'unknown'",
    "refused": "state = 'refused'",
    "left": "state = 'left'",
    "waiting": "state IN ('queued', 'sending')",
    "cancelled": "state = 'cancelled'",
    "otherwise": "state = 'accepted' AND credits_used <> credits_quoted",
}
"""Kinds of batches to look at; `otherwise`: charged otherwise than quoted."""


@dataclass(frozen=True, slots=True)
class Speed:
    """So many people were answered for within so many seconds up to now; both 0 if nothing was answered lately."""

    people: int
    seconds: float

    @property
    def per_minute(self) -> float:
        """People a minute."""
        return 60 * self.people / self.seconds if self.seconds else 0.0


class Following:
    """A campaign while it goes out."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def speed(self, campaign_id: int) -> Speed:
        """What SMS-Get really took in the last minute, or since sending began if that is less."""
        moment = now()
        query = """SELECT min(sent_at) AS began, sum(recipients) AS people FROM (
                       SELECT sent_at, ended_at, recipients FROM batch
                       WHERE campaign_id = ?1 AND state = 'accepted' ORDER BY number DESC LIMIT ?2)
                   WHERE ended_at >= ?3 AND ended_at <= ?4"""
        with self._db.read() as conn:
            row = conn.execute(query, [campaign_id, MOST_RECENT, to_text(moment - RECENT), to_text(moment)]).fetchone()
        if not row["people"]:
            return Speed(0, 0.0)
        began = max(from_text(row["began"]), moment - RECENT)
        return Speed(row["people"], max((moment - began).total_seconds(), 1.0))

    def held_by(self, campaign_id: int) -> str:
        """Why the next batch could not leave the last time it was tried (`connect`, say); "" if it was not tried."""
        query = "SELECT code FROM batch WHERE campaign_id = ? AND state = 'queued' ORDER BY number LIMIT 1"
        with self._db.read() as conn:
            row = conn.execute(query, [campaign_id]).fetchone()
        return row["code"] if row else ""

    def refusal(self, campaign_id: int) -> Batch | None:
        """The first batch that SMS-Get refused, for the evidence it carries."""
        return next(iter(self.batches(campaign_id, "refused", limit=1)), None)

    def batches(self, campaign_id: int, pick: str = "", *, after: int = 0, limit: int = 50) -> list[Batch]:
        """The batches of one of the `PICKS` in order, those after number `after`."""
        query = f"SELECT * FROM batch WHERE campaign_id = ? AND number > ? AND {PICKS[pick]} ORDER BY number LIMIT ?"  # noqa: S608
        with self._db.read() as conn:
            return [batch_of(row) for row in conn.execute(query, [campaign_id, after, limit])]

    def count(self, campaign_id: int, pick: str) -> int:
        """How many batches one of the `PICKS` has."""
        query = f"SELECT count(*) FROM batch WHERE campaign_id = ? AND {PICKS[pick]}"  # noqa: S608
        with self._db.read() as conn:
            return int(conn.execute(query, [campaign_id]).fetchone()[0])
