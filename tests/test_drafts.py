"""Drafts that two windows write on, what a person decides about empty fields, and tests to one's own numbers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smsget.campaigns import DEFAULT_RATES, CampaignState, Notice, Rates, SendWindow, evidence_of, overruled
from smsget.errors import BadRequest, StateError, TextRefused
from smsget.store import ReadyRow, Store, now, to_text
from tests.builders import claims, confirmed, make_list, phones, sent


def named(store: Store, *names: str) -> int:
    """A list of people with these names."""
    info = {"name": "named", "file": "named.csv", "sha256": "", "encoding": "utf-8", "phone_column": "手機",
            "fields": ["姓名"], "rows": len(names), "ready": len(names), "blank": 0, "duplicates": 0, "suppressed": 0,
            "rejected": 0}  # fmt: skip
    people = zip(phones(len(names)), names, strict=True)
    rows = (ReadyRow(row, phone, "TW", {"姓名": name}) for row, (phone, name) in enumerate(people, start=2))
    return store.lists.save(info, rows)


# --- revisions -------------------------------------------------------------------------------------------------------


def test_a_change_that_has_not_seen_the_last_one_changes_nothing(store: Store) -> None:
    chosen = make_list(store, phones(1))
    draft = store.campaigns.draft("c", "hi", [chosen])
    assert store.campaigns.change_draft(draft, "c", "mine", [chosen], revision=0) == 1
    with pytest.raises(StateError, match="changed_elsewhere"):
        store.campaigns.change_draft(draft, "c", "yours", [chosen], revision=0)
    assert store.campaigns.get(draft).text == "mine"
    with pytest.raises(StateError, match="changed_elsewhere"):
        store.campaigns.confirm(draft, "sandbox", revision=0)
    assert store.campaigns.get(draft).state == CampaignState.DRAFT
    assert store.campaigns.confirm(draft, "sandbox", revision=1) is not None
    with pytest.raises(StateError, match="illegal_move"):
        store.campaigns.change_draft(draft, "c", "too late", [chosen], revision=1)


def test_nobody_pays_more_than_they_have_seen(store: Store) -> None:
    chosen = make_list(store, phones(2))
    draft, seen = store.campaigns.draft("c", "hi", [chosen]), store.campaigns.quote([chosen], "hi")
    store.settings.set_rates(Rates(one_way={"TW": 2}, two_way={}))
    with pytest.raises(StateError, match="dearer"):
        store.campaigns.confirm(draft, "sandbox", seen=seen)
    store.settings.set_rates(Rates(one_way={}, two_way={}))
    with pytest.raises(StateError, match="rate_unknown"):
        store.campaigns.confirm(draft, "sandbox", seen=seen)
    store.settings.set_rates(DEFAULT_RATES)
    assert store.campaigns.confirm(draft, "sandbox", seen=seen) is not None


def test_nothing_is_confirmed_but_what_was_seen(store: Store) -> None:
    """Fewer people, others of equal number, and other values for the same people are differences, too."""
    chosen = make_list(store, phones(3), 姓名="王")
    others = make_list(store, phones(3, 100), name="others", 姓名="王")
    renamed = make_list(store, phones(3), name="renamed", 姓名="李")
    text = "{{姓名}}您好"
    draft, seen = store.campaigns.draft("c", text, [chosen]), store.campaigns.quote([chosen], text)
    for other in (others, renamed):
        unlike = store.campaigns.quote([other], text)
        assert (unlike.recipients, unlike.credits) == (seen.recipients, seen.credits)
        with pytest.raises(StateError, match="not_as_seen"):
            store.campaigns.confirm(draft, "sandbox", seen=unlike)
    store.suppression.add(phones(1))
    with pytest.raises(StateError, match="not_as_seen") as caught:
        store.campaigns.confirm(draft, "sandbox", seen=seen)
    assert (caught.value.evidence["recipients"], caught.value.evidence["credits"]) == (2, 2)
    assert store.campaigns.get(draft).state == CampaignState.DRAFT
    assert store.campaigns.confirm(draft, "sandbox", seen=store.campaigns.quote([chosen], text)) is not None


def test_a_draft_is_not_confirmed_without_a_list_that_was_deleted(store: Store) -> None:
    lists = [make_list(store, phones(2)), make_list(store, phones(2, 50), name="gone")]
    draft = store.campaigns.draft("c", "hi", lists)
    store.lists.delete(lists[1])
    with pytest.raises(StateError, match="list_gone") as caught:
        store.campaigns.confirm(draft, "sandbox")
    assert caught.value.evidence["lists"] == ["gone"]
    store.campaigns.change_draft(draft, "c", "hi", lists[:1])
    assert store.campaigns.confirm(draft, "sandbox") is not None


def test_the_audit_keeps_what_the_overruled_warnings_rested_on_but_no_number(store: Store) -> None:
    notices = [Notice("unregistered_link", {"links": ["evil.com/x?u=0912345678"]}),
               Notice("unregistered_phone", {"phones": ["0912345678"]}),
               Notice("old_list", {"list": "members 0912345678", "days": 100}),
               Notice("undecided_field", {"field": "姓名"}, "stops")]  # fmt: skip
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(2))])
    store.campaigns.confirm(draft, "sandbox", overruled=overruled(notices), evidence=evidence_of(notices))
    (entry,) = store.audit.all(campaign_id=draft)
    assert entry.detail["overruled"] == ["unregistered_link", "unregistered_phone", "old_list"]
    assert entry.detail["evidence"] == [{"code": "unregistered_link", "links": ["evil.com/x"]},
                                        {"code": "old_list", "list": "members …", "days": 100}]  # fmt: skip


def test_people_left_out_are_a_loss_that_is_noted() -> None:
    assert overruled([Notice("left_out", {"recipients": 3, "fields": ["姓名"]})]) == ["left_out"]


def test_what_was_overruled_is_in_the_audit(store: Store) -> None:
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(2))])
    store.campaigns.confirm(draft, "sandbox", overruled=["brand_missing", "old_list"])
    (entry,) = store.audit.all(campaign_id=draft)
    assert entry.detail == {"recipients": 2, "credits": 2, "overruled": ["brand_missing", "old_list"]}


# --- people without a value ------------------------------------------------------------------------------------------


def test_nothing_goes_out_until_somebody_decided_about_empty_fields(store: Store) -> None:
    chosen = named(store, "王", "", "李")
    draft = store.campaigns.draft("c", "{{姓名}}您好", [chosen])
    with pytest.raises(TextRefused, match="empty_field"):
        store.campaigns.confirm(draft, "sandbox")
    store.campaigns.change_draft(draft, "c", "{{姓名}}您好", [chosen], empty="leave_out")
    store.campaigns.confirm(draft, "sandbox")
    campaign = store.campaigns.get(draft)
    assert (campaign.recipients, campaign.left_out) == (2, {"suppressed": 0, "texted": 0, "empty": 1})
    assert [text.text for text in store.campaigns.batches(draft)] == ["王您好", "李您好"]


@pytest.mark.parametrize("column", ["姓名", "it's", 'a"b', "a\\b", "$.x", "1", "名 字", ":limit", "?", "tab\there"])
def test_a_price_finds_the_columns_whatever_they_are_called(column: str, store: Store) -> None:
    lists = [make_list(store, phones(3), **{column: "王"}), make_list(store, phones(2, 2), name="b", other="x")]
    text = "{{" + column + "}} hello"
    for chosen in (lists[:1], lists):
        made = store.campaigns.plan(chosen, text, empty="gap")
        asked = store.campaigns.quote(chosen, text, empty="gap")
        assert asked == made.quote
        assert made.batches[0].text == "王 hello"
        assert [person.row for person in made.batches[0].recipients] == [2, 3, 4]


def test_a_price_leaves_out_whom_a_plan_leaves_out(store: Store) -> None:
    sent(store, phones(2), left=10)
    chosen = make_list(store, phones(6), name="again")
    store.suppression.add(phones(1, 5))
    assert store.campaigns.quote([chosen], "hi", skip_days=3).recipients == 3
    assert [one.phone for one in store.lists.recipients([chosen], limit=1, offset=1, skip_days=3)] == phones(1, 3)
    with pytest.raises(BadRequest, match="no_recipients"):
        store.campaigns.quote([], "hi")


# --- tests to one's own numbers --------------------------------------------------------------------------------------


def test_a_test_is_a_campaign_of_its_own_and_made_once(store: Store) -> None:
    store.suppression.add(phones(1, 2))
    made = [
        store.test_sends.send("Test: sale", "{{姓名}}您好", {"姓名": "王"}, phones(3), "sandbox", once="click")
        for _ in range(3)
    ]
    assert len(set(made)) == len(store.campaigns.all()) == 1
    campaign = store.campaigns.all()[0]
    assert (campaign.test, campaign.recipients, campaign.credits_quoted) == (True, 2, 2)
    assert [(claim.text, claim.phones) for claim in claims(store)] == [("王您好", phones(2))]
    assert store.audit.all(campaign_id=made[0])[0].action == "test"


def test_a_test_goes_out_before_what_waits(store: Store) -> None:
    confirmed(store, phones(1, 9))
    store.test_sends.send("Test", "hello", {}, phones(1), "sandbox", once="click")
    assert [claim.text for claim in claims(store)] == ["hello", "hi"]


def test_a_test_keeps_nobody_out_of_the_campaign(store: Store) -> None:
    """One's own number may be on the list, and `skip_days` is about customers."""
    store.test_sends.send("Test", "hi", {}, phones(1), "sandbox", once="click")
    for claim in claims(store):
        store.outbox.record_accepted(claim, "795938", 1, 9)
    assert store.lists.texted_lately([make_list(store, phones(1))], 7) == 0
    assert store.reviewing.sent_before([1], "hi") == []


