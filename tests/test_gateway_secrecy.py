"""No exception, log, output or repr of the client shows the password."""

from __future__ import annotations

import base64
import html
import http.client
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest
import requests
from requests.adapters import HTTPAdapter

from smsget.errors import AccountError, GatewayError, OutcomeUnknown
from smsget.gateway import Gateway
from tests.gateways import CANARY, PHONE, closed_port, gateway, head, outcome, resetting
from tests.wire import Peer, Script, Wire, answer, answering, said

FORMS = {
    "plain": CANARY,
    "form": quote_plus(CANARY),
    "percent": quote(CANARY),
    "html": html.escape(CANARY),
    "json": json.dumps(CANARY)[1:-1],
    "repr": repr(CANARY)[1:-1],
    "base64": base64.b64encode(CANARY.encode()).decode(),
}


def leaks(shown: str) -> list[str]:
    return [name for name, form in FORMS.items() if form in shown]


def everything_about(error: BaseException) -> Iterator[str]:
    """What any logger could print: each exception behind this one, its attributes, and the locals of its frames."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield repr(thing)
        if isinstance(thing, str | bytes):
            yield thing if isinstance(thing, str) else thing.decode(errors="replace")
        elif isinstance(thing, BaseException):
            yield str(thing)
            waiting += [*thing.args, *vars(thing).values(), thing.__cause__, thing.__context__]
            frames = (frame for frame, _ in traceback.walk_tb(thing.__traceback__))
            ours = [frame for frame in frames if "smsget" in Path(frame.f_code.co_filename).parts]
            waiting += [value for frame in ours for value in frame.f_locals.values()]
        elif isinstance(thing, requests.Request | requests.PreparedRequest | requests.Response):
            waiting += vars(thing).values()
        elif isinstance(thing, dict):
            waiting += [*thing, *thing.values()]
        elif isinstance(thing, list | tuple | set):
            waiting += thing


def unreachable(stack: ExitStack) -> str:
    return f"http://127.0.0.1:{closed_port()}"


def scripted(script: Script) -> Callable[[ExitStack], str]:
    return lambda stack: stack.enter_context(Wire(script)).url


def repeating(form: str) -> Script:
    """A debugging page that shows what it was sent."""
    return answering(answer(f"<pre>Array ( [password] => {form} )</pre>"))


ENDINGS: dict[str, Callable[[ExitStack], str]] = {
    "connect": unreachable,
    "name_lookup": lambda _: "https://sms-get.invalid",
    "refused": scripted(answering(answer(said(False, "005", f"wrong password {CANARY}")))),
    "redirect": scripted(answering(answer("", "302 Found", {"Location": "/?password=" + quote(CANARY)}))),
    "http_status": scripted(answering(answer(CANARY, "500 " + quote(CANARY)))),
    "reset": scripted(resetting(Peer.read_request)),
    "not_http": scripted(answering(quote(CANARY).encode())),
    "cut": scripted(answering(head("Content-Length: 900") + CANARY.encode())),
    "malformed_success": scripted(answering(answer(said(True, "000", CANARY)))),
    "json_text": scripted(answering(answer(json.dumps({"form": {"password": CANARY}})))),
    **{f"echo_{name}": scripted(repeating(form)) for name, form in FORMS.items() if name not in {"repr", "base64"}},
    "echo_behind_the_excerpt": scripted(answering(answer("x" * 195 + CANARY))),
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_no_exception_log_or_output_shows_the_password(
    ending: Callable[[ExitStack], str],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
):
    """Not even with every logger at DEBUG and http.client told to print what it sends."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with ExitStack() as stack:
        account = gateway(ending(stack))
        with pytest.raises(GatewayError) as caught:
            account.send([PHONE], "hello")
    error = caught.value
    for shown in everything_about(error):
        assert leaks(shown) == []
    assert error.__cause__ is None
    assert error.__context__ is None
    assert leaks("".join(traceback.format_exception(error))) == []
    assert leaks("\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)) == []
    assert leaks("".join(capfd.readouterr())) == []


def test_the_search_for_the_password_would_find_it():
    """The control: an exception that holds the request does show it."""
    with pytest.raises(requests.RequestException) as caught:
        requests.post(f"http://127.0.0.1:{closed_port()}", data={"password": CANARY}, timeout=1)
    assert any(leaks(shown) for shown in everything_about(caught.value))


def test_whoever_keeps_the_request_keeps_no_password(monkeypatch: pytest.MonkeyPatch):
    """Crash reporters and profilers hold on to what they see."""
    kept = []
    send = HTTPAdapter.send

    def spy(self: HTTPAdapter, request: requests.PreparedRequest, **options: object) -> requests.Response:
        kept.append(request)
        return send(self, request, **options)

    monkeypatch.setattr(HTTPAdapter, "send", spy)
    with Wire(resetting(Peer.read_request)) as wire:
        outcome(wire.url)
    [request] = kept
    assert b"".join(request.body) == b""
    assert leaks(repr(vars(request))) == []


def test_repr_shows_url_and_username_only():
    shown = repr(gateway("https://sms-get.com/"))
    assert shown == "Gateway('https://sms-get.com', username='acme')"
    assert leaks(shown) == []


def test_errors_about_the_account_do_not_show_the_password():
    for url in (f"https://a:{CANARY}@sms-get.com", f"https://sms-get.com/?password={CANARY}", CANARY):
        with pytest.raises(AccountError) as caught:
            gateway(url)
        assert leaks(str(caught.value) + repr(caught.value)) == []
    with pytest.raises(AccountError) as caught:
        Gateway("https://sms-get.com", "acme", CANARY * 3)
    assert leaks(str(caught.value) + repr(caught.value)) == []


@pytest.mark.parametrize(
    "echo",
    [
        "Your order is ready, 王小明 \U0001d11e",
        json.dumps("Your order is ready, 王小明 \U0001d11e"),
        "<b>886912345678</b> not reachable",
    ],
)
def test_an_answer_that_repeats_the_message_or_a_number_leaves_no_excerpt(echo: str):
    with Wire(answering(answer(echo))) as wire, pytest.raises(OutcomeUnknown) as caught:
        gateway(wire.url).send([PHONE], "order is ready, 王小明 \U0001d11e")
    assert caught.value.evidence == {"excerpt": ""}


def test_an_excerpt_is_one_short_line():
    with Wire(answering(answer("<h1>Gateway\r\n\tdown</h1>" + "x" * 900))) as wire:
        excerpt = outcome(wire.url).evidence["excerpt"]
    assert excerpt.startswith("<h1>Gateway down</h1>xxx")
    assert len(excerpt) == 200
