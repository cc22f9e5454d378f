"""Merge fields, prices and batches: what a person confirms is what the engine will ask for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.campaigns import (
    BATCH_MOVES,
    CAMPAIGN_MOVES,
    DEFAULT_RATES,
    BatchState,
    CampaignState,
    MergeText,
    Rates,
    Recipient,
    check_move,
    plan,
    review,
    state_after,
)
from smsget.errors import BadRequest, StateError, TextRefused


def people(*countries: str, **fields: str) -> list[Recipient]:
    return [Recipient(f"09{number:08}", country, fields) for number, country in enumerate(countries)]


@pytest.mark.parametrize(
    ("text", "values", "rendered"),
    [
        ("Hello", {}, "Hello"),
        ("{{姓名}}您好", {"姓名": "王小明"}, "王小明您好"),
        ("{{ 姓名 }}您好", {"姓名": "王小明"}, "王小明您好"),
        ("{{姓名|貴賓}}您好", {"姓名": ""}, "貴賓您好"),
        ("{{姓名|貴賓}}您好", {"姓名": "  "}, "貴賓您好"),
        ("{{姓名}}您好", {"姓名": ""}, "您好"),
        ("{{a}}{{b}}", {"a": "1", "b": "2"}, "12"),
        ("{{a}}", {"a": "one\r\ntwo\x00three"}, "one two three"),
        ("{{a}}", {"a": "{{b}}", "b": "never"}, "{{b}}"),
        ("{a} {b|c}", {"a": "x"}, "{a} {b|c}"),
    ],
)
def test_rendering(text: str, values: dict[str, str], rendered: str) -> None:
    assert MergeText(text).render(values) == rendered


def test_a_hostile_text_is_read_in_no_time() -> None:
    """A pattern that backtracks would take hours for this; the test's own time limit is the judge."""
    with pytest.raises(TextRefused):
        MergeText("{{" + " " * 200_000 + "x")


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "empty_text"), (" \n", "empty_text"), ("{{姓名", "broken_field"), ("姓名}}", "broken_field"),
     ("{{}}", "broken_field"), ("{{a}} {{b", "broken_field")],
)  # fmt: skip
def test_texts_that_cannot_be_merged(text: str, code: str) -> None:
    with pytest.raises(TextRefused) as caught:
        MergeText(text)
    assert caught.value.code == code


def test_an_unknown_field_names_the_nearest_real_one() -> None:
    with pytest.raises(TextRefused) as caught:
        plan(people("TW", 姓名="王", 生日="1/1"), "{{姓 名}}您好", DEFAULT_RATES)
    assert (caught.value.code, caught.value.evidence["suggestion"]) == ("unknown_field", "姓名")


def test_the_quote_sums_what_each_person_really_gets() -> None:
    crowd = [Recipient("0912345678", "TW", {"n": "短"}), Recipient("13912345678", "CN", {"n": "長" * 70})]
    quote = plan(crowd, "{{n}}您好", DEFAULT_RATES).quote
    assert (quote.recipients, quote.texts, quote.batches, quote.segments) == (2, 2, 2, 3)
    assert quote.credits == 1 * 1 + 2 * 2
    assert quote.histogram == {1: 1, 2: 1}
    assert quote.by_country["CN"].credits == 4


def test_an_unknown_rate_is_never_zero() -> None:
    made = plan(people("TW", "JP", "JP"), "hi", DEFAULT_RATES)
    assert made.quote.credits == 1
    assert made.quote.unknown_rate == {"JP": 2}
    assert made.quote.by_country["JP"].credits is None
    assert made.batches[0].credits is None
    assert [notice.code for notice in made.quote.notices] == ["unknown_rate"]


def test_two_way_has_its_own_rate_and_is_for_taiwan_only() -> None:
    assert plan(people("TW"), "hi", DEFAULT_RATES, two_way=True).quote.credits == 2
    with pytest.raises(BadRequest) as caught:
        plan(people("TW", "HK"), "hi", DEFAULT_RATES, two_way=True)
    assert caught.value.evidence["countries"] == {"HK": 1}


def test_nobody_to_send_to() -> None:
    with pytest.raises(BadRequest, match="no_recipients"):
        plan([], "hi", DEFAULT_RATES)


def test_emoji_stop_the_text_even_when_they_come_from_a_field() -> None:
    with pytest.raises(TextRefused, match="not_carried"):
        plan(people("TW", n="😀"), "hi {{n}}", DEFAULT_RATES)


