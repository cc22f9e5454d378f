"""A confirmed plan becomes rows: batches and their messages, whole columns at a time."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from smsget.campaigns import Pace, Plan, PlannedBatch, Rates
from smsget.store.windows import most_per_batch

_AT_ONCE = 2000
"""Batches that are turned into rows together: a million at once would fill the memory."""

_BATCH = """INSERT INTO batch (id, campaign_id, number, state, text, segments, recipients, credits_quoted)
            VALUES (?, ?, ?, 'queued', ?, ?, ?, ?)"""
_MESSAGE = "INSERT INTO message (campaign_id, batch_id, phone, country, credits) VALUES (?, ?, ?, ?, ?)"


def fill_outbox(
    conn: sqlite3.Connection,
    campaign_id: int,
    made: Plan,
    rates: Rates,
    *,
    two_way: bool,
    pace: Pace | None = None,
) -> None:
    """Within a transaction: put a plan's batches into the outbox, cut smaller where a pace asks for it."""
    first = conn.execute("SELECT coalesce(max(id), 0) FROM batch").fetchone()[0] + 1
    prices: dict[tuple[str, int], int | None] = {}
    numbered = enumerate(_cut(made.batches, most_per_batch(pace), rates, two_way) if pace else made.batches)
    while part := list(islice(numbered, _AT_ONCE)):
        conn.executemany(
            _BATCH,
            [
                (first + place, campaign_id, place + 1, one.text, one.segments, len(one.recipients), one.credits)
                for place, one in part
            ],
        )
        conn.executemany(_MESSAGE, _messages(part, campaign_id, first, rates, prices, two_way=two_way))


def _messages(
    part: Sequence[tuple[int, PlannedBatch]],
    campaign_id: int,
    first: int,
    rates: Rates,
    prices: dict[tuple[str, int], int | None],
    *,
    two_way: bool,
) -> Iterator[tuple[int, int, str, str, int | None]]:
    for place, one in part:
        batch_id, segments = first + place, one.segments
        for person in one.recipients:
            key = (person.country, segments)
            if key not in prices:
                prices[key] = rates.credits(*key, two_way=two_way)
            yield campaign_id, batch_id, person.phone, person.country, prices[key]


def _cut(batches: Iterable[PlannedBatch], most: int, rates: Rates, two_way: bool) -> Iterator[PlannedBatch]:
    for batch in batches:
        people = batch.recipients
        if len(people) <= most:
            yield batch
            continue
        for start in range(0, len(people), most):
            part = people[start : start + most]
            prices = [rates.credits(person.country, batch.segments, two_way=two_way) for person in part]
            known = [price for price in prices if price is not None]
            price = sum(known) if len(known) == len(prices) else None
            yield dataclasses.replace(batch, recipients=part, credits=price)
