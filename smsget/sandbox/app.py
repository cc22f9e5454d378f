"""The three endpoints of SMS-Get on Starlette, with the faults that were ordered.

GET and POST both, fields in the query string, urlencoded or multipart (PHP's curl sends that for an array), and in
several of these at once: public clients POST with an empty body and everything in the query string.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from smsget.sandbox.config import SandboxConfig
from smsget.sandbox.ledger import TAIPEI, Ledger
from smsget.sandbox.orders import WORDS, Order, Rejection, check_account, read_order
from smsget.sandbox.postman import Postman

HANG_UP = "smsget.hang_up"
"""The ASGI extension under which `smsget.sandbox.server` hands over the function that cuts the connection."""

_BROKEN_PAGE = "<html><head><title>500</title></head><body><h1>Internal Server Error</h1></body></html>"
_GARBAGE_PAGE = "<br />\n<b>Warning</b>:  mysqli_connect(): Connection refused in <b>config.php</b> on line 12<br />\n"

_Answer = Callable[[Request, str | None], Awaitable[Response]]


class HangUp(Response):
    """Not an answer at all: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut the connection and wait until it is gone, lest the server answers on our behalf."""
        scope["extensions"][HANG_UP]()
        while (await receive())["type"] != "http.disconnect":
            pass


class Sandbox:
    """One SMS-Get account: its ledger, its points, the callbacks it owes, and `app`, which serves it.

    Opening it reads the ledger: points, ids and callbacks go on where the last process ended, however it ended.
    Raises `StoreError` (`in_use`, `damaged`). The app needs a server that offers the `HANG_UP` extension.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.ledger = Ledger(config.ledger, config.state_file, config.credits)
        self.postman = Postman(config, self.ledger.side)
        self._stopping = asyncio.Event()
        self._random = random.Random(config.seed)  # noqa: S311 (faults, not secrets)
        # One thread of its own: a fsync neither holds up the event loop nor queues behind anything else.
        self._writer = ThreadPoolExecutor(1, "sandbox-ledger")
        endpoints = {
            "api_send.php": self._faulty(self._send),
            "api_send_twoway.php": self._faulty(self._send_twoway),
            "api_query_credit.php": self._faulty(self._credit),
        }
        # A base URL with a slash at its end and a path with one at its start make two.
        routes = [
            Route(slash + path, endpoint, methods=["GET", "POST"])
            for path, endpoint in endpoints.items()
            for slash in ("/", "//")
        ]
        self.app = Starlette(routes=routes, lifespan=self._lifespan)

    def add_credits(self, points: int) -> int:
        """Top the account up; the points left afterwards. Thread-safe."""
        return self.ledger.add_credits(points)

    def stop(self) -> None:
        """Let everything that waits (latency, slow answers) come to an end at once. Call in the event loop."""
        self._stopping.set()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        if self.config.callback_url:
            for entry in self.ledger.entries():
                self.postman.take(entry)
        delivering = asyncio.create_task(self.postman.run())
        try:
            yield
        finally:
            delivering.cancel()
            self.postman.close()
            self._writer.shutdown()
            self.ledger.close()

    def _faulty(self, answer: _Answer) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            if request.method == "HEAD":  # Starlette gives it to whoever takes GET; it must not send anything
                return Response(status_code=405, headers={"Allow": "GET, POST"})
            await request.body()
            fault = self._draw_fault()
            await self._pause(self.config.latency_ms / 2000)
            if fault == "drop_before_accept":
                return HangUp()
            if fault == "error_500":
                return HTMLResponse(_BROKEN_PAGE, 500)
            response = await answer(request, fault)
            await self._pause(self.config.latency_ms / 2000 + (self.config.slow_s if fault == "slow" else 0))
            return HTMLResponse(_GARBAGE_PAGE) if fault == "garbage" else response

        return endpoint

    async def _send(self, request: Request, fault: str | None) -> Response:
        return await self._accept(request, fault, two_way=False)

    async def _send_twoway(self, request: Request, fault: str | None) -> Response:
        return await self._accept(request, fault, two_way=True)

    async def _accept(self, request: Request, fault: str | None, *, two_way: bool) -> Response:
        try:
            fields = await _read_fields(request)
            check_account(fields, _client(request), self.config)
            order = read_order(fields, two_way=two_way, now=datetime.now(TAIPEI), config=self.config)
            answer = await self._charge(order)
        except Rejection as rejection:
            return _refuse(rejection.code)
        except OSError:
            return HTMLResponse(_BROKEN_PAGE, 500)
        return HangUp() if fault == "drop_after_accept" else _succeed(answer)

    async def _credit(self, request: Request, _: str | None) -> Response:
        try:
            check_account(await _read_fields(request), _client(request), self.config)
        except Rejection as rejection:
            return _refuse(rejection.code)
        return _succeed(f"{self.config.username}|{self.ledger.left}")

    async def _charge(self, order: Order) -> str:
        """Book the order; `id|points used|points left`. Raises `Rejection` (009), `OSError` when the disk refuses."""
        entry = self.ledger.charge(order.phones, order.text, order.used, two_way=order.two_way, send_at=order.send_at)
        if entry is None:
            raise Rejection("009")
        await asyncio.get_running_loop().run_in_executor(self._writer, self.ledger.commit)
        if self.config.callback_url:
            self.postman.take(entry)
        return f"{entry.sms_id}|{entry.used}|{entry.left}"

    def _draw_fault(self) -> str | None:
        draw = self._random.random()
        for fault, rate in self.config.faults.items():
            if fault == "refuse_connection":
                continue
            if draw < rate:
                return fault
            draw -= rate
        return None

    async def _pause(self, seconds: float) -> None:
        if seconds > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), seconds)


async def _read_fields(request: Request) -> dict[str, str]:
    """Every field of a request; the body wins over the query string, and the last of several, as in PHP.

    Raises `Rejection` (001) for bytes that are not UTF-8 and for a body that is not the form it says it is.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        fields = _decode(request.scope["query_string"])
        if kind == "multipart/form-data":
            async with request.form() as form:
                fields |= {name: value for name, value in form.multi_items() if isinstance(value, str)}
        elif kind in ("", "application/x-www-form-urlencoded"):
            fields |= _decode(await request.body())
    except (ValueError, LookupError, HTTPException):  # a form without its boundary is a LookupError
        raise Rejection("001") from None
    return fields


def _decode(form: bytes) -> dict[str, str]:
    return dict(parse_qsl(form.decode(), keep_blank_values=True, errors="strict"))


def _client(request: Request) -> str:
    return request.client.host if request.client else ""


def _succeed(message: str) -> Response:
    return JSONResponse({"stats": True, "error_code": "000", "error_msg": message})


def _refuse(code: str) -> Response:
    return JSONResponse({"stats": False, "error_code": code, "error_msg": WORDS[code]})
