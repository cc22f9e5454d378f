"""Sending that survives everything, as a person sees it: silence, empty accounts, pauses and reloads in the middle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from smsget.campaigns import BatchState, CampaignState
from smsget.launch import wait_for
from smsget.sandbox import SandboxThread, read_ledger, start_in_thread
from smsget.store import Batch, ReadyRow, Store
from tests.browser.conftest import Visit
from tests.browser.dashboard import Connected
from tests.builders import phones

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

PATIENCE = 90


class Quick(Connected):
    """A dashboard whose engine asks for the points sooner after a silence than it would."""

    def __init__(self, database: Path) -> None:
        super().__init__(database)
        self._account |= {"SMSGET_SETTLE_PAUSE_S": "1"}


@pytest.fixture
def connected(database: Path) -> Iterator[Quick]:
    """A dashboard that makes one request at a time, so that a test knows which of them it meets."""
    store = Store(database)
    store.settings.set("concurrency", 1)
    with Quick(database) as running:
        yield running
    assert running.tracebacks() == []


@pytest.fixture
def gateway(connected: Quick, tmp_path: Path) -> Iterator[SandboxThread]:
    """Its gateway, whose faults, points and latency a test may change while it runs."""
    with start_in_thread(connected.sandbox(tmp_path / "ledger.jsonl", latency_ms=500)) as sandbox:
        yield sandbox


def own_texts(store: Store, people: int) -> int:
    """A draft whose every recipient gets a text of their own: as many requests as people."""
    info = {"name": "own", "file": "own.csv", "sha256": "", "encoding": "utf-8", "phone_column": "phone",
            "fields": ["code"], "rows": people, "ready": people, "blank": 0, "duplicates": 0, "suppressed": 0,
            "rejected": 0}  # fmt: skip
    rows = (ReadyRow(at, phone, "TW", {"code": f"C{at}"}) for at, phone in enumerate(phones(people), start=2))
    return store.campaigns.draft("own texts", "Your code is {{code}}", [store.lists.save(info, rows)])


def texted(ledger: Path) -> list[str]:
    """Who was texted, by the ledger; fails at once if anybody was texted twice."""
    counts = Counter(phone for entry in read_ledger(ledger) for phone in entry["phones"])
    assert set(counts.values()) <= {1}
    return sorted(counts)


def wait_texted(gateway: SandboxThread, people: int) -> None:
    """Wait until so many people were texted."""
    assert wait_for(lambda: len(texted(gateway.config.ledger)) >= people, seconds=PATIENCE)


def silence(gateway: SandboxThread, store: Store, campaign: int, fault: str) -> Batch:
    """Let exactly one request meet a fault: nothing more leaves until the points were asked for. Returns its batch."""
    gateway.config.faults = {fault: 1.0}

    def unknown() -> list[Batch]:
        return store.campaigns.batches(campaign, states=[BatchState.UNKNOWN])

    [batch] = wait_for(unknown, seconds=PATIENCE)
    gateway.config.faults = {}
    return batch


def test_silent_requests_are_settled_by_evidence_and_by_a_person(
    connected: Quick, gateway: SandboxThread, visit: Visit
) -> None:
    """One was charged, so it counts as accepted by itself; the other was not, so a person sends it again. Once each."""
    store, campaign = connected.store, own_texts(connected.store, 12)
    person = visit(connected).review(campaign).press("compose_confirm")
    wait_texted(gateway, 2)
    charged = silence(gateway, store, campaign, "drop_after_accept")
    assert wait_for(lambda: store.campaigns.get(campaign).counts["unknown"] == 0, seconds=PATIENCE)
    [settled] = store.campaigns.batches(campaign, after=charged.number - 1, limit=1)
    assert (settled.state, settled.credits_used) == (BatchState.ACCEPTED, 1)
    wait_texted(gateway, 6)
    silent = silence(gateway, store, campaign, "error_500")
    expect(person.alert(person.say("Needs a decision"))).to_be_visible(timeout=PATIENCE * 1000)
    expect(person.figure("Accepted by SMS-Get")).to_have_text("11")
    expect(person.main.get_by_text("SMS-Get most likely did not take this batch")).to_be_visible()
    assert len(texted(gateway.config.ledger)) == 11
    person.press(f"campaigns_again_{silent.number}").press("campaigns_again_yes")
    expect(person.figure("Accepted by SMS-Get")).to_have_text("12")
    expect(person.figure("Points used")).to_have_text("12")
    assert store.campaigns.get(campaign).state == CampaignState.FINISHED
    assert texted(gateway.config.ledger) == phones(12)


def test_out_of_points_in_the_middle(connected: Quick, visit: Visit, tmp_path: Path) -> None:
    """It stops where the points end, says so, and goes on there after a top-up; the figures are the ledger's."""
    store, campaign, ledger = connected.store, own_texts(connected.store, 20), tmp_path / "ledger.jsonl"
    with start_in_thread(connected.sandbox(ledger, credits=7)) as gateway:
        person = visit(connected).review(campaign).press("compose_confirm")
        expect(person.alert(person.words.pause_reason("009"))).to_be_visible(timeout=PATIENCE * 1000)
        expect(person.figure("Accepted by SMS-Get")).to_have_text("7")
        assert texted(ledger) == phones(7)
        gateway.add_credits(100)
        person.press("campaigns_resume")
        expect(person.figure("Accepted by SMS-Get")).to_have_text("20", timeout=PATIENCE * 1000)
        entries = read_ledger(ledger)
        expect(person.figure("Points used")).to_have_text(str(sum(each["used"] for each in entries)))
        assert store.campaigns.get(campaign).state == CampaignState.FINISHED
        assert texted(ledger) == phones(20)
        person.go("credit").press("credit_ask")
        expect(person.figure("Points left")).to_have_text(str(entries[-1]["left"]))


