"""One round: random campaigns, random faults, random deaths; then the figures against the sandbox's ledger.

Everything that is drawn comes from the round's seed. When a process dies to the microsecond is the machine's choice.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from smsget.campaigns import BatchState, CampaignState
from smsget.errors import StateError
from smsget.sandbox import read_ledger
from smsget.store import Batch, now
from tests.builders import make_list, phones
from tests.crash.rig import ACCOUNT, LEASE_S, Rig

FAULTS = ("drop_after_accept", "drop_before_accept", "error_500", "garbage", "slow", "refuse_connection")
EVENTS = (
    "kill_engine", "kill_engine", "kill_sandbox", "kill_both", "terminate", "two_engines", "freeze", "full_disk",
    "person", "top_up",
)  # fmt: skip
ROUND_S = 120
ENDED = (CampaignState.FINISHED, CampaignState.CANCELLED)


@dataclass
class Played:
    """What was done in a round, and what came of it."""

    seed: str
    events: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    texted: int = 0
    unknown: int = 0
    again: Counter[str] = field(default_factory=Counter)  # numbers that a person had sent again, and how often


class Round:
    """A round to be played once, in a folder of its own."""

    def __init__(self, seed: str, folder: Path) -> None:
        self.chance = random.Random(seed)
        self.played = Played(seed)
        chosen = self.chance.sample(FAULTS, self.chance.randint(0, 3))
        self.rig = Rig(
            folder,
            faults={fault: round(self.chance.uniform(0.01, 0.12), 3) for fault in chosen},
            credits=self.chance.choice([300, 2000, 1_000_000, 1_000_000]),
            latency_ms=self.chance.choice([5, 20, 60]),
            seed=self.chance.randrange(10**6),
        )
        self.store = self.rig.store
        self.store.settings.set("concurrency", self.chance.choice([1, 2, 4, 8]))
        self.store.settings.set("requests_per_second", self.chance.choice([30, 100, 1000]))
        self.campaigns: dict[int, list[str]] = {}

    def play(self) -> Played:
        """Play it and judge it; raises `AssertionError` with what is wrong."""
        try:
            self._confirm()
            self.rig.start_engine()
            for _ in range(self.chance.randint(2, 6)):
                time.sleep(self.chance.uniform(0.02, 0.5))
                self._happen(self.chance.choice(EVENTS))
            self._finish()
            self._judge()
        finally:
            self.rig.stop()
        return self.played

    # --- what happens --------------------------------------------------------------------------------------------

    def _confirm(self) -> None:
        start = 0
        for _ in range(self.chance.randint(1, 3)):
            kind = self.chance.choice(["plain", "personal", "two_way", "scheduled"])
            count = self.chance.randint(20, 80) if kind == "personal" else self.chance.choice([250, 900, 3000, 6000])
            people, start = phones(count, start), start + count
            lists = [
                make_list(self.store, [phone], 名=f"會員{n}") for n, phone in enumerate(people)
            ] if kind == "personal" else [make_list(self.store, people)]  # fmt: skip
            draft = self.store.campaigns.draft(
                kind, "{{名}}您好" if kind == "personal" else "hi", lists, two_way=kind == "two_way",
                schedule="gateway" if kind == "scheduled" else "now",
                send_at=now() + timedelta(days=1) if kind == "scheduled" else None,
            )  # fmt: skip
            assert self.store.campaigns.confirm(draft, ACCOUNT) is not None
            self.campaigns[draft] = people

    def _happen(self, event: str) -> None:
        self.played.events[event] += 1
        getattr(self, f"_{event}")()

    def _kill_engine(self) -> None:
        engine = self.rig.engine_at_work()
        time.sleep(self.chance.uniform(0, 0.3))
        engine.kill()
        engine.wait()
        self.rig.start_engine()

    def _kill_sandbox(self) -> None:
        self.rig.kill_sandbox()
        time.sleep(self.chance.uniform(0, 0.3))
        self.rig.start_sandbox()

    def _kill_both(self) -> None:
        engine = self.rig.engine_at_work()
        time.sleep(self.chance.uniform(0, 0.2))
        engine.kill()
        self.rig.kill_sandbox()
        engine.wait()
        self.rig.start_sandbox()
        self.rig.start_engine()

    def _terminate(self) -> None:
        engine = self.rig.engine_at_work()
        engine.send_signal(signal.SIGTERM)
        engine.wait(30)
        self.rig.start_engine()

    def _two_engines(self) -> None:
        if self.chance.random() < 0.5 and self.rig.holder is not None:
            self.rig.engine_at_work().kill()
        for _ in range(2):
            self.rig.start_engine()

    def _freeze(self) -> None:
        engine = self.rig.engine_at_work()
        engine.send_signal(signal.SIGSTOP)
        time.sleep(LEASE_S * self.chance.uniform(0.5, 1.4))
        self.rig.start_engine()
        time.sleep(self.chance.uniform(0.3, 1.5))
        engine.send_signal(signal.SIGCONT)

    def _full_disk(self) -> None:
        engine = self.rig.engine_at_work()
        self.rig.limit_disk(engine, self.chance.choice([0, 3000, 30_000]))
        time.sleep(self.chance.uniform(0.2, 1.0))
        if self.chance.random() < 0.5:
            engine.kill()
            engine.wait()
            self.rig.start_engine()
        elif engine.poll() is None:
            self.rig.limit_disk(engine, None)

    def _person(self) -> None:
        campaign = self.chance.choice(list(self.campaigns))
        with suppress(StateError):
            getattr(self.store.campaigns, self.chance.choice(["pause", "resume", "resume", "cancel"]))(campaign)

    def _top_up(self) -> None:
        self.rig.top_up()

    # --- how it ends ---------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Somebody resumes what stopped and decides on what stays unknown, until everything has its outcome."""
        deadline = time.monotonic() + ROUND_S
        self.rig.calm()
        while not self.rig.wait_idle(self._ended, seconds=1.5):
            assert time.monotonic() < deadline, f"does not end: {self._figures()}"
            for campaign in self.campaigns:
                state = self.store.campaigns.get(campaign)
                if state.state == CampaignState.PAUSED:
                    if state.reason == "009":
                        self.rig.top_up()
                        time.sleep(0.1)
                    with suppress(StateError):  # evidence may end it just now
                        self.store.campaigns.resume(campaign)
            if not self.store.evidence.waiting(ACCOUNT):
                self._decide()
        for engine in self.rig.engines:  # the last answers of those that were frozen
            if engine.poll() is None:
                engine.send_signal(signal.SIGTERM)
        for engine in self.rig.engines:
            engine.wait(30)

    def _ended(self) -> bool:
        return all(self.store.campaigns.get(each).state in ENDED for each in self.campaigns) and not self._unknown()

    def _unknown(self) -> list[tuple[int, Batch]]:
        return [
            (campaign, batch)
            for campaign in self.campaigns
            for batch in self.store.campaigns.batches(campaign, states=[BatchState.UNKNOWN])
        ]

    def _decide(self) -> None:
        for campaign, batch in self._unknown():
            settled: dict[str, Any] = batch.evidence.get("settlement", {})
            self.played.verdicts[settled.get("why", "none")] += 1
            self._check_verdict(campaign, batch, settled.get("verdict", ""))
            self.played.unknown += 1
            resend = self.chance.random() < 0.4 and self.store.campaigns.get(campaign).state != "cancelled"
            try:
                self.store.campaigns.settle(campaign, batch.number, resend=resend)
            except StateError:
                continue  # its answer came just now
            if resend:
                self.played.again.update(self._people(batch))

    def _check_verdict(self, campaign: int, batch: Batch, verdict: str) -> None:
        if verdict == "not_charged":
            people = set(self._people(batch))
            taken = sum(people == set(entry["phones"]) for entry in read_ledger(self.rig.ledger))
            earlier = batch.attempt - 1  # requests of it that a person repeated may have been taken
            assert taken <= earlier, f"campaign {campaign} batch {batch.number} was taken: {batch.evidence}"

    def _people(self, batch: Batch) -> list[str]:
        with closing(sqlite3.connect(self.store.path)) as conn:
            return [row[0] for row in conn.execute("SELECT phone FROM message WHERE batch_id = ?", [batch.id])]

    def _figures(self) -> list[tuple[str, str, dict[str, int]]]:
        found = [self.store.campaigns.get(each) for each in self.campaigns]
        return [(str(each.state), each.reason, each.counts) for each in found]

    # --- the judge -----------------------------------------------------------------------------------------------

    def _judge(self) -> None:
        entries = read_ledger(self.rig.ledger)
        texted = Counter(phone for entry in entries for phone in entry["phones"])
        everybody = {phone for people in self.campaigns.values() for phone in people}
        self.played.texted = texted.total()
        assert set(texted) <= everybody
        twice = {phone: count for phone, count in texted.items() if count > 1 + self.played.again[phone]}
        assert not twice, f"texted too often: {dict(list(twice.items())[:3])}"
        by_people: dict[frozenset[str], list[dict[str, Any]]] = {}
        for entry in entries:
            by_people.setdefault(frozenset(entry["phones"]), []).append(entry)
        for campaign, people in self.campaigns.items():
            self._judge_campaign(campaign, people, by_people)
        self._check_database()

    def _judge_campaign(
        self, campaign: int, people: list[str], by_people: dict[frozenset[str], list[dict[str, Any]]]
    ) -> None:
        after = self.store.campaigns.get(campaign)
        assert sum(after.counts.values()) == after.recipients == len(people), "somebody was forgotten"
        seen: set[str] = set()
        used = 0
        for batch in self.store.campaigns.batches(campaign):
            numbers = frozenset(self._people(batch))
            seen |= numbers
            taken = by_people.get(numbers, [])
            told = f"campaign {campaign} batch {batch.number}: {batch}"
            if batch.state == BatchState.ACCEPTED:
                assert taken, f"accepted, and not in the ledger: {told}"
                self.played.verdicts[batch.evidence.get("settlement", {}).get("why", "answered")] += 1
                if not batch.sms_id.startswith("?"):
                    entry = next((each for each in taken if each["sms_id"] == batch.sms_id), None)
                    assert entry, f"another id than the ledger's: {told}"
                    figures = (entry["used"], entry["left"])
                    known = batch.credits_left if batch.credits_left is not None else entry["left"]
                    assert figures == (batch.credits_used, known), told
                assert batch.credits_used == taken[0]["used"] == batch.credits_quoted, told
                used += batch.credits_used
            elif taken:
                assert batch.state == BatchState.LEFT, f"in the ledger, and called {batch.state}: {told}"
        assert seen == set(people)
        assert after.credits_used == used

    def _check_database(self) -> None:
        with closing(sqlite3.connect(self.store.path)) as conn:
            assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            assert conn.execute("PRAGMA foreign_key_check").fetchall() == []


def play(seed: str, folder: Path) -> Played:
    """Play one round; an `AssertionError` names its seed."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return Round(seed, folder).play()
    except AssertionError as error:
        raise AssertionError(f"round {seed!r} (CRASH_ONLY={seed} repeats it): {error}") from error


SEED = os.environ.get("CRASH_SEED", "20261122")
