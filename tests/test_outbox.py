"""At most once: a batch has one outcome, only a person sends an unknown one again, and the counts always add up."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from smsget.campaigns import BatchState, CampaignState
from smsget.errors import StateError
from smsget.store import Claim, Lease, ReportFilter, Store, from_text, now, to_text
from smsget.store import campaigns as campaigns_module
from smsget.store import outbox as outbox_module
from tests.builders import confirmed, make_list, phones

ME, OTHER = "me", "other"


def hold_lease(store: Store, owner: str) -> None:
    current = store.leases.current()
    moment = to_text(now())
    lease = Lease(owner, "host", 1, "sandbox", moment, moment, to_text(now() + timedelta(seconds=60)), False, {})
    assert store.leases.take(lease, instead_of=current.owner if current else None)


@pytest.fixture
def store(database: Path) -> Store:
    made = Store(database)
    hold_lease(made, ME)
    return made


def claim(store: Store, owner: str = ME) -> Claim:
    got = store.outbox.claim(owner, "sandbox")
    assert got is not None
    return got


def states(store: Store, campaign: int) -> list[str]:
    return [str(batch.state) for batch in store.campaigns.batches(campaign)]


def test_a_batch_is_committed_as_sending_before_anybody_has_it(store: Store) -> None:
    campaign = confirmed(store, phones(300))
    got = claim(store)
    assert states(Store(store.path), campaign) == ["sending", "queued"]
    assert (len(got.phones), got.text, got.attempt, got.at) == (250, "hi", 1, None)
    assert len(claim(store).phones) == 50
    assert store.outbox.claim(ME, "sandbox") is None


def test_a_campaign_is_sent_by_its_own_account_only(store: Store) -> None:
    confirmed(store, phones(1), account="sandbox")
    assert store.outbox.claim(ME, "acme@sms-get.com") is None
    assert claim(store).account == "sandbox"


def test_who_lost_the_lease_gets_nothing(store: Store) -> None:
    confirmed(store, phones(1))
    hold_lease(store, OTHER)
    assert store.outbox.claim(ME, "sandbox") is None
    assert store.outbox.recover(ME) == 0
    claim(store, OTHER)


def test_a_dead_owners_batch_becomes_unknown_and_stays_so(store: Store) -> None:
    campaign = confirmed(store, phones(300))
    claim(store)
    hold_lease(store, OTHER)
    assert store.outbox.recover(OTHER) == 250
    assert states(store, campaign) == ["unknown", "queued"]
    claim(store, OTHER)
    assert store.outbox.claim(OTHER, "sandbox") is None
    assert store.campaigns.batches(campaign)[0].code == "owner_died"


def test_the_late_answer_of_a_frozen_engine_settles_its_batch(store: Store) -> None:
    campaign = confirmed(store, phones(2))
    late = claim(store)
    hold_lease(store, OTHER)
    store.outbox.recover(OTHER)
    assert store.campaigns.get(campaign).state == CampaignState.UNSETTLED
    store.outbox.record_accepted(late, "77", 2, 98)
    after = store.campaigns.get(campaign)
    assert (after.state, after.counts["accepted"], after.credits_used) == (CampaignState.FINISHED, 2, 2)


def test_a_late_answer_never_overwrites_a_newer_attempt(store: Store) -> None:
    campaign = confirmed(store, phones(2))
    late = claim(store)
    hold_lease(store, OTHER)
    store.outbox.recover(OTHER)
    store.campaigns.settle(campaign, 1, resend=True)
    again = claim(store, OTHER)
    store.outbox.record_unknown(late, "read_timeout", {})
    store.outbox.record_accepted(late, "77", 2, 98)
    assert states(store, campaign) == ["sending"]
    store.outbox.record_accepted(again, "78", 2, 96)
    assert store.campaigns.batches(campaign)[0].sms_id == "78"
    assert [entry.action for entry in store.audit.all() if entry.actor == "engine"] == ["late_answer"] * 2
    assert [reading.credits for reading in store.credits.history("sandbox")] == [96, 98], "every answer is kept"


def unknown_then_again(store: Store) -> tuple[int, Claim]:
    """A campaign whose batch a person sends again, and the claim of its first request, whose answer may still come."""
    campaign = confirmed(store, phones(3))
    late = claim(store)
    hold_lease(store, OTHER)
    store.outbox.recover(OTHER)
    store.campaigns.settle(campaign, 1, resend=True)
    return campaign, late


def test_a_late_acceptance_ends_a_resend_that_has_not_begun(store: Store) -> None:
    campaign, late = unknown_then_again(store)
    store.outbox.record_accepted(late, "77", 3, 97)
    assert store.outbox.claim(OTHER, "sandbox") is None
    assert store.campaigns.get(campaign).state == CampaignState.FINISHED


def test_what_may_have_gone_out_is_never_called_unsent(store: Store) -> None:
    cancelled, _ = unknown_then_again(store)
    store.campaigns.cancel(cancelled)
    assert states(store, cancelled) == ["left"]
    hold_lease(store, ME)
    suppressed, _ = unknown_then_again(store)
    store.suppression.add(phones(3))
    assert store.outbox.claim(OTHER, "sandbox") is None
    after = store.campaigns.get(suppressed)
    assert (after.counts["left"], after.counts["suppressed"], after.state) == (3, 0, CampaignState.FINISHED)


def test_both_charges_of_a_batch_sent_twice_are_counted(store: Store) -> None:
    campaign, late = unknown_then_again(store)
    again = claim(store, OTHER)
    store.outbox.record_accepted(late, "77", 3, 97)
    store.outbox.record_accepted(again, "78", 3, 94)
    assert store.campaigns.get(campaign).credits_used == 6


def test_a_charge_without_an_answer_is_noticed(store: Store) -> None:
    confirmed(store, phones(750))
    store.credits.keep("sandbox", 100_000, at_rest=True)
    for left in (99_750, 99_250, 99_000):  # 250 were taken for a request whose answer was lost
        store.outbox.record_accepted(claim(store), str(left), 250, left)
    assert [each.change for each in store.credits.unexplained("sandbox")] == [-250]


def test_a_campaign_of_another_account_waits_for_a_person(store: Store) -> None:
    mine, other = confirmed(store, phones(1)), confirmed(store, phones(1, 5), account="acme@sms-get.com")
    store.outbox.stop_others("sandbox")
    assert store.campaigns.get(mine).state == CampaignState.SENDING
    assert (store.campaigns.get(other).state, store.campaigns.get(other).reason) == ("paused", "other_account")


def test_a_campaign_that_is_late_by_more_than_an_hour_asks_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at = now() + timedelta(minutes=1)
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    monkeypatch.setattr(outbox_module, "now", lambda: at + timedelta(hours=2))
    assert store.outbox.start_due("sandbox") == 0
    assert (store.campaigns.get(campaign).state, store.campaigns.get(campaign).reason) == ("paused", "late")


def test_the_rest_of_a_campaign_whose_time_at_the_gateway_passed_goes_out_when_resumed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now() + timedelta(minutes=1)
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(300))], schedule="gateway", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    assert claim(store).at is not None
    store.outbox.record_refused(claim(store), "003")
    monkeypatch.setattr(campaigns_module, "now", lambda: at + timedelta(minutes=1))
    store.settings.set("send_window", ["00:00", "00:00"])
    store.campaigns.resume(campaign)
    assert claim(store).at is None


def test_not_sent_goes_back_to_the_queue(store: Store) -> None:
    campaign = confirmed(store, phones(1))
    store.outbox.record_not_sent(claim(store), "connect")
    assert states(store, campaign) == ["queued"]
    assert claim(store).attempt == 2


@pytest.mark.parametrize("code", ["005", "006", "009", "010"])
def test_a_refusal_of_the_account_stops_all_its_campaigns(store: Store, code: str) -> None:
    first, second = confirmed(store, phones(300)), confirmed(store, phones(1, 500))
    elsewhere = confirmed(store, phones(1, 600), account="other")
    store.outbox.record_refused(claim(store), code)
    assert [(store.campaigns.get(c).state, store.campaigns.get(c).reason) for c in (first, second)] == [
        ("paused", code)
    ] * 2
    assert store.campaigns.get(elsewhere).state == CampaignState.SENDING
    assert store.outbox.claim(ME, "sandbox") is None
    store.campaigns.resume(first)
    assert states(store, first) == ["queued", "queued"]


@pytest.mark.parametrize("code", ["001", "002", "003", "004"])
def test_a_refusal_of_the_text_stops_its_campaign_alone(store: Store, code: str) -> None:
    first, second = confirmed(store, phones(300)), confirmed(store, phones(1, 500))
    store.outbox.record_refused(claim(store), code)
    assert store.campaigns.get(first).reason == code
    assert store.campaigns.get(second).state == CampaignState.SENDING


def test_three_unknown_in_a_row_pause_and_a_resume_counts_afresh(store: Store) -> None:
    campaign = confirmed(store, phones(250 * 8))
    for expected in ("sending", "sending", "paused"):
        store.outbox.record_unknown(claim(store), "read_timeout", {})
        assert store.campaigns.get(campaign).state == expected
    assert store.campaigns.get(campaign).reason == "three_unknown"
    store.campaigns.resume(campaign)
    for _ in range(2):
        store.outbox.record_unknown(claim(store), "read_timeout", {})
    store.outbox.record_accepted(claim(store), "1", 250, 0)
    store.outbox.record_unknown(claim(store), "read_timeout", {})
    assert store.campaigns.get(campaign).state == CampaignState.SENDING


def test_settling(store: Store) -> None:
    campaign = confirmed(store, phones(500))
    for _ in range(2):
        store.outbox.record_unknown(claim(store), "read_timeout", {})
    assert store.campaigns.get(campaign).state == CampaignState.UNSETTLED
    store.campaigns.settle(campaign, 1, resend=False)
    store.campaigns.settle(campaign, 2, resend=True)
    assert states(store, campaign) == ["left", "queued"]
    assert store.campaigns.get(campaign).state == CampaignState.SENDING
    with pytest.raises(StateError):
        store.campaigns.settle(campaign, 1, resend=True)
    store.outbox.record_accepted(claim(store), "1", 250, 0)
    assert store.campaigns.get(campaign).state == CampaignState.FINISHED


def test_cancelling_lets_what_is_in_flight_end_and_sends_nothing_more(store: Store) -> None:
    campaign = confirmed(store, phones(750))
    accepted, not_sent = claim(store), claim(store)
    assert store.campaigns.cancel(campaign) == 250
    store.outbox.record_accepted(accepted, "1", 250, 0)
    store.outbox.record_not_sent(not_sent, "connect")
    assert states(store, campaign) == ["accepted", "cancelled", "cancelled"]
    assert store.outbox.claim(ME, "sandbox") is None


def test_who_refuses_after_confirming_is_left_out_when_the_batch_is_claimed(store: Store) -> None:
    campaign = confirmed(store, phones(252))
    store.suppression.add([*phones(1), *phones(2, 250)])
    got = claim(store)
    assert len(got.phones) == 249
    assert phones(1)[0] not in got.phones
    assert store.outbox.claim(ME, "sandbox") is None, "the second batch became empty"
    store.outbox.record_accepted(got, "1", 249, 0)
    after = store.campaigns.get(campaign)
    assert (after.counts["accepted"], after.counts["suppressed"], after.state) == (249, 3, CampaignState.FINISHED)
    assert [batch.credits_quoted for batch in store.campaigns.batches(campaign)] == [249, 0]


def test_who_was_texted_lately_is_left_out_at_confirm_and_at_claim(store: Store) -> None:
    first = confirmed(store, phones(3))
    got = claim(store)
    store.suppression.add(phones(1, 9))
    second = confirmed(store, phones(10), skip_days=7)
    assert store.campaigns.get(second).recipients == 6
    assert store.campaigns.get(second).left_out == {"suppressed": 1, "texted": 3}
    third = confirmed(store, phones(12), skip_days=7)
    store.outbox.record_accepted(got, "1", 3, 0)
    store.outbox.record_accepted(claim(store), "2", 6, 0)
    store.suppression.add(phones(1, 10))
    last = claim(store)
    assert (last.campaign_id, last.phones) == (third, phones(1, 11))
    store.outbox.record_accepted(last, "3", 1, 0)
    after = store.campaigns.get(third)
    assert {name: count for name, count in after.counts.items() if count} == {
        "accepted": 1, "suppressed": 1, "skipped": 6
    }  # fmt: skip
    assert (after.recipients, after.state, store.campaigns.batches(third)[0].credits_quoted) == (8, "finished", 1)
    assert store.campaigns.get(first).counts["accepted"] == 3


def test_a_batch_that_nobody_is_left_of_says_why(store: Store) -> None:
    whole = [confirmed(store, phones(3), skip_days=days) for days in (7, 7, None)]
    mixed = confirmed(store, phones(4), skip_days=7)
    store.outbox.record_accepted(claim(store), "1", 3, 0)
    claim(store)  # of the third, which skips nobody
    store.suppression.add(phones(1, 3))
    assert store.outbox.claim(ME, "sandbox") is None
    codes = [store.campaigns.batches(campaign)[0].code for campaign in (*whole, mixed)]
    assert codes == ["", "skipped", "", "left_out"]
    rows = store.receipts.page(ReportFilter(campaign_id=whole[1]))
    assert {row.outcome for row in rows} == {"skipped"}


def test_a_campaign_is_no_reason_to_skip_its_own_people(store: Store) -> None:
    campaign = confirmed(store, phones(300), skip_days=7)
    store.outbox.record_accepted(claim(store), "1", 250, 0)
    store.outbox.record_unknown(claim(store), "read_timeout", {})
    store.campaigns.settle(campaign, 2, resend=True)
    assert len(claim(store).phones) == 50
    assert store.campaigns.get(campaign).counts["skipped"] == 0


def test_who_may_have_got_it_is_not_counted_as_skipped(store: Store) -> None:
    """A person sends a batch again, and everybody in it was texted by another campaign meanwhile."""
    campaign = confirmed(store, phones(3), skip_days=7)
    store.outbox.record_unknown(claim(store), "read_timeout", {})
    confirmed(store, phones(3))
    store.outbox.record_accepted(claim(store), "1", 3, 0)
    store.campaigns.settle(campaign, 1, resend=True)
    assert store.outbox.claim(ME, "sandbox") is None
    after = store.campaigns.get(campaign)
    assert (after.counts["left"], after.counts["skipped"], after.state) == (3, 0, CampaignState.FINISHED)


def test_a_scheduled_campaign_begins_when_it_is_due(store: Store) -> None:
    at = from_text(to_text(now() + timedelta(milliseconds=900)))  # whole milliseconds, as the database has them
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    assert store.outbox.has_work("sandbox")
    while now() < at:
        assert store.campaigns.get(campaign).state == CampaignState.SCHEDULED
        store.outbox.start_due("sandbox")
    store.outbox.start_due("sandbox")
    assert claim(store).at is None


def test_a_campaign_scheduled_at_the_gateway_carries_its_time(store: Store) -> None:
    at = (now() + timedelta(hours=1)).replace(microsecond=0)
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="gateway", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    assert claim(store).at == at


class AtMostOnce(RuleBasedStateMachine):
    """Any order of claims, outcomes, crashes and decisions: nobody is handed out twice without a person's word."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.store = Store(Path(self.folder.name) / "smsget.db")
        self.owners = 0
        self.in_flight: list[Claim] = []
        self.left: Counter[tuple[int, str]] = Counter()  # campaign and number: requests that left this computer
        self.allowed: Counter[tuple[int, str]] = Counter()  # how often each may have
        self.handed: dict[int, list[str]] = {}  # the numbers of a batch's last request
        self.sms_id = 0
        self.points = 1_000_000
        self.charged: dict[tuple[int, int], bool] = {}  # of requests without an answer: batch and attempt
        self.judged: set[tuple[int, int]] = set()

    @initialize(audiences=st.lists(st.tuples(st.integers(1, 600), st.integers(0, 400), st.sampled_from([None, 7])),
                                   min_size=1, max_size=3))  # fmt: skip
    def begin(self, audiences: list[tuple[int, int, int | None]]) -> None:
        """Campaigns to people who may be the same; some leave out whoever was texted in the last days."""
        self.skips: dict[int, bool] = {}
        self.sizes: dict[int, int] = {}
        for size, start, skip_days in audiences:
            campaign = confirmed(self.store, phones(size, start), skip_days=skip_days)
            self.skips[campaign], self.sizes[campaign] = skip_days is not None, size
            self.allowed.update((campaign, phone) for phone in phones(size, start))
        self.restart()

    def restart(self) -> None:
        self.owners += 1
        hold_lease(self.store, f"owner {self.owners}")
        if not self.in_flight:
            self.store.credits.keep("sandbox", self.points, at_rest=True)

    @rule()
    def claim(self) -> None:
        got = self.store.outbox.claim(f"owner {self.owners}", "sandbox")
        if got is not None:
            if self.skips[got.campaign_id]:
                elsewhere = {
                    phone for (campaign, phone), count in self.left.items() if count and campaign != got.campaign_id
                }
                assert elsewhere.isdisjoint(got.phones), "texted by another campaign just now"
            self.in_flight.append(got)
            self.handed[got.batch_id] = got.phones
            self.count(got, 1)

    def count(self, got: Claim, requests: int) -> None:
        for phone in got.phones:
            self.left[got.campaign_id, phone] += requests

    @precondition(lambda self: self.in_flight)
    @rule(outcome=st.sampled_from(["accepted", "unknown", "001", "009"]), data=st.data())
    def answer(self, outcome: str, data: st.DataObject) -> None:
        got = self.in_flight.pop(data.draw(st.integers(0, len(self.in_flight) - 1)))
        if outcome == "accepted":
            self.sms_id += 1
            self.points -= len(got.phones)
            self.store.outbox.record_accepted(got, str(self.sms_id), len(got.phones), self.points)
        elif outcome == "unknown":
            self.fall_silent(got, data.draw(st.booleans()))
            self.store.outbox.record_unknown(got, "read_timeout", {})
        else:
            self.store.outbox.record_refused(got, outcome)
            self.count(got, -1)  # refused: nothing was sent

    @precondition(lambda self: self.in_flight)
    @rule()
    def no_byte_left(self) -> None:
        got = self.in_flight.pop()
        self.count(got, -1)
        self.store.outbox.record_not_sent(got, "connect")

    def fall_silent(self, got: Claim, charged: bool) -> None:
        self.charged[got.batch_id, got.attempt] = charged
        self.points -= len(got.phones) if charged else 0

    @rule(keeps_answers=st.booleans(), charged=st.booleans())
    def crash(self, keeps_answers: bool, charged: bool) -> None:
        """kill -9, or a freeze whose answers come late."""
        if not keeps_answers:
            for got in self.in_flight:
                self.fall_silent(got, charged)
            self.in_flight.clear()
        self.restart()
        self.store.outbox.recover(f"owner {self.owners}")

    @precondition(lambda self: not self.in_flight)
    @rule()
    def judge(self) -> None:
        """Nothing is under way: the points are asked twice, and what they say must be so."""
        readings = [self.store.credits.keep("sandbox", self.points, at_rest=True) for _ in range(2)]
        self.store.evidence.judge("sandbox", readings)
        for campaign in self.sizes:
            for batch in self.store.campaigns.batches(campaign):
                request = (batch.id, batch.attempt)
                settled = batch.evidence.get("settlement")
                if settled and request not in self.judged:
                    self.judged.add(request)
                    was_charged = self.charged[request]
                    assert settled["verdict"] != "charged" or was_charged
                    assert settled["verdict"] != "not_charged" or not was_charged

    @rule(data=st.data(), what=st.sampled_from(["pause", "resume", "resend", "leave"]))
    def person(self, data: st.DataObject, what: str) -> None:
        campaign = data.draw(st.sampled_from(sorted(self.skips)))
        try:
            if what in ("pause", "resume"):
                getattr(self.store.campaigns, what)(campaign)
                return
            unknown = self.store.campaigns.batches(campaign, states=[BatchState.UNKNOWN])
            if unknown:
                self.store.campaigns.settle(campaign, unknown[0].number, resend=what == "resend")
                if what == "resend":
                    self.allowed.update((campaign, phone) for phone in self.handed[unknown[0].id])
        except StateError:
            pass

    @invariant()
    def nobody_twice(self) -> None:
        assert not {each for each, count in self.left.items() if count > self.allowed[each]}

    @invariant()
    def nobody_forgotten(self) -> None:
        for campaign, size in getattr(self, "sizes", {}).items():
            got = self.store.campaigns.get(campaign)
            assert sum(got.counts.values()) == got.recipients == size

    def teardown(self) -> None:
        self.folder.cleanup()


AtMostOnce.TestCase.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestAtMostOnce = AtMostOnce.TestCase