def test_pause_reload_resume(connected: Quick, gateway: SandboxThread, visit: Visit) -> None:
    """What was in flight ends, nothing more leaves, a reload changes nothing, and it goes on where it was."""
    store, campaign = connected.store, own_texts(connected.store, 12)
    person = visit(connected).review(campaign).press("compose_confirm")
    wait_texted(gateway, 2)
    person.press("campaigns_pause")
    expect(person.alert(person.words.pause_reason("person"))).to_be_visible()
    assert wait_for(lambda: store.campaigns.get(campaign).counts["sending"] == 0, seconds=PATIENCE)
    gone = texted(gateway.config.ledger)
    assert 2 <= len(gone) < 12
    person.page.reload()
    person.drawn()
    expect(person.alert(person.words.pause_reason("person"))).to_be_visible()
    expect(person.figure("Accepted by SMS-Get")).to_have_text(str(len(gone)))
    assert texted(gateway.config.ledger) == gone
    gateway.config.latency_ms = 0
    person.press("campaigns_resume")
    expect(person.figure("Accepted by SMS-Get")).to_have_text("12", timeout=PATIENCE * 1000)
    assert texted(gateway.config.ledger) == phones(12)


def test_what_was_not_sent_becomes_a_list_of_its_own(connected: Quick, gateway: SandboxThread, visit: Visit) -> None:
    """Cancelled in the middle: those who were not reached are saved, with their fields, and nobody else."""
    store, campaign = connected.store, own_texts(connected.store, 12)
    person = visit(connected).review(campaign).press("compose_confirm")
    wait_texted(gateway, 2)
    person.press("campaigns_cancel").press("campaigns_cancel_yes")
    expect(person.button("campaigns_cancel")).to_have_count(0)
    assert wait_for(lambda: store.campaigns.get(campaign).counts["sending"] == 0, seconds=PATIENCE)
    person.press("campaigns_missed").press("campaigns_missed_yes")
    expect(person.heading).to_have_text(person.say("Recipients"))
    newest = store.lists.all()[0]
    gone = texted(gateway.config.ledger)
    assert [one.phone for one in store.lists.people(newest.id)] == [each for each in phones(12) if each not in gone]
    assert newest.fields == ["code"]
