"""What the tests of the command line share."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from smsget import launch
from smsget.store import Lease, Store, now, to_text
from tests.builders import confirmed, phones

MEMBERS = """姓名,手機,生日
王小明,0912345678,1990/1/1
陳怡君,912345679,1990/1/2
林志豪,+886 912-345-680,
黃淑芬,,
王小明,0912345678,1990/1/1
吳承恩,02-2345-6789,
周杰,9123 4567,
"""


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences in English, whatever this computer speaks."""
    monkeypatch.setenv("LC_ALL", "C")


@pytest.fixture(autouse=True)
def engine_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The accounts for which an engine was asked for; none is started in these tests."""
    calls: list[str] = []
    monkeypatch.setattr(launch, "ensure_engine", lambda _store, account_key: calls.append(account_key))
    return calls


@pytest.fixture
def members(tmp_path: Path) -> Path:
    file = tmp_path / "members.csv"
    file.write_text(MEMBERS, encoding="utf-8-sig")
    return file


@pytest.fixture
def store(database: Path) -> Store:
    return Store(database)


@pytest.fixture
def unknown(store: Store) -> int:
    """A campaign of three batches: the first accepted, the second of unknown outcome, the third waiting."""
    moment = now()
    lease = Lease("me", "host", 1, "sandbox", to_text(moment), to_text(moment), to_text(moment + timedelta(minutes=1)),
                  False, {})  # fmt: skip
    assert store.leases.take(lease, instead_of=None)
    campaign = confirmed(store, phones(600))
    first, second = store.outbox.claim("me", "sandbox"), store.outbox.claim("me", "sandbox")
    assert first is not None
    assert second is not None
    store.outbox.record_accepted(first, "795938", 250, 99_750)
    store.outbox.record_unknown(second, "http_status", {"status": 502})
    return campaign
