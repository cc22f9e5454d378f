"""The listening socket of the sandbox, which the fault `refuse_connection` shuts for moments.

A connection that is accepted and then reset is not a refused one: the client may have sent its request into it and
cannot know what became of it. So the port really stops listening, and the operating system refuses.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import random
import socket
import struct
import sys
from collections.abc import Callable

from smsget.errors import BadRequest
from smsget.sandbox.config import HOST, SandboxConfig

_BACKLOG = 2048
_SO_ATTACH_FILTER = 26
_DROP_ALL = ctypes.create_string_buffer(struct.pack("HBBI", 0x06, 0, 0, 0))  # BPF: return 0 bytes of every packet


class Door:
    """Listens on loopback and hands connections over; with `refuse_connection` it is now and then not there at all.

    Takes the port at once: raises `BadRequest` (`port_in_use`, `port`). `port` is the one it got. asyncio's own server
    would not do: it loses connections it has accepted but not yet begun to serve when it is closed.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self._rate = config.faults.get("refuse_connection", 0)
        self._shut_s = config.refuse_s
        # Not the sequence the requests' faults are drawn from, or the two would strike together.
        seed = None if config.seed is None else f"door {config.seed}"
        self._random = random.Random(seed)  # noqa: S311 (faults, not secrets)
        self._handovers: set[asyncio.Future[object]] = set()
        self._socket = _bind(config.port)
        self.port: int = self._socket.getsockname()[1]
        # While shut, the port must stay ours: a client's own outgoing connection may be given a free one. Only Linux
        # lets a second socket be bound to it without listening.
        self._keeper = _bind(self.port) if self._rate and sys.platform == "linux" else None
        self._attending: asyncio.Task[None] | None = None

    async def open(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Listen, and hand every connection to a new `protocol()`; or, if the dice say so, only after a moment.

        Raises `BadRequest` (`port_in_use`) when somebody else listened first.
        """
        refusing = self._hit()
        if refusing:
            self._socket.close()
        else:
            self._listen()
        self._attending = asyncio.create_task(self._attend(protocol, refusing=refusing))

    def close(self) -> None:
        """Stop listening for good. Connections that exist go on."""
        if self._attending is not None:
            self._attending.cancel()
        else:
            self._socket.close()
        if self._keeper is not None:
            self._keeper.close()

    async def _attend(self, protocol: Callable[[], asyncio.Protocol], *, refusing: bool) -> None:
        loop = asyncio.get_running_loop()
        try:
            while True:
                if refusing:
                    await self._reopen()
                    refusing = False
                try:
                    connection, _ = await loop.sock_accept(self._socket)
                except OSError:  # out of file descriptors: those in use come free again
                    await asyncio.sleep(0.1)
                    continue
                self._hand_over(connection, protocol)
                refusing = self._hit()
                if refusing:
                    self._shut(protocol)
        finally:
            self._socket.close()

    async def _reopen(self) -> None:
        while True:
            await asyncio.sleep(self._shut_s)
            if not self._hit():
                # Where no keeper holds the port somebody may have it just now; the next moment will do.
                with contextlib.suppress(BadRequest):
                    self._socket = _bind(self.port)
                    self._listen()
                    return

    def _shut(self, protocol: Callable[[], asyncio.Protocol]) -> None:
        """Stop listening without resetting the connections that are complete and wait to be accepted."""
        _deafen(self._socket)
        with contextlib.suppress(OSError):
            while True:
                self._hand_over(self._socket.accept()[0], protocol)
        self._socket.close()

    def _hand_over(self, connection: socket.socket, protocol: Callable[[], asyncio.Protocol]) -> None:
        connection.setblocking(False)
        loop = asyncio.get_running_loop()
        # The event loop holds its tasks weakly.
        handover: asyncio.Future[object] = asyncio.ensure_future(loop.connect_accepted_socket(protocol, connection))
        self._handovers.add(handover)
        handover.add_done_callback(self._handovers.discard)

    def _listen(self) -> None:
        try:
            self._socket.listen(_BACKLOG)
        except OSError:
            raise BadRequest("port_in_use", port=self.port) from None

    def _hit(self) -> bool:
        return self._rate > 0 and self._random.random() < self._rate


def _bind(port: int) -> socket.socket:
    # With the protocol named, asyncio turns Nagle's algorithm off; it costs 40 ms per request otherwise.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise BadRequest("port_in_use", port=port) from None
    listener.setblocking(False)
    return listener


def _deafen(listener: socket.socket) -> None:
    """Let no further connection be completed, so that none is reset between the last accept and the close.

    Only Linux can. Whoever knocks in those microseconds is not heard, knocks again a second later and is then refused
    or served. Elsewhere such a connection is reset, unread and uncharged.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            program = struct.pack("HP", 1, ctypes.addressof(_DROP_ALL))
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, program)
