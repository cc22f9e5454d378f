"""Runs a sandbox under uvicorn, with the two things uvicorn does not do: cut a connection, refuse connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from smsget.sandbox.app import HANG_UP, Sandbox
from smsget.sandbox.config import HOST, SandboxConfig
from smsget.sandbox.door import Door


def serve(config: SandboxConfig, ready: Callable[[str], None] | None = None) -> None:
    """Serve until SIGINT or SIGTERM. Prints nothing; calls `ready(url)` once requests can be made.

    Raises `BadRequest` (`port_in_use`, `port`) and what `Sandbox` raises.
    """
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_Server(config, ready or (lambda _: None)).serve())


def start_in_thread(config: SandboxConfig) -> SandboxThread:
    """A sandbox on a thread of this process, listening when this returns. Raises as `serve`."""
    return SandboxThread(config)


class SandboxThread:
    """A running sandbox: `url` (no slash at the end), `port`, `config`, the `sandbox` itself. A context manager."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._server = _Server(config, lambda _: self._ready.set())
        self.sandbox = self._server.sandbox
        self.port = self._server.door.port
        self.url = f"http://{HOST}:{self.port}"
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    @property
    def pending_callbacks(self) -> int:
        """Accepted requests with callbacks to be posted within the next minute."""
        return self.sandbox.postman.pending

    def add_credits(self, points: int) -> int:
        """Top the account up; the points left afterwards."""
        return self.sandbox.add_credits(points)

    def stop(self) -> None:
        """Answer what is in flight, close the ledger, return when all is quiet. Callbacks owed wait for a restart."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> SandboxThread:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _run(self) -> None:
        try:
            asyncio.run(self._server.serve())
        except BaseException as failure:
            if self._ready.is_set():
                raise
            self._failure = failure
            self._ready.set()


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application may cut the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app = _offer_hang_up(self.app, transport.abort)


def _offer_hang_up(app: ASGIApp, abort: Callable[[], None]) -> ASGIApp:
    async def offering(scope: Scope, receive: Receive, send: Send) -> None:
        scope["extensions"] = {**scope.get("extensions", {}), HANG_UP: abort}
        await app(scope, receive, send)

    return offering


class _Server(uvicorn.Server):
    """uvicorn with a `Door` for its listening socket, and a clean end on a signal."""

    def __init__(self, config: SandboxConfig, ready: Callable[[str], None]) -> None:
        self.door = Door(config)
        try:
            self.sandbox = Sandbox(config)
        except BaseException:
            self.door.close()
            raise
        self._tell_ready = ready
        super().__init__(
            uvicorn.Config(
                self.sandbox.app,
                http=_Protocol,
                ws="none",
                lifespan="on",
                log_config=None,
                log_level=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=5,
            )
        )

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application without a listener, then open the door to it."""
        await super().startup(sockets=[])
        await self.door.open(self._protocol)
        self._tell_ready(f"http://{HOST}:{self.door.port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close the door first; nothing that merely waits keeps the server up."""
        self.door.close()
        self.sandbox.stop()
        await super().shutdown(sockets=[])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End on a signal without raising it again afterwards: being told to stop is not a failure."""
        self.should_exit = True

    def _protocol(self) -> asyncio.Protocol:
        return _Protocol(self.config, self.server_state, self.lifespan.state)
