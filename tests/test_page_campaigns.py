"""The campaigns page: how a campaign stands, why it stopped, and every decision a person can take on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import ui
from pages.track import _decisions
from smsget.campaigns import BatchState, CampaignState, Pace, SendWindow
from smsget.export import csv_bytes
from smsget.store import Claim, Lease, Outcome, Store, Tempo, now, to_text
from tests.builders import confirmed, make_list, phones
from tests.pages import open_page

ME = "me"


pytestmark = pytest.mark.usefixtures("no_engine")


@pytest.fixture
def store(database: Path) -> Store:
    """A database in which this test holds the engine's lease: it decides what becomes of each batch."""
    made = Store(database)
    moment = to_text(now())
    lease = Lease(ME, "host", 1, "sandbox", moment, moment, to_text(now() + timedelta(seconds=60)), False, {})
    assert made.leases.take(lease, instead_of=None)
    return made


def opened(campaign: int | str | None = None) -> AppTest:
    """The page in a new session, of one campaign or of all."""
    return open_page("track/campaigns", **({} if campaign is None else {"campaign": str(campaign)}))


def outcome(store: Store, what: str) -> None:
    """Let the next batch be sent: `accepted`, `unknown`, or a code of SMS-Get."""
    claim = store.outbox.claim(ME, "sandbox")
    assert claim is not None
    if what == "accepted":
        store.outbox.record_accepted(claim, f"79{claim.batch_id}", len(claim.phones), 5000)
    elif what == "unknown":
        store.outbox.record_unknown(claim, "not_json", {"excerpt": "<b>502</b>"})
    else:
        store.outbox.record_refused(claim, what)


def keys(at: AppTest) -> set[str]:
    return {button.key for button in at.button}


def boxes(at: AppTest) -> str:
    """What the boxes say, without the marks that keep Markdown away."""
    told = [each.value for kind in (at.error, at.warning, at.info, at.success) for each in kind]
    return "\n".join(told).replace("\\", "").replace("\u2060", "")


def table(at: AppTest, first: str) -> dict[str, str]:
    """The little table that has a row of this name."""
    frames = [each.value for each in at.table]
    (frame,) = [frame for frame in frames if any(first in str(name) for name in frame.index)]
    return {str(name): str(value) for name, value in frame.iloc[:, 0].items()}


# --- all of them -----------------------------------------------------------------------------------------------------


def test_without_campaigns_it_says_what_to_do_next(store: Store) -> None:
    at = opened()
    assert "No campaign yet" in boxes(at)
    assert [link.label for link in at.page_link] == ["Write a text"]


def test_campaigns_are_listed_newest_first_with_their_state_and_points(store: Store) -> None:
    first = confirmed(store, phones(300))
    outcome(store, "accepted")
    outcome(store, "accepted")
    second = confirmed(store, phones(10, 500))
    at = opened()
    opens = [button.key for button in at.button if button.key.startswith("campaigns_open_")]
    assert opens == [f"campaigns_open_{second}", f"campaigns_open_{first}"]
    told = [caption.value for caption in at.caption if "points used" in caption.value]
    assert told[0].endswith("10 people · 0 of 10 points used")
    assert told[1].endswith("300 people · 300 of 300 points used")
    assert "Finished" in " ".join(each.value for each in at.markdown)
    at.button(key=opens[1]).click().run()
    assert at.query_params == {"campaign": str(first)}
    at.button(key="campaigns_all").click().run()
    assert not at.query_params


def test_more_campaigns_are_shown_on_wish(store: Store) -> None:
    for number in range(22):
        confirmed(store, phones(1, number))
    at = opened()
    assert sum(key.startswith("campaigns_open_") for key in keys(at)) == 20
    at.button(key="campaigns_more").click().run()
    assert sum(key.startswith("campaigns_open_") for key in keys(at)) == 22
    assert "campaigns_more" not in keys(at)


