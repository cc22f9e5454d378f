"""Counting a merged text without rendering it gives what counting the rendered text gives, whatever is in it."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, reject
from hypothesis import strategies as st

from smsget.campaigns import (
    DEFAULT_RATES,
    Audience,
    MergeText,
    Recipient,
    measuring,
    merging,
    plan,
    pricing,
    quote,
    with_fallback,
)
from smsget.errors import BadRequest, TextRefused
from smsget.segments import count_segments

# What decides: one unit or two, in GSM-7 or not, at a boundary or not.
PIECES = ["a" * 30, "a" * 153, "{", "~", "[" * 40, "中" * 20, "中" * 67, "𠮷", "𠮷" * 33, "`", "\n", " ", "x", "é", "€"]
LITERALS = st.lists(
    st.sampled_from(["a" * 38, "|" * 5, "中" * 9, "中" * 66, "𠮷" * 3, "-", "%", "b", ""]), max_size=4
).map("".join)
VALUES = st.lists(st.sampled_from([*PIECES, ""]), max_size=4).map("".join)
FIELDS = ["{{a}}", "{{b}}", "{{a|~}}", "{{b|貴賓}}", "{{ a | x }}"]
TEXTS = st.builds(
    lambda start, slots: start + "".join(field + literal for field, literal in slots),
    LITERALS,
    st.lists(st.tuples(st.sampled_from(FIELDS), LITERALS), max_size=4),
).filter(str.strip)
CROWDS = st.lists(
    st.builds(
        lambda a, b, country: Recipient("0912345678", country, {"a": a, "b": b}),
        VALUES, VALUES, st.sampled_from(["TW", "TW", "HK", "JP"]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few people at a time that a dozen of them are several rounds."""
    for module in (measuring, merging, pricing):
        monkeypatch.setattr(module, "_AT_ONCE", 4)


@given(text=TEXTS, crowd=CROWDS)
@example(text="a" * 152 + "{{a}}" + "a" * 20, crowd=[Recipient("0912345678", "TW", {"a": "~", "b": ""})])
@example(text="{" + "a" * 151 + "{{a}}" + "{", crowd=[Recipient("0912345678", "TW", {"a": "x", "b": ""})])
@example(text="𠮷{{a}}𠮷" + "中" * 66, crowd=[Recipient("0912345678", "TW", {"a": "中" * 64, "b": ""})])
@example(text="[{{a}}", crowd=[Recipient("0912345678", "TW", {"a": each, "b": ""}) for each in ("x" * 159, "王", "𠮷")])
@example(
    text="a" * 38 + "{{a}}",
    crowd=[Recipient("0912345678", "TW", {"a": "中" * 40}), Recipient("0912345679", "TW", {"a": "b" * 40})],
)
def test_the_plan_counts_what_the_rendered_texts_take(text, crowd):
    try:
        merge = MergeText(text)
    except TextRefused:
        reject()
    assume(all(merge.render(one.fields).strip() for one in crowd))
    made = plan(crowd, text, DEFAULT_RATES)
    rendered = [merge.render(one.fields) for one in crowd]
    measured = {each: count_segments(each).segments for each in rendered}
    assert made.quote.segments == sum(measured[each] for each in rendered)
    assert made.quote.texts == len(measured)
    assert [batch.text for batch in made.batches] == list(dict.fromkeys(rendered))
    assert all(batch.segments == measured[batch.text] for batch in made.batches)
    assert len(made.batches) == made.quote.batches
    assert made.quote == quote(crowd, text, DEFAULT_RATES)
    known = [batch.credits for batch in made.batches if batch.credits is not None]
    assert sum(known) <= made.quote.credits
    for country, part in made.quote.by_country.items():
        mine = [measured[each] for each, one in zip(rendered, crowd, strict=True) if one.country == country]
        assert (part.recipients, part.segments) == (len(mine), sum(mine))
        assert part.credits == DEFAULT_RATES.credits(country, sum(mine))
    most = max(measured.values())
    assert made.quote.longest[0].segments == most
    assert [each.text for each in made.quote.longest] == [rendered[each.at] for each in made.quote.longest]
    assert len(made.quote.longest) == min(10, len(crowd))


@given(crowd=CROWDS, names=st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True))
def test_an_audience_in_columns_is_priced_like_its_people(crowd, names):
    text = "嗨" + "".join("{{" + name + "}}" for name in names)
    audience = Audience.of(crowd, names)
    assert plan(audience, text, DEFAULT_RATES).quote == plan(crowd, text, DEFAULT_RATES).quote


def test_equal_hashes_of_unequal_texts_are_told_apart(monkeypatch):
    monkeypatch.setattr(pricing, "hash", lambda text: len(text) % 2, raising=False)
    crowd = [Recipient(f"09{at:08}", "TW", {"n": name}) for at, name in enumerate("ABABCACB")]
    made = plan(crowd, "hi {{n}}{{n}}", DEFAULT_RATES)
    found = [(batch.text, len(batch.recipients)) for batch in made.batches]
    assert found == [("hi AA", 3), ("hi BB", 3), ("hi CC", 2)]
    assert (made.quote.texts, made.quote.batches) == (3, 3)


def test_values_that_meet_across_a_boundary_of_fields_are_one_text():
    """台北 + 市大安 and 台北市 + 大安 read the same, so they share a request."""
    crowd = [Recipient("0912345678", "TW", {"a": "台北", "b": "市大安"}),
             Recipient("0912345679", "TW", {"a": "台北市", "b": "大安"})]  # fmt: skip
    assert plan(crowd, "{{a}}{{b}}店", DEFAULT_RATES).quote.texts == 1


