"""When a campaign may send: its window, its pace, its grace; whom an account's stop holds."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, time, timedelta

import pytest

from smsget.campaigns import CampaignState, Pace, SendWindow
from smsget.errors import BadRequest, StateError
from smsget.store import Lease, Store, Tempo, now, to_text
from smsget.store import campaigns as campaigns_module
from smsget.store import outbox as outbox_module
from tests.builders import confirmed, make_list, phones

ME = "me"
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Taipei, a Sunday
DAYTIME = SendWindow(time(9), time(21))


class Clock:
    """The store's clock, to be set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = NOON
        for module in (outbox_module, campaigns_module):
            monkeypatch.setattr(module, "now", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture(autouse=True)
def leased(store: Store) -> None:
    moment = to_text(now())
    store.leases.take(Lease(ME, "host", 1, "sandbox", moment, moment, moment, False, {}), instead_of=None)


def campaign(store: Store, count: int, tempo: Tempo, start: int = 0) -> int:
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(count, start))], tempo=tempo)
    store.campaigns.confirm(draft, "sandbox")
    return draft


def claimed(store: Store, most: int = 8) -> list[int]:
    """Campaign and size of each batch that may leave now."""
    return [len(one.phones) for one in store.outbox.claim_many(ME, "sandbox", most)]


def test_a_draft_keeps_its_tempo_and_a_confirmed_campaign_shows_it(store: Store) -> None:
    tempo = Tempo(SendWindow(time(9, 30), time(18), frozenset({0, 4})), Pace(500), 7200)
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], tempo=tempo)
    assert store.campaigns.get(draft).tempo == tempo
    store.campaigns.change_draft(draft, "c", "hi", [])
    assert store.campaigns.get(draft).tempo == Tempo()
    with pytest.raises(BadRequest, match="bad_grace"):
        Tempo(grace_s=-1)


def test_outside_its_window_nothing_of_a_campaign_leaves_and_others_go_on(store: Store, clock: Clock) -> None:
    clock.at = NOON + timedelta(hours=8, minutes=58)
    held = campaign(store, 3, Tempo(DAYTIME))
    clock.at = NOON + timedelta(hours=9)  # 21:00, when it has just closed
    assert claimed(store) == []
    assert not store.outbox.has_due("sandbox")
    other = confirmed(store, phones(5, 100))
    assert claimed(store) == [5]
    waiting = store.campaigns.get(held)
    assert (waiting.state, waiting.waits_until) == (CampaignState.SENDING, "2026-11-23T01:00:00.000Z")
    assert store.campaigns.get(other).waits_until is None
    assert store.outbox.has_work("sandbox"), "the engine stays for it"
    clock.at = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert claimed(store) == [3]


def test_what_smsget_holds_until_its_time_is_handed_over_at_any_hour(store: Store, clock: Clock) -> None:
    clock.at = NOON + timedelta(hours=12)
    draft = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(3))], schedule="gateway", send_at=NOON + timedelta(days=1),
        tempo=Tempo(DAYTIME),
    )  # fmt: skip
    store.campaigns.confirm(draft, "sandbox")
    assert claimed(store) == [3]


def test_five_hundred_an_hour_are_a_batch_every_half_hour(store: Store, clock: Clock) -> None:
    campaign(store, 700, Tempo(pace=Pace(500)))
    sizes = []
    for _ in range(3):
        sizes += claimed(store)
        assert claimed(store) == []
        clock.at += timedelta(minutes=29, seconds=59)
        assert claimed(store) == []
        clock.at += timedelta(seconds=1)
    assert sizes == [250, 250, 200]


def test_a_slow_pace_makes_small_batches_and_the_price_stays(store: Store, clock: Clock) -> None:
    slow = campaign(store, 100, Tempo(pace=Pace(60)))
    assert [batch.recipients for batch in store.campaigns.batches(slow)] == [30, 30, 30, 10]
    assert sum(batch.credits_quoted or 0 for batch in store.campaigns.batches(slow)) == 100
    assert claimed(store) == [30]
    clock.at += timedelta(minutes=30)
    assert claimed(store) == [30]


