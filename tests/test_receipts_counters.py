"""Counters equal what is counted anew, whatever happens; and receipts in sets change what they change one by one."""

from __future__ import annotations

import sqlite3
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from smsget.errors import UnreadableFile
from smsget.logs import LogReader
from smsget.receipts import Receipt, Reply
from smsget.store import ReportFilter, Store, now
from smsget.store import merging as merging_module
from smsget.store.arrivals import apply
from tests.builders import claims, confirmed, phones, receipt, reply, sent

WORDS = ["SCHEDULED", "ENROUTE", "DELIVRD", "delivrd", "UNDELIV", "EXPIRED", "NOROUTE", "REJMOBIL", " RejMobil"]
NUMBERS = [*phones(4), "91234567", "66812345678"]
RECEIPTS = st.builds(
    lambda word, sms_id, phone, minutes, carrier: replace(
        receipt(word, sms_id=sms_id, phone=phone, minutes=minutes), carrier_id=carrier
    ),
    st.sampled_from(WORDS),
    st.sampled_from(["1", "2", "x-3", ""]),
    st.sampled_from(NUMBERS),
    st.sampled_from([0, 1, 2, 60 * 13]),
    st.sampled_from(["$1", ""]),
)
ITEMS = st.lists(
    RECEIPTS | st.builds(reply, st.sampled_from(["好", "退訂"]), phone=st.sampled_from(NUMBERS)), max_size=10
)


