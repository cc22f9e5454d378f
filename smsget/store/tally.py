"""Figures of delivery, out of counters that are kept as messages change, so that none reads the messages.

Triggers keep the tables `tally` and `delay` within the transaction that changes a message: an undone transaction, a
killed process, a purge or a deleted campaign cannot leave them behind. `check` counts anew and compares.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smsget.receipts import TAIPEI
from smsget.store.clock import from_text, to_text

GROUPS = ("delivered", "failed", "pending", "other", "no_receipt")
"""The groups of a message that SMS-Get accepted; `messages` is their sum."""

_SUMS = """coalesce(sum(messages), 0) AS messages,
    coalesce(sum(messages) FILTER (WHERE status = 'delivered'), 0) AS delivered,
    coalesce(sum(messages) FILTER (WHERE status = 'failed'), 0) AS failed,
    coalesce(sum(messages) FILTER (WHERE status = 'pending'), 0) AS pending,
    coalesce(sum(messages) FILTER (WHERE status = 'other'), 0) AS other,
    coalesce(sum(messages) FILTER (WHERE status = ''), 0) AS no_receipt"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Delivery figures. `messages` were accepted by SMS-Get: `own` from here, the others from other programs, of which
    only the receipts are known. `messages = delivered + failed + pending + other + no_receipt`; `receipts` counts the
    messages with at least one receipt, `by_status` by status word.
    """

    messages: int
    own: int
    receipts: int
    by_status: dict[str, int]
    delivered: int
    failed: int
    pending: int
    other: int
    no_receipt: int


@dataclass(frozen=True, slots=True)
class Figures:
    """One row of a comparison. `key` is what it is of: a campaign's id, a Taipei day, a country's code, a status word.

    `messages = delivered + failed + pending + other + no_receipt`. `credits` are those quoted for these messages, None
    where a rate was unknown for all; `per_credit` are messages delivered per credit.
    """

    key: str
    messages: int
    delivered: int
    failed: int
    pending: int
    other: int
    no_receipt: int
    credits: int

    @property
    def share(self) -> float | None:
        """The share delivered of those with a final result, None while there is none."""
        final = self.delivered + self.failed
        return self.delivered / final if final else None

    @property
    def per_credit(self) -> float | None:
        """Messages delivered for one credit, None where nothing was charged."""
        return self.delivered / self.credits if self.credits else None


@dataclass(frozen=True, slots=True)
class Delays:
    """How long messages took from sending to delivery, in seconds.

    `median` and `ninety` (90 % took at most so long) are None without a message. `curve` is (seconds, share delivered
    within them), rising to 1. Buckets are 5 s wide up to a minute, 30 s to ten minutes, 5 minutes to an hour, then
    hours, then days up to a week; values are the upper ends of theirs.
    """

    messages: int
    median: int | None
    ninety: int | None
    curve: list[tuple[int, float]]


_WIDTHS = ((60, 5), (600, 30), (3600, 300), (86400, 3600), (604800, 86400))


def _upper(seconds: int) -> int:
    return next((seconds + width for limit, width in _WIDTHS if seconds < limit), seconds)


def summary(conn: sqlite3.Connection, campaign_id: int | None = None) -> Summary:
    """The figures of one campaign, or of everything."""
    query = f"""SELECT campaign_id > 0 AS own, status, word, sum(messages) AS count FROM tally
                {"WHERE campaign_id = ?" if campaign_id is not None else ""} GROUP BY 1, 2, 3"""  # noqa: S608
    groups: Counter[str] = Counter()
    words: Counter[str] = Counter()
    own = 0
    for row in conn.execute(query, [] if campaign_id is None else [campaign_id]):
        groups[row["status"]] += row["count"]
        own += row["count"] if row["own"] else 0
        if row["status"]:
            words[row["word"].upper()] += row["count"]
    none = groups.pop("", 0)
    told = groups.total()
    return Summary(told + none, own, told, dict((+words).most_common()), groups["delivered"], groups["failed"],
                   groups["pending"], groups["other"], none)  # fmt: skip


def by_day(conn: sqlite3.Connection, first: str) -> list[dict[str, Any]]:
    """Messages sent from here per Taipei day since `first`: `{day, delivered, failed, pending, other, no_receipt}`."""
    query = f"SELECT day, {_SUMS} FROM tally WHERE day >= ? AND campaign_id > 0 GROUP BY day ORDER BY day"  # noqa: S608
    rows = [dict(row) for row in conn.execute(query, [first])]
    return [row for row in rows if row.pop("messages")]


_BY = {
    "campaign": "CAST(campaign_id AS TEXT)",
    "day": "day",
    "country": "country",
    "word": "upper(word)",
}


def figures(
    conn: sqlite3.Connection, by: str, campaign_ids: Sequence[int] = (), since: str = "", until: str = "9"
) -> list[Figures]:
    """Figures by `campaign`, `day`, `country` or `word`: of these campaigns (all without), of the days in between.

    `since` and `until` (not included) are days of Taipei as text. The campaign 0 is what was not sent from here.
    """
    where = f"campaign_id IN ({', '.join('?' * len(campaign_ids))})" if campaign_ids else "1"
    query = f"""SELECT {_BY[by]} AS key, {_SUMS}, coalesce(sum(credits), 0) AS credits FROM tally
                WHERE day >= ? AND day < ? AND {where} GROUP BY key HAVING sum(messages) > 0 ORDER BY key"""  # noqa: S608
    return [Figures(**row) for row in conn.execute(query, [since, until, *campaign_ids])]


def delays(conn: sqlite3.Connection, campaign_id: int | None = None, country: str = "") -> Delays:
    """From sending to delivery, of one campaign or all, of one country or all.

    Campaigns whose texts SMS-Get held until later are left out: of them only when the request left is known.
    """
    query = """SELECT d.seconds, sum(d.messages) AS count FROM delay AS d JOIN campaign AS c ON c.id = d.campaign_id
               WHERE c.schedule <> 'gateway' AND (?1 IS NULL OR d.campaign_id = ?1) AND (?2 = '' OR d.country = ?2)
               GROUP BY d.seconds HAVING count > 0 ORDER BY d.seconds"""
    rows = conn.execute(query, [campaign_id, country]).fetchall()
    total, so_far = sum(row["count"] for row in rows), 0
    curve: list[tuple[int, float]] = []
    for row in rows:
        so_far += row["count"]
        curve.append((_upper(row["seconds"]), so_far / total))
    at = {limit: next((seconds for seconds, share in curve if share >= limit), None) for limit in (0.5, 0.9)}
    return Delays(total, at[0.5], at[0.9], curve)


def overdue(conn: sqlite3.Connection, before: str, campaign_id: int | None = None) -> int:
    """Messages sent from here before this time (UTC text) of which nothing was ever reported."""
    midnight = from_text(before).astimezone(TAIPEI).replace(hour=0, minute=0, second=0, microsecond=0)
    # Whole days are counted already; of the day in which the time falls, campaign by campaign along an index.
    query = """SELECT coalesce(sum(messages) FILTER (WHERE day < :day), 0) + coalesce(sum((
            SELECT count(*) FROM message AS m INDEXED BY message_waiting WHERE m.status = '' AND m.sent_at IS NOT NULL
            AND m.campaign_id = t.campaign_id AND m.sent_at >= :midnight AND m.sent_at < :before
            AND m.country = t.country
        )) FILTER (WHERE day = :day), 0)
        FROM tally AS t WHERE status = '' AND day <> '' AND messages > 0 AND campaign_id > 0
        AND (:campaign IS NULL OR campaign_id = :campaign)"""
    values = {
        "day": midnight.date().isoformat(),
        "midnight": to_text(midnight),
        "before": before,
        "campaign": campaign_id,
    }
    return int(conn.execute(query, values).fetchone()[0])


# --- counted anew ------------------------------------------------------------------------------------------------

_DAY = "coalesce(date(coalesce(sent_at, status_at), '+8 hours'), '')"
_TOOK = "max(0, CAST(strftime('%s', status_at) AS INTEGER) - CAST(strftime('%s', sent_at) AS INTEGER))"
_BUCKET = " ".join(f"WHEN {_TOOK} < {limit} THEN {_TOOK} - {_TOOK} % {width}" for limit, width in _WIDTHS)
RECOUNT = {
    "tally": f"""SELECT coalesce(campaign_id, 0), {_DAY}, country, status, word, count(*), sum(coalesce(credits, 0))
        FROM message WHERE sms_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5""",  # noqa: S608
    "delay": f"""SELECT campaign_id, country, CASE {_BUCKET} ELSE 604800 END AS seconds, count(*) FROM message
        WHERE sms_id IS NOT NULL AND campaign_id IS NOT NULL AND status = 'delivered' AND sent_at IS NOT NULL
        AND status_at IS NOT NULL GROUP BY 1, 2, 3""",  # noqa: S608
}


def check(conn: sqlite3.Connection) -> list[str]:
    """Count everything anew: a line for each counter that is not as counted, [] if all of them are right."""
    wrong = []
    for table, recount in RECOUNT.items():
        kept = {tuple(row) for row in conn.execute(f"SELECT * FROM {table} WHERE messages <> 0")}  # noqa: S608
        counted = {tuple(row) for row in conn.execute(recount)}
        wrong += [f"{table} has {row}" for row in sorted(kept - counted, key=repr)]
        wrong += [f"{table} should have {row}" for row in sorted(counted - kept, key=repr)]
    return wrong


def repair(conn: sqlite3.Connection) -> None:
    """Within a write transaction: replace the counters by what is counted anew."""
    for table, recount in RECOUNT.items():
        conn.execute(f"DELETE FROM {table}")  # noqa: S608
        conn.execute(f"INSERT INTO {table} {recount}")
