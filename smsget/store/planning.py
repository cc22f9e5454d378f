"""What lists and a text become: a price, or a plan to be confirmed. Everything here happens within a transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from smsget.campaigns import Audience, Empty, MergeText, MissingValue, Plan, Quote, Rates, plan, quote
from smsget.errors import BadRequest
from smsget.store.audience import audience_columns
from smsget.store.settings import read_rates
from smsget.store.texted import since


class Wanted(NamedTuple):
    """What a price and a plan are made of. `skip_days`: leave out whoever was texted in so many days."""

    list_ids: Sequence[int]
    text: str
    two_way: bool = False
    skip_days: int | None = None
    empty: Empty = "stop"


def make_plan(conn: sqlite3.Connection, wanted: Wanted, rates: Rates) -> Plan:
    """The batches and their price. Raises what `campaigns.plan` raises, and `BadRequest('bad_days')`."""
    people, fields = _people(conn, wanted)
    return plan(people, wanted.text, rates, two_way=wanted.two_way, fields=fields, empty=wanted.empty)


def make_quote(conn: sqlite3.Connection, wanted: Wanted) -> Quote:
    """The price alone, which is much faster. Raises what `campaigns.quote` raises, and `BadRequest('bad_days')`."""
    people, fields = _people(conn, wanted)
    return quote(people, wanted.text, read_rates(conn), two_way=wanted.two_way, fields=fields, empty=wanted.empty)


def all_missing(conn: sqlite3.Connection, wanted: Wanted) -> Iterator[MissingValue]:
    """Everybody without a value for a field that has no fallback. Raises what `make_quote` raises."""
    people, _ = _people(conn, wanted)
    merge = MergeText(wanted.text)
    for name, positions in merge.gaps(merge.columns(people)).items():
        for at in positions:
            yield MissingValue(people.rows[at], people.phones[at], name)


def _people(conn: sqlite3.Connection, wanted: Wanted) -> tuple[Audience, list[str]]:
    """Everybody these lists reach now, and the names of all their columns."""
    if not wanted.list_ids:
        raise BadRequest("no_recipients")
    rows = conn.execute("SELECT fields FROM recipient_list WHERE id IN (SELECT value FROM json_each(?))",
                        [json.dumps(list(wanted.list_ids))])  # fmt: skip
    fields = [name for row in rows for name in json.loads(row["fields"])]
    merge = MergeText(wanted.text)
    merge.check_fields(fields)
    earliest = None if wanted.skip_days is None else since(wanted.skip_days)
    return audience_columns(conn, wanted.list_ids, merge.fields, not_texted_since=earliest), fields
