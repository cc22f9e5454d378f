"""When the next request may leave."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable

UNREACHABLE_AFTER = 6
"""So many requests in a row that could not leave stop the account's campaigns; the pauses between them double."""

FIRST_PAUSE_S = 0.5
BURST_S = 0.05
"""What the rate left unused for so long may be caught up with: batches that are claimed together leave together."""


class Lead:
    """How many batches are claimed before a request is over, so that the next can follow at once.

    Writing down takes as long as a disk takes; where requests are almost that fast, they would wait for it. It is few,
    and none where requests are slow: what is claimed when an engine is killed becomes unknown.
    """

    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._request_s = 1.0
        self._write_s = 0.0

    def asked(self, seconds: float) -> None:
        """A request took so long."""
        self._request_s += 0.1 * (seconds - self._request_s)

    def written(self, seconds: float) -> None:
        """Writing down took so long."""
        self._write_s += 0.1 * (min(seconds, 0.1) - self._write_s)

    @property
    def batches(self) -> int:
        """How many batches to claim ahead."""
        waiting = 1.5 * self._workers * self._write_s / self._request_s
        return min(self._workers, math.ceil(max(0.0, waiting - 0.2)))


class Pace:
    """A rate per second, and growing pauses while the gateway cannot be reached.

    The pauses are spread by chance (`jitter` gives 0-1): many dashboards that lost one gateway do not come back to it
    in step. Thread-safe.
    """

    def __init__(self, per_second: float, *, jitter: Callable[[], float] = random.random) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._jitter = jitter
        self._next = 0.0
        self._pause_until = 0.0
        self._failures = 0
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Seconds until the next request may leave; 0 when it may now."""
        return max(0.0, self._next - time.monotonic(), self._pause_until - time.monotonic())

    def most(self, wanted: int) -> int:
        """How many of `wanted` requests may leave now, together."""
        if not self._gap or not wanted:
            return wanted
        with self._lock:
            since = time.monotonic() - self._next
        return min(wanted, 1 + int(min(since, BURST_S) / self._gap)) if since >= 0 else 0

    def started(self) -> None:
        """A request leaves now."""
        with self._lock:
            self._next = max(self._next, time.monotonic() - BURST_S) + self._gap

    def reached(self) -> None:
        """The gateway was reached."""
        with self._lock:
            self._failures = 0

    def not_reached(self) -> int:
        """The gateway was not reached: pause 0.5, 1, 2 … seconds, more or less; returns how often in a row."""
        with self._lock:
            # Several requests fail together when the gateway goes away: they count as one.
            if time.monotonic() >= self._pause_until:
                self._failures += 1
                pause = FIRST_PAUSE_S * 2 ** (self._failures - 1)
                self._pause_until = time.monotonic() + pause * (0.75 + 0.5 * self._jitter())
            return self._failures

    def forgive(self) -> None:
        """Begin anew, after the campaigns were stopped."""
        with self._lock:
            self._failures, self._next, self._pause_until = 0, 0.0, 0.0
