"""How close sending comes to the ideal, durability included: every batch is on disk before its request leaves.

    python bench/send.py [--plain 100000] [--personal 10000] [--confirm 1000000] [--limit]

Three things, each beside its ideal in the same run:

1.  One text to many, 4 requests at a time, a gateway that takes 100 ms: ideally ceil(batches / 4) x 100 ms.
2.  A text for each, 8 at a time, 20 ms: ideally ceil(people / 8) x 20 ms.
    Beside both: the same requests from a bare client that keeps nothing, which is what this machine allows at all.
3.  Confirming a campaign: beside `executemany` of the same rows into the same tables of another database.

The sandbox runs in a process of its own, and so does the engine, whose peak memory is told. With `--limit`, exit status
1 if a ratio is above 1.1, 1.25 or 2.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

ACCOUNT = "bench@127.0.0.1"
LIMITS = {"plain": 1.1, "personal": 1.25, "confirm": 2.0}
ENGINE = """
import re, sys
from pathlib import Path
from smsget.engine import run_engine
from smsget.store import Store
run_engine(Store(sys.argv[1]), idle_s=0)
status = Path("/proc/self/status")  # ru_maxrss would begin with that of the process that started this one
print(re.search(r"VmHWM:\\s+(\\d+)", status.read_text())[1] if status.exists() else 0)
"""


MEMORY = Path("/dev/shm")
"""Where the gateway keeps its books, if there is such a place: it is another computer, with a disk of its own."""


@contextmanager
def sandbox(folder: Path, latency_ms: float) -> Iterator[str]:
    """Run a sandbox in a process of its own; gives its address."""
    command = [sys.executable, "-m", "smsget", "--db", str(folder / "none.db"), "sandbox", "--port", "0"]
    command += ["--ledger", str(folder / "ledger.jsonl"), "--account", "bench:bench", "--credits", "100000000"]
    process = subprocess.Popen([*command, "--latency-ms", str(latency_ms)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


def people(count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Invented numbers with a name each."""
    for number in range(count):
        yield f"09{number:08}", {"name": f"n{number}"}


def confirmed(folder: Path, count: int, text: str) -> tuple[Path, int, float]:
    """A database with a confirmed campaign: its path, the campaign, and the seconds that confirming took."""
    from smsget.store import ReadyRow, Store

    store = Store(folder / "smsget.db")
    info = {
        "name": "bench", "file": "bench.csv", "sha256": "", "encoding": "utf-8", "phone_column": "phone",
        "fields": ["name"], "rows": count, "ready": count, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0,
    }  # fmt: skip
    rows = (ReadyRow(row, phone, "TW", fields) for row, (phone, fields) in enumerate(people(count), start=2))
    listed = store.lists.save(info, rows)
    campaign = store.campaigns.draft("bench", text, [listed])
    started = time.perf_counter()
    store.campaigns.confirm(campaign, ACCOUNT)
    return store.path, campaign, time.perf_counter() - started


def send(count: int, text: str, *, workers: int, latency_ms: float) -> tuple[float, int]:
    """Seconds from the first claim to the last answer kept, and the engine's peak memory in KiB."""
    from smsget.store import Store

    elsewhere = MEMORY if MEMORY.is_dir() else None
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name,
        tempfile.TemporaryDirectory(dir=elsewhere) as books,
        sandbox(Path(books), latency_ms) as url,
    ):
        path, campaign, _ = confirmed(Path(name), count, text)
        store = Store(path)
        store.settings.set("concurrency", workers)
        store.settings.set("requests_per_second", 1000)
        environ = {**os.environ, "SMSGET_URL": url, "SMSGET_USERNAME": "bench", "SMSGET_PASSWORD": "bench"}
        engine = subprocess.run(
            [sys.executable, "-c", ENGINE, str(path)], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
        )
        after = store.campaigns.get(campaign)
        assert (after.state, after.counts["accepted"]) == ("finished", count), after
        with closing(sqlite3.connect(path)) as conn:
            query = """SELECT (julianday(max(ended_at)) - julianday(min(sent_at))) * 86400 FROM attempt"""
            seconds = conn.execute(query).fetchone()[0]
        return float(seconds), int(engine.stdout.strip())


