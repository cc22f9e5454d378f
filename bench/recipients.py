"""How long a file of a million recipients takes to be read, checked and saved, and how much memory, beside its peers.

    python bench/recipients.py [--rows 1000000] [--rounds 5] [--limit 2.5]

The file is generated: 85 % Taiwanese mobiles in the spellings that people use, 5 % other countries, 5 % duplicates,
5 % garbage. The peers read the same file in the same round, each in a process of its own, so that its peak memory is
its own; imports are not timed.

    floor        pandas.read_csv(dtype=str), which reads the cells and understands none of them
    loop         phonenumbers.parse and is_valid_number for each cell; of a sample, scaled to the whole file
    ours         read_recipients: read, normalise, validate, find duplicates, classify
    executemany  the rows of the saved list, ready made, into a table of the same shape in a database of its own
    save         Store.lists.save_file

Prints medians and the ratios of the rounds. With `--limit`, exit status 1 if a median ratio is not as wanted; its
value is the one wanted of ours to the floor.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SAMPLE = 20_000
HEADER = ("會員編號", "姓名", "手機", "生日", "等級")
GARBAGE = ("", "無", "02-2345-6789", "12345", "0912***678", "abc", "0912345678、0923456789", "9.12E+08")


# --- the file ---


def spelled(digits: str, chance: random.Random) -> str:
    """A Taiwanese mobile number, `09` and eight digits, as somebody may have typed it."""
    two, four, seven = digits[:2], digits[:4], digits[4:7]
    ways = (
        digits, digits, digits, f"{four}-{seven}-{digits[7:]}", f"{four} {seven} {digits[7:]}", f"+886{digits[1:]}",
        f"+886 {digits[1:4]} {seven} {digits[7:]}", digits[1:], f"({two}){digits[2:]}",
        chance.choice((f"886{digits[1:]}", f"{digits[1:]}.0", f"'{digits}", f" {digits}",
                       digits.translate({ord("0") + at: ord("\uff10") + at for at in range(10)}))),
    )  # fmt: skip
    return chance.choice(ways)


def foreign(chance: random.Random) -> str:
    """A mobile number of Hong Kong, China, Singapore or Japan."""
    return chance.choice(
        (
            f"+8529{chance.randrange(10**7):07d}",
            f"+86138{chance.randrange(10**8):08d}",
            f"6591{chance.randrange(10**6):06d}",
            f"+81 90-{chance.randrange(1000, 10**4)}-{chance.randrange(1000, 10**4)}",
        )
    )


def phones(count: int) -> Iterator[str]:
    """The phone cells of the file."""
    chance = random.Random(1)
    numbers: list[str] = []
    for _ in range(count):
        kind = chance.random()
        if kind < 0.85 or not numbers:
            numbers.append(f"09{chance.randrange(10**8):08d}")
            yield spelled(numbers[-1], chance)
        elif kind < 0.90:
            yield foreign(chance)
        elif kind < 0.95:
            yield spelled(chance.choice(numbers), chance)
        else:
            yield chance.choice(GARBAGE)


def write_file(path: Path, count: int) -> None:
    """Write the generated file as Excel would: UTF-8 with a byte order mark, CRLF."""
    chance = random.Random(2)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(HEADER)
        for at, phone in enumerate(phones(count)):
            name = chance.choice("王李張陳林黃吳劉") + chance.choice("小雅淑志美怡") + chance.choice("明婷芬豪玲君")
            born = f"{chance.randrange(1950, 2005)}-{chance.randrange(1, 13):02d}-{chance.randrange(1, 29):02d}"
            writer.writerow((f"M{at:07d}", name, phone, born, chance.choice(("金卡", "銀卡", "一般"))))


# --- the peers: each returns the seconds that it took ---


def floor(file: Path) -> float:
    """What every program that reads the file with pandas has to wait for."""
    import pandas as pd

    begun = time.perf_counter()
    pd.read_csv(file, dtype=str)
    return time.perf_counter() - begun


def loop(file: Path) -> float:
    """What most programs do with each number."""
    import pandas as pd
    import phonenumbers

    cells = pd.read_csv(file, dtype=str, keep_default_na=False)["手機"].tolist()
    sample = cells[:: max(1, len(cells) // SAMPLE)]
    phonenumbers.is_valid_number(phonenumbers.parse("0912345678", "TW"))  # the metadata is loaded
    begun = time.perf_counter()
    for cell in sample:
        try:
            phonenumbers.is_valid_number(phonenumbers.parse(cell, "TW"))
        except phonenumbers.NumberParseException:
            continue
    return (time.perf_counter() - begun) * len(cells) / len(sample)


def ours(file: Path) -> float:
    """The whole pipeline, from the bytes to the classified list."""
    from smsget.recipients import read_recipients

    begun = time.perf_counter()
    read_recipients(file)
    return time.perf_counter() - begun


def save(file: Path) -> float:
    """Saving the list, with all that keeps it safe."""
    from smsget.recipients import read_recipients
    from smsget.store import Store

    recipients = read_recipients(file)
    store = Store(file.with_name("save.db"))
    begun = time.perf_counter()
    store.lists.save_file(recipients, "bench")
    return time.perf_counter() - begun


def executemany(file: Path) -> float:
    """The least that writing the same rows can cost: no rows to make, no checks, one statement for each table."""
    from smsget.recipients import read_recipients
    from smsget.store import Store

    Store(file.with_name("save.db")).lists.save_file(read_recipients(file), "bench")
    source = sqlite3.connect(file.with_name("save.db"))
    target = sqlite3.connect(file.with_name("executemany.db"))
    tables = ("recipient", "rejected_row")
    shapes = """SELECT sql FROM sqlite_master WHERE tbl_name IN (?, ?) AND sql IS NOT NULL
                AND type IN ('table', 'index') ORDER BY type DESC"""
    for (statement,) in source.execute(shapes, tables):
        target.execute(statement)
    rows = {table: source.execute(f"SELECT * FROM {table}").fetchall() for table in tables}
    begun = time.perf_counter()
    with target:
        for table, some in rows.items():
            if some:
                target.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(some[0]))})", some)
    return time.perf_counter() - begun


PEERS: tuple[Callable[[Path], float], ...] = (floor, loop, ours, executemany, save)


# --- measuring ---

# The ratio of one to another, of seconds (0) or MiB (1), is to be at least (True) or at most so much.
TARGETS = (("loop", "ours", 0, True, 25.0), ("ours", "floor", 1, False, 3.0), ("save", "executemany", 0, False, 2.0))


def peak_mb() -> float:
    """The most memory that this process ever had, in MiB; 0 where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


