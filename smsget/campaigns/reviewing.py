"""What a person should know before confirming: the practice of Taiwanese carriers, the hour, the points, the list.

Source of the rules: protocol.md, "Taiwan practice". All of them warn; the sender decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smsget.campaigns.links import mentions, unregistered
from smsget.campaigns.merging import FIELD
from smsget.campaigns.notices import Notice
from smsget.campaigns.pricing import LONG_TEXT_SEGMENTS
from smsget.campaigns.quotes import Quote
from smsget.campaigns.sendwindow import TAIPEI, SendWindow

MOST_SHOWN = 20
"""So many unregistered links or numbers are told at most; a list may bring one for each person."""


@dataclass(frozen=True, slots=True)
class ReviewRules:
    """What the settings say: names, links and phone numbers registered with the carriers, and limits.

    `list_age` is in days. `refusals` are further words that count as a free way to refuse.
    """

    brands: Sequence[str] = ()
    links: Sequence[str] = ()
    phones: Sequence[str] = ()
    refusals: Sequence[str] = ()
    window: SendWindow = field(default_factory=SendWindow)
    list_age: int = 90
    most_segments: int = LONG_TEXT_SEGMENTS


@dataclass(frozen=True, slots=True)
class SentBefore:
    """A campaign that sent the same text to one of these lists: its id and name, and when it was confirmed."""

    campaign: int
    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the campaign beside its text; what is None or empty is not looked at.

    `begin` is when the first text goes out, `work` how long sending takes without pauses. `left` are the points on
    the account. `lists` has each list's name and age in days; `before` the same text to the same list.
    """

    begin: datetime | None = None
    work: timedelta = timedelta()
    quote: Quote | None = None
    left: int | None = None
    lists: Sequence[tuple[str, int]] = ()
    before: Sequence[SentBefore] = ()


def review_campaign(
    text: str,
    rules: ReviewRules,
    facts: Facts | None = None,
    rendered: Sequence[str] = (),
    values: Mapping[str, Iterable[str]] | None = None,
) -> list[Notice]:
    """Everything that speaks against sending `text`, which may have merge fields, as it stands.

    `rendered` are some people's own texts (the first, the longest). `values` has what people have in each field of the
    text, each value once: links, numbers, full-width letters and 111 are found in them whoever's they are. The notices
    of the price (`Quote.notices`) are not repeated here.
    """
    facts = facts or Facts()
    plain = FIELD.sub(lambda found: found[2] or "", text)
    merged = list(_merged(text, values or {}))
    return [
        *_review_brand(rendered or [plain], rules),
        *_review_width("".join([plain, *rendered, *merged])),
        *_review_links(text, rendered, merged, rules),
        *_review_refusal(plain, rules),
        *_review_government([plain, *rendered, *_in_place(text, values or {})]),
        *_review_hours(rules.window, facts),
        *_review_price(rules, facts),
        *_review_lists(rules, facts),
    ]


# --- the text ----------------------------------------------------------------------------------------------------

_SENTENCE_END = re.compile(r"[。！？!?；;\n\r]|\.(?=\s|$)")
_FULL_WIDTH = re.compile("[\uff10-\uff19\uff21-\uff3a\uff41-\uff5a]")


def _review_brand(texts: Sequence[str], rules: ReviewRules) -> Iterator[Notice]:
    # A name that comes from a field, or from its fallback, has to be in everybody's text.
    brands = [brand for each in rules.brands if (brand := each.strip())]
    if not brands:
        yield Notice("no_brand_set", setting="brands")
        return
    folded = [_fold(brand) for brand in brands]
    if not all(any(brand in text for brand in folded) for text in map(_fold, texts)):
        yield Notice("brand_missing", {"brands": brands}, setting="brands")
    elif not all(any(brand in _fold(_first_sentence(text)) for brand in folded) for text in texts):
        yield Notice("brand_late", {"brands": brands}, setting="brands")


def _first_sentence(text: str) -> str:
    text = text.strip()
    end = _SENTENCE_END.search(text)
    return text[: end.start()] if end else text


