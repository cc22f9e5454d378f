"""The lease by which one engine at a time may send, kept by time that no clock change touches."""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

from smsget.errors import SMSGetError, StoreError
from smsget.launch import is_alive, is_gone
from smsget.store import Lease, Store, now, to_text, uptime

LEASE_S = float(os.environ.get("SMSGET_LEASE_S", "12"))
"""How long a lease holds without a heartbeat; a successor of a dead engine on this computer need not wait for it."""

BEAT_S = LEASE_S / 6
MARGIN_S = LEASE_S / 3
"""A request only leaves while the lease is good for at least this long: a successor waits until it has expired."""

log = logging.getLogger("smsget.engine")


class HeldByAnother(SMSGetError):
    """Another engine holds the lease (`host`, `pid`, `since`)."""


class LeaseKeeper:
    """Holds the lease and prolongs it in a thread of its own, so that no long transaction lets it lapse."""

    def __init__(self, store: Store, account_key: str) -> None:
        self.owner = uuid.uuid4().hex
        self.info: dict[str, Any] = {}
        self.asked_to_stop = threading.Event()
        self._store = store
        self._account = account_key
        self._good_until = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)

    def take(self, *, wait_s: float = 120) -> None:
        """Take the lease; raises `HeldByAnother`. One that was asked to stop is waited for."""
        deadline = time.monotonic() + wait_s
        while self._is_held(held := self._store.leases.current()):
            if held is not None and (not held.stop_requested or time.monotonic() > deadline):
                raise HeldByAnother("held", host=held.host, pid=held.pid, since=held.taken_at)
            time.sleep(0.1)
        moment, started = now(), uptime()
        mine = Lease(self.owner, platform.node(), os.getpid(), self._account, to_text(moment), to_text(moment),
                     to_text(moment + timedelta(seconds=LEASE_S)), False, {}, started + LEASE_S)  # fmt: skip
        if not self._store.leases.take(mine, instead_of=held.owner if held else None):
            winner = self._store.leases.current()  # two started together
            host, pid, since = (winner.host, winner.pid, winner.taken_at) if winner else ("", 0, "")
            raise HeldByAnother("held", host=host, pid=pid, since=since)
        self._good_until = started + LEASE_S
        self._thread.start()

    def valid(self) -> bool:
        """Whether a request may leave now."""
        return uptime() < self._good_until - MARGIN_S

    def beat(self) -> None:
        """Prolong the lease now, and publish `info`."""
        started = uptime()
        answer = self._store.leases.beat(self.owner, LEASE_S, self.info)
        self._good_until = 0.0 if answer is None else started + LEASE_S
        if not answer:
            self.asked_to_stop.set()

    def release(self) -> None:
        """Stop prolonging and give the lease back."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        with contextlib.suppress(StoreError):
            self._store.leases.release(self.owner)

    def _is_held(self, held: Lease | None) -> bool:
        here = held is not None and held.host == platform.node()
        if held is None or is_alive(held) or (here and is_gone(held.pid)):
            return is_alive(held)
        # Another computer's clock says nothing here, and an engine of this one may only wait for a long transaction of
        # somebody else, as we do now. What counts is whether its heart beats once it can.
        self._store.leases.wait_for_turn()
        until = uptime() + (2 * BEAT_S if here else LEASE_S)
        while uptime() < until:
            time.sleep(BEAT_S / 4)
            again = self._store.leases.current()
            if again is None or (again.owner, again.beat_at) != (held.owner, held.beat_at):
                return again is not None
        return False

    def _keep(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                self.beat()
            except StoreError as error:
                log.warning("heartbeat failed: %s", error.code)
