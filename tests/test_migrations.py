"""A database of an older version is brought up to date, and nothing that it held is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from smsget.campaigns import CampaignState
from smsget.errors import StoreError
from smsget.store import Store
from smsget.store import database as database_module

FIRST = "m001_first"

# As version 1 wrote it: two lists, one of them with a problem and in a campaign half-way, and receipts of refusals.
OLD_ROWS = """
INSERT INTO recipient_list VALUES (3, '會員', '會員.csv', 'abc', 'cp950', '手機', '["姓名"]', 6, 2, 1, 1, 1, 1, '2026-11-01T00:00:00.000Z');
INSERT INTO recipient_list VALUES (5, 'empty', 'e.csv', 'def', 'utf-8', 'phone', '[]', 0, 0, 0, 0, 0, 0, '2026-11-02T00:00:00.000Z');
INSERT INTO recipient VALUES (3, 2, '0911000001', 'TW', '{"姓名": "王小明"}');
INSERT INTO recipient VALUES (3, 7, '0911000000', 'TW', '{"姓名": "陳怡君"}');
INSERT INTO rejected_row VALUES (3, 4, '02-2345', 'wrong_length', '', '{"姓名": "吳", "手機": "02-2345"}');
INSERT INTO campaign (id, name, state, text, two_way, account, schedule, recipients, segments, credits_quoted, created_at, confirmed_at)
    VALUES (1, 'c', 'sending', 'hi', 0, 'sandbox', 'now', 2, 2, 2, '2026-11-03T00:00:00.000Z', '2026-11-03T00:00:00.000Z');
INSERT INTO campaign_list VALUES (1, 3, '會員');
INSERT INTO batch (id, campaign_id, number, state, text, segments, recipients, credits_quoted) VALUES (1, 1, 1, 'queued', 'hi', 1, 2, 2);
INSERT INTO message (campaign_id, batch_id, phone, country, credits) VALUES (1, 1, '0911000001', 'TW', 1), (1, 1, '0911000000', 'TW', 1);
INSERT INTO receipt VALUES ('7', '0911000008', '2026-11-03T00:00:00.000Z', 'rejmobil', 'failed', 'c', '2026-11-04T00:00:00.000Z');
INSERT INTO receipt VALUES ('7', '0911000009', '2026-11-03T00:00:00.000Z', 'REJMOBIL', 'failed', 'c', '2026-11-04T00:00:00.000Z');
INSERT INTO receipt VALUES ('7', '0911000007', '2026-11-03T00:00:00.000Z', 'DELIVRD', 'delivered', 'c', '2026-11-04T00:00:00.000Z');
INSERT INTO suppression VALUES ('0911000009', 'refusal', 'reply', '2026-11-01T00:00:00.000Z')
"""  # noqa: E501


@pytest.fixture
def old(database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A database that version 1 made and filled."""
    with monkeypatch.context() as patch:
        patch.setattr(database_module.schema, "STEPS", {FIRST: database_module.schema.STEPS[FIRST]})
        Store(database)
    with sqlite3.connect(database) as conn:
        conn.execute("PRAGMA foreign_keys = ON")
        for statement in OLD_ROWS.strip().split(";\n"):
            conn.execute(statement)
    return database


def test_lists_keep_their_people_and_problems(old: Path) -> None:
    """Building the tables anew must not let the rows go with the old ones."""
    store = Store(old)
    empty, members = store.lists.all()
    assert (members.id, members.name, members.fields, members.people, members.problems) == (3, "會員", ["姓名"], 2, 1)
    assert (members.origin, members.created_at, members.changed_at) == ("file", *["2026-11-01T00:00:00.000Z"] * 2)
    (file,) = members.files
    assert (file.file, file.sha256, file.sheet, file.encoding, file.phone_column) == (
        "會員.csv", "abc", "", "cp950", "手機"
    )  # fmt: skip
    assert (file.rows, file.ready, file.blank, file.duplicates, file.suppressed, file.rejected) == (6, 2, 1, 1, 1, 1)
    assert [(one.row, one.phone, one.fields) for one in store.lists.people(3)] == [
        (2, "0911000001", {"姓名": "王小明"}),
        (7, "0911000000", {"姓名": "陳怡君"}),
    ]
    assert [(one.row, one.value, one.cells["姓名"]) for one in store.lists.rejected(3)] == [(4, "02-2345", "吳")]
    assert (empty.people, empty.problems, len(empty.files)) == (0, 0, 1)


def test_a_campaign_goes_on_with_its_list(old: Path) -> None:
    store = Store(old)
    campaign = store.campaigns.get(1)
    assert (campaign.state, campaign.lists, campaign.counts["queued"]) == (CampaignState.SENDING, [(3, "會員")], 2)
    assert (campaign.skip_days, campaign.left_out, campaign.counts["skipped"]) == (None, {}, 0)


def test_who_refused_advertising_is_suppressed_since_then(old: Path) -> None:
    """A number that was on the list keeps its first reason."""
    assert {one.phone: (one.reason, one.source) for one in Store(old).suppression.all()} == {
        "0911000008": ("advertising_refused", "receipt"),
        "0911000009": ("refusal", "reply"),
    }


def test_an_upgraded_database_is_like_a_new_one(old: Path, tmp_path: Path) -> None:
    def shape(path: Path) -> dict[str, object]:
        with sqlite3.connect(path) as conn:
            tables = [row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
            assert conn.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            return {
                name: (
                    conn.execute(f"PRAGMA table_info({name})").fetchall(),
                    conn.execute(f"PRAGMA foreign_key_list({name})").fetchall(),
                    sorted(row[1] for row in conn.execute(f"PRAGMA index_list({name})")),
                )
                for name in sorted(tables)
            }

    Store(old)
    Store(tmp_path / "new.db")
    assert shape(old) == shape(tmp_path / "new.db")


def test_rows_without_their_list_stop_the_upgrade_and_leave_the_old_database(old: Path) -> None:
    with sqlite3.connect(old) as conn:  # foreign keys are off here
        conn.execute("DELETE FROM recipient_list WHERE id = 3")
    with pytest.raises(StoreError):
        Store(old)
    with sqlite3.connect(old) as conn:
        assert conn.execute("SELECT count(*) FROM recipient").fetchone()[0] == 2
        assert conn.execute("SELECT count(*) FROM sqlite_master WHERE name = 'list_file'").fetchone()[0] == 0
