"""Lists are saved, added to, combined and deleted in many short transactions; nobody sees one that is not whole."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from smsget.errors import BadRequest, DatabaseBusy
from smsget.recipients import RecipientList, read_recipients
from smsget.store import Added, Store
from smsget.store import growing as growing_module
from smsget.store.growing import Growing, known_one, new_one
from smsget.store.lists import new_list
from tests.builders import make_list, phones

ROOT = Path(__file__).parents[1]
INSERT = "INSERT INTO recipient VALUES (?, ?, 1, 1, ?, 'TW', '{}')"


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows a transaction, and no pause between two."""
    monkeypatch.setattr(growing_module, "CHUNK", 2)
    monkeypatch.setattr(growing_module, "BREATH_S", 0.0)


def members(count: int, rejected: int = 0, start: int = 0) -> RecipientList:
    rows = [*phones(count, start), *(f"02-2345-{number:04}" for number in range(rejected))]
    return read_recipients(("手機\n" + "\n".join(rows) + "\n").encode(), "members.csv")


def held(store: Store, table: str = "recipient") -> int:
    """Rows in a table, also those that nobody is shown."""
    with contextlib.closing(sqlite3.connect(store.path)) as conn:
        return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.005)


# --- saving ------------------------------------------------------------------------------------------------------


def test_nobody_sees_a_list_before_it_is_whole(store: Store) -> None:
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        everything = store.lists.all(), store.lists.holding(phones(1)[0]), store.failing.all()
        assert everything == ([], [], [])
        with pytest.raises(BadRequest):
            store.lists.get(1)
        with pytest.raises(BadRequest):
            store.campaigns.draft("c", "hi", [1])
        seen.append((store.lists.people(1), store.lists.recipients([1]), store.lists.phones([1]), held(store)))

    def rows() -> Iterator[tuple[object, ...]]:
        for position, phone in enumerate(phones(5), 1):
            yield 1, position, phone
            look()

    with new_one(store._db, lambda conn: new_list(conn, "a", [])) as one:
        one.insert(INSERT, rows())
    assert [each[:3] for each in seen] == [([], [], set())] * 5
    assert [each[3] for each in seen] == [0, 2, 2, 4, 4], "while ever more rows are on disk"
    assert store.lists.all() == [], "it was never finished"
    wait_for(lambda: held(store, "recipient_list") == held(store) == 0)


def test_saved_in_chunks_is_what_was_read(store: Store) -> None:
    made = store.lists.save_file(members(7, rejected=3), "a")
    info = store.lists.get(made)
    assert ([one.phone for one in store.lists.people(made)], info.people, info.problems) == (phones(7), 7, 3)
    assert [row[0] for row in store.lists.table(made)[1]] == phones(7)
    assert len(store.lists.rejected(made)) == 3


