"""The engine in trouble: clocks that jump, disks that fill, databases that are locked, gateways that fall silent."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from smsget import launch
from smsget.engine import HeldByAnother, LeaseKeeper, core, desk, lease, settling
from smsget.engine.desk import Desk
from smsget.engine.sending import outgoing_address
from smsget.engine.settling import Settler
from smsget.errors import NotSent, StoreError
from smsget.gateway import Gateway
from smsget.launch import is_alive, log_path, wait_for
from smsget.sandbox import SandboxThread
from smsget.store import Lease, Outcome, Store, database, now, to_text, uptime
from tests.builders import confirmed, phones
from tests.test_engine import account_at, key, reach, running, sandbox, sent

__all__ = ["sandbox"]  # the fixture

ACCOUNT = "acme@127.0.0.1"
Start = Callable[..., SandboxThread]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "PAUSE_S", 0.1)


def lease_of(store: Store, **changes: Any) -> Lease:
    moment = now()
    made = Lease("somebody", launch.platform.node(), 1, ACCOUNT, to_text(moment), to_text(moment),
                 to_text(moment + timedelta(seconds=12)), False, {}, uptime() + 12)  # fmt: skip
    made = replace(made, **changes)
    store.leases.take(made, instead_of=None)
    return made


# --- the lease ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [-400, -1, 1, 400])
def test_no_jump_of_the_clock_ends_or_prolongs_a_lease(
    store: Store, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    alive = lease_of(store)
    monkeypatch.setattr(launch, "now", lambda: now() + timedelta(days=days))
    assert is_alive(alive)
    assert not is_alive(replace(alive, expires_up=uptime() - 1))
    assert not is_alive(replace(alive, expires_up=uptime() + 50_000)), "from before the computer was started anew"


def test_another_computers_lease_is_judged_by_its_heartbeat(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its clock may be hours behind: as long as its heart beats, it is alive."""
    monkeypatch.setattr(lease, "LEASE_S", 0.6)
    monkeypatch.setattr(lease, "BEAT_S", 0.1)
    monkeypatch.setattr(lease, "MARGIN_S", 0.1)
    past = to_text(now() - timedelta(hours=5))
    lease_of(store, host="elsewhere", expires_at=past)
    beating = threading.Event()

    def beat() -> None:
        while not beating.wait(0.1):
            store.leases.beat("somebody", -18_000, {})

    heart = threading.Thread(target=beat)
    heart.start()
    with pytest.raises(HeldByAnother):
        LeaseKeeper(store, ACCOUNT).take()
    beating.set()
    heart.join()
    keeper = LeaseKeeper(store, ACCOUNT)
    keeper.take()
    assert keeper.valid()
    keeper.release()


