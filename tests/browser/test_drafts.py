"""What somebody writes is kept, and shown again as it is kept, wherever they click meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from smsget.campaigns import CampaignState
from smsget.launch import wait_for
from smsget.store import now
from tests.browser.conftest import Visit
from tests.browser.dashboard import Dashboard
from tests.builders import make_list, phones

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def test_leaving_the_page_out_of_a_box_keeps_what_the_draft_has(dashboard: Dashboard, visit: Visit) -> None:
    """The click on another page ends the box's own run half-way: the boxes are not drawn empty on coming back."""
    store = dashboard.store
    chosen = make_list(store, phones(3), name="members")
    at = (now() + timedelta(days=30)).replace(second=0, microsecond=0)
    draft = store.campaigns.draft("sale", "Hello", [chosen], schedule="here", send_at=at)
    person = visit(dashboard, path=f"compose?draft={draft}")
    area = person.widget("compose_text").get_by_role("textbox")
    expect(area).to_have_value("Hello")
    area.press_sequentially(" again")
    sidebar = person.page.get_by_test_id("stSidebarNav")
    points = sidebar.get_by_role("link", name=person.say("Points"))
    points.click()
    try:
        expect(person.heading).to_have_text(person.say("Points"), timeout=5_000)
    except AssertionError:  # now and then the browser loses a click that begins by leaving the box
        points.click()
        expect(person.heading).to_have_text(person.say("Points"))
    person.drawn()
    sidebar.get_by_role("link", name=person.say("Compose")).click()
    expect(person.heading).to_have_text(person.say("Compose"))
    kept = store.campaigns.get(draft)
    expect(area).to_have_value(kept.text)
    expect(person.widget("compose_name").get_by_role("textbox")).to_have_value("sale")
    expect(person.widget("compose_lists")).to_contain_text("members")
    expect(person.widget("compose_schedule").get_by_role("radio").nth(1)).to_be_checked()
    person.widget("compose_name").get_by_role("textbox").fill("autumn sale")
    area.click()
    assert wait_for(lambda: store.campaigns.get(draft).name == "autumn sale", seconds=60)
    after = store.campaigns.get(draft)
    assert (after.text, after.schedule, after.send_at) == (kept.text, kept.schedule, kept.send_at)


def test_typing_goes_on_while_the_page_is_drawn(dashboard: Dashboard, visit: Visit) -> None:
    """Leaving a box for the next one draws the page anew: no letter typed meanwhile is lost."""
    person = visit(dashboard, path="compose")
    text = "The quick brown fox jumps over the lazy dog. " * 3
    person.widget("compose_name").get_by_role("textbox").fill("sale")
    area = person.widget("compose_text").get_by_role("textbox")
    area.click()
    area.press_sequentially(text, delay=20)
    expect(area).to_have_value(text)
    area.press("Control+Enter")

    def kept() -> bool:
        return [(one.name, one.text) for one in dashboard.store.campaigns.all(states=[CampaignState.DRAFT])] == [
            ("sale", text)
        ]

    assert wait_for(kept, seconds=60)
