"""A log that is being loaded when the process dies leaves nothing half-loaded; loading it again finishes."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smsget.logs import LogReader
from smsget.store import ReportFilter, Store

ROWS = 60_000

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]

LOAD = """
import sys
from pathlib import Path
from smsget.logs import LogReader
from smsget.store import Store
with open(sys.argv[2], "rb") as file:
    Store(Path(sys.argv[1])).receipts.load("log", "", LogReader(file))
"""


def is_locked(path: Path) -> bool:
    """Whether somebody holds the write lock."""
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as conn:
        try:
            conn.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        conn.execute("ROLLBACK")
        return False


def test_a_load_that_is_killed_while_it_writes_leaves_nothing(store: Store, tmp_path: Path) -> None:
    log = tmp_path / "big.log"
    lines = (f"sms_id={n // 50}&content=09{n:08}|$1|2026-11-01 05:07:55|DELIVRD\n" for n in range(50, ROWS + 50))
    log.write_text("".join(lines))
    killed = 0
    for pause in (0.0, 0.05, 0.2):
        process = subprocess.Popen([sys.executable, "-c", LOAD, str(store.path), str(log)])
        while process.poll() is None and not is_locked(store.path):
            time.sleep(0.002)
        time.sleep(pause)
        process.kill()
        killed += process.wait() != 0
        counts = (
            store.receipts.count(ReportFilter()),
            store.receipts.summary().messages,
            len(store.receipts.imports()),
        )
        assert counts in ((0, 0, 0), (ROWS, ROWS, 1))
        assert store.receipts.check_counters() == []
    assert killed
    with log.open("rb") as file:
        result = store.receipts.load("log", "", LogReader(file))
    assert result.new + result.known == ROWS
    assert store.receipts.summary().delivered == ROWS
    assert store.receipts.check_counters() == []
