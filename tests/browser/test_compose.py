"""Writing, pricing, reviewing and sending as a person does it; the sandbox's ledger has the last word."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

import ui
from smsget.campaigns import CampaignState
from smsget.launch import wait_for
from smsget.recipients import read_recipients
from smsget.sandbox import read_ledger
from smsget.store import Store, from_text
from tests.browser.conftest import Visit
from tests.browser.dashboard import ROOT, Dashboard
from tests.browser.visitor import Visitor
from tests.builders import make_list, phones

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

MEMBERS = """姓名,手機
王小明,0911000000
,0911000001
歐陽震華先生暨夫人,0911000002
陳怡君,0911000003
"""
TEXT = "好鄰居商行：{{姓名}}您好！" + "週年慶全館八折，憑此簡訊再送好禮，只到本週日為止。" * 2 + "拒收請回覆N"
OWN = "0987654321"


@pytest.fixture
def members(tmp_path: Path) -> Path:
    file = tmp_path / "members.csv"
    file.write_text(MEMBERS, encoding="utf-8-sig")
    return file


@pytest.fixture
def draft(dashboard: Dashboard, members: Path) -> int:
    """A draft with everybody's name in it, one of which is missing."""
    store = dashboard.store
    made = store.lists.save_file(read_recipients(members), "members")
    return store.campaigns.draft("sale", TEXT, [made])


def finished(store: Store) -> bool:
    return [one.state for one in store.campaigns.all()] == [CampaignState.FINISHED]


def bubbles(person: Visitor) -> str:
    """The text on the phone: its parts one after the other."""
    return "".join(person.widget("compose_phone").get_by_test_id("stText").all_inner_texts())


def previews(person: Visitor, people: int) -> Iterator[tuple[str, str]]:
    """The number and text of everybody, by going forwards."""
    for place in range(1, people + 1):
        expect(person.widget("compose_person").get_by_role("spinbutton")).to_have_value(str(place))
        person.drawn()
        caption = person.widget("compose_phone").get_by_test_id("stCaptionContainer").first
        yield re.findall(r"\d{10}", caption.inner_text())[0], bubbles(person)
        if place < people:
            person.press("compose_next")


def quote(members: Path, database: Path, *args: str) -> dict[str, Any]:
    """What the command line says of the same file and text."""
    command = [sys.executable, "-m", "smsget", "quote", str(members), "--text", TEXT, "--json", *args]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "SMSGET_DB": str(database)}, capture_output=True,
                          check=True)  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_a_missing_value_is_decided_and_everybody_gets_what_the_preview_shows(
    dashboard: Dashboard, visit: Visit, draft: int, members: Path, locale: str
) -> None:
    """Screen, command line and ledger agree: the texts, the points, who is left out."""
    person = visit(dashboard, locale, f"compose?draft={draft}")
    expect(person.button("compose_review")).to_be_disabled()
    asked = quote(members, dashboard.database)
    assert person.amount("Points") == asked["credits"]
    assert [one["phone"] for one in asked["missing"]] == [phones(1, 1)[0]]
    person.press("compose_leave_out")
    expect(person.button("compose_review")).to_be_enabled()
    left = quote(members, dashboard.database, "--leave-out-empty")
    expect(person.figure("Points")).to_have_text(str(left["credits"]))
    seen = {phone: text for phone, text in previews(person, 4) if phone != phones(1, 1)[0]}
    assert sorted(seen) == [phones(4)[at] for at in (0, 2, 3)]
    person.press("compose_review")
    expect(person.button("compose_confirm")).to_contain_text("3")
    person.press("compose_confirm")
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    assert wait_for(lambda: finished(dashboard.store), seconds=60)
    ledger = read_ledger(dashboard.ledger)
    assert {phone: entry["text"] for entry in ledger for phone in entry["phones"]} == seen
    assert sum(entry["used"] for entry in ledger) == left["credits"]
    assert sum(len(entry["phones"]) for entry in ledger) == 3


def test_unicode_is_explained_replaced_and_put_back(dashboard: Dashboard, visit: Visit) -> None:
    store = dashboard.store
    text = "Don’t miss it – “20% off” " + "everything " * 10
    draft = store.campaigns.draft("sale", text, [make_list(store, phones(10))])
    person = visit(dashboard, path=f"compose?draft={draft}")
    expect(person.figure("Points")).to_have_text("30")
    expect(person.widget("compose_dear")).to_contain_text("3 parts become 1.")
    person.press("compose_replace")
    expect(person.figure("Points")).to_have_text("10")
    expect(person.widget("compose_dear")).to_have_count(0)
    area = person.widget("compose_text").get_by_role("textbox")
    expect(area).to_have_value(re.compile(r"^Don't miss it - \"20% off\""))
    person.press("compose_undo")
    expect(area).to_have_value(text)
    expect(person.figure("Points")).to_have_text("30")


def test_a_test_goes_to_ones_own_number_once(dashboard: Dashboard, visit: Visit, draft: int) -> None:
    """However often it is clicked; with the values of whom the preview shows, marked as a test, and paid for."""
    store = dashboard.store
    store.settings.set("own_numbers", [OWN])
    person = visit(dashboard, path=f"compose?draft={draft}")
    person.press("compose_longest")
    expect(person.widget("compose_person").get_by_role("spinbutton")).to_have_value("3")
    person.drawn()
    shown = bubbles(person)
    person.press("compose_test")
    person.button("compose_test_send").click(click_count=3, delay=30)
    expect(person.button("compose_test_again")).to_be_visible()
    assert wait_for(lambda: finished(store), seconds=60)
    (entry,) = read_ledger(dashboard.ledger)
    assert (entry["phones"], entry["text"], entry["used"]) == ([OWN], shown, 2)
    (test,) = store.campaigns.all()
    assert (test.test, test.credits_quoted) == (True, 2)
    person.go("campaigns")
    badges = person.main.get_by_test_id("stBadge").or_(person.main.locator(".stMarkdownBadge"))
    expect(badges.filter(has_text=person.say("Test"))).to_be_visible()


