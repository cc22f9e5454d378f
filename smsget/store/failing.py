"""Numbers on saved lists that failed for good, to be offered for removal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from smsget.store.database import Database

FAILED_CAMPAIGNS = 3
"""So many campaigns (or messages of other programs) in a row that did not reach a number: it is dead, whatever the
single words say."""

# A delivery wipes the slate clean, and nothing else does: a number that does not exist stays one when the next text is
# reported in other words. Words that blame the text or name a refusal say nothing about the number. What other programs
# sent has no campaign here; each of their message ids is a sending of its own. The plus keeps SQLite from the index by
# status, by which it would go through every delivered message for each failed one; CROSS JOIN keeps the order as it is
# written.
_FAILING = f"""
    WITH failed AS (
        SELECT phone, max(upper(word) = 'MOBERROR') AS bad, max(status_at) AS last_at, count(*) AS failures,
               count(DISTINCT coalesce(campaign_id, sms_id)) FILTER (
                   WHERE upper(word) NOT IN ('REJERROR', 'MSGERROR', 'SYNTAXE', 'REJMOBIL')) AS campaigns
        FROM message AS f INDEXED BY message_failed
        WHERE status = 'failed' AND NOT EXISTS (
            SELECT 1 FROM message AS d
            WHERE d.phone = f.phone AND +d.status = 'delivered' AND d.status_at > f.status_at)
        GROUP BY phone)
    SELECT phone, iif(bad, 'bad_number', 'undelivered') AS why, failures, last_at FROM failed
    WHERE (bad OR campaigns >= {FAILED_CAMPAIGNS}) AND EXISTS (
        SELECT 1 FROM recipient_list AS l CROSS JOIN recipient AS r ON r.list_id = l.id AND r.phone = failed.phone
        WHERE l.complete AND (:lists IS NULL OR l.id IN (SELECT value FROM json_each(:lists))))
    ORDER BY last_at DESC, phone"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Failing:
    """A number on saved lists that failed for good.

    why: `bad_number` (MOBERROR was reported since it was last reached), or `undelivered` (it failed in at least three
    campaigns since then, not counting texts that were refused for what they say). failures: messages that failed
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
        wanted = None if list_ids is None else json.dumps(list(list_ids))
        on = """SELECT r.phone, l.id, l.name FROM recipient_list AS l CROSS JOIN json_each(:phones) AS p
                 CROSS JOIN recipient AS r ON r.list_id = l.id AND r.phone = p.value WHERE l.complete
                 ORDER BY l.id"""
        with self._db.read() as conn:
            found = conn.execute(_FAILING, {"lists": wanted}).fetchall()
            names: dict[str, list[tuple[int, str]]] = {row["phone"]: [] for row in found}
            for row in conn.execute(on, {"phones": json.dumps(list(names))}):
                names[row["phone"]].append((row["id"], row["name"]))
        return [Failing(**dict(row), lists=names[row["phone"]]) for row in found]
