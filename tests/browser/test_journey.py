"""From the first start to the last receipt, as a person does it; the sandbox's ledger has the last word."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from playwright.sync_api import expect

from smsget.campaigns import CampaignState
from smsget.launch import wait_for
from smsget.receipts import status_of
from smsget.recipients import read_recipients
from smsget.sandbox import read_ledger
from smsget.sandbox.fates import fate_of
from tests.browser.conftest import Visit
from tests.browser.dashboard import ROOT, Dashboard
from tests.browser.visitor import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SAMPLE = ROOT / "data" / "samples" / "members_cp950.csv"
GROUPS = ("delivered", "failed", "pending", "other", "none")


def expected_status(phone: str) -> str:
    """The group in which a number's message ends, by the sandbox's table of fates."""
    groups = [status_of(report.word) for report in fate_of(phone).reports]
    final = [group for group in groups if group in ("delivered", "failed")]
    return (final or groups or ["none"])[-1]


def texted(ledger: list[dict[str, Any]]) -> Counter[str]:
    """How often the sandbox was asked to text each number."""
    return Counter(phone for entry in ledger for phone in entry["phones"])


def load_the_sample(person: Visitor) -> None:
    """The short way: one click on the first page, which then leads on."""
    person.press("overview_sample")
    expect(person.widget("overview_step_1")).to_contain_text("check_circle")
    person.widget("overview_step_2").get_by_role("link", name=person.say("Write a text")).click()


def upload_the_sample(person: Visitor) -> None:
    """The long way: a file as Excel in Taiwan writes it, looked at, saved, taken along to the text."""
    person.follow("Upload a list of your own")
    expect(person.heading).to_have_text(person.say("Recipients"))
    person.upload("recipients_upload", str(SAMPLE))
    expect(person.figure("Ready")).to_be_visible()
    read = read_recipients(SAMPLE)
    shown = {name: person.amount(name) for name in ("Rows", "Ready", "Duplicates", "Problems", "Blank")}
    assert shown == {"Rows": read.rows, "Ready": len(read.ready), "Duplicates": read.duplicates,
                     "Problems": read.rejected, "Blank": read.blank}  # fmt: skip
    person.press("recipients_save").follow("Write a text for it")
    expect(person.widget("compose_lists")).to_contain_text(SAMPLE.stem)


def write_to_everybody(person: Visitor) -> None:
    person.write("compose_text", "Acme: 20% off all of this week. Show this text in our shop.")


def write_to_each(person: Visitor) -> None:
    """A text with everybody's own name, put in by the button for it."""
    person.write("compose_text", "好鄰居商行：祝您生日快樂！憑此簡訊本週全館八折，")
    person.widget("compose_field").get_by_text("姓名", exact=True).click()
    expect(person.widget("compose_text").get_by_role("textbox")).to_have_value(re.compile(r"八折，\{\{姓名\}\}$"))


@pytest.mark.parametrize(
    ("locale", "get_list", "write"),
    [("en-US", load_the_sample, write_to_everybody), ("zh-TW", upload_the_sample, write_to_each)],
)
def test_from_first_start_to_receipts(
    dashboard: Dashboard, visit: Visit, locale: str, get_list: Any, write: Any
) -> None:
    """A list goes in, texts go out, reports come back; screen, database and ledger tell the same."""
    # hundreds of texts of their own are hundreds of requests
    dashboard.store.settings.set("concurrency", 16)
    dashboard.store.settings.set("requests_per_second", 100)
    person = visit(dashboard, locale)
    expect(person.heading).to_have_text(person.say("Overview"))
    expect(person.banner).to_be_visible()

    get_list(person)
    expect(person.heading).to_have_text(person.say("Compose"))
    write(person)
    people = sum(one.people for one in dashboard.store.lists.all())
    expect(person.figure("Points")).to_have_text(f"{people:,}")
    assert person.amount("Would remain") == person.amount("On the account") - people
    person.press("compose_review")
    expect(person.button("compose_confirm")).to_contain_text(f"{people:,}")
    assert read_ledger(dashboard.ledger) == []
    person.press("compose_confirm")

    watch_it_go_out(person, people)
    compare_with_ledger(person)
    read_the_receipts(person)


def watch_it_go_out(person: Visitor, people: int) -> None:
    """Nobody reloads the page here: it is live until the campaign has finished."""
    person.page.wait_for_url("**/campaigns?campaign=1")
    if len(person.dashboard.store.campaigns.batches(1)) > 100:
        expect(person.figure("Accepted by SMS-Get")).not_to_have_text(re.compile(rf"^(0|{people:,})$"))
    finished = person.main.get_by_test_id("stBadge").or_(person.main.locator(".stMarkdownBadge"))
    expect(finished.first).to_contain_text(person.words.campaign_state(CampaignState.FINISHED))
    expect(person.figure("Accepted by SMS-Get")).to_have_text(f"{people:,}")
    expect(person.button("campaigns_pause")).to_have_count(0)


def compare_with_ledger(person: Visitor) -> None:
    """Everybody on the list once, and every point accounted for: on the screen, in the database, in the ledger."""
    store, ledger = person.dashboard.store, read_ledger(person.dashboard.ledger)
    # not `recipients`: whoever refuses advertising, as the reports that came meanwhile say, is none any more
    people = sorted(store.lists.phones([store.lists.all()[0].id]))
    assert texted(ledger) == Counter(people)
    [campaign] = store.campaigns.all()
    points = sum(entry["used"] for entry in ledger)
    assert (campaign.credits_quoted, campaign.credits_used) == (points, points)
    assert (person.amount("Points quoted"), person.amount("Points used")) == (points, points)
    assert person.amount("People") == person.amount("Accepted by SMS-Get") == len(people)
    assert len(ledger) == campaign.batches


def read_the_receipts(person: Visitor) -> None:
    """What became of every message: the sandbox's own table of fates, found again on the page of reports."""
    store = person.dashboard.store
    expected = Counter(expected_status(phone) for phone in texted(read_ledger(person.dashboard.ledger)))
    final = {group: expected[group] for group in GROUPS}

    def counted() -> bool:
        summary = store.receipts.summary(1)
        counts = {**{group: getattr(summary, group) for group in GROUPS[:-1]}, "none": summary.no_receipt}
        return counts == final

    assert wait_for(counted, seconds=60), store.receipts.summary(1)
    person.follow("Every message of this campaign")
    expect(person.heading).to_have_text(person.say("Delivery reports"))
    shown = {group: person.figure(person.words.status(group)) for group in GROUPS if final[group] or group != "other"}
    for group, figure in shown.items():
        expect(figure).to_have_text(f"{final[group]:,}")
    assert person.amount("Accepted by SMS-Get") == sum(final.values())