def test_drafts_are_apart_and_can_be_deleted(store: Store) -> None:
    kept = store.campaigns.draft("kept", "hello")
    thrown = store.campaigns.draft("", "")
    at = opened()
    assert [link.label for link in at.page_link if link.label == "Continue"] == ["Continue"] * 2
    at.button(key=f"campaigns_delete_{thrown}").click().run()
    assert [one.id for one in store.campaigns.all(states=[CampaignState.DRAFT])] == [kept]
    assert "The draft is deleted" in boxes(at)


@pytest.mark.parametrize("number", ["99", "x", "9" * 30])
def test_a_campaign_that_is_not_there_is_said(store: Store, number: str) -> None:
    assert f"no campaign {number}" in boxes(opened(number))


# --- one of them -----------------------------------------------------------------------------------------------------


def test_people_by_outcome_add_up(store: Store) -> None:
    """One batch of every kind, and somebody suppressed after confirming."""
    campaign = confirmed(store, phones(1250))
    store.suppression.add(phones(1))
    for what in ("accepted", "unknown", "004"):
        outcome(store, what)
    outcomes = table(opened(campaign), "Accepted")
    everybody = int(outcomes.pop("**All**").strip("*").replace(",", ""))
    assert outcomes == {
        "Accepted by SMS-Get": "249", "Waiting": "500", "Refused, not sent": "250", "Outcome unknown": "250",
        "On the suppression list, not sent": "1",
    }  # fmt: skip
    assert sum(map(int, outcomes.values())) == everybody == 1250


def test_points_quoted_and_used_stand_side_by_side(store: Store) -> None:
    campaign = confirmed(store, phones(251))
    outcome(store, "accepted")
    at = opened(campaign)
    figures = {metric.label: metric.value for metric in at.metric}
    assert figures["Points quoted"] == "251"
    assert figures["Points used"] == "250"
    assert at.progress[0].text == "250 of 251 people"
    rows = at.dataframe[0].value
    assert rows["state"].tolist() == ["Accepted by SMS-Get", "Waiting"]
    assert rows["used"].tolist() == ["250", "–"]


def test_batches_are_shown_fifty_at_a_time(store: Store) -> None:
    people = phones(120)
    lists = [make_list(store, [phone], name=phone, 姓名=phone) for phone in people]
    campaign = store.campaigns.draft("many", "{{姓名}}", lists)
    store.campaigns.confirm(campaign, "sandbox")
    at = opened(campaign)
    assert at.dataframe[0].value["batch"].tolist() == list(range(1, 51))
    at.get_by_key(f"campaigns_page_{campaign}").set_value(3).run()
    assert at.dataframe[0].value["batch"].tolist() == list(range(101, 121))


def test_somebody_elses_markdown_is_shown_as_it_is(store: Store) -> None:
    chosen = make_list(store, phones(1), name=":material/home: **x**")
    campaign = store.campaigns.draft("# :smile: [a](b)", "*hi* {not a field}", [chosen])
    store.campaigns.confirm(campaign, "sandbox")
    at = opened(campaign)
    assert at.subheader[0].value == ui.literal("# :smile: [a](b)")
    assert "*hi* {not a field}" in [text.value for text in at.text]
    assert table(at, "Lists")["Lists"] == ui.literal(":material/home: **x**")


@pytest.mark.parametrize(
    "text",
    [
        ":material/home:",
        ":smile:",
        "a:b:c",
        ":red[x]",
        "https://a.tw/x_y",
        "www.a.tw",
        "a@b.tw",
        "a->b",
        "<b>",
        "&amp;",
    ],
)
def test_what_streamlit_would_replace_is_broken_up_invisibly(text: str) -> None:
    shown = ui.literal(text)
    assert shown != text
    assert shown.replace("\\", "").replace("\u2060", "") == text


@pytest.mark.parametrize("text", ["會員名單 2026-11-22 09:30", "2026-11-22 09:30:15", "王小明", "a, b (c)"])
def test_ordinary_words_are_left_alone(text: str) -> None:
    assert ui.literal(text) == text


# --- steering --------------------------------------------------------------------------------------------------------


