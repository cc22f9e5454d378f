"""The recipients page: what a file holds, what is wrong with it, saving it once, and the lists that are saved."""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import openpyxl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import smsget.recipients
import ui
from pages.send import _file, _findings, _reading
from pages.send._combine import joined
from pages.send._inside import table_of
from smsget.errors import BadRequest
from smsget.export import csv_bytes
from smsget.recipients import classify, open_table, read_recipients, ready_table, rejects_table
from smsget.store import Person, Store
from tests.builders import make_list, phones, receipt, sent
from tests.pages import open_page
from ui.languages import speaking

HEADER = "姓名,手機\r\n"
MIXED = (
    HEADER + "王小明,0912345678\r\n林美玲,912345679\r\n陳一,0912-345-678\r\n張三,+852 5123 4567\r\n"
    "李四,02-2345-6789\r\n無名,\r\n吳五,0912O45678\r\n"
).encode()


pytestmark = pytest.mark.usefixtures("no_engine")


@pytest.fixture
def page(store: Store) -> AppTest:
    return opened()


def opened() -> AppTest:
    """The page in a new session."""
    return open_page("send/recipients")


def upload(at: AppTest, content: bytes, name: str = "members.csv") -> AppTest:
    at.file_uploader(key="recipients_upload").upload(name, content)
    at.run()
    assert not at.exception
    return at


def figures(at: AppTest) -> dict[str, int]:
    return {metric.label: int(metric.value.replace(",", "")) for metric in at.metric}


def key_of(at: AppTest, kind: str, start: str) -> str:
    """The key of the one widget of a kind whose key starts so; the rest of it names the file."""
    (key,) = [widget.key for widget in getattr(at, kind) if widget.key.startswith(start)]
    return key


def one(at: AppTest, kind: str, start: str) -> Any:
    """The one widget of a kind whose key starts so."""
    return getattr(at, kind)(key=key_of(at, kind, start))


def ready_numbers(at: AppTest) -> list[str]:
    (table,) = [frame.value for frame in at.dataframe if "_phone" in frame.value]
    return table["_phone"].tolist()


def problem_rows(at: AppTest) -> list[int]:
    (table,) = [frame.value for frame in at.dataframe if "What to do" in frame.value]
    return table["Row"].tolist()


def test_empty_page_says_what_to_do(page: AppTest) -> None:
    assert not page.exception
    assert not page.metric
    assert [text.value for text in page.text] == ["None yet. Upload a file above, or try the sample list."]


def test_doubtful_encoding_is_said_and_the_other_one_click_away(page: AppTest) -> None:
    upload(page, "name,mobile\n张伟,0912345678\n王芳,0923456789\n".encode("gb18030"))
    (told,) = [warning.value for warning in page.warning if "GB18030" in warning.value]
    assert "CP950" in told
    page.button(key=key_of(page, "button", "recipients_other_encoding")).click().run()
    assert not page.exception
    assert not page.warning
    (table,) = [frame.value for frame in page.dataframe if "_phone" in frame.value]
    assert table["name"].tolist() == ["张伟", "王芳"]


def test_error_that_comes_of_a_doubtful_encoding_offers_the_other(page: AppTest) -> None:
    upload(page, "姓名,手机,城市\n张伟,无,上海\n".encode("gb18030"))
    assert "gb18030" in page.error[0].value
    box = page.selectbox(key=key_of(page, "selectbox", "recipients_encoding"))
    assert box.options[0] == "Simplified Chinese (GB18030)"


def test_sample_list_is_one_click_away_and_its_figures_are_those_of_the_rules(page: AppTest) -> None:
    page.button(key="recipients_use_sample").click().run()
    expected = read_recipients(ui.SAMPLE)
    assert figures(page) == {
        "Rows": expected.rows, "Ready": len(expected.ready), "Duplicates": expected.duplicates,
        "Problems": expected.rejected, "Blank": expected.blank, "Suppressed": 0,
    }  # fmt: skip
    assert sum(figures(page).values()) == 2 * expected.rows


def test_every_row_is_counted_in_one_place(page: AppTest, store: Store) -> None:
    store.suppression.add(["0912345679"])
    upload(page, MIXED)
    assert figures(page) == {"Rows": 7, "Ready": 1, "Duplicates": 1, "Problems": 3, "Blank": 1, "Suppressed": 1}


def test_repairs_are_said_in_words(page: AppTest) -> None:
    upload(page, MIXED)
    assert any("Lost leading 0 put back: 1" in caption.value for caption in page.caption)


