"""Batches without an answer, settled by what the store kept: points, receipts, late answers; and said in words."""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.campaigns import BatchState, CampaignState
from smsget.i18n import translations
from smsget.receipts import Receipt
from smsget.store import Batch, Claim, Lease, Store, now, to_text
from smsget.words import Words, sentences
from tests.builders import confirmed, make_list, phones

ME, ACCOUNT = "me", "sandbox"
ENGLISH = Words(translations("en"))


@pytest.fixture
def store(database: Path) -> Store:
    made = Store(database)
    moment = to_text(now())
    made.leases.take(Lease(ME, "host", 1, ACCOUNT, moment, moment, moment, False, {}), instead_of=None)
    return made


def rest(store: Store, points: int) -> int:
    """A reading while nothing is under way."""
    return store.credits.keep(ACCOUNT, points, at_rest=True)


def claim(store: Store) -> Claim:
    got = store.outbox.claim(ME, ACCOUNT)
    assert got is not None
    return got


def judge(store: Store, *points: int) -> dict[str, int]:
    return dict(store.evidence.judge(ACCOUNT, [rest(store, each) for each in points]))


def only(store: Store, campaign: int) -> Batch:
    (batch,) = store.campaigns.batches(campaign)
    return batch


def silent(store: Store, count: int = 250, *, code: str = "connection_lost", before: int | None = 1000) -> int:
    """A campaign whose one request had no answer."""
    if before is not None:
        rest(store, before)
    campaign = confirmed(store, phones(count))
    store.outbox.record_unknown(claim(store), code, {})
    return campaign


def told(store: Store, campaign: int) -> tuple[str, str]:
    settled = only(store, campaign).evidence["settlement"]
    return settled["verdict"], settled["why"]


def test_points_that_are_gone_exactly_make_it_accepted_and_are_accounted_for(store: Store) -> None:
    campaign = silent(store)
    assert store.evidence.waiting(ACCOUNT)
    assert judge(store, 750, 750) == {"charged": 1}
    after = store.campaigns.get(campaign)
    assert (after.state, after.counts["accepted"], after.credits_used) == (CampaignState.FINISHED, 250, 250)
    assert (told(store, campaign), only(store, campaign).sms_id) == (
        ("charged", "charged"),
        f"?{only(store, campaign).id}",
    )
    assert store.credits.unexplained(ACCOUNT) == []
    assert not store.evidence.waiting(ACCOUNT)
    assert store.receipts.summary(campaign).messages == 250, "they wait for their receipts"
    assert next(entry.action for entry in store.audit.all()) == "settled"


def test_unchanged_points_leave_the_decision_to_a_person(store: Store) -> None:
    campaign = silent(store)
    assert judge(store, 1000, 1000) == {"not_charged": 1}
    batch = only(store, campaign)
    assert (batch.state, told(store, campaign)) == (BatchState.UNKNOWN, ("not_charged", "not_charged"))
    assert "did not change (1,000 before and after)" in ENGLISH.evidence(batch.evidence)
    assert store.outbox.claim(ME, ACCOUNT) is None, "nothing is sent again by itself"
    store.campaigns.settle(campaign, 1, resend=True)
    assert len(claim(store).phones) == 250


def test_answers_in_between_are_explained_whatever_their_order(store: Store) -> None:
    rest(store, 10_000)
    campaign = confirmed(store, phones(1000))
    first, second, third, fourth = (claim(store) for _ in range(4))
    store.outbox.record_unknown(second, "connection_lost", {})
    store.outbox.record_accepted(fourth, "4", 250, 9000)
    store.outbox.record_accepted(first, "1", 250, 9750)
    store.outbox.record_accepted(third, "3", 250, 9250)
    assert judge(store, 9000, 9000) == {"charged": 1}
    assert store.campaigns.get(campaign).credits_used == 1000
    assert store.credits.unexplained(ACCOUNT) == []


@pytest.mark.parametrize(
    ("points", "why"),
    [((900, 900), "partial"), ((700, 700), "other_use"), ((1100, 1100), "topped_up"), ((1000, 900), "moving"),
     ((1000,), "no_reading_after")],
)  # fmt: skip
def test_what_leaves_room_is_unclear(store: Store, points: tuple[int, ...], why: str) -> None:
    campaign = silent(store)
    assert judge(store, *points) == {why: 1}
    assert (only(store, campaign).state, told(store, campaign)) == (BatchState.UNKNOWN, ("unclear", why))


def test_without_a_reading_before_nothing_can_be_told(store: Store) -> None:
    silent(store, before=None)
    assert judge(store, 750, 750) == {"no_reading_before": 1}