def state(store: Store) -> object:
    """All that arrivals change, without ids and times of our own."""
    with sqlite3.connect(store.path) as conn:
        told = [
            sorted(conn.execute(query).fetchall(), key=repr)
            for query in (
                "SELECT coalesce(campaign_id, 0), sms_id, phone, country, word, status, status_at FROM message",
                "SELECT phone, sms_id, at, word, status FROM receipt",
                "SELECT phone, at, text, campaign_id, refusal FROM reply",
                "SELECT phone FROM suppression",
            )
        ]
    conn.close()
    return told


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with two accepted campaigns, one of them under an id that comes back."""
    path = tmp_path_factory.mktemp("template") / "t.db"
    store = Store(path)
    sent(store, phones(2), "1", two_way=True)
    sent(store, phones(3), "1")
    copy = path.with_name("copy.db")
    store.backup(copy)
    return copy


def copied(template: Path, folder: str, name: str) -> Store:
    path = Path(folder, name)
    path.write_bytes(template.read_bytes())
    return Store(path)


@settings(max_examples=25)
@given(
    before=ITEMS, items=st.lists(RECEIPTS.filter(lambda one: one.sms_id), max_size=12), few=st.sampled_from([0, 2000])
)
def test_receipts_in_sets_change_what_they_change_one_by_one(
    template: Path, before: list[Receipt | Reply], items: list[Receipt], few: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(merging_module, "FEW", few)
        patch.setattr(merging_module, "MANY", few)
        one_by_one, in_sets = copied(template, folder, "a.db"), copied(template, folder, "b.db")
        for item in before:
            for store in (one_by_one, in_sets):
                with store._db.write() as conn:
                    apply(conn, item, ["退訂"])
        with one_by_one._db.write() as conn:
            told = [apply(conn, item, []) for item in items]
        result = in_sets.receipts.load("a", "table", items)
        assert state(in_sets) == state(one_by_one)
        assert result.new + result.updated + result.known == len(items)
        assert (result.new + result.updated, result.known) == (len(items) - told.count("known"), told.count("known"))
        assert in_sets.receipts.check_counters() == one_by_one.receipts.check_counters() == []


@settings(max_examples=20)
@given(first=ITEMS, second=ITEMS)
def test_two_logs_are_the_same_as_one_in_either_order(
    template: Path, first: list[Receipt | Reply], second: list[Receipt | Reply]
) -> None:
    """import(a + b) equals import(b), then import(a)."""
    first, second = ([one for one in items if isinstance(one, Reply) or one.sms_id] for items in (first, second))
    with tempfile.TemporaryDirectory() as folder:
        whole, parts = copied(template, folder, "a.db"), copied(template, folder, "b.db")
        whole.receipts.load("a", "table", [*first, *second])
        parts.receipts.load("b", "table", second)
        parts.receipts.load("a", "table", first)
        assert state(whole) == state(parts)


@settings(max_examples=25)
@given(
    st.lists(
        st.sampled_from([b"sms_id=5&content=", b"0912345678|$1|2026-11-01 05:07:55|DELIVRD", b"\n", b",",
                         b'{"content":"', b'"}', b"content=",
                         b"0912345679|7|2026-11-01 05:07:55|24%E9%80%80", b"sms_id,content\n"])
        | st.binary(max_size=12),
        max_size=12,
    )
)  # fmt: skip
def test_any_bytes_load_or_are_refused_and_load_again_to_nothing_new(template: Path, parts: list[bytes]) -> None:
    data = b"".join(parts)
    with tempfile.TemporaryDirectory() as folder:
        store = copied(template, folder, "a.db")
        before = state(store)
        try:
            first = store.receipts.load("a", "", LogReader(data))
        except UnreadableFile:
            assert state(store) == before
            return
        again = store.receipts.load("a", "", LogReader(data))
        assert (again.new, again.updated) == (0, 0)
        assert first.receipts + first.replies == again.known
        assert store.receipts.check_counters() == []


class Counting(RuleBasedStateMachine):
    """Anything that changes messages, in any order; some of it breaks off half-way."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = Store(Path(self.folder.name, "s.db"))
        self.sent = 0
        with self.store._db.read() as conn:
            indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'message' AND sql <> ''"
            self.indexes = conn.execute(indexes).fetchone()[0]

    def allow(self) -> None:
        self.store.suppression.remove(NUMBERS)

    def teardown(self) -> None:
        self.folder.cleanup()

    @rule(items=ITEMS, few=st.sampled_from([0, 2000]))
    def load(self, items: list[Receipt | Reply], few: int) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(merging_module, "FEW", few)
            patch.setattr(merging_module, "MANY", few)
            self.store.receipts.load("a", "table", items)

    @rule(items=ITEMS, few=st.sampled_from([0, 2000]))
    def load_breaks_off(self, items: list[Receipt | Reply], few: int) -> None:
        before = state(self.store)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(merging_module, "FEW", few)
            patch.setattr("smsget.store.receipts._note_import", self._pull)
            with pytest.raises(OSError, match="pulled"):
                self.store.receipts.load("a", "table", items)
        assert state(self.store) == before

    def _pull(self, *_: object) -> int:
        raise OSError("pulled")

    @rule(sms_id=st.sampled_from(["1", "2"]), count=st.integers(1, 4))
    def send(self, sms_id: str, count: int) -> None:
        if self.sent < 4:
            self.allow()
            sent(self.store, phones(count), sms_id)
            self.sent += 1

    @rule()
    def outcome_unknown_and_left(self) -> None:
        if self.sent < 4:
            self.sent += 1
            self.allow()
            confirmed(self.store, phones(2))
            for claim in claims(self.store):
                self.store.outbox.record_unknown(claim, "read_timeout", {})

    @rule(days=st.integers(-1, 1))
    def purge(self, days: int) -> None:
        self.store.purge(now() + timedelta(days=days))

    @rule(item=RECEIPTS)
    def call_back(self, item: Receipt) -> None:
        self.store.receipts.keep_callback(b"x", "")
        ((callback, _, _),) = self.store.receipts.waiting_callbacks()
        self.store.receipts.apply_callbacks([(callback, [item])])

    @rule()
    def forget_a_campaign(self) -> None:
        with self.store._db.write() as conn:
            conn.execute("DELETE FROM campaign WHERE id = (SELECT min(id) FROM campaign)")

    @invariant()
    def counters_are_right(self) -> None:
        assert self.store.receipts.check_counters() == []
        summary = self.store.receipts.summary()
        assert summary.messages == summary.receipts + summary.no_receipt
        with self.store._db.read() as conn:
            assert conn.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'").fetchone()[0] == 3
            indexes = "SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'message' AND sql <> ''"
            assert conn.execute(indexes).fetchone()[0] == self.indexes
            strangers = "SELECT count(*), count(DISTINCT phone || ' ' || sms_id) FROM message WHERE campaign_id IS NULL"
            assert len(set(conn.execute(strangers).fetchone())) == 1

    @rule()
    def counts_are_those_of_the_rows(self) -> None:
        receipts = self.store.receipts
        for wanted in (ReportFilter(), ReportFilter(status="none"), ReportFilter(status="failed"),
                       ReportFilter(word="delivrd"), ReportFilter(country="TW"),
                       ReportFilter(country="HK")):  # fmt: skip
            assert receipts.count(wanted) == len(list(receipts.export(wanted)))


