"""Receipts and replies in the database: kept once, in whatever order they come, joined to the right message."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.errors import UnreadableFile
from smsget.logs import LogReader
from smsget.receipts import Receipt, Unreadable
from smsget.store import ReportFilter, ReportRow, Store, now, to_text
from smsget.store import receipts as receipts_module
from smsget.store import staging as staging_module
from tests.builders import AT, PHONE, claims, confirmed, make_list, phones, receipt, reply, sent


def everything(store: Store, wanted: ReportFilter | None = None) -> list[ReportRow]:
    return list(store.receipts.export(wanted or ReportFilter()))


# --- loading -----------------------------------------------------------------------------------------------------


def test_a_log_loaded_twice_changes_nothing_the_second_time(store: Store) -> None:
    items = [receipt(), receipt("ENROUTE", phone="0912345679"), reply("謝謝"), Unreadable(4, "fields", "?")]
    first = store.receipts.load("a.csv", "table", items)
    assert (first.receipts, first.replies, first.new, first.updated, first.known, first.unreadable) == (
        2,
        1,
        3,
        0,
        0,
        1,
    )
    before = everything(store), store.receipts.summary(), store.receipts.replies()
    again = store.receipts.load("a.csv", "table", items)
    assert (again.receipts, again.replies, again.new, again.updated, again.known) == (2, 1, 0, 0, 3)
    assert (everything(store), store.receipts.summary(), store.receipts.replies()) == before


def test_a_further_status_is_counted_as_updated(store: Store) -> None:
    store.receipts.load("a", "table", [receipt("ENROUTE")])
    result = store.receipts.load("b", "table", [receipt("DELIVRD", minutes=5)])
    assert (result.new, result.updated, result.known) == (0, 1, 0)
    assert [row.word for row in everything(store)] == ["DELIVRD"]


def test_every_unreadable_line_is_kept_with_its_number_and_the_first_come_with_the_result(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging_module, "PROBLEMS_KEPT", 3)
    lines = [Unreadable(number, "bad_time", f"line {number}") for number in range(1, 9)]
    result = store.receipts.load("a", "table", [receipt(), *lines])
    assert (result.unreadable, result.problems) == (8, lines[:3])
    assert store.receipts.unreadable(result.import_id) == lines


def test_a_file_that_turns_out_to_be_no_log_leaves_no_trace(store: Store) -> None:
    with pytest.raises(UnreadableFile) as caught:
        store.receipts.load("notes.txt", "", LogReader(b"dear diary\nnothing happened today\n", "notes.txt"))
    assert caught.value.code == "not_a_log"
    assert store.receipts.imports() == []


def test_what_breaks_off_leaves_nothing_half_loaded(store: Store) -> None:
    def broken() -> Iterator[Receipt]:
        yield from (receipt(phone=phone) for phone in phones(4))
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  (whatever the disk says)
        store.receipts.load("a", "table", broken())
    assert (everything(store), store.receipts.imports()) == ([], [])
    assert store.receipts.load("a", "table", [receipt(phone=phone) for phone in phones(6)]).new == 6


def test_a_reader_tells_its_format_and_lines(store: Store) -> None:
    log = b"sms_id=1&content=0912345678|$1|2016-09-13 05:07:55|DELIVRD\n\nnonsense\n"
    result = store.receipts.load("a.log", "", LogReader(log, "a.log"))
    assert (result.format, result.lines, result.unreadable) == ("urlencoded", 2, 1)
    (kept,) = store.receipts.imports()
    assert (kept["format"], kept["lines"], kept["receipts"], kept["unreadable"]) == ("urlencoded", 2, 1, 1)


# --- order -------------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["SCHEDULED", "ENROUTE", "DELIVRD", "UNDELIV", "EXPIRED", "NOROUTE", "REJMOBIL"])
RECEIPTS = st.lists(
    st.builds(
        receipt,
        WORDS,
        sms_id=st.sampled_from(["1", "2"]),
        phone=st.sampled_from(phones(3)),
        minutes=st.integers(0, 3),
    ),
    max_size=12,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with one accepted campaign, to be copied: making one takes longer than everything else."""
    path = tmp_path_factory.mktemp("template") / "t.db"
    store = Store(path)
    sent(store, phones(2), "1")
    copy = path.with_name("copy.db")
    store.backup(copy)
    return copy


