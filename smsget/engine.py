"""The process that sends: one at a time, by a lease. It claims batches, asks the gateway, and commits what came of it.

    claim (committed as `sending`) ─> one request ─> accepted | refused | not sent | unknown (committed)

It also serves the callback receiver, and the sandbox gateway while the account is the sandbox. It ends by itself when
nothing is left to do and nobody looks. SIGTERM lets the requests in flight finish; after kill -9 the next engine
finds their batches `sending` under a dead owner and makes them unknown: never sent again by itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import platform
import secrets
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from smsget.account import Account, find_account
from smsget.callbacks import callback_app, parse_kept
from smsget.errors import (
    AccountError,
    BadRequest,
    GatewayError,
    InputError,
    NotSent,
    OutcomeUnknown,
    Refused,
    SMSGetError,
    StoreError,
)
from smsget.gateway import Gateway
from smsget.launch import is_alive, log_path
from smsget.receipts import parse_callback, two_way_code
from smsget.sandbox import SandboxConfig, start_in_thread
from smsget.serving import serving
from smsget.store import Claim, Lease, Store, now, to_text

LEASE_S = 12.0
BEAT_S = 2.0
MARGIN_S = 4.0
"""A request only leaves while the lease is good for at least this long: a successor waits until it has expired."""

IDLE_S = 60.0
CALLBACK_PORT = 8041
BROKEN_S = 120.0
"""An engine whose database cannot be used for so long ends; the next page load starts another."""

WRONG_LOGIN = "005"
UNREACHABLE_AFTER = 6
"""So many requests in a row that could not leave stop the account's campaigns; the pauses between them double."""

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
        while is_alive(held := self._store.leases.current()):
            if held is not None and (not held.stop_requested or time.monotonic() > deadline):
                raise HeldByAnother("held", host=held.host, pid=held.pid, since=held.taken_at)
            time.sleep(0.1)
        moment = now()
        started = time.monotonic()
        mine = Lease(self.owner, platform.node(), os.getpid(), self._account, to_text(moment), to_text(moment),
                     to_text(moment + timedelta(seconds=LEASE_S)), False, {})  # fmt: skip
        if not self._store.leases.take(mine, instead_of=held.owner if held else None):
            raise HeldByAnother("held", host="", pid=0, since="")
        self._good_until = started + LEASE_S
        self._thread.start()

    def valid(self) -> bool:
        """Whether a request may leave now. Monotonic time: jumps of the wall clock do not matter here."""
        return time.monotonic() < self._good_until - MARGIN_S

    def beat(self) -> None:
        """Prolong the lease now, and publish `info`."""
        started = time.monotonic()
        answer = self._store.leases.beat(self.owner, LEASE_S, self.info)
        if answer is None:
            self._good_until = 0.0
        else:
            self._good_until = started + LEASE_S
        if not answer:
            self.asked_to_stop.set()

    def release(self) -> None:
        """Stop prolonging and give the lease back."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join()
        with contextlib.suppress(StoreError):
            self._store.leases.release(self.owner)

    def _keep(self) -> None:
        while not self._end.wait(BEAT_S):
            try:
                self.beat()
            except StoreError as error:
                log.warning("heartbeat failed: %s", error.code)


class Pace:
    """When the next request may leave: a rate per second, and growing pauses while the gateway cannot be reached."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1 / per_second if per_second > 0 else 0.0
        self._next = 0.0
        self._failures = 0
        self._lock = threading.Lock()

    def wait_s(self) -> float:
        """Seconds until the next request may leave; 0 when it may now."""
        return max(0.0, self._next - time.monotonic())

    def started(self) -> None:
        """A request leaves now."""
        with self._lock:
            self._next = max(self._next, time.monotonic()) + self._gap

    def reached(self) -> None:
        """The gateway was reached."""
        with self._lock:
            self._failures = 0

    def not_reached(self) -> int:
        """The gateway was not reached: pause 0.5, 1, 2 … seconds; returns how many times in a row it was not."""
        with self._lock:
            # Several requests fail together when the gateway goes away: they count as one.
            if self.wait_s() <= self._gap:
                self._failures += 1
                self._next = time.monotonic() + 0.5 * 2 ** (self._failures - 1)
            return self._failures

    def forgive(self) -> None:
        """Begin anew, after the campaigns were stopped."""
        with self._lock:
            self._failures, self._next = 0, 0.0


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
        self._lock = threading.Lock()
        self._keeper = LeaseKeeper(store, account.key)
        self._workers = round(self._setting("concurrency", 4, most=64))
        self._pace = Pace(self._setting("requests_per_second", 50, most=1000))
        self._two_way_code = two_way_code(store.settings.get("two_way_code"), sandbox=account.is_sandbox)
        self._gateway: Gateway
        self._sandbox_busy: Callable[[], bool] = lambda: False
        self._busy_at = time.monotonic()
        self._account_checked = time.monotonic()

    def _setting(self, key: str, usual: float, *, most: float) -> float:
        """A number of the settings; the usual one where somebody wrote something else there."""
        value = self._store.settings.get(key, usual)
        return value if isinstance(value, int | float) and 1 <= value <= most else usual

    def stop(self) -> None:
        """Finish what is in flight and end."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Take the lease and work until idle and unwatched, asked to stop, or the lease is lost."""
        self._keeper.take()
        try:
            with self._services(), ThreadPoolExecutor(self._workers, thread_name_prefix="send") as pool:
                self._keeper.beat()
                log.info("started: account %s, pid %d", self._account.key, os.getpid())
                if lost := self._store.outbox.recover(self._keeper.owner):
                    log.warning("the last engine died while %d recipients were being sent: outcome unknown", lost)
                self._store.outbox.stop_others(self._account.key)
                self._read_credit()
                self._loop(pool)
                pool.shutdown(wait=True)
                with contextlib.suppress(StoreError):
                    self._parse_callbacks()
        finally:
            self._keeper.release()
            log.info("ended")

    def _loop(self, pool: ThreadPoolExecutor) -> None:
        broken_since: float | None = None
        while not self._stopping.is_set() and not self._keeper.asked_to_stop.is_set():
            try:
                self._store.outbox.start_due(self._account.key)
                self._parse_callbacks()
                pause = self._fill(pool)
                if self._idle() or self._account_changed():
                    return
                broken_since = None
            except StoreError as error:
                log.warning("database: %s", error.code)
                broken_since = broken_since or time.monotonic()
                if time.monotonic() - broken_since > BROKEN_S:
                    return  # deleted, say: nothing can be claimed any more, and nobody could be told
                pause = 1.0
            self._wake.wait(pause)
            self._wake.clear()

    def _read_credit(self) -> None:
        """Keep the credits left before the first request: what is missing later was charged since."""
        with contextlib.suppress(GatewayError):
            left = self._gateway.credit().credits
            self._store.credits.keep(self._account.key, left, at_rest=True)

    # --- sending -------------------------------------------------------------------------------------------------

    def _fill(self, pool: ThreadPoolExecutor) -> float:
        """Claim and hand out as many batches as may go now; return for how long to wait."""
        while self._in_flight < self._workers and self._keeper.valid():
            if (wait := self._pace.wait_s()) > 0:
                return min(wait, 0.5)
            claim = self._store.outbox.claim(self._keeper.owner, self._account.key)
            if claim is None:
                return 0.5
            self._pace.started()
            with self._lock:
                self._in_flight += 1
            pool.submit(self._send, claim)
        return 0.5

    def _send(self, claim: Claim) -> None:
        try:
            self._record(claim, self._ask(claim))
        except Exception:  # whatever it is, the batch stays `sending` and the next engine makes it unknown
            log.exception("outcome of batch %d could not be kept", claim.batch_id)
            self.stop()
        finally:
            with self._lock:
                self._in_flight -= 1
            self._wake.set()

    def _ask(self, claim: Claim) -> Callable[[], None]:
        """Make the one request of a claim; return what is to be committed about it."""
        outbox = self._store.outbox
        if not self._keeper.valid():  # frozen between claim and request: somebody else may hold the lease by now
            return lambda: outbox.record_not_sent(claim, "lease_lost")
        send = self._gateway.send_twoway if claim.two_way else self._gateway.send
        try:
            accepted = send(claim.phones, claim.text, at=claim.at)
        except NotSent as error:
            return self._not_reached(claim, error.code)
        except Refused as error:
            code = error.code
            self._pace.reached()
            log.warning("%r refused: %s", claim, code)
            if code == WRONG_LOGIN:
                # a new password may stand in an environment that this process cannot see: let a successor take over
                self._stopping.set()
            return lambda: outbox.record_refused(claim, code)
        except OutcomeUnknown as error:
            why, evidence = error.code, dict(error.evidence)
            log.warning("%r unknown: %s", claim, why)
            return lambda: outbox.record_unknown(claim, why, evidence)
        except InputError as error:  # refused by our own client, before anything left
            why = error.code
            log.warning("%r cannot be sent: %s", claim, why)
            return lambda: outbox.record_refused(claim, why)
        except Exception as error:  # a bug of ours must not cost the promise: treat it as gone out
            log.exception("%r failed", claim)
            kind = type(error).__name__
            return lambda: outbox.record_unknown(claim, "internal", {"error": kind})
        self._pace.reached()
        log.info("%r accepted as %s: %d credits used, %d left", claim, accepted.sms_id, accepted.used, accepted.left)
        return lambda: outbox.record_accepted(claim, accepted.sms_id, accepted.used, accepted.left)

    def _not_reached(self, claim: Claim, code: str) -> Callable[[], None]:
        times = self._pace.not_reached()
        log.warning("%r not sent: %s (%d in a row)", claim, code, times)

        def commit() -> None:
            self._store.outbox.record_not_sent(claim, code)
            if times >= UNREACHABLE_AFTER:
                self._store.outbox.stop_all(self._account.key, "unreachable")
                self._pace.forgive()

        return commit

    def _record(self, claim: Claim, commit: Callable[[], None]) -> None:
        """Commit an outcome; a busy or full database is tried again for a while, because the answer is precious."""
        for attempt in range(8):
            try:
                return commit()
            except StoreError as error:
                log.warning("%r: outcome not kept yet: %s", claim, error.code)
                time.sleep(0.1 * 2**attempt)
        return commit()

    # --- what it serves ------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _services(self) -> Iterator[None]:
        """Serve callbacks and the sandbox as far as they are wanted, and build the gateway client."""
        sandbox = self._account.is_sandbox
        with contextlib.ExitStack() as stack:
            if sandbox or self._store.settings.get("callbacks", False):
                self._serve_callbacks(stack, any_port=sandbox)
            url = ""
            if sandbox:
                ledger = self._store.path.with_suffix(".sandbox.jsonl")
                config = SandboxConfig(
                    port=0, ledger=ledger, username=self._account.username, password=self._account.password,
                    callback_url=self._keeper.info.get("callback_url"), callback_delay_s=3, latency_ms=150,
                )  # fmt: skip
                served = start_in_thread(config)
                stack.callback(served.stop)
                self._sandbox_busy = lambda: served.pending_callbacks > 0
                url = self._keeper.info["sandbox_url"] = served.url
            self._gateway = self._account.gateway(sandbox_url=url)
            yield

    def _serve_callbacks(self, stack: contextlib.ExitStack, *, any_port: bool) -> None:
        secret = self._store.settings.set_once("callback_secret", secrets.token_urlsafe(24))
        port = round(self._setting("callback_port", CALLBACK_PORT, most=65535))
        try:
            url = stack.enter_context(serving(callback_app(secret, self._keep_callback), port, any_port=any_port))
        except BadRequest as error:  # sending goes on; the settings page says why no report comes in
            log.warning("callbacks cannot be received: port %d is in use", port)
            self._keeper.info["callback_error"] = error.code
        else:
            self._keeper.info["callback_url"] = f"{url}/callback/{secret}"
            if self._store.settings.get("callbacks", False) and not url.endswith(f":{port}"):
                self._keeper.info["callback_port_taken"] = port

    def _keep_callback(self, body: bytes, query: str) -> None:
        self._store.receipts.keep_callback(body, query)
        self._wake.set()

    def _parse_callbacks(self) -> None:
        while waiting := self._store.receipts.waiting_callbacks():
            self._store.receipts.apply_callbacks(
                [(each, parse_callback(parse_kept(body, query), self._two_way_code)) for each, body, query in waiting]
            )

    # --- when to end ---------------------------------------------------------------------------------------------

    def _idle(self) -> bool:
        if self._in_flight or self._sandbox_busy() or self._store.outbox.has_work(self._account.key):
            self._busy_at = time.monotonic()
            return False
        if not self._account.is_sandbox and "callback_url" in self._keeper.info:
            return False  # SMS-Get reports up to a day later; nobody would be there to listen
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
