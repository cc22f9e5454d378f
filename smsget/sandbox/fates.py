"""What becomes of a message: the last two digits of its number decide. Pure: a ledger entry -> its callbacks.

Because the callbacks of an entry follow from the entry alone, a sandbox that was killed knows after its restart
exactly which ones it still owes.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from smsget.sandbox.ledger import TAIPEI, Entry


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt: its status `word`, dated `dated` and posted `posted` callback delays after the message went out."""

    word: str
    dated: float = 1
    posted: float = 1


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of a message: `reports` in the order they happen, then perhaps a `reply` (two-way only).

    A reply is the text without the account's reply code. `note` is a sentence for the command line's help.
    """

    note: str
    reports: tuple[Report, ...]
    reply: str = ""


_LATE = 4
"""A late receipt takes this many callback delays."""

_FAILURES = (
    ("UNDELIV", "could not be delivered"),
    ("EXPIRED", "phone was off until the message expired"),
    ("DELETED", "deleted on the way"),
    ("REJECTD", "rejected by the carrier"),
    ("SYNTAXE", "syntax error"),
    ("MOBERROR", "bad number"),
    ("MSGERROR", "bad message"),
    ("OTHERROR", "another error"),
    ("REJERROR", "blocked word"),
    ("REJMOBIL", "the subscriber refuses advertising"),
)

_DELIVERED = (Report("DELIVRD"),)

DELIVERED = Fate("delivered (DELIVRD)", _DELIVERED)
"""The fate of every ending that is not in `FATES`."""

FATES: dict[str, Fate] = {
    "73": Fate("delivered, in the other spelling (DELIVERED)", (Report("DELIVERED"),)),
    "74": Fate("a word nobody knows (NOROUTE)", (Report("NOROUTE"),)),
    "75": Fate("pending for good (ENROUTE, nothing after it)", (Report("ENROUTE"),)),
    "76": Fate("SCHEDULED, then DELIVRD", (Report("SCHEDULED", 0.5), Report("DELIVRD", 1.5, 2))),
    "77": Fate("ENROUTE, then DELIVRD", (Report("ENROUTE", 0.5), Report("DELIVRD", 1.5, 2))),
    "78": Fate("ACCEPTD, then UNDELIV", (Report("ACCEPTD", 0.5), Report("UNDELIV", 1.5, 2))),
    "79": Fate("UNKNOWN, then EXPIRED", (Report("UNKNOWN", 0.5), Report("EXPIRED", 1.5, 2))),
    **{str(80 + n): Fate(f"failed: {note} ({word})", (Report(word),)) for n, (word, note) in enumerate(_FAILURES)},
    "90": Fate("no receipt, ever", ()),
    "91": Fate(f"late receipt, after {_LATE} callback delays (DELIVRD)", (Report("DELIVRD", _LATE, _LATE),)),
    "92": Fate("the same receipt twice (DELIVRD)", (Report("DELIVRD"), Report("DELIVRD", 1, 2))),
    "93": Fate("out of order: DELIVRD, then ENROUTE of before", (Report("DELIVRD"), Report("ENROUTE", 0.5, 2))),
    "94": Fate("delivered; replies 好的 (two-way only)", _DELIVERED, "好的"),
    "95": Fate("delivered; replies a question (two-way only)", _DELIVERED, "請問, 週六100%有營業嗎? A|B"),
    "96": Fate("delivered; replies Thanks + see you (two-way only)", _DELIVERED, "Thanks + see you"),
    "97": Fate("delivered; refuses: 退訂 (two-way only)", _DELIVERED, "退訂"),
    "98": Fate("delivered; refuses: STOP (two-way only)", _DELIVERED, "STOP"),
    "99": Fate("delivered; refuses: 取消 (two-way only)", _DELIVERED, "取消"),
}
"""Last two digits -> fate, for the endings that are not simply delivered. The command line's help prints it."""


@dataclass(frozen=True, slots=True)
class Callback:
    """One POST to the callback URL: form `fields`, not before `due` (aware). Its place in the list names it."""

    due: datetime
    fields: dict[str, str]


def fate_of(phone: str) -> Fate:
    """The fate of a number."""
    return FATES.get(phone[-2:], DELIVERED)


def callbacks(entry: Entry, delay_s: float, reply_code: str) -> list[Callback]:
    """Every callback a request will cause, in the order they are posted.

    Receipts that are due together share one POST, comma-joined as `phone|carrier id|time|status` under the request's
    sms_id (sms-get-api.txt, "二、接收回傳狀態"). Replies come one to a POST as `phone|id|time|text`, the text
    percent-encoded once more, without sms_id ("四、雙向簡訊 CallBack"). Times are Asia/Taipei. A scheduled message
    starts at its time. The same entry, delay and code always give the same list.
    """
    start = entry.send_at or entry.at
    receipts: dict[float, list[str]] = defaultdict(list)
    posts: list[tuple[float, dict[str, str]]] = []
    for place, phone in enumerate(entry.phones):
        fate = fate_of(phone)
        for report in fate.reports:
            when = _stamp(start + timedelta(seconds=report.dated * delay_s))
            receipts[report.posted].append(f"{phone}|{_carrier_id(entry.sms_id, place)}|{when}|{report.word}")
        if entry.two_way and fate.reply:
            posts.append((1.5, {"content": _reply(entry, place, start, delay_s, reply_code + fate.reply)}))
    posts += [(posted, {"sms_id": entry.sms_id, "content": ",".join(lines)}) for posted, lines in receipts.items()]
    posts.sort(key=lambda post: post[0])
    return [Callback(start + timedelta(seconds=posted * delay_s), fields) for posted, fields in posts]


def _reply(entry: Entry, place: int, start: datetime, delay_s: float, text: str) -> str:
    at = start + timedelta(seconds=1.5 * delay_s)
    # 13 digits as the real ones have; the place keeps the replies of one request apart
    reply_id = int(at.timestamp()) * 1000 + place
    return f"{entry.phones[place]}|{reply_id}|{_stamp(at)}|{quote(text, safe='')}"


def _stamp(at: datetime) -> str:
    return at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S")


def _carrier_id(sms_id: str, place: int) -> str:
    # A hash and not a random number: a receipt posted twice, or again after a restart, is byte for byte the same.
    return "$" + hashlib.blake2b(f"{sms_id}/{place}".encode(), digest_size=4).hexdigest().upper()
