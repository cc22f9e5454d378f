"""Measure loading receipts and reading ten million of them, beside the peers named in each line.

    python bench/receipts.py                    1,000,000 receipts in, then 10,000,000 to read from (about 15 minutes)
    python bench/receipts.py --rows 100000 --big 500000     a smaller run, of which only the tendency counts

Peers: the sqlite3 shell's `.import` and `sqlite-utils insert --csv` of the same rows already taken apart, into a table
with the same key; Datasette's table page on the same file (`pip install datasette`, left out where it is missing).
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from urllib.parse import quote_plus

sys.path.insert(0, str(Path(__file__).parents[1]))

WORDS = ["DELIVRD"] * 90 + ["UNDELIV"] * 3 + ["EXPIRED"] * 4 + ["REJMOBIL"] + ["MOBERROR"] * 2
TABLE = """CREATE TABLE receipt (phone TEXT NOT NULL, sms_id TEXT NOT NULL, at TEXT NOT NULL, word TEXT NOT NULL,
    status TEXT NOT NULL, carrier_id TEXT NOT NULL, received_at TEXT NOT NULL,
    PRIMARY KEY (phone, sms_id, at, word)) STRICT, WITHOUT ROWID;"""
HEADER = ("phone", "sms_id", "at", "word", "status", "carrier_id", "received_at")
FROM = datetime(2026, 10, 1)  # noqa: DTZ001  (Taipei's, as SMS-Get writes it)

Row = tuple[str, str, datetime, str, str]


def requests(rows: int) -> Iterator[list[Row]]:
    """Requests of 1 to 250 invented people, in the order in which SMS-Get would call back."""
    chance = random.Random(1)
    numbers = chance.sample(range(100_000_000), rows)
    sms_id, done = 1_783_822, 0
    while done < rows:
        count = min(chance.randint(1, 250), rows - done)
        sms_id += chance.randint(1, 3)
        begun = FROM + timedelta(seconds=done * 2)
        yield [
            (f"09{number:08}", str(sms_id), begun + timedelta(seconds=chance.randint(0, 600)), chance.choice(WORDS),
             f"$0040B{chance.randrange(1 << 16):04X}")
            for number in numbers[done : done + count]
        ]  # fmt: skip
        done += count


def write_logs(folder: Path, rows: int) -> None:
    """The same receipts as urlencoded bodies, as JSON lines, and taken apart."""
    with (
        (folder / "bodies.log").open("w") as bodies,
        (folder / "lines.jsonl").open("w") as lines,
        (folder / "rows.csv").open("w", newline="") as table,
    ):
        out = csv.writer(table)
        out.writerow(HEADER)
        for people in requests(rows):
            content = ",".join(f"{phone}|{carrier}|{at}|{word}" for phone, _, at, word, carrier in people)
            bodies.write(f"sms_id={people[0][1]}&content={quote_plus(content)}\n")
            lines.write(json.dumps({"sms_id": people[0][1], "content": content}, separators=(",", ":")) + "\n")
            for phone, sms_id, at, word, carrier in people:
                moment = f"{at - timedelta(hours=8):%Y-%m-%dT%H:%M:%S}.000Z"
                status = "delivered" if word == "DELIVRD" else "failed"
                out.writerow((phone, sms_id, moment, word, status, carrier, "2026-11-22T10:00:00.000Z"))


# --- loading -----------------------------------------------------------------------------------------------------


def load(log: Path, database: Path) -> None:
    """In a process of its own: load a log into a new database, and again; print seconds and MB."""
    from smsget.logs import LogReader
    from smsget.store import Store, receipts
    from smsget.store.merging import Merged, merge
    from smsget.store.staging import Staged

    store = Store(database)
    took: list[float] = []
    locked: list[float] = []

    def timed(conn: sqlite3.Connection, staged: Staged) -> Merged:
        started = time.perf_counter()
        merged = merge(conn, staged)
        locked.append(time.perf_counter() - started)
        return merged

    receipts.merge = timed  # type: ignore[attr-defined]
    for _ in range(2):
        started = time.perf_counter()
        with log.open("rb") as file:
            result = store.receipts.load(log.name, "", LogReader(file, log.name))
        took.append(time.perf_counter() - started)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    print(
        json.dumps(
            {
                "took": took,
                "peak": peak / (1024 if sys.platform == "darwin" else 1),
                "known": result.known,
                "locked": locked[0],
            }
        )
    )


def shell_import(folder: Path, file: str) -> float | None:
    """Seconds that the sqlite3 shell takes, None where there is none."""
    shell = shutil.which("sqlite3")
    if shell is None:
        return None
    database = folder / "shell.db"
    database.unlink(missing_ok=True)
    script = f'{TABLE}\n.import --csv --skip 1 "{folder / file}" receipt\n'
    started = time.perf_counter()
    subprocess.run([shell, str(database)], input=script.encode(), check=True)
    return time.perf_counter() - started


def utils_insert(folder: Path) -> float:
    """Seconds that `sqlite-utils insert --csv` takes."""
    database = folder / "utils.db"
    with sqlite3.connect(database) as conn:
        conn.executescript(TABLE)
    conn.close()
    command = [
        sys.executable,
        "-m",
        "sqlite_utils",
        "insert",
        str(database),
        "receipt",
        str(folder / "rows.csv"),
        "--csv",
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - started


def measure_loading(folder: Path, rows: int) -> None:
    """Every loader over the same rows, one after the other."""
    write_logs(folder, rows)
    table = (folder / "rows.csv").read_text().splitlines(keepends=True)
    (folder / "sorted.csv").write_text("".join([table[0], *sorted(table[1:])]))
    del table
    shell = shell_import(folder, "rows.csv")
    print(f"{rows:,} receipts in, seconds (and times the shell's)")
    if shell is None:
        print("  sqlite3 shell, .import           missing: install sqlite3 to compare")
    else:
        _tell("sqlite3 shell, .import", shell, shell)
        _tell("the same, rows sorted by key", shell_import(folder, "sorted.csv") or 0, shell)
    for log in ("bodies.log", "lines.jsonl"):
        database = folder / f"{log}.db"
        command = [sys.executable, __file__, "--load", str(folder / log), str(database)]
        told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        assert told["known"] == rows, told
        for name, took in zip((f"{log}, first", f"{log}, again"), told["took"], strict=True):
            _tell(name, took, shell)
        print(
            f"    write lock held {told['locked']:.1f} s the first time; peak memory {told['peak']:.0f} MB", flush=True
        )
        database.unlink()
    _tell("sqlite-utils insert --csv", utils_insert(folder), shell)


def _tell(name: str, took: float, shell: float | None) -> None:
    print(f"  {name:<32} {took:6.1f}" + (f"   {took / shell:4.2f}" if shell else ""), flush=True)


# --- reading -----------------------------------------------------------------------------------------------------


class _Synthetic:
    """A log of that many receipts that is no file: their columns as `LogReader.blocks` would yield them."""

    format, lines = "urlencoded", 0

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def blocks(self) -> Iterator[object]:
        """Half a million at a time."""
        import numpy as np

        from smsget.logs.bulk import Block

        chance, words = np.random.default_rng(2), sorted(set(WORDS))
        share = np.array([WORDS.count(word) for word in words]) / len(WORDS)
        begun = int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())
        for start in range(0, self._rows, 500_000):
            count = min(500_000, self._rows - start)
            carrier = np.char.mod("$%08X       ", chance.integers(0, 1 << 32, count)).astype("S16")
            yield Block(
                2_000_000 + (start + np.arange(count)) // 120,
                900_000_000 + chance.integers(0, 100_000_000, count),
                begun + (start + np.arange(count)) * 60 * 86400 // self._rows + chance.integers(0, 600, count),
                chance.choice(len(words), count, p=share),
                words,
                carrier,
            )


def fill(database: Path, rows: int) -> None:
    """A database of so many messages with a receipt: a fifth sent from here in 20 campaigns, the rest by others."""
    from smsget.store import Store

    store = Store(database)
    own = rows // 5
    started = time.perf_counter()
    with sqlite3.connect(database) as conn:
        conn.execute("PRAGMA cache_size = -160000")
        for campaign in range(1, 21):
            conn.execute(_CAMPAIGN, [campaign])
            conn.execute(_BATCH, [campaign])
            conn.execute(_OWN, {"campaign": campaign, "count": own // 20})
    conn.close()
    print(f"filled: {own:,} sent from here in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    store.receipts.load("synthetic", "", _Synthetic(rows - own))  # type: ignore[arg-type]
    print(f"filled: {rows - own:,} receipts of others in {time.perf_counter() - started:.0f} s", flush=True)


_CAMPAIGN = """INSERT INTO campaign (id, name, state, text, two_way, schedule, created_at)
    VALUES (?, 'c' || ?1, 'finished', 'x', 0, 'now', '2026-10-01T00:00:00.000Z')"""
_BATCH = """INSERT INTO batch (id, campaign_id, number, state, text, segments, recipients)
    VALUES (?, ?1, 1, 'accepted', 'x', 1, 250)"""
_OWN = """WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
    INSERT INTO message (campaign_id, batch_id, sms_id, phone, country, credits, sent_at, word, status, status_at)
    SELECT :campaign, :campaign, CAST(1000000 + :campaign AS TEXT),
        CASE WHEN i % 50 = 0 THEN printf('9%07d', i) ELSE printf('09%08d', (i * 7919 + :campaign * 31) % 100000000) END,
        iif(i % 50 = 0, 'HK', 'TW'), 1,
        strftime('%Y-%m-%dT%H:%M:%S.000Z', 1793800000 + :campaign * 86400 + i / 50, 'unixepoch'),
        CASE WHEN i % 20 = 0 THEN '' WHEN i % 11 = 0 THEN 'UNDELIV' ELSE 'DELIVRD' END,
        CASE WHEN i % 20 = 0 THEN '' WHEN i % 11 = 0 THEN 'failed' ELSE 'delivered' END,
        CASE WHEN i % 20 = 0 THEN NULL ELSE
            strftime('%Y-%m-%dT%H:%M:%S.000Z', 1793800000 + :campaign * 86400 + i / 50 + i % 900, 'unixepoch') END
    FROM n"""


def measure_reading(database: Path, *, datasette: str) -> None:
    """The median of each page and figure, from a connection opened to the rows in hand."""
    from smsget.store import ReportFilter, Store

    store = Store(database)
    receipts = store.receipts
    with sqlite3.connect(database) as conn:
        messages = conn.execute("SELECT sum(messages) FROM tally").fetchone()[0]
        middle = conn.execute("SELECT max(id) / 2 FROM message").fetchone()[0]
        phone = conn.execute("SELECT phone FROM message WHERE id = ?", [middle]).fetchone()[0]
    conn.close()
    filters = {
        "no filter": {}, "campaign": {"campaign_id": 3}, "delivered": {"status": "delivered"},
        "failed": {"status": "failed"}, "no receipt": {"status": "none"}, "word": {"word": "MOBERROR"},
        "country": {"country": "HK"}, "an old day": {"since": "2026-09-05T16:00:00.000Z",
        "until": "2026-09-06T16:00:00.000Z"},
        "a number": {"number": phone}, "its beginning": {"number": phone[:6]}, "its end (4)": {"number": phone[-4:]},
        "its end (3)": {"number": phone[-3:]},
    }  # fmt: skip
    print(f"{messages:,} messages, median in ms")
    for name, chosen in filters.items():
        wanted = ReportFilter(**chosen)  # type: ignore[arg-type]
        first, count = median(partial(receipts.page, wanted)), median(partial(receipts.count, wanted), 5)
        print(f"  page of the table, {name:<16} {first:7.1f}   its count {count:7.1f}", flush=True)
    for name, read in {
        "overview: all figures": lambda: (receipts.summary(), receipts.by_day(), receipts.overdue()),
        "campaign: all figures": lambda: (receipts.summary(3), receipts.delays(3),
                                          receipts.figures("country", campaign_ids=[3]),
                                          receipts.figures("word", campaign_ids=[3]), receipts.overdue(3)),
        "comparison of campaigns": lambda: receipts.figures("campaign"),
        "figures by day": lambda: receipts.figures("day"),
        "story of a number": lambda: receipts.story(phone),
    }.items():  # fmt: skip
        print(f"  {name:<35} {median(read):7.1f}", flush=True)
    started = time.perf_counter()
    wrong = receipts.check_counters()
    print(
        f"  counters {'are right' if not wrong else wrong[:5]}, counted anew in {time.perf_counter() - started:.0f} s"
    )
    measure_datasette(database, datasette, phone)


def _fetch(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=70) as answer:
        return bytes(answer.read())


def median(read: Callable[[], object], times: int = 25) -> float:
    """Milliseconds."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        read()
        took.append((time.perf_counter() - started) * 1000)
        if sum(took) > 20_000:
            break
    return statistics.median(took)


