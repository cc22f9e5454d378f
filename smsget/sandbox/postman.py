"""Delivers the callbacks a ledger owes, in the background: receipts and replies, POSTed until somebody says `ok`."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlencode, urlsplit

from smsget.sandbox.config import SandboxConfig
from smsget.sandbox.fates import Callback, callbacks
from smsget.sandbox.ledger import Entry, SideFile

ATTEMPTS = 5
"""How often one callback is posted before it is given up until the next start; pauses double in between."""

SOON_S = 60.0

_AT_ONCE = 4
_TIMEOUT_S = 5
_LONGEST_WAIT_S = 3600.0  # the computer's clock may be set while a message is scheduled for next week


@dataclass(slots=True)
class _Round:
    """The callbacks of one entry, posted one after the other. `posts` is made when the first is due."""

    entry: Entry
    posts: list[Callback] | None = None
    place: int = 0
    attempts: int = 0

    @property
    def name(self) -> str:
        return f"{self.entry.sms_id}/{self.place}"


@dataclass(order=True, slots=True)
class _Due:
    at: float
    turn: int
    round: _Round = field(compare=False)


class Postman:
    """Owes every entry it took all its callbacks. Use within one event loop; posting happens in threads of its own."""

    def __init__(self, config: SandboxConfig, side: SideFile) -> None:
        self._config = config
        self._side = side
        self._heap: list[_Due] = []
        self._turns = itertools.count()
        self._woken = asyncio.Event()
        self._hands = asyncio.Semaphore(_AT_ONCE)
        self._walks: set[asyncio.Task[None]] = set()
        self._pool = ThreadPoolExecutor(_AT_ONCE, "sandbox-callbacks")

    @property
    def pending(self) -> int:
        """Entries with callbacks to be posted within the next `SOON_S`. Thread-safe.

        What is due later (a message scheduled for next week) is picked up at a later start: no reason to stay for it.
        """
        soon = time.time() + SOON_S
        return sum(one.at <= soon for one in list(self._heap)) + len(self._walks)

    def take(self, entry: Entry) -> None:
        """Owe an entry its callbacks, except those acknowledged already."""
        if entry.sms_id not in self._side.acknowledged:
            first = (entry.send_at or entry.at) + timedelta(seconds=self._config.callback_delay_s)
            self._push(_Round(entry), first.timestamp())

    async def run(self) -> None:
        """Deliver for ever; cancel it to stop."""
        while True:
            self._woken.clear()
            wait = self._heap[0].at - time.time() if self._heap else _LONGEST_WAIT_S
            if wait > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), min(wait, _LONGEST_WAIT_S))
                continue
            await self._hands.acquire()
            walk = asyncio.create_task(self._walk(heapq.heappop(self._heap).round))
            self._walks.add(walk)
            walk.add_done_callback(self._walks.discard)

    def close(self) -> None:
        """Stop posting. What is under way is not waited for; unacknowledged, it is posted again after a restart."""
        for walk in self._walks:
            walk.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _walk(self, job: _Round) -> None:
        try:
            if job.posts is None:
                job.posts = callbacks(job.entry, self._config.callback_delay_s, self._config.reply_code)
            posts = job.posts
            self._skip_acknowledged(job)
            if job.place < len(posts) and posts[job.place].due.timestamp() <= time.time():
                await self._post(job, posts[job.place])
                self._skip_acknowledged(job)
        finally:
            self._hands.release()
        if job.place < len(posts):
            pause = self._config.callback_retry_s * 2 ** (job.attempts - 1) if job.attempts else 0
            self._push(job, max(posts[job.place].due.timestamp(), time.time() + pause))
        elif all(f"{job.entry.sms_id}/{place}" in self._side.acknowledged for place in range(len(posts))):
            self._side.acknowledge(job.entry.sms_id)

    async def _post(self, job: _Round, post: Callback) -> None:
        loop = asyncio.get_running_loop()
        said_ok = await loop.run_in_executor(self._pool, post_form, self._config.callback_url or "", post.fields)
        if said_ok:
            self._side.acknowledge(job.name)
        else:
            job.attempts += 1
        if said_ok or job.attempts == ATTEMPTS:
            job.place, job.attempts = job.place + 1, 0

    def _skip_acknowledged(self, job: _Round) -> None:
        while job.name in self._side.acknowledged:
            job.place += 1

    def _push(self, job: _Round, at: float) -> None:
        heapq.heappush(self._heap, _Due(at, next(self._turns), job))
        self._woken.set()


def post_form(url: str, fields: dict[str, str]) -> bool:
    """POST a form once; True when the answer is a 2xx that contains `ok` (sms-get-api.txt, "二、接收回傳狀態")."""
    try:
        parts = urlsplit(url)
        connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = connection_class(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        try:
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
            connection.request("POST", path, urlencode(fields), headers)
            answer = connection.getresponse()
            return answer.status // 100 == 2 and b"ok" in answer.read(65_536).lower()
        finally:
            connection.close()
    except (OSError, HTTPException, ValueError):
        return False
