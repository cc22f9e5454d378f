"""What is known for the review of a campaign: the rules of the settings, and what was sent before."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from smsget.campaigns import MissingValue, ReviewRules, SendWindow, SentBefore
from smsget.errors import BadRequest
from smsget.store.audience import ROWS_OF_LISTS
from smsget.store.clock import from_text, now
from smsget.store.database import Database
from smsget.store.planning import Wanted, all_missing
from smsget.store.settings import Settings

LIST_AGE_DAYS, TYPED_FROM, GRACE_MINUTES = 90, 1000, 60
"""What holds until somebody changes it: days until a list counts as old, people from which on their count has to be
typed, minutes that a campaign which this computer holds may be late."""


MOST_BEFORE = 3
_REACHED = f"""WITH people AS (SELECT phone FROM {ROWS_OF_LISTS} UNION SELECT value FROM json_each(:phones))
    SELECT EXISTS (SELECT 1 FROM campaign_list WHERE campaign_id = :campaign
                   AND list_id IN (SELECT value FROM json_each(:lists)))
    OR (SELECT count(DISTINCT phone) FROM message WHERE campaign_id = :campaign AND suppressed = 0 AND skipped = 0
        AND phone IN (SELECT phone FROM people)) * 10 >= max(1, (SELECT count(*) FROM people))"""  # noqa: S608
"""SQL: whether `:campaign` went to one of `:lists`, or to a tenth of the people on them and of `:phones`."""


def _same(text: str) -> str:
    """A text as it is compared: without regard to width, invisible characters and white space."""
    return "".join(re.sub("[\xad\u200b-\u200f\u2060\ufeff]", "", unicodedata.normalize("NFKC", text)).split())


class Reviewing:
    """The settings that a review rests on, and the facts from earlier campaigns."""

    def __init__(self, db: Database) -> None:
        self._db, self._settings = db, Settings(db)

    def rules(self) -> ReviewRules:
        """What the settings say."""
        get = self._settings.get
        return ReviewRules(
            brands=get("brands", []),
            links=get("registered_links", []),
            phones=get("registered_phones", []),
            refusals=get("refusal_phrases", []),
            window=self.window(),
            list_age=get("list_age_days", LIST_AGE_DAYS),
        )

    def window(self) -> SendWindow:
        """The hours in which texts usually may go out, Taipei time."""
        with self._db.read() as conn:
            return usual_window(conn)

    def own_numbers(self) -> list[str]:
        """The numbers that tests are sent to, in wire form."""
        return list(self._settings.get("own_numbers", []))

    def typed_from(self) -> int:
        """From so many people on, confirming asks that their count be typed."""
        return int(self._settings.get("typed_from", TYPED_FROM))

    def grace_s(self) -> int:
        """Seconds that a campaign which this computer holds may be late before it asks."""
        return 60 * int(self._settings.get("grace_minutes", GRACE_MINUTES))

    def list_ages(self, list_ids: Sequence[int]) -> list[tuple[str, int]]:
        """Name and age in days of these lists; a list is as old as the newest file in it."""
        query = """SELECT l.name, max(l.created_at, coalesce((SELECT max(added_at) FROM list_file
                   WHERE list_id = l.id), '')) AS made
                   FROM recipient_list AS l WHERE l.id IN (SELECT value FROM json_each(?)) ORDER BY l.id"""
        moment = now()
        with self._db.read() as conn:
            rows = conn.execute(query, [json.dumps(list(list_ids))]).fetchall()
        return [(row["name"], (moment - from_text(row["made"])).days) for row in rows]

    def sent_before(self, list_ids: Sequence[int], text: str, phones: Collection[str] = ()) -> list[SentBefore]:
        """Campaigns that sent this text to one of these lists or to many of these people, newest first, at most three.

        Many is a tenth of the distinct numbers of the lists and of `phones` (wire form). White space and width make
        no other text. Cancelled campaigns count only if they began.
        """
        query = """SELECT id, name, text, confirmed_at FROM campaign AS c
                   WHERE state <> 'draft' AND test = 0
                   AND (state <> 'cancelled' OR EXISTS (SELECT 1 FROM batch WHERE campaign_id = c.id
                                                        AND state IN ('accepted', 'sending', 'unknown', 'left')))
                   ORDER BY id DESC"""
        wanted = _same(text)
        values = {"lists": json.dumps(list(list_ids)), "phones": json.dumps(list(phones))}
        found: list[SentBefore] = []
        with self._db.read() as conn:
            for row in [one for one in conn.execute(query) if _same(one["text"]) == wanted]:
                if len(found) < MOST_BEFORE and conn.execute(_REACHED, {**values, "campaign": row["id"]}).fetchone()[0]:
                    found.append(SentBefore(row["id"], row["name"], from_text(row["confirmed_at"])))
        return found

    def requests_begun(self) -> int:
        """How many requests there ever were: another number as soon as somebody is texted."""
        with self._db.read() as conn:
            return int(conn.execute("SELECT count(*) FROM attempt").fetchone()[0])

    def missing(self, list_ids: Sequence[int], text: str, *, skip_days: int | None = None) -> list[MissingValue]:
        """Everybody without a value for a field of the text that has no fallback, field by field.

        Raises what `campaigns.quote` raises.
        """
        with self._db.read() as conn:
            return list(all_missing(conn, Wanted(list_ids, text, skip_days=skip_days)))


def usual_window(conn: sqlite3.Connection) -> SendWindow:
    """Within a transaction: the window of the settings, Taipei time."""
    row = conn.execute("SELECT value FROM setting WHERE key = 'send_window'").fetchone()
    kept: Any = json.loads(row[0]) if row else None
    return read_window(*kept) if kept else SendWindow()


def read_window(start: str, end: str) -> SendWindow:
    """A window from two times of day, `09:00` and `21:00`. Raises `BadRequest('bad_window')`."""
    try:
        opens, closes = (datetime.strptime(each.strip(), "%H:%M").time() for each in (start, end))  # noqa: DTZ007
    except ValueError:
        raise BadRequest("bad_window", start=start, end=end) from None
    return SendWindow(opens, closes)
