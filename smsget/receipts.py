"""What SMS-Get says of a message afterwards: the payloads of both callbacks -> Receipt, Reply, Unreadable.

Sources: sms-get-api.txt, "二、接收回傳狀態" (delivery receipts) and "四、雙向簡訊 CallBack" (replies), and what public
clients saw on the wire. No input raises: what cannot be read comes back as `Unreadable` with its reason and its text.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from urllib.parse import unquote_plus

from smsget.numbers import to_wire

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
"""The zone of every time SMS-Get writes. Fixed: Taiwan has kept no summer time since 1979."""

STATUS_WORDS: dict[str, str] = {
    **dict.fromkeys(("SCHEDULED", "ENROUTE", "ACCEPTD", "UNKNOWN"), "pending"),
    **dict.fromkeys(("DELIVRD", "DELIVERED"), "delivered"),
    **dict.fromkeys(("UNDELIV", "EXPIRED", "DELETED", "REJECTD", "SYNTAXE"), "failed"),
    # A bad number; a bad message; another error; a blocked word; a subscriber who refuses advertising.
    **dict.fromkeys(("MOBERROR", "MSGERROR", "OTHERROR", "REJERROR", "REJMOBIL"), "failed"),
}
"""Every status word known, in upper case -> `pending`, `delivered` or `failed` (for good)."""

WHY = ("fields", "bad_number", "bad_time", "no_content")
"""Why a payload is `Unreadable`: not the four fields; no mobile number; an impossible time; nothing in it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a carrier reported of one message. A receipt belongs to `(sms_id, phone)`: one id serves a whole request.

    `sms_id` is "" when the log did not keep it, `phone` is in wire form, `at` is aware and in UTC, `word` is the
    carrier's own, `status` its group: `pending`, `delivered`, `failed` or `other`.
    """

    sms_id: str
    phone: str
    carrier_id: str
    at: datetime
    word: str
    status: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a recipient wrote back. `raw_text` still begins with the account's two-way code, `text` does not."""

    phone: str
    reply_id: str
    at: datetime
    raw_text: str
    text: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What could not be read. `line` is its line in the log, 0 outside of one; `why` a code; `raw` the text itself."""

    line: int
    why: str
    raw: str


Item = Receipt | Reply | Unreadable

TEST_BODY = b"smsget_test="
"""How the body of a call begins that tries the way to the receiver and says nothing else."""


def status_of(word: str) -> str:
    """The group of a status word, in any case: `pending`, `delivered`, `failed`, or `other` for a word not known."""
    return STATUS_WORDS.get(word.strip().upper(), "other")


def parse_receipts(sms_id: str, content: str) -> list[Receipt | Unreadable]:
    """Read `content` as receipts of `sms_id`: items `phone|carrier id|time|status` joined by commas.

    The same four fields with spaces between them are accepted, which is how sms-get-api.txt prints them.
    """
    sms_id = sms_id.strip()
    if (plain := _plain_receipts(sms_id, content)) is not None:
        return plain
    return [item for piece in _pieces(content) for item in _receipts(sms_id, _fields(piece))]


def parse_replies(content: str, code: str = "") -> list[Reply | Unreadable]:
    """Read `content` as replies, items `phone|id|time|text`, and strip the account's two-way `code` off the texts.

    The text is percent-encoded once more inside its field. A `+` in there is a space, since SMS-Get runs on PHP, whose
    urlencode writes one so and a plus as %2B. Damaged sequences stay as they are. A comma that somebody forgot to
    encode does not end a reply: only a comma before a number and a separator does.
    """
    return [_reply(_fields(piece), code) for piece in _pieces(content)]


def parse_callback(fields: Mapping[str, str], code: str = "") -> list[Item]:
    """Read the fields of one callback, whichever of the two it was.

    SMS-Get sends `sms_id` with receipts only, so with one an item is a receipt, unless its text is percent-encoded or
    begins with the two-way `code`. Without one (a reply, or a log that kept nothing but `content`) an item is a receipt
    if its last field is a status word that we know, or one that looks like one: a single word in capitals without the
    code that every reply begins with. All else, and every refusal, is a reply.
    """
    sms_id, content = fields.get("sms_id", "").strip(), fields.get("content", "")
    if not content.strip(" ,\t\r\n"):
        return [Unreadable(0, "no_content", content)]
    plain = _plain_receipts(sms_id, content)
    if plain is not None and (sms_id or all(item.__class__ is Receipt and item.status != "other" for item in plain)):
        return list(plain)
    items: list[Item] = []
    for piece in _pieces(content):
        read = _fields(piece)
        if isinstance(read, _Fields) and _is_reply(sms_id, read.rest, code):
            items.append(_reply(read, code))
        else:
            items += _receipts(sms_id, read)
    return items


def form_fields(text: str) -> dict[str, str]:
    """The fields of a urlencoded body or query string. Of a name given twice the last one counts, as in PHP.

    Logs keep bodies decoded as well, so an `&` only separates when a name and `=` follow it.
    """
    pairs = (piece.partition("=") for piece in _NEXT_FIELD.split(text.strip().lstrip("?&")))
    return {_unquoted(name).strip(): _unquoted(value.rstrip("&")) for name, _, value in pairs if name}


def _unquoted(text: str) -> str:
    """`unquote_plus`, with the escapes that make up most of a content done first: five times as fast."""
    if "%" in text:
        for escape, character in (("%7C", "|"), ("%3A", ":"), ("%2C", ","), ("%24", "$")):
            text = text.replace(escape, character)
    return unquote_plus(text) if "%" in text else text.replace("+", " ")


def storable(text: str) -> str:
    r"""The text with half surrogate pairs replaced: JSON can write `\ud83d` alone, UTF-8 and SQLite cannot."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if not text.isascii() else text