def test_people_without_a_value_are_counted() -> None:
    crowd = [Recipient("0912345678", "TW", {"n": ""}), Recipient("0912345679", "TW", {"n": "A"})]
    notices = plan(crowd, "hi {{n}}", DEFAULT_RATES).quote.notices
    assert [(notice.code, notice.evidence) for notice in notices] == [("empty_field", {"field": "n", "recipients": 1})]


@pytest.mark.parametrize(("size", "batches"), [(1, [1]), (250, [250]), (251, [250, 1]), (500, [250, 250])])
def test_a_batch_holds_at_most_250(size: int, batches: list[int]) -> None:
    made = plan(people(*["TW"] * size), "hi", DEFAULT_RATES)
    assert [len(batch.recipients) for batch in made.batches] == batches


@given(
    names=st.lists(st.sampled_from(["", "A", "B", "王小明", "長" * 80]), min_size=1, max_size=700),
    two_way=st.booleans(),
)
def test_batches_hold_everybody_once_and_cost_what_the_quote_says(names: list[str], two_way: bool) -> None:
    crowd = [Recipient(f"09{number:08}", "TW", {"n": name}) for number, name in enumerate(names)]
    made = plan(crowd, "嗨 {{n|您}}", DEFAULT_RATES, two_way=two_way)
    sent = [person.phone for batch in made.batches for person in batch.recipients]
    assert sorted(sent) == sorted(person.phone for person in crowd)
    assert all(1 <= len(batch.recipients) <= 250 for batch in made.batches)
    assert sum(batch.credits or 0 for batch in made.batches) == made.quote.credits
    assert sum(made.quote.histogram.values()) == made.quote.recipients == len(crowd)
    merge = MergeText("嗨 {{n|您}}")
    assert all(merge.render(person.fields) == batch.text for batch in made.batches for person in batch.recipients)


def test_a_stray_character_that_makes_english_dear_is_named() -> None:
    assert [notice.code for notice in review("It’s on")] == ["unicode"]
    assert review("It's on") == []
    assert review("【品牌】It’s on 特價") == []


def test_rates() -> None:
    rates = Rates({"TW": 1}, {})
    assert rates.credits("TW", 3) == 3
    assert rates.credits("TW", 3, two_way=True) is None


# --- states ------------------------------------------------------------------------------------------------------


def test_only_a_person_leads_from_unknown_back_to_the_queue() -> None:
    assert BATCH_MOVES[BatchState.ACCEPTED] == frozenset()
    back = {state for state, moves in BATCH_MOVES.items() if BatchState.QUEUED in moves}
    assert back == {BatchState.SENDING, BatchState.REFUSED, BatchState.UNKNOWN}


@pytest.mark.parametrize("state", [CampaignState.FINISHED, CampaignState.CANCELLED])
def test_what_has_ended_stays_ended(state: CampaignState) -> None:
    assert CAMPAIGN_MOVES[state] == frozenset()
    with pytest.raises(StateError) as caught:
        check_move("campaign", state, CampaignState.SENDING)
    assert caught.value.evidence["state"] == state


@pytest.mark.parametrize(
    ("state", "batches", "after"),
    [
        ("sending", {"queued": 1, "accepted": 4}, "sending"),
        ("sending", {"sending": 1}, "sending"),
        ("sending", {"accepted": 4}, "finished"),
        ("sending", {"accepted": 4, "left": 1}, "finished"),
        ("sending", {"accepted": 4, "unknown": 1}, "unsettled"),
        ("sending", {"unknown": 1, "refused": 1}, "paused"),
        ("paused", {"queued": 1}, "paused"),
        ("paused", {"accepted": 1}, "finished"),
        ("paused", {"unknown": 1, "accepted": 1}, "unsettled"),
        ("unsettled", {"queued": 1}, "sending"),
        ("unsettled", {"accepted": 2}, "finished"),
        ("cancelled", {"accepted": 2}, "cancelled"),
        ("scheduled", {"queued": 2}, "scheduled"),
        ("draft", {}, "draft"),
    ],
)
def test_a_campaign_follows_its_batches(state: str, batches: dict[str, int], after: str) -> None:
    assert state_after(CampaignState(state), batches) == after
    if state != after:
        check_move("campaign", CampaignState(state), CampaignState(after))
