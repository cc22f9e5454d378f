"""The database: whose it is, what a list is, and that a campaign is confirmed once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from smsget.campaigns import CampaignState, Rates
from smsget.errors import BadRequest, DatabaseBusy, DatabaseTooNew, NotOurDatabase, StateError, StoreError
from smsget.store import Store, from_text, now, to_text
from smsget.store import database as database_module
from tests.builders import make_list, phones

# --- the file ----------------------------------------------------------------------------------------------------


def test_a_new_database_is_strict_and_keeps_a_write_ahead_log(store: Store) -> None:
    with sqlite3.connect(store.path) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        tables = conn.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'")
        loose = {name for name, strict in tables if not strict and not name.startswith(("sqlite_", "_sqlite"))}
    assert loose == set()


def test_eight_processes_may_open_a_new_database_at_once(database: Path) -> None:
    code = f"from smsget.store import Store; Store({str(database)!r}).settings.set('a', 1)"
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(8)]
    errors = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 8, errors


@pytest.mark.parametrize("content", [b"%PDF-1.7 not a database at all", b"x", b"%PDF" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(database: Path, content: bytes) -> None:
    database.write_bytes(content)
    with pytest.raises(NotOurDatabase):
        Store(database)
    assert database.read_bytes() == content


def test_somebody_elses_database_is_refused_and_left_alone(database: Path) -> None:
    with sqlite3.connect(database) as conn:
        conn.execute("CREATE TABLE theirs (a)")
    before = database.read_bytes()
    with pytest.raises(NotOurDatabase):
        Store(database)
    assert database.read_bytes() == before


def test_a_database_that_only_looks_like_ours_is_refused(database: Path) -> None:
    with sqlite3.connect(database) as conn:
        conn.execute(f"PRAGMA application_id = {database_module.schema.APPLICATION_ID}")
        conn.execute("CREATE TABLE campaign (a)")
    with pytest.raises(NotOurDatabase):
        Store(database)


def test_opening_it_again_in_one_process_loses_nothing(store: Store) -> None:
    """Closing any file descriptor of a database would drop this process's locks on it, and with them committed rows."""
    reading, done = threading.Event(), threading.Event()

    def read_on() -> None:
        with sqlite3.connect(store.path, check_same_thread=False) as conn:
            conn.execute("BEGIN")
            conn.execute("SELECT count(*) FROM setting").fetchone()
            reading.set()
            done.wait(30)

    reader = threading.Thread(target=read_on)
    reader.start()
    reading.wait(30)
    again = Store(store.path)
    code = f"from smsget.store import Store; Store({str(store.path)!r}).settings.set('other', 1)"
    subprocess.run([sys.executable, "-c", code], check=True)
    again.settings.set("mine", 1)
    check = (
        f"from smsget.store import Store; s = Store({str(store.path)!r}).settings; print(s.get('mine'), s.get('other'))"
    )
    seen = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True).stdout
    done.set()
    reader.join()
    assert seen.split() == ["1", "1"]


def test_a_deleted_database_says_so_and_does_not_come_back_empty(store: Store) -> None:
    for path in store.path.parent.glob(f"{store.path.name}*"):
        path.unlink()
    with pytest.raises(StoreError) as caught:
        store.settings.get("a")
    assert caught.value.code == "cannot_open"
    assert not store.path.exists()


def test_only_its_owner_may_read_it(store: Store) -> None:
    assert os.name == "nt" or store.path.stat().st_mode & 0o777 == 0o600


def test_four_processes_may_start_after_an_upgrade_at_once(store: Store) -> None:
    code = (
        "from smsget.store import database, Store; database.schema.STEPS['m002_more'] = "
        "lambda db: db.conn.execute('CREATE TABLE more (a TEXT) STRICT'); "
        f"Store({str(store.path)!r})"
    )
    started = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(4)]
    errors = [process.communicate()[1].decode() for process in started]
    assert [process.returncode for process in started] == [0] * 4, errors


