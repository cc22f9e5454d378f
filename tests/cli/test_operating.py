"""Care for the database, and databases that cannot be used."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from smsget.errors import DatabaseBusy
from smsget.store import Store
from tests.cli.running import run, run_json, sentence


def foreign(path: Path) -> None:
    """A database of another program."""
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE diary (entry TEXT)")


def newer(path: Path) -> None:
    """A database that a later version of this program has changed."""
    Store(path)
    with sqlite3.connect(path) as conn:
        conn.execute("INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('smsget', 'm999', '')")


def text(path: Path) -> None:
    """No database at all."""
    path.write_text("Dear diary\n" * 100, encoding="utf-8")


@pytest.mark.parametrize(
    ("make", "said"),
    [(foreign, "not a database of this program"), (text, "not a database of this program"), (newer, "newer version")],
)
@pytest.mark.parametrize("args", [["campaigns"], ["suppress", "list"], ["check", "members.csv"], ["backup", "b.db"]],
                         ids=" ".join)  # fmt: skip
def test_a_database_that_is_not_ours_is_left_as_it_is(
    make: Callable[[Path], None], said: str, args: list[str], members: Path, tmp_path: Path
) -> None:
    path = tmp_path / "other.db"
    make(path)
    before = path.read_bytes()
    args = [str(members) if arg == "members.csv" else arg for arg in args]
    assert said in sentence("--db", path, *args, status=1)
    assert path.read_bytes() == before


def test_a_busy_database_is_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise DatabaseBusy("busy", path=str(store.path))

    monkeypatch.setattr("smsget.store.campaigns.Campaigns.all", busy)
    assert "busy" in sentence("campaigns", status=1)


def test_backup_copies_and_never_overwrites(unknown: int, tmp_path: Path) -> None:
    out = tmp_path / "copy.db"
    data = run_json("backup", out)
    assert data["rows"]["message"] == 600
    assert Store(out).campaigns.get(unknown).recipients == 600
    assert "exists already" in sentence("backup", out, status=1)


def test_backup_into_a_folder_that_is_not_there_names_the_folder(unknown: int, tmp_path: Path) -> None:
    folder = tmp_path / "no" / "such"
    assert sentence("backup", folder / "copy.db", status=1) == f"{folder} cannot be used: No such file or directory."
    assert not folder.exists()


def test_backup_and_purge_make_no_database(tmp_path: Path, database: Path) -> None:
    assert "no database" in sentence("backup", tmp_path / "copy.db", status=1)
    assert "no database" in sentence("purge", "--older-than", "1d", "--yes", status=1)
    assert not database.exists()


def test_purge_counts_and_needs_no_yes_where_nobody_can_answer(store: Store, members: Path) -> None:
    run("send", members, "--text", "hi", "--yes")
    run("suppress", "import", members)
    before = Store(store.path).lists.all()
    assert run_json("purge", "--older-than", "180d")["rows"]["recipient"] == 0
    assert store.lists.all() == before
    assert "recipient" in run("purge", "--older-than", "0").stdout
    assert store.lists.all() == []
    assert len(store.suppression.all()) == 4


@pytest.mark.parametrize(
    ("args", "answer", "status", "left"),
    [([], "n\n", 1, 1), ([], "y\n", 0, 0), (["--yes"], "", 0, 0), (["--json"], "", 0, 0)],
)
def test_purge_asks_at_a_terminal(
    args: list[str], answer: str, status: int, left: int, store: Store, members: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("send", members, "--text", "hi", "--yes")
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    result = run("purge", "--older-than", "0d", *args, status=status, input=answer)
    assert ("[y/N]" in result.stderr) is bool(answer)
    assert len(store.lists.all()) == left
