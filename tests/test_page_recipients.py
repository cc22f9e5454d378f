"""The recipients page: what a file holds, what is wrong with it, saving it once, and the lists that are saved."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
import pytest
from streamlit.testing.v1 import AppTest

import smsget.recipients
import ui
from pages.send._combine import count_people
from smsget.export import csv_bytes
from smsget.recipients import classify, open_table, read_recipients, rejects_table
from smsget.store import Store
from tests.builders import make_list, phones, receipt, sent
from tests.pages import open_page

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
    page.button(key="recipients_allow_HK").click().run()
    assert page.multiselect(key="recipients_countries").value == ["TW", "HK"]
    assert figures(page) == {"Rows": 7, "Ready": 3, "Duplicates": 1, "Problems": 2, "Blank": 1, "Suppressed": 0}
    assert not [button for button in page.button if button.key == "recipients_allow_HK"]


def test_country_without_a_rate_is_offered_as_such(page: AppTest) -> None:
    upload(page, (HEADER + "王,+81 90-1234-5678\r\n林,+81 90-1234-5679\r\n林,+81 90-1234-5679\r\n").encode())
    assert any(one.value == "Japan: 2 numbers, rate unknown" for one in page.markdown)
    assert page.button(key="recipients_allow_JP").label == "Also text Japan"


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
    column = page.multiselect(key="recipients_columns")
    assert page.error
    assert (column.options, column.value) == (["姓名", "代碼"], [])
    column.set_value(["代碼"]).run()
    assert not page.error
    assert figures(page)["Ready"] == 1
    assert page.multiselect(key="recipients_columns").value == ["代碼"]
    page.run()
    assert figures(page)["Ready"] == 1


def test_phone_column_can_be_changed_and_several_are_taken_in_the_persons_order(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n林,0912345679,\r\n陳,,0987654322\r\n".encode())
    assert page.multiselect(key="recipients_columns").value == ["手機"]
    page.multiselect(key="recipients_columns").set_value(["聯絡電話"]).run()
    assert (figures(page)["Ready"], figures(page)["Blank"]) == (2, 1)
    assert ready_numbers(page) == ["0987654321", "0987654322"]
    page.multiselect(key="recipients_columns").set_value(["聯絡電話", "手機"]).run()
    assert ready_numbers(page) == ["0987654321", "0912345679", "0987654322"]


def test_taking_the_only_column_away_asks_for_another(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n".encode())
    page.multiselect(key="recipients_columns").set_value([]).run()
    assert not page.metric
    assert "Choose the column with the mobile numbers." in [info.value for info in page.info]
    page.multiselect(key="recipients_columns").set_value(["聯絡電話"]).run()
    assert ready_numbers(page) == ["0987654321"]


def test_another_column_with_numbers_is_offered_with_what_it_gives(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n林,,0912345679\r\n陳,abc,0987654322\r\n".encode())
    assert any(one.value == "The column “聯絡電話” would give 2 more people." for one in page.markdown)
    page.button(key="recipients_also_2").click().run()
    assert page.multiselect(key="recipients_columns").value == ["手機", "聯絡電話"]
    assert figures(page)["Ready"] == 3
    assert not [one for one in page.button if one.key == "recipients_also_2"]


def test_column_that_gives_nobody_is_not_offered(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0912345678\r\n林,0912345679,0912345679\r\n".encode())
    assert not [one for one in page.button if one.key.startswith("recipients_also")]


def test_cells_with_several_numbers_are_split_on_request(page: AppTest) -> None:
    upload(page, (HEADER + "王,0912345678、0923456789\r\n林,0934567890\r\n").encode())
    assert figures(page)["Ready"] == 1
    assert any("1 cell holds several numbers." in one.value for one in page.markdown)
    page.button(key="recipients_split_all").click().run()
    assert (figures(page)["Rows"], figures(page)["Ready"]) == (3, 3)
    assert page.toggle(key="recipients_split").value is True
    page.toggle(key="recipients_split").set_value(False).run()
    assert (figures(page)["Rows"], figures(page)["Ready"]) == (2, 1)


def test_encoding_is_asked_for_only_when_the_file_does_not_tell(page: AppTest) -> None:
    upload(page, (HEADER + "陳堃,0912345678\r\n").encode("big5hkscs"))
    assert page.error
    page.selectbox(key="recipients_encoding").select("big5hkscs").run()
    assert not page.error
    assert page.dataframe[0].value["姓名"].tolist() == ["陳堃"]
    assert page.selectbox(key="recipients_encoding").value == "big5hkscs"


def test_headerless_file_says_so_and_a_wrong_guess_is_put_right(page: AppTest) -> None:
    upload(page, "王小明,0912345678\r\n林美玲,0912345679\r\n".encode())
    assert any("No header was found" in info.value for info in page.info)
    assert (figures(page)["Rows"], page.toggle(key="recipients_headed").value) == (2, False)
    page.toggle(key="recipients_headed").set_value(True).run()
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
    assert page.selectbox(key="recipients_sheet").options == ["說明", "會員", "舊 (hidden)"]
    page.selectbox(key="recipients_sheet").set_value("舊").run()
    assert ready_numbers(page) == ["0987654321"]


def test_list_on_a_hidden_sheet_can_be_chosen_after_the_error(page: AppTest) -> None:
    book = workbook(說明=[["請看下一頁"]], 舊=[["姓名", "手機"], ["陳", "0987654321"]])
    book["舊"].sheet_state = "hidden"
    upload(page, saved(book), "members.xlsx")
    assert page.error
    assert page.selectbox(key="recipients_sheet").options == ["說明", "舊"]
    page.selectbox(key="recipients_sheet").set_value("舊").run()
    assert not page.error
    assert ready_numbers(page) == ["0987654321"]


def test_choice_that_cannot_be_read_is_taken_back(page: AppTest) -> None:
    book = workbook(說明=[["請看下一頁"]], 會員=[["姓名", "手機"], ["王", "0912345678"]])
    upload(page, saved(book), "members.xlsx")
    page.selectbox(key="recipients_sheet").set_value("說明").run()
    assert page.error
    assert not page.metric
    page.button(key="recipients_as_at_first").click().run()
    assert not page.error
    assert page.selectbox(key="recipients_sheet").value == "會員"


def test_people_of_chosen_lists_are_left_out(page: AppTest, store: Store) -> None:
    kept = make_list(store, ["0912345678"], name="kept")
    page = upload(opened(), MIXED)
    assert (figures(page)["Duplicates"], figures(page)["Ready"]) == (1, 2)
    page.multiselect(key="recipients_listed").set_value([kept]).run()
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
    page.button(key="recipients_allow_HK").click().run()
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


# --- saving ------------------------------------------------------------------------------------------------------


def test_list_is_saved_with_its_rejected_rows(page: AppTest, store: Store) -> None:
    upload(page, MIXED, "十月會員.csv")
    assert page.text_input(key=key_of(page, "text_input", "recipients_name")).value == "十月會員"
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("October").run()
    page.button(key="recipients_save").click().run()
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
    page.button(key="recipients_save").click().run()
    page.button(key="recipients_save").click().run()
    other = upload(opened(), MIXED)
    assert "saved already, in “members”" in other.info[1].value  # the first is the sandbox's
    other.button(key="recipients_save").click().run()
    assert len(store.lists.all()) == 1


def test_same_file_can_be_saved_again_under_another_name(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.button(key="recipients_save").click().run()
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("once more").run()
    page.button(key="recipients_save").click().run()
    assert sorted(one.name for one in store.lists.all()) == ["members", "once more"]


def test_other_choices_make_another_list_and_are_not_said_to_be_saved(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.button(key="recipients_save").click().run()
    page.button(key="recipients_allow_HK").click().run()
    assert not page.success
    page.button(key="recipients_save").click().run()
    assert sorted(one.people for one in store.lists.all()) == [2, 3]


def test_name_may_not_be_empty(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("  ").run()
    page.button(key="recipients_save").click().run()
    assert page.error
    assert store.lists.all() == []


def test_nothing_ready_nothing_to_save(page: AppTest) -> None:
    upload(page, (HEADER + "王,02-2345-6789\r\n").encode())
    assert page.button(key="recipients_save").disabled


def test_file_is_added_to_a_list_and_its_figures_are_told(store: Store) -> None:
    kept = make_list(store, ["0912345678", "0987654321"], name="members")
    page = upload(opened(), MIXED)
    addition = key_of(page, "segmented_control", "recipients_as_addition")
    assert page.segmented_control(key=addition).value is False
    page.segmented_control(key=addition).set_value(True).run()
    page.button(key="recipients_save").click().run()
    page.button(key="recipients_save").click().run()
    (told,) = [success.value for success in page.success]
    assert told == "Added to “members”: 1 new number, so that it has 3 now. 1 was on it already."
    assert sorted(one.phone for one in store.lists.recipients([kept])) == ["0912345678", "0912345679", "0987654321"]


def test_corrected_problems_find_their_list_and_settle_them(page: AppTest, store: Store) -> None:
    make_list(store, ["0987654321"], name="older")
    upload(page, MIXED, "October.csv")
    page.button(key="recipients_save").click().run()
    other = upload(
        opened(), MIXED.decode().translate(str.maketrans("王林陳張李吳", "黃蔡楊許鄭謝")).encode(), "November.csv"
    )
    other.button(key="recipients_save").click().run()
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
    other.button(key="recipients_save").click().run()
    assert [one.value for one in other.success] == [
        "Added to “October”: 2 new numbers, so that it has 4 now. 2 of its problems are settled."
    ]
    assert [(row.row, row.code) for row in store.lists.rejected(october)] == [(5, "country_not_chosen")]


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
            assert count_people([first, second], minus, days) == store.lists.get(made).people


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