def test_pause_and_resume(store: Store) -> None:
    campaign = confirmed(store, phones(10))
    at = opened(campaign)
    at.button(key="campaigns_pause").click().run()
    assert store.campaigns.get(campaign).reason == "person"
    assert "Somebody paused it" in boxes(at)
    at.button(key="campaigns_resume").click().run()
    assert store.campaigns.get(campaign).state == CampaignState.SENDING


@pytest.mark.parametrize(
    ("code", "sentence", "link"),
    [
        ("009", "has not enough points", "To the points"),
        ("005", "does not know this account name", "To the settings"),
        ("004", "found the text too long", None),
    ],
)
def test_a_stopped_campaign_says_why_and_where_to_mend_it(
    store: Store, code: str, sentence: str, link: str | None
) -> None:
    campaign = confirmed(store, phones(10))
    outcome(store, code)
    at = opened(campaign)
    assert sentence in boxes(at)
    assert [each.label for each in at.page_link] == ([link] if link else [])
    assert at.progress[0].text == "0 of 10 people"
    at.button(key="campaigns_resume").click().run()
    assert store.campaigns.get(campaign).counts["queued"] == 10


def test_cancelling_says_first_who_will_not_get_it(store: Store) -> None:
    campaign = confirmed(store, phones(600))
    outcome(store, "accepted")
    at = opened(campaign)
    at.button(key="campaigns_cancel").click().run()
    told = [each.value for each in at.markdown]
    assert "350 people will not get the text." in told
    assert "250 people have it, or may get it still: that cannot be recalled." in told
    assert store.campaigns.get(campaign).state == CampaignState.SENDING
    at.button(key="campaigns_cancel_yes").click().run()
    assert store.campaigns.get(campaign).counts["cancelled"] == 350
    assert "350 people will not get the text" in boxes(at)
    assert not {"campaigns_pause", "campaigns_resume", "campaigns_cancel", "campaigns_cancel_yes"} & keys(at)
    assert at.progress[0].text == "Cancelled: SMS-Get accepted 250 of 600 people"
    assert at.progress[0].value == 41


def test_people_of_whom_nobody_knows_are_not_counted_as_done(store: Store) -> None:
    campaign = confirmed(store, phones(500))
    outcome(store, "accepted")
    outcome(store, "unknown")
    assert opened(campaign).progress[0].text == "250 of 500 people"


@pytest.mark.parametrize("steer", ["pause", "cancel"])
def test_who_comes_second_is_told_and_sees_how_it_stands(store: Store, steer: str) -> None:
    """Another window was faster: nothing is changed, and the page shows the present state."""
    campaign = confirmed(store, phones(10))
    at = opened(campaign)
    getattr(store.campaigns, steer)(campaign)
    at.button(key="campaigns_pause").click().run()
    assert "Nothing was changed" in at.error[0].value
    assert "campaigns_pause" not in keys(at)


def test_a_copy_is_a_new_draft_with_text_and_lists(store: Store) -> None:
    campaign = confirmed(store, phones(10), "hello")
    at = opened(campaign)
    at.button(key="campaigns_copy").click().run()
    (draft,) = store.campaigns.all(states=[CampaignState.DRAFT])
    assert at.query_params == {"draft": str(draft.id)}
    assert at.text_area(key="compose_text").value == "hello"
    assert [number for number, _ in draft.lists] == [number for number, _ in store.campaigns.get(campaign).lists]
    assert (draft.name, draft.schedule) == ("campaign (copy)", "now")


