"""The engine itself: what it does in turn, and when it ends."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path

from smsget.account import Account, find_account
from smsget.engine import pace as pacing
from smsget.engine.desk import Desk
from smsget.engine.lease import LeaseKeeper
from smsget.engine.pace import Lead, Pace
from smsget.engine.sending import WRONG_LOGIN, Asker
from smsget.engine.services import Services, number_setting
from smsget.engine.settling import Settler
from smsget.errors import AccountError, StoreError
from smsget.gateway import Gateway
from smsget.launch import log_path
from smsget.store import Claim, Outcome, Store, now

IDLE_S = 60.0
LOOK_S = 0.5
"""How often it looks for work when nothing wakes it."""

BROKEN_S = 120.0
"""An engine whose database cannot be used for so long ends; the next page load starts another."""

RESERVE_BYTES = int(os.environ.get("SMSGET_RESERVE_BYTES", str(16 << 20)))
"""With less room on the disk nothing leaves any more, while there is room to keep every answer, and the reason."""

OUR_OWN = ("lease_lost", "held_back")
"""Why a request did not leave that has nothing to do with the gateway."""

log = logging.getLogger("smsget.engine")


class Engine:
    """One engine for one database and the account that `find` names. `run` returns when nothing is left to do.

    Raises `HeldByAnother` and `AccountError` before anything was claimed.
    """

    def __init__(self, store: Store, *, find: Callable[[Path], Account] = find_account, idle_s: float = IDLE_S) -> None:
        self._store = store
        self._find = find
        self._account = account = find(store.path)
        self._idle_s = idle_s
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self._in_flight = 0
        self._dry = False
        self._chores_at = 0.0
        self._lock = threading.Lock()
        self._keeper = LeaseKeeper(store, account.key)
        self._workers = round(number_setting(store, "concurrency", 4, most=64))
        self._pace = Pace(number_setting(store, "requests_per_second", 50, most=1000))
        self._lead = Lead(self._workers)
        self._services = Services(store, account, self._keeper.info, self._wake)
        self._busy_at = self._account_checked = time.monotonic()
        self._pool: ThreadPoolExecutor
        self._asker: Asker
        self._desk: Desk
        self._settler: Settler

    def stop(self) -> None:
        """Finish what is in flight and end."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Take the lease and work until idle and unwatched, asked to stop, or the lease is lost."""
        self._keeper.take()
        try:
            with self._store.held_open(), self._services.running() as gateway:
                self._begin(gateway)
                try:
                    self._loop()
                finally:
                    self._pool.shutdown(wait=True)
                    self._desk.close()
                with contextlib.suppress(StoreError):
                    self._services.parse_callbacks()
        finally:
            self._keeper.release()
            log.info("ended")

    def _begin(self, gateway: Gateway) -> None:
        store, key = self._store, self._account.key
        self._keeper.beat()
        log.info("started: account %s, pid %d", key, os.getpid())
        if lost := store.outbox.recover(self._keeper.owner):
            log.warning("the last engine died while %d recipients were being sent: outcome unknown", lost)
        store.outbox.stop_others(key)
        self._pool = ThreadPoolExecutor(self._workers, thread_name_prefix="send")
        self._asker = Asker(gateway, self._keeper.valid)
        self._desk = Desk(store, self._keeper.owner, key, broken=self.stop)
        self._settler = Settler(store, key, lambda: gateway.credit().credits, self._pool)

    def _loop(self) -> None:
        broken_since: float | None = None
        while not self._stopping.is_set() and not self._keeper.asked_to_stop.is_set():
            try:
                pause = self._turn()
                if self._idle() or self._account_changed():
                    return
                broken_since = None
            except StoreError as error:
                if broken_since is None:
                    log.warning("database: %s", error.code)
                broken_since = broken_since or time.monotonic()
                if time.monotonic() - broken_since > BROKEN_S:
                    return  # deleted, say: nothing can be claimed any more, and nobody could be told
                pause = 1.0
            self._wake.wait(pause)
            self._wake.clear()

    def _turn(self) -> float:
        """Do everything that is due once; return for how long to wait."""
        if time.monotonic() >= self._chores_at or self._services.called:
            self._chores_at = time.monotonic() + LOOK_S
            self._store.outbox.start_due(self._account.key)
            if self._services.parse_callbacks():
                self._store.evidence.match_receipts()
        quiet = self._in_flight == 0 and self._desk.waiting == 0
        work = quiet and self._store.outbox.has_due(self._account.key)
        pause = self._settler.step(quiet=quiet, work=work)
        return min(pause, self._fill())

    # --- sending -------------------------------------------------------------------------------------------------

    def _fill(self) -> float:
        """Keep what was answered, and hand out as many batches as may go now; return for how long to wait."""
        while True:
            most, pause = self._most()
            if self._dry and most and not self._desk.waiting and not self._store.outbox.has_due(self._account.key):
                return pause  # asking costs a write, so look first
            if not most and not self._desk.waiting:
                return pause
            started = time.monotonic()
            claims = self._desk.exchange(most)
            self._lead.written(time.monotonic() - started)
            for claim in claims:
                self._pace.started()
                with self._lock:
                    self._in_flight += 1
                self._pool.submit(self._send, claim)
            self._dry = len(claims) < most
            if self._dry and not self._desk.waiting:
                return pause

    def _most(self) -> tuple[int, float]:
        """How many requests may leave now, and for how long to wait if none may."""
        free = self._workers + self._lead.batches - self._in_flight
        if free <= 0 or self._stopping.is_set() or self._settler.holds() or not self._keeper.valid():
            return 0, LOOK_S
        if (wait := self._pace.wait_s()) > 0:
            return 0, min(wait, LOOK_S)
        return (self._pace.most(free) if self._has_room() else 0), LOOK_S

    def _send(self, claim: Claim) -> None:
        try:
            if self._settler.holds() or self._stopping.is_set():
                outcome = Outcome(claim, "queued", "held_back")
            else:
                started = time.monotonic()
                outcome = self._asker.ask(claim)
                self._lead.asked(time.monotonic() - started)
            self._learn(outcome)
            self._desk.put(outcome)
        finally:
            with self._lock:
                self._in_flight -= 1
            self._wake.set()

    def _learn(self, outcome: Outcome) -> None:
        """What an outcome says about the gateway, before it is kept."""
        if outcome.state in ("accepted", "refused"):
            self._pace.reached()
        if outcome.state == "unknown":
            self._settler.want()
        if outcome.state == "queued" and outcome.code not in OUR_OWN:
            times = self._pace.not_reached()
            log.warning("%r not sent: %s (%d in a row)", outcome.claim, outcome.code, times)
            if times >= pacing.UNREACHABLE_AFTER:
                self._stop_account("unreachable")
                self._pace.forgive()
        if outcome.code == WRONG_LOGIN:
            # a new password may stand in an environment that this process cannot see: let a successor take over
            self._stopping.set()

    def _stop_account(self, reason: str) -> None:
        with contextlib.suppress(StoreError):
            self._store.outbox.stop_all(self._account.key, reason)

    def _has_room(self) -> bool:
        if RESERVE_BYTES and shutil.disk_usage(self._store.path.parent).free < RESERVE_BYTES:
            if self._store.outbox.has_due(self._account.key):
                log.warning("the disk is almost full: nothing leaves any more")
                self._stop_account("disk_full")
            return False
        return True

    # --- when to end ---------------------------------------------------------------------------------------------

    def _idle(self) -> bool:
        if (
            self._in_flight
            or self._desk.waiting
            or self._services.sandbox_busy()
            or self._settler.busy
            or self._store.outbox.has_work(self._account.key)
        ):
            self._busy_at = time.monotonic()
            return False
        if self._services.listens():
            return False
        seen = self._store.leases.last_look()
        watched = seen is not None and abs(now() - seen) < timedelta(seconds=self._idle_s)
        return not watched and time.monotonic() - self._busy_at > self._idle_s

    def _account_changed(self) -> bool:
        if time.monotonic() - self._account_checked < 5:
            return False
        self._account_checked = time.monotonic()
        try:
            return self._find(self._store.path) != self._account
        except AccountError:
            return True


def run_engine(store: Store, *, idle_s: float | None = None) -> None:
    """Run an engine in this process until it is done; SIGTERM and SIGINT end it gently. Logs beside the database.

    `idle_s`: how long it stays without work and without anybody looking (else `SMSGET_ENGINE_IDLE_S`, else 60).
    """
    if idle_s is None:
        idle_s = float(os.environ.get("SMSGET_ENGINE_IDLE_S", IDLE_S))
    handler = RotatingFileHandler(log_path(store.path), maxBytes=1_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        engine = Engine(store, idle_s=idle_s)
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: engine.stop())
        engine.run()
    finally:
        log.removeHandler(handler)
        handler.close()
