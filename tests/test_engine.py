"""The engine against a real sandbox over real HTTP; the sandbox's ledger is the judge of what was sent."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from smsget.account import SANDBOX, Account
from smsget.campaigns import CampaignState
from smsget.engine import Engine, HeldByAnother, LeaseKeeper, Pace, lease, pace, settling
from smsget.launch import is_alive, wait_for
from smsget.sandbox import SandboxConfig, SandboxThread, read_ledger, start_in_thread
from smsget.store import Store
from tests.builders import confirmed, phones

ACCOUNT = "acme"


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PAUSE_S", 0.1)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Callable[..., SandboxThread]]:
    started: list[SandboxThread] = []

    def start(**options: Any) -> SandboxThread:
        config = SandboxConfig(
            port=0, ledger=tmp_path / "ledger.jsonl", username=ACCOUNT, password="pw", seed=1, **options
        )
        started.append(start_in_thread(config))
        return started[-1]

    yield start
    for each in started:
        each.stop()


def account_at(url: str, password: str = "pw") -> Account:
    return Account(ACCOUNT, password, url, "environment")


def key(url: str) -> str:
    return account_at(url).key


@contextmanager
def running(store: Store, account: Account, **options: Any) -> Iterator[Engine]:
    """An engine on a thread of this process, stopped at the end."""
    engine = Engine(store, find=lambda _: account, **options)
    thread = threading.Thread(target=engine.run)
    thread.start()
    try:
        yield engine
    finally:
        engine.stop()
        thread.join(30)
        assert not thread.is_alive()
        assert store.leases.current() is None


def reach(store: Store, campaign: int, *states: str) -> None:
    assert wait_for(lambda: store.campaigns.get(campaign).state in states, seconds=30), store.campaigns.get(campaign)


def sent(ledger: Path) -> Counter[str]:
    return Counter(phone for entry in read_ledger(ledger) for phone in entry["phones"])


def test_everybody_gets_it_once_and_the_points_agree(store: Store, sandbox: Callable[..., SandboxThread]) -> None:
    gateway = sandbox(credits=5000)
    campaign = confirmed(store, phones(1010), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(1010))
    after = store.campaigns.get(campaign)
    assert (
        after.credits_used == after.credits_quoted == sum(entry["used"] for entry in read_ledger(gateway.config.ledger))
    )
    latest = store.credits.latest(key(gateway.url))
    assert latest is not None
    assert min(reading.credits for reading in store.credits.history(key(gateway.url))) == 5000 - 1010


def test_a_wrong_password_stops_and_loses_nothing(store: Store, sandbox: Callable[..., SandboxThread]) -> None:
    gateway = sandbox()
    campaign = confirmed(store, phones(600), account=key(gateway.url))
    with running(store, account_at(gateway.url, password="wrong")):
        reach(store, campaign, "paused")
    assert store.campaigns.get(campaign).reason == "005"
    assert sent(gateway.config.ledger) == Counter()
    store.campaigns.resume(campaign)
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(600))


def test_it_stops_when_the_points_run_out_and_goes_on_after_a_top_up(
    store: Store, sandbox: Callable[..., SandboxThread]
) -> None:
    gateway = sandbox(credits=600)
    store.settings.set("concurrency", 1)
    campaign = confirmed(store, phones(1000), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "paused")
        after = store.campaigns.get(campaign)
        assert (after.reason, after.counts["accepted"], after.counts["refused"]) == ("009", 500, 250)
        gateway.add_credits(1000)
        store.campaigns.resume(campaign)
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(1000))


def test_lost_answers_are_found_out_by_the_points_and_stop_the_campaign(
    store: Store, sandbox: Callable[..., SandboxThread]
) -> None:
    gateway = sandbox(faults={"drop_after_accept": 1.0})
    store.settings.set("concurrency", 1)
    campaign = confirmed(store, phones(2000), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "paused")
        assert wait_for(lambda: not store.evidence.waiting(key(gateway.url)))
    after = store.campaigns.get(campaign)
    assert (after.reason, after.counts["accepted"], after.counts["queued"]) == ("three_unknown", 750, 1250)
    assert after.credits_used == 750
    assert sent(gateway.config.ledger) == Counter(phones(750))
    assert store.credits.unexplained(key(gateway.url)) == []


@pytest.mark.parametrize(
    "faults",
    [
        {"drop_after_accept": 0.3},
        {"error_500": 0.3, "drop_before_accept": 0.2},
        {"garbage": 0.3},
        {"refuse_connection": 0.2},
    ],
)
def test_whatever_fails_nobody_is_texted_twice(
    store: Store, sandbox: Callable[..., SandboxThread], faults: dict[str, float]
) -> None:
    gateway = sandbox(faults=faults, refuse_s=0.05)
    campaign = confirmed(store, phones(30), "{{n}}", account=key(gateway.url), n="hi")
    others = [confirmed(store, phones(1, 1000 + n), f"text {n}", account=key(gateway.url)) for n in range(20)]
    with running(store, account_at(gateway.url)):
        for each in [campaign, *others]:
            reach(store, each, "finished", "unsettled", "paused")
    ledger = sent(gateway.config.ledger)
    assert max(ledger.values()) == 1
    for each in [campaign, *others]:
        after = store.campaigns.get(each)
        assert sum(after.counts.values()) == after.recipients
    accepted = sum(store.campaigns.get(each).counts["accepted"] for each in [campaign, *others])
    unknown = sum(store.campaigns.get(each).counts["unknown"] for each in [campaign, *others])
    assert accepted <= ledger.total() <= accepted + unknown


def test_an_unreachable_gateway_pauses_after_growing_pauses(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "UNREACHABLE_AFTER", 2)
    url = "http://127.0.0.1:1"
    campaign = confirmed(store, phones(600), account=key(url))
    with running(store, account_at(url)):
        reach(store, campaign, "paused")
    after = store.campaigns.get(campaign)
    assert (after.reason, after.counts["queued"]) == ("unreachable", 600)


def test_pause_takes_effect_between_requests(store: Store, sandbox: Callable[..., SandboxThread]) -> None:
    gateway = sandbox(latency_ms=50)
    store.settings.set("concurrency", 1)
    campaign = confirmed(store, phones(2500), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        assert wait_for(lambda: store.campaigns.get(campaign).counts["accepted"] >= 250)
        store.campaigns.pause(campaign)
        assert wait_for(lambda: store.campaigns.get(campaign).counts["sending"] == 0)
        paused_at = store.campaigns.get(campaign).counts["accepted"]
        assert paused_at < 2500
        assert store.outbox.claim("nobody", key(gateway.url)) is None
        store.campaigns.resume(campaign)
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(2500))


def test_stopping_lets_requests_in_flight_finish(store: Store, sandbox: Callable[..., SandboxThread]) -> None:
    gateway = sandbox(latency_ms=300)
    campaign = confirmed(store, phones(2500), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        assert wait_for(lambda: store.campaigns.get(campaign).counts["sending"] >= 250)
    after = store.campaigns.get(campaign)
    assert (after.counts["sending"], after.counts["unknown"]) == (0, 0)
    assert after.counts["accepted"] == sent(gateway.config.ledger).total() > 0


def test_a_second_engine_is_told_who_holds_the_lease(store: Store) -> None:
    keeper = LeaseKeeper(store, "sandbox")
    keeper.take()
    with pytest.raises(HeldByAnother) as caught:
        LeaseKeeper(store, "sandbox").take()
    assert caught.value.evidence["pid"] > 0
    keeper.release()
    assert not is_alive(store.leases.current())


def test_an_engine_whose_lease_lapsed_sends_nothing(
    store: Store, sandbox: Callable[..., SandboxThread], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Frozen between the claim and the request: it must not wake up and send what others have judged."""
    gateway = sandbox()
    campaign = confirmed(store, phones(3), account=key(gateway.url))
    monkeypatch.setattr(LeaseKeeper, "valid", lambda self: not store.campaigns.get(campaign).counts["sending"])
    with running(store, account_at(gateway.url)):
        assert wait_for(lambda: store.campaigns.batches(campaign)[0].attempt >= 2)
    assert store.campaigns.batches(campaign)[0].code == "lease_lost"
    assert sent(gateway.config.ledger) == Counter()


