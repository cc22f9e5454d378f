"""Numbers on saved lists that failed for good, to be offered for removal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from smsget.store.database import Database

FAILED_CAMPAIGNS = 3
"""So many campaigns in a row that did not reach a number: it is dead, whatever the single words say."""

# A delivery wipes the slate clean. Words that blame the text or name a refusal say nothing about the number.
_FAILING = f"""
    WITH failed AS (
        SELECT f.phone, f.status_at, upper(f.word) AS word, f.campaign_id FROM message AS f
        WHERE f.status = 'failed' AND f.phone IN (SELECT phone FROM recipient WHERE {{lists}})
        AND NOT EXISTS (SELECT 1 FROM message AS d
                        WHERE d.phone = f.phone AND d.status = 'delivered' AND d.status_at > f.status_at)),
    newest AS (SELECT phone, word, max(status_at) FROM failed GROUP BY phone),
    counted AS (
        SELECT phone, count(*) AS failures, max(status_at) AS last_at,
               count(DISTINCT campaign_id) FILTER (
                   WHERE word NOT IN ('REJERROR', 'MSGERROR', 'SYNTAXE', 'REJMOBIL')) AS campaigns
        FROM failed GROUP BY phone)
    SELECT phone, CASE newest.word WHEN 'MOBERROR' THEN 'bad_number' ELSE 'undelivered' END AS why, failures, last_at
    FROM counted JOIN newest USING (phone)
    WHERE newest.word = 'MOBERROR' OR campaigns >= {FAILED_CAMPAIGNS}"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Failing:
    """A number on saved lists that failed for good.

    why: `bad_number` (its newest final word is MOBERROR), or `undelivered` (it failed in at least three campaigns
    since it was last reached, not counting texts that were refused for what they say). failures: messages that failed
    since then. last_at: when the newest did (UTC). lists: (id, name) of the lists it is on.
    """

    phone: str
    why: str
    failures: int
    last_at: str
    lists: list[tuple[int, str]]


class FailingNumbers:
    """What of the saved lists cannot be reached any more."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def all(self, list_ids: Sequence[int] | None = None) -> list[Failing]:
        """Numbers on these lists (None: on any) that failed for good, the newest failure first."""
        lists = "list_id IN (SELECT value FROM json_each(:lists))"
        wanted = None if list_ids is None else json.dumps(list(list_ids))
        where = "1" if list_ids is None else lists
        on = """SELECT r.phone, l.id, l.name FROM recipient_list AS l JOIN json_each(:phones) AS p
                 JOIN recipient AS r ON r.list_id = l.id AND r.phone = p.value ORDER BY l.id"""
        with self._db.read() as conn:
            rows = conn.execute(f"{_FAILING.format(lists=where)} ORDER BY last_at DESC, phone", {"lists": wanted})
            found = rows.fetchall()
            names: dict[str, list[tuple[int, str]]] = {row["phone"]: [] for row in found}
            for row in conn.execute(on, {"phones": json.dumps(list(names))}):
                names[row["phone"]].append((row["id"], row["name"]))
        return [Failing(**dict(row), lists=names[row["phone"]]) for row in found]

    def counts(self, list_ids: Sequence[int] | None = None) -> dict[str, int]:
        """How many of `all` are there for each reason: `bad_number`, `undelivered`."""
        return dict(Counter(one.why for one in self.all(list_ids)))
