"""Small things that tests build: numbers, lists, campaigns."""

from __future__ import annotations

from collections.abc import Sequence

from smsget.store import ReadyRow, Store


def phones(count: int, start: int = 0) -> list[str]:
    """Invented Taiwanese numbers: 0911000000, 0911000001, …"""
    return [f"0911{number:06}" for number in range(start, start + count)]


def make_list(
    store: Store, numbers: Sequence[str], *, name: str = "list", rows: int | None = None, **fields: str
) -> int:
    """Save a list of numbers, everybody with the same `fields`."""
    info = {
        "name": name, "file": f"{name}.csv", "sha256": "", "encoding": "utf-8", "phone_column": "手機",
        "fields": list(fields), "rows": len(numbers) if rows is None else rows, "ready": len(numbers),
        "blank": 0, "duplicates": 0, "suppressed": 0, "rejected": 0,
    }  # fmt: skip
    return store.lists.save(info, (ReadyRow(row, phone, "TW", fields) for row, phone in enumerate(numbers, start=2)))


def confirmed(
    store: Store,
    numbers: Sequence[str],
    text: str = "hi",
    *,
    account: str = "sandbox",
    two_way: bool = False,
    **fields: str,
) -> int:
    """A confirmed campaign to these numbers; its id."""
    campaign = store.campaigns.draft("campaign", text, [make_list(store, numbers, **fields)], two_way=two_way)
    assert store.campaigns.confirm(campaign, account) is not None
    return campaign