_NEXT_FIELD = re.compile(r"&(?=[A-Za-z_][\w.%\[\]-]{0,60}=)")

# --- one content into its items -------------------------------------------------------------------------------------

_PLAIN = r"09[0-9]{8}\|[^|,\s]{0,64}\|[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}\|[A-Za-z]{1,32}"
_ALL_PLAIN = re.compile(rf"{_PLAIN}(?:,{_PLAIN})*")

# No quantifier here can run over the text of another, so that any content is read in linear time.
_ITEM_START = re.compile(
    r"(?:^|[,\r\n])[ \t]*"
    r"(?=\+?[0-9]{7,15}[ \t]*\||\+?[0-9]{7,15}[ \t]{1,9}[^\s,]{1,64}[ \t]{1,9}[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T])"
)
_SPACED = re.compile(
    r"(\+?[0-9]\S{5,20})[ \t]+(\S{1,64})[ \t]+"
    r"([0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ \tT]+[0-9]{1,2}:[0-9]{1,2}(?::[0-9]{1,2})?)(?:[ \t](.*)|$)",
    re.DOTALL,
)
_CARRIERS_WORD = re.compile(r"[A-Z]{4,10}")  # NOROUTE, say: words nobody published come, too
_TIME = re.compile(
    r"([0-9]{4})[-/]([0-9]{1,2})[-/]([0-9]{1,2})[ T+]+([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,9})?)?"
)


@dataclass(frozen=True, slots=True)
class _Fields:
    """The four fields of an item; `rest` is a status word or a text, with all that stands behind it."""

    phone: str
    id: str
    at: datetime
    rest: str
    raw: str


def _plain_receipts(sms_id: str, content: str) -> list[Receipt | Unreadable] | None:
    """The receipts of a content in the form SMS-Get really sends for Taiwan, fast; None for any other form."""
    if _ALL_PLAIN.fullmatch(content) is None:
        return None
    items: list[Receipt | Unreadable] = []
    for piece in content.split(","):
        phone, carrier_id, time, word = piece.split("|")
        at = _utc(time)
        if at is None:
            items.append(Unreadable(0, "bad_time", piece))
        else:
            items.append(Receipt(sms_id, phone, carrier_id, at, word, STATUS_WORDS.get(word.upper(), "other")))
    return items


