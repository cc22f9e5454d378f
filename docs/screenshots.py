"""Takes the README's picture of each page again: `make screenshots`. To look at all of them: `ARGS="--all FOLDER"`.

A scratch database is filled through the store, the real engine and its sandbox, so the pictures show what the program
does and no real person's number. With `--all` every page is taken at 1280 and 390 pixels, light and dark, English and
Chinese, and those that would scroll sideways are named.
"""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from smsget.campaigns import CampaignState  # noqa: E402
from smsget.errors import OutcomeUnknown  # noqa: E402
from smsget.gateway import Gateway  # noqa: E402
from smsget.launch import wait_for  # noqa: E402
from smsget.recipients import read_recipients  # noqa: E402
from smsget.sandbox import SandboxConfig, start_in_thread  # noqa: E402
from smsget.store import Claim, Lease, Store, now, to_text  # noqa: E402
from tests.browser.dashboard import CHROMIUM_ARGS, Dashboard  # noqa: E402
from tests.browser.visitor import Visitor  # noqa: E402

IMAGES = ROOT / "docs" / "images"
SAMPLES = ROOT / "data" / "samples"
WIDE, NARROW, TALLEST = 1280, 390, 3200
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")

BIRTHDAY = "好鄰居商行：{{姓名|貴賓}}您好，祝您生日快樂！憑此簡訊本月來店享八折。退訂請回覆0"
SALE = "好鄰居商行週年慶：會員全館八折，只到週日。退訂請回覆0"
QUESTION = "好鄰居商行：您預約的商品已到店，請問這週六方便來取貨嗎？"
LATE = "好鄰居商行：{{姓名}}您好，您有會員點數即將到期，請記得使用。"


@dataclass(frozen=True)
class Sight:
    """One picture: its file's name, the page's address, how much of it the README shows, and what a person does there.

    `act` leaves the page as it is to be seen.
    """

    name: str
    path: str
    height: int = 900
    act: Callable[[Visitor], object] | None = None


# --- what there is to see ----------------------------------------------------------------------------------------


def fill_before_the_engine(store: Store) -> dict[str, int]:
    """Lists, a template, suppressed numbers, and a campaign whose second request never got its answer."""
    near = read_recipients(SAMPLES / "members_utf8_bom.csv", countries=("TW", "HK", "CN"))
    taiwan = read_recipients(SAMPLES / "members_utf8_bom.csv")
    lists = {
        "members": store.lists.save_file(near, "全體會員 2026-11"),
        "small": store.lists.save_file(read_recipients(SAMPLES / "members_small.csv"), "VIP customers"),
        "taiwan": store.lists.save_file(taiwan, "Newsletter subscribers"),
    }
    store.suppression.add(["0912345600", "0922222211"], reason="asked by phone")
    store.templates.save("Birthday", BIRTHDAY)
    campaign = store.campaigns.draft("Anniversary sale", SALE, [lists["taiwan"]])
    store.campaigns.confirm(campaign, "sandbox")
    moment = to_text(now())
    lease = Lease("screenshots", platform.node(), os.getpid(), "sandbox", moment, moment, moment, False, {})
    assert store.leases.take(lease, instead_of=None)
    faults: list[dict[str, float]] = [{}, {"drop_after_accept": 1}]
    while claim := store.outbox.claim(lease.owner, "sandbox"):
        send_by_hand(store, claim, faults.pop(0) if faults else {})
    store.leases.release(lease.owner)
    shift(store.path, campaign, 11)
    return lists


def send_by_hand(store: Store, claim: Claim, faults: dict[str, float]) -> None:
    """What the engine does with one batch, through a sandbox that has these faults."""
    config = SandboxConfig(0, store.path.with_suffix(".sandbox.jsonl"), 100_000, "sandbox", "sandbox", faults=faults)
    with start_in_thread(config) as sandbox:
        try:
            done = Gateway(sandbox.url, "sandbox", "sandbox").send(claim.phones, claim.text)
        except OutcomeUnknown as error:
            store.outbox.record_unknown(claim, error.code, dict(error.evidence))
        else:
            store.outbox.record_accepted(claim, done.sms_id, done.used, done.left)