def run_peer(name: str, file: Path) -> tuple[float, float]:
    """Run one peer in a process of its own: seconds and MiB."""
    for left in file.parent.glob("*.db*"):
        left.unlink()
    command = [sys.executable, __file__, "--peer", name, "--file", str(file)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    seconds, memory = json.loads(done.stdout)
    return seconds, memory


def report(rounds: list[dict[str, tuple[float, float]]], limit: float) -> list[str]:
    """Print medians and ratios; return what is not as wanted, as sentences."""
    print(f"{'':<14}{'seconds':>10}{'MiB':>8}")
    for peer in PEERS:
        name = peer.__name__
        seconds, memory = (statistics.median(one[name][at] for one in rounds) for at in (0, 1))
        print(f"{name:<14}{seconds:>10.2f}{memory:>8.0f}")
    print(f"\n{'ratio':<28}{'median':>8}{'min..max':>16}  wanted")
    missed = []
    for one, other, at, at_least, wanted in (*TARGETS, ("ours", "floor", 0, False, limit)):
        ratios = [turn[one][at] / turn[other][at] for turn in rounds if turn[other][at]]
        middle = statistics.median(ratios or [0])
        what, words = f"{one} / {other}, {('time', 'memory')[at]}", f"at {'least' if at_least else 'most'} {wanted:g}"
        print(f"{what:<28}{middle:>8.2f}{min(ratios or [0]):>9.2f}..{max(ratios or [0]):<5.2f}  {words}")
        if ratios and (middle < wanted if at_least else middle > wanted):
            missed.append(f"{what} is {middle:.2f}; {words} is wanted.")
    return missed


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--limit", type=float, help="fail if a median ratio is not as wanted")
    parser.add_argument("--peer", choices=[peer.__name__ for peer in PEERS], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peer:
        seconds = next(peer for peer in PEERS if peer.__name__ == options.peer)(options.file)
        print(json.dumps([seconds, peak_mb()]))
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "recipients.csv"
        write_file(file, options.rows)
        print(f"{options.rows:,} rows, {file.stat().st_size / 1e6:.0f} MB; medians of {options.rounds} rounds.")
        print(f"The loop reads {min(SAMPLE, options.rows):,} of the cells; its time is scaled to all of them.\n")
        rounds = [{peer.__name__: run_peer(peer.__name__, file) for peer in PEERS} for _ in range(options.rounds)]
        missed = report(rounds, options.limit or 2.5)
    if options.limit and missed:
        sys.exit("\n".join(missed))


if __name__ == "__main__":
    main()
