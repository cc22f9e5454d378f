"""The recipients page: what a file holds, what is wrong with it, saving it once, and the lists that are saved."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

import smsget.recipients
import ui
from smsget.recipients import read_recipients
from smsget.store import Store
from tests.builders import make_list
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


def problem_rows(at: AppTest) -> list[int]:
    (table,) = [frame.value for frame in at.dataframe if "What to do" in frame.value]
    return table["Row"].tolist()


def test_empty_page_says_what_to_do(page: AppTest) -> None:
    assert not page.exception
    assert not page.metric
    assert [text.value for text in page.text] == ["None yet. Upload a file above, or try the sample list."]


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
    offer = page.button(key="recipients_allow_HK")
    assert offer.label == "Also text Hong Kong (1)"
    assert "1 point" in offer.help
    offer.click().run()
    assert page.multiselect(key="recipients_countries").value == ["TW", "HK"]
    assert figures(page) == {"Rows": 7, "Ready": 3, "Duplicates": 1, "Problems": 2, "Blank": 1, "Suppressed": 0}
    assert not [button for button in page.button if button.key == "recipients_allow_HK"]


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


def test_phone_column_is_chosen_by_hand_where_none_was_found(page: AppTest) -> None:
    upload(page, "姓名,代碼\r\n王小明,0912345678\r\n林美玲,abc\r\n陳一,def\r\n張三,ghi\r\n".encode())
    column = page.selectbox(key=key_of(page, "selectbox", "recipients_column"))
    assert page.error
    assert column.options == ["姓名", "代碼"]
    column.select("代碼").run()
    assert not page.error
    assert figures(page)["Ready"] == 1
    assert page.selectbox(key=column.key).value == "代碼"


def test_phone_column_can_be_changed(page: AppTest) -> None:
    upload(page, "姓名,手機,聯絡電話\r\n王,0912345678,0987654321\r\n林,0912345679,\r\n".encode())
    column = page.selectbox(key=key_of(page, "selectbox", "recipients_column"))
    assert column.value == "手機"
    column.select("聯絡電話").run()
    assert figures(page)["Ready"] == 1
    assert figures(page)["Blank"] == 1


def test_encoding_is_asked_for_only_when_the_file_does_not_tell(page: AppTest) -> None:
    upload(page, (HEADER + "陳堃,0912345678\r\n").encode("big5hkscs"))
    assert page.error
    encoding = page.selectbox(key=key_of(page, "selectbox", "recipients_encoding"))
    encoding.select("big5hkscs").run()
    assert not page.error
    assert page.dataframe[0].value["姓名"].tolist() == ["陳堃"]


def test_file_is_read_once_for_each_set_of_choices(page: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    reads = []

    def counted(*args: object, **options: object) -> object:
        reads.append(options)
        return read_recipients(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(smsget.recipients, "read_recipients", counted)
    upload(page, MIXED)
    page.pills[0].set_value(["letters"]).run()
    page.run()
    assert len(reads) == 1
    page.button(key="recipients_allow_HK").click().run()
    assert len(reads) == 2


def test_list_is_saved_with_its_rejected_rows(page: AppTest, store: Store) -> None:
    upload(page, MIXED, "十月會員.csv")
    page.text_input(key=key_of(page, "text_input", "recipients_name")).set_value("October").run()
    page.button(key="recipients_save").click().run()
    (saved,) = store.lists.all()
    assert (saved.name, saved.file, saved.people, saved.problems) == ("October", "十月會員.csv", 2, 3)
    people = store.lists.recipients([saved.id])
    assert [(one.phone, dict(one.fields)) for one in people] == [
        ("0912345678", {"姓名": "王小明"}), ("0912345679", {"姓名": "林美玲"}),
    ]  # fmt: skip
    assert [(row.row, row.code) for row in store.lists.rejected(saved.id)] == [
        (5, "country_not_chosen"), (6, "not_mobile"), (8, "letters"),
    ]  # fmt: skip
    assert [success.value for success in page.success] == ["“October” is saved."]
    (link,) = page.get("page_link")
    assert (link.proto.label, link.proto.query_string) == ("Write a text for it", f"list={saved.id}")


def test_name_of_the_file_is_the_name_to_begin_with(page: AppTest) -> None:
    upload(page, MIXED, "十月會員.csv")
    assert page.text_input(key=key_of(page, "text_input", "recipients_name")).value == "十月會員"


def test_clicking_save_twice_saves_once_also_from_another_tab(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.button(key="recipients_save").click().run()
    page.button(key="recipients_save").click().run()
    other = upload(opened(), MIXED)
    assert "saved already as “members”" in other.info[1].value  # the first is the sandbox's
    other.button(key="recipients_save").click().run()
    assert len(store.lists.all()) == 1


def test_other_choices_make_another_list(page: AppTest, store: Store) -> None:
    upload(page, MIXED)
    page.button(key="recipients_save").click().run()
    page.button(key="recipients_allow_HK").click().run()
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