def test_number_suppressed_meanwhile_is_left_out_at_the_next_rerun(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    assert figures(page)["Ready"] == 2
    store.suppression.add(["0912345678"])
    page.run()
    assert figures(page)["Ready"] == 1


def test_another_country_is_allowed_with_one_click(page: AppTest) -> None:
    upload(page, MIXED)
    assert any(one.value == "Hong Kong: 1 number, 1 point per part of a text" for one in page.markdown)
    one(page, "button", "recipients_allow_HK").click().run()
    assert one(page, "multiselect", "recipients_countries").value == ["TW", "HK"]
    assert figures(page) == {"Rows": 7, "Ready": 3, "Duplicates": 1, "Problems": 2, "Blank": 1, "Suppressed": 0}
    assert not [button for button in page.button if button.key.startswith("recipients_allow_HK")]


def test_country_without_a_rate_is_offered_as_such(page: AppTest) -> None:
    upload(page, (HEADER + "王,+81 90-1234-5678\r\n林,+81 90-1234-5679\r\n林,+81 90-1234-5679\r\n").encode())
    assert any(one.value == "Japan: 2 numbers, rate unknown" for one in page.markdown)
    assert one(page, "button", "recipients_allow_JP").label == "Also text Japan"


def test_left_out_rows_are_shown_with_the_reason(page: AppTest, store: Store) -> None:
    store.suppression.add(["0912345679"])
    upload(page, MIXED)
    (table,) = [frame.value for frame in page.dataframe if "Why" in frame.value]
    assert list(table.itertuples(index=False, name=None)) == [
        (3, "0912345679", "On the suppression list"), (4, "0912345678", "Again in this file"),
    ]  # fmt: skip
    (choice,) = [pills for pills in page.pills if pills.key.startswith("recipients_left_out")]
    choice.set_value(["duplicate"]).run()
    (table,) = [frame.value for frame in page.dataframe if "Why" in frame.value]
    assert table["Row"].tolist() == [4]


def test_nobody_left_out_says_so(page: AppTest) -> None:
    upload(page, (HEADER + "王,0912345678\r\n").encode())
    assert "Nobody is left out: no number comes twice, and none is on the suppression list." in [
        text.value for text in page.text
    ]


def test_problems_are_filtered_by_reason(page: AppTest) -> None:
    upload(page, MIXED)
    assert problem_rows(page) == [5, 6, 8]
    page.pills[0].set_value(["letters"]).run()
    assert problem_rows(page) == [8]
    page.pills[0].set_value(["letters", "not_mobile"]).run()
    assert problem_rows(page) == [6, 8]


def test_many_problems_come_in_pages(page: AppTest) -> None:
    upload(page, (HEADER + "王,0912345678\r\n" + "王,091234567\r\n" * 120).encode())
    assert len(problem_rows(page)) == 50
    (pages,) = page.pagination
    pages.set_value(3).run()
    assert problem_rows(page) == list(range(103, 123))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("list.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "not a table of people"),
        ("empty.csv", b"", "This file is empty"),
        ("header.csv", HEADER.encode(), "no rows"),
        ("quote.csv", (HEADER + '"王,0912345678\r\n林,0912345679\r\n').encode(), "line 2"),
        ("names.csv", "姓名,生日\r\n王小明,1990/1/1\r\n林美玲,1991/2/2\r\n".encode(), "looks like mobile numbers"),
        ("broken.xlsx", (ui.SAMPLE.parent / "members.xlsx").read_bytes()[:5000], "damaged"),
    ],
)
def test_unusable_file_gives_a_sentence_and_nothing_is_lost(store: Store, name: str, content: bytes, told: str) -> None:
    make_list(store, ["0912345678"], name="kept")
    page = upload(opened(), content, name)
    assert [told in error.value for error in page.error] == [True]
    assert not page.metric
    assert [one.name for one in store.lists.all()] == ["kept"]
    assert any("kept" in markdown.value for markdown in page.markdown)


# --- how the file is read ----------------------------------------------------------------------------------------


def test_phone_column_is_chosen_by_hand_where_none_was_found(page: AppTest) -> None:
    upload(page, "姓名,代碼\r\n王小明,0912345678\r\n林美玲,abc\r\n陳一,def\r\n張三,ghi\r\n".encode())
    column = one(page, "multiselect", "recipients_columns")
    assert page.error
    assert (column.options, column.value) == (["姓名", "代碼"], [])
    column.set_value(["代碼"]).run()
    assert not page.error
    assert figures(page)["Ready"] == 1
    assert one(page, "multiselect", "recipients_columns").value == ["代碼"]
    page.run()
    assert figures(page)["Ready"] == 1