def test_several_silent_batches_are_one_question(store: Store) -> None:
    rest(store, 1000)
    campaign = confirmed(store, phones(500))
    for _ in range(2):
        store.outbox.record_unknown(claim(store), "connection_lost", {})
    assert judge(store, 750, 750) == {"several": 2}
    assert store.campaigns.get(campaign).counts["unknown"] == 500


def test_a_request_that_may_still_be_carried_out_clouds_the_next(store: Store) -> None:
    """The first timed out; the points that went later may be its own or the second's."""
    first = silent(store, code="read_timeout")
    assert judge(store, 1000, 1000) == {"not_charged": 1}
    second = confirmed(store, phones(250, 1000))
    store.outbox.record_unknown(claim(store), "connection_lost", {})
    assert judge(store, 750, 750) == {"several": 1}
    assert told(store, second)[0] == "unclear"
    assert told(store, first) == ("unclear", "later_change"), "and what was said of the first is withdrawn"


@pytest.mark.parametrize("code", ["read_timeout", "http_status", "connection_lost", "owner_died"])
def test_no_unanswered_request_is_ever_certainly_over(store: Store, code: str) -> None:
    """Also behind a proxy's 504 or a reset it may be carried out a moment later."""
    silent(store, code=code)
    judge(store, 1000, 1000)
    second = confirmed(store, phones(250, 1000))
    store.outbox.record_unknown(claim(store), "connection_lost", {})
    assert judge(store, 750, 750) == {"several": 1}
    assert only(store, second).state == BatchState.UNKNOWN


def test_points_of_a_batch_that_receipts_settled_are_not_given_to_another(store: Store) -> None:
    rest(store, 1000)
    first, second = confirmed(store, phones(250)), confirmed(store, phones(250, 1000))
    for _ in range(2):
        store.outbox.record_unknown(claim(store), "connection_lost", {})
    receipts(store, phones(250))
    assert store.evidence.match_receipts() == 1
    assert only(store, first).state == BatchState.ACCEPTED
    assert judge(store, 750, 750) == {"several": 1}
    assert only(store, second).state == BatchState.UNKNOWN, "its people have nothing, and nobody may forget them"


def test_a_request_that_an_older_program_left_behind_is_told_and_ends_no_engine(store: Store) -> None:
    campaign = silent(store)
    with sqlite3.connect(store.path) as conn:
        conn.execute("UPDATE attempt SET account = ''")
    assert judge(store, 750, 750) == {"no_reading_before": 1}
    assert only(store, campaign).state == BatchState.UNKNOWN


def test_a_slow_charge_withdraws_what_was_said(store: Store) -> None:
    campaign = silent(store)
    judge(store, 1000, 1000)
    rest(store, 750)
    store.evidence.doubt(ACCOUNT)
    assert told(store, campaign) == ("unclear", "later_change")


def test_another_program_on_the_account_makes_exact_points_no_proof(store: Store) -> None:
    rest(store, 2000)
    rest(store, 1000)  # gone, and nothing of ours was under way
    silent(store, before=None)
    assert judge(store, 750, 750) == {"shared": 1}


def test_a_batch_can_be_judged_anew(store: Store) -> None:
    campaign = silent(store)
    judge(store, 1000, 900)
    store.evidence.ask_again(campaign, 1)
    assert store.evidence.waiting(ACCOUNT)
    assert ENGLISH.evidence(only(store, campaign).evidence) == sentences.NOT_ASKED_YET
    assert judge(store, 1000, 1000) != {}


def test_a_late_answer_after_the_verdict_brings_the_real_id_and_counts_once(store: Store) -> None:
    rest(store, 1000)
    campaign = confirmed(store, phones(250))
    late = claim(store)
    moment = to_text(now())
    store.leases.take(Lease("next", "host", 2, ACCOUNT, moment, moment, moment, False, {}), instead_of=ME)
    store.outbox.recover("next")
    judge(store, 750, 750)
    store.outbox.record_accepted(late, "77", 250, 750)
    batch = only(store, campaign)
    assert (batch.state, batch.sms_id, store.campaigns.get(campaign).credits_used) == ("accepted", "77", 250)
    assert store.credits.unexplained(ACCOUNT) == []


# --- receipts -----------------------------------------------------------------------------------------------------


def receipts(store: Store, numbers: list[str], sms_id: str = "4711", *, minutes: int = 1) -> None:
    at = now().replace(microsecond=0) + timedelta(minutes=minutes)
    items = [Receipt(sms_id, phone, "$1", at, "DELIVRD", "delivered") for phone in numbers]
    store.receipts.keep_callback(b"x", "")
    waiting = store.receipts.waiting_callbacks()
    store.receipts.apply_callbacks([(waiting[0][0], items)])