def test_a_restored_backup_sends_nothing_by_itself(store: Store, tmp_path: Path) -> None:
    made = make_list(store, phones(3))
    running = store.campaigns.draft("c", "hi", [made])
    store.campaigns.confirm(running, "sandbox")
    later = store.campaigns.draft("c", "hi", [made], schedule="here", send_at=now() + timedelta(hours=1))
    store.campaigns.confirm(later, "sandbox")
    halted = store.campaigns.draft("c", "hi", [made])
    store.campaigns.confirm(halted, "sandbox")
    store.campaigns.pause(halted)
    store.backup(tmp_path / "copy.db")
    copy = Store(tmp_path / "copy.db")
    for campaign in (running, later, halted):
        assert (copy.campaigns.get(campaign).state, copy.campaigns.get(campaign).reason) == ("paused", "restored")
    assert store.campaigns.get(running).state == CampaignState.SENDING


def test_a_newer_database_is_refused_and_left_alone(store: Store) -> None:
    with sqlite3.connect(store.path) as conn:
        conn.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('smsget', 'm999', '')")
    with pytest.raises(DatabaseTooNew) as caught:
        Store(store.path)
    assert caught.value.evidence["unknown"] == ["m999"]


def test_an_older_database_is_brought_up_to_date_after_a_copy(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.settings.set("kept", "yes")
    later = dict(database_module.schema.STEPS)
    later["m002_more"] = lambda db: db.conn.execute("CREATE TABLE more (a TEXT) STRICT")  # type: ignore[assignment,return-value]
    monkeypatch.setattr(database_module.schema, "STEPS", later)
    assert Store(store.path).settings.get("kept") == "yes"
    with sqlite3.connect(store.path) as conn:
        assert conn.execute("SELECT count(*) FROM more").fetchone()[0] == 0
    (copy,) = store.path.parent.glob("*.before-upgrade-*.db")
    with sqlite3.connect(copy) as conn:
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'more'").fetchone()[0] == 0
        assert conn.execute("SELECT value FROM setting WHERE key = 'kept'").fetchone()[0] == '"yes"'


def test_a_writer_that_waits_too_long_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.05)
    with sqlite3.connect(store.path, isolation_level=None) as conn:
        conn.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            store.settings.set("a", 1)
        conn.execute("ROLLBACK")
    store.settings.set("a", 1)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError) as caught:
        Store(tmp_path / "file" / "smsget.db")
    assert caught.value.code == "no_folder"


def test_backup_copies_a_live_database_and_overwrites_nothing(store: Store, tmp_path: Path) -> None:
    store.settings.set("kept", 1)
    store.backup(tmp_path / "copy.db")
    assert Store(tmp_path / "copy.db").settings.get("kept") == 1
    with pytest.raises(StoreError):
        store.backup(tmp_path / "copy.db")


# --- lists -------------------------------------------------------------------------------------------------------


def test_lists_are_joined_in_order_each_number_once_without_the_suppressed(store: Store) -> None:
    first = make_list(store, ["0911000003", "0911000001"], name="first", 姓名="一")
    second = make_list(store, ["0911000001", "0911000002", "0911000009"], name="second", 姓名="二")
    store.suppression.add(["0911000009"])
    got = [(person.phone, person.fields["姓名"]) for person in store.lists.recipients([second, first, second])]
    assert got == [("0911000001", "二"), ("0911000002", "二"), ("0911000003", "一")]
    assert store.lists.overlap([first, second]) == (1, 1)
    assert store.lists.countries([first, second]) == {"TW": 4}


def test_a_list_whose_counts_do_not_add_up_is_not_saved(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        make_list(store, phones(2), rows=5)
    assert store.lists.all() == []


def test_deleting_a_list_keeps_what_its_campaign_sent(store: Store) -> None:
    made = make_list(store, phones(3))
    campaign = store.campaigns.draft("c", "hi", [made])
    store.campaigns.confirm(campaign, "sandbox")
    store.lists.delete(made)
    assert store.campaigns.get(campaign).counts["queued"] == 3
    assert store.campaigns.get(campaign).lists == [(None, "list")]


def test_suppression_keeps_the_first_reason(store: Store) -> None:
    assert store.suppression.add(["0911000001"], reason="refusal", source="reply") == 1
    assert store.suppression.add(["0911000001", "0911000002"], reason="typed") == 1
    assert {one.phone: one.reason for one in store.suppression.all()} == {
        "0911000001": "refusal",
        "0911000002": "typed",
    }
    assert [one.reason for one in store.suppression.remove(["0911000001", "0999999999"])] == ["refusal"]
    assert store.suppression.phones() == {"0911000002"}


# --- confirming --------------------------------------------------------------------------------------------------


def test_thirty_clicks_confirm_once(store: Store) -> None:
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(600))])
    with ThreadPoolExecutor(30) as pool:
        quotes = list(pool.map(lambda _: Store(store.path).campaigns.confirm(campaign, "sandbox"), range(30)))
    assert [quote.recipients for quote in quotes if quote] == [600]
    assert [batch.recipients for batch in store.campaigns.batches(campaign)] == [250, 250, 100]
    assert store.campaigns.get(campaign).counts["queued"] == 600