def statuses(template: Path, chunks: list[list[Receipt]]) -> list[tuple[str | None, str, str, str, str | None]]:
    """What a fresh copy says of every message after it has loaded these logs."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.db")
        path.write_bytes(template.read_bytes())
        store = Store(path)
        for chunk in chunks:
            store.receipts.load("log", "table", chunk)
        return sorted((row.sms_id, row.phone, row.word, row.status, row.status_at) for row in everything(store))


@given(items=RECEIPTS, data=st.data())
def test_any_order_of_the_same_receipts_gives_the_same_statuses(
    template: Path, items: list[Receipt], data: st.DataObject
) -> None:
    other = data.draw(st.permutations(items))
    cut = data.draw(st.integers(0, len(items)))
    assert statuses(template, [items]) == statuses(template, [other[:cut], other[cut:], items])


@pytest.mark.parametrize("final", ["DELIVRD", "UNDELIV"])
@pytest.mark.parametrize("later", ["ENROUTE", "SCHEDULED", "UNKNOWN", "NOROUTE"])
def test_a_final_status_is_never_replaced_by_one_that_is_not(store: Store, final: str, later: str) -> None:
    sent(store, [PHONE])
    store.receipts.load("a", "table", [receipt(final), receipt(later, minutes=60)])
    assert [row.word for row in everything(store)] == [final]


def test_of_two_final_statuses_the_later_one_counts(store: Store) -> None:
    store.receipts.load("a", "table", [receipt("DELIVRD", minutes=9), receipt("EXPIRED", minutes=2)])
    assert [row.status for row in everything(store)] == ["delivered"]


# --- joining -----------------------------------------------------------------------------------------------------


def test_a_receipt_joins_the_message_of_its_request_and_number(store: Store) -> None:
    first, second = sent(store, [PHONE], "1"), sent(store, [PHONE], "2")
    store.receipts.load("a", "table", [receipt(sms_id="2")])
    assert {row.campaign_id: row.status for row in everything(store)} == {first: "", second: "delivered"}


def test_a_receipt_that_comes_before_the_answer_is_adopted_by_its_message(store: Store) -> None:
    """SMS-Get may call back while our request is still under way: nothing is shown twice, nothing is lost."""
    campaign = confirmed(store, [PHONE, "0912345679"])
    (claim,) = claims(store)
    early = [receipt("ENROUTE"), receipt("DELIVRD", minutes=1), receipt(phone="0987654321")]
    store.receipts.load("a", "table", early)
    assert {row.outcome for row in everything(store) if row.sms_id} == {"stranger"}
    store.outbox.record_accepted(claim, "795938", 2, 98)
    rows = {row.phone: (row.campaign_id, row.outcome, row.word) for row in everything(store)}
    assert rows == {
        PHONE: (campaign, "accepted", "DELIVRD"),
        "0912345679": (campaign, "accepted", ""),
        "0987654321": (None, "stranger", "DELIVRD"),  # another program's number under the same id stays a stranger
    }
    assert store.receipts.load("b", "table", early).known == 3


def test_a_late_answer_adopts_what_was_reported_under_its_id(store: Store) -> None:
    confirmed(store, [PHONE])
    (claim,) = claims(store)
    store.outbox.record_unknown(claim, "read_timeout", {})
    store.receipts.load("a", "table", [receipt()])
    store.outbox.record_accepted(claim, "795938", 1, 99)
    (row,) = everything(store)
    assert (row.outcome, row.status) == ("accepted", "delivered")


def test_a_receipt_without_an_id_goes_to_the_last_message_before_it(store: Store) -> None:
    campaign = sent(store, [PHONE], "1")
    late = replace(receipt(sms_id=""), at=now() + timedelta(minutes=5))
    early = replace(receipt("UNDELIV", sms_id=""), at=now() - timedelta(days=5))
    store.receipts.load("a", "content_lines", [late, early])
    assert {row.campaign_id: row.word for row in everything(store)} == {campaign: "DELIVRD", None: "UNDELIV"}


# --- replies -----------------------------------------------------------------------------------------------------


def test_a_refusal_goes_on_the_suppression_list_and_other_replies_do_not(store: Store) -> None:
    store.receipts.load("a", "table", [reply("退訂"), reply("謝謝", phone="0912345679")])
    (entry,) = store.suppression.all()
    assert (entry.phone, entry.reason, entry.source) == (PHONE, "refusal", "reply")


def test_a_refusal_loaded_again_does_not_undo_what_a_person_decided_since(store: Store) -> None:
    store.receipts.load("a", "table", [reply("STOP")])
    store.suppression.remove([PHONE])
    store.receipts.load("a", "table", [reply("STOP")])
    assert store.suppression.count() == 0


def test_a_reply_names_the_two_way_campaign_it_answers(store: Store) -> None:
    sent(store, [PHONE], "1")
    asked = sent(store, [PHONE], "2", two_way=True)
    later = [replace(one, at=now()) for one in (reply("好的"), reply("你好", phone="0987654321"))]
    store.receipts.load("a", "table", later)
    assert {one.phone: one.campaign_id for one in store.receipts.replies()} == {PHONE: asked, "0987654321": None}


def sent_at(store: Store, campaign: int, moment: datetime) -> None:
    """Date the messages of a campaign back."""
    with sqlite3.connect(store.path) as conn:
        conn.execute("UPDATE message SET sent_at = ? WHERE campaign_id = ?", [to_text(moment), campaign])
    conn.close()


@pytest.mark.parametrize(
    ("minutes", "answered"),
    [(-60, None), (-1.5, None), (-0.5, "first"), (30, "first"), (59.5, "second"), (90, "second")],
)
def test_a_reply_answers_the_last_campaign_that_was_sent_before_it(
    store: Store, minutes: float, answered: str | None
) -> None:
    """The first campaign went out at `AT`, the second an hour later, whatever the order of their rows."""
    campaigns = {"second": sent(store, [PHONE], "2", two_way=True), "first": sent(store, [PHONE], "1", two_way=True)}
    sent_at(store, campaigns["first"], AT)
    sent_at(store, campaigns["second"], AT + timedelta(hours=1))
    store.receipts.load("a", "table", [replace(reply("好的"), at=AT + timedelta(minutes=minutes))])
    assert [one.campaign_id for one in store.receipts.replies()] == [campaigns[answered] if answered else None]


def test_who_refuses_advertising_goes_on_the_suppression_list(store: Store) -> None:
    """By the carrier's word, in any case; reports of other programs' messages say it, too."""
    sent(store, [PHONE])
    words = [receipt(" RejMobil"), receipt("REJERROR", phone="0912345679"), receipt("REJMOBIL", phone="0912345670")]
    store.receipts.load("a", "x", words)
    assert {one.phone: (one.reason, one.source) for one in store.suppression.all()} == {
        PHONE: ("advertising_refused", "receipt"),
        "0912345670": ("advertising_refused", "receipt"),
    }
    store.suppression.remove([PHONE])
    store.receipts.load("b", "x", words)
    assert PHONE not in store.suppression.phones(), "a person decided since"


def test_people_may_keep_refusal_words_of_their_own(store: Store) -> None:
    store.settings.set("refusal_words", ["掰掰"])
    store.receipts.load("a", "table", [reply("掰掰"), reply("退訂", phone="0912345679")])
    assert [one.phone for one in store.receipts.replies(refusals_only=True)] == [PHONE]


def test_the_inbox_is_newest_first_and_its_pages_are_the_whole(store: Store) -> None:
    texts = [reply("STOP" if number % 3 == 0 else "好", phone=phone, minutes=(number * 7) % 10)
             for number, phone in enumerate(phones(25))]  # fmt: skip
    store.receipts.load("a", "table", texts)
    whole = store.receipts.replies()
    assert [one.at for one in whole] == sorted((one.at for one in whole), reverse=True)
    assert store.receipts.reply_count() == len(whole) == 25
    for refusals in (False, True):
        wanted = [one for one in whole if one.refusal or not refusals]
        paged, before = [], None
        while page := store.receipts.replies(refusals_only=refusals, before=before, limit=4):
            paged += page
            before = page[-1].id
        assert paged == wanted
        assert store.receipts.reply_count(refusals_only=refusals) == len(wanted)
    later = to_text(AT + timedelta(minutes=5))
    assert store.receipts.reply_count(since=later) == sum(one.at >= later for one in whole)
    assert [one.phone for one in store.receipts.replies(phone="0911000003")] == ["0911000003"]


def test_a_callback_is_kept_before_it_is_applied_and_applied_once(store: Store) -> None:
    store.receipts.keep_callback(b"content=...", "")
    ((callback, body, query),) = store.receipts.waiting_callbacks()
    assert (body, query) == (b"content=...", "")
    store.receipts.apply_callbacks([(callback, [receipt(), reply("退訂"), Unreadable(0, "fields", "?")])])
    assert store.receipts.waiting_callbacks() == []
    assert [row.status for row in everything(store)] == ["delivered"]
    assert store.suppression.count() == 1


# --- lines that lost their id ------------------------------------------------------------------------------------


def figures(store: Store) -> tuple[list[tuple[str, str | None, str, str | None]], object]:
    rows = [(row.phone, row.sms_id, row.word, row.status_at) for row in everything(store)]
    return sorted(rows), store.receipts.summary()


@pytest.mark.parametrize("own", [False, True], ids=["of another program", "sent from here"])
def test_a_receipt_with_and_without_its_id_is_one_in_either_order(own: bool, tmp_path: Path) -> None:
    told = [receipt("ENROUTE"), receipt(minutes=5), receipt("UNDELIV", phone="0912345679")]
    bare = [replace(one, sms_id="") for one in told]
    seen = []
    for number, loads in enumerate(
        ([told], [told, bare], [bare, told], [bare, told, bare], [[bare[1], *told, bare[0]]])
    ):
        store = Store(tmp_path / f"{number}.db")
        if own:
            sent_at(store, sent(store, [PHONE, "0912345679"]), AT - timedelta(minutes=1))
        results = [store.receipts.load("a", "table", items) for items in loads]
        assert all(one.new + one.updated + one.known == one.receipts for one in results)
        assert sum(one.new + one.updated for one in results) == 3
        seen.append(figures(store))
    assert all(one == seen[0] for one in seen[1:])


def test_what_else_came_without_an_id_stays_when_one_of_its_receipts_gets_it(store: Store) -> None:
    store.receipts.load("a", "table", [receipt("ENROUTE", sms_id=""), receipt(sms_id="", minutes=5)])
    store.receipts.load("b", "table", [receipt(minutes=5)])
    assert sorted((row.sms_id, row.word) for row in everything(store)) == [("", "ENROUTE"), ("795938", "DELIVRD")]


@pytest.mark.parametrize(("seconds", "found"), [(-30, False), (-3, True), (-0.4, True), (0, True), (60, True)])
def test_a_line_without_id_finds_its_message_though_the_clocks_differ(
    store: Store, seconds: float, found: bool
) -> None:
    sent_at(store, sent(store, [PHONE]), AT)
    bare = replace(receipt(sms_id=""), at=AT + timedelta(seconds=seconds))
    store.receipts.load("a", "content_lines", [bare])
    assert (len(everything(store)) == 1) is found


# --- the report --------------------------------------------------------------------------------------------------


@pytest.fixture
def report(store: Store) -> Store:
    """120 messages of a campaign with every kind of result, 3 waiting ones, and 5 of another program."""
    numbers = phones(120)
    sent(store, numbers, "1")
    words = ["DELIVRD", "delivered", "UNDELIV", "ENROUTE", "NOROUTE", ""]
    load = [receipt(word, sms_id="1", phone=phone, minutes=number)
            for number, (phone, word) in enumerate(zip(numbers, words * 20, strict=True)) if word]  # fmt: skip
    load += [receipt(sms_id="9", phone=f"8529123456{number}") for number in range(5)]
    store.receipts.load("a", "table", load)
    confirmed(store, phones(3, 500))
    return store


def test_the_figures_add_up(report: Store) -> None:
    summary = report.receipts.summary()
    assert (summary.messages, summary.own, summary.receipts, summary.no_receipt) == (125, 120, 105, 20)
    groups = summary.delivered + summary.failed + summary.pending + summary.other + summary.no_receipt
    assert groups == summary.messages, "receipts of other programs are counted on both sides"
    assert (summary.delivered, summary.failed, summary.pending, summary.other) == (45, 20, 20, 20)
    assert summary.by_status == {"DELIVRD": 25, "DELIVERED": 20, "UNDELIV": 20, "ENROUTE": 20, "NOROUTE": 20}
    own = report.receipts.summary(1)
    assert (own.messages, own.own, own.receipts, own.delivered, own.no_receipt) == (120, 120, 100, 40, 20)
    assert report.receipts.summary(2).messages == 0


def matches(row: ReportRow, wanted: ReportFilter) -> bool:
    """The filter said once more in Python."""
    at = row.sent_at or row.status_at or ""
    group = row.sms_id is not None and row.status == "" if wanted.status == "none" else row.status == wanted.status
    return (
        (wanted.campaign_id is None or row.campaign_id == wanted.campaign_id)
        and (not wanted.status or group)
        and (not wanted.word or row.word.upper() == wanted.word.upper())
        and (not wanted.country or row.country == wanted.country)
        and (not wanted.number or row.phone.startswith(wanted.number) or row.phone.endswith(wanted.number))
        and (not wanted.since or at >= wanted.since)
        and (not wanted.until or ("" < at < wanted.until))
    )


LATER = to_text(AT + timedelta(days=1))


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (ReportFilter(), 128),
        (ReportFilter(campaign_id=1), 120),
        (ReportFilter(status="delivered"), 45),
        (ReportFilter(status="none"), 20),
        (ReportFilter(word="delivered"), 20),
        (ReportFilter(country="TW"), 123),
        (ReportFilter(number="0911"), 123),
        (ReportFilter(number="07"), 2),
        (ReportFilter(number="0911000012"), 1),
        (ReportFilter(number="no digit"), 0),
        (ReportFilter(since=LATER), 120),
        (ReportFilter(until=LATER), 5),
        (ReportFilter(campaign_id=1, status="failed", number="8"), 4),
        (ReportFilter(status="failed", country="HK"), 0),
    ],
)
def test_filters_keep_what_they_say_and_pages_are_the_whole(report: Store, wanted: ReportFilter, count: int) -> None:
    whole = [row for row in everything(report) if matches(row, wanted)]
    assert len(whole) == count
    assert everything(report, wanted) == whole
    assert report.receipts.count(wanted) == count
    paged, before = [], None
    while page := report.receipts.page(wanted, before=before, limit=7):
        paged += page
        before = page[-1].id
    assert paged == whole


def test_rows_that_come_in_meanwhile_do_not_move_the_next_page(report: Store) -> None:
    first = report.receipts.page(ReportFilter(), limit=10)
    report.receipts.load("b", "table", [receipt(sms_id="77", phone=phone) for phone in phones(5, 900)])
    second = report.receipts.page(ReportFilter(), before=first[-1].id, limit=10)
    assert [row.id for row in second] == [first[-1].id - 1 - back for back in range(10)]


def test_the_history_of_a_number_is_all_of_it_newest_first(store: Store) -> None:
    sent(store, [PHONE, "0912345679"], "1")
    sent(store, [PHONE], "2")
    store.receipts.load("a", "table", [receipt(sms_id="3")])
    assert [row.sms_id for row in store.receipts.history(PHONE)] == ["3", "2", "1"]


def test_days_are_those_of_taipei(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """23:59 and 00:00 in Taipei are two days, though one in UTC; the day before the first one is left out."""
    for moment, sms_id in (("2026-11-08T15:59", "0"), ("2026-11-08T16:00", "1"), ("2026-11-21T15:59", "2"),
                           ("2026-11-21T16:00", "3")):  # fmt: skip
        at = datetime.fromisoformat(f"{moment}+00:00")
        monkeypatch.setattr("smsget.store.outcomes.now", lambda at=at: at)
        sent(store, [PHONE, "0912345679"], sms_id)
    store.receipts.load("a", "table", [receipt(sms_id="3")])
    monkeypatch.setattr(receipts_module, "now", lambda: datetime(2026, 11, 21, 20, tzinfo=UTC))
    days = store.receipts.by_day(14)
    assert [(day["day"], day["delivered"], day["no_receipt"]) for day in days] == [
        ("2026-11-09", 0, 2),
        ("2026-11-21", 0, 2),
        ("2026-11-22", 1, 1),
    ]


# --- what it cost ------------------------------------------------------------------------------------------------


def readings(store: Store, *given: tuple[int, int, int | None]) -> None:
    """Keep readings: (minutes after a beginning, credits left, used or None for a question)."""
    with store._db.write() as conn:
        conn.executemany(
            "INSERT INTO credit_reading (at, account, credits, used) VALUES (?, 'acme', ?, ?)",
            [(to_text(AT + timedelta(minutes=minutes)), left, used) for minutes, left, used in given],
        )


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ([], []),
        ([(0, 100, None)], []),
        ([(0, 100, None), (10, 100, None)], []),
        ([(0, 100, None), (10, 600, None)], [500]),
        ([(0, 100, None), (10, 90, 10), (20, 60, 10), (30, 60, None)], [-20]),
        # two answers of one campaign, kept in the order in which they arrived, not in which they were charged
        ([(0, 1000, None), (10, 500, 250), (11, 750, 250), (20, 500, None)], []),
        ([(0, 1000, None), (10, 500, 250), (10, 750, 250), (20, 1400, None), (40, 1390, None)], [-10, 900]),
    ],
)
def test_changes_that_no_answer_explains(
    store: Store, given: list[tuple[int, int, int | None]], changes: list[int]
) -> None:
    readings(store, *given)
    store.credits.keep("another", 5)
    assert [one.change for one in store.credits.unexplained("acme")] == changes


@given(points=st.integers(1, 20), count=st.integers(1, 60))
def test_history_is_thinned_to_its_ends_of_stretches(template: Path, points: int, count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "c.db")
        path.write_bytes(template.read_bytes())
        store = Store(path)
        readings(store, *[(minute, 1000 - minute, None) for minute in range(count)])
        thinned = store.credits.over_time("acme", points=points)
    left = [credits for _, credits in thinned]
    assert len(thinned) == min(points, count)
    assert left == sorted(left, reverse=True)
    assert left[-1] == 1000 - (count - 1)


def test_spending_compares_what_was_answered_with_what_was_quoted_for_it(store: Store) -> None:
    store.settings.set("concurrency", 1)
    campaign = confirmed(store, phones(600))
    waiting = claims(store)
    store.outbox.record_accepted(next(waiting), "1", 247, 1000)  # three numbers were not valid
    store.outbox.record_unknown(next(waiting), "read_timeout", {})
    (row,) = store.credits.spending("sandbox")
    assert (row.id, row.quoted, row.used) == (campaign, 600, 247)
    assert (row.answered_quoted, row.answered_used, row.accepted, row.unknown) == (250, 247, 250, 250)
    assert store.credits.spending("another") == []


def test_spending_leaves_batches_without_a_rate_out_of_the_comparison(store: Store) -> None:
    japan = make_list(store, ["0911000001"], name="a")
    with store._db.write() as conn:
        conn.execute("UPDATE recipient SET phone = '819012345678', country = 'JP'")
    campaign = store.campaigns.draft("c", "hi", [japan, make_list(store, phones(1), name="b")])
    store.campaigns.confirm(campaign, "sandbox")
    for number, claim in enumerate(claims(store)):
        store.outbox.record_accepted(claim, str(number), 5, 100)
    (row,) = store.credits.spending("sandbox")
    assert (row.unknown_rate, row.answered_quoted, row.answered_used, row.used) == ({"JP": 1}, 0, 0, 5)


def test_what_arrived_twice_is_charged_twice_and_the_comparison_is_not_spoilt(store: Store) -> None:
    """A person had it sent again; then the answer to the first request came after all."""
    campaign = confirmed(store, phones(3))
    (first,) = claims(store)
    store.outbox.record_unknown(first, "read_timeout", {})
    store.campaigns.settle(campaign, 1, resend=True)
    (second,) = claims(store)
    store.outbox.record_accepted(second, "2", 3, 97)
    store.outbox.record_accepted(first, "1", 3, 94)
    (row,) = store.credits.spending("sandbox")
    assert (row.quoted, row.answered_quoted, row.answered_used, row.used, row.again) == (3, 3, 3, 6, 3)
    assert row.used == store.campaigns.get(campaign).credits_used


def test_spending_is_paged(store: Store) -> None:
    made = [confirmed(store, [phone]) for phone in phones(5)]
    first = store.credits.spending("sandbox", limit=2)
    second = store.credits.spending("sandbox", before=first[-1].id, limit=9)
    assert [row.id for row in [*first, *second]] == made[::-1]
    assert store.credits.spending_count("sandbox") == 5
    assert list(store.campaigns.names(limit=2)) == made[::-1][:2]


# --- the suppression list ----------------------------------------------------------------------------------------


def test_who_is_on_the_list_among_a_few(store: Store) -> None:
    store.suppression.add(phones(3), reason="refusal")
    found = store.suppression.among([phones(1)[0], PHONE])
    assert {phone: entry.reason for phone, entry in found.items()} == {"0911000000": "refusal"}
    assert store.suppression.among([]) == {}