def test_batches_are_a_sequence():
    crowd = [Recipient(f"09{at:08}", "TW", {"n": "AB"[at % 2]}) for at in range(600)]
    batches = plan(crowd, "hi {{n}}", DEFAULT_RATES).batches
    assert [len(batch.recipients) for batch in batches] == [250, 50, 250, 50]
    assert batches[-1] == list(batches)[3]
    assert batches[1:3] == list(batches)[1:3]
    with pytest.raises(IndexError):
        batches[4]


def test_lists_with_other_columns_are_merged_too():
    crowd = [Recipient("0912345678", "TW", {"n": "A"}), Recipient("0912345679", "TW", {})]
    made = plan(crowd, "hi {{n|you}}", DEFAULT_RATES)
    assert [batch.text for batch in made.batches] == ["hi A", "hi you"]


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="equally long"):
        Audience(["0912345678"], ["TW"], {"n": []})
    with pytest.raises(ValueError, match="equally long"):
        Audience(["0912345678"], ["TW"], rows=[2, 3])


# --- empty values --------------------------------------------------------------------------------------------------

CROWD = [
    Recipient("0912345678", "TW", {"n": "", "m": "1"}, 2),
    Recipient("0912345679", "TW", {"n": "A", "m": "2"}, 3),
    Recipient("0912345670", "TW", {"n": " \r\n", "m": ""}, 4),
]


def test_people_without_a_value_are_listed_and_have_to_be_decided_about():
    told = quote(CROWD, "hi {{n}} {{m}}", DEFAULT_RATES, empty="stop")
    assert told.empty_fields == {"n": 2, "m": 1}
    assert [tuple(getattr(one, name) for name in ("row", "phone", "field")) for one in told.missing] == [
        (2, "0912345678", "n"), (4, "0912345670", "n"), (4, "0912345670", "m")]  # fmt: skip
    assert [(each.code, each.evidence["recipients"]) for each in told.stops] == [
        ("undecided_field", 2), ("undecided_field", 1)]  # fmt: skip
    with pytest.raises(TextRefused) as caught:
        plan(CROWD, "hi {{n}} {{m}}", DEFAULT_RATES, empty="stop")
    assert (caught.value.code, caught.value.evidence) == ("empty_field", {"field": "n", "recipients": 2})


def test_they_may_be_left_out():
    made = plan(CROWD, "hi {{n}} {{m}}", DEFAULT_RATES, empty="leave_out")
    assert [batch.text for batch in made.batches] == ["hi A 2"]
    assert [person.row for person in made.batches[0].recipients] == [3]
    assert (made.quote.recipients, made.quote.left_out, made.quote.stops) == (1, 2, [])
    assert made.quote.longest[0].at == 1
    assert [notice.code for notice in made.quote.notices] == ["left_out"]
    with pytest.raises(BadRequest, match="no_recipients"):
        plan(CROWD[:1], "hi {{n}}", DEFAULT_RATES, empty="leave_out")


@pytest.mark.parametrize("empty", ["stop", "leave_out", "gap"])
def test_a_fallback_decides(empty):
    made = plan(CROWD, "hi {{n|you}}", DEFAULT_RATES, empty=empty)
    assert [(batch.text, len(batch.recipients)) for batch in made.batches] == [("hi you", 2), ("hi A", 1)]
    assert made.quote.notices == []


def test_a_blank_fallback_is_none_and_others_are_trimmed():
    assert [notice.code for notice in plan(CROWD, "hi {{n| }}", DEFAULT_RATES).quote.notices] == ["empty_field"]
    assert "hi you!" in [batch.text for batch in plan(CROWD, "hi {{n| you }}!", DEFAULT_RATES).batches]


def test_emoji_in_a_list_are_told_with_their_column():
    crowd = [Recipient("0912345678", "TW", {"n": "A"}, 2), Recipient("0912345679", "TW", {"n": "B😀"}, 3)]
    with pytest.raises(TextRefused) as caught:
        plan(crowd, "hi {{n}}", DEFAULT_RATES)
    assert caught.value.evidence == {"characters": ["😀"], "field": "n", "recipients": 1, "row": 3}


def test_the_longest_are_told_by_name():
    crowd = [Recipient(f"09{at:08}", "TW", {"n": "長" * at}, at + 2) for at in range(1, 90)]
    longest = quote(crowd, "{{n}}您好", DEFAULT_RATES).longest
    assert [(each.person.fields["n"], each.segments, each.at) for each in longest[:2]] == [
        ("長" * 89, 2, 88), ("長" * 88, 2, 87)]  # fmt: skip
    assert len(longest) == 10


@pytest.mark.parametrize(
    ("text", "field", "fallback", "changed"),
    [
        ("{{n}}您好", "n", "貴賓", "{{n|貴賓}}您好"),
        ("{{ n }}{{n|}}{{m}}", "n", "貴賓", "{{ n |貴賓}}{{n|貴賓}}{{m}}"),
        ("{{n|您}}", "n", "貴賓", "{{n|您}}"),
        ("{{n}}", "n", "a}}|{b", "{{n|ab}}"),
        ("{{n}}", "n", "{}|", "{{n}}"),
        ("{{n}}", "n", " 貴\n賓 ", "{{n|貴 賓}}"),
        ("{{n| }}", "n", "貴賓", "{{n|貴賓}}"),
    ],
)
def test_a_fallback_is_put_into_the_text(text, field, fallback, changed):
    assert with_fallback(text, field, fallback) == changed