def fill_with_the_engine(store: Store, lists: dict[str, int]) -> None:
    """Campaigns that the engine sends through the sandbox: some long ago, one paused half-way, one that still runs."""
    for name, text, chosen, two_way, days in [
        ("Autumn newsletter", SALE, "taiwan", False, 9),
        ("Pick-up appointments", QUESTION, "taiwan", True, 6),
        ("VIP evening", SALE, "small", False, 2),
    ]:
        campaign = store.campaigns.draft(name, text, [lists[chosen]], two_way=two_way)
        store.campaigns.confirm(campaign, "sandbox")
        expect(store, campaign, lambda one: one.state == CampaignState.FINISHED)
        wait_for(lambda one=campaign: store.receipts.summary(one).no_receipt < 20, seconds=30)
        shift(store.path, campaign, days)
    tomorrow = datetime.now(ZoneInfo("Asia/Taipei")).replace(hour=10, minute=0, second=0) + timedelta(days=1)
    later = store.campaigns.draft("Store opening", SALE, [lists["small"]], schedule="here", send_at=tomorrow)
    store.campaigns.confirm(later, "sandbox")
    for name, done in (("Points about to expire", 300), ("Birthdays in November", 500)):
        campaign = store.campaigns.draft(name, LATE if done == 300 else BIRTHDAY, [lists["taiwan"]])
        store.campaigns.confirm(campaign, "sandbox")
        expect(store, campaign, lambda one, done=done: one.counts["accepted"] > done)
        store.campaigns.pause(campaign)
    store.campaigns.draft("Birthdays in December", BIRTHDAY, [lists["members"]])


def expect(store: Store, campaign: int, condition: Callable[..., bool]) -> None:
    """Wait until a campaign is as it should be."""
    assert wait_for(lambda: condition(store.campaigns.get(campaign)), seconds=120), store.campaigns.get(campaign)


def shift(database: Path, campaign: int, days: int) -> None:
    """Let a campaign have happened some days ago: a program that has just been set up has no past to show."""
    ours = f"WHERE campaign_id = {campaign}"
    columns = {
        ("campaign", f"WHERE id = {campaign}"): ("created_at", "confirmed_at", "ended_at"),
        ("batch", ours): ("sent_at", "ended_at"),
        ("message", ours): ("sent_at", "status_at"),
        ("reply", ours): ("at",),
        ("credit_reading", "WHERE at > strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-1 day')"): ("at",),
    }
    with sqlite3.connect(database, timeout=30) as conn:
        for (table, where), names in columns.items():
            changes = ", ".join(f"{name} = strftime('%Y-%m-%dT%H:%M:%fZ', {name}, '-{days} days')" for name in names)
            conn.execute(f"UPDATE {table} SET {changes} {where}")
    conn.close()


# --- the pictures ------------------------------------------------------------------------------------------------


def use_sample(visitor: Visitor) -> None:
    """Look at the sample list before it is saved."""
    visitor.press("recipients_use_sample").figure("Ready").wait_for()


def tab(number: int, then: Callable[[Visitor], object] = lambda _: None) -> Callable[[Visitor], None]:
    """Open the tab with this number, from 0, after something else was done."""

    def act(visitor: Visitor) -> None:
        then(visitor)
        visitor.main.get_by_role("tab").nth(number).click()

    return act


def main_pages(store: Store) -> list[Sight]:
    """The pages of the README."""
    [draft] = store.campaigns.all(states=[CampaignState.DRAFT])
    return [
        Sight("overview", "", 1720),
        Sight("recipients", "recipients", 1080, use_sample),
        Sight("compose", f"compose?draft={draft.id}", 1280),
        Sight("campaigns", "campaigns", 1080),
        Sight("reports", "reports", 1400),
        Sight("replies", "replies"),
        Sight("credit", "credit", 1200),
        Sight("settings", "settings"),
    ]


def details(store: Store) -> list[Sight]:
    """What else deserves a look."""
    [compose] = [sight for sight in main_pages(store) if sight.name == "compose"]
    return [
        *(Sight(f"campaign-{one.state}-{one.id}", f"campaigns?campaign={one.id}") for one in store.campaigns.all()),
        Sight("compose-review", compose.path, act=lambda visitor: visitor.press("compose_review")),
        Sight("recipients-problems", "recipients", act=tab(1, use_sample)),
        Sight("reports-logs", "reports", act=lambda visitor: visitor.main.get_by_text(
            visitor.say("Load callback logs")).click()),
        *(Sight(f"settings-{number}", "settings", act=tab(number)) for number in range(1, 5)),
    ]  # fmt: skip


