"""Sending survives everything: random deaths, freezes and faults, and the sandbox's ledger as the judge.

`make test` plays a few rounds, `make crash` three hundred (`CRASH_ROUNDS`); `CRASH_SEED` seeds them all, and
`CRASH_ONLY` plays one of them again, by the seed that its failure names. `CRASH_FIGURES` names a file for the figures.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="disks are filled by limits that Windows has not")

from tests.crash.rounds import EVENTS, SEED, play

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "6"))
ONLY = os.environ.get("CRASH_ONLY")
SEEDS = [ONLY] if ONLY else [f"{SEED}/{number}" for number in range(ROUNDS)]

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]

played: Counter[str] = Counter()


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_is_texted_twice_and_nobody_is_forgotten(seed: str, tmp_path: Path) -> None:
    told = play(seed, tmp_path)
    played.update(told.events)
    played.update({f"verdict {why}": count for why, count in told.verdicts.items()})
    kept = os.environ.get("CRASH_FIGURES")
    played.update({"rounds": 1, "texts": told.texted, "sent again by a person": sum(told.again.values())})
    if kept:  # after every round: three hundred take a while
        Path(kept).write_text("".join(f"{count:>9,}  {what}\n" for what, count in sorted(played.items())))


@pytest.mark.skipif(ROUNDS < 100, reason="too few rounds for every kind")
def test_every_kind_of_death_was_died(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print("\n" + "\n".join(f"{count:>9,}  {what}" for what, count in sorted(played.items())))
    assert set(EVENTS) <= set(played)