def test_a_campaign_held_here_is_changed_and_cancelled_until_then(
    dashboard: Dashboard, visit: Visit, draft: int
) -> None:
    store = dashboard.store
    person = visit(dashboard, path=f"compose?draft={draft}").press("compose_leave_out")
    expect(person.button("compose_review")).to_be_enabled()
    person.widget("compose_schedule").get_by_text(person.words.schedule("here")).click()
    expect(person.widget("compose_at")).to_be_visible()
    person.press("compose_review").press("compose_confirm")
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    kept = store.campaigns.get(draft)
    assert kept.state == CampaignState.SCHEDULED
    person.press("campaigns_time")
    hour = person.page.locator("[class*=st-key-campaigns_at_]").get_by_role("spinbutton", name=re.compile("hour", re.I))
    hour.press("ArrowUp")
    person.press("campaigns_reschedule")
    expect(person.alert("It now begins at")).to_be_visible()
    moved = from_text(store.campaigns.get(draft).send_at or "") - from_text(kept.send_at or "")
    assert moved == timedelta(hours=1)
    person.press("campaigns_cancel").press("campaigns_cancel_yes")
    assert wait_for(lambda: store.campaigns.get(draft).state == CampaignState.CANCELLED, seconds=60)
    assert read_ledger(dashboard.ledger) == []


def test_what_sms_get_holds_is_handed_over_at_once(dashboard: Dashboard, visit: Visit, draft: int) -> None:
    """It cannot be recalled, which is said plainly before it is confirmed."""
    store = dashboard.store
    person = visit(dashboard, path=f"compose?draft={draft}").press("compose_leave_out")
    expect(person.button("compose_review")).to_be_enabled()
    person.widget("compose_schedule").get_by_text(person.words.schedule("gateway")).click()
    expect(person.widget("compose_at")).to_be_visible()
    expect(person.widget("compose_hours")).to_have_count(0)
    person.press("compose_review")
    expect(person.page.get_by_role("dialog")).to_contain_text("From then on nobody can recall or change it.")
    person.press("compose_confirm")
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    assert wait_for(lambda: finished(store), seconds=60)
    at = from_text(store.campaigns.get(draft).send_at or "").astimezone(ui.TAIPEI)
    held = [entry["send_at"] for entry in read_ledger(dashboard.ledger)]
    assert held
    assert all(f"{at:%Y-%m-%d}" in when.replace("/", "-") and f"{at:%H:%M}" in when for when in held)


def test_warnings_are_overruled_and_the_count_is_typed_once(dashboard: Dashboard, visit: Visit) -> None:
    """A warning leads to its setting; three clicks and a reload are one campaign, with what was overruled noted."""
    store = dashboard.store
    store.settings.set("typed_from", 20)
    draft = store.campaigns.draft("sale", "週年慶八折 shop.tw", [make_list(store, phones(20))])
    person = visit(dashboard, path=f"compose?draft={draft}").press("compose_review")
    dialog = person.page.get_by_role("dialog")
    expect(dialog).to_contain_text("registered")
    dialog.get_by_role("link", name=person.say("Look at this in the settings")).first.click()
    expect(person.heading).to_have_text(person.say("Settings"))
    person.write("settings_brands", "好鄰居").press("settings_registered_save")
    expect(person.alert(person.say("Saved. It holds from now on."))).to_be_visible()
    person.go(f"compose?draft={draft}").press("compose_review")
    expect(dialog).to_contain_text("好鄰居")
    person.press("compose_confirm")
    expect(dialog).to_contain_text("The number you typed is not 20.")
    assert store.campaigns.get(draft).state == CampaignState.DRAFT
    typed = person.widget("compose_typed").get_by_role("textbox")
    typed.fill("20")
    typed.press("Enter")
    person.button("compose_confirm").click(click_count=3, delay=20)
    person.page.wait_for_url(f"**/campaigns?campaign={draft}")
    person.page.reload()
    person.drawn()
    assert wait_for(lambda: finished(store), seconds=60)
    (entry,) = read_ledger(dashboard.ledger)
    assert sorted(entry["phones"]) == phones(20)
    noted = store.audit.all(campaign_id=draft)[0].detail["overruled"]
    assert {"brand_missing", "unregistered_link", "no_refusal"} <= set(noted)


def test_two_people_write_one_draft_and_neither_loses_what_they_wrote(
    dashboard: Dashboard, visit: Visit, draft: int
) -> None:
    store = dashboard.store
    one, other = (visit(dashboard, path=f"compose?draft={draft}") for _ in range(2))
    one.write("compose_text", "First")
    assert wait_for(lambda: store.campaigns.get(draft).text == "First", seconds=60)
    other.write("compose_text", "Second")
    expect(other.alert("changed in another window")).to_be_visible()
    assert store.campaigns.get(draft).text == "First"
    other.press("compose_keep_this")
    assert wait_for(lambda: store.campaigns.get(draft).text == "Second", seconds=60)
    expect(other.alert("changed in another window")).to_have_count(0)
