"""kill -9 at random moments: real processes, real HTTP, and the sandbox's ledger as the judge."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsget.campaigns import BatchState
from smsget.launch import wait_for
from smsget.sandbox import read_ledger
from smsget.store import Store
from tests.builders import confirmed, phones

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]
SEED = int(os.environ.get("CRASH_SEED", "20261122"))
KILLS = int(os.environ.get("CRASH_KILLS", "20"))


class Rig:
    """A sandbox and engines, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.store = Store(folder / "smsget.db")
        self.ledger = folder / "ledger.jsonl"
        self.processes: list[subprocess.Popen[str]] = []
        faults = ("drop_after_accept=0.05", "drop_before_accept=0.02", "error_500=0.02")
        sandbox = self.start(
            "sandbox", "--port", "0", "--ledger", str(self.ledger), "--account", "acme:pw", "--seed", str(SEED),
            "--latency-ms", "40", "--credits", "1000000", *(word for fault in faults for word in ("--fault", fault)),
        )  # fmt: skip
        assert sandbox.stdout is not None
        self.url = next(word for word in sandbox.stdout.readline().split() if word.startswith("http")).rstrip("/.")
        self.account = "acme@127.0.0.1"

    def start(self, *command: str) -> subprocess.Popen[str]:
        environ = {**os.environ, "SMSGET_ENGINE_IDLE_S": "1", "LC_ALL": "C"}
        if command[0] == "engine":
            environ |= {"SMSGET_URL": self.url, "SMSGET_USERNAME": "acme", "SMSGET_PASSWORD": "pw"}
        process = subprocess.Popen(
            [sys.executable, "-m", "smsget", "--db", str(self.store.path), *command],
            cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def engine_at_work(self) -> subprocess.Popen[str]:
        """Start an engine and wait until it holds the lease."""
        engine = self.start("engine")

        def holds() -> bool:
            lease = self.store.leases.current()
            assert engine.poll() is None, "the engine ended by itself"
            return lease is not None and lease.pid == engine.pid

        assert wait_for(holds, seconds=30)
        return engine

    def stop(self) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.kill()
            process.communicate()


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    made = Rig(tmp_path)
    yield made
    made.stop()


def resume_all(store: Store, campaigns: list[int]) -> None:
    for campaign in campaigns:
        if store.campaigns.get(campaign).state == "paused":
            store.campaigns.resume(campaign)


def test_twenty_kills_text_nobody_twice_and_forget_nobody(rig: Rig) -> None:
    chance = random.Random(SEED)
    store = rig.store
    store.settings.set("requests_per_second", 60)
    plain = confirmed(store, phones(40_000), account=rig.account)
    personal = [confirmed(store, phones(1, 500_000 + n), f"text {n}", account=rig.account) for n in range(60)]
    campaigns = [plain, *personal]
    killed_while_sending = 0
    for _ in range(KILLS):
        resume_all(store, campaigns)
        engine = rig.engine_at_work()
        time.sleep(chance.uniform(0, 0.5))  # a random moment, which is the point
        os.kill(engine.pid, signal.SIGKILL)
        engine.wait()
        killed_while_sending += bool(store.campaigns.get(plain).counts["sending"])
    assert killed_while_sending >= KILLS // 3, "the kills came when nothing was going on: nothing is proven"
    # What is left, with a person who resumes after each pause, and then the figures.
    deadline = time.monotonic() + 120
    while any(store.campaigns.get(each).state in ("sending", "paused") for each in campaigns):
        assert time.monotonic() < deadline
        resume_all(store, campaigns)
        rig.start("engine").wait()
    judge(rig, campaigns, Counter([*phones(40_000), *phones(60, 500_000)]))


def judge(rig: Rig, campaigns: list[int], everybody: Counter[str]) -> None:
    store = rig.store
    entries = read_ledger(rig.ledger)
    texted = Counter(phone for entry in entries for phone in entry["phones"])
    assert max(texted.values()) == 1, "somebody was texted twice"
    assert not texted - everybody
    ledger_ids = {entry["sms_id"]: entry for entry in entries}
    unknown = 0
    for campaign in campaigns:
        after = store.campaigns.get(campaign)
        assert sum(after.counts.values()) == after.recipients, "somebody was forgotten"
        unknown += after.counts["unknown"]
        for batch in store.campaigns.batches(campaign, states=[BatchState.ACCEPTED]):
            entry = ledger_ids[batch.sms_id]
            assert (len(entry["phones"]), entry["used"]) == (batch.recipients, batch.credits_used)
        assert (after.counts["queued"], after.counts["sending"]) == (0, 0)
    accepted = sum(store.campaigns.get(each).counts["accepted"] for each in campaigns)
    assert accepted <= texted.total() <= accepted + unknown
    assert accepted + unknown == everybody.total()
    used = sum(store.campaigns.get(each).credits_used for each in campaigns)
    assert used == sum(entry["used"] for entry in entries if entry["sms_id"] in known_ids(store, campaigns))


def known_ids(store: Store, campaigns: list[int]) -> set[str]:
    return {batch.sms_id for each in campaigns for batch in store.campaigns.batches(each) if batch.sms_id}
