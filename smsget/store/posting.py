"""A confirmed plan becomes rows: batches and their messages, whole columns at a time."""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Iterable, Iterator
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
    prices: dict[int, _Prices] = {}
    numbered = enumerate(_cut(made.batches, most_per_batch(pace), rates, two_way) if pace else made.batches)
    while part := list(islice(numbered, _AT_ONCE)):
        conn.executemany(
            _BATCH,
            [
                (first + place, campaign_id, place + 1, one.text, one.segments, len(one.recipients), one.credits)
                for place, one in part
            ],
        )
        for segments in {one.segments for _, one in part} - prices.keys():
            prices[segments] = _Prices(rates, segments, two_way)
        conn.executemany(
            _MESSAGE,
            (
                (campaign_id, first + place, person.phone, person.country, price[person.country])
                for place, one in part
                for price in (prices[one.segments],)
                for person in one.recipients
            ),
        )


class _Prices(dict[str, int | None]):
    """What a text of so many segments costs in each country, looked up once."""

    def __init__(self, rates: Rates, segments: int, two_way: bool) -> None:
        super().__init__()
        self._rates, self._segments, self._two_way = rates, segments, two_way

    def __missing__(self, country: str) -> int | None:
        self[country] = price = self._rates.credits(country, self._segments, two_way=self._two_way)
        return price


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
