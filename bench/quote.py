"""How fast a campaign of a million personal texts is priced, beside the splitter of smsutil over the same texts.

    python bench/quote.py [--people 1000000] [--limit 10] [--edit 100000]

Five texts with up to three fields go to the same invented people, one in a thousand with a rare character in the name.
Ours merges, counts, groups into batches and sums by country; smsutil gets the rendered texts and only splits them.
Ours gets its people in columns (`Audience`), as a database can hand them over; the last figure is for a list of
`Recipient`. The two take turns, so that a computer that slows down slows both. The two rules are the same for these
texts (ASCII and Chinese), and the numbers of segments are compared, text by text.

Then an edited text is priced again for `--edit` people: from columns at hand, and from a database. Prints seconds and
ratios; with `--limit`, exit status 1 if a ratio from columns is below it.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import smsutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from smsget.campaigns import DEFAULT_RATES, Audience, MergeText, Plan, Recipient, plan, quote  # noqa: E402

TEXTS = {
    "no field": "【品牌】週年慶全館八折，詳見 https://shop.example/sale，退訂請回覆N",
    "one field": "【品牌】{{姓名|貴賓}}您好，週年慶全館八折，詳見 https://shop.example/sale，退訂請回覆N",
    "three fields": "【品牌】{{姓名|貴賓}}您好，您有 {{點數}} 點，憑序號 {{序號}} 到店兌換，退訂請回覆N",
    "English": "[Brand] Dear {{name|customer}}, you have {{點數}} points. Your code is {{序號}}. Reply N to refuse.",
    "long": "【品牌】{{姓名|貴賓}}您好，" + "週年慶全館八折，會員再享點數加倍，滿額另贈好禮。" * 5 + "序號 {{序號}}",
}
SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周葉蘇莊江呂何羅高潘簡朱鍾游詹胡施沈余"
GIVEN = "家志俊建文明宗冠宇承柏彥怡雅淑惠美玲婷君佳欣品心妤涵思珮芷靜詩蓉穎"
ENGLISH = ("Ann", "Ben", "Christopher", "Dolores", "Eve", "Frank", "Guinevere", "Hugo")


class Row(NamedTuple):
    """What a text needed: seconds of smsutil, and of `quote` and `plan` from columns and from recipients."""

    splitter: float
    quote: float
    plan: float
    recipients: float


def people(count: int) -> list[Recipient]:
    """Invented people, one in fifty in Hong Kong; every hundredth has no name."""
    return [
        Recipient(f"09{at:08}", "TW" if at % 50 else "HK", fields(at), at + 2) for at in range(count)
    ]  # fmt: skip


def fields(at: int) -> dict[str, str]:
    """The fields of one person."""
    name = SURNAMES[at % 38] + GIVEN[at // 38 % 29] + ("𤧟" if at % 1009 == 0 else GIVEN[at // 1102 % 29])
    name = name if at % 100 else ""
    return {"姓名": name, "name": ENGLISH[at % 8], "點數": str(at * 7919 % 5000), "序號": f"A{at:07}"}


def timed(work: Callable[[], object]) -> float:
    """Seconds of the processor that `work` takes: others at work on the computer slow nobody down by this clock."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measure(crowd: list[Recipient], text: str, slices: int = 4) -> Row:
    """Time both over the same people, in turn, and compare their counts."""
    merge = MergeText(text)
    audience = Audience.of(crowd, merge.fields)
    ours: tuple[Callable[[], object], ...] = (
        lambda: quote(audience, text, DEFAULT_RATES),
        lambda: plan(audience, text, DEFAULT_RATES),
        lambda: plan(crowd, text, DEFAULT_RATES),
    )
    splitter, rounds, counted = 0.0, [], []
    size = -(-len(crowd) // slices)
    for start in range(0, len(crowd), size):
        texts = [merge.render(person.fields) for person in crowd[start : start + size]]
        parts: list[int] = []
        splitter += timed(partial(count_parts, texts, parts))
        counted.append((texts, parts))
        # Ours is asked for everybody at once, so that the memory it fills is paid for.
        rounds.append([timed(work) for work in ours])
    compare(counted, plan(audience, text, DEFAULT_RATES))
    return Row(splitter, *map(statistics.median, zip(*rounds, strict=True)))


def count_parts(texts: list[str], parts: list[int]) -> None:
    """Put into `parts` how many smsutil splits each text into."""
    parts += [len(smsutil.split(text).parts) for text in texts]


def compare(counted: list[tuple[list[str], list[int]]], made: Plan) -> None:
    """End the bench if the plan differs from what smsutil counts, text by text."""
    theirs = {text: parts for texts, counts in counted for text, parts in zip(texts, counts, strict=True)}
    histogram = Counter(chain.from_iterable(counts for _, counts in counted))
    if histogram != made.quote.histogram:
        sys.exit(f"Segments differ: smsutil {dict(histogram)}, ours {dict(made.quote.histogram)}.")
    ours = {batch.text: batch.segments for batch in made.batches}
    if ours != theirs:
        sys.exit("Segments differ, or a text is in no batch.")


def edits(crowd: list[Recipient]) -> Iterator[tuple[str, float]]:
    """Seconds until an edited text has its new price, in the ways a page may ask for it."""
    names = list(fields(0))
    audience = Audience.of(crowd, names)
    text = TEXTS["three fields"]
    yield "columns at hand", statistics.median(timed(lambda: quote(audience, text, DEFAULT_RATES)) for _ in range(5))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        from smsget.store import ReadyRow, Store

        store = Store(Path(folder) / "smsget.db")
        info = {"name": "bench", "file": "bench.csv", "sha256": "", "encoding": "utf-8", "phone_column": "手機",
                "fields": names, "rows": len(crowd), "ready": len(crowd), "blank": 0, "duplicates": 0,
                "suppressed": 0, "rejected": 0}  # fmt: skip
        rows = (ReadyRow(each.row, each.phone, each.country, each.fields) for each in crowd)
        number = store.lists.save(info, rows)
        asked = (timed(lambda: store.campaigns.plan([number], text)) for _ in range(3))
        yield "from the database", statistics.median(asked)


def peak_memory(crowd: list[Recipient], text: str) -> int:
    """Bytes that `plan` needs at most, beside the recipients themselves."""
    tracemalloc.start()
    plan(crowd, text, DEFAULT_RATES)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--edit", type=int, default=100_000)
    parser.add_argument("--limit", type=float, help="fail if smsutil does not take this many times as long")
    options = parser.parse_args()
    crowd = people(options.people)
    print(f"{options.people:,} people")
    print(f"{'':<14}{'smsutil s':>10}{'quote s':>9}{'plan s':>8}{'quote':>9}{'plan':>9}{'plan of Recipient':>19}")
    ratios = []
    for name, text in TEXTS.items():
        row = measure(crowd, text)
        times = [row.splitter / each for each in row[1:]]
        ratios += times[:2]
        print(f"{name:<14}{row.splitter:>10.2f}{row.quote:>9.2f}{row.plan:>8.2f}"
              f"{times[0]:>8.1f}x{times[1]:>8.1f}x{times[2]:>18.1f}x")  # fmt: skip
    for name, seconds in edits(crowd[: options.edit]):
        print(f"An edit of the text with three fields, {options.edit:,} people, {name}: {seconds:.2f} s")
    peak = peak_memory(crowd, TEXTS["three fields"]) / len(crowd)
    print(f"Memory of a plan with three fields, beside the recipients: {peak:.0f} bytes a person")
    if options.limit and min(ratios) < options.limit:
        sys.exit(f"smsutil takes only {min(ratios):.1f} times as long; at least {options.limit:g} is wanted.")


if __name__ == "__main__":
    main()