def test_the_sandbox_is_served_and_its_reports_come_in(store: Store) -> None:
    campaign = confirmed(store, phones(120), account="sandbox", two_way=True)
    with running(store, SANDBOX):
        reach(store, campaign, "finished")
        assert wait_for(lambda: store.receipts.summary(campaign).receipts >= 110, seconds=30)
        assert wait_for(lambda: any(reply.text == "退訂" for reply in store.receipts.replies()), seconds=30)
        lease = store.leases.current()
        assert lease is not None
        assert lease.info["sandbox_url"].startswith("http://127.0.0.1:")
    refused = {reply.phone for reply in store.receipts.replies(refusals_only=True)}
    assert refused
    assert refused <= store.suppression.phones()


def test_it_ends_by_itself_when_idle_and_unwatched(store: Store, sandbox: Callable[..., SandboxThread]) -> None:
    gateway = sandbox()
    campaign = confirmed(store, phones(3), account=key(gateway.url))
    Engine(store, find=lambda _: account_at(gateway.url), idle_s=0.2).run()
    assert store.campaigns.get(campaign).state == CampaignState.FINISHED


def test_it_ends_when_asked_through_the_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.05)
    engine = Engine(store, find=lambda _: account_at("http://127.0.0.1:1"))
    thread = threading.Thread(target=engine.run)
    thread.start()
    assert wait_for(store.leases.current)
    store.leases.request_stop()
    thread.join(10)
    assert not thread.is_alive()


def test_pace_spaces_requests_and_catches_up_with_little() -> None:
    spaced = Pace(10)
    started = time.monotonic()
    for _ in range(4):
        while not spaced.most(1):
            time.sleep(0.001)
        spaced.started()
    assert 0.25 <= time.monotonic() - started < 0.5
    assert Pace(1000).most(8) == 8
    assert Pace(10).most(8) == 1


@pytest.mark.parametrize(("chance", "times"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_pauses_double_and_are_spread_by_chance(chance: float, times: float, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: clock[0])
    spread = Pace(0, jitter=lambda: chance)
    pauses = []
    for _ in range(4):
        spread.not_reached()
        assert spread.not_reached() == len(pauses) + 1, "requests that fail together count once"
        pauses.append(spread.wait_s())
        clock[0] += spread.wait_s()
    assert pauses == pytest.approx([0.5 * times, times, 2 * times, 4 * times])
    spread.reached()
    assert spread.not_reached() == 1


@pytest.mark.parametrize(
    ("workers", "request_s", "write_s", "ahead"),
    [(8, 0.025, 0.005, 3), (4, 0.105, 0.005, 1), (4, 0.3, 0.005, 0), (4, 0.001, 1.0, 4), (8, 60, 0.1, 0)],
)
def test_batches_are_claimed_ahead_only_where_requests_are_as_fast_as_the_disk(
    workers: int, request_s: float, write_s: float, ahead: int
) -> None:
    lead = pace.Lead(workers)
    assert lead.batches == 0, "nothing is known yet"
    for _ in range(100):
        lead.asked(request_s)
        lead.written(write_s)
    assert lead.batches == ahead