def _pieces(content: str) -> Iterator[str]:
    """Cut `content` where an item starts: at a number followed by a separator. Nothing is dropped but white space."""
    starts = list(_ITEM_START.finditer(content))
    ends = [match.start() for match in starts] + [len(content)]
    before = content[: ends[0]].strip(" ,\t\r\n")
    if before:
        yield before
    for match, end in zip(starts, ends[1:], strict=True):
        yield content[match.end() : end].strip()


def _fields(piece: str) -> _Fields | Unreadable:
    parts = piece.split("|", 3)
    if len(parts) != 4 or " " in parts[0].strip():  # a text in the spaced form may well hold three bars
        if spaced := _SPACED.fullmatch(piece):
            parts = [part or "" for part in spaced.groups()]
        elif len(parts) != 4:
            return Unreadable(0, "fields", piece)
    phone = _wire(parts[0].strip())
    if phone is None:
        return Unreadable(0, "bad_number", piece)
    at = _utc(parts[2].strip())
    if at is None:
        return Unreadable(0, "bad_time", piece)
    return _Fields(phone, parts[1].strip(), at, parts[3], piece)


def _receipts(sms_id: str, read: _Fields | Unreadable) -> Iterator[Receipt | Unreadable]:
    """The receipt in `read`, and what else stands behind a comma: no item starts there, so it is damaged."""
    if isinstance(read, Unreadable):
        yield read
        return
    own, _, others = read.rest.partition(",")
    word = own.partition("|")[0].strip()
    if word:
        yield Receipt(sms_id, read.phone, read.id, read.at, word, status_of(word))
    else:
        yield Unreadable(0, "fields", read.raw[: len(read.raw) - len(others)])
    for piece in others.split(","):
        if piece.strip():
            damaged = _fields(piece.strip())
            yield damaged if isinstance(damaged, Unreadable) else Unreadable(0, "fields", piece.strip())


def _reply(read: _Fields | Unreadable, code: str) -> Reply | Unreadable:
    if isinstance(read, Unreadable):
        return read
    raw_text = percent_decoded(read.rest)
    if not raw_text.strip():
        return Unreadable(0, "fields", read.raw)
    return Reply(read.phone, read.id, read.at, raw_text, without_code(raw_text, code))


def _is_reply(sms_id: str, rest: str, code: str) -> bool:
    word = rest.partition(",")[0].partition("|")[0].strip()
    if not word or word.upper() in STATUS_WORDS:
        return False
    if not sms_id:
        coded = bool(code) and word.startswith(code)
        return coded or _CARRIERS_WORD.fullmatch(rest.strip(" ,\t\r\n")) is None or is_refusal(word)
    return _PERCENT.search(rest) is not None or (bool(code) and word.startswith(code))


def _wire(number: str) -> str | None:
    """The wire form of a number in a callback, None for what is no mobile number. A leading `+` may have become a space
    (and then been stripped) where a body was not encoded; the country code alone says the same.
    """
    if len(number) == 10 and number.startswith("09") and number.isascii() and number.isdigit():
        return number
    return _other_wire(number) if 7 <= len(number) <= 24 else None


@lru_cache(maxsize=1 << 14)
def _other_wire(number: str) -> str | None:
    return to_wire(number)


def _utc(time: str) -> datetime | None:
    """A time of SMS-Get, which is Taipei's, as UTC; None for what is no time, such as the 31st of February."""
    return _parsed_time(time) if len(time) <= 40 else None


@lru_cache(maxsize=1 << 16)  # receipts come by the hundred for one second
def _parsed_time(time: str) -> datetime | None:
    match = _TIME.fullmatch(time)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=TAIPEI).astimezone(UTC)
    except (ValueError, OverflowError):  # no such day or hour; the first hours of year 1 are before all time in UTC
        return None


# --- texts of replies -----------------------------------------------------------------------------------------------

_PERCENT = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


