"""A customer file with everything wrong in it, from the upload to a list without problems, in a real browser.

`python -m smsget check` is asked the same questions, in a process of its own: screen and command must agree.
"""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from smsget.launch import wait_for
from tests.browser.conftest import Visit
from tests.browser.dashboard import ROOT, Dashboard
from tests.browser.visitor import Visitor
from tests.builders import make_list

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

# As a shop system in Taiwan exports it: landlines in one column, mobiles in another, and people fill in what they like.
ROWS = """會員編號,姓名,聯絡電話,手機
M001,王小明,02-2345-6789,0912345678
M002,林美玲,0912345679,912345670
M003,陳俊傑,+886 912 345 671,
M004,張雅婷,0912-345-672,+852 5123 4567
M005,李志豪,0912O45673,0912345673
M006,吳淑芬,0912***674,0912***674
M007,蔡宗翰,0912345679,0912345675
M008,許佩珊,+852 9123 4567,0912345676
M009,鄭怡君,,
M010,洪建宏,09123456,0912345677
"""
FIGURES = {"rows": "Rows", "ready": "Ready", "duplicates": "Duplicates", "rejected": "Problems", "blank": "Blank",
           "suppressed": "Suppressed"}  # fmt: skip


def check(person: Visitor, file: Path, *choices: str) -> dict[str, Any]:
    """What the command line says of the file."""
    environ = {**os.environ, "SMSGET_DB": str(person.dashboard.database)}
    command = [sys.executable, "-m", "smsget", "check", str(file), "--json", *choices]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def expect_figures(person: Visitor, told: dict[str, Any]) -> None:
    """The cards of the page say what the command says."""
    for key, label in FIGURES.items():
        expect(person.figure(label)).to_have_text(f"{told[key]:,}")


def widget(person: Visitor, key: str) -> Locator:
    """A widget of the file that is looked at, or any other one, by the beginning of its key."""
    return person.page.locator(f'[class*="st-key-{key}"]')


def choose(person: Visitor, key: str, option: str) -> None:
    """Choose one more option of a multiselect."""
    field = widget(person, key).get_by_role("combobox")
    field.click()
    person.page.get_by_role("option", name=option).click()
    expect(tags(person, key).filter(has_text=option)).to_be_visible()
    field.press("Escape")
    person.drawn()


def tags(person: Visitor, key: str) -> Locator:
    """What is chosen in a multiselect."""
    return widget(person, key).locator("[data-tag]")


def download(person: Visitor, key: str) -> bytes:
    """What a download button gives."""
    with person.page.expect_download() as started:
        widget(person, key).get_by_role("button").click()
    return Path(started.value.path()).read_bytes()


def corrected(rejects: bytes, right: dict[str, str]) -> bytes:
    """The file of problems after somebody has put in the right numbers, by member, and saved it as Excel does."""
    rows = list(csv.DictReader(io.StringIO(rejects.decode("utf-8-sig"))))
    assert rows[0].keys() >= {"row", "code", "reason", "會員編號", "姓名", "聯絡電話", "手機"}
    for row in rows:
        row["聯絡電話"] = right.get(row["會員編號"], row["聯絡電話"])
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, rows[0].keys())
    table.writeheader()
    table.writerows(rows)
    return out.getvalue().encode("cp950")


@pytest.mark.parametrize("locale", ["en-US", "zh-TW"])
def test_a_file_full_of_problems_becomes_a_list_without(
    dashboard: Dashboard, visit: Visit, tmp_path: Path, locale: str
) -> None:
    file = tmp_path / "十月會員.csv"
    file.write_bytes(ROWS.encode("cp950"))
    person = visit(dashboard, locale, "recipients").upload("recipients_upload", str(file))
    expect_figures(person, check(person, file))
    expect(tags(person, "recipients_columns")).to_have_text(["手機"])

    choose(person, "recipients_columns", "聯絡電話")
    tags(person, "recipients_columns").filter(has_text="手機").get_by_role("button").click()
    expect(tags(person, "recipients_columns")).to_have_text(["聯絡電話"])
    before = check(person, file, "--phone-column", "聯絡電話")
    expect_figures(person, before)
    widget(person, "recipients_allow_HK").get_by_role("button").click()
    expect(widget(person, "recipients_allow_HK")).to_have_count(0)
    after = check(person, file, "--phone-column", "聯絡電話", "--countries", "TW,HK")
    assert after["ready"] == before["ready"] + 1
    expect_figures(person, after)

    person.main.get_by_role("tab", name=person.say("Problems")).click()
    rejects = download(person, "recipients_download_problems")
    assert rejects.count(b"\r\n") == 1 + after["rejected"]
    person.press("recipients_save")
    expect(person.main.get_by_role("link", name=person.say("Write a text for it"))).to_be_visible()
    [kept] = dashboard.store.lists.all()
    assert (kept.name, kept.people, kept.problems) == ("十月會員", after["ready"], after["rejected"])

    fixed = tmp_path / "十月會員-problems.csv"
    fixed.write_bytes(corrected(rejects, {"M001": "0922000001", "M005": "0922000005", "M006": "0922000006"}))
    again = visit(dashboard, locale, "recipients").upload("recipients_upload", str(fixed))
    told = check(again, fixed, "--phone-column", "聯絡電話")
    choose_column(again)
    expect_figures(again, told)
    assert told["ready"] == 3
    again.press("recipients_save")
    assert wait_for(lambda: dashboard.store.lists.get(kept.id).people == after["ready"] + 3, seconds=60)
    expect(again.alerts.filter(has_text=str(after["ready"] + 3))).to_be_visible()
    assert dashboard.store.lists.get(kept.id).problems == after["rejected"] - 3
    assert len(dashboard.store.lists.all()) == 1


