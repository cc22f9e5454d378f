"""What is told of a campaign that goes out or has gone out: its speed, its odd batches, whom it missed, its points."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from smsget.campaigns import charged_otherwise
from smsget.errors import BadRequest
from smsget.i18n import translations
from smsget.store import Store, now, to_text
from smsget.store.following import PICKS
from smsget.words import Words
from tests.builders import AT, claims, confirmed, make_list, phones, receipt

ENGLISH = Words(translations("en"))


def answer(store: Store, *whats: str, used: int | None = None) -> None:
    """Let the next batches end: `accepted`, `unknown`, or a code of SMS-Get."""
    for what, claim in zip(whats, claims(store), strict=False):
        if what == "accepted":
            points = len(claim.phones) if used is None else used
            store.outbox.record_accepted(claim, f"79{claim.batch_id}", points, 50_000 - 250 * claim.batch_id)
        elif what == "unknown":
            store.outbox.record_unknown(claim, "read_timeout", {})
        else:
            store.outbox.record_refused(claim, what)
    store.leases.release("me")


def execute(store: Store, query: str, *values: object) -> None:
    with store._db.write() as conn:
        conn.execute(query, values)


# --- how fast --------------------------------------------------------------------------------------------------------


def test_speed_is_what_was_really_answered_in_the_last_minute(store: Store) -> None:
    campaign = confirmed(store, phones(1000))
    assert store.following.speed(campaign).per_minute == 0
    answer(store, "accepted", "accepted", "unknown")
    for number, ago in ((1, 300), (2, 30)):
        execute(store, "UPDATE batch SET sent_at = ?1, ended_at = ?1 WHERE number = ?2",
                to_text(now() - timedelta(seconds=ago)), number)  # fmt: skip
    speed = store.following.speed(campaign)
    assert speed.people == 250, "neither the batch of five minutes ago nor the one without an answer"
    assert 29 < speed.seconds < 40, "it began half a minute ago: the minute before does not count against it"
    assert speed.per_minute == pytest.approx(500, rel=0.2)


def test_what_held_the_next_batch_is_known(store: Store) -> None:
    campaign = confirmed(store, phones(300))
    assert store.following.held_by(campaign) == ""
    store.outbox.record_not_sent(next(claims(store)), "connect")
    assert store.following.held_by(campaign) == "connect"


# --- which batches ---------------------------------------------------------------------------------------------------


def test_batches_are_found_by_what_is_wrong_with_them(store: Store) -> None:
    campaign = confirmed(store, phones(1250))
    answer(store, "accepted")
    answer(store, "accepted", used=500)
    answer(store, "unknown", "004")
    assert {pick: store.following.count(campaign, pick) for pick in PICKS} == {
        "": 5, "unknown": 1, "refused": 1, "waiting": 1, "otherwise": 1, "left": 0, "cancelled": 0,
    }  # fmt: skip
    assert [one.number for one in store.following.batches(campaign, "otherwise")] == [2]
    assert [one.number for one in store.following.batches(campaign, after=3)] == [4, 5]
    refusal = store.following.refusal(campaign)
    assert refusal is not None
    assert refusal.code == "004"


@pytest.mark.parametrize(
    ("quoted", "used", "segments", "code", "said"),
    [
        (250, 250, 1, None, ""),
        (None, 250, 1, None, ""),
        (250, None, 1, None, ""),
        (750, 500, 3, "other_segments", "SMS-Get counted 2 parts where we counted 3"),
        (500, 250, 2, "one_segment", "counted 1 part where we counted 2"),
        (250, 500, 1, "segments_for_one", "counted 2 parts where we counted 1"),
        (250, 248, 1, "fewer", "2 fewer"),
        (250, 251, 1, "more", "1 more"),
        (250, 0, 1, "fewer", "250 fewer"),
    ],
)
def test_other_points_than_quoted_are_explained(
    quoted: int | None, used: int | None, segments: int, code: str | None, said: str
) -> None:
    found = charged_otherwise(quoted, used, segments)
    assert (found.code if found else None) == code
    assert said in (ENGLISH.charge(found) if found else "")


# --- whom it missed --------------------------------------------------------------------------------------------------


def missed(store: Store) -> int:
    """A campaign of six batches: delivered, failed and silent people, refused, left, cancelled, one suppressed."""
    campaign = confirmed(store, phones(1250), 姓名="王")
    answer(store, "accepted", "unknown", "004")
    store.campaigns.settle(campaign, 2, resend=False)
    store.campaigns.cancel(campaign)
    execute(store, "UPDATE batch SET state = 'refused' WHERE number = 3")
    words = ["DELIVRD", "UNDELIV", "UNDELIV", "ENROUTE"]
    sms_id = store.campaigns.batches(campaign)[0].sms_id or ""
    found = [receipt(word, sms_id=sms_id, phone=phone) for word, phone in zip(words, phones(4), strict=True)]
    store.receipts.load("log", "table", found)
    return campaign


def test_people_who_were_missed_are_counted_by_why(store: Store) -> None:
    campaign = missed(store)
    store.suppression.add(phones(1, 1))
    assert store.unreached.count(campaign) == {
        "failed": 1, "none": 246, "refused": 250, "cancelled": 500, "left": 250,
    }  # fmt: skip


def test_their_list_is_a_real_one_with_their_fields(store: Store) -> None:
    """Those chosen and nobody else, with the fields and the lines of the lists they came from."""
    campaign = missed(store)
    (source, _name), *_ = store.campaigns.get(campaign).lists
    assert source is not None
    saved = store.unreached.save(campaign, "again", ["failed", "cancelled"])
    info = store.lists.get(saved)
    assert (info.name, info.people, info.fields, info.origin) == ("again", 502, ["姓名"], "combined")
    assert [one.file for one in info.files] == [one.file for one in store.lists.get(source).files]
    found = store.lists.people(saved, limit=3)
    assert [(one.phone, dict(one.fields)) for one in found] == [
        ("0911000001", {"姓名": "王"}), ("0911000002", {"姓名": "王"}), ("0911000750", {"姓名": "王"}),
    ]  # fmt: skip
    assert [one.row for one in found] == [3, 4, 752]
    assert store.campaigns.plan([saved], "{{姓名}}").quote.recipients == 502


def test_people_of_a_list_that_was_deleted_come_without_fields(store: Store) -> None:
    """Also when only one of two lists is gone; a number of both has the fields of the one that stays."""
    first, second = make_list(store, phones(3), name="a", 姓名="A"), make_list(store, phones(3, 2), name="b", 姓名="B")
    campaign = store.campaigns.draft("both", "hi", [first, second])
    store.campaigns.confirm(campaign, "sandbox")
    store.campaigns.cancel(campaign)
    store.lists.delete(first)
    saved = store.unreached.save(campaign, "again", ["cancelled"])
    people = store.lists.people(saved)
    assert [(one.phone, one.fields.get("姓名")) for one in people] == [
        ("0911000002", "B"), ("0911000003", "B"), ("0911000004", "B"), ("0911000000", None), ("0911000001", None),
    ]  # fmt: skip
    store.lists.delete(second)
    info = store.lists.get(store.unreached.save(campaign, "once more", ["cancelled"]))
    assert (info.people, [one.file for one in info.files]) == (5, ["both"])


def test_a_list_needs_a_name_and_a_campaign(store: Store) -> None:
    with pytest.raises(BadRequest, match="name_missing"):
        store.unreached.save(confirmed(store, phones(1)), " ", ["failed"])
    with pytest.raises(BadRequest, match="no_such_campaign"):
        store.unreached.save(99, "x", ["failed"])


def test_every_recipient_has_an_outcome(store: Store) -> None:
    campaign = missed(store)
    rows = list(store.unreached.outcomes(campaign))
    assert [row.phone for row in rows] == phones(1250)
    first = rows[1]
    assert (first.batch, first.outcome, first.status, first.word, first.points) == (
        1, "accepted", "failed", "UNDELIV", 1,
    )  # fmt: skip
    assert {row.outcome for row in rows} == {"accepted", "left", "refused", "cancelled"}


# --- the ledger of points --------------------------------------------------------------------------------------------


def readings(store: Store, *given: dict[str, Any]) -> None:
    """Keep readings: `m` minutes after a beginning, `left`, and what else the table has."""
    for one in given:
        values = {"used": None, "at_rest": 0, "settled": 0, "batch_id": None, **one}
        execute(
            store, "INSERT INTO credit_reading (at, account, credits, used, at_rest, settled, batch_id) "
            "VALUES (?, 'sandbox', ?, ?, ?, ?, ?)", to_text(AT + timedelta(minutes=one["m"])), one["left"],
            values["used"], values["at_rest"], values["settled"], values["batch_id"],
        )  # fmt: skip


def lines(store: Store) -> list[tuple[str, int, int]]:
    return [(one.kind, one.change, one.left) for one in reversed(store.ledger.movements("sandbox", limit=-1))]


def test_every_line_of_the_ledger_starts_from_the_one_before(store: Store) -> None:
    """A campaign's answers that overtook each other are one line; a top-up and a strange charge are lines of their own;
    what evidence gave to a silent request is neither.
    """
    campaign = confirmed(store, phones(3))
    (batch,) = store.campaigns.batches(campaign)
    readings(
        store,
        {"m": 0, "left": 1000, "at_rest": 1},
        {"m": 1, "left": 880, "used": 20, "batch_id": batch.id},
        {"m": 1.1, "left": 900, "used": 100, "batch_id": batch.id},
        {"m": 10, "left": 1380, "at_rest": 1},
        {"m": 20, "left": 1350, "at_rest": 1},
        {"m": 30, "left": 1340, "settled": 10, "at_rest": 1},
    )
    assert lines(store) == [
        ("opening", 1000, 1000), ("campaign", -120, 880), ("elsewhere", 500, 1380), ("elsewhere", -30, 1350),
        ("settled", -10, 1340),
    ]  # fmt: skip
    assert store.ledger.sums("sandbox") == {
        "opening": (1, 1000), "campaign": (1, -120), "elsewhere": (2, 470), "settled": (1, -10),
    }  # fmt: skip
    taken = store.ledger.movements("sandbox", kinds=("campaign",))
    assert [(one.campaign, one.requests) for one in taken] == [("campaign", 2)]
    assert [one.change for one in store.credits.unexplained("sandbox")] == [-30, 500]


def test_the_ledger_is_paged_by_key(store: Store) -> None:
    readings(store, *({"m": 10 * at, "left": 1000 + at, "at_rest": 1} for at in range(10)))
    first = store.ledger.movements("sandbox", limit=4)
    rest = store.ledger.movements("sandbox", before=first[-1].id, limit=-1)
    assert [one.left for one in (*first, *rest)] == list(range(1009, 999, -1))
    assert store.ledger.movements("acme@x") == []