def test_an_engine_that_only_waits_for_the_database_is_not_replaced(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Confirming a million people holds the lock for longer than a lease lasts; then the heart beats again."""
    monkeypatch.setattr(lease, "LEASE_S", 0.4)
    monkeypatch.setattr(lease, "BEAT_S", 0.3)
    first = LeaseKeeper(store, ACCOUNT)
    first.take()
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert wait_for(lambda: not is_alive(store.leases.current()))
        taken = ThreadPoolExecutor(1).submit(LeaseKeeper(store, ACCOUNT).take)
        time.sleep(0.5)
        assert not taken.done()
        other.execute("ROLLBACK")
    with pytest.raises(HeldByAnother):
        taken.result(10)
    first.release()


def test_a_computer_that_sleeps_between_connecting_and_sending_sends_nothing(sandbox: Start) -> None:
    """Asked at the last moment: the connection stands, and no byte of the request has left."""
    gateway = sandbox()
    client = Gateway(gateway.url, "acme", "pw")
    asked = []
    with pytest.raises(NotSent, match="held_back"):
        client.send(phones(1), "hi", may_leave=lambda: bool(asked.append(1)))
    assert asked == [1]
    assert client.send(phones(1), "hi", may_leave=lambda: True).used == 1
    assert sent(gateway.config.ledger) == Counter(phones(1))


# --- the disk and the database ------------------------------------------------------------------------------------


def test_a_disk_that_is_almost_full_stops_before_anything_is_lost(
    store: Store, sandbox: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = sandbox()
    monkeypatch.setattr(core, "RESERVE_BYTES", 1 << 60)
    campaign = confirmed(store, phones(500), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "paused")
    assert store.campaigns.get(campaign).reason == "disk_full"
    assert sent(gateway.config.ledger) == Counter()
    monkeypatch.setattr(core, "RESERVE_BYTES", 1)
    assert store.campaigns.resume_account(key(gateway.url)) == 1
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "finished")


def test_a_database_locked_by_somebody_else_delays_and_loses_nothing(
    store: Store, sandbox: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = sandbox(latency_ms=30)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    campaign = confirmed(store, phones(5000), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        assert wait_for(lambda: store.campaigns.get(campaign).counts["accepted"] >= 500)
        with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 5000")
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1.5)  # longer than the engine waits for the lock
            held = len(sent(gateway.config.ledger))
            time.sleep(0.3)
            assert len(sent(gateway.config.ledger)) == held, "nothing leaves that could not be written down"
            other.execute("ROLLBACK")
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(5000))
    assert store.campaigns.get(campaign).counts["unknown"] == 0


def test_answers_wait_at_the_desk_while_they_cannot_be_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease_of(store)
    campaign = confirmed(store, phones(500), account=ACCOUNT)
    counter = Desk(store, "somebody", ACCOUNT, broken=lambda: None)
    first, second = counter.exchange(2)
    counter.put(Outcome(first, "accepted", sms_id="1", used=250, left=750))
    real = store.outbox.exchange

    def full(*_: object) -> None:
        raise StoreError("disk_full", path="x")

    monkeypatch.setattr(store.outbox, "exchange", full)
    with pytest.raises(StoreError):
        counter.exchange(2)
    counter.put(Outcome(second, "accepted", sms_id="2", used=250, left=500))
    assert counter.waiting == 2
    monkeypatch.setattr(store.outbox, "exchange", real)
    counter.close()
    assert counter.waiting == 0
    assert store.campaigns.get(campaign).credits_used == 500


def test_one_outcome_that_cannot_be_kept_costs_no_other(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease_of(store)
    campaign = confirmed(store, phones(500), account=ACCOUNT)
    broken = []
    counter = Desk(store, "somebody", ACCOUNT, broken=lambda: broken.append(1))
    first, second = counter.exchange(2)
    counter.put(Outcome(first, "nonsense"))
    counter.put(Outcome(second, "accepted", sms_id="2", used=250, left=500))
    counter.exchange(0)
    assert broken == [1]
    assert store.campaigns.get(campaign).counts["accepted"] == 250
    assert store.campaigns.get(campaign).counts["sending"] == 250, "the next engine calls it unknown"


def test_last_answers_are_given_up_in_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    lease_of(store)
    confirmed(store, phones(1), account=ACCOUNT)
    monkeypatch.setattr(desk, "PATIENCE_S", 0.3)
    counter = Desk(store, "somebody", ACCOUNT, broken=lambda: None)
    (claim,) = counter.exchange(1)
    counter.put(Outcome(claim, "queued", "connect"))
    store.path.rename(store.path.with_name("gone.db"))
    counter.close()
    assert counter.waiting == 1


def test_a_database_put_in_the_place_of_another_is_not_mistaken_for_it(store: Store) -> None:
    with store.held_open():
        store.settings.set("x", 1)
        store.path.rename(store.path.with_name("old.db"))
        other = Store(store.path)
        assert other.settings.get("x") is None
        assert store.settings.get("x") is None, "the connection from before is not used any more"


# --- settling -----------------------------------------------------------------------------------------------------


def test_a_gateway_that_fails_before_it_takes_anything_leaves_a_clear_question(store: Store, sandbox: Start) -> None:
    gateway = sandbox(faults={"error_500": 1.0})
    real, drawn = gateway.sandbox._draw_fault, []

    def only_sends() -> str | None:  # the fault is for requests to send; credit queries come before and after
        drawn.append(1)
        return real() if 1 < len(drawn) <= 2 else None

    gateway.sandbox._draw_fault = only_sends  # type: ignore[method-assign]
    campaign = confirmed(store, phones(3), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "unsettled")
        assert wait_for(lambda: not store.evidence.waiting(key(gateway.url)))
        (batch,) = store.campaigns.batches(campaign)
        assert batch.evidence["settlement"]["verdict"] == "not_charged"
        assert batch.evidence["status"] == 500, "what the answer said is kept, too"
        store.campaigns.settle(campaign, 1, resend=True)
        reach(store, campaign, "finished")
    assert sent(gateway.config.ledger) == Counter(phones(3))


def settler(store: Store, answers: list[int | Exception]) -> Settler:
    def ask() -> int:
        answer = answers.pop(0) if answers else NotSent("connect")
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Settler(store, ACCOUNT, ask, ThreadPoolExecutor(1))


def step_until(one: Settler, condition: Callable[[], bool]) -> None:
    def stepped() -> bool:
        one.step(quiet=True, work=False)
        return condition()

    assert wait_for(stepped, seconds=10, every=0.005)


def silent(store: Store) -> int:
    lease_of(store)
    store.credits.keep(ACCOUNT, 1000, at_rest=True)
    campaign = confirmed(store, phones(250), account=ACCOUNT)
    claim = store.outbox.claim("somebody", ACCOUNT)
    assert claim is not None
    store.outbox.record_unknown(claim, "connection_lost", {})
    return campaign


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([1000, 1000], "not_charged"),
        ([750, 750], "charged"),
        ([1000, 750, 750], "charged"),  # a slow charge came between the readings
        ([900, 800, 700, 600], "moving"),
        ([NotSent("connect"), 1000, NotSent("connect"), 1000, 1000], "not_charged"),
    ],
)
def test_points_are_asked_until_they_stand_still(store: Store, answers: list[int | Exception], why: str) -> None:
    campaign = silent(store)
    one = settler(store, answers)
    assert one.holds()
    step_until(one, lambda: not one.busy)
    assert store.campaigns.batches(campaign)[0].evidence["settlement"]["why"] == why
    assert not one.holds()


def test_nothing_is_asked_while_a_request_is_under_way(store: Store) -> None:
    silent(store)
    one = settler(store, [1000, 1000])
    for _ in range(5):
        one.step(quiet=False, work=False)
    assert one.holds(), "and nothing more leaves"
    assert store.evidence.waiting(ACCOUNT)


def test_a_gateway_that_tells_no_points_holds_nothing_for_ever(store: Store) -> None:
    silent(store)
    one = settler(store, [])
    step_until(one, lambda: not one.holds())
    step_until(one, lambda: not one.busy)
    assert store.evidence.waiting(ACCOUNT), "the next engine asks again"


def test_work_after_a_rest_begins_with_a_fresh_reading(store: Store) -> None:
    lease_of(store)
    one = settler(store, [500])
    one.step(quiet=True, work=True)
    step_until(one, lambda: not one.busy)
    latest = store.credits.latest(ACCOUNT)
    assert latest is not None
    assert latest.credits == 500
    one.step(quiet=True, work=True)
    assert not one.busy, "which is fresh for a while"


# --- what it says -------------------------------------------------------------------------------------------------


def test_the_log_has_neither_texts_nor_numbers(store: Store, sandbox: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway = sandbox(faults={"drop_after_accept": 0.3, "garbage": 0.2, "error_500": 0.2})
    monkeypatch.setattr(core.signal, "signal", lambda *_: None)  # this is not the main thread's business
    for n in range(20):
        confirmed(store, phones(2, 10 * n), f"a secret text {n}", account=key(gateway.url))
    original = core.Engine.__init__

    def init(self: core.Engine, store: Store, **options: Any) -> None:
        original(self, store, find=lambda _: account_at(gateway.url), **options)

    monkeypatch.setattr(core.Engine, "__init__", init)
    core.run_engine(store, idle_s=0.2)
    log = log_path(store.path).read_text(encoding="utf-8")
    assert "accepted as" in log
    assert "secret" not in log
    assert "09110" not in log
    assert "pw" not in log


def test_the_hint_about_this_computers_address_asks_nobody() -> None:
    assert outgoing_address("http://127.0.0.1:1") == "127.0.0.1"
    assert outgoing_address("https://no-such-host.invalid") == ""


def test_a_refused_address_is_told_with_the_hint(store: Store, sandbox: Start) -> None:
    gateway = sandbox(refused_addresses=frozenset({"127.0.0.1"}))
    campaign = confirmed(store, phones(3), account=key(gateway.url))
    with running(store, account_at(gateway.url)):
        reach(store, campaign, "paused")
    (batch,) = store.campaigns.batches(campaign)
    assert (store.campaigns.get(campaign).reason, batch.evidence) == ("006", {"local_address": "127.0.0.1"})
