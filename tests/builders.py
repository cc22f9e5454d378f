"""Small things that tests build: numbers, lists, campaigns, receipts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from smsget.receipts import Receipt, Reply, status_of
from smsget.store import Claim, Lease, ReadyRow, Store, now, to_text

AT = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)  # when receipts and replies are built to have come
PHONE = "0912345678"


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
    skip_days: int | None = None,
    **fields: str,
) -> int:
    """A confirmed campaign to these numbers; its id."""
    campaign = store.campaigns.draft(
        "campaign", text, [make_list(store, numbers, **fields)], two_way=two_way, skip_days=skip_days
    )
    assert store.campaigns.confirm(campaign, account) is not None
    return campaign


def claims(store: Store, account: str = "sandbox") -> Iterator[Claim]:
    """The batches an engine would send, one after the other."""
    moment = to_text(now())
    store.leases.take(Lease("me", "here", 1, account, moment, moment, moment, False, {}), instead_of=None)
    while claim := store.outbox.claim("me", account):
        yield claim
    store.leases.release("me")


def sent(store: Store, numbers: Sequence[str], sms_id: str = "795938", *, two_way: bool = False, left: int = 0) -> int:
    """A campaign to at most 250 numbers that SMS-Get accepted under `sms_id`, a point for each; its id."""
    campaign = confirmed(store, numbers, two_way=two_way)
    for claim in claims(store):
        store.outbox.record_accepted(claim, sms_id, len(numbers), left)
    return campaign


def receipt(word: str = "DELIVRD", *, sms_id: str = "795938", phone: str = PHONE, minutes: int = 0) -> Receipt:
    """A receipt so many minutes after `AT`."""
    return Receipt(sms_id, phone, "$0040B0FA7", AT + timedelta(minutes=minutes), word, status_of(word))


def reply(text: str, *, phone: str = PHONE, minutes: int = 0) -> Reply:
    """A reply so many minutes after `AT`, to an account whose two-way code is 24."""
    return Reply(phone, f"{1634110261249 + minutes}", AT + timedelta(minutes=minutes), f"24{text}", text)