def test_receipts_for_exactly_its_people_settle_a_batch(store: Store) -> None:
    campaign = silent(store, 3, before=None)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 1
    batch = only(store, campaign)
    assert (batch.state, batch.sms_id, batch.credits_used) == ("accepted", "4711", 3)
    summary = store.receipts.summary(campaign)
    assert (summary.messages, summary.delivered) == (3, 3)
    assert store.evidence.match_receipts() == 0


def test_receipts_give_a_batch_accepted_by_its_points_its_id(store: Store) -> None:
    campaign = silent(store)
    judge(store, 750, 750)
    receipts(store, phones(250))
    assert store.evidence.match_receipts() == 1
    assert only(store, campaign).sms_id == "4711"
    assert store.receipts.summary(campaign).delivered == 250


@pytest.mark.parametrize(
    ("numbers", "minutes"),
    [(phones(2), 1), (phones(4), 1), (phones(3), -10)],
    ids=["some of them", "somebody else too", "older than the request"],
)
def test_receipts_that_only_come_near_settle_nothing(store: Store, numbers: list[str], minutes: int) -> None:
    campaign = silent(store, 3, before=None)
    receipts(store, numbers, minutes=minutes)
    assert store.evidence.match_receipts() == 0
    assert only(store, campaign).state == BatchState.UNKNOWN


def test_some_receipts_are_shown_to_who_decides(store: Store) -> None:
    campaign = silent(store, 3, before=None)
    receipts(store, phones(2))
    store.evidence.match_receipts()
    assert "for 2 of its 3 people under the message id 4711" in ENGLISH.evidence(only(store, campaign).evidence)


def test_two_batches_to_the_same_people_cannot_share_one_proof(store: Store) -> None:
    for _ in range(2):
        silent(store, 3, before=None)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 0


def test_receipts_may_be_those_of_a_request_that_is_under_way(store: Store) -> None:
    campaign = silent(store, 3, before=None)
    confirmed(store, phones(3))
    claim(store)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 0
    assert only(store, campaign).state == BatchState.UNKNOWN


def test_receipts_end_a_send_again_that_has_not_begun(store: Store) -> None:
    campaign = silent(store, 3)
    judge(store, 1000, 1000)
    store.campaigns.settle(campaign, 1, resend=True)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 1
    assert store.outbox.claim(ME, ACCOUNT) is None, "they have it"


def test_points_and_receipts_that_contradict_each_other_are_a_persons_affair(store: Store) -> None:
    campaign = silent(store, 3)
    judge(store, 1000, 1000)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 0
    assert told(store, campaign) == ("unclear", "conflict")


def test_a_batch_that_was_left_is_accepted_when_its_receipts_come(store: Store) -> None:
    campaign = silent(store, 3, before=None)
    store.campaigns.settle(campaign, 1, resend=False)
    receipts(store, phones(3))
    assert store.evidence.match_receipts() == 1
    assert store.campaigns.get(campaign).counts["accepted"] == 3


# --- words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", sorted(sentences.VERDICTS))
def test_every_verdict_is_said_in_full(why: str) -> None:
    settled = {"why": why, "gap": 250, "quoted": 250, "silent": 2, "after": [{"at": "", "left": 750}]}
    said = ENGLISH.evidence({"settlement": settled})
    assert said
    assert "…" not in said
    assert "{" not in said


@given(st.dictionaries(st.sampled_from(["settlement", "receipts", "excerpt"]), st.dictionaries(
    st.sampled_from(["why", "gap", "quoted", "silent", "after", "people", "of", "sms_id"]),
    st.one_of(st.none(), st.integers(), st.sampled_from(["partial", "several", "x"])),
)))  # fmt: skip
def test_no_evidence_makes_words_fail(evidence: dict[str, Any]) -> None:
    settled = evidence.get("settlement")
    if settled:
        settled["after"] = []
    ENGLISH.evidence(evidence)


def test_the_address_of_this_computer_is_a_hint_and_no_promise() -> None:
    assert "192.168.1.7" in ENGLISH.address_hint({"local_address": "192.168.1.7"})
    assert ENGLISH.address_hint({}) == ""


def test_scheduled_batches_say_that_points_prove_nothing_yet(store: Store) -> None:
    rest(store, 1000)
    campaign = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(3))], schedule="gateway", send_at=now() + timedelta(days=1)
    )
    store.campaigns.confirm(campaign, ACCOUNT)
    store.outbox.record_unknown(claim(store), "connection_lost", {})
    assert judge(store, 1000, 1000) == {"scheduled": 1}