@pytest.mark.parametrize(
    ("numbers", "values", "error"),
    [
        (phones(1), {"姓名": ""}, "empty_field"),
        ([], {"姓名": "王"}, "no_recipients"),
        (["12"], {"姓名": "王"}, "bad_number"),
    ],
)
def test_a_test_that_cannot_be(numbers: list[str], values: dict[str, str], error: str, store: Store) -> None:
    with pytest.raises((BadRequest, TextRefused), match=error):
        store.test_sends.send("Test", "{{姓名}} hi", values, numbers, "sandbox", once="click")
    assert store.campaigns.all() == []


# --- what a review rests on ------------------------------------------------------------------------------------------


def test_the_settings_make_the_rules(store: Store) -> None:
    assert store.reviewing.rules().window == SendWindow()
    store.settings.set("send_window", ["10:00", "20:30"])
    store.settings.set("brands", ["好鄰居"])
    rules = store.reviewing.rules()
    assert (str(rules.window), rules.brands, rules.list_age) == ("10:00-20:30", ["好鄰居"], 90)


def test_the_same_text_to_the_same_list_is_found_again(store: Store) -> None:
    first = confirmed(store, phones(1), "sale")
    (list_id, _name), other = store.campaigns.get(first).lists[0], make_list(store, phones(1, 9), name="other")
    found = store.reviewing.sent_before([list_id, other], "sale")
    assert [(one.campaign, to_text(one.at)) for one in found] == [(first, store.campaigns.get(first).confirmed_at)]
    assert store.reviewing.sent_before([other], "sale") == store.reviewing.sent_before([list_id], "Sale") == []
    store.campaigns.cancel(first)
    assert store.reviewing.sent_before([list_id], "sale") == []


