"""Connections that fail: before the body begins to leave nothing was sent, from then on nobody knows."""

from __future__ import annotations

import http.client
import itertools
import os
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from smsget.errors import NotSent, OutcomeUnknown
from tests.gateways import CANARY, PHONE, SAID, SUCCESS, brief, closed_port, gateway, head, outcome, resetting
from tests.wire import Peer, Script, Wire, answering, tls_context


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own proxies and certificates stay out of the tests."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy") or name in {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}:
            monkeypatch.delenv(name)


# The connection, before and after the body has left


@pytest.mark.parametrize(
    "script",
    [
        resetting(Peer.read_request),
        resetting(Peer.read_request, head("Content-Length: 500") + SAID),
        resetting(Peer.read_headers),
    ],
    ids=["after_the_request", "within_the_answer", "within_the_body"],
)
def test_a_reset_after_the_body_began_is_unknown(script: Script):
    with Wire(script) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, "connection_lost")
    assert wire.connections == 1


def test_a_server_that_reads_no_body_is_unknown():
    """Some of a large body fits into the buffers of the system, so bytes of it have left."""
    with Wire(Peer.stall) as wire, pytest.raises(OutcomeUnknown) as caught:
        gateway(wire.url, connect_timeout=0.3, read_timeout=0.3).send([PHONE], "x" * 20_000_000)
    assert caught.value.code == "read_timeout"


def test_a_stalled_answer_is_unknown():
    def stall(peer: Peer) -> None:
        peer.read_request()
        peer.stall()

    with Wire(stall) as wire:
        assert brief(outcome(wire.url, read_timeout=0.2)) == (OutcomeUnknown, "read_timeout")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n", *(b"X-Drip: y\r\n" for _ in range(90))],
        [b"HTTP/1.1 200 O", *itertools.repeat(b"K", 400)],
        [head("Content-Length: 60000"), *itertools.repeat(b" ", 400)],
        [head("Transfer-Encoding: chunked"), *itertools.repeat(b"1\r\n \r\n", 400)],
        [head(), *itertools.repeat(b" ", 400)],
        [*itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n", 400)],
    ],
    ids=["headers", "status_line", "body", "chunks", "to_the_end", "continue"],
)
def test_a_server_that_drips_holds_nobody_longer_than_the_whole_answer_may_take(pieces: list[bytes]):
    """Each piece comes well within the timeout of one read; all together they would take 4 s and more."""

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.drip(pieces, 0.05)

    with Wire(script) as wire:
        start = time.monotonic()
        error = outcome(wire.url, read_timeout=0.4)
        assert time.monotonic() - start < 3
    assert brief(error) == (OutcomeUnknown, "read_timeout")


def test_a_slow_answer_within_its_time_is_good():
    def script(peer: Peer) -> None:
        peer.read_request()
        peer.drip((SUCCESS[n : n + 20] for n in range(0, len(SUCCESS), 20)), 0.01)

    with Wire(script) as wire:
        assert gateway(wire.url).send([PHONE], "hello").sms_id == "795938"


def test_a_closed_port_is_not_sent():
    error = outcome(f"http://127.0.0.1:{closed_port()}")
    assert brief(error) == (NotSent, "connect")
    assert error.evidence == {"host": "127.0.0.1"}


def test_an_unknown_name_is_not_sent():
    """`.invalid` never exists (RFC 6761)."""
    assert brief(outcome("https://sms-get.invalid")) == (NotSent, "name_lookup")


@contextmanager
def full_backlog() -> Iterator[int]:
    """A port that neither accepts nor refuses: its queue of connections is full."""
    with socket.socket() as listener, ExitStack() as others:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(8):
            other = others.enter_context(socket.socket())
            other.setblocking(False)
            other.connect_ex(listener.getsockname())
        yield int(listener.getsockname()[1])


def test_a_connection_that_does_not_come_about_in_time_is_not_sent():
    with full_backlog() as port:
        error = outcome(f"http://127.0.0.1:{port}", connect_timeout=0.3)
    assert brief(error) == (NotSent, "connect_timeout")


def test_an_answer_to_the_headers_alone_is_not_sent(monkeypatch: pytest.MonkeyPatch):
    """urllib3 goes on to read an answer if the connection breaks while it writes; the body had not left then."""
    endheaders = http.client.HTTPConnection.endheaders

    def broken(self: http.client.HTTPConnection) -> None:
        endheaders(self)
        raise BrokenPipeError

    def script(peer: Peer) -> None:
        peer.read_headers()
        peer.write(SUCCESS)

    monkeypatch.setattr(http.client.HTTPConnection, "endheaders", broken)
    with Wire(script) as wire:
        assert brief(outcome(wire.url)) == (NotSent, "connect")