def test_a_pace_holds_only_its_own_campaign(store: Store, clock: Clock) -> None:
    campaign(store, 500, Tempo(pace=Pace(500)))
    confirmed(store, phones(500, 1000))
    assert claimed(store) == [250, 250, 250]


def test_time_that_was_not_used_is_given_back(store: Store, clock: Clock) -> None:
    campaign(store, 300, Tempo(pace=Pace(500)))
    (one,) = store.outbox.claim_many(ME, "sandbox", 1)
    store.outbox.record_not_sent(one, "connect")
    assert claimed(store) == [250]


def test_a_clock_that_was_wrong_delays_nothing_for_long(store: Store, clock: Clock) -> None:
    clock.at = NOON + timedelta(days=365)
    campaign(store, 500, Tempo(pace=Pace(500)))
    assert claimed(store) == [250]
    clock.at = NOON
    assert claimed(store) == [250]


@pytest.mark.parametrize(("late_s", "grace_s", "state"), [
    (3500, None, "sending"), (3700, None, "paused"), (50, 60, "sending"), (70, 60, "paused"), (1, 0, "paused"),
    (80_000, 86_400, "sending"),
])  # fmt: skip
def test_grace_says_how_late_a_campaign_may_begin(
    store: Store, clock: Clock, late_s: int, grace_s: int | None, state: str
) -> None:
    at = NOON + timedelta(minutes=1)
    draft = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at, tempo=Tempo(grace_s=grace_s)
    )
    store.campaigns.confirm(draft, "sandbox")
    clock.at = at + timedelta(seconds=late_s)
    assert store.outbox.start_due("sandbox") == (state == "sending")
    found = store.campaigns.get(draft)
    assert (found.state, found.reason) == (state, "late" if state == "paused" else "")


EVENING = NOON + timedelta(hours=11, minutes=30)  # 23:30, when the window is shut
OPENING = NOON + timedelta(hours=21)  # 09:00 the day after


@pytest.mark.parametrize(("begun", "back", "late"), [
    (EVENING, OPENING, False),
    (EVENING, OPENING + timedelta(minutes=55), False),
    (EVENING, OPENING + timedelta(minutes=65), True),
    (EVENING, OPENING + timedelta(days=17), True),
    (EVENING, EVENING + timedelta(days=17), True),  # shut then, too: it asks as soon as somebody can answer
    (NOON, NOON + timedelta(minutes=55), False),
    (NOON, NOON + timedelta(hours=3), True),
    (NOON + timedelta(hours=8, minutes=58), OPENING, False),  # two minutes before it shuts: missed nothing
    (NOON + timedelta(hours=8, minutes=30), OPENING, True),
    (NOON + timedelta(hours=8, minutes=58), OPENING + timedelta(days=1), True),
])  # fmt: skip
def test_an_opening_missed_by_more_than_the_grace_asks_first(
    store: Store, clock: Clock, begun: datetime, back: datetime, late: bool
) -> None:
    clock.at = begun
    held = campaign(store, 3, Tempo(DAYTIME))
    clock.at = back
    assert claimed(store) == ([] if late else [3])
    found = store.campaigns.get(held)
    assert (found.state, found.reason) == (("paused", "late") if late else ("sending", ""))
    if late:
        store.campaigns.resume(held)
        clock.at = DAYTIME.next_opening(back)
        assert claimed(store) == [3], "a person's word counts"


def test_the_engine_asks_about_a_missed_opening_before_it_sends_anything(store: Store, clock: Clock) -> None:
    held = campaign(store, 3, Tempo(DAYTIME))
    clock.at = NOON + timedelta(hours=12)
    assert store.outbox.start_due("sandbox") == 0
    assert store.campaigns.get(held).reason == "late"