def _as_it_was(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(f"%{byte:02X}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("smsget.percent", _as_it_was)


def percent_decoded(text: str) -> str:
    """Undo the percent-encoding (UTF-8) of a reply's text; `+` is a space, and what does not decode stays as it is."""
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    return _PERCENT.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode("utf-8", "smsget.percent"), text)


SANDBOX_CODE = "24"
"""The two-way code of the sandbox's account."""


def two_way_code(chosen: object, *, sandbox: bool) -> str:
    """The code that replies begin with: the one a person `chosen` in the settings, else the sandbox's while the
    account is the sandbox, else "" for not known (sms-get-api.txt, "四、雙向簡訊 CallBack": each account has its own).
    """
    return str(chosen or "").strip() or (SANDBOX_CODE if sandbox else "")


def without_code(raw_text: str, code: str) -> str:
    """A reply's text without the two-way `code` in front (also typed in full-width digits) and the space around."""
    text, code = raw_text.strip(), code.strip()
    if code and unicodedata.normalize("NFKC", text[: len(code)]) == code:
        text = text[len(code) :].strip()
    return text


REFUSAL_WORDS: tuple[str, ...] = (
    *("退訂", "拒收", "取消", "取消訂閱", "取消簡訊", "取消接收", "拒絕接收", "停止接收", "停止發送", "停止傳送"),
    *("不要再傳", "不要再發", "不要再寄", "別再傳", "別再發", "勿再傳", "勿再發", "勿擾", "請勿打擾", "解除訂閱"),
    *("退订", "取消订阅", "STOP", "STOPALL", "UNSUBSCRIBE", "TD", "N"),
)
"""Replies that refuse further texts. People may keep a list of their own; case and width of letters do not matter."""

ALONE: frozenset[str] = frozenset({"n", "td", "取消"})
"""Refusal words, folded, that refuse only as the whole text: 取消 may go on as 取消預約, an appointment cancelled."""

_BREAK = re.compile(r"[^\w]+")
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")
_BEFORE = "(?:請|麻煩|拜託|幫|給|我|要|想|先|please|pls)"
_AFTER = "(?:了|喔|哦|啦|吧|唷|謝謝|感謝|簡訊|訊息|廣告|給|來|我|此|這|個|你們|的|thanks|it)"


def is_refusal(text: str, words: Collection[str] = REFUSAL_WORDS) -> bool:
    """Whether a reply asks for no more texts (Personal Data Act, art. 20: marketing stops at once).

    The text, folded by NFKC and case and without punctuation and leading digits (a two-way code nobody configured),
    refuses if it, or its first word, is a refusal word, perhaps with politeness around it: `STOP sending this`,
    `請退訂，謝謝`, `不要再傳了`. `N`, `TD` and `取消` (`ALONE`), and any single character, must be the whole text.
    """
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text[:200])).casefold()
    tokens = _BREAK.sub(" ", folded).strip().lstrip("0123456789").split()
    if not tokens or not words:
        return False
    alone, phrase = _refusal_patterns(tuple(words))
    whole = "".join(tokens)
    while len(tokens) > 1 and tokens[0] in ("please", "pls", "請"):
        del tokens[0]
    return whole in alone or any(phrase.fullmatch(said) for said in (whole, tokens[0]) if len(said) <= 60)


@lru_cache(maxsize=16)
def _refusal_patterns(words: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str]]:
    """The folded words that count alone, and the pattern of a phrase round one of the others. Repetitions are bounded,
    since the words are anybody's: an unbounded pattern could take for ever on a text made for it.
    """
    folded = {_BREAK.sub("", unicodedata.normalize("NFKC", word).casefold()) for word in words} - {""}
    alone = frozenset(word for word in folded if word in ALONE or len(word) == 1)
    strong = sorted(folded - alone, key=len, reverse=True)
    weak = "|".join(map(re.escape, sorted(folded, key=len, reverse=True)))
    core = "|".join(map(re.escape, strong)) or r"(?!)"
    return alone, re.compile(f"{_BEFORE}{{0,4}}(?:{weak}){{0,2}}(?:{core})(?:{weak}){{0,2}}{_AFTER}{{0,4}}")
