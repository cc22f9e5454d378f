"""The delivery reports: logs go in once, figures add up, filters and pages, the story of a number, the export."""

from __future__ import annotations

import gzip
import io
import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from pages.track import _export, _new_list
from smsget.i18n import translations
from smsget.logs import read_log
from smsget.store import ReadyRow, ReportFilter, Store
from tests.builders import PHONE, confirmed, phones, receipt, reply, sent
from tests.pages import open_page

ROOT = Path(__file__).parent.parent
SAMPLES = sorted((ROOT / "data" / "samples" / "logs").glob("*.*"))
LOG = (
    b"sms_id=1783822&content=0912345678%7C$1%7C2026-11-01+05:07:55%7CDELIVRD\n"
    b"sms_id=1783822&content=0912345679%7C$2%7C2026-11-01+05:07:56%7CMOBERROR\n"
    b"content=0912345678%7C163%7C2026-11-01+06:00:00%7C%25E9%2580%2580%25E8%25A8%2582\n"
    b"sms_id=1783822&content=0912345677%7C$3%7C2026-02-31+05:07:56%7CDELIVRD\n"
)


pytestmark = pytest.mark.usefixtures("no_engine")


def opened(**query: str) -> AppTest:
    """The page in a new session."""
    return open_page("track/reports", **query)


def figures(at: AppTest) -> dict[str, int]:
    return {one.label: int(one.value.replace(",", "")) for one in at.metric if "%" not in one.value}


def rows(at: AppTest, column: str = "Message id") -> list[dict[str, Any]]:
    """The first table that has this column, row by row; empty if there is none."""
    found = [frame.value for frame in at.dataframe if column in frame.value]
    return found[0].to_dict("records") if found else []


def captions(at: AppTest) -> str:
    return "\n".join(caption.value for caption in at.caption)


def told(at: AppTest) -> str:
    return "\n".join(text.value for text in [*at.markdown, *at.warning, *at.error])


