"""What the tests of the gateway share: an account whose password cannot be overlooked, and ways to end a request."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from smsget.errors import GatewayError
from smsget.gateway import Gateway
from tests.wire import Peer, Script, answer, said

CANARY = "Kana-rie 7&ü<\"'+鳥"  # a password that every kind of escaping changes
PHONE = "0912345678"
SUCCESS = answer(said(True, "000", "795938|1|29864"))
SAID = said(True, "000", "1|2|3").encode()


def gateway(url: str, *, connect_timeout: float = 5, read_timeout: float = 5) -> Gateway:
    """The client of an account whose password is `CANARY`."""
    return Gateway(url, "acme", CANARY, connect_timeout=connect_timeout, read_timeout=read_timeout)


def outcome(url: str, **timeouts: float) -> GatewayError:
    """The error that one send ends in."""
    with pytest.raises(GatewayError) as caught:
        gateway(url, **timeouts).send([PHONE], "hello")
    return caught.value


def brief(error: GatewayError) -> tuple[type[GatewayError], str]:
    """What tells one outcome from another."""
    return type(error), error.code


def head(*fields: str) -> bytes:
    """The start of a 200 with just these header fields."""
    return "\r\n".join(["HTTP/1.1 200 OK", *fields, "", ""]).encode()


def resetting(read: Callable[[Peer], object], data: bytes = b"") -> Script:
    """A script that reads, perhaps begins to answer, and hangs up with a reset."""

    def script(peer: Peer) -> None:
        read(peer)
        peer.write(data)
        peer.reset()

    return script


def closed_port() -> int:
    """A port of 127.0.0.1 where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
