"""The compose page: drafts that survive, a price that is true, and a confirmation that happens once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

import ui
from smsget.campaigns import CampaignState, Rates
from smsget.errors import NotSent
from smsget.gateway import Credit
from smsget.store import ReadyRow, Store, from_text, now
from smsget.store.campaigns import Campaigns
from tests.builders import make_list, phones, sent
from tests.pages import open_page


class Gateway:
    """Stands for `ui.ask_credit`: answers with `left` points, or raises `trouble`; counts how often it was asked."""

    def __init__(self) -> None:
        self.left = 1000
        self.trouble: Exception | None = None
        self.asked = 0

    def __call__(self) -> Credit:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        return Credit("sandbox", self.left)


@pytest.fixture(autouse=True)
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    made = Gateway()
    monkeypatch.setattr("smsget.launch.ensure_engine", lambda *_: None)
    monkeypatch.setattr(ui, "ask_credit", made)
    return made


def opened(**query: str) -> AppTest:
    """The page in a new session: what a reload or another tab gets."""
    return open_page("send/compose", **query)


def composed(text: str, lists: Sequence[int]) -> AppTest:
    """A new draft with this text to these lists, in the page."""
    at = opened()
    at.text_area(key="compose_text").set_value(text).run()
    if lists:
        at.multiselect(key="compose_lists").set_value(list(lists)).run()
    assert not at.exception
    return at


def abroad(store: Store, **numbers: str) -> int:
    """A list with one number of each country."""
    info = {
        "name": "abroad", "file": "", "sha256": "", "encoding": "utf-8", "phone_column": "phone", "fields": [],
        "rows": len(numbers), "ready": len(numbers), "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0,
    }  # fmt: skip
    rows = (ReadyRow(row, phone, country, {}) for row, (country, phone) in enumerate(numbers.items(), start=2))
    return store.lists.save(info, rows)


def drafts(store: Store) -> list[int]:
    return [one.id for one in store.campaigns.all(states=[CampaignState.DRAFT])]


def figures(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def said(at: AppTest) -> str:
    """Everything the page says in its boxes and captions."""
    return "\n".join(each.value for kind in (at.error, at.warning, at.info, at.caption) for each in kind)


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button}


# --- drafts ----------------------------------------------------------------------------------------------------------


def test_a_visit_alone_makes_no_draft_and_says_what_to_do_next(store: Store) -> None:
    at = opened()
    assert drafts(store) == []
    assert [link.label for link in at.page_link] == ["Upload a list"]
    assert "compose_review" not in keys(at)


def test_every_change_is_kept_in_one_draft_that_a_reload_opens_again(store: Store) -> None:
    lists = [make_list(store, phones(2), name="a"), make_list(store, phones(1, 5), name="b")]
    at = composed("hello", lists)
    at.text_input(key="compose_name").set_value("November").run()
    at.toggle(key="compose_two_way").set_value(True).run()
    at.radio(key="compose_schedule").set_value("here").run()
    at.get_by_key("compose_at").set_value(datetime.fromisoformat("2030-01-02 09:30")).run()
    (draft,) = drafts(store)
    assert at.query_params == {"draft": str(draft)}
    kept = store.campaigns.get(draft)
    assert (kept.name, kept.text, [number for number, _ in kept.lists]) == ("November", "hello", lists)
    assert (kept.two_way, kept.schedule, kept.send_at) == (True, "here", "2030-01-02T01:30:00.000Z")

    again = opened(draft=str(draft))
    assert again.text_area(key="compose_text").value == "hello"
    assert again.multiselect(key="compose_lists").value == lists
    assert again.get_by_key("compose_at").value == datetime.fromisoformat("2030-01-02 09:30")
    assert drafts(store) == [draft]
    assert store.campaigns.get(draft) == kept


def test_coming_back_in_the_same_session_goes_on_with_the_draft_and_another_can_be_begun(store: Store) -> None:
    at = composed("hello", [])
    at.switch_page("pages/track/overview.py").run()
    at.switch_page("pages/send/compose.py").run()
    assert at.text_area(key="compose_text").value == "hello"
    at.button(key="compose_new").click().run()
    assert at.text_area(key="compose_text").value == ""
    assert not at.query_params
    at.text_area(key="compose_text").set_value("another").run()
    assert [store.campaigns.get(each).text for each in drafts(store)] == ["another", "hello"]


def test_a_link_with_a_list_begins_a_draft_to_it(store: Store) -> None:
    chosen = make_list(store, phones(2))
    at = opened(list=str(chosen))
    assert at.multiselect(key="compose_lists").value == [chosen]
    (draft,) = drafts(store)
    assert at.query_params == {"draft": str(draft)}


@pytest.mark.parametrize("number", ["99", "x", "-1", "9" * 30])
def test_a_draft_that_is_not_there_is_said_and_an_empty_one_shown(store: Store, number: str) -> None:
    at = opened(draft=number)
    assert f"no campaign {number}" in at.error[0].value
    assert at.text_area(key="compose_text").value == ""
    assert drafts(store) == []


def test_a_list_that_was_deleted_meanwhile_is_named(store: Store) -> None:
    gone = make_list(store, phones(2), name="old members")
    draft = store.campaigns.draft("x", "hello", [gone])
    store.lists.delete(gone)
    at = opened(draft=str(draft))
    assert "old members" in at.warning[0].value


# --- price -----------------------------------------------------------------------------------------------------------


def test_the_price_is_that_of_the_real_texts_against_the_points(store: Store, gateway: Gateway) -> None:
    """Fields are merged for everybody: the one long name takes a second part."""
    short = make_list(store, phones(9), name="short", 姓名="王")
    long = make_list(store, phones(1, 50), name="long", 姓名="王" * 61)
    at = composed("{{姓名}}您好,雙十一全館八折", [short, long])
    quote = store.campaigns.plan([short, long], "{{姓名}}您好,雙十一全館八折").quote
    assert quote.credits == 11
    assert figures(at) == {"Points": "11", "On the account": "1,000", "Would remain": "989"}
    assert "1 part: 9" in said(at)
    assert "2 parts: 1" in said(at)
    assert gateway.asked == 1


@pytest.mark.parametrize(("text", "told"), [("{{code}}", True), ("hi", False)])
def test_texts_of_their_own_take_their_time_and_the_page_says_so(store: Store, text: str, *, told: bool) -> None:
    """Two requests a second: 300 people are two and a half minutes; those with one text are two requests."""
    store.settings.set("requests_per_second", 2)
    info = {
        "name": "own", "file": "", "sha256": "", "encoding": "utf-8", "phone_column": "phone", "fields": ["code"],
        "rows": 300, "ready": 300, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0,
    }  # fmt: skip
    rows = (ReadyRow(row, phone, "TW", {"code": phone}) for row, phone in enumerate(phones(300), start=2))
    at = composed(text, [store.lists.save(info, rows)])
    assert ("Everybody has a text of their own: 300 requests, about 3 minutes at least" in said(at)) is told


def test_text_is_measured_as_it_stands(store: Store) -> None:
    at = opened()
    at.text_area(key="compose_text").set_value("a{" + "b" * 158).run()
    assert "English (GSM-7) · 161 characters · 2 parts" in said(at)
    at.text_area(key="compose_text").set_value("您好").run()
    assert "Chinese or other (UCS-2) · 2 characters · 1 part" in said(at)


def test_an_unknown_rate_is_said_and_never_counted_as_nothing(store: Store) -> None:
    at = composed("hi", [abroad(store, TW="0912345678", SG="6512345678")])
    assert figures(at)["Points"] == "at least 1"
    assert figures(at)["Would remain"] == "at most 999"
    assert at.dataframe[0].value["points"].tolist() == ["1", "unknown"]
    assert "not known for: Singapore" in said(at)
    at = composed("hi", [abroad(store, SG="6512345678")])
    assert figures(at)["Points"] == "unknown"


def test_repeated_and_suppressed_numbers_are_said(store: Store) -> None:
    lists = [make_list(store, phones(10), name="a"), make_list(store, phones(10, 7), name="b")]
    store.suppression.add(phones(1))
    at = composed("hi", lists)
    assert figures(at)["Points"] == "16"
    assert "3 numbers stand in several" in said(at)
    assert "1 person on the suppression list is left out" in said(at)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hi 🎉", "does not carry these characters: 🎉"),
        ("{{姓}}您好", "Did you mean “姓名”"),
        ("{{姓名", "do not pair up"),
    ],
)
def test_a_text_that_must_not_go_out_is_refused_in_place(store: Store, text: str, sentence: str) -> None:
    at = composed(text, [make_list(store, phones(1), 姓名="王")])
    assert sentence in at.error[0].value.replace("\\", "")
    assert "compose_review" not in keys(at)
    assert store.campaigns.get(drafts(store)[0]).text == text


def test_two_way_says_its_rate_and_refuses_other_countries(store: Store) -> None:
    at = composed("hi", [abroad(store, TW="0912345678", HK="51234567")])
    at.toggle(key="compose_two_way").set_value(True).run()
    assert "2 points a part in place of 1" in said(at)
    assert "Two-way texts go to Taiwan numbers only" in at.error[0].value
    store.settings.set_rates(Rates(one_way={"TW": 1}, two_way={}))
    assert "rate for two-way texts is unknown" in said(at.run())


def test_without_enough_points_it_says_what_will_happen_and_leaves_the_choice(store: Store, gateway: Gateway) -> None:
    gateway.left = 3
    at = composed("hi", [make_list(store, phones(10))])
    assert "7 are missing" in said(at)
    assert figures(at)["Would remain"] == "-7"
    assert not at.button(key="compose_review").disabled


def test_when_nobody_answers_the_quote_is_shown_all_the_same(store: Store, gateway: Gateway) -> None:
    gateway.trouble = NotSent("connect")
    at = composed("hi", [make_list(store, phones(10))])
    assert figures(at) == {"Points": "10"}
    assert "could not be reached" in said(at)
    assert gateway.asked == 1
    gateway.trouble = None
    at.button(key="compose_refresh").click().run()
    assert figures(at)["On the account"] == "1,000"


def test_the_price_is_made_once_until_something_that_matters_changes(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    quote = Campaigns.quote
    monkeypatch.setattr(Campaigns, "quote", lambda *args, **kwargs: made.append(args[2]) or quote(*args, **kwargs))
    at = composed("hi", [make_list(store, phones(10))])
    at.text_input(key="compose_name").set_value("x").run()
    at.run()
    assert made == ["hi"]
    store.suppression.add(phones(1))
    assert figures(at.run())["Points"] == "9"
    store.settings.set_rates(Rates(one_way={"TW": 3}, two_way={}))
    assert figures(at.run())["Points"] == "27"
    assert made == ["hi"] * 3


# --- writing ---------------------------------------------------------------------------------------------------------


def test_a_field_is_inserted_and_kept(store: Store) -> None:
    at = composed("Dear ", [make_list(store, phones(1), 姓名="王", 等級="金")])
    pills = at.get("pills")[0]
    assert pills.options == ["姓名", "等級"]
    pills.set_value("等級").run()
    assert at.text_area(key="compose_text").value == "Dear {{等級}}"
    assert store.campaigns.get(drafts(store)[0]).text == "Dear {{等級}}"


def test_a_template_is_kept_used_and_the_former_text_put_back(store: Store) -> None:
    at = composed("first", [])
    at.text_input(key="compose_template_name").set_value("Greeting")
    at.button(key="compose_keep").click().run()
    assert [(each.name, each.text) for each in store.templates.all()] == [("Greeting", "first")]
    at.text_area(key="compose_text").set_value("second").run()
    at.button(key="compose_use").click().run()
    assert at.text_area(key="compose_text").value == "first"
    at.button(key="compose_undo").click().run()
    assert at.text_area(key="compose_text").value == "second"
    at.button(key="compose_forget").click().run()
    assert store.templates.all() == []


def test_the_preview_steps_through_people_and_jumps_to_the_longest(store: Store) -> None:
    lists = [
        make_list(store, phones(60), name="a", 姓名="王"),
        make_list(store, phones(1, 90), name="b", 姓名="歐陽王"),
    ]
    at = composed("{{姓名}}您好", lists)
    assert at.button(key="compose_previous").disabled
    assert "王您好" in [text.value for text in at.text]
    at.button(key="compose_next").click().run()
    assert any("0911000001" in caption.value for caption in at.caption)
    at.button(key="compose_longest").click().run()
    assert "歐陽王您好" in [text.value for text in at.text]
    assert any("0911000090" in caption.value for caption in at.caption)
    assert at.button(key="compose_next").disabled


def test_a_time_that_has_passed_cannot_be_reviewed(store: Store) -> None:
    at = composed("hi", [make_list(store, phones(1))])
    at.radio(key="compose_schedule").set_value("gateway").run()
    at.get_by_key("compose_at").set_value(datetime.fromisoformat("2020-01-01 09:00")).run()
    assert "This time has passed" in said(at)
    assert at.button(key="compose_review").disabled


# --- review and confirm ----------------------------------------------------------------------------------------------


def reviewed(at: AppTest) -> AppTest:
    at.button(key="compose_review").click().run()
    assert "compose_confirm" in keys(at)
    return at


def test_confirming_leads_to_the_campaign_and_the_next_visit_begins_empty(store: Store) -> None:
    at = reviewed(composed("{{姓名}}您好", [make_list(store, phones(300), name="members", 姓名="王")]))
    (draft,) = drafts(store)
    at.button(key="compose_confirm").click().run()
    assert not at.exception
    assert at.query_params == {"campaign": str(draft)}
    assert at.success[0].value == "Confirmed: 300 people, 300 points."
    campaign = store.campaigns.get(draft)
    assert (campaign.state, campaign.account, campaign.recipients) == (CampaignState.SENDING, "sandbox", 300)
    assert campaign.name.startswith("members 20")
    at.switch_page("pages/send/compose.py").run()
    assert at.text_area(key="compose_text").value == ""


def test_the_review_shows_all_that_is_about_to_happen(store: Store) -> None:
    at = composed("{{姓名|貴賓}}您好", [make_list(store, phones(260), name="members", 姓名="王")])
    at.radio(key="compose_schedule").set_value("gateway").run()
    reviewed(at)
    assert {"People": "260", "Points": "260"}.items() <= figures(at).items()
    assert "People: 260 · texts: 1 · parts: 260 · batches: 2" in said(at)
    assert [text.value for text in at.text].count("王您好") == 1 + 3
    assert "From then on nobody can recall" in said(at)
    tomorrow = (ui.taipei_now() + timedelta(days=1)).strftime("%Y-%m-%d 10:00")
    assert any(tomorrow in each.value.replace("\\", "") for each in at.markdown)


def test_two_windows_confirm_one_campaign(store: Store) -> None:
    first = reviewed(composed("hi", [make_list(store, phones(10))]))
    (draft,) = drafts(store)
    second = reviewed(opened(draft=str(draft)))
    first.button(key="compose_confirm").click().run()
    confirmed = store.campaigns.get(draft)
    second.button(key="compose_confirm").click().run()
    assert second.query_params == {"campaign": str(draft)}
    assert "nothing was done twice" in second.success[0].value
    assert store.campaigns.get(draft) == confirmed
    assert len(store.campaigns.batches(draft)) == 1
    reloaded = opened(draft=str(draft))
    assert reloaded.query_params == {"campaign": str(draft)}


def test_what_was_changed_in_another_window_is_not_confirmed_unseen(store: Store) -> None:
    chosen = make_list(store, phones(10))
    at = reviewed(composed("hi", [chosen]))
    (draft,) = drafts(store)
    store.campaigns.change_draft(draft, "x", "something else", [chosen])
    at.button(key="compose_confirm").click().run()
    assert "changed in another window" in at.error[0].value
    assert store.campaigns.get(draft).state == CampaignState.DRAFT


def test_what_another_window_wrote_is_not_overwritten_unasked(store: Store) -> None:
    """Opening the review fills in a name, which alone would have written the whole of this window over the other."""
    chosen = make_list(store, phones(10))
    at = composed("hi", [chosen])
    (draft,) = drafts(store)
    store.campaigns.change_draft(draft, "x", "something else", [chosen])
    at.button(key="compose_review").click().run()
    assert "changed in another window" in said(at)
    assert at.button(key="compose_review").disabled
    assert "compose_confirm" not in keys(at)
    assert store.campaigns.get(draft).text == "something else"
    at.button(key="compose_load").click().run()
    assert at.text_area(key="compose_text").value == "something else"
    store.campaigns.change_draft(draft, "x", "a third", [chosen])
    at.text_area(key="compose_text").set_value("mine").run()
    assert store.campaigns.get(draft).text == "a third"
    at.button(key="compose_keep_this").click().run()
    assert store.campaigns.get(draft).text == "mine"
    assert "changed in another window" not in said(at)
    assert drafts(store) == [draft]


def test_a_list_deleted_meanwhile_is_no_other_window(store: Store) -> None:
    chosen, gone = make_list(store, phones(10)), make_list(store, phones(1, 20), name="gone")
    at = composed("hi", [chosen, gone])
    store.lists.delete(gone)
    at.text_area(key="compose_text").set_value("hello").run()
    assert "changed in another window" not in said(at)
    assert store.campaigns.get(drafts(store)[0]).text == "hello"


def test_a_draft_confirmed_in_another_window_can_no_longer_be_written(store: Store) -> None:
    at = composed("hi", [make_list(store, phones(10))])
    (draft,) = drafts(store)
    store.campaigns.confirm(draft, "sandbox")
    at.text_area(key="compose_text").set_value("too late").run()
    assert at.query_params == {"campaign": str(draft)}
    assert "can no longer be changed" in at.success[0].value
    assert store.campaigns.get(draft).text == "hi"


def test_a_scheduled_campaign_waits_here_for_its_time(store: Store) -> None:
    at = composed("hi", [make_list(store, phones(1))])
    at.radio(key="compose_schedule").set_value("here").run()
    reviewed(at).button(key="compose_confirm").click().run()
    campaign = store.campaigns.all()[0]
    assert campaign.state == CampaignState.SCHEDULED
    assert from_text(campaign.send_at or "").astimezone(ui.TAIPEI).hour == 10


# --- the price explained ---------------------------------------------------------------------------------------------


def named(store: Store, *names: str) -> int:
    """A list of people with these names."""
    info = {"name": "named", "file": "named.csv", "sha256": "", "encoding": "utf-8", "phone_column": "手機",
            "fields": ["姓名"], "rows": len(names), "ready": len(names), "blank": 0, "duplicates": 0, "suppressed": 0,
            "rejected": 0}  # fmt: skip
    people = zip(phones(len(names)), names, strict=True)
    rows = (ReadyRow(row, phone, "TW", {"姓名": name}) for row, (phone, name) in enumerate(people, start=2))
    return store.lists.save(info, rows)


def told(at: AppTest) -> str:
    """Everything the page says anywhere, tables left out."""
    kinds = (at.text, at.markdown, at.caption, at.success, at.info, at.warning, at.error)
    return "\n".join(str(element.value) for kind in kinds for element in kind)


def tables(at: AppTest) -> list[dict[str, list[object]]]:
    return [frame.value.to_dict("list") for frame in at.dataframe]


def test_people_without_a_value_are_listed_and_decided_about(store: Store) -> None:
    at = composed("{{姓名}}您好", [named(store, "王", "", "李", "")])
    assert at.button(key="compose_review").disabled
    assert "2 people have nothing under “姓名”." in told(at)
    assert {"line": [3, 5], "number": ["0911000001", "0911000003"], "field": ["姓名"] * 2} in tables(at)
    at.button(key="compose_leave_out").click().run()
    assert "2 people without a value are left out." in told(at)
    assert figures(at)["Points"] == "2"
    assert store.campaigns.get(drafts(store)[0]).empty == "leave_out"
    assert not at.button(key="compose_review").disabled
    at.number_input(key="compose_person").set_value(2).run()
    assert "Left out: no value for 姓名." in told(at)
    at.button(key="compose_undecide").click().run()
    assert at.button(key="compose_review").disabled


def test_leaving_out_holds_for_the_people_it_was_decided_about_alone(store: Store) -> None:
    """Another field, or more people, is asked about again; a reload alone is not."""
    chosen = make_list(store, phones(3, 80), name="c", 姓名="", 城市="")
    full = make_list(store, phones(1), 姓名="王", 城市="台北")
    at = composed("{{姓名}}您好", [full, make_list(store, phones(2, 50), name="b", 姓名="", 城市="")])
    at.button(key="compose_leave_out").click().run()
    assert not at.button(key="compose_review").disabled
    again = opened(draft=str(drafts(store)[0]))
    assert not again.button(key="compose_review").disabled
    again.text_area(key="compose_text").set_value("{{姓名}}您好 {{城市}}").run()
    assert again.button(key="compose_review").disabled
    assert store.campaigns.get(drafts(store)[0]).empty == "stop"
    again.text_area(key="compose_text").set_value("{{姓名}}您好").run()
    again.button(key="compose_leave_out").click().run()
    again.multiselect(key="compose_lists").set_value([full, chosen]).run()
    assert again.button(key="compose_leave_out")


def test_a_fallback_is_written_into_the_text(store: Store) -> None:
    at = composed("{{姓名}}您好", [named(store, "王", "")])
    at.button(key="compose_give_姓名").click().run()
    assert "Write first what they get." in told(at)
    at.text_input(key="compose_fallback_姓名").set_value("貴賓")
    at.button(key="compose_give_姓名").click().run()
    assert at.text_area(key="compose_text").value == "{{姓名|貴賓}}您好"
    assert store.campaigns.get(drafts(store)[0]).text == "{{姓名|貴賓}}您好"
    assert not at.button(key="compose_review").disabled
    at.button(key="compose_undo").click().run()
    assert at.text_area(key="compose_text").value == "{{姓名}}您好"


def test_a_field_that_no_list_has_blocks_with_the_nearest_name(store: Store) -> None:
    at = composed("{{姓明}}您好", [named(store, "王")])
    assert "姓名" in at.error[0].value
    assert "compose_review" not in keys(at)


def test_what_makes_it_unicode_is_told_and_replaced_and_put_back(store: Store) -> None:
    text = "Don’t miss it – “20% off” " + "everything " * 10
    at = composed(text, [make_list(store, phones(1))])
    assert figures(at)["Points"] == "3"
    assert "count as Chinese" in told(at)
    assert tables(at)[0]["is"] == ["’", "–", "“", "”"]
    assert "3 parts become 1." in told(at)
    at.button(key="compose_replace").click().run()
    assert at.text_area(key="compose_text").value.startswith('Don\'t miss it - "20% off" ')
    assert figures(at)["Points"] == "1"
    assert "compose_replace" not in keys(at)
    at.button(key="compose_undo").click().run()
    assert at.text_area(key="compose_text").value == text


def test_full_width_letters_in_a_chinese_text_are_offered_too(store: Store) -> None:
    at = composed("ＶＩＰ會員「八折」，謝謝！", [make_list(store, phones(1))])
    at.button(key="compose_replace").click().run()
    assert at.text_area(key="compose_text").value == "VIP會員「八折」，謝謝！"


def test_emoji_stop_the_text_with_their_places_named(store: Store) -> None:
    at = composed("週年慶\n八折😀", [make_list(store, phones(1))])
    assert "does not carry" in at.error[0].value
    assert tables(at)[0]["place"] == ["line 2, character 3"]
    assert "compose_review" not in keys(at)


def test_emoji_in_a_value_are_told_with_their_column_and_line(store: Store) -> None:
    at = composed("{{姓名}}您好", [named(store, "王", "陳😀")])
    assert "姓名" in at.error[0].value
    assert "on line 3 of the file" in said(at)


def test_the_parts_of_a_text_are_drawn_apart(store: Store) -> None:
    at = composed("一" * 70, [make_list(store, phones(1))])
    assert "Part 1" not in told(at)
    at.text_area(key="compose_text").set_value("一" * 67 + "二").run()
    assert "Part 1 of 1" not in told(at)
    at.text_area(key="compose_text").set_value("一" * 67 + "二三四五").run()
    assert {"一" * 67, "二三四五"} <= {text.value for text in at.text}
    assert "Part 2 of 2" in told(at)


def test_whose_names_cost_another_part_is_told(store: Store) -> None:
    at = composed("{{姓名}}" + "好" * 67, [named(store, "王", "歐陽震華", "李", "諸葛孔明")])
    assert "2 people's texts take more parts than the shortest." in "".join(one.label for one in at.expander)
    assert "1 part: 2, 2 parts: 2" in told(at)
    longest = next(table for table in tables(at) if "who" in table)
    assert (longest["who"][:2], longest["parts"]) == (["歐陽震華", "諸葛孔明"], ["2", "2", "1", "1"])


def test_any_person_can_be_looked_at(store: Store) -> None:
    at = composed("{{姓名}}您好", [named(store, "王", "陳", "李")])
    at.number_input(key="compose_person").set_value(3).run()
    assert "李您好" in [text.value for text in at.text]
    assert at.button(key="compose_next").disabled


def test_whoever_was_texted_lately_is_left_out(store: Store) -> None:
    sent(store, phones(2), left=100)
    at = composed("hi", [make_list(store, phones(5), name="again")])
    at.number_input(key="compose_skip_days").set_value(7).run()
    assert figures(at)["Points"] == "3"
    assert "2 people were texted lately and are left out." in told(at)
    reviewed(at).button(key="compose_confirm").click().run()
    campaign = store.campaigns.all()[0]
    assert (campaign.skip_days, campaign.recipients) == (7, 3)


def test_a_pace_and_sending_hours_say_when_it_is_done(store: Store) -> None:
    at = composed("hi", [make_list(store, phones(1000))])
    at.radio(key="compose_schedule").set_value("here").run()
    at.get_by_key("compose_at").set_value(datetime.fromisoformat("2030-01-02 20:00")).run()
    at.number_input(key="compose_per_hour").set_value(500).run()
    assert "From 2030-01-02 20:00 to about 2030-01-02 22:00 in Taipei, 2 hours of sending." in told(at)
    at.toggle(key="compose_hours").set_value(True).run()
    assert "to about 2030-01-03 10:00 in Taipei" in told(at)
    kept = store.campaigns.get(drafts(store)[0]).tempo
    assert (str(kept.window), kept.pace and kept.pace.per_hour, kept.grace_s) == ("09:00-21:00", 500, 3600)
    again = opened(draft=str(drafts(store)[0]))
    assert again.number_input(key="compose_per_hour").value == 500
    assert again.toggle(key="compose_hours").value
    again.radio(key="compose_schedule").set_value("gateway").run()
    assert "a pace do not apply" in told(again)
    assert store.campaigns.get(drafts(store)[0]).tempo.window is None


def test_two_way_has_its_own_rate_and_tells_its_code(store: Store) -> None:
    store.settings.set("two_way_code", "24")
    at = composed("hi", [make_list(store, phones(10))])
    at.toggle(key="compose_two_way").set_value(True).run()
    assert figures(at)["Points"] == "20"
    assert "They answer with 24 before their words." in told(at)


def test_a_template_is_renamed_and_changed(store: Store) -> None:
    store.templates.save("Greeting", "first")
    (template,) = store.templates.all()
    at = composed("x", [])
    at.text_input(key=f"compose_template_rename_{template.id}").set_value("Hello")
    at.text_area(key=f"compose_template_text_{template.id}").set_value("second")
    at.button(key="compose_template_change").click().run()
    assert [(one.name, one.text) for one in store.templates.all()] == [("Hello", "second")]


# --- the review ------------------------------------------------------------------------------------------------------


def test_warnings_have_their_setting_and_are_kept_in_the_audit_when_overruled(store: Store) -> None:
    store.settings.set("brands", ["好鄰居"])
    chosen = make_list(store, phones(10))
    store.campaigns.confirm(store.campaigns.draft("before", "ＶＩＰ會員 shop.tw 02-2345-6789", [chosen]), "sandbox")
    at = composed("ＶＩＰ會員 shop.tw 02-2345-6789", [chosen])
    at.radio(key="compose_schedule").set_value("here").run()
    at.get_by_key("compose_at").set_value(datetime.fromisoformat("2030-01-02 22:00")).run()
    reviewed(at)
    warnings = "\n".join(one.value for one in at.warning)
    for said_so in ("none of your registered names", "half-width", "shop.tw", "02-2345-6789", "how to refuse",
                    "outside your sending hours", "went to this list before"):  # fmt: skip
        assert said_so in warnings
    assert "**7 warnings.**" in told(at)
    assert "Look at this in the settings" in {link.label for link in at.page_link}
    (draft,) = drafts(store)
    at.button(key="compose_confirm").click().run()
    assert store.audit.all(campaign_id=draft)[0].detail["overruled"] == [
        "brand_missing", "full_width", "unregistered_link", "unregistered_phone", "no_refusal", "outside_window",
        "same_text_before"]  # fmt: skip


def test_a_text_that_does_it_right_has_nothing_to_overrule(store: Store) -> None:
    store.settings.set("brands", ["好鄰居"])
    store.settings.set("send_window", ["00:00", "00:00"])
    at = reviewed(composed("好鄰居：週年慶八折，拒收請回覆N", [make_list(store, phones(10))]))
    assert not at.warning
    at.button(key="compose_confirm").click().run()
    assert "overruled" not in store.audit.all(campaign_id=store.campaigns.all()[0].id)[0].detail


def test_an_old_list_is_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    later = now() + timedelta(days=100, hours=1)
    monkeypatch.setattr("smsget.store.reviewing.now", lambda: later)
    assert "“list” is 100 days old" in said(composed("hi", [make_list(store, phones(1))]))


def test_the_count_is_typed_where_many_are_texted(store: Store) -> None:
    store.settings.set("typed_from", 10)
    at = reviewed(composed("hi", [make_list(store, phones(10))]))
    for typed in ("", "9", "x", "-10", "10 x", "1,0", "1e1"):
        at.text_input(key="compose_typed").set_value(typed)
        at.button(key="compose_confirm").click().run()
        assert "The number you typed is not 10." in said(at)
    assert store.campaigns.all() == []
    at.text_input(key="compose_typed").set_value("10")
    at.button(key="compose_confirm").click().run()
    assert store.campaigns.all()[0].recipients == 10


def test_what_became_dearer_is_not_confirmed_unseen(store: Store) -> None:
    at = reviewed(composed("hi", [make_list(store, phones(10))]))
    store.settings.set_rates(Rates(one_way={"TW": 3}, two_way={}))
    at.button(key="compose_confirm").click().run()
    assert "10 people and 30 points" in at.error[0].value
    assert store.campaigns.all() == []
    at.run()
    at.button(key="compose_confirm").click().run()
    assert store.campaigns.all()[0].credits_quoted == 30


def test_a_list_deleted_behind_the_open_review_is_not_left_out_unseen(store: Store) -> None:
    lists = [make_list(store, phones(3)), make_list(store, phones(2, 50), name="gone")]
    at = reviewed(composed("hi", lists))
    store.lists.delete(lists[1])
    at.button(key="compose_confirm").click().run()
    assert "3 people and 3 points" in at.error[0].value
    assert store.campaigns.all() == []
    at.button(key="compose_confirm").click().run()
    assert store.campaigns.all()[0].recipients == 3


def test_a_draft_opened_without_one_of_its_lists_says_so_and_can_be_confirmed(store: Store) -> None:
    lists = [make_list(store, phones(3)), make_list(store, phones(2, 50), name="gone")]
    draft = store.campaigns.draft("c", "hi", lists)
    store.lists.delete(lists[1])
    at = opened(draft=str(draft))
    assert "Deleted since you wrote this: gone." in said(at)
    reviewed(at).button(key="compose_confirm").click().run()
    assert store.campaigns.get(draft).recipients == 3


def test_another_number_on_the_suppression_list_is_another_price(store: Store) -> None:
    """As many numbers as before are on it, but not the same."""
    store.suppression.add(phones(1))
    at = composed("hi", [make_list(store, phones(3))])
    assert figures(at)["Points"] == "2"
    store.suppression.remove(phones(1))
    store.suppression.add(["0987000001"])
    at.run()
    assert figures(at)["Points"] == "3"


def test_the_points_are_asked_for_afresh_for_the_review(store: Store, gateway: Gateway) -> None:
    at = composed("hi", [make_list(store, phones(10))])
    asked, gateway.left = gateway.asked, 12
    reviewed(at)
    assert gateway.asked == asked + 1
    assert figures(at)["Would remain"] == "2"


# --- a test to one's own numbers -------------------------------------------------------------------------------------


def test_a_test_needs_numbers_of_ones_own(store: Store) -> None:
    at = composed("hi", [make_list(store, phones(1))])
    assert "Enter your own numbers in the settings first" in told(at)
    assert "compose_test_send" not in keys(at)


def test_a_test_has_the_values_of_whom_the_preview_shows_and_is_sent_once(store: Store) -> None:
    store.settings.set("own_numbers", ["0987654321", "0987654322"])
    at = composed("{{姓名}}您好", [named(store, "王", "陳")])
    at.number_input(key="compose_person").set_value(2).run()
    assert "costs 2 points" in told(at)
    at.button(key="compose_test_send").click().run()
    (test,) = store.campaigns.all()
    assert (test.test, test.name, test.recipients, test.credits_quoted) == (True, "Test: named", 2, 2)
    assert [batch.text for batch in store.campaigns.batches(test.id)] == ["陳您好"]
    assert "The test is on its way." in told(at)
    assert "compose_test_send" not in keys(at)
    at.button(key="compose_test_again").click().run()
    at.button(key="compose_test_send").click().run()
    assert [one.test for one in store.campaigns.all()] == [True, True]
    assert store.campaigns.get(drafts(store)[0]).state == CampaignState.DRAFT


def test_a_test_counts_and_prices_no_number_that_is_suppressed(store: Store) -> None:
    store.settings.set("own_numbers", ["0987654321", "0987654322"])
    store.suppression.add(["0987654322"])
    at = composed("hi", [make_list(store, phones(1))])
    assert "costs 1 point." in told(at)
    assert "they get nothing: 0987654322" in said(at).replace("\u2060", "")
    assert at.button(key="compose_test_send").label == "Send the test to 1 number"
    store.suppression.add(["0987654321"])
    at.run()
    assert "compose_test_send" not in keys(at)


def test_a_template_is_never_overwritten_unasked(store: Store) -> None:
    store.templates.save("Greeting", "first")
    at = composed("second", [])
    at.text_input(key="compose_template_name").set_value("Greeting")
    at.button(key="compose_keep").click().run()
    assert "Greeting" in at.error[0].value
    assert [(one.name, one.text) for one in store.templates.all()] == [("Greeting", "first")]


def test_a_test_knows_the_columns_of_all_chosen_lists(store: Store) -> None:
    store.settings.set("own_numbers", ["0987654321"])
    lists = [named(store, "王"), make_list(store, phones(1, 50), name="b", 城市="台北")]
    at = composed("{{姓名|貴賓}}{{城市|台灣}}", lists)
    at.button(key="compose_test_send").click().run()
    assert [batch.text for batch in store.campaigns.batches(store.campaigns.all()[0].id)] == ["王台灣"]


def test_a_test_of_another_draft_is_another_test(store: Store) -> None:
    store.settings.set("own_numbers", ["0987654321"])
    chosen = make_list(store, phones(1))
    at = composed("hi", [chosen])
    at.button(key="compose_test_send").click().run()
    at.button(key="compose_new").click().run()
    at.text_area(key="compose_text").set_value("hello").run()
    at.multiselect(key="compose_lists").set_value([chosen]).run()
    at.button(key="compose_test_send").click().run()
    assert [one.text for one in store.campaigns.all()] == ["hello", "hi"]


def test_a_test_for_somebody_without_a_value_says_why_not(store: Store) -> None:
    store.settings.set("own_numbers", ["0987654321"])
    at = composed("{{姓名}}您好", [named(store, "")])
    at.button(key="compose_test_send").click().run()
    assert "fallback" in said(at)
    assert store.campaigns.all() == []