def load(at: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Upload files and click Load."""
    (uploader,) = [one for one in at.file_uploader if str(one.key).startswith("reports_upload_")]
    for name, content in files:
        uploader.upload(name, content)
    at.run()
    at.button(key="reports_load_files").click().run()
    assert not at.exception
    return at


# --- loading -----------------------------------------------------------------------------------------------------


def test_an_empty_page_says_what_to_do(store: Store) -> None:
    at = opened()
    assert not at.metric
    assert any("Nothing to report yet" in text.value for text in at.text)
    assert at.button(key="reports_load_files").disabled


def test_a_log_is_loaded_and_its_result_is_told_in_words(store: Store) -> None:
    at = load(opened(), ("callbacks.log", LOG))
    assert "Form bodies, one per line · 4 lines · 2 receipts · 1 reply" in captions(at)
    assert "3 new, 0 with a further status, 0 known already." in told(at)
    assert "1 line could not be read; the rest went in." in told(at)
    (bad,) = rows(at, "What is wrong")
    assert (bad["Line"], bad["What is wrong"]) == (4, "Not a possible date and time")
    assert [(row["Number"], row["Result"]) for row in rows(at)] == [
        ("0912345679", "Not delivered"),
        ("0912345678", "Delivered"),
    ]
    assert store.suppression.phones() == {PHONE}


def test_the_same_file_again_changes_nothing_and_says_so(store: Store) -> None:
    at = load(opened(), ("callbacks.log", LOG))
    before = figures(at), rows(at)
    load(at, ("again.log.gz", gzip.compress(LOG)))
    assert "Everything in it was known already. Nothing changed." in told(at)
    assert (figures(at), rows(at)) == before


def test_files_are_loaded_once_for_each_click_not_for_each_rerun(store: Store) -> None:
    at = load(opened(), ("a.log", LOG), ("b.log", LOG.replace(b"1783822", b"1783823")))
    at.run()
    at.pills(key="reports_status").set_value("delivered").run()
    assert [one["file"] for one in store.receipts.imports()] == ["b.log", "a.log"]
    assert at.button(key="reports_load_files").disabled, "the uploader is empty again"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"%PDF-1.7\nbinary\n", "No delivery receipt and no reply was found"), (b"", "This file is empty")],
)
def test_a_file_that_is_no_log_is_a_sentence_and_the_others_go_in(store: Store, content: bytes, sentence: str) -> None:
    at = load(opened(), ("wrong *one*.pdf", content), ("callbacks.log", LOG))
    (error,) = at.error
    assert sentence in error.value
    assert r"wrong \*one\*" in error.value
    assert [one["file"] for one in store.receipts.imports()] == ["callbacks.log"]
    assert figures(at)["Delivered"] == 1


def test_the_sample_logs_are_one_click_away_and_nothing_of_them_is_lost(store: Store) -> None:
    at = opened()
    at.button(key="reports_load_samples").click().run()
    assert not at.error
    kept = store.receipts.imports()
    for path, one in zip(reversed(SAMPLES), kept, strict=True):
        log = read_log(path.read_bytes(), path.name, "24")
        assert (one["file"], one["lines"], one["format"]) == (path.name, log.lines, log.format)
        assert one["receipts"] + one["replies"] + one["unreadable"] == len(log.items)
    assert sum(store.receipts.summary().by_status.values()) > 500


def test_the_first_lines_are_shown_as_they_are_understood_before_anything_is_loaded(store: Store) -> None:
    at = opened()
    at.file_uploader[0].upload("callbacks.log", LOG)
    at.run()
    assert "Recognised as: Form bodies, one per line" in captions(at)
    shown = [(row["What it is"], row["Number"], row["Message id"]) for row in rows(at, "What it is")]
    assert shown == [
        ("Receipt", "0912345678", "1783822"), ("Receipt", "0912345679", "1783822"), ("Reply", "0912345678", "–"),
        ("Unreadable", "–", "–"),
    ]  # fmt: skip
    assert store.receipts.imports() == []
    assert at.button(key="reports_load_files").label == "Load 1 file"


TABLE = b"""no,ref,payload
1,77,0912345678|$1|2026-11-01 05:07:55|DELIVRD
2,77,0912345679|$1|2026-11-01 05:07:55|UNDELIV
"""


def test_the_columns_of_a_table_are_those_that_the_person_names(store: Store) -> None:
    at = opened()
    at.file_uploader[0].upload("odd.csv", TABLE)
    at.run()
    at.toggle(key="reports_look_0_0_own").set_value(True).run()
    at.selectbox(key="reports_look_0_0_content").set_value(2).run()
    at.selectbox(key="reports_look_0_0_id").set_value(1).run()
    assert [row["Message id"] for row in rows(at, "What it is")] == ["77", "77"]
    at.button(key="reports_load_files").click().run()
    assert not at.exception
    assert [(row["Number"], row["Message id"]) for row in rows(at)] == [("0912345679", "77"), ("0912345678", "77")]


def test_a_table_in_which_nothing_is_found_asks_for_its_columns(store: Store) -> None:
    at = opened()
    at.file_uploader[0].upload("odd.csv", TABLE.replace(b"|", b"%7C"))
    at.run()
    assert "not clear which column is which" in told(at)
    assert at.selectbox(key="reports_look_0_0_content").options == ["1 · no", "2 · ref", "3 · payload"]
    at.selectbox(key="reports_look_0_0_content").set_value(2).run()
    assert "Hardly any of the first lines can be read" in told(at)


# --- figures -----------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(store: Store) -> Store:
    """Two campaigns: 60 messages with every kind of result, and 2 that wait; and 2 of another program."""
    numbers = phones(60)
    sent(store, numbers, "1")
    words = ["DELIVRD", "UNDELIV", "ENROUTE", "NOROUTE", "REJMOBIL", ""]
    load = [receipt(word, sms_id="1", phone=phone) for word, phone in zip(words * 10, numbers, strict=True) if word]
    load += [receipt(sms_id="9", phone=phone) for phone in ("0987000001", "85291234567"[3:])]
    store.receipts.load("a", "t", load)
    confirmed(store, phones(2, 500))
    return store


def test_the_figures_are_those_of_the_store_and_the_chart_is_also_a_table(filled: Store) -> None:
    at = opened()
    assert figures(at) == {
        "Accepted by SMS-Get": 62, "Delivered": 12, "Not delivered": 20, "On its way": 10, "Other status": 10,
        "No receipt yet": 10,
    }  # fmt: skip
    assert "2 of these messages were not sent from here" in captions(at)
    (chart,) = at.get("echarts_chart")
    spec = json.loads(chart.proto.spec)
    drawn = dict(zip(spec["yAxis"]["data"], [bar["value"] for bar in spec["series"][0]["data"]], strict=True))
    assert drawn == filled.receipts.summary().by_status
    assert {row["Status word"]: row["Messages"] for row in rows(at, "In words")} == drawn
    assert {row["Status word"]: row["In words"] for row in rows(at, "In words")}["REJMOBIL"] == (
        "Subscriber refuses advertising"
    )


def shown_by(at: AppTest, view: str, *, all_campaigns: bool = True) -> AppTest:
    """The figures by one of the views."""
    return at.segmented_control(key=f"reports_by_{all_campaigns}").set_value(view).run()


def test_campaigns_days_and_countries_are_compared_in_a_chart_and_a_table(filled: Store) -> None:
    at = shown_by(opened(), "campaign")
    (own, stranger) = rows(at, "Delivered per point")
    assert (own["Campaign"], own["Messages"], own["Delivered"], own["Points quoted"]) == ("campaign", 60, 10, 60)
    assert own["Delivered per point"] == pytest.approx(1 / 6)
    assert own["Share delivered"] == pytest.approx(1 / 3)
    assert (stranger["Campaign"], stranger["Delivered"]) == ("Not sent from here", 2)
    spec = json.loads(at.get("echarts_chart")[0].proto.spec)
    drawn = {series["name"]: series["data"] for series in spec["series"]}
    assert drawn == {name: [own[name], stranger[name]] for name in drawn}
    at.multiselect(key="reports_compare").set_value([1]).run()
    assert [row["Campaign"] for row in rows(at, "Delivered per point")] == ["campaign"]
    assert {row["Country"]: row["Messages"] for row in rows(shown_by(at, "country"), "Delivered per point")} == {
        "Taiwan": 61, "Hong Kong": 1,
    }  # fmt: skip
    assert sum(row["Messages"] for row in rows(shown_by(at, "day"), "Delivered per point")) == 62
    at.date_input(key="reports_day_days").set_value(("2026-11-01", "2026-11-01")).run()
    assert [row["Day of sending"] for row in rows(at, "Delivered per point")] == ["2026-11-01"]


def test_how_long_delivery_took_is_a_curve_and_a_table(store: Store) -> None:
    numbers = phones(10)
    sent(store, numbers, "1")
    with store._db.write() as conn:
        conn.execute("UPDATE message SET sent_at = '2026-11-01T04:00:00.000Z'")
    late = [receipt(sms_id="1", phone=phone, minutes=0 if place < 6 else 20) for place, phone in enumerate(numbers)]
    store.receipts.load("a", "t", late)
    at = shown_by(opened(campaign="1"), "delay", all_campaigns=False)
    told = {one.label: one.value for one in at.metric}
    assert (told["Median"], told["90 % within"]) == ("5 s", "25 min")
    within = {row["Within"]: row["Share delivered"] for row in rows(at, "Within")}
    assert (within["5 s"], within["10 min"], within["30 min"]) == (0.6, 0.6, 1)
    spec = json.loads(at.get("echarts_chart")[0].proto.spec)
    assert spec["series"][0]["data"] == [100 * share for share in within.values()]


def test_what_was_never_reported_within_a_day_is_a_figure_of_its_own(filled: Store) -> None:
    assert "No receipt in 24 h" not in figures(opened())
    with filled._db.write() as conn:
        conn.execute("UPDATE message SET sent_at = '2026-11-01T00:00:00.000Z' WHERE phone = '0911000005'")
    assert figures(opened())["No receipt in 24 h"] == 1


def test_one_campaign_by_its_address_and_by_choice(filled: Store) -> None:
    at = opened(campaign="1")
    assert figures(at)["Delivered"] == 10
    assert {row["Campaign"] for row in rows(at)} == {"campaign"}
    at.selectbox(key="reports_campaign").set_value(None).run()
    assert figures(at)["Delivered"] == 12
    assert "campaign" not in at.query_params


@pytest.mark.parametrize("asked", ["999", "9" * 20, "abc", "", "٣", "-1"])
def test_an_address_that_names_no_campaign_is_said_and_all_campaigns_are_shown(filled: Store, asked: str) -> None:
    at = opened(campaign=asked)
    assert ["There is no campaign" in error.value for error in at.error] == [True] * bool(asked)
    assert figures(at)["Delivered"] == 12


# --- the messages ------------------------------------------------------------------------------------------------


def test_messages_are_told_in_words(filled: Store) -> None:
    at = opened()
    first = rows(at)
    assert [(row["Number"], row["Result"], row["Message id"]) for row in first[:2]] == [
        ("0911000501", "Waiting", "–"),
        ("0911000500", "Waiting", "–"),
    ]
    assert (first[2]["Campaign"], first[2]["Sent"], first[2]["Status word"]) == (
        "Not sent from here", "–", "Delivered (DELIVRD)",
    )  # fmt: skip
    assert first[4]["Result"] == "No receipt yet"


FILTERS: list[tuple[Callable[[AppTest], Any], int]] = [
    (lambda at: at.pills(key="reports_status").set_value("failed"), 20),
    (lambda at: at.pills(key="reports_status").set_value("none"), 10),
    (lambda at: at.selectbox(key="reports_word").set_value("REJMOBIL"), 10),
    (lambda at: at.selectbox(key="reports_country").set_value("HK"), 1),
    (lambda at: at.text_input(key="reports_number").set_value("0911"), 62),
    (lambda at: at.text_input(key="reports_number").set_value("０９１１０００００１"), 1),
    (lambda at: at.text_input(key="reports_number").set_value("+886 911-000-001"), 1),
    (lambda at: at.date_input(key="reports_days").set_value(("2026-11-01", "2026-11-01")), 2),
    (lambda at: at.date_input(key="reports_days").set_value(("2026-11-02", "2026-11-02")), 0),
]


@pytest.mark.parametrize(("choose", "count"), FILTERS)
def test_filters(filled: Store, choose: Callable[[AppTest], Any], count: int) -> None:
    at = opened()
    choose(at).run()
    assert not at.exception
    assert len(rows(at)) == min(count, 50)
    if count:
        (button,) = [one for one in at.get("download_button") if one.key == "reports_download"]
        assert button.label.startswith(f"Download {count} message")
    else:
        assert any("No message is like that" in text.value for text in at.text)


def test_every_status_that_was_ever_reported_is_in_the_story_at_its_time(store: Store) -> None:
    sent(store, [PHONE], "1")
    told = [receipt("ENROUTE", sms_id="1"), receipt(sms_id="1", minutes=3), receipt("UNDELIV", sms_id="77")]
    store.receipts.load("a", "t", told)
    at = opened()
    at.text_input(key="reports_number").set_value(PHONE[-6:]).run()
    at.text_input(key="reports_number").set_value(PHONE).run()
    story = at.dataframe[-1].value
    assert list(zip(story["What happened"], story["Message id"], strict=True)) == [
        ("Not delivered", "77"), ("Sent", "1"), ("On its way", "1"), ("Delivered", "1"),
    ]  # fmt: skip
    assert story["Time"].tolist()[2:] == ["2026-11-01 12:00:00", "2026-11-01 12:03:00"]


def test_messages_of_a_list_and_those_overdue(filled: Store) -> None:
    chosen = filled.lists.save(
        {"name": "few", "file": "few.csv", "sha256": "", "encoding": "", "phone_column": "", "fields": [], "rows": 2,
         "ready": 2, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0},
        (ReadyRow(0, phone, "TW", {}) for phone in phones(2, 5)),
    )  # fmt: skip
    at = opened()
    at.selectbox(key="reports_list").set_value(chosen).run()
    assert {row["Number"] for row in rows(at)} == set(phones(2, 5))
    at.selectbox(key="reports_list").set_value(None)
    at.pills(key="reports_status").set_value("overdue").run()
    assert rows(at) == []
    with filled._db.write() as conn:
        conn.execute("UPDATE message SET sent_at = '2026-11-01T00:00:00.000Z' WHERE phone = '0911000005'")
    at.run()
    assert [row["Number"] for row in rows(at)] == ["0911000005"]


def test_letters_in_the_number_are_not_taken_for_no_filter(filled: Store) -> None:
    at = opened()
    at.text_input(key="reports_number").set_value("王小明").run()
    assert rows(at) == []


def test_pages_hold_fifty_and_a_filter_goes_back_to_the_first(filled: Store) -> None:
    at = opened()
    first = rows(at)
    assert "1–50 of 64" in captions(at)
    at.button(key="reports_next").click().run()
    second = rows(at)
    assert (len(first), len(second)) == (50, 14)
    assert not {row["Number"] for row in first} & {row["Number"] for row in second}
    at.pills(key="reports_status").set_value("failed").run()
    assert len(rows(at)) == 20
    at.pills(key="reports_status").set_value(None).run()
    assert rows(at) == first


def test_a_whole_number_tells_everything_about_it(store: Store) -> None:
    sent(store, [PHONE, "0912345679"], "1")
    sent(store, [PHONE], "2", two_way=True)
    store.receipts.load("a", "t", [receipt(sms_id="2"), reply("*退訂*"), reply("好", phone="0912345679")])
    at = opened()
    at.text_input(key="reports_number").set_value(PHONE).run()
    story = at.dataframe[-1].value
    assert list(zip(story["Message id"], story["What happened"], strict=True)) == [
        ("2", "Sent"), ("2", "Delivered"), ("1", "Sent"), ("1", "No receipt yet"),
    ]  # fmt: skip
    assert [text.value for text in at.text] == ["*退訂*"]
    assert "On the suppression list since" in told(at)
    at.text_input(key="reports_number").set_value("0966666666").run()
    assert [text.value for text in at.text] == [
        "No message is like that. Take a filter away.",
        "Nothing was ever sent to this number.",
    ]


# --- a new list --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "count"), [("failed", 10), ("none", 10), ("delivered", 11), ("replied", 1), ("all", 53)]
)
def test_whom_a_new_list_takes(filled: Store, which: str, count: int) -> None:
    """Each number once, and nobody who refused: by a reply, or of the 20 that failed those 10 by their carrier."""
    filled.receipts.load("b", "t", [reply("好", phone="0911000001"), reply("退訂", phone="0911000000")])
    assert filled.suppression.count() == 11
    found = _new_list.numbers(ReportFilter(), which)
    assert len(found) == len(set(found)) == count
    assert not filled.suppression.phones() & set(found)


def test_a_new_list_is_of_what_the_filters_keep(filled: Store) -> None:
    assert _new_list.numbers(ReportFilter(country="HK"), "all") == ["91234567"]
    assert _new_list.numbers(ReportFilter(country="HK"), "failed") == []


def test_a_new_list_of_one_campaign_keeps_the_fields(store: Store) -> None:
    confirmed(store, phones(3), 姓名="王小明")
    made = store.lists.get(_new_list.save(1, "again", phones(2, 1)))
    assert (made.people, made.fields) == (2, ["姓名"])
    people = store.lists.people(made.id)
    assert [(one.phone, one.fields) for one in people] == [
        (phones(1, 1)[0], {"姓名": "王小明"}), (phones(1, 2)[0], {"姓名": "王小明"}),
    ]  # fmt: skip


# --- the export --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh_Hant"])
def test_the_export_is_made_on_click_complete_formula_safe_and_in_the_session_s_language(
    store: Store, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    sent(store, phones(130), "1")
    with store._db.write() as conn:
        conn.execute("UPDATE campaign SET name = '=1+1'")
    made: dict[str, Callable[[], bytes]] = {}
    monkeypatch.setattr("streamlit.download_button", lambda label, data, file, mime, key, **_: made.update({key: data}))
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.session_state["language"] = language
    at.run()
    at.switch_page("pages/track/reports.py").run()
    content: list[bytes] = []
    # Streamlit makes it on a thread of its own, without the session
    thread = threading.Thread(target=lambda: content.append(made["reports_download"]()))
    thread.start()
    thread.join()
    lines = content[0].decode("utf-8-sig").split("\r\n")
    say = translations(language).gettext
    assert lines[0].startswith(f"{say('Number')},{say('Campaign')},{say('Result')}")
    assert len(lines) == 130 + 2
    assert lines[1].startswith(f"0911000129,'=1+1,{say('No receipt yet')}")


def test_more_rows_than_a_sheet_of_excel_holds_come_in_several_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_export, "ROWS_OF_A_FILE", 2)
    packed = _export.packed(["Number"], ([str(number)] for number in range(5)))
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        files = [archive.read(name).decode("utf-8-sig").split() for name in archive.namelist()]
    assert files == [["Number", "0", "1"], ["Number", "2", "3"], ["Number", "4"]]
