"""Finds out what became of requests without an answer: let those under way finish, ask for the points twice, judge.

Sending holds still meanwhile, for a few seconds: the fewer requests there are between two readings at rest, the more
the points can say. The judging itself is `smsget.settlement`, on what the store kept.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future

from smsget.errors import GatewayError, StoreError
from smsget.store import Store

PAUSE_S = float(os.environ.get("SMSGET_SETTLE_PAUSE_S", "5"))
"""Between the last request and the first reading, and between the readings: a slow charge has time to come."""

READINGS = 4
"""Asked so often at most until two readings in a row are equal."""

FRESH_S = 60.0
"""A reading at rest that is older is taken anew before work begins again: less can have come in between."""

GIVE_UP_AFTER = 4
"""An engine with nothing else to do ends after so many questions without an answer; the next one asks again."""

log = logging.getLogger("smsget.engine")


class Settler:
    """One account's readings at rest, and the judging of its silent requests. Call `step` from one thread.

    `ask` gives the points left, and raises `GatewayError`.
    """

    def __init__(self, store: Store, account: str, ask: Callable[[], int], pool: Executor) -> None:
        self._store = store
        self._account = account
        self._ask = ask
        self._pool = pool
        self._wanted = store.evidence.waiting(account)
        self._asked: Future[int] | None = None
        self._readings: list[tuple[int, int]] = []  # (id, points)
        self._not_before = 0.0
        self._fresh_until = 0.0
        self._failures = 0

    @property
    def busy(self) -> bool:
        """Whether there is something to find out that an answer is still hoped for."""
        return self._asked is not None or (self._wanted and self._failures < GIVE_UP_AFTER)

    def want(self) -> None:
        """A request ended without an answer."""
        if not self._wanted:
            self._wanted, self._failures = True, 0
        self._readings.clear()
        self._not_before = time.monotonic() + PAUSE_S

    def holds(self) -> bool:
        """Whether nothing may leave for now."""
        return self._asked is not None or bool(self._readings) or (self._wanted and not self._postponed())

    def step(self, *, quiet: bool, work: bool) -> float:
        """Do what is due; returns seconds until there may be more. `quiet`: no request is under way, all is kept.

        `work`: something waits to be sent.
        """
        if self._asked is not None:
            return self._take() if self._asked.done() else 0.05
        due = self._wanted or (work and time.monotonic() > self._fresh_until)
        if not due or not quiet:
            return 0.5
        wait = self._not_before - time.monotonic() if self._wanted else 0.0
        if wait > 0:
            return min(wait, 0.5)
        self._asked = self._pool.submit(self._ask)
        return 0.05

    def _postponed(self) -> bool:
        return self._failures > 0 and time.monotonic() < self._not_before

    def _take(self) -> float:
        asked, self._asked = self._asked, None
        assert asked is not None  # noqa: S101
        self._fresh_until = time.monotonic() + FRESH_S
        try:
            left = asked.result()
        except GatewayError as error:
            log.warning("points left not known: %s", error.code)
            self._failures += 1
            self._readings.clear()
            self._not_before = time.monotonic() + min(PAUSE_S * 2**self._failures, 60)
            return 0.0
        self._failures = 0
        self._readings.append((self._store.credits.keep(self._account, left, at_rest=True), left))
        if not self._wanted:
            self._readings.clear()
            return 0.0
        same = len(self._readings) > 1 and self._readings[-1][1] == self._readings[-2][1]
        if not same and len(self._readings) < READINGS:
            self._not_before = time.monotonic() + PAUSE_S
            return min(PAUSE_S, 0.5)
        self._judge()
        return 0.0

    def _judge(self) -> None:
        try:
            for verdict, count in self._store.evidence.judge(
                self._account, [each for each, _ in self._readings]
            ).items():
                log.info("%d batches without an answer: %s", count, verdict)
            self._wanted = False
        except StoreError as error:
            log.warning("could not be judged yet: %s", error.code)
            self._not_before = time.monotonic() + PAUSE_S
        self._readings.clear()