def test_phone_column_can_be_changed_and_several_are_taken_in_the_persons_order(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n林,0912345679,\r\n陳,,0987654322\r\n".encode())
    assert one(page, "multiselect", "recipients_columns").value == ["手機"]
    one(page, "multiselect", "recipients_columns").set_value(["聯絡電話"]).run()
    assert (figures(page)["Ready"], figures(page)["Blank"]) == (2, 1)
    assert ready_numbers(page) == ["0987654321", "0987654322"]
    one(page, "multiselect", "recipients_columns").set_value(["聯絡電話", "手機"]).run()
    assert ready_numbers(page) == ["0987654321", "0912345679", "0987654322"]


def test_taking_the_only_column_away_asks_for_another(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n".encode())
    one(page, "multiselect", "recipients_columns").set_value([]).run()
    assert not page.metric
    assert "Choose the column with the mobile numbers." in [info.value for info in page.info]
    one(page, "multiselect", "recipients_columns").set_value(["聯絡電話"]).run()
    assert ready_numbers(page) == ["0987654321"]


def test_another_column_with_numbers_is_offered_with_what_it_gives(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n林,,0912345679\r\n陳,abc,0987654322\r\n".encode())
    assert any(one.value == "The column “聯絡電話” would give 2 more people." for one in page.markdown)
    one(page, "button", "recipients_also_2").click().run()
    assert one(page, "multiselect", "recipients_columns").value == ["手機", "聯絡電話"]
    assert figures(page)["Ready"] == 3
    assert not [one for one in page.button if one.key.startswith("recipients_also_2")]


def test_column_that_gives_nobody_is_not_offered(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0912345678\r\n林,0912345679,0912345679\r\n".encode())
    assert not [one for one in page.button if one.key.startswith("recipients_also")]


def test_cells_with_several_numbers_are_split_on_request(page: AppTest) -> None:
    upload(page, (HEADER + "王,0912345678、0923456789\r\n林,0934567890\r\n").encode())
    assert figures(page)["Ready"] == 1
    assert any("Cells with several numbers would give 2 more people." in one.value for one in page.markdown)
    one(page, "button", "recipients_split_all").click().run()
    assert (figures(page)["Rows"], figures(page)["Ready"]) == (3, 3)
    assert one(page, "toggle", "recipients_split").value is True
    one(page, "toggle", "recipients_split").set_value(False).run()
    assert (figures(page)["Rows"], figures(page)["Ready"]) == (2, 1)


def test_encoding_is_asked_for_only_when_the_file_does_not_tell(page: AppTest) -> None:
    upload(page, (HEADER + "陳堃,0912345678\r\n").encode("big5hkscs"))
    assert page.error
    one(page, "selectbox", "recipients_encoding").select("big5hkscs").run()
    assert not page.error
    assert page.dataframe[0].value["姓名"].tolist() == ["陳堃"]
    assert one(page, "selectbox", "recipients_encoding").value == "big5hkscs"


def test_headerless_file_says_so_and_a_wrong_guess_is_put_right(page: AppTest) -> None:
    upload(page, "王小明,0912345678\r\n林美玲,0912345679\r\n".encode())
    assert any("No header was found" in info.value for info in page.info)
    assert (figures(page)["Rows"], one(page, "toggle", "recipients_headed").value) == (2, False)
    one(page, "toggle", "recipients_headed").set_value(True).run()
    assert figures(page)["Rows"] == 1
    assert not any("No header was found" in info.value for info in page.info)


def workbook(**sheets: Sequence[Sequence[object]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_sheets_and_hidden_rows_are_said_and_another_sheet_can_be_chosen(page: AppTest) -> None:
    book = workbook(
        說明=[["請看下一頁"]], 會員=[["姓名", "手機"], ["王", "0912345678"], ["林", "0912345679"]],
        舊=[["姓名", "手機"], ["陳", "0987654321"]],
    )  # fmt: skip
    book["會員"].row_dimensions[3].hidden = True
    book["舊"].sheet_state = "hidden"
    upload(page, saved(book), "members.xlsx")
    (told,) = [info.value for info in page.info if "sheets" in info.value]
    assert "Of 3 sheets, “會員” is read." in told
    assert "Hidden in the file: 舊." in told
    assert "1 hidden row is read like the others." in told
    assert figures(page)["Ready"] == 2
    assert one(page, "selectbox", "recipients_sheet").options == ["說明", "會員", "舊 (hidden)"]
    one(page, "selectbox", "recipients_sheet").set_value("舊").run()
    assert ready_numbers(page) == ["0987654321"]


def test_list_on_a_hidden_sheet_can_be_chosen_after_the_error(page: AppTest) -> None:
    book = workbook(說明=[["請看下一頁"]], 舊=[["姓名", "手機"], ["陳", "0987654321"]])
    book["舊"].sheet_state = "hidden"
    upload(page, saved(book), "members.xlsx")
    assert page.error
    assert one(page, "selectbox", "recipients_sheet").options == ["說明", "舊"]
    one(page, "selectbox", "recipients_sheet").set_value("舊").run()
    assert not page.error
    assert ready_numbers(page) == ["0987654321"]


def test_choice_that_cannot_be_read_is_taken_back(page: AppTest) -> None:
    book = workbook(說明=[["請看下一頁"]], 會員=[["姓名", "手機"], ["王", "0912345678"]])
    upload(page, saved(book), "members.xlsx")
    one(page, "selectbox", "recipients_sheet").set_value("說明").run()
    assert page.error
    assert not page.metric
    one(page, "button", "recipients_as_at_first").click().run()
    assert not page.error
    assert one(page, "selectbox", "recipients_sheet").value == "會員"


def test_people_of_chosen_lists_are_left_out(page: AppTest, store: Store) -> None:
    kept = make_list(store, ["0912345678"], name="kept")
    page = upload(opened(), MIXED)
    assert (figures(page)["Duplicates"], figures(page)["Ready"]) == (1, 2)
    one(page, "multiselect", "recipients_listed").set_value([kept]).run()
    assert (figures(page)["Duplicates"], figures(page)["Ready"]) == (2, 1)
    assert any(one.value == "2 of the duplicates are on the lists you chose." for one in page.caption)


def test_file_is_read_once_and_sorted_once_for_each_choice(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def opening(*args: object, **options: object) -> object:
        calls.append("open")
        return open_table(*args, **options)  # type: ignore[arg-type]

    def sorting(*args: object, **options: object) -> object:
        calls.append("sort")
        return classify(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(smsget.recipients, "open_table", opening)
    monkeypatch.setattr(smsget.recipients, "classify", sorting)
    upload(page, MIXED)
    page.pills[0].set_value(["letters"]).run()
    page.run()
    assert calls == ["open", "sort"]
    one(page, "button", "recipients_allow_HK").click().run()
    assert calls == ["open", "sort", "sort"]
    upload(page, MIXED, "again.csv")
    assert calls == ["open", "sort", "sort", "open", "sort"]


@pytest.mark.parametrize(("patience", "told"), [(0, ["Reading the file …", "Reading the numbers …"]), (60, [])])
def test_long_work_shows_how_far_it_is(
    page: AppTest, monkeypatch: pytest.MonkeyPatch, patience: float, told: list[str]
) -> None:
    shown: list[tuple[str, float]] = []
    monkeypatch.setattr("ui.widgets.PROGRESS_AFTER_S", patience)
    monkeypatch.setattr("ui.widgets.PROGRESS_EVERY_S", 0)
    monkeypatch.setattr(
        "streamlit.elements.progress.ProgressMixin.progress", lambda _, part, label: shown.append((label, part))
    )
    upload(page, MIXED)
    assert figures(page)["Rows"] == 7
    assert list(dict.fromkeys(label for label, _ in shown)) == told
    assert [part for label, part in shown if label in told[:1]] == sorted(
        part for label, part in shown if label in told[:1]
    )
    assert all(0 <= part <= 1 for _, part in shown)


def test_file_does_not_stay_in_memory_when_the_page_is_left(page: AppTest) -> None:
    upload(page, MIXED)
    assert page.session_state["held"]
    page.switch_page("pages/account/settings.py").run()
    assert page.session_state["held"] == {}


def test_unreadable_file_is_not_read_again_at_every_click(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def opening(*args: object, **options: object) -> object:
        calls.append("open")
        return open_table(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(smsget.recipients, "open_table", opening)
    upload(page, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj")
    page.run()
    assert [len(page.error), calls] == [1, ["open"]]


# --- one file after another, and other pages ---------------------------------------------------------------------


def test_choices_for_one_file_are_not_those_for_the_next(page: AppTest, store: Store) -> None:
    kept = make_list(store, ["0912345678"], name="kept")
    upload(page, MIXED)
    one(page, "button", "recipients_allow_HK").click().run()
    one(page, "multiselect", "recipients_listed").set_value([kept]).run()
    page.pills[0].set_value(["letters"]).run()
    assert (figures(page)["Ready"], problem_rows(page)) == (2, [8])
    upload(page, MIXED, "next.csv")
    assert one(page, "multiselect", "recipients_countries").value == ["TW"]
    assert one(page, "multiselect", "recipients_listed").value == []
    assert (figures(page)["Ready"], problem_rows(page)) == (2, [5, 6, 8])


@pytest.mark.parametrize("late", [
    lambda: _file.choose("gone", split=True),
    lambda: _file.choose_nothing("gone"),
    lambda: _file.choose_from("gone", "split", "recipients_split_gone"),
])  # fmt: skip
def test_late_click_on_a_file_that_is_gone_does_nothing(late: Callable[[], None]) -> None:
    """The browser may still show the widgets of a file that was replaced or taken away."""
    late()
    assert "recipients_choices" not in st.session_state


def away_and_back(page: AppTest) -> AppTest:
    page.switch_page("pages/account/settings.py").run()
    return page.switch_page("pages/send/recipients.py").run()


def test_file_and_choices_are_there_again_after_a_look_at_another_page(page: AppTest) -> None:
    upload(page, MIXED)
    one(page, "button", "recipients_allow_HK").click().run()
    away_and_back(page)
    assert any("“members.csv” is open." in text.value for text in page.markdown)
    assert (figures(page)["Ready"], one(page, "multiselect", "recipients_countries").value) == (3, ["TW", "HK"])
    page.button(key="recipients_put_away").click().run()
    assert not page.metric
    assert not any("is open" in text.value for text in page.markdown)


def test_large_file_that_was_let_go_says_so(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_file, "KEPT_BYTES", 10)
    upload(page, MIXED)
    assert figures(page)["Ready"] == 2
    away_and_back(page)
    assert not page.metric
    assert any("“members.csv” was put away when you left this page" in text.value for text in page.markdown)


def test_suppressed_numbers_are_compared_exactly(page: AppTest, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as before, and the newest the same: another number was taken off in the same moment."""
    monkeypatch.setattr("smsget.store.suppression.now", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    store.suppression.add(["0900000000", "0912345678"])
    upload(page, MIXED)
    assert (figures(page)["Ready"], figures(page)["Suppressed"]) == (1, 2)
    store.suppression.remove(["0912345678"])
    store.suppression.add(["0987654321"])
    page.run()
    assert (figures(page)["Ready"], figures(page)["Suppressed"]) == (2, 0)


# --- what is offered ---------------------------------------------------------------------------------------------


def test_splitting_is_offered_also_when_another_column_stands_in(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678、0923456789,0987654321\r\n林,0934567890,\r\n".encode())
    one(page, "button", "recipients_also_2").click().run()
    assert (figures(page)["Ready"], figures(page)["Problems"]) == (2, 0)
    one(page, "button", "recipients_split_all").click().run()
    assert figures(page)["Ready"] == 3


def test_many_countries_are_sorted_folded_and_allowed_at_once(page: AppTest) -> None:
    numbers = ["+852 5123 4567", "+81 90-1234-5678", "+81 90-1234-5679", "+65 8123 4567", "+61 412 345 678"]
    upload(page, (HEADER + "王,0912345678\r\n" + "".join(f"林,{each}\r\n" for each in numbers)).encode())
    offered = [each.key.split("_")[2] for each in page.button if each.key.startswith("recipients_allow")]
    assert offered[:2] == ["all", "JP"]
    assert "1 more country" in [each.label for each in page.expander]
    one(page, "button", "recipients_allow_all").click().run()
    assert figures(page)["Ready"] == 6
    assert set(one(page, "multiselect", "recipients_countries").value) == {"TW", "HK", "JP", "SG", "AU"}


def test_figures_are_drawn_before_further_columns_are_read(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    monkeypatch.setattr(_findings, "show_figures", lambda *_: order.append("figures"))
    monkeypatch.setattr(_reading, "gain", lambda *_: order.append("gain") or 0)
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n".encode())
    assert order == ["figures", "gain"]


def test_encoding_and_sheet_are_said_without_a_click(page: AppTest) -> None:
    upload(page, MIXED.decode().replace("王小明", "王大明").encode("cp950"))
    how = "How this file was read: "
    assert how + "Traditional Chinese (CP950, Excel in Taiwan)" in [each.label for each in page.expander]
    upload(page, saved(workbook(會員=[["姓名", "手機"], ["王", "0912345678"]])), "members.xlsx")
    assert how + "sheet “會員”" in [each.label for each in page.expander]


# --- problems, to be taken home ----------------------------------------------------------------------------------


class Downloads(dict[str, tuple[str, Callable[[], Any]]]):
    """The download buttons of a page: by key their label and what makes their table."""

    def __call__(self, label: str, file: str, table: Callable[[], Any], key: str, **_: object) -> None:
        self[key.rsplit("_", 1)[0]] = (label, table)


def test_problems_come_with_advice_and_only_those_that_are_shown(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    buttons = Downloads()
    monkeypatch.setattr(ui, "download_csv", buttons)
    upload(page, MIXED)
    label, table = buttons["recipients_download_problems"]
    with speaking("en"):
        reasons = [row[2] for row in table()[1]]
    assert (label, len(reasons)) == ("Download all 3 rows with problems", 3)
    assert "Has letters in it. Type the number with digits only; an O in place of a 0 is the usual cause." in reasons
    page.pills[0].set_value(["letters"]).run()
    label, table = buttons["recipients_download_problems"]
    with speaking("en"):
        assert (label, [row[:2] for row in table()[1]]) == ("Download this 1 row", [(8, "letters")])


def test_download_clicked_while_choices_change_waits_for_the_new_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    buttons, held = Downloads(), {}
    monkeypatch.setattr(ui, "download_csv", buttons)
    monkeypatch.setattr(ui, "held", lambda: held)
    before = SimpleNamespace(token="t", recipients=read_recipients(MIXED))
    _findings.download("Download", "ready.csv", "ready", ready_table, before)  # type: ignore[arg-type]
    del before
    gc.collect()
    now = SimpleNamespace(token="t", recipients=read_recipients(MIXED, countries=["TW", "HK"]))
    sorting = threading.Timer(0.2, lambda: held.update(sorted=(None, now)))
    sorting.start()
    _header, rows = buttons["recipients_download_ready"][1]()
    sorting.join()
    assert len(list(rows)) == 3


def test_advice_stands_under_the_reasons(page: AppTest) -> None:
    """In the table it is off the screen of a phone."""
    upload(page, MIXED)
    assert [each.value.split("**")[1] for each in page.caption if each.value.startswith("**")] == [
        "A country you did not choose", "Not a mobile number", "Has letters in it",
    ]  # fmt: skip


# --- saving ------------------------------------------------------------------------------------------------------


def test_list_is_saved_with_its_rejected_rows(page: AppTest, store: Store) -> None:
    upload(page, MIXED, "十月會員.csv")
    assert page.text_input(key=key_of(page, "text_input", "recipients_name")).value == "十月會員"
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("October").run()
    one(page, "button", "recipients_save").click().run()
    (kept,) = store.lists.all()
    assert (kept.name, kept.files[0].file, kept.people, kept.problems) == ("October", "十月會員.csv", 2, 3)
    people = store.lists.recipients([kept.id])
    assert [(one.phone, dict(one.fields)) for one in people] == [
        ("0912345678", {"姓名": "王小明"}), ("0912345679", {"姓名": "林美玲"}),
    ]  # fmt: skip
    assert [(row.row, row.code) for row in store.lists.rejected(kept.id)] == [
        (5, "country_not_chosen"), (6, "not_mobile"), (8, "letters"),
    ]  # fmt: skip
    assert [success.value for success in page.success] == ["“October” is saved with 2 numbers."]
    (link,) = page.get("page_link")
    assert (link.proto.label, link.proto.query_string) == ("Write a text for it", f"list={kept.id}")


def test_clicking_save_twice_saves_once_also_from_another_tab(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    one(page, "button", "recipients_save").click().run()
    assert one(page, "button", "recipients_save").disabled
    other = upload(opened(), MIXED)
    assert "saved already, in “members”" in other.info[1].value  # the first is the sandbox's
    one(other, "button", "recipients_save").click().run()
    assert len(store.lists.all()) == 1


def test_same_file_can_be_saved_again_under_another_name(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    one(page, "button", "recipients_save").click().run()
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("once more").run()
    one(page, "button", "recipients_save").click().run()
    assert sorted(one.name for one in store.lists.all()) == ["members", "once more"]


def test_other_choices_make_another_list_and_are_not_said_to_be_saved(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    one(page, "button", "recipients_save").click().run()
    one(page, "button", "recipients_allow_HK").click().run()
    assert not page.success
    one(page, "button", "recipients_save").click().run()
    assert sorted(one.people for one in store.lists.all()) == [2, 3]


def test_name_may_not_be_empty(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("  ").run()
    one(page, "button", "recipients_save").click().run()
    assert page.error
    assert store.lists.all() == []


def test_nothing_ready_nothing_to_save(page: AppTest) -> None:
    upload(page, (HEADER + "王,02-2345-6789\r\n").encode())
    assert one(page, "button", "recipients_save").disabled


def test_file_is_added_to_a_list_and_its_figures_are_told(store: Store) -> None:
    kept = make_list(store, ["0912345678", "0987654321"], name="members")
    page = upload(opened(), MIXED)
    addition = key_of(page, "segmented_control", "recipients_as_addition")
    assert page.segmented_control(key=addition).value is False
    page.segmented_control(key=addition).set_value(True).run()
    one(page, "button", "recipients_save").click().run()
    assert one(page, "button", "recipients_save").disabled
    (told,) = [success.value for success in page.success]
    assert told == "Added to “members”: 1 new number, so that it has 3 now. 1 was on it already."
    assert sorted(one.phone for one in store.lists.recipients([kept])) == ["0912345678", "0912345679", "0987654321"]


def test_corrected_problems_find_their_list_and_settle_them(page: AppTest, store: Store) -> None:
    make_list(store, ["0987654321"], name="older")
    upload(page, MIXED, "October.csv")
    one(page, "button", "recipients_save").click().run()
    other = upload(
        opened(), MIXED.decode().translate(str.maketrans("王林陳張李吳", "黃蔡楊許鄭謝")).encode(), "November.csv"
    )
    one(other, "button", "recipients_save").click().run()
    assert [one.problems for one in store.lists.all()] == [3, 3, 0], "both remember problems in the same rows"
    rejects = csv_bytes(*rejects_table(read_recipients(MIXED, "October.csv"), str)).decode()
    assert "02-2345-6789" in rejects
    corrected = rejects.replace("02-2345-6789", "0911222333").replace("0912O45678", "0912045678")

    other = upload(opened(), corrected.encode(), "October-problems.csv")
    assert other.segmented_control(key=key_of(other, "segmented_control", "recipients_as_addition")).value is True
    target = other.selectbox(key=key_of(other, "selectbox", "recipients_add_to"))
    october = next(one.id for one in store.lists.all() if one.name == "October")
    assert target.value == october
    assert any(one.value == "It puts right 2 of the 3 problems of “October”." for one in other.markdown)
    one(other, "button", "recipients_save").click().run()
    assert [one.value for one in other.success] == [
        "Added to “October”: 2 new numbers, so that it has 4 now. 2 of its problems are settled."
    ]
    assert [(row.row, row.code) for row in store.lists.rejected(october)] == [(5, "country_not_chosen")]


def test_page_agrees_with_itself_after_adding(store: Store) -> None:
    """The run that adds has drawn sizes and problems as they were before; another one follows it."""
    kept = make_list(store, ["0987654321"], name="members")
    page = upload(opened(), MIXED)
    one(page, "segmented_control", "recipients_as_addition").set_value(True).run()
    one(page, "button", "recipients_save").click().run()
    assert one(page, "selectbox", "recipients_add_to").options == ["members (3)"]
    assert one(page, "multiselect", "recipients_listed").options == ["members (3)"]
    assert store.lists.get(kept).people == 3


def test_click_for_a_list_that_is_gone_adds_to_no_other_one(store: Store) -> None:
    other = make_list(store, ["0987654321"], name="other")
    target = make_list(store, ["0987654322"], name="target")
    page = upload(opened(), MIXED)
    one(page, "segmented_control", "recipients_as_addition").set_value(True).run()
    button = one(page, "button", f"recipients_save_{target}")
    store.lists.delete(target)
    button.click().run()
    assert not page.exception
    assert store.lists.get(other).people == 1
    assert any("“target” was deleted meanwhile" in info.value for info in page.info)


def test_home_of_corrected_rows_is_looked_up_again_when_a_list_has_changed(page: AppTest, store: Store) -> None:
    rejects = csv_bytes(*rejects_table(read_recipients(MIXED, "October.csv"), str)).decode()
    upload(page, rejects.replace("02-2345-6789", "0911222333").encode(), "fixed.csv")
    assert not any("puts right" in text.value for text in page.markdown)
    upload(opened_in_another_window := opened(), MIXED, "October.csv")
    one(opened_in_another_window, "button", "recipients_save").click().run()
    page.run()
    one(page, "segmented_control", "recipients_as_addition").set_value(True).run()
    assert any(text.value == "It puts right 1 of the 3 problems of “October”." for text in page.markdown)


# --- columns that are called like ours ---------------------------------------------------------------------------


def test_own_columns_called_like_those_of_a_rejects_file_are_kept() -> None:
    """They are ours only if row numbers and codes of ours stand in them."""
    read = read_recipients("row,code,reason,手機\r\nA,VIP,朋友,0912345678\r\nB,VIP,網路,0912345679\r\n".encode())
    assert (read.fields, read.original_rows) == (["row", "code", "reason"], {})
    assert read.ready.iloc[0, 3:].tolist() == ["A", "VIP", "朋友"]


def test_rejects_of_a_file_with_such_columns_come_back_with_them() -> None:
    read = read_recipients("row,code,reason,手機\r\nA,VIP,朋友,0912345678\r\nB,VIP,網路,091234567\r\n".encode())
    again = read_recipients(csv_bytes(*rejects_table(read, str)).replace(b"091234567", b"0912345679"))
    assert (again.fields, again.original_rows) == (["row", "code", "reason"], {2: 3})


def test_own_columns_called_like_those_of_the_program_keep_their_names(store: Store) -> None:
    content = "_row,_phone,phone,手機\r\na,b,0922000000,0912345678\r\n"
    read = read_recipients(content.encode(), phone_column="手機")
    assert read.fields == ["_row", "_phone", "phone"]
    assert ready_table(read)[0] == ["__phone", "country", "_row", "_phone", "phone"]
    kept = store.lists.save_file(read, "own")
    (person,) = store.lists.people(kept)
    assert dict(person.fields) == {"_row": "a", "_phone": "b", "phone": "0922000000"}
    assert store.lists.table(kept)[0] == ["__phone", "country", "_row", "_phone", "phone"]


# --- saved lists -------------------------------------------------------------------------------------------------


def test_saved_lists_show_what_they_are_and_names_stay_as_typed(store: Store) -> None:
    name = "*VIP* [x](http://example.com)"
    make_list(store, ["0912345678", "0912345679"], name=name)
    page = opened()
    assert any("2 numbers · Taiwan 2" in caption.value for caption in page.caption)
    assert page.markdown[0].value == f"**{ui.literal(name)}**"


def test_deleting_asks_first(store: Store) -> None:
    number = make_list(store, ["0912345678"], name="October")
    page = opened()
    page.button(key=f"recipients_delete_{number}").click().run()
    assert any("“October” goes with its 1 number" in markdown.value for markdown in page.markdown)
    assert store.lists.all()


def test_many_lists_come_in_pages(store: Store) -> None:
    for number in range(12):
        make_list(store, ["0912345678"], name=f"list {number}")
    page = opened()
    assert len([button for button in page.button if button.label == "Delete"]) == 10
    page.pagination[0].set_value(2).run()
    assert len([button for button in page.button if button.label == "Delete"]) == 2


@pytest.mark.parametrize("sought", ["0912-345-678", "+886 912 345 678", "王小", "912345678"])
def test_search_over_all_lists_tells_where_somebody_is(store: Store, sought: str) -> None:
    make_list(store, ["0912345678"], name="first", 姓名="王小明")
    make_list(store, ["0987654321"], name="second", 姓名="林美玲")
    make_list(store, ["0912345678", "0987654322"], name="third", 姓名="王小明")
    page = opened()
    page.text_input(key="recipients_search").set_value(sought).run()
    assert any(caption.value == "Found on 2 of 3 lists." for caption in page.caption)
    assert [one.value for one in page.markdown if one.value.startswith("**")] == ["**third**", "**first**"]


def test_search_finds_a_member_number_that_looks_like_a_number_of_hong_kong(store: Store) -> None:
    make_list(store, ["0912345678"], name="first", 會員編號="91234567")
    page = opened()
    page.text_input(key="recipients_search").set_value("91234567").run()
    assert any(caption.value == "Found on 1 of 1 list." for caption in page.caption)


def test_search_that_finds_nobody_says_so_and_a_suppressed_number_too(store: Store) -> None:
    make_list(store, ["0912345678"])
    store.suppression.add(["0900000000"])
    page = opened()
    page.text_input(key="recipients_search").set_value("0900 000 000").run()
    assert [text.value for text in page.text] == ["On none of the lists."]
    assert any("0900000000 is on the suppression list" in warning.value for warning in page.warning)


def inside(at: AppTest) -> list[str]:
    (table,) = [frame.value for frame in at.dataframe if "Number" in frame.value]
    return table["Number"].tolist()


def test_people_of_a_list_are_paged_searched_and_taken_off(store: Store) -> None:
    everybody = phones(120)
    number = make_list(store, everybody, name="members")
    page = opened()
    page.button(key=f"recipients_look_{number}").click().run()
    assert inside(page) == everybody[:50]
    page.button(key=f"recipients_people_{number}_next").click().run()
    assert inside(page) == everybody[50:100]
    page.text_input(key=key_of(page, "text_input", "recipients_inside_search")).set_value("0911-000-119").run()
    assert inside(page) == ["0911000119"]
    key = key_of(page, "dataframe", "recipients_inside_rows")
    page.session_state[key] = {"selection": {"rows": [0], "columns": [], "cells": []}}
    page.run()
    page.button(key=f"recipients_take_off_{number}_yes").click().run()
    assert any("1 person was taken off “members”." in one.value for one in page.success)
    assert store.lists.get(number).people == 119
    page.button(key=f"recipients_look_{number}").click().run()
    assert not [frame for frame in page.dataframe if "Number" in frame.value]


def test_combined_list_has_as_many_people_as_were_announced(store: Store) -> None:
    """The buttons of a dialog cannot be clicked here: tests/browser does. The number is the store's own."""
    texted, quiet = phones(4), phones(4, start=4)
    sent(store, texted)
    first = make_list(store, [*texted, *quiet], name="first")
    second = make_list(store, phones(6, start=6), name="second")
    third = make_list(store, [quiet[0]], name="third")
    for days in (None, 7):
        for minus in ([], [third], [second, third]):
            made = store.lists.combine("made", [first, second], minus, not_texted_days=days)
            told = store.lists.combined_count([first, second], minus, not_texted_days=days)
            assert told == store.lists.get(made).people


def test_list_deleted_in_another_window_is_said_to_be_gone(store: Store) -> None:
    number = make_list(store, ["0912345678"], name="October")
    page = opened()
    store.lists.delete(number)
    page.button(key=f"recipients_rename_{number}").click().run()
    assert [info.value for info in page.info][1:] == ["“October” was deleted meanwhile, in another window."]
    page.run()
    assert len(page.info) == 1, "once is enough"


def test_list_that_is_gone_is_neither_renamed_nor_deleted_again(store: Store) -> None:
    number = make_list(store, ["0912345678"])
    store.lists.delete(number)
    for again in (lambda: store.lists.delete(number), lambda: store.lists.rename(number, "new")):
        with pytest.raises(BadRequest, match="no_such_list"):
            again()


def test_lists_of_one_name_can_be_told_apart(store: Store) -> None:
    make_list(store, ["0912345678"], name="VIP")
    make_list(store, ["0912345679"], name="VIP")
    make_list(store, ["0912345679"], name="x" * 200)
    page = upload(opened(), MIXED)
    long, *vips = one(page, "multiselect", "recipients_listed").options
    assert len(set(vips)) == 2
    assert all(each.startswith("VIP (1) · 20") for each in vips)
    assert len(long) < 50
    assert f"**{'x' * 79}…**" in [each.value for each in page.markdown]


@pytest.mark.parametrize(("names", "name"), [
    (["May", "June"], "May + June"),
    (["a" * 200, "b"], "a" * 46 + "… + b"),
    (["c" * 60] * 6, f"{'c' * 19}… + {'c' * 19}… + {'c' * 19}… + {'c' * 19}… + …"),
])  # fmt: skip
def test_combined_name_is_cut_where_it_can_be_seen(names: list[str], name: str) -> None:
    assert joined(names) == name


def test_column_called_like_ours_loses_no_other_one() -> None:
    person = Person(1, 2, "0912345678", "TW", {"Number": "a", "Number (2)": "b", "Country": "c"})
    table = table_of([person], list(person.fields))
    assert [each[0] for each in table.values()] == ["0912345678", "Taiwan", "a", "b", "c"]


# --- numbers that failed for good --------------------------------------------------------------------------------


def test_numbers_that_failed_for_good_are_taken_off_all_lists_after_a_question(store: Store) -> None:
    dead, alive = phones(2)
    sent(store, [dead, alive])
    make_list(store, [dead], name="other")
    store.receipts.load("log", "table", [receipt("MOBERROR", phone=dead), receipt("DELIVRD", phone=alive)])
    page = opened()
    assert [one.label for one in page.expander if "failed for good" in one.label] == [
        "1 number on your lists failed for good"
    ]
    (table,) = [frame.value for frame in page.dataframe if "Why" in frame.value]
    assert table["Number"].tolist() == [dead]
    page.button(key="recipients_failing_off_yes").click().run()
    assert any("2 entries were taken off the lists." in one.value for one in page.success)
    assert sorted(one.people for one in store.lists.all()) == [0, 1]
    assert not [one for one in page.expander if "failed for good" in one.label]


def test_nothing_is_shown_while_every_number_works(store: Store) -> None:
    sent(store, phones(2))
    assert not [one for one in opened().expander if "failed" in one.label]
