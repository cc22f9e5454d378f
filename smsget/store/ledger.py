"""The ledger of points: what each campaign took, what came or went from elsewhere, and what was left each time."""

from __future__ import annotations

from dataclasses import dataclass

from smsget.store.database import Database
from smsget.store.settings import STRETCHES

# The numbers sort the movements of a stretch: what nothing explains happened before its first answer or between them.
_MOVEMENTS = f"""WITH {STRETCHES},
    steps AS (SELECT *, lag(until) OVER w AS since, credits - (lag(credits) OVER w - used) AS gap
              FROM ends WINDOW w AS (ORDER BY stretch)),
    answers AS (SELECT n.stretch, b.campaign_id, count(*) AS requests, -sum(n.answered) AS change, min(n.at) AS began,
                       max(n.at) AS until
                FROM numbered AS n LEFT JOIN batch AS b ON b.id = n.batch_id
                WHERE n.answered IS NOT NULL GROUP BY n.stretch, b.campaign_id),
    movements AS (
        SELECT 0 AS id, 'opening' AS kind, NULL AS campaign_id, 0 AS requests, began AS since, began AS until,
               credits + used AS change FROM ends WHERE stretch = (SELECT min(stretch) FROM ends)
        UNION ALL SELECT stretch * 100000, 'elsewhere', NULL, 0, since, began, gap FROM steps WHERE gap <> 0
        UNION ALL SELECT stretch * 100000 + row_number() OVER (PARTITION BY stretch ORDER BY began), 'campaign',
               campaign_id, requests, began, until, change FROM answers
        UNION ALL SELECT stretch * 100000 + 99999, 'settled', NULL, count(*), min(at), max(at), -sum(settled)
               FROM numbered WHERE settled <> 0 GROUP BY stretch),
    lines AS (SELECT *, sum(change) OVER (ORDER BY id) AS left FROM movements)"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Movement:
    """A line of the ledger. `change` are points, `left` those afterwards.

    `kind`: `opening` (what was there when first read), `campaign` (answers to `requests` of the campaign; None if it
    was purged), `settled` (requests without an answer, or with one that came late, that evidence says were charged),
    `elsewhere` (nothing of ours explains it: a top-up, another program, a charge without an answer).
    """

    id: int
    kind: str
    campaign_id: int | None
    campaign: str
    requests: int
    since: str
    until: str
    change: int
    left: int


class Ledger:
    """The points of an account as a bank would list them. Every line starts from what the one before it left."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def movements(
        self, account: str, *, before: int | None = None, limit: int = 50, kinds: tuple[str, ...] = ()
    ) -> list[Movement]:
        """Lines, newest first, those with an id below `before`; `kinds` filters."""
        wanted = ", ".join(f"'{kind}'" for kind in kinds if kind.isalpha())
        query = f"""{_MOVEMENTS} SELECT l.*, coalesce(c.name, '') AS campaign
                    FROM lines AS l LEFT JOIN campaign AS c ON c.id = l.campaign_id
                    WHERE (?2 IS NULL OR l.id < ?2) {f"AND kind IN ({wanted})" if wanted else ""}
                    ORDER BY l.id DESC LIMIT ?3"""  # noqa: S608
        with self._db.read() as conn:
            return [Movement(**row) for row in conn.execute(query, [account, before, limit])]

    def sums(self, account: str) -> dict[str, tuple[int, int]]:
        """By kind: how many lines there are, and the sum of their changes."""
        query = f"{_MOVEMENTS} SELECT kind, count(*) AS lines, sum(change) AS change FROM movements GROUP BY kind"  # noqa: S608
        with self._db.read() as conn:
            return {row["kind"]: (row["lines"], row["change"]) for row in conn.execute(query, [account])}