def test_an_exception_nobody_thought_of_is_one_of_the_outcomes_too(monkeypatch: pytest.MonkeyPatch):
    def fail(_: http.client.HTTPConnection) -> None:
        raise ZeroDivisionError

    with Wire(answering(SUCCESS)) as wire:
        with monkeypatch.context() as patch:
            patch.setattr(http.client.HTTPConnection, "endheaders", fail)
            assert brief(outcome(wire.url)) == (NotSent, "connect")
        monkeypatch.setattr(http.client.HTTPConnection, "getresponse", fail)
        assert brief(outcome(wire.url)) == (OutcomeUnknown, "connection_lost")


# TLS


def test_https_with_a_trusted_certificate_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    context, certificate = tls_context(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Wire(answering(SUCCESS), tls=context) as wire:
        assert gateway(wire.url).send([PHONE], "hello").sms_id == "795938"


def test_an_untrusted_certificate_is_not_sent(tmp_path: Path):
    context, _ = tls_context(tmp_path)
    with Wire(answering(SUCCESS), tls=context) as wire:
        assert brief(outcome(wire.url)) == (NotSent, "tls")
    assert wire.requests == []


def test_a_certificate_for_another_name_is_not_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    context, certificate = tls_context(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Wire(answering(SUCCESS), tls=context) as wire:
        assert brief(outcome(wire.url.replace("127.0.0.1", "localhost"))) == (NotSent, "tls")
    assert wire.requests == []


def https(wire: Wire) -> str:
    return wire.url.replace("http:", "https:")


def test_https_to_a_server_without_tls_is_not_sent():
    with Wire(lambda peer: peer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as wire:
        assert brief(outcome(https(wire))) == (NotSent, "tls")


def test_a_reset_within_the_handshake_is_not_sent():
    with Wire(resetting(lambda peer: peer.sock.recv(100))) as wire:
        assert isinstance(outcome(https(wire)), NotSent)


def test_a_handshake_that_stalls_is_not_sent():
    with Wire(Peer.stall) as wire:
        assert brief(outcome(https(wire), connect_timeout=0.3)) == (NotSent, "connect_timeout")


def test_a_reset_under_tls_after_the_body_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    context, certificate = tls_context(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Wire(resetting(Peer.read_request), tls=context) as wire:
        assert brief(outcome(wire.url)) == (OutcomeUnknown, "connection_lost")


def test_a_drip_under_tls_ends_in_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    context, certificate = tls_context(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))

    def script(peer: Peer) -> None:
        peer.read_request()
        peer.drip([head(), *itertools.repeat(b" ", 400)], 0.05)

    with Wire(script, tls=context) as wire:
        assert brief(outcome(wire.url, read_timeout=0.4)) == (OutcomeUnknown, "read_timeout")


# Proxies


def everything_through(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, url)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_never_reached_through_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str):
    with Wire(answering(SUCCESS)) as wire, Wire(answering(SUCCESS)) as proxy:
        everything_through(monkeypatch, proxy.url)
        assert gateway(wire.url.replace("127.0.0.1", host)).send([PHONE], "hello").sms_id == "795938"
    assert proxy.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.3", "[::1]"])
def test_loopback_that_is_not_there_is_not_looked_for_behind_a_proxy(monkeypatch: pytest.MonkeyPatch, host: str):
    with Wire(answering(SUCCESS)) as proxy:
        everything_through(monkeypatch, proxy.url)
        for scheme in ("http", "https"):
            assert isinstance(outcome(f"{scheme}://{host}:{closed_port()}"), NotSent)
    assert proxy.connections == 0


@pytest.mark.parametrize("status", ["407 Proxy Authentication Required", "502 Bad Gateway", "200"])
def test_a_proxy_that_opens_no_tunnel_is_not_sent(monkeypatch: pytest.MonkeyPatch, status: str):
    """And it sees no password: the form goes through the tunnel or not at all."""
    seen = []

    def script(peer: Peer) -> None:
        seen.append(peer.read_headers())
        peer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())

    with Wire(script) as proxy:
        everything_through(monkeypatch, proxy.url)
        error = outcome("https://sms-get.invalid")
    assert isinstance(error, NotSent)
    assert error.code in {"proxy", "tls"}
    assert seen[0][0].startswith("CONNECT sms-get.invalid:443 ")
    assert CANARY not in repr(seen)


def test_an_unreachable_proxy_is_not_sent(monkeypatch: pytest.MonkeyPatch):
    everything_through(monkeypatch, f"http://127.0.0.1:{closed_port()}")
    assert brief(outcome("https://sms-get.invalid")) == (NotSent, "proxy")


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:9", "nonsense://127.0.0.1:9", "http://"])
def test_an_impossible_proxy_is_not_sent(monkeypatch: pytest.MonkeyPatch, url: str):
    everything_through(monkeypatch, url)
    assert brief(outcome("https://sms-get.invalid")) == (NotSent, "proxy")


def test_a_login_in_netrc_is_not_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password elsewhere\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Wire(answering(SUCCESS)) as wire:
        gateway(wire.url).send([PHONE], "hello")
    assert "authorization" not in wire.requests[0].headers