def measure_datasette(database: Path, datasette: str, phone: str) -> None:
    """The same pages by Datasette, with its own limits lifted; its time is that of the whole request on loopback."""
    if not shutil.which(datasette):
        print("  Datasette is not installed: pip install datasette, or --datasette PATH")
        return
    port = 8095
    options = ["--setting", "sql_time_limit_ms", "60000", "--setting", "num_sql_threads", "1"]
    command = [datasette, "serve", "-i", str(database), "-p", str(port), *options]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{port}/{database.stem}/message.json?_size=50&_sort_desc=id&_shape=array"
    try:
        for _ in range(100):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/-/versions.json", timeout=2).read()
                break
            except OSError:
                time.sleep(0.2)
        for name, query in {
            "no filter": "", "campaign": "&campaign_id=3", "failed": "&status=failed", "word": "&word=MOBERROR",
            "country": "&country=HK", "an old day": "&status_at__startswith=2026-09-06", "a number": f"&phone={phone}",
            "its end (4)": f"&phone__endswith={phone[-4:]}",
        }.items():  # fmt: skip
            try:
                took = median(partial(_fetch, base + query), 7)
                print(f"  Datasette's page, {name:<17} {took:7.1f}", flush=True)
            except OSError as error:
                print(f"  Datasette's page, {name:<17} {error}", flush=True)
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Run what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="receipts to load; 0: leave that out")
    parser.add_argument("--big", type=int, default=10_000_000, help="messages to read from; 0: leave that out")
    parser.add_argument("--database", type=Path, help="keep the big database there, and use it again")
    parser.add_argument("--datasette", default="datasette", help="the program to compare with")
    parser.add_argument("--load", type=Path, nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        load(*options.load)
        return
    with tempfile.TemporaryDirectory() as folder:
        if options.rows:
            measure_loading(Path(folder), options.rows)
        if options.big:
            database = options.database or Path(folder, "big.db")
            if not database.exists():
                fill(database, options.big)
            measure_reading(database, datasette=options.datasette)


if __name__ == "__main__":
    main()
