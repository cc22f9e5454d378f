"""The delivery report: messages one by one, by any filter, a page at a time.

No page reads more than a stretch of one index: a filter that keeps few messages has an index of its own, and one that
keeps many finds a page of them soon among the newest. Pages are cut by key, never by OFFSET.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from heapq import nlargest
from typing import Any

LIST_IN_INDEX = 20_000
"""People of a list up to which their messages are looked up by number; those of a longer one are met anyway."""

END_DIGITS = 4
"""So many last digits of a number are indexed; fewer are looked for among the newest, of which many have them."""


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """What a report shows. `status` is a group (`delivered` …) or `none` for accepted without receipt.

    `number` matches the number's beginning or end, and nothing if it has no digit; `since` and `until` (not included)
    are UTC texts on the time of sending, or of the report where a message was not sent from here. `list_id` keeps the
    messages to the numbers that are on a saved list now; `no_receipt_before` keeps those without any report that were
    sent before that time (UTC text).
    """

    campaign_id: int | None = None
    status: str = ""
    word: str = ""
    country: str = ""
    number: str = ""
    since: str = ""
    until: str = ""
    list_id: int | None = None
    no_receipt_before: str = ""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One message. `outcome` is its batch's state (`stranger`: not sent from here), `status` its delivery."""

    id: int
    campaign_id: int | None
    campaign: str
    phone: str
    country: str
    sms_id: str | None
    outcome: str
    sent_at: str | None
    status: str
    word: str
    status_at: str | None


ROWS = """SELECT m.id, m.campaign_id, coalesce(c.name, '') AS campaign, m.phone, m.country, m.sms_id,
    CASE WHEN m.campaign_id IS NULL THEN 'stranger' WHEN m.suppressed THEN 'suppressed'
    WHEN m.skipped THEN 'skipped' ELSE b.state END AS outcome,
    m.sent_at, m.status, m.word, m.status_at
    FROM message AS m LEFT JOIN campaign AS c ON c.id = m.campaign_id LEFT JOIN batch AS b ON b.id = m.batch_id"""

_TIME = "coalesce(m.sent_at, m.status_at)"
_Key = tuple[str, int]


def page(conn: sqlite3.Connection, wanted: ReportFilter, before: int | None, limit: int) -> list[ReportRow]:
    """The next `limit` messages behind the one with the id `before`: the newest ids first.

    With `since` or `until` the latest time comes first, so that a span of old days is found without passing all newer.
    """
    if wanted.since or wanted.until:
        keys = _by_time(conn, wanted, before, limit)
    else:
        keys = [("", one) for one in _by_id(conn, wanted, before, limit)]
    ids = [one for _, one in keys]
    query = f"{ROWS} WHERE m.id IN (SELECT value FROM json_each(?))"  # noqa: S608
    rows = {row["id"]: ReportRow(**row) for row in conn.execute(query, [json.dumps(ids)])}
    return [rows[one] for one in ids]


def pages(conn: sqlite3.Connection, wanted: ReportFilter, size: int = 5000) -> Iterator[list[ReportRow]]:
    """Every page of the same state of the database."""
    before = None
    while rows := page(conn, wanted, before, size):
        yield rows
        before = rows[-1].id


def count(conn: sqlite3.Connection, wanted: ReportFilter) -> int:
    """How many messages a filter keeps: out of the counters where they tell, else by counting."""
    days = _days(wanted)
    if days is not None and not (wanted.number or wanted.list_id is not None or wanted.no_receipt_before):
        return _from_counters(conn, wanted, *days)
    where, values = _tests(wanted)
    sources = list(_sources(conn, wanted))
    # UNION, since a number may end as it begins
    query = " UNION ".join(f"SELECT m.id FROM {source} AND {where}" for source, _ in sources)  # noqa: S608
    union = [value for _, extra in sources for value in (*extra, *values)]
    return int(conn.execute(f"SELECT count(*) FROM ({query})", union).fetchone()[0])  # noqa: S608


def _days(wanted: ReportFilter) -> tuple[str, str] | None:
    """The Taipei days (from, up to but not including) of the span, None if it begins or ends within one."""
    bounds = []
    for text, open_end in ((wanted.since, ""), (wanted.until, "9")):
        if text and not text.endswith("T16:00:00.000Z"):
            return None
        bounds.append((date.fromisoformat(text[:10]) + timedelta(days=1)).isoformat() if text else open_end)
    return bounds[0], bounds[1]


