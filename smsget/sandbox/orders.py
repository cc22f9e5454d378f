"""The fields of a request -> an order to carry out, or the protocol's error code. Pure; the vendor's words live here.

The order of the checks, where several codes would fit (SMS-Get does not publish its own):

    001 username or password field missing        003 scheduled time not in the future
    005 username or password wrong                004 text of more than `max_parts` parts
    006 client address refused                    007 none of the numbers is one SMS-Get serves
    001 method not 1 or 2, no text                009 not enough points
    007 no phone at all
    008 more than 250 recipients
    010 two-way not enabled (two-way only)
    001 a number outside Taiwan (two-way only)
    002 date, hour or minute unreadable (method 2)

A number nobody serves, or what is no number, does not fail a request that has good ones: it is left out, which shows
in the points used.
A number given twice is texted and charged twice, so that a client's mistake is seen instead of mended.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote_plus

from smsget.numbers import country_of
from smsget.sandbox.config import SandboxConfig
from smsget.sandbox.ledger import TAIPEI
from smsget.segments import count_segments

WORDS: dict[str, str] = {
    "001": "參數錯誤",
    "002": "預約時間參數錯誤",
    "003": "預約時間過期",
    "004": "訊息長度過長",
    "005": "帳號密碼錯誤",
    "006": "IP 無法存取",
    "007": "收件者人數為 0",
    "008": "收件人超過 250 人",
    "009": "點數不足",
    "010": "尚未申請雙向功能",
}
"""Error code -> the vendor's words for it (sms-get-api.txt, tables of error_code)."""

MAX_RECIPIENTS = 250

PRICES: dict[str, int] = {"TW": 1, "HK": 1, "CN": 2}
"""Country -> points per message part (sms-get-api.txt, "一、傳送簡訊")."""

OTHER_PRICE = 3
"""Points per part everywhere else. SMS-Get does not publish it; ours differs from every published price on purpose."""

TWO_WAY_PRICE = 2
"""Points per part of a two-way message: not published, but public clients were charged 2 where one-way took 1."""

_DATE = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})\Z", re.ASCII)
_ONE_OR_TWO_DIGITS = re.compile(r"\d{1,2}\Z", re.ASCII)
_URLENCODED = re.compile(r"(?:[A-Za-z0-9_.~*+-]|%[0-9A-Fa-f]{2})+\Z")


class Rejection(Exception):
    """The request is refused with `code`, a key of `WORDS`. Nothing is charged."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Order:
    """What an acceptable request asks for: `used` points for texting `phones` (all served), at `send_at` or now."""

    phones: tuple[str, ...]
    text: str
    used: int
    two_way: bool
    send_at: datetime | None


def check_account(fields: Mapping[str, str], client: str, config: SandboxConfig) -> None:
    """Who may call. Raises `Rejection`: 001, 005, 006."""
    given = fields.get("username"), fields.get("password")
    if given[0] is None or given[1] is None:
        raise Rejection("001")
    right = (_same(given[0], config.username), _same(given[1], config.password))
    if not all(right):
        raise Rejection("005")
    if client in config.refused_addresses:
        raise Rejection("006")


def read_order(fields: Mapping[str, str], *, two_way: bool, now: datetime, config: SandboxConfig) -> Order:
    """The order in a send request whose account is right. `now` is aware.

    Raises `Rejection`: every code but 005, 006 and 009.
    """
    method, text, phone = fields.get("method", "").strip(), fields.get("sms_msg", ""), fields.get("phone", "")
    text = undo_second_encoding(text)
    if method not in ("1", "2") or not text.strip():
        raise Rejection("001")
    given = [number for part in phone.split(",") if (number := part.strip())]
    if not given:
        raise Rejection("007")
    if len(given) > MAX_RECIPIENTS:
        raise Rejection("008")
    served = [(number, country) for number in given if (country := country_of(number))]
    if two_way:
        if not config.two_way:
            raise Rejection("010")
        if any(country != "TW" for _, country in served):
            raise Rejection("001")
    send_at = _schedule(fields, now) if method == "2" else None
    parts = count_segments(text).segments
    if parts > config.max_parts:
        raise Rejection("004")
    if not served:
        raise Rejection("007")
    price = sum(TWO_WAY_PRICE if two_way else PRICES.get(country, OTHER_PRICE) for _, country in served)
    return Order(tuple(number for number, _ in served), text, parts * price, two_way, send_at)


def undo_second_encoding(text: str) -> str:
    """The text a PHP client meant that urlencodes `sms_msg` and then lets its HTTP library encode it again.

    The document asks for an encoded text ("訊息內容須先經過 URL ENCODE 編碼"), and some public clients do it twice
    while others, equally in use, do it once. Undone only where no doubt is left: nothing but the output of an
    urlencode, and it hides characters beyond ASCII. `100%25` and web addresses stay as they are.
    """
    if "%" not in text or not _URLENCODED.match(text):
        return text
    try:
        decoded = unquote_plus(text, errors="strict")
    except UnicodeDecodeError:
        return text
    return text if decoded.isascii() else decoded


def _schedule(fields: Mapping[str, str], now: datetime) -> datetime:
    """The time of a scheduled message, aware. Raises `Rejection`: 002, 003.

    Two digits are asked for, but public clients send `2026/11/5` and minute `7` and are understood.
    """
    date = _DATE.match(fields.get("send_date", "").strip())
    hour, minute = fields.get("hour", "").strip(), fields.get("min", "").strip()
    if date is None or not _ONE_OR_TWO_DIGITS.match(hour) or not _ONE_OR_TWO_DIGITS.match(minute):
        raise Rejection("002")
    year, month, day = map(int, date.groups())
    try:
        at = datetime(year, month, day, int(hour), int(minute), tzinfo=TAIPEI)
    except ValueError:
        raise Rejection("002") from None
    if at <= now:
        raise Rejection("003")
    return at


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())
