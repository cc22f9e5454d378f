"""Write the sample callback logs in `logs/`: `python data/samples/make_logs.py`. The same bytes every time.

Three shops kept SMS-Get's callbacks in three ways. Every number and id in here is invented.
"""

from __future__ import annotations

import csv
import json
import random
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import quote, urlencode

CODE = "24"  # the two-way code of the invented account
FATES = (["DELIVRD"] * 16) + ["UNDELIV", "EXPIRED", "REJMOBIL", "MOBERROR"]
TEXTS = (
    "好的，謝謝",
    "請問週末有營業嗎？",
    "退訂",
    "STOP",
    "2位，19:00",
    "N",
    "請不要再傳了",
    "收到, 感謝",
    "取消預約可以嗎",
)

Callback = dict[str, str]


def shop(seed: int, first_id: int, start: datetime, requests: int, replies: int) -> list[tuple[datetime, Callback]]:
    """Callbacks of one shop in the order they came in: the day after each request its receipts, replies between."""
    chance = random.Random(seed)
    callbacks = []
    for request in range(requests):
        sent = start + timedelta(days=request // 6, minutes=17 * request)
        phones = [f"09{chance.randrange(10, 90)}000{chance.randrange(1000):03}" for _ in range(chance.randrange(1, 6))]
        items = [
            f"{phone}|${chance.randrange(16**8):08X}|{sent + timedelta(seconds=chance.randrange(4, 90))}|{word}"
            for phone in dict.fromkeys(phones)
            for word in [chance.choice(FATES)]
        ]
        callbacks.append(
            (sent + timedelta(hours=24), {"sms_id": str(first_id + 3 * request), "content": ",".join(items)})
        )
    for number in range(replies):
        at = start + timedelta(days=number // 3, hours=number % 9, seconds=chance.randrange(3600))
        content = (
            f"09{chance.randrange(10, 90)}000{chance.randrange(1000):03}|{1_790_000_000_000 + number * 7919}|{at}|"
        )
        callbacks.append((at, {"content": content + quote(CODE + TEXTS[number % len(TEXTS)])}))
    return sorted(callbacks, key=lambda one: one[0])


def pending_then_final(at: datetime, sms_id: int, phone: str) -> list[tuple[datetime, Callback]]:
    """One message reported twice: still on its way at first, delivered in the end."""
    reports = (("ENROUTE", timedelta(minutes=2)), ("DELIVRD", timedelta(minutes=41)))
    return [
        (at + later, {"sms_id": str(sms_id), "content": f"{phone}|$0040B0FA7|{at + later}|{word}"})
        for word, later in reports
    ]


def table() -> str:
    """What phpMyAdmin exports of a table with columns of its owner's choice: UTF-8 with a byte order mark, CRLF."""
    out = StringIO()
    rows = csv.writer(out)
    rows.writerow(["id", "received_at", "ip", "content", "sms_id", "answered"])
    callbacks = shop(1, 1783822, datetime(2026, 10, 5, 10, 0), 48, 12)
    callbacks += pending_then_final(datetime(2026, 10, 9, 11, 0), 1784001, "0911000111")
    for number, (at, fields) in enumerate(callbacks + callbacks[3:4], 1):  # one came twice
        rows.writerow([number, at, "203.0.113.7", fields["content"], fields.get("sms_id", ""), "ok"])
    rows.writerow([len(callbacks) + 2, "2026-10-15 10:00:00", "198.51.100.9", "test from my browser", "", "ok"])
    return "\ufeff" + out.getvalue()


def bodies() -> str:
    """`file_put_contents("callback.log", file_get_contents("php://input") . "\\n", FILE_APPEND)`."""
    callbacks = shop(2, 795938, datetime(2026, 9, 1, 14, 30), 90, 20)
    callbacks += pending_then_final(datetime(2026, 9, 16, 9, 0), 796300, "0922000222")
    lines = [urlencode(fields) for _, fields in callbacks]
    lines[40:40] = [lines[12], "sms_id=796001&content=0933000333%7C%240040B0FA7%7C2026-02-31+25%3A00%3A00%7CDELIVRD"]
    return "\n".join(lines) + "\n"


def application() -> str:
    """A script's own log: what it was doing, and each body as JSON behind a time."""
    callbacks = shop(3, 2046110, datetime(2026, 11, 1, 9, 15), 70, 25)
    callbacks += pending_then_final(datetime(2026, 11, 13, 12, 0), 2046500, "0955000555")
    lines = [f"[{at}]POST DATA: {json.dumps(fields, separators=(',', ':'))}" for at, fields in callbacks]
    lines.insert(30, lines[29])
    lines.insert(
        55, '[2026-11-04 10:13:08]POST DATA: {"sms_id":"2046201","content":"0944000444|$0040B0'
    )  # the disk was full
    return "\n".join(lines) + "\n"


def main(folder: Path) -> None:
    """Write the three logs into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("callbacks_table.csv", table()),
        ("callback_bodies.log", bodies()),
        ("application.log", application()),
    ):
        (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "logs")
