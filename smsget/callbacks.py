"""Where SMS-Get posts delivery receipts and replies: keep the raw body, answer `ok`, parse later.

Nothing is read before it is kept: a body we cannot read today may be read by a later version, and SMS-Get, once it has
seen `ok`, does not send it again (sms-get-api.txt, "二、接收回傳狀態": the URL answers with the string "ok").
Serve it without an access log: the secret is in the path.
"""

from __future__ import annotations

import asyncio
import email
import hmac
import http.client
import json
import logging
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from smsget.receipts import TEST_BODY, form_fields, storable

SIZE_LIMIT = 1 << 20
"""Bytes a body may have. 250 receipts, the most one callback carries, take about 20 kB."""

_log = logging.getLogger(__name__)

Keep = Callable[[bytes, str], None]
"""Keeps (raw body, query string) on disk before it returns, or raises. Called in a worker thread, several at once."""


class _TooLarge(Exception):
    pass


def callback_app(secret: str, keep: Keep, *, body_timeout: float = 30) -> Starlette:
    """The receiver: `POST /callback/<secret>`, or GET with the fields in the query string.

    It answers 200 `ok` once `keep` has returned, and 503 without that word if it raised, so that SMS-Get may try
    again. Another secret gets 404, a body above `SIZE_LIMIT` 413, one that takes longer than `body_timeout` seconds
    408. A call with neither body nor query, by which people test the address, is answered `ok` and not kept.
    """
    if not secret:
        raise ValueError("a callback receiver without a secret would take receipts from anybody")
    expected = secret.encode()

    async def receive(request: Request) -> Response:
        given: str = request.path_params["secret"]
        if not hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected):
            return _answer(HTTPStatus.NOT_FOUND)
        try:
            async with asyncio.timeout(body_timeout):
                body = await _body(request)
        except _TooLarge:
            return _answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        except TimeoutError:
            return _answer(HTTPStatus.REQUEST_TIMEOUT)
        except ClientDisconnect:  # half a body is nobody's receipt, and nobody is there to be answered
            return _answer(HTTPStatus.BAD_REQUEST)
        query = request.scope["query_string"].decode("utf-8", "replace")
        if (body or query) and request.method != "HEAD":
            try:
                await run_in_threadpool(keep, body, query)
            except Exception as error:  # whatever it was, it was not kept, and only that may not be answered `ok`
                # Its message may hold what was to be kept, which is somebody's number and text.
                _log.error("a callback could not be kept: %s", type(error).__name__)
                return _answer(HTTPStatus.SERVICE_UNAVAILABLE, {"Retry-After": "60"})
        return PlainTextResponse("ok")

    # With and without a last slash: a redirect would lose the body of a client that does not follow it.
    paths = ("/callback/{secret}", "/callback/{secret}/")
    return Starlette(routes=[Route(path, receive, methods=["POST", "GET"]) for path in paths])


def _answer(status: HTTPStatus, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(status.phrase, status_code=status, headers=headers)


async def _body(request: Request) -> bytes:
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and (len(announced) > 9 or int(announced) > SIZE_LIMIT):
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > SIZE_LIMIT:
            raise _TooLarge
        parts.append(chunk)
    return b"".join(parts)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test of a callback address gave. `code`: `ok`; `bad_url`; `unreachable` (no connection, no certificate,
    no answer in time); `refused` (another status than 200, see `status`: 404 is a wrong path or secret); `no_ok` (an
    answer without the word that SMS-Get looks for, from some other server). `seconds` is how long it took.
    """

    code: str
    status: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Whether SMS-Get would be satisfied."""
        return self.code == "ok"


def send_test(url: str, *, timeout_s: float = 15) -> Tried:
    """Call a callback address as SMS-Get does, with a body that says nothing; never raises.

    Once it has arrived, `store.receipts.last_called("test")` says when: the way to the disk was whole, too.
    """
    if not url.startswith(("https://", "http://")):
        return Tried("bad_url")
    started = time.monotonic()
    try:
        request = urllib.request.Request(url, TEST_BODY + secrets.token_hex(8).encode(), method="POST")  # noqa: S310
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310  (http and https only)
            said, status = answer.read(1000), answer.status
    except urllib.error.HTTPError as error:
        return Tried("refused", error.code, time.monotonic() - started)
    except (OSError, ValueError, http.client.HTTPException):
        return Tried("unreachable", 0, time.monotonic() - started)
    return Tried("ok" if status == HTTPStatus.OK and b"ok" in said else "no_ok", status, time.monotonic() - started)


def parse_body(raw: bytes) -> dict[str, str]:
    """The fields of a kept body, or of a kept query string as bytes; {} if there are none. Never raises.

    SMS-Get posts them urlencoded. Told by their first characters, multipart (what PHP's curl sends for an array) and
    JSON (what a relay in between may make of it) are read as well.
    """
    start = raw.lstrip()[:2]
    if start == b"--":
        return _multipart(raw)
    text = _text(raw)
    if start[:1] == b"{":
        return _json(text)
    return form_fields(text)


def parse_kept(raw: bytes, query: str = "") -> dict[str, str]:
    """The fields of a callback as it was kept, whether they came in the query string, the body or both."""
    return parse_body(query.encode("utf-8", "replace")) | parse_body(raw)


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("cp950", "replace")


def _json(text: str) -> dict[str, str]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {storable(name): storable(str(field)) for name, field in value.items() if isinstance(field, (str, int))}


def _multipart(raw: bytes) -> dict[str, str]:
    boundary = raw.lstrip().partition(b"\n")[0].strip()[2:]
    if not 0 < len(boundary) <= 70 or b'"' in boundary:
        return {}
    head = b'Content-Type: multipart/form-data; boundary="' + boundary + b'"\r\n\r\n'
    fields: dict[str, str] = {}
    for part in email.message_from_bytes(head + raw.lstrip()).walk():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(payload, bytes):
            fields[name] = _text(payload)
    return fields
