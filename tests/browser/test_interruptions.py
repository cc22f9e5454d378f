"""Quick fingers, reloads, closed windows, a killed server: nobody is texted twice and nobody is forgotten."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from smsget.campaigns import CampaignState
from smsget.launch import is_alive, wait_for
from smsget.sandbox import SandboxThread, read_ledger, start_in_thread
from smsget.store import ReadyRow, Store
from tests.browser.conftest import Visit
from tests.browser.dashboard import Connected, Dashboard
from tests.builders import make_list, phones

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

EVERYBODY = phones(60)


def own_texts(store: Store) -> int:
    """A draft whose every recipient gets a text of their own: as many requests as people."""
    info = {"name": "own", "file": "own.csv", "sha256": "", "encoding": "utf-8", "phone_column": "phone",
            "fields": ["code"], "rows": len(EVERYBODY), "ready": len(EVERYBODY), "blank": 0, "duplicates": 0,
            "suppressed": 0, "rejected": 0}  # fmt: skip
    rows = (ReadyRow(at, phone, "TW", {"code": f"C{at}"}) for at, phone in enumerate(EVERYBODY, start=2))
    return store.campaigns.draft("own texts", "Your code is {{code}}", [store.lists.save(info, rows)])


def sent_once(store: Store, ledger: Path) -> bool:
    """Whether the one campaign has finished; fails at once if anybody was texted twice."""
    counts = Counter(phone for entry in read_ledger(ledger) for phone in entry["phones"])
    assert set(counts.values()) <= {1}
    [campaign] = store.campaigns.all()
    return campaign.state == CampaignState.FINISHED and sorted(counts) == EVERYBODY


@pytest.fixture
def connected(database: Path) -> Iterator[Connected]:
    """A dashboard whose gateway is in the hands of the test."""
    with Connected(database) as running:
        yield running
    assert running.tracebacks() == []


@pytest.fixture
def slow(connected: Connected, tmp_path: Path) -> Iterator[SandboxThread]:
    """A gateway that takes its time, until a test sets its `latency_ms` to 0."""
    with start_in_thread(connected.sandbox(tmp_path / "ledger.jsonl", latency_ms=1500)) as sandbox:
        yield sandbox


def test_three_clicks_are_one_campaign(dashboard: Dashboard, visit: Visit) -> None:
    """Also when a second window, opened before, confirms the same draft afterwards: it is led to the campaign."""
    draft = dashboard.store.campaigns.draft("sale", "Hello", [make_list(dashboard.store, EVERYBODY)])
    other = visit(dashboard).review(draft)
    person = visit(dashboard).review(draft)
    person.button("compose_confirm").click(click_count=3)
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    person.page.reload()
    person.drawn()
    other.press("compose_confirm")
    other.page.wait_for_url(f"**/campaigns?campaign={draft}")
    expect(other.alert(other.say(
        "It was confirmed already, and nothing was done twice. Here is how it stands."))).to_be_visible()  # fmt: skip
    assert wait_for(lambda: sent_once(dashboard.store, dashboard.ledger), seconds=60)
    assert len(read_ledger(dashboard.ledger)) == 1


def test_reload_in_the_middle_of_confirming(dashboard: Dashboard, visit: Visit) -> None:
    """The reload may be faster than the click, or not; whoever confirms again then gets one campaign all the same."""
    draft = dashboard.store.campaigns.draft("sale", "Hello", [make_list(dashboard.store, EVERYBODY)])
    person = visit(dashboard).review(draft)
    person.button("compose_confirm").click(click_count=3, no_wait_after=True)
    person.page.reload()
    person.drawn().go(f"compose?draft={draft}")
    expect(person.button("compose_review").or_(person.button("campaigns_all"))).to_be_visible()
    if person.button("compose_review").is_visible():
        person.press("compose_review").press("compose_confirm")
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    assert wait_for(lambda: sent_once(dashboard.store, dashboard.ledger), seconds=60)
    assert len(read_ledger(dashboard.ledger)) == 1


def test_campaign_outlives_the_dashboard(connected: Connected, slow: SandboxThread, visit: Visit) -> None:
    """`kill -9` on Streamlit while it sends: the engine finishes the campaign, and a new start shows it finished."""
    store, ledger = connected.store, slow.config.ledger
    person = visit(connected).review(own_texts(store)).press("compose_confirm")
    assert wait_for(lambda: read_ledger(ledger), seconds=60)
    connected.kill()
    assert len(read_ledger(ledger)) < len(EVERYBODY), "it was to be killed in the middle"
    slow.config.latency_ms = 0
    assert is_alive(store.leases.current())
    assert wait_for(lambda: sent_once(store, ledger), seconds=60)
    connected.start()
    person.go("campaigns?campaign=1")
    expect(person.figure("Accepted by SMS-Get")).to_have_text(str(len(EVERYBODY)))
    expect(person.figure("Points used")).to_have_text(str(len(EVERYBODY)))


def test_closed_window_and_a_new_one(connected: Connected, slow: SandboxThread, visit: Visit) -> None:
    """The campaign goes on with nobody there; who comes back finds it, and sees it end."""
    person = visit(connected).review(own_texts(connected.store)).press("compose_confirm")
    expect(person.figure("Accepted by SMS-Get")).to_have_text(re.compile(r"^[1-9]\d?$"))
    seen = person.amount("Accepted by SMS-Get")
    person.close()
    back = visit(connected)
    expect(back.main.get_by_test_id("stProgress")).to_be_visible()
    back.main.get_by_role("link", name="own texts").click()
    back.page.wait_for_url("**/campaigns?campaign=1")
    expect(back.figure("Accepted by SMS-Get")).to_be_visible()
    assert seen <= back.amount("Accepted by SMS-Get") < len(EVERYBODY)
    slow.config.latency_ms = 0
    expect(back.figure("Accepted by SMS-Get")).to_have_text(str(len(EVERYBODY)))
    assert wait_for(lambda: sent_once(connected.store, slow.config.ledger), seconds=60)


def test_engine_that_went_home_is_back_for_a_question(dashboard: Dashboard, visit: Visit) -> None:
    """It ends when nobody looks; the next page that asks for the points starts it instead of waiting in vain."""
    draft = dashboard.store.campaigns.draft("sale", "Hello", [make_list(dashboard.store, EVERYBODY)])
    person = visit(dashboard)
    assert wait_for(lambda: is_alive(dashboard.store.leases.current()), seconds=60)
    dashboard.stop_engine()
    person.go(f"compose?draft={draft}")
    expect(person.figure("On the account")).to_have_text("100,000")


def test_bookmark_is_followed_on_a_fresh_server(dashboard: Dashboard, visit: Visit) -> None:
    """The first visitor after a start may come by the address of any page, and is not told that it does not exist."""
    person = visit(dashboard, path="credit")
    expect(person.heading).to_have_text(person.say("Points"))
    assert person.page.get_by_role("dialog").count() == 0