def test_a_campaign_in_time_whose_hours_are_over_asks_in_place_of_going_out_the_next_day(
    store: Store, clock: Clock
) -> None:
    at = NOON + timedelta(hours=8, minutes=30)
    lists = [make_list(store, phones(1))]
    drafts = [
        store.campaigns.draft("c", "hi", lists, schedule="here", send_at=at, tempo=Tempo(DAYTIME, grace_s=grace))
        for grace in (None, 86_400)
    ]
    for draft in drafts:
        store.campaigns.confirm(draft, "sandbox")
    clock.at = at + timedelta(minutes=45)
    assert store.outbox.start_due("sandbox") == 1
    assert [store.campaigns.get(each).reason for each in drafts] == ["late", ""]
    clock.at = OPENING
    assert claimed(store) == [1]


def test_a_time_outside_its_hours_is_kept_by_the_next_opening(store: Store, clock: Clock) -> None:
    draft = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(1))], schedule="here", send_at=EVENING, tempo=Tempo(DAYTIME)
    )
    store.campaigns.confirm(draft, "sandbox")
    clock.at = OPENING + timedelta(minutes=5)
    assert store.outbox.start_due("sandbox") == 1
    assert claimed(store) == [1]


def test_a_turn_of_the_pace_missed_by_more_than_the_grace_asks_first(store: Store, clock: Clock) -> None:
    slow = campaign(store, 700, Tempo(pace=Pace(500)))
    assert claimed(store) == [250]
    clock.at += timedelta(minutes=30 + 55)
    assert claimed(store) == [250]
    clock.at += timedelta(minutes=30 + 70)
    assert claimed(store) == []
    assert (store.campaigns.get(slow).state, store.campaigns.get(slow).reason) == ("paused", "late")
    store.campaigns.resume(slow)
    assert claimed(store) == [200]


def test_what_was_held_here_and_began_in_time_asks_before_its_rest_goes_out_days_later(
    store: Store, clock: Clock
) -> None:
    draft = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(300))], schedule="here", send_at=NOON + timedelta(minutes=1)
    )
    store.campaigns.confirm(draft, "sandbox")
    clock.at += timedelta(minutes=1)
    store.outbox.start_due("sandbox")
    assert claimed(store, 1) == [250]
    clock.at += timedelta(days=17)
    assert claimed(store) == []
    assert store.campaigns.get(draft).reason == "late"


def test_waiting_for_other_campaigns_makes_nobody_late(store: Store, clock: Clock) -> None:
    confirmed(store, phones(250 * 60))
    held = campaign(store, 3, Tempo(SendWindow(time(0), time(0))), 20_000)
    for _ in range(59):
        assert claimed(store, 1) == [250]
        clock.at += timedelta(minutes=2)
    assert claimed(store, 2) == [250, 3]
    assert store.campaigns.get(held).reason == ""


def test_sending_a_batch_again_days_later_is_not_late(store: Store, clock: Clock) -> None:
    held = campaign(store, 3, Tempo(DAYTIME))
    (one,) = store.outbox.claim_many(ME, "sandbox", 1)
    store.outbox.record_unknown(one, "read_timeout", {})
    clock.at += timedelta(days=3)
    store.campaigns.settle(held, 1, resend=True)
    assert claimed(store) == [3]


def test_time_given_back_does_not_make_a_campaign_late(store: Store, clock: Clock) -> None:
    held = campaign(store, 600, Tempo(pace=Pace(500)))
    sizes = []
    for _ in range(3):
        (one,) = store.outbox.claim_many(ME, "sandbox", 1)
        sizes.append(len(one.phones))
        clock.at += timedelta(minutes=40)
    store.outbox.record_not_sent(one, "connect")
    assert sizes == [250, 250, 100]
    assert (claimed(store), store.campaigns.get(held).reason) == ([100], "")