def test_what_cannot_be_sent_stays_a_draft(store: Store) -> None:
    made = make_list(store, phones(1))
    for text, lists, send_at in [("", [made], None), ("hi", [], None), ("hi", [made], now() - timedelta(minutes=1))]:
        campaign = store.campaigns.draft("c", text, lists, schedule="here" if send_at else "now", send_at=send_at)
        with pytest.raises(Exception, match=r"empty_text|no_recipients|time_passed"):
            store.campaigns.confirm(campaign, "sandbox")
        assert store.campaigns.get(campaign).state == CampaignState.DRAFT
        assert store.campaigns.batches(campaign) == []


def test_a_confirmed_campaign_cannot_be_changed_or_thrown_away(store: Store) -> None:
    made = make_list(store, phones(1))
    campaign = store.campaigns.draft("c", "hi", [made])
    store.campaigns.change_draft(campaign, "c2", "hello", [made])
    store.campaigns.confirm(campaign, "sandbox")
    with pytest.raises(StateError):
        store.campaigns.change_draft(campaign, "c3", "other", [made])
    with pytest.raises(StateError):
        store.campaigns.delete_draft(campaign)
    assert store.campaigns.batches(campaign)[0].text == "hello"


def test_the_quote_uses_the_edited_rates(store: Store) -> None:
    store.settings.set_rates(Rates({"TW": 3}, {"TW": 5}))
    made = make_list(store, phones(10))
    assert store.campaigns.plan([made], "hi").quote.credits == 30
    campaign = store.campaigns.draft("c", "hi", [made], two_way=True)
    quote = store.campaigns.confirm(campaign, "sandbox")
    assert quote is not None
    assert quote.credits == store.campaigns.get(campaign).credits_quoted == 50


def test_a_scheduled_campaign_waits(store: Store) -> None:
    at = now() + timedelta(hours=1)
    campaign = store.campaigns.draft("c", "hi", [make_list(store, phones(1))], schedule="here", send_at=at)
    store.campaigns.confirm(campaign, "sandbox")
    assert store.campaigns.get(campaign).state == CampaignState.SCHEDULED
    assert store.outbox.start_due("sandbox") == 0
    store.campaigns.pause(campaign)
    store.campaigns.resume(campaign)
    assert store.campaigns.get(campaign).state == CampaignState.SCHEDULED


def test_unknown_ids_are_named(store: Store) -> None:
    for ask in (store.campaigns.get, store.campaigns.pause, store.campaigns.cancel, store.lists.get):
        with pytest.raises(BadRequest):
            ask(99)


def test_times_sort_as_text() -> None:
    moment = now().replace(microsecond=0)
    assert from_text(to_text(moment)) == moment
    assert to_text(moment) < to_text(moment + timedelta(milliseconds=1)) < to_text(moment + timedelta(seconds=1))


def test_purge_forgets_people_and_keeps_figures_and_refusals(store: Store) -> None:
    made = make_list(store, phones(3), 姓名="王小明")
    campaign = store.campaigns.draft("c", "{{姓名}}您好", [made])
    store.campaigns.confirm(campaign, "sandbox")
    running = store.campaigns.draft("r", "hi", [made])
    store.campaigns.confirm(running, "sandbox")
    store.campaigns.cancel(campaign)
    store.suppression.add(["0911000009"])
    rows = store.purge(now() + timedelta(seconds=1))
    assert (rows["recipient"], rows["message"], rows["batch"]) == (3, 3, 1)
    assert store.campaigns.get(campaign).recipients == 3
    assert store.campaigns.get(running).counts["queued"] == 3
    assert store.suppression.count() == 1
    assert "王小明".encode() not in b"".join(batch.text.encode() for batch in store.campaigns.batches(campaign))
