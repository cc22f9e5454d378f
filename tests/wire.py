"""A server of raw sockets that does what a test tells it, however wrong that is."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qs

PATIENCE = 20
"""Seconds after which a test that waits for the other side gives up and fails."""


@dataclass(frozen=True)
class Request:
    """What a client sent: its request line, its headers with lower-case names, its body as bytes."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        """The body as a form. Fails on a field that comes twice or is no UTF-8."""
        fields = parse_qs(self.body.decode("ascii"), keep_blank_values=True, strict_parsing=True, errors="strict")
        assert all(len(values) == 1 for values in fields.values()), fields
        return {name: values[0] for name, values in fields.items()}


class Peer:
    """One accepted connection, as the script of a `Wire` sees it."""

    def __init__(self, sock: socket.socket, over: threading.Event, requests: list[Request]) -> None:
        self.sock = sock
        self._over = over
        self._requests = requests

    def read_headers(self) -> tuple[str, dict[str, str], bytes]:
        """The request line, the headers, and whatever came of the body with them."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._receive()
        head, rest = data.split(b"\r\n\r\n", 1)
        line, *fields = head.decode("latin-1").split("\r\n")
        return line, {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}, rest

    def read_request(self) -> Request:
        """One request with as much body as its Content-Length says."""
        line, headers, body = self.read_headers()
        while len(body) < int(headers.get("content-length", 0)):
            body += self._receive()
        request = Request(line, headers, body)
        self._requests.append(request)
        return request

    def write(self, data: bytes) -> None:
        """Send bytes as they are; a client that has gone is no error."""
        with suppress(OSError):
            self.sock.sendall(data)

    def drip(self, pieces: Iterable[bytes], seconds: float) -> None:
        """Send piece after piece with a pause after each, until the client or the test has had enough."""
        for piece in pieces:
            try:
                self.sock.sendall(piece)
            except OSError:
                return
            if self._over.wait(seconds):
                return

    def stall(self) -> None:
        """Do nothing at all until the test is over."""
        self._over.wait(PATIENCE)

    def reset(self) -> None:
        """Hang up with a TCP reset in place of an orderly end."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _receive(self) -> bytes:
        data = self.sock.recv(65536)
        if not data:
            raise ConnectionError("the client hung up in the middle of its request")
        return data


Script = Callable[[Peer], None]


class Wire:
    """A server on 127.0.0.1 that runs a script for every connection, each in its own thread.

    `connections` counts what was accepted, `requests` are those that a script has read. What a script raises fails the
    test that leaves the `with` block, except a client's hanging up.
    """

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None) -> None:
        self.connections = 0
        self.requests: list[Request] = []
        self._script = script
        self._tls = tls
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self._failures: list[Exception] = []
        self._listener = socket.create_server(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._over.set()
        socket.create_connection(("127.0.0.1", self.port)).close()  # wakes accept(), which close() would not
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive(), "a script did not come to its end"
        if error is None and self._failures:
            raise self._failures[0]

    def _start(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with self._listener:
            while True:
                sock, _ = self._listener.accept()
                if self._over.is_set():
                    sock.close()
                    return
                self.connections += 1
                self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(PATIENCE)
        try:
            served = self._tls.wrap_socket(sock, server_side=True) if self._tls else sock
            with served:
                self._script(Peer(served, self._over, self.requests))
        except OSError:
            sock.close()  # the client hung up, or would not shake hands: its side of the test tells which
        except Exception as failure:
            self._failures.append(failure)


def answer(body: bytes | str, status: str = "200 OK", headers: dict[str, str] | None = None) -> bytes:
    """A well-formed answer with this body and, unless `headers` say otherwise, its true Content-Length."""
    content = body if isinstance(body, bytes) else body.encode()
    fields = {"Content-Type": "text/html", "Content-Length": str(len(content))} | (headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + content


def said(stats: object, code: object, message: object) -> str:
    """The JSON of an SMS-Get answer."""
    return json.dumps({"stats": stats, "error_code": code, "error_msg": message})


def answering(data: bytes) -> Script:
    """A script that reads one request, sends these bytes, and hangs up."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.write(data)

    return script


# Made for these tests and used nowhere else, so that it may lie here in the open: self-signed for 127.0.0.1
# (and not for localhost), valid from 2020 to 2120. A fixed one needs neither openssl nor a library to make it.
CERTIFICATE = """\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgXfjddLVBWvrRP2TT
cAsTf8KuVbut/kt6mPiyRo11aS6hRANCAAS8GLDYN3+HqcVWchhRHqn8jybFjCZl
SJTR2momWtD6wZRBylq/NdbngTShInBbwonh61hF31OccbCF8yDCwhJJ
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIBojCCAUigAwIBAgIBATAKBggqhkjOPQQDAjAdMRswGQYDVQQDDBJzbXNnZXQg
dGVzdCBzZXJ2ZXIwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMB0x
GzAZBgNVBAMMEnNtc2dldCB0ZXN0IHNlcnZlcjBZMBMGByqGSM49AgEGCCqGSM49
AwEHA0IABLwYsNg3f4epxVZyGFEeqfyPJsWMJmVIlNHaaiZa0PrBlEHKWr811ueB
NKEicFvCieHrWEXfU5xxsIXzIMLCEkmjdzB1MA8GA1UdEQQIMAaHBH8AAAEwEgYD
VR0TAQH/BAgwBgEB/wIBADAOBgNVHQ8BAf8EBAMCAoQwHQYDVR0OBBYEFAX0KGwU
q+djRtEWskATwS4CSXSOMB8GA1UdIwQYMBaAFAX0KGwUq+djRtEWskATwS4CSXSO
MAoGCCqGSM49BAMCA0gAMEUCIQChYGh8H7RZhbkbI8y6SvZI890IuQQuIeJ7Rzjl
4bB4+QIgeQjBMWIcIcU8PDwqWJCQJ+lajV+bjAIJpA/Hsw97RpQ=
-----END CERTIFICATE-----
"""


def tls_context(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS context, and the file by which a client can trust it."""
    file = folder / "test-server.pem"
    file.write_text(CERTIFICATE, encoding="ascii")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context, file