def take(visitor: Visitor, sight: Sight, target: Path, *, whole: bool = False) -> None:
    """One picture, of the whole page from top to bottom if wanted; says so if the page would scroll sideways."""
    window = visitor.page.viewport_size
    assert window is not None
    width = window["width"]
    visitor.page.set_viewport_size({"width": width, "height": sight.height})
    visitor.go(sight.path)
    if sight.act is not None:
        sight.act(visitor)
    settle(visitor)
    if whole:
        height = int(visitor.main.evaluate("main => main.scrollHeight"))
        visitor.page.set_viewport_size({"width": width, "height": max(sight.height, min(height, TALLEST))})
        settle(visitor)
    visitor.page.screenshot(path=target)
    if visitor.main.evaluate("main => main.scrollWidth > main.clientWidth"):
        print(f"{target.name}: scrolls sideways")
    if visitor.exceptions or visitor.errors:
        print(f"{target.name}: {visitor.exceptions} {visitor.errors}")


def settle(visitor: Visitor) -> None:
    """Wait until the page, its tables and its charts are drawn."""
    visitor.drawn()
    for skeleton in visitor.page.get_by_test_id("stSkeleton").all():
        skeleton.wait_for(state="hidden")
    visitor.page.wait_for_timeout(1000)  # canvases of tables and charts tell nobody when their animation has ended


def take_all(browser: Browser, dashboard: Dashboard, sights: list[Sight], folder: Path) -> None:
    """Every page as anybody may see it, from top to bottom."""
    folder.mkdir(parents=True, exist_ok=True)
    for locale, width, appearance in itertools.product(("en-US", "zh-TW"), (WIDE, NARROW), ("light", "dark")):
        window = {"viewport": {"width": width, "height": 900}, "color_scheme": appearance}
        visitor = Visitor(browser, dashboard, locale, **window).go()
        for sight in sights:
            take(visitor, sight, folder / f"{sight.name}-{locale[:2]}-{width}-{appearance}.png", whole=True)
        visitor.close()


def take_main(browser: Browser, dashboard: Dashboard) -> None:
    """The README's pictures."""
    IMAGES.mkdir(exist_ok=True)
    visitor = Visitor(browser, dashboard, "en-US", viewport={"width": WIDE, "height": 900}).go()
    for sight in main_pages(dashboard.store):
        take(visitor, sight, IMAGES / f"{sight.name}.png")
    visitor.close()


def main() -> None:
    """Fill a scratch database and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page in every appearance, into this folder")
    folder = parser.parse_args().all
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGS)
        with filled(browser, Path(scratch) / "smsget.db") as dashboard:
            if folder is None:
                take_main(browser, dashboard)
            else:
                take_all(browser, dashboard, [*main_pages(dashboard.store), *details(dashboard.store)], folder)
        if folder is not None:
            with Dashboard(Path(scratch) / "new.db") as dashboard:
                pages = ("", "recipients", "compose", "campaigns", "reports", "replies", "credit", "settings")
                new = [Sight(f"new-{page or 'overview'}", page) for page in pages]
                take_all(browser, dashboard, new, folder)
        browser.close()


@contextmanager
def filled(browser: Browser, database: Path) -> Iterator[Dashboard]:
    """A dashboard with something to see, whose last campaign is under way."""
    lists = fill_before_the_engine(Store(database))
    with Dashboard(database) as dashboard:
        Visitor(browser, dashboard, "en-US").go().close()
        fill_with_the_engine(dashboard.store, lists)
        # from now on slowly, so that it is still under way in the last picture
        dashboard.stop_engine()
        dashboard.store.settings.set("requests_per_second", 1)
        dashboard.store.campaigns.resume(dashboard.store.campaigns.all()[0].id)
        Visitor(browser, dashboard, "en-US").go("credit").press("credit_ask").close()
        yield dashboard


if __name__ == "__main__":
    main()