def bare(count: int, recipients: int, *, workers: int, latency_ms: float) -> float:
    """Seconds for the same requests without any database, engine or promise: what client, gateway and machine allow."""
    from smsget.gateway import Gateway

    elsewhere = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=elsewhere) as books, sandbox(Path(books), latency_ms) as url:
        gateway = Gateway(url, "bench", "bench")
        numbers = [phone for phone, _ in people(recipients)]
        gateway.credit()
        started = time.perf_counter()
        with ThreadPoolExecutor(workers) as pool:
            for _ in pool.map(lambda _: gateway.send(numbers, "hi"), range(count)):
                pass
        return time.perf_counter() - started


def executemany(source: Path, folder: Path) -> float:
    """Seconds to write the same rows into the same tables with `executemany`, in one transaction."""
    from smsget.store import Store

    target = Store(folder / "copy.db").path
    with closing(sqlite3.connect(source)) as conn:
        batches = conn.execute(
            "SELECT id, campaign_id, number, state, text, segments, recipients, credits_quoted FROM batch ORDER BY id"
        ).fetchall()
        messages = conn.execute(
            "SELECT campaign_id, batch_id, phone, country, credits FROM message ORDER BY id"
        ).fetchall()
    with closing(sqlite3.connect(target, isolation_level=None)) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA synchronous = FULL")
        conn.execute("PRAGMA cache_size = -65536")
        conn.execute("INSERT INTO campaign (id, name, state, text, two_way, schedule, created_at)"
                     " VALUES (1, 'c', 'sending', 't', 0, 'now', '')")  # fmt: skip
        started = time.perf_counter()
        conn.execute("BEGIN IMMEDIATE")
        conn.executemany(
            """INSERT INTO batch (id, campaign_id, number, state, text, segments, recipients, credits_quoted)
               VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
            batches,
        )
        conn.executemany(
            "INSERT INTO message (campaign_id, batch_id, phone, country, credits) VALUES (?, ?, ?, ?, ?)", messages
        )
        conn.execute("COMMIT")
        return time.perf_counter() - started


def confirm(count: int) -> tuple[float, float]:
    """Seconds to confirm, and to write the same rows."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        path, _, seconds = confirmed(Path(name), count, "hi")
        return seconds, executemany(path, Path(name))


def peak_kib() -> int:
    """The peak memory of this process, 0 where nobody tells."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
    return int(found[1]) if found else 0


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plain", type=int, default=100_000)
    parser.add_argument("--personal", type=int, default=10_000)
    parser.add_argument("--confirm", type=int, default=1_000_000)
    parser.add_argument("--limit", action="store_true")
    options = parser.parse_args()
    ratios: dict[str, float] = {}
    for name, count, text, size, workers, latency_ms in (
        ("plain", options.plain, "hi", 250, 4, 100),
        ("personal", options.personal, "{{name}}", 1, 8, 20),
    ):
        if count:
            requests = math.ceil(count / size)
            ideal = math.ceil(requests / workers) * latency_ms / 1000
            took, memory = send(count, text, workers=workers, latency_ms=latency_ms)
            without = bare(requests, size, workers=workers, latency_ms=latency_ms)
            ratios[name] = took / ideal
            print(
                f"{name:<9} {count:>9,} people  {took:8.2f} s  ideal {ideal:7.2f} s  {took / ideal:5.2f}x"
                f"  (bare client {without:.2f} s, {without / ideal:.2f}x)  engine {memory / 1024:.0f} MiB"
            )
    if options.confirm:
        took, ideal = confirm(options.confirm)
        ratios["confirm"] = took / ideal
        print(f"confirm   {options.confirm:>9,} people  {took:8.2f} s  rows  {ideal:7.2f} s  {took / ideal:5.2f}x"
              f"  this process {peak_kib() / 1024:.0f} MiB")  # fmt: skip
    print(json.dumps({name: round(ratio, 3) for name, ratio in ratios.items()}))
    if options.limit and (slow := [name for name, ratio in ratios.items() if ratio > LIMITS[name]]):
        sys.exit(f"Too slow: {', '.join(slow)}.")


if __name__ == "__main__":
    main()