def _from_counters(conn: sqlite3.Connection, wanted: ReportFilter, since: str, until: str) -> int:
    tests: list[str] = ["day >= ? AND day < ?"]
    values: list[Any] = [since, until]
    for test, value in (
        ("campaign_id = ?", wanted.campaign_id),
        ("status = ?", "" if wanted.status == "none" else wanted.status),
        ("upper(word) = upper(?)", wanted.word),
        ("country = ?", wanted.country),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.status == "none":
        tests.append("status = ''")
    query = f"SELECT coalesce(sum(messages), 0) FROM tally WHERE {' AND '.join(tests)}"  # noqa: S608
    found = int(conn.execute(query, values).fetchone()[0])
    if wanted.status or wanted.word or since or until != "9":
        return found  # what SMS-Get has not accepted has neither, and no time
    query = """SELECT count(*) FROM message WHERE sms_id IS NULL AND (?1 IS NULL OR campaign_id = ?1)
               AND (?2 = '' OR country = ?2)"""
    if wanted.campaign_id is not None:
        query = "SELECT count(*) FROM message WHERE sms_id IS NULL AND campaign_id = ?1 AND (?2 = '' OR country = ?2)"
    return found + int(conn.execute(query, [wanted.campaign_id, wanted.country]).fetchone()[0])


def phones(conn: sqlite3.Connection, wanted: ReportFilter) -> Iterator[str]:
    """The numbers of all messages a filter keeps, each once, in order."""
    where, values = _tests(wanted)
    for row in conn.execute(f"SELECT DISTINCT m.phone FROM message AS m WHERE {where} ORDER BY m.phone", values):  # noqa: S608
        yield row[0]


# --- tests on a message ------------------------------------------------------------------------------------------


def _digits(number: str) -> str:
    return "".join(str(int(character)) for character in number if character.isdecimal())


def _tests(wanted: ReportFilter) -> tuple[str, list[Any]]:
    """The filter as a condition on the message `m`."""
    tests: list[str] = ["1"]
    values: list[Any] = []
    for test, value in (
        ("m.campaign_id = ?", wanted.campaign_id),
        ("m.status = ?", "" if wanted.status == "none" else wanted.status),
        ("upper(m.word) = upper(?)", wanted.word),
        ("m.country = ?", wanted.country),
        (f"{_TIME} >= ?", wanted.since),
        (f"{_TIME} < ?", wanted.until),
        ("m.status = '' AND m.sent_at < ?", wanted.no_receipt_before),
    ):
        if value:
            tests.append(test)
            values.append(value)
    if wanted.status == "none":
        tests.append("m.status = '' AND m.sms_id IS NOT NULL")
    if wanted.list_id is not None:
        tests.append("EXISTS (SELECT 1 FROM recipient AS p WHERE p.list_id = ? AND p.phone = m.phone)")
        values.append(wanted.list_id)
    if wanted.number:
        digits = _digits(wanted.number)
        tests.append("(m.phone LIKE ? OR m.phone LIKE ?)" if digits else "0")
        values += [f"{digits}%", f"%{digits}"] if digits else []
    return " AND ".join(tests), values


# --- the ids of a page -------------------------------------------------------------------------------------------


def _by_id(conn: sqlite3.Connection, wanted: ReportFilter, before: int | None, limit: int) -> list[int]:
    """The highest ids below `before` that the filter keeps, each of several stretches of an index adding its own."""
    where, values = _tests(wanted)
    found: set[int] = set()
    for source, extra in _sources(conn, wanted):
        query = f"""SELECT m.id FROM {source} AND m.id < ? AND {where} ORDER BY m.id DESC LIMIT ?"""  # noqa: S608
        last = (1 << 62) if before is None else before
        found.update(row[0] for row in conn.execute(query, [*extra, last, *values, limit]))
    return nlargest(limit, found)


def _sources(conn: sqlite3.Connection, wanted: ReportFilter) -> Iterator[tuple[str, list[Any]]]:
    """`FROM` and the start of `WHERE`: which stretches of which index hold all that the filter keeps."""
    digits = _digits(wanted.number)
    if len(digits) >= END_DIGITS:
        yield "message AS m INDEXED BY message_by_number WHERE m.phone >= ? AND m.phone < ?", [digits, f"{digits}:"]
        end = "message AS m INDEXED BY message_by_end WHERE substr(m.phone, -4) = ?"
        yield end, [digits[-END_DIGITS:]]
    elif wanted.no_receipt_before:
        yield "message AS m INDEXED BY message_waiting WHERE m.status = '' AND m.sent_at IS NOT NULL", []
    elif wanted.list_id is not None and _people(conn, wanted.list_id) <= LIST_IN_INDEX:
        yield (
            """recipient AS l CROSS JOIN message AS m INDEXED BY message_by_number
                 ON m.phone = l.phone WHERE l.list_id = ?""",
            [wanted.list_id],
        )
    elif wanted.campaign_id is not None:
        yield "message AS m INDEXED BY message_by_campaign WHERE m.campaign_id = ?", [wanted.campaign_id]
    elif wanted.status or wanted.word or wanted.country:
        for kind in _kinds(conn, wanted):
            source = "message AS m INDEXED BY message_by_kind WHERE m.country = ? AND m.status = ? AND m.word = ?"
            yield source, list(kind)
    else:
        yield "message AS m WHERE 1", []


def _people(conn: sqlite3.Connection, list_id: int) -> int:
    row = conn.execute("SELECT people FROM recipient_list WHERE id = ?", [list_id]).fetchone()
    return int(row[0]) if row else 0


def _kinds(conn: sqlite3.Connection, wanted: ReportFilter) -> list[tuple[str, str, str]]:
    """The (country, status, word) there are and the filter keeps, hopping through the index from one to the next."""
    kinds = [
        (country, status, word)
        for country in _hops(conn, "country", "1", [])
        for status in _hops(conn, "status", "country = ?", [country])
        for word in _hops(conn, "word", "country = ? AND status = ?", [country, status])
    ]
    status = "" if wanted.status == "none" else wanted.status
    return [
        kind
        for kind in kinds
        if (not wanted.country or kind[0] == wanted.country)
        and (not wanted.status or kind[1] == status)
        and (not wanted.word or kind[2].upper() == wanted.word.upper())
    ]


def _hops(conn: sqlite3.Connection, column: str, where: str, values: list[str]) -> list[str]:
    """The distinct values of the next column of the index: a hop for each, instead of a pass over all rows."""
    found: list[str] = []
    test = ""
    last: list[str] = []
    while True:
        query = f"""SELECT {column} FROM message INDEXED BY message_by_kind WHERE {where} {test}
                    ORDER BY {column} LIMIT 1"""  # noqa: S608
        row = conn.execute(query, [*values, *last]).fetchone()
        if row is None:
            return found
        found.append(row[0])
        test, last = f"AND {column} > ?", [row[0]]


def _by_time(conn: sqlite3.Connection, wanted: ReportFilter, before: int | None, limit: int) -> list[_Key]:
    """The latest (time, id) behind the one of `before` that the filter keeps."""
    where, values = _tests(wanted)
    behind, after = "1", []
    if before is not None:
        row = conn.execute(f"SELECT {_TIME} FROM message AS m WHERE m.id = ?", [before]).fetchone()  # noqa: S608
        if row is None:
            return []
        behind, after = "{time} <= ? AND ({time}, m.id) < (?, ?)", [row[0], row[0], before]
    found: list[_Key] = []
    for time, source in (
        ("m.sent_at", "message AS m INDEXED BY message_by_sent WHERE m.sent_at IS NOT NULL"),
        ("m.status_at", "message AS m INDEXED BY message_stranger_by_time WHERE m.campaign_id IS NULL"),
    ):
        span = [f"{time} {sign} ?" for sign, value in ((">=", wanted.since), ("<", wanted.until)) if value]
        bounds = [value for value in (wanted.since, wanted.until) if value]
        tests = " AND ".join([*span, behind.format(time=time), where])
        query = f"""SELECT {time}, m.id FROM {source} AND {tests}
                    ORDER BY {time} DESC, m.id DESC LIMIT ?"""  # noqa: S608
        found += [(row[0], row[1]) for row in conn.execute(query, [*bounds, *after, *values, limit])]
    return nlargest(limit, found)