def choose_column(person: Visitor) -> None:
    """Take the numbers of the column that was corrected, whichever the page took by itself."""
    expect(tags(person, "recipients_columns").first).to_be_visible()
    if tags(person, "recipients_columns").all_inner_texts() != ["聯絡電話"]:
        choose(person, "recipients_columns", "聯絡電話")
        tags(person, "recipients_columns").filter(has_text="手機").get_by_role("button").click()
        expect(tags(person, "recipients_columns")).to_have_text(["聯絡電話"])


def test_lists_are_combined_and_somebody_is_found(dashboard: Dashboard, visit: Visit) -> None:
    """The number is known before the list is made; afterwards a name and a number in any spelling find a person."""
    store = dashboard.store
    make_list(store, ["0912345678", "0912345679", "0912345670"], name="members", 姓名="王小明")
    make_list(store, ["0912345679", "0987654321"], name="newsletter", 姓名="林美玲")
    make_list(store, ["0912345670"], name="staff", 姓名="陳一")
    person = visit(dashboard, path="recipients").press("recipients_combine")
    dialog = person.page.get_by_role("dialog")
    choose(person, "recipients_plus", "members")
    choose(person, "recipients_plus", "newsletter")
    expect(dialog.get_by_test_id("stMetricValue")).to_have_text("4")
    choose(person, "recipients_minus", "staff")
    expect(dialog.get_by_test_id("stMetricValue")).to_have_text("3")
    dialog.get_by_text(person.say("Leave out whoever was texted lately")).click()
    expect(person.widget("recipients_not_texted_days")).to_be_visible()
    expect(dialog.get_by_test_id("stMetricValue")).to_have_text("3")  # nobody was
    person.button("recipients_combine_yes").click(click_count=2)
    expect(dialog).to_have_count(0)
    [made] = [one for one in store.lists.all() if one.origin == "combined"]
    assert {one.phone for one in store.lists.people(made.id)} == {"0912345678", "0912345679", "0987654321"}

    search = person.widget("recipients_search").get_by_role("searchbox").or_(
        person.widget("recipients_search").get_by_role("textbox")
    )  # fmt: skip
    search.fill("+886 987-654-321")
    search.press("Enter")
    expect(person.main).to_contain_text("Found on 2 of 4 lists.")
    search.fill("陳一")
    search.press("Enter")
    expect(person.main).to_contain_text("Found on 1 of 4 lists.")
    person.press(f"recipients_look_{store.lists.all()[1].id}")
    expect(person.main).to_contain_text("staff")


def test_replacing_the_file_shows_the_next_one(dashboard: Dashboard, visit: Visit) -> None:
    """The box lets go of one file before it has the next; every choice that was made meanwhile finds it gone."""
    person = visit(dashboard, path="recipients").upload("recipients_upload", payload("first.csv", ["0912345678"]))
    expect(person.figure("Ready")).to_have_text("1")
    for number, name in enumerate(["second.csv", "third.csv", "fourth.csv"], 2):
        choose(person, "recipients_countries", "Hong Kong")
        everybody = [f"091234567{digit}" for digit in range(number)]
        with person.page.expect_file_chooser() as chooser:
            person.widget("recipients_upload").get_by_role("button").last.click()
        chooser.value.set_files(payload(name, everybody))
        expect(person.figure("Ready")).to_have_text(str(number))
        expect(tags(person, "recipients_countries")).to_have_text(["Taiwan"])
        expect(person.widget("recipients_upload")).to_contain_text(name)


def test_file_is_there_again_after_a_look_at_another_page(dashboard: Dashboard, visit: Visit) -> None:
    person = visit(dashboard, path="recipients").upload("recipients_upload", payload("first.csv", ["0912345678"]))
    choose(person, "recipients_countries", "Hong Kong")
    for page in ("Compose", "Recipients"):
        person.page.get_by_test_id("stSidebar").get_by_role("link", name=page).click()
        expect(person.heading).to_have_text(page)
    expect(person.main).to_contain_text("“first.csv” is open.")
    expect(person.figure("Ready")).to_have_text("1")
    expect(tags(person, "recipients_countries")).to_have_text(["Taiwan", "Hong Kong"])


def payload(name: str, numbers: list[str]) -> FilePayload:
    """A file with these numbers."""
    content = "\r\n".join(["手機", *numbers, ""])
    return {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