@pytest.mark.parametrize(("own", "opens"), [
    (Tempo(), OPENING + timedelta(hours=1)),
    (Tempo(SendWindow(time(11), time(12))), OPENING + timedelta(hours=2)),
])  # fmt: skip
def test_what_missed_its_time_at_smsget_goes_out_within_hours_when_resumed(
    store: Store, clock: Clock, own: Tempo, opens: datetime
) -> None:
    store.settings.set("send_window", ["10:00", "20:00"])
    draft = store.campaigns.draft(
        "c", "hi", [make_list(store, phones(3))], schedule="gateway", send_at=NOON + timedelta(hours=1), tempo=own
    )
    store.campaigns.confirm(draft, "sandbox")
    store.campaigns.pause(draft)
    clock.at = EVENING
    store.campaigns.resume(draft)
    assert claimed(store) == []
    assert store.campaigns.get(draft).waits_until == to_text(opens)
    clock.at = opens
    (one,) = store.outbox.claim_many(ME, "sandbox", 1)
    assert one.at is None


def test_a_campaign_held_here_can_be_moved_until_it_begins(store: Store, clock: Clock) -> None:
    at = NOON + timedelta(hours=1)
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    store.campaigns.confirm(draft, "sandbox")
    store.campaigns.reschedule(draft, NOON + timedelta(hours=3))
    clock.at = NOON + timedelta(hours=2)
    assert store.outbox.start_due("sandbox") == 0
    with pytest.raises(BadRequest, match="time_passed"):
        store.campaigns.reschedule(draft, NOON)
    clock.at = NOON + timedelta(hours=3)
    assert store.outbox.start_due("sandbox") == 1
    with pytest.raises(StateError):
        store.campaigns.reschedule(draft, NOON + timedelta(hours=9))
    assert store.audit.all()[0].action == "reschedule"


def test_a_late_campaign_can_be_given_another_time(store: Store, clock: Clock) -> None:
    at = NOON + timedelta(hours=1)
    draft = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    store.campaigns.confirm(draft, "sandbox")
    clock.at = at + timedelta(hours=5)
    store.outbox.start_due("sandbox")
    store.campaigns.reschedule(draft, clock.at + timedelta(hours=1))
    assert store.campaigns.get(draft).state == CampaignState.SCHEDULED


# --- stops of an account ------------------------------------------------------------------------------------------


def test_three_silent_requests_in_a_row_stop_many_small_campaigns_together(store: Store) -> None:
    campaigns = [confirmed(store, phones(1, 10 * n), f"text {n}") for n in range(6)]
    elsewhere = confirmed(store, phones(1, 900), account="other")
    for _ in range(3):
        (one,) = store.outbox.claim_many(ME, "sandbox", 1)
        store.outbox.record_unknown(one, "read_timeout", {})
    states = Counter((str(store.campaigns.get(each).state), store.campaigns.get(each).reason) for each in campaigns)
    assert states == {("unsettled", ""): 3, ("paused", "three_unknown"): 3}
    assert store.campaigns.get(elsewhere).state == CampaignState.SENDING
    assert store.campaigns.resume_account("sandbox") == 3
    (one,) = store.outbox.claim_many(ME, "sandbox", 1)
    store.outbox.record_unknown(one, "read_timeout", {})
    assert store.outbox.has_due("sandbox"), "a resume counts afresh"


def test_an_answer_in_between_counts_afresh(store: Store) -> None:
    for n in range(8):
        confirmed(store, phones(1, 10 * n), f"text {n}")
    for outcome in ("unknown", "unknown", "accepted", "unknown", "unknown"):
        (one,) = store.outbox.claim_many(ME, "sandbox", 1)
        if outcome == "accepted":
            store.outbox.record_accepted(one, "1", 1, 0)
        else:
            store.outbox.record_unknown(one, "read_timeout", {})
    assert store.outbox.has_due("sandbox")