def _fold(text: str) -> str:
    """Without regard to case, width and white space."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).casefold())


def _review_width(text: str) -> Iterator[Notice]:
    if found := list(dict.fromkeys(_FULL_WIDTH.findall(text))):
        yield Notice("full_width", {"characters": found})


# A value without any of these holds no link, no number and no 111: a full stop, three digits, a code such as *51.
_TELLING = re.compile(r"[.。．｡·…/*@\uff10-\uff3a\uff41-\uff5a]|(?:\d\W*){3}|[1lIi|一]\s?[1lIi|一]\s?[1lIi|一]")


def _merged(text: str, values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The values that may hold something, of each field, but for those that only lengthen a link's path."""
    in_path = {found[1].strip(): True for found in FIELD.finditer(text)}
    for found in FIELD.finditer(text):
        in_path[found[1].strip()] &= _stand_in(found) == "*"
    for name, column in values.items():
        for value in column:
            lengthens = in_path.get(name) and value.isascii() and not re.search(r"\s", value.strip())
            if _TELLING.search(value) and not lengthens:
                yield value


def _in_place(text: str, values: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """The values that may read 111, with what stands around them: "{{點}}點" is an amount."""
    ones = re.compile(r"[1lIi|一１｜]\W?[1lIi|一１｜]\W?[1lIi|一１｜]")
    telling = {name: [value for value in column if ones.search(value)] for name, column in values.items()}
    for found in FIELD.finditer(text):
        before, after = (FIELD.sub("", part) for part in (text[: found.start()], text[found.end() :]))
        for value in telling.get(found[1].strip(), ()):
            yield before + value + after


def _review_links(text: str, rendered: Sequence[str], merged: Sequence[str], rules: ReviewRules) -> Iterator[Notice]:
    # A field inside a link is part of it: "https://shop.tw/{{code}}" is below shop.tw for everybody.
    found = mentions(FIELD.sub(_stand_in, text))
    found += [mention for each in rendered for mention in mentions(each)]
    found += mentions("\n".join(merged))  # at once: a million values are looked through in seconds
    # The same link with everybody's own code is told once.
    left = {(one.kind, one.written): one for one in unregistered(found, rules.links, rules.phones)}.values()
    for kind, code, setting in (("link", "unregistered_link", "links"), ("phone", "unregistered_phone", "phones")):
        if written := list(dict.fromkeys(one.written for one in left if one.kind == kind))[:MOST_SHOWN]:
            yield Notice(code, {setting: written}, setting=setting)


def _stand_in(found: re.Match[str]) -> str:
    """What stands for a field while links are looked for: part of the link it is in, else a gap."""
    # Chinese stands right before a link often, and is no part of it.
    before = re.split(r"[^!-~]", FIELD.sub("-", found.string[: found.start()]))[-1]
    if not before or not (before[-1].isalnum() or before[-1] in "/=?&#-_%"):
        return " "
    # In a path a star, which reads as what it is and is dropped at the end of a link; in a host a letter.
    return "*" if "/" in before.replace("://", "") else "x"


# "回覆N", "回N", "回傳「STOP」": the usual letters, so that "回覆1參加抽獎" is not taken for one.
_OPENS = r"[「『\"'“‘(\[【<]?\s*"
_NO_CHOICE = r"(?![A-Z0-9]|\.\s?[0-9]|[恤款型組級班區棟座號類卡餐碼案罩字版牌群]|尺寸|方案)"
_REFUSAL = re.compile(
    r"退訂|退閱|拒收(?!發票|現金|支票|信用卡|刷卡|包裹|貨|退貨|訂單|商品|禮|郵|快遞|票|款)|拒絕(?:接收|接受|收到|行銷|廣告|簡訊|再)|(?:取消|停止|解除|終止)(?:訂閱|接收|訂購簡訊|簡訊|行銷|發送|通知)"
    r"|不(?:想|願|欲|要|再|需)+(?:再|意)*(?:收到|接收|接獲|收)|勿再(?:傳|發|寄)|謝絕"
    rf"|回(?:覆|傳|復|复|簡訊)\s*{_OPENS}(?:N|NO|R|T|TD|Q|D|0|00|STOP|QUIT|OFF|UNSUB|CANCEL|END){_NO_CHOICE}"
    rf"|回\s*{_OPENS}(?:N|R|T|TD|Q|STOP){_NO_CHOICE}"
    rf"|回(?:覆|傳|復|复|簡訊)?\s*{_OPENS}[A-Z0-9]{{1,6}}[」』\"'”’)\]】>]?\s*(?:即可|就可|可以|以|可|即|來|就)?\s*"
    r"(?:退出|取消(?!訂單|預約|訂位|預訂|報名|交易)|停止|終止|拒)"
    r"|unsubscri|opt[\s-]?out|(?:reply|text|send)\s+(?:with\s+)?[\"'“‘(\[]?(?:stop|n|no|t|td|r|q|quit|end|cancel|unsub)\b"
    r"|stop\s+to\s+(?:end|quit|cancel|opt|unsub)",
    re.IGNORECASE,
)
_FREE_CALL = ("0800", "0809")


def _review_refusal(text: str, rules: ReviewRules) -> Iterator[Notice]:
    folded = unicodedata.normalize("NFKC", text)
    if _REFUSAL.search(folded) or any(word.strip() and _fold(word) in _fold(text) for word in rules.refusals):
        return
    # A number that costs the caller nothing is a way to refuse, too.
    if not any(one.kind == "phone" and one.compared.startswith(_FREE_CALL) for one in mentions(text)):
        yield Notice("no_refusal", setting="refusals")


# 111 is the government's short code for texts (protocol.md). In place of 1 also l, i, I and |, or 一一一; not the year
# 111, nor an amount.
_NO_AMOUNT = r"(?!\s?[年元號人名次折點天日月度件])"
_ONES = rf"(?<![0-9A-Za-z$])(?<![0-9][.,])[1lIi|]\s?[1lIi|]\s?[1lIi|](?![0-9A-Za-z.,%]){_NO_AMOUNT}"
_GOVERNMENT = re.compile(
    rf"^\W*{_ONES}|[【\[「『(<]\s*(?:來自|由)?\s*{_ONES}|{_ONES}\s*(?:政府|官方|簡訊|短碼|短簡訊|專屬|發送|通知|平台|提醒|公告|關心|敬告)"
    rf"|(?<!全)(?:部|局|署|處|院|府|委員會|公所|警察)\s*{_ONES}|(?<![0-9A-Za-z])[1lIi|]{{3}}\s?\.\s?gov"
    rf"|(?<![一二三四五六七八九十〇零])一\s?一\s?一(?![一二三四五六七八九十〇零]){_NO_AMOUNT}"
    rf"|(?:政府|官方|簡訊|短碼|代碼|號碼|發送|發信|發訊|寄件|傳送|來自)(?:為|是|[:：])?\s*{_ONES}|政府(?:專屬|官方)?(?:短碼|簡訊)"
)


def _review_government(texts: Iterable[str]) -> Iterator[Notice]:
    for text in texts:
        folded = unicodedata.normalize("NFKC", re.sub("[\u200b-\u200f\u2060\ufeff\xad]", "", text))
        if found := _GOVERNMENT.search(folded):
            yield Notice("government_look_alike", {"found": found[0].strip()})
            return


# --- the hour, the points, the list ------------------------------------------------------------------------------


def _review_hours(window: SendWindow, facts: Facts) -> Iterator[Notice]:
    if facts.begin is None:
        return
    if not window.open_at(facts.begin):
        opens = window.next_opening(facts.begin).isoformat()
        at = facts.begin.isoformat()
        yield Notice("outside_window", {"at": at, "window": str(window), "opens": opens}, setting="window")
    elif facts.begin + facts.work > window.closing(facts.begin):
        ends = (facts.begin + facts.work).isoformat()
        done = window.finish(facts.begin, facts.work)
        days = (done.astimezone(TAIPEI).date() - facts.begin.astimezone(TAIPEI).date()).days + 1
        yield Notice(
            "beyond_window",
            {"window": str(window), "ends": ends, "finish": done.isoformat(), "days": days},
            setting="window",
        )


def _review_price(rules: ReviewRules, facts: Facts) -> Iterator[Notice]:
    if facts.quote is None:
        return
    longest = max(facts.quote.histogram, default=0)
    if longest > rules.most_segments and longest <= LONG_TEXT_SEGMENTS:
        yield Notice("long_text", {"segments": longest}, setting="most_segments")
    if facts.left is not None and facts.left < facts.quote.credits:
        missing = facts.quote.credits - facts.left
        yield Notice("not_enough_points", {"missing": missing, "left": facts.left, "credits": facts.quote.credits})


def _review_lists(rules: ReviewRules, facts: Facts) -> Iterator[Notice]:
    for name, days in facts.lists:
        if days > rules.list_age:
            yield Notice("old_list", {"list": name, "days": days}, setting="list_age")
    for one in facts.before:
        yield Notice("same_text_before", {"campaign": one.campaign, "name": one.name, "at": one.at.isoformat()})