@pytest.mark.parametrize(("ahead", "schedule"), [(timedelta(days=1), "here"), (timedelta(days=-1), "now")])
def test_a_copy_keeps_a_time_that_is_still_ahead(ahead: timedelta, schedule: str, store: Store) -> None:
    at = now() + ahead
    campaign = store.campaigns.draft("a", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    _decisions_copy(store, campaign)
    (draft,) = [one for one in store.campaigns.all(states=[CampaignState.DRAFT]) if one.id != campaign]
    assert (draft.schedule, draft.send_at) == (schedule, to_text(at) if schedule == "here" else None)


def _decisions_copy(store: Store, campaign: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ui.store", lambda: store)
        patch.setattr("streamlit.switch_page", lambda *_, **__: None)
        _decisions.copy(store.campaigns.get(campaign))


def test_a_campaign_of_another_account_says_whom_it_waits_for(store: Store) -> None:
    campaign = confirmed(store, phones(1), account="acme@sms-get.com")
    assert "Set that account up again" in boxes(opened(campaign))
    assert "acme@sms-get.com" in boxes(opened(campaign))


def test_under_another_account_nothing_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither resumed nor sent again: it would wait for ever, and look as if somebody had seen to it."""
    campaign, again = confirmed(store, phones(10)), confirmed(store, phones(10, 500))
    outcome(store, "unknown")
    outcome(store, "unknown")
    store.campaigns.pause(again)
    monkeypatch.setenv("SMSGET_USERNAME", "acme")
    monkeypatch.setenv("SMSGET_PASSWORD", "p")
    ui.forget_account()
    at = opened(again)
    at.button(key="campaigns_resume").click().run()
    assert "was confirmed for the account sandbox" in at.error[0].value
    assert store.campaigns.get(again).state == CampaignState.PAUSED
    at = opened(campaign)
    at.button(key="campaigns_again_1").click().run()
    assert "was confirmed for the account sandbox" in at.error[0].value
    assert "campaigns_again_yes" not in keys(at)
    assert store.campaigns.batches(campaign)[0].state == BatchState.UNKNOWN


# --- what is unknown -------------------------------------------------------------------------------------------------


def test_three_unknown_in_a_row_are_shown_with_their_evidence(store: Store) -> None:
    campaign = confirmed(store, phones(1000))
    for _ in range(3):
        outcome(store, "unknown")
    at = opened(campaign)
    assert "Three requests in a row got no usable answer" in boxes(at)
    assert {f"campaigns_{way}_{batch}" for way in ("again", "leave") for batch in (1, 2, 3)} <= keys(at)
    assert "<b>502</b>" in [text.value for text in at.text]


def test_sending_again_is_asked_about_first(store: Store) -> None:
    campaign = confirmed(store, phones(10))
    outcome(store, "unknown")
    at = opened(campaign)
    at.button(key="campaigns_again_1").click().run()
    assert any("10 people get this text twice" in each.value for each in at.markdown)
    assert store.campaigns.batches(campaign)[0].state == BatchState.UNKNOWN
    at.button(key="campaigns_again_yes").click().run()
    assert store.campaigns.batches(campaign)[0].state == BatchState.QUEUED
    assert "campaigns_again_yes" not in keys(at)


def test_leaving_closes_the_campaign(store: Store) -> None:
    campaign = confirmed(store, phones(10))
    outcome(store, "unknown")
    at = opened(campaign)
    assert "decide on each of them" in boxes(at)
    at.button(key="campaigns_leave_1").click().run()
    assert store.campaigns.get(campaign).state == CampaignState.FINISHED
    assert "campaigns_again_1" not in keys(at)


def test_leaving_all_of_them_is_asked_about_first(store: Store) -> None:
    campaign = confirmed(store, phones(500))
    outcome(store, "unknown")
    outcome(store, "unknown")
    at = opened(campaign)
    at.button(key="campaigns_leave_all").click().run()
    assert any("For 500 people nobody knows" in each.value for each in at.markdown)
    assert store.campaigns.get(campaign).counts["unknown"] == 500
    at.button(key="campaigns_leave_all_yes").click().run()
    kept = store.campaigns.get(campaign)
    assert (kept.state, kept.counts["left"]) == (CampaignState.FINISHED, 500)
    assert "500 people" in boxes(at)
    assert "campaigns_leave_all" not in keys(at)


def test_what_was_settled_elsewhere_is_not_sent_again(store: Store) -> None:
    campaign = confirmed(store, phones(10))
    outcome(store, "unknown")
    at = opened(campaign)
    at.button(key="campaigns_again_1").click().run()
    store.campaigns.settle(campaign, 1, resend=False)
    at.button(key="campaigns_again_yes").click().run()
    assert "Nothing was changed" in at.error[0].value
    assert store.campaigns.batches(campaign)[0].state == BatchState.LEFT


# --- delivery --------------------------------------------------------------------------------------------------------


def test_delivery_counts_what_was_accepted_and_links_to_every_message(store: Store) -> None:
    campaign = confirmed(store, phones(10))
    at = opened(campaign)
    assert "Delivery" not in [each.value for each in at.subheader]
    outcome(store, "accepted")
    at = opened(campaign)
    assert {metric.label: metric.value for metric in at.metric}["No receipt yet"] == "10"
    assert [link.label for link in at.page_link] == ["Every message of this campaign"]


def test_a_drafts_address_leads_to_writing(store: Store) -> None:
    at = opened(store.campaigns.draft("x", "y"))
    assert "nothing was sent yet" in boxes(at)
    assert [link.label for link in at.page_link] == ["Continue"]


def test_a_test_is_marked_as_one_in_the_list(store: Store) -> None:
    made = store.test_sends.send("Test: sale", "hi", {}, phones(1), "sandbox", once="click")
    assert any("Test" in badge.value for badge in opened().markdown if "science" in badge.value)
    assert any("science" in badge.value for badge in opened(made).markdown)


def test_points_that_differ_are_explained_as_parts(store: Store) -> None:
    campaign = confirmed(store, phones(300), "一" * 140)
    for used in (500, 101):
        claim = store.outbox.claim(ME, "sandbox")
        assert claim is not None
        store.outbox.record_accepted(claim, f"id{used}", used, 1000)
    at = opened(campaign)
    assert "SMS-Get counted 2 parts where we counted 3, in 1 batch." in [one.value for one in at.warning]
    assert any("a rate in the settings is out of date" in one.value for one in at.caption)


def test_a_campaign_held_here_gets_another_time(store: Store) -> None:
    at_first = now() + timedelta(days=2)
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at_first)
    store.campaigns.confirm(campaign, "sandbox")
    at = opened(campaign)
    box = next(one for one in at.get("datetime_input") if one.key.startswith("campaigns_at_"))
    later = (ui.taipei_now() + timedelta(days=3)).replace(hour=9, minute=30, second=0, microsecond=0)
    box.set_value(later.replace(tzinfo=None))
    at.button(key="campaigns_reschedule").click().run()
    assert not at.exception
    assert store.campaigns.get(campaign).send_at == to_text(later)
    assert f"It now begins at {later:%Y-%m-%d %H:%M} in Taipei." in [one.value for one in at.success]


def test_a_copy_keeps_what_was_decided(store: Store) -> None:
    tempo = Tempo(pace=Pace(500))
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], skip_days=3, empty="leave_out",
                                     tempo=tempo)  # fmt: skip
    store.campaigns.confirm(campaign, "sandbox")
    at = opened(campaign)
    at.button(key="campaigns_copy").click().run()
    copy = store.campaigns.get(campaign + 1)
    assert (copy.state, copy.skip_days, copy.empty, copy.tempo) == (CampaignState.DRAFT, 3, "leave_out", tempo)


# --- how fast, what holds it, what is known --------------------------------------------------------------------------


@pytest.fixture
def engine_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease of these tests is taken for a living engine's."""
    monkeypatch.setattr("smsget.launch.is_alive", lambda _: True)


def captions(at: AppTest) -> str:
    return "\n".join(caption.value for caption in at.caption)


def settle(store: Store) -> None:
    """Let the engine ask for the points twice, and judge."""
    left = store.credits.latest("sandbox")
    assert left is not None
    readings = [store.credits.keep("sandbox", left.credits, at_rest=True) for _ in range(2)]
    store.evidence.judge("sandbox", readings)


@pytest.mark.usefixtures("engine_lives")
def test_speed_and_time_left_are_those_of_the_last_minute(store: Store) -> None:
    campaign = confirmed(store, phones(1000))
    assert "first requests are on their way" in captions(opened(campaign))
    outcome(store, "accepted")
    with store._db.write() as conn:
        conn.execute("UPDATE batch SET sent_at = ? WHERE number = 1", [to_text(now() - timedelta(seconds=30))])
    told = captions(opened(campaign))
    assert "people a minute. About 90 seconds left, done at about" in told or "About 95 seconds left" in told
    with store._db.write() as conn:
        conn.execute("UPDATE batch SET ended_at = ? WHERE number = 1", [to_text(now() - timedelta(seconds=90))])
    assert "Nothing was answered in the last minute." in captions(opened(campaign))


@pytest.mark.usefixtures("engine_lives")
def test_what_holds_a_campaign_is_told(store: Store) -> None:
    """Its sending hours, its pace, a gateway that is not reached, a campaign that goes first; and when it goes on."""
    hour = (now() + timedelta(hours=10)).replace(minute=0, second=0, microsecond=0).time()  # Taipei's, two hours ahead
    shut = Tempo(SendWindow(hour, hour.replace(minute=30)))
    draft = store.campaigns.draft("a", "hi", [make_list(store, phones(9))], tempo=shut)
    store.campaigns.confirm(draft, "sandbox")
    assert f"outside the sending hours ({hour:%H:%M}-{hour:%H}:30)" in captions(opened(draft))
    store.campaigns.cancel(draft)
    paced = store.campaigns.draft("b", "hi", [make_list(store, phones(100, 100))], tempo=Tempo(pace=Pace(60)))
    store.campaigns.confirm(paced, "sandbox")
    outcome(store, "accepted")
    told = captions(opened(paced))
    assert "at most 60 people an hour. About 70 minutes of sending left" in told
    store.campaigns.cancel(paced)
    first, second = confirmed(store, phones(9, 500)), confirmed(store, phones(9, 600))
    assert "Waits for “campaign”, which goes first." in captions(opened(second))
    claim = store.outbox.claim(ME, "sandbox")
    assert claim is not None
    store.outbox.record_not_sent(claim, "connect")
    assert "could not be reached. It is tried again by itself" in captions(opened(first))


def test_a_campaign_that_waits_is_not_asked_about_every_second(store: Store) -> None:
    """Nor at all once it has ended, or is paused."""
    from pages.track import _pace

    campaign = store.campaigns.draft("x", "hi", [make_list(store, phones(1))], schedule="here",
                                     send_at=now() + timedelta(days=1))  # fmt: skip
    store.campaigns.confirm(campaign, "sandbox")
    assert _pace.pulse(store.campaigns.get(campaign)) == _pace.RARE
    store.campaigns.pause(campaign)
    assert _pace.pulse(store.campaigns.get(campaign)) is None
    running = confirmed(store, phones(1, 10))
    assert _pace.pulse(store.campaigns.get(running)) == _pace.FAST
    outcome(store, "accepted")
    assert _pace.pulse(store.campaigns.get(running)) is None


def test_what_the_points_say_stands_beside_the_decision(store: Store) -> None:
    store.credits.keep("sandbox", 5000, at_rest=True)
    campaign = confirmed(store, phones(10))
    outcome(store, "unknown")
    at = opened(campaign)
    assert any("SMS-Get is asked for the points" in each.value for each in at.markdown)
    settle(store)
    at = opened(campaign)
    assert any("most likely did not take this batch. Send again?" in each.value for each in at.markdown)
    assert "Points before: 5,000" in captions(at)
    assert "most likely did not take this batch" in at.dataframe[0].value["why"][0]


def test_a_batch_accepted_by_its_points_shows_why_and_no_invented_number(store: Store) -> None:
    store.credits.keep("sandbox", 5000, at_rest=True)
    campaign = confirmed(store, phones(10))
    outcome(store, "unknown")
    store.evidence.judge("sandbox", [store.credits.keep("sandbox", 4990, at_rest=True) for _ in range(2)])
    at = opened(campaign)
    row = at.dataframe[0].value.to_dict("records")[0]
    assert (row["state"], row["used"], row["sms_id"]) == ("Accepted by SMS-Get", "10", "")
    assert "Exactly the 10 points of its quote were taken" in row["why"]
    assert "Outcome unknown" not in [each.value for each in at.subheader]


def test_many_batches_are_found_by_what_is_wrong_with_them(store: Store) -> None:
    people = phones(60)
    lists = [make_list(store, [phone], name=phone, 姓名=phone) for phone in people]
    campaign = store.campaigns.draft("many", "{{姓名}}", lists)
    store.campaigns.confirm(campaign, "sandbox")
    for number in range(6):
        claim = store.outbox.claim(ME, "sandbox")
        assert claim is not None
        store.outbox.record_accepted(claim, f"7{number}", 2 if number == 4 else 1, 1000)
    at = opened(campaign)
    at.get_by_key(f"campaigns_pick_{campaign}").set_value("otherwise").run()
    (row,) = at.dataframe[0].value.to_dict("records")
    assert row["batch"] == 5
    assert "counted 2 parts where we counted 1" in row["why"]


# --- what stops the account ------------------------------------------------------------------------------------------


def refused(store: Store, claim: Claim | None, code: str, **evidence: str) -> None:
    assert claim is not None
    store.outbox.record([Outcome(claim, "refused", code, evidence=evidence)])


def test_what_stops_the_account_is_said_once_with_the_way_on(store: Store) -> None:
    """The address that is not allowed is named as far as it is known; one button lets all of them go on."""
    first, second = confirmed(store, phones(3)), confirmed(store, phones(3, 10))
    refused(store, store.outbox.claim(ME, "sandbox"), "006", local_address="192.168.1.5")
    at = opened()
    (box,) = at.warning
    assert "does not accept requests from this computer's IP address" in box.value
    assert "192.168.1.5" in box.value
    assert [link.label for link in at.page_link] == ["To the settings"]
    at = opened(second)
    assert "1 other campaign waits for the same reason." in captions(at)
    at.button(key="campaigns_resume_all").click().run()
    assert "2 campaigns go on." in boxes(at)
    assert [store.campaigns.get(one).state for one in (first, second)] == [CampaignState.SENDING] * 2


def test_too_few_points_say_how_many_are_needed(store: Store) -> None:
    campaign = confirmed(store, phones(600))
    outcome(store, "accepted")
    outcome(store, "009")
    assert "5,000 points were left" in boxes(opened(campaign))
    assert "the rest needs about 350" in boxes(opened(campaign))


# --- afterwards ------------------------------------------------------------------------------------------------------


def test_whoever_was_not_reached_can_become_a_list(store: Store) -> None:
    """Only those that the person chose; what surely did not arrive is chosen beforehand."""
    campaign = confirmed(store, phones(600), 姓名="王")
    outcome(store, "accepted")
    store.campaigns.cancel(campaign)
    at = opened(campaign)
    at.button(key="campaigns_missed").click().run()
    assert {box.key: (box.label, box.value) for box in at.checkbox} == {
        "campaigns_missed_none": ("No receipt yet: 250", False),
        "campaigns_missed_cancelled": ("Cancelled, not sent: 350", True),
    }
    assert at.text_input(key="campaigns_missed_name").value == "campaign, not reached"
    assert at.button(key="campaigns_missed_yes").label == "Save a list of 350 people"


def test_everybodys_outcome_is_a_safe_file(store: Store) -> None:
    from pages.track import _after

    campaign = confirmed(store, phones(251))
    outcome(store, "accepted")
    outcome(store, "004")
    rows = list(store.unreached.outcomes(campaign))
    assert len(rows) == 251
    with ui.languages.speaking("en"):
        content = csv_bytes(_after.header(), map(_after.cells, rows)).decode("utf-8-sig").splitlines()
    assert content[0].startswith("Number,Country,Batch,Outcome,Why")
    assert content[1].startswith("0911000000,Taiwan,1,Accepted by SMS-Get,,1,")
    assert content[-1].startswith('0911000250,Taiwan,2,"Refused, not sent",Text too long,1,,')