def test_the_same_text_to_the_same_people_is_found_however_it_is_dressed(store: Store) -> None:
    first = confirmed(store, phones(3), "Ｓale now")
    combined, few = make_list(store, phones(6), name="both"), make_list(store, phones(40), name="few")
    for text in ("Sale now", "Sale  now \n", "Sa\u200ble now"):
        assert [one.campaign for one in store.reviewing.sent_before([combined], text)] == [first]
    assert [one.campaign for one in store.reviewing.sent_before([], "Sale now", phones(1))] == [first]
    assert store.reviewing.sent_before([few], "Sale now") == store.reviewing.sent_before([], "Sale now") == []


def test_a_list_is_as_old_as_the_newest_file_in_it(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_list(store, phones(1), name="members")
    later = now() + timedelta(days=100, hours=1)
    monkeypatch.setattr("smsget.store.reviewing.now", lambda: later)
    assert store.reviewing.list_ages([made]) == [("members", 100)]


# --- templates -------------------------------------------------------------------------------------------------------


def test_a_template_gets_another_name_and_text(store: Store) -> None:
    for name in ("a", "b"):
        store.templates.save(name, "text")
    first = store.templates.all()[0]
    store.templates.change(first.id, " c ", "other")
    assert [(one.name, one.text) for one in store.templates.all()] == [("b", "text"), ("c", "other")]
    for name, error in (("b", "name_taken"), (" ", "name_missing")):
        with pytest.raises(BadRequest, match=error):
            store.templates.change(first.id, name, "x")
    store.templates.delete(first.id)
    store.templates.change(first.id, "c", "kept")
    assert [one.text for one in store.templates.all()] == ["text", "kept"]
