"""Whom a campaign to some lists reaches, and who is left out. Everything here happens within a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence

from smsget.campaigns import Audience, Recipient
from smsget.store.growing import WHOLE_ROWS
from smsget.store.texted import TEXTED

# In the lists' order; a number that is on several has its place and its fields from the first of them.
_IN_ORDER = """(
    SELECT phone, country, row, fields, key, position FROM (
        SELECT r.phone, r.country, r.row, r.fields, r.position, o.key, min(o.key) OVER (PARTITION BY r.phone) AS first
        FROM json_each(:lists) AS o JOIN recipient_list AS l ON l.id = o.value
        JOIN recipient AS r ON r.list_id = l.id AND r.position <= coalesce(l.whole_to, 9e18)
    ) WHERE key = first)"""
_ONE_LIST = f"""(SELECT phone, country, row, fields, 0 AS key, position FROM recipient
                WHERE list_id = json_extract(:lists, '$[0]')
                AND {WHOLE_ROWS.format(list="json_extract(:lists, '$[0]')")})"""  # noqa: S608
ROWS_OF_LISTS = """(SELECT r.phone, r.country FROM recipient_list AS l CROSS JOIN recipient AS r ON r.list_id = l.id
    WHERE l.id IN (SELECT value FROM json_each(:lists)) AND r.position <= coalesce(l.whole_to, 9e18))"""
"""SQL table: number and country of all rows of `:lists`. What is being added to them does not count yet."""
_SUPPRESSED = "people.phone IN (SELECT phone FROM suppression)"
_TEXTED = TEXTED.format(phone="people.phone")


def audience(
    conn: sqlite3.Connection,
    list_ids: Sequence[int],
    *,
    limit: int | None = None,
    offset: int = 0,
    not_texted_since: str | None = None,
) -> Iterator[Recipient]:
    """The people of these lists in the lists' order, once each, without the suppressed.

    `not_texted_since` (UTC text) also leaves out whoever was texted then or later.
    """
    wanted = "phone, country, fields, row"
    for row in _people(conn, wanted, list_ids, not_texted_since, limit=limit, offset=offset):
        yield Recipient(row["phone"], row["country"], json.loads(row["fields"]), row["row"])


def audience_columns(
    conn: sqlite3.Connection, list_ids: Sequence[int], names: Collection[str], *, not_texted_since: str | None = None
) -> Audience:
    """The same people in columns, with the fields that `names` tells: for a price, which asks for everybody at once."""
    if any(set(name) & set('"\\') or not name.isprintable() for name in names):  # JSON paths have no way to say it
        return Audience.of(audience(conn, list_ids, not_texted_since=not_texted_since), names)
    paths = {f"path{at}": f'$."{name}"' for at, name in enumerate(names)}
    wanted = ", ".join(["phone, country, row", *(f"coalesce(json_extract(fields, :{path}), '')" for path in paths)])
    cursor = _people(conn, wanted, list_ids, not_texted_since, paths=paths)
    cursor.row_factory = None  # tuples: a million of `sqlite3.Row` take a second more
    people = cursor.fetchall()
    if not people:
        return Audience((), (), dict.fromkeys(names, ()))
    phones, countries, rows, *columns = zip(*people, strict=True)
    return Audience(phones, countries, dict(zip(names, columns, strict=True)), rows)


def _people(
    conn: sqlite3.Connection,
    wanted: str,
    list_ids: Sequence[int],
    not_texted_since: str | None,
    *,
    limit: int | None = None,
    offset: int = 0,
    paths: Mapping[str, str] | None = None,
) -> sqlite3.Cursor:
    lists = list(dict.fromkeys(list_ids))
    people = _ONE_LIST if len(lists) == 1 else _IN_ORDER
    query = f"""SELECT {wanted} FROM {people} AS people WHERE NOT {_SUPPRESSED}
                {f"AND NOT {_TEXTED}" if not_texted_since else ""} ORDER BY key, position
                LIMIT :limit OFFSET :offset"""  # noqa: S608
    values = {"lists": json.dumps(lists), "limit": -1 if limit is None else limit, "offset": offset,
              "since": not_texted_since, "but": None, **(paths or {})}  # fmt: skip
    return conn.execute(query, values)


def left_out(conn: sqlite3.Connection, list_ids: Sequence[int], kept: int) -> dict[str, int]:
    """Why distinct numbers of these lists are not among the `kept` of `audience`: `suppressed`, `texted`."""
    _, distinct, suppressed = numbers_on(conn, list_ids)
    return {"suppressed": suppressed, "texted": distinct - suppressed - kept}


def numbers_on(conn: sqlite3.Connection, list_ids: Sequence[int]) -> tuple[int, int, int]:
    """(rows, distinct numbers, distinct numbers that are suppressed)."""
    query = f"""SELECT count(*), count(DISTINCT phone),
               count(DISTINCT phone) FILTER (WHERE phone IN (SELECT phone FROM suppression)) FROM {ROWS_OF_LISTS}"""  # noqa: S608
    row = conn.execute(query, {"lists": json.dumps(list(list_ids))}).fetchone()
    return row[0], row[1], row[2]


def texted_on(conn: sqlite3.Connection, list_ids: Sequence[int], earliest: str) -> int:
    """How many distinct numbers of these lists, the suppressed not counted, were texted at `earliest` or later."""
    query = f"""SELECT count(DISTINCT people.phone) FROM {ROWS_OF_LISTS} AS people
                WHERE NOT {_SUPPRESSED} AND {_TEXTED}"""  # noqa: S608
    values = {"lists": json.dumps(list(list_ids)), "since": earliest, "but": None}
    return int(conn.execute(query, values).fetchone()[0])
