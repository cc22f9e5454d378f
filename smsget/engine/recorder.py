"""Commits outcomes in a thread of its own, all that wait in one transaction: many answers, one write to the disk."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from smsget.errors import StoreError
from smsget.store import Outcome

PATIENCE_S = 120.0
"""How long an outcome is tried to be kept. After that its batch stays `sending`; the next engine calls it unknown."""

LONGEST_PAUSE_S = 2.0

log = logging.getLogger("smsget.engine")


class Recorder:
    """Takes outcomes from any thread and commits them in order. `broken` is called when one could not be kept.

    A full disk or a locked database is tried again, because an answer is precious; nothing may be sent meanwhile, so
    ask `in_trouble` first.
    """

    def __init__(
        self,
        record: Callable[[Sequence[Outcome]], None],
        *,
        recorded: Callable[[Sequence[Outcome]], None],
        broken: Callable[[], None],
    ) -> None:
        self._record = record
        self._recorded = recorded
        self._broken = broken
        self._waiting: list[Outcome] = []
        self._backlog = 0
        self._closing = False
        self._changed = threading.Condition()
        self.in_trouble = False
        self._thread = threading.Thread(target=self._run, name="record", daemon=True)
        self._thread.start()

    @property
    def backlog(self) -> int:
        """Outcomes that are not committed yet."""
        return self._backlog

    def put(self, outcome: Outcome) -> None:
        """Have an outcome committed soon."""
        with self._changed:
            self._waiting.append(outcome)
            self._backlog += 1
            self._changed.notify()

    def close(self) -> None:
        """Commit what waits, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and not self._closing:
                    self._changed.wait()
                if not self._waiting:
                    return
                outcomes, self._waiting = self._waiting, []
            try:
                self._commit(outcomes)
            finally:
                with self._changed:
                    self._backlog -= len(outcomes)
            self._recorded(outcomes)

    def _commit(self, outcomes: Sequence[Outcome]) -> None:
        try:
            self._persist(outcomes)
        except Exception:
            log.exception("%d outcomes could not be kept together", len(outcomes))
            for outcome in outcomes:
                self._commit_alone(outcome)
        finally:
            self.in_trouble = False

    def _commit_alone(self, outcome: Outcome) -> None:
        try:
            self._record([outcome])
        except Exception:  # whatever it is, the batch stays `sending` and the next engine makes it unknown
            log.exception("the outcome of %r could not be kept", outcome.claim)
            self._broken()

    def _persist(self, outcomes: Sequence[Outcome]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        pause = 0.05
        while True:
            try:
                return self._record(outcomes)
            except StoreError as error:
                if time.monotonic() > deadline:
                    raise
                if not self.in_trouble:
                    log.warning("%d outcomes not kept yet: %s", len(outcomes), error.code)
                self.in_trouble = True
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