TestCounting = Counting.TestCase
TestCounting.settings = settings(max_examples=8, stateful_step_count=8, deadline=None)


def test_a_wrong_counter_is_named_and_repaired(store: Store) -> None:
    store.receipts.load("a", "table", [receipt()])
    with store._db.write() as conn:
        conn.execute("UPDATE tally SET messages = 7")
    assert [line.split(" (")[0] for line in store.receipts.check_counters()] == ["tally has", "tally should have"]
    store.receipts.check_counters(repair=True)
    assert store.receipts.check_counters() == []


# --- what the counters tell ---------------------------------------------------------------------------------------


def test_figures_compare_campaigns_countries_days_and_words(store: Store) -> None:
    first, second = sent(store, phones(4), "1"), sent(store, phones(2), "2")
    told = [receipt("DELIVRD", sms_id="1", phone=phone) for phone in phones(2)]
    store.receipts.load("a", "x", [*told, receipt("EXPIRED", sms_id="1", phone=phones(3)[2]), receipt(sms_id="9")])
    by_campaign = {one.key: one for one in store.receipts.figures("campaign")}
    assert set(by_campaign) == {"0", str(first), str(second)}
    one = by_campaign[str(first)]
    assert (one.messages, one.delivered, one.failed, one.no_receipt, one.credits) == (4, 2, 1, 1, 4)
    assert (one.share, one.per_credit) == (2 / 3, 0.5)
    assert (by_campaign["0"].credits, by_campaign["0"].per_credit) == (0, None)
    assert [one.key for one in store.receipts.figures("word", campaign_ids=[first])] == ["", "DELIVRD", "EXPIRED"]
    assert [(one.key, one.messages) for one in store.receipts.figures("country")] == [("TW", 7)]
    (day,) = store.receipts.figures("day", campaign_ids=[first, second])
    assert day.messages == 6
    tomorrow = (now() + timedelta(days=2)).date()
    assert store.receipts.figures("day", since=tomorrow) == []


def test_delays_are_told_by_median_ninety_and_curve(store: Store) -> None:
    campaign = sent(store, phones(10), "1")
    with store._db.write() as conn:
        conn.execute("UPDATE message SET sent_at = '2026-11-01T03:59:30.000Z'")
    took = [2, 30, 30, 31, 40, 61, 200, 700, 4000, 700_000]
    at = receipt().at - timedelta(seconds=30)
    items = [
        replace(receipt(sms_id="1", phone=phone), at=at + timedelta(seconds=seconds))
        for phone, seconds in zip(phones(10), took, strict=True)
    ]
    store.receipts.load("a", "x", items)
    told = store.receipts.delays(campaign)
    assert (told.messages, told.median, told.ninety) == (10, 45, 7200)
    assert told.curve[0] == (5, 0.1)
    assert told.curve[-1] == (604800, 1.0)
    assert store.receipts.delays(country="HK").messages == 0
    assert store.receipts.check_counters() == []


def test_what_nobody_reported_after_a_day_is_overdue(store: Store) -> None:
    campaign = sent(store, phones(3), "1")
    store.receipts.load("a", "x", [receipt(sms_id="1", phone=phones(1)[0])])
    assert (store.receipts.overdue(), store.receipts.overdue(hours=-1), store.receipts.overdue(campaign, hours=-1)) == (
        0, 2, 2,
    )  # fmt: skip
