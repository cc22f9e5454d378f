"""Delivery reports and replies as a person reads them: logs in, messages found, told, taken home, texted again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from smsget.launch import wait_for
from smsget.logs import read_log
from smsget.receipts import Receipt
from smsget.sandbox import read_ledger
from smsget.store import ReportFilter
from tests.browser.conftest import Visit
from tests.browser.dashboard import ROOT, Dashboard
from tests.browser.visitor import Visitor
from tests.builders import PHONE, make_list, phones, reply

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

LOGS = sorted((ROOT / "data" / "samples" / "logs").glob("*.*"))
CODE = "24"  # the two-way code in the invented replies


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_logs_are_loaded_filtered_told_exported_and_the_failed_become_a_list(
    dashboard: Dashboard, visit: Visit, locale: str, tmp_path: Path
) -> None:
    dashboard.store.settings.set("two_way_code", CODE)
    person = visit(dashboard, locale, "reports")
    load_the_logs(person)
    phone = open_a_failed_number(person)
    take_home(person, tmp_path)
    make_a_list(person, phone)


def load_the_logs(person: Visitor) -> None:
    """Three files at once, seen before they go in."""
    person.page.locator("[class*=st-key-reports_upload_] input[type=file]").set_input_files([str(log) for log in LOGS])
    for place, log in enumerate(LOGS):
        expect(person.widget(f"reports_look_0_{place}")).to_contain_text(log.name)
    assert person.dashboard.store.receipts.imports() == []
    person.press("reports_load_files")
    expect(person.figure("Accepted by SMS-Get")).to_be_visible()
    loaded = person.dashboard.store.receipts.imports()
    assert sorted(one["file"] for one in loaded) == [log.name for log in LOGS]
    told = {(item.sms_id, item.phone) for log in LOGS for item in read_log(log.read_bytes(), log.name, CODE).items
            if isinstance(item, Receipt)}  # fmt: skip
    assert person.amount("Accepted by SMS-Get") == person.dashboard.store.receipts.summary().messages <= len(told)


def open_a_failed_number(person: Visitor) -> str:
    """The newest message that failed, and everything about its number; the number."""
    receipts = person.dashboard.store.receipts
    person.widget("reports_status").get_by_text(person.words.status("failed"), exact=True).click()
    failed = receipts.count(ReportFilter(status="failed"))
    expect(person.widget("reports_download")).to_contain_text(f"{failed:,}")
    [newest] = receipts.page(ReportFilter(status="failed"), limit=1)
    # the table is drawn on a canvas: its first row begins below the header, the box to choose it on the left
    frame = person.page.locator("[class*=st-key-reports_rows_]").get_by_test_id("stDataFrame")
    frame.scroll_into_view_if_needed()
    frame.click(position={"x": 16, "y": 52})
    expect(person.widget("reports_story")).to_contain_text(newest.phone)
    return newest.phone


def take_home(person: Visitor, to: Path) -> None:
    """The file holds what the filter keeps, and nothing else."""
    receipts = person.dashboard.store.receipts
    with person.page.expect_download() as download:
        person.press("reports_download")
    file = to / "report.csv"
    download.value.save_as(file)
    lines = file.read_bytes().decode("utf-8-sig").split("\r\n")[1:-1]
    assert [line.partition(",")[0] for line in lines] == [
        row.phone for row in receipts.export(ReportFilter(status="failed"))
    ]


def make_a_list(person: Visitor, phone: str) -> None:
    """Those who failed are a list; nobody of the suppressed is on it."""
    store = person.dashboard.store
    person.press("reports_new_list")
    person.press("reports_new_yes")
    person.page.wait_for_url(re.compile("recipients"))
    [made] = store.lists.all()
    failed = set(store.receipts.phones_with(ReportFilter(status="failed"))) - store.suppression.phones()
    assert store.lists.phones([made.id]) == failed
    assert phone in failed | store.suppression.phones()


@pytest.fixture
def answered(dashboard: Dashboard) -> int:
    """A list of three people, one of whom has refused further texts by a reply; the list."""
    people = make_list(dashboard.store, [PHONE, *phones(2)], name="three")
    dashboard.store.receipts.load("a", "t", [reply("退訂")])
    return people


def test_who_refuses_is_in_the_replies_and_on_the_list_and_gets_no_further_text(
    dashboard: Dashboard, visit: Visit, answered: int
) -> None:
    person = visit(dashboard, "en-US", "replies")
    expect(person.main).to_contain_text("退訂")
    expect(person.main).to_contain_text(person.words.suppression_reason("refusal"))
    person.go("settings")
    person.page.get_by_role("tab", name=person.say("Suppression list")).click()
    expect(person.main).to_contain_text("Suppression list")
    assert dashboard.store.suppression.phones() == {PHONE}
    draft = dashboard.store.campaigns.draft("next", "Acme: 20% off.", [answered])
    person.review(draft).press("compose_confirm")
    person.page.wait_for_url("**/campaigns?campaign=*")
    assert wait_for(lambda: len(read_ledger(dashboard.ledger)) > 0, seconds=30)
    texted = [number for entry in read_ledger(dashboard.ledger) for number in entry["phones"]]
    assert sorted(texted) == phones(2)
