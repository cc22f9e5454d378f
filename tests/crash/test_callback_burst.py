"""A burst of callbacks loses nothing that was answered `ok`: not by kill -9, not by a database that is busy.

`make test` sends a few; the whole burst is `CALLBACKS=1000 RECEIPTS=250 KILLS=5`.
"""

from __future__ import annotations

import contextlib
import os
import random
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from smsget.store import ReportFilter, Store
from tests.crash.receiver import SECRET

CALLBACKS = int(os.environ.get("CALLBACKS", "60"))
RECEIPTS = int(os.environ.get("RECEIPTS", "50"))
KILLS = int(os.environ.get("KILLS", "2"))

pytestmark = [pytest.mark.crash, pytest.mark.timeout(600)]


class Receiver:
    """The receiving process, killed and started again on the same port."""

    def __init__(self, database: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._command = [sys.executable, "-m", "tests.crash.receiver", str(database), str(self.port)]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"up\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def receiver(store: Store) -> Iterator[Receiver]:
    one = Receiver(store.path)
    yield one
    one.kill()


def body(number: int) -> str:
    content = ",".join(f"09{number:05}{each:03}|$1|2026-11-01 05:07:55|DELIVRD" for each in range(RECEIPTS))
    return f"sms_id={number + 1}&content={content}"


def call(receiver: Receiver, number: int) -> None:
    """Call back until it is answered `ok`: what was answered otherwise may or may not be there."""
    url = f"http://127.0.0.1:{receiver.port}/callback/{SECRET}"
    while True:
        with contextlib.suppress(requests.RequestException):
            answer = requests.post(url, data=body(number), timeout=30)
            if answer.ok and answer.text == "ok":
                return
        time.sleep(0.02)


def test_a_burst_with_kills_and_a_busy_database_loses_nothing(store: Store, receiver: Receiver) -> None:
    chance, done = random.Random(6), threading.Event()
    answered: list[int] = []

    def one(number: int) -> None:
        call(receiver, number)
        answered.append(number)

    def be_busy() -> None:
        """Hold the write lock for longer than a callback waits for it, as a big load may."""
        conn = sqlite3.connect(store.path, isolation_level=None, timeout=30)
        conn.execute("BEGIN IMMEDIATE")
        done.wait(3)
        conn.execute("ROLLBACK")
        conn.close()

    with ThreadPoolExecutor(40) as callers:
        calls = [callers.submit(one, number) for number in range(CALLBACKS)]
        busy = threading.Thread(target=be_busy)
        busy.start()
        for kill in range(KILLS):
            wanted = (kill + chance.random()) * CALLBACKS / (KILLS + 1)
            while len(answered) < wanted:
                time.sleep(0.005)
            receiver.kill()
            receiver.start()
        for each in calls:
            each.result()
        done.set()
        busy.join()
    deadline = time.monotonic() + 120
    while store.receipts.waiting_callbacks() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert sorted(answered) == list(range(CALLBACKS))
    assert store.receipts.count(ReportFilter(status="delivered")) == CALLBACKS * RECEIPTS
    assert store.receipts.check_counters() == []
