"""Between the threads that ask the gateway and the one that writes: answers in, claims out, one commit for both."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from smsget.errors import StoreError
from smsget.store import Claim, Outcome, Store

PATIENCE_S = 30.0
"""How long an engine that ends tries to keep its last answers. What cannot be kept stays `sending`; the next engine
calls it unknown."""

log = logging.getLogger("smsget.engine")


class Desk:
    """Collects outcomes from any thread; one thread commits them, and takes new claims with the same write.

    Answers are precious: while they cannot be kept, because the disk is full or the database locked, nothing is
    claimed. `broken` is called when one cannot be kept at all.
    """

    def __init__(self, store: Store, owner: str, account: str, *, broken: Callable[[], None]) -> None:
        self._store = store
        self._owner = owner
        self._account = account
        self._broken = broken
        self._answers: list[Outcome] = []
        self._lock = threading.Lock()

    def put(self, outcome: Outcome) -> None:
        """Hand in an outcome, from any thread."""
        with self._lock:
            self._answers.append(outcome)

    @property
    def waiting(self) -> int:
        """Outcomes that are not committed yet."""
        return len(self._answers)

    def exchange(self, most: int) -> list[Claim]:
        """Commit the outcomes handed in so far and claim up to `most` batches. Raises `StoreError`; nothing is lost."""
        with self._lock:
            answers, self._answers = self._answers, []
        try:
            return self._store.outbox.exchange(answers, self._owner, self._account, most)
        except StoreError:
            with self._lock:
                self._answers[:0] = answers
            raise
        except Exception:  # a bug in one of them must not cost the others
            log.exception("%d outcomes could not be kept together", len(answers))
            for answer in answers:
                self._keep_alone(answer)
            return []

    def close(self) -> None:
        """Commit what was handed in, trying for a while."""
        deadline = time.monotonic() + PATIENCE_S
        while self.waiting:
            try:
                self.exchange(0)
            except StoreError as error:
                if time.monotonic() > deadline:
                    log.error("%d outcomes could not be kept: %s", self.waiting, error.code)
                    return
                time.sleep(0.2)

    def _keep_alone(self, answer: Outcome) -> None:
        try:
            self._store.outbox.record([answer])
        except Exception:  # whatever it is, the batch stays `sending` and the next engine makes it unknown
            log.exception("the outcome of %r could not be kept", answer.claim)
            self._broken()
