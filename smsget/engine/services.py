"""What the engine serves beside sending: the callback receiver, and the sandbox while that is the account."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
from collections.abc import Callable, Iterator
from typing import Any

from smsget.account import Account
from smsget.callbacks import callback_app, parse_kept
from smsget.errors import BadRequest
from smsget.gateway import Gateway
from smsget.receipts import parse_callback, two_way_code
from smsget.sandbox import SandboxConfig, start_in_thread
from smsget.serving import serving
from smsget.store import Store

CALLBACK_PORT = 8041

log = logging.getLogger("smsget.engine")


def number_setting(store: Store, key: str, usual: float, *, most: float) -> float:
    """A number of the settings; the usual one where somebody wrote something else there."""
    value = store.settings.get(key, usual)
    return value if isinstance(value, int | float) and 1 <= value <= most else usual


class Services:
    """The servers of one engine. `info` is where it publishes their addresses; `wake` is set when a callback came."""

    def __init__(self, store: Store, account: Account, info: dict[str, Any], wake: threading.Event) -> None:
        self._store = store
        self._account = account
        self._info = info
        self._wake = wake
        self._two_way_code = two_way_code(store.settings.get("two_way_code"), sandbox=account.is_sandbox)
        self.called = False
        self.sandbox_busy: Callable[[], bool] = lambda: False

    @contextlib.contextmanager
    def running(self) -> Iterator[Gateway]:
        """Serve callbacks and the sandbox as far as they are wanted; gives the client of the gateway."""
        sandbox = self._account.is_sandbox
        with contextlib.ExitStack() as stack:
            if sandbox or self._store.settings.get("callbacks", False):
                self._serve_callbacks(stack, any_port=sandbox)
            url = self._serve_sandbox(stack) if sandbox else ""
            yield self._account.gateway(sandbox_url=url)

    def listens(self) -> bool:
        """Whether SMS-Get may call back: it does so up to a day later, and nobody else would be there to listen."""
        return not self._account.is_sandbox and "callback_url" in self._info

    def parse_callbacks(self) -> bool:
        """Read what was received and kept; whether there was anything."""
        parsed = self.called = False
        while waiting := self._store.receipts.waiting_callbacks():
            self._store.receipts.apply_callbacks(
                [(each, parse_callback(parse_kept(body, query), self._two_way_code)) for each, body, query in waiting]
            )
            parsed = True
        return parsed

    def _serve_sandbox(self, stack: contextlib.ExitStack) -> str:
        config = SandboxConfig(
            port=0,
            ledger=self._store.path.with_suffix(".sandbox.jsonl"),
            username=self._account.username,
            password=self._account.password,
            callback_url=self._info.get("callback_url"),
            callback_delay_s=3,
            latency_ms=150,
        )
        served = start_in_thread(config)
        stack.callback(served.stop)
        self.sandbox_busy = lambda: served.pending_callbacks > 0
        self._info["sandbox_url"] = served.url
        return served.url

    def _serve_callbacks(self, stack: contextlib.ExitStack, *, any_port: bool) -> None:
        secret = self._store.settings.set_once("callback_secret", secrets.token_urlsafe(24))
        port = round(number_setting(self._store, "callback_port", CALLBACK_PORT, most=65535))
        try:
            url = stack.enter_context(serving(callback_app(secret, self._keep_callback), port, any_port=any_port))
        except BadRequest as error:  # sending goes on; the settings page says why no report comes in
            log.warning("callbacks cannot be received: port %d is in use", port)
            self._info["callback_error"] = error.code
        else:
            self._info["callback_url"] = f"{url}/callback/{secret}"
            if self._store.settings.get("callbacks", False) and not url.endswith(f":{port}"):
                self._info["callback_port_taken"] = port

    def _keep_callback(self, body: bytes, query: str) -> None:
        self._store.receipts.keep_callback(body, query)
        self.called = True
        self._wake.set()