def test_an_error_in_the_middle_leaves_nothing(store: Store) -> None:
    info = {"name": "a", "file": "", "sha256": "", "encoding": "", "phone_column": "", "fields": [], "rows": 9,
            "ready": 9, "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0}  # fmt: skip

    def failing() -> Iterator[object]:
        raise OSError("the disk is gone")
        yield

    with pytest.raises(OSError, match="disk"):
        store.lists.save(info, (), failing())  # type: ignore[arg-type]
    assert store.lists.all() == []
    wait_for(lambda: held(store, "recipient_list") == 0)


def test_two_who_save_the_same_at_once_make_one_list(store: Store) -> None:
    """Each with a connection of its own, as two processes have."""
    stores = [Store(store.path) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        made = set(pool.map(lambda each: each.lists.save_file(members(40), "a"), stores))
    assert len(made) == 1
    assert [one.id for one in store.lists.all()] == list(made)
    assert (held(store), held(store, "recipient_list")) == (40, 1)


SAVE = """
import sys
from smsget.store import Store, growing
from tests.test_growing import members
growing.CHUNK, growing.BREATH_S = 20, 0.01
store = Store(sys.argv[1])
if sys.argv[2] == "save":
    store.lists.save_file(members(3000), "a")
else:
    store.lists.add_file(int(sys.argv[2]), members(3000, start=2))
"""


def killed(store: Store, what: str, rows: int) -> None:
    """Another process that is killed once so many rows are on disk."""
    with subprocess.Popen([sys.executable, "-c", SAVE, str(store.path), what], cwd=ROOT) as process:
        try:
            wait_for(lambda: held(store) >= rows or process.poll() is not None)
        finally:
            process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "it was done before"


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
@pytest.mark.parametrize("rows", [1, 333, 1000])
def test_a_killed_save_leaves_no_list_and_can_be_done_again(
    store: Store, rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed(store, "save", rows)
    assert store.lists.all() == []
    assert held(store) >= rows
    monkeypatch.setattr(growing_module, "SILENT_S", 0.0)
    monkeypatch.setattr(growing_module, "CHUNK", 500)
    Store(store.path)  # opening it begins to remove what was left
    wait_for(lambda: held(store) == held(store, "recipient_list") == 0)
    monkeypatch.setattr(growing_module, "SILENT_S", 120.0)
    made = store.lists.save_file(members(3000), "a")
    assert ([one.id for one in store.lists.all()], store.lists.get(made).people, held(store)) == ([made], 3000, 3000)


# --- additions ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="no kill -9")
def test_a_killed_addition_is_undone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_list(store, phones(3), name="a")
    before = store.lists.all()
    killed(store, str(made), 400)
    assert store.lists.all() == before
    assert [one.phone for one in store.lists.recipients([made])] == phones(3)
    monkeypatch.setattr(growing_module, "SILENT_S", 0.0)
    monkeypatch.setattr(growing_module, "CHUNK", 500)
    store.lists.rename(made, "b")
    Store(store.path)
    wait_for(lambda: held(store) == 3)
    monkeypatch.setattr(growing_module, "SILENT_S", 120.0)
    assert store.lists.add_file(made, members(3000, start=2)) == Added(2999, 1, 0)


def test_an_addition_counts_once_it_is_whole(store: Store) -> None:
    made, other = make_list(store, phones(3)), make_list(store, phones(1))
    before = store.lists.get(made)
    with known_one(store._db, made) as one:
        one.insert(INSERT, ((made, position, phone) for position, phone in enumerate(phones(4, 10), 10)))
        assert held(store) == 8
        assert store.lists.get(made) == before
        assert store.lists.phones([made, other]) == set(phones(3))
        for each in ([made], [other, made]):
            assert [person.phone for person in store.lists.recipients(each)] == phones(3)
        assert store.lists.countries([made]) == {"TW": 3}
        assert store.lists.overlap([made, other]) == (1, 0)
        assert store.lists.holding(phones(1, 10)[0]) == []
        assert (store.lists.people_count(made), len(list(store.lists.table(made)[1]))) == (3, 3)
        assert store.lists.people(made, search=phones(1, 10)[0]) == []
        assert store.lists.get(store.lists.combine("c", [made])).people == 3
        store.lists.remove_people([made], phones(1))
        assert store.lists.get(made).people == 2
        with one.finish():
            pass
    assert store.lists.phones([made]) == {*phones(2, 1), *phones(4, 10)}


def test_who_lost_the_list_writes_nothing_more(store: Store) -> None:
    made = make_list(store, phones(3))
    with known_one(store._db, made) as one:
        store.lists.delete(made)
        with pytest.raises(DatabaseBusy):
            one.insert(INSERT, [(made, 10, "0911999999")])
    assert store.lists.all() == []
    wait_for(lambda: held(store) == held(store, "recipient_list") == 0)


# --- combining and deleting --------------------------------------------------------------------------------------


def test_combined_in_chunks_is_everybody_once_with_all_problems(store: Store) -> None:
    first = store.lists.save_file(members(5, rejected=3), "a")
    second = store.lists.save_file(members(6, start=3), "b")
    made = store.lists.combine("c", [first, second], [make_list(store, [phones(1)[0]])])
    assert [one.phone for one in store.lists.people(made)] == phones(8, 1)
    assert (store.lists.get(made).people, store.lists.get(made).problems) == (8, 3)


def test_lists_that_change_while_they_are_combined_give_no_mixture(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_list(store, phones(5))
    before, finish = store.lists.all(), Growing.finish

    def meanwhile(one: Growing) -> contextlib.AbstractContextManager[sqlite3.Connection]:
        store.lists.remove_people([first], phones(1))
        return finish(one)

    with monkeypatch.context() as patch:
        patch.setattr(Growing, "finish", meanwhile)
        with pytest.raises(DatabaseBusy):
            store.lists.combine("c", [first])
    assert [one.id for one in store.lists.all()] == [one.id for one in before]
    assert store.lists.get(store.lists.combine("c", [first])).people == 4


def test_a_long_list_is_gone_at_once_and_its_rows_soon(store: Store) -> None:
    made, kept = make_list(store, phones(9)), make_list(store, phones(2))
    campaign = store.campaigns.draft("c", "hi", [made, kept])
    store.lists.delete(made)
    assert [one.id for one in store.lists.all()] == [kept]
    assert [number for number, _ in store.campaigns.get(campaign).lists] == [None, kept]
    wait_for(lambda: (held(store), held(store, "recipient_list"), held(store, "list_file")) == (2, 1, 1))


# --- looking -----------------------------------------------------------------------------------------------------


def test_looking_never_waits_for_a_writer(store: Store) -> None:
    with store._db.write():
        begun = time.monotonic()
        store.leases.look()
        assert time.monotonic() - begun < 5, "others wait 20 seconds"
    assert store.leases.last_look() is None
    store.leases.look()
    assert store.leases.last_look() is not None
