"""The links and phone numbers in a text, for carriers deliver only those that were registered (protocol.md)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple


class Mention(NamedTuple):
    """A link or phone number as it stands in a text (half-width), and as it is compared."""

    kind: str
    """"link" or "phone"."""
    written: str
    compared: str
    """A link without scheme and final slash, its host in small letters; a phone number as Taiwan dials it, or +…."""


def mentions(text: str) -> list[Mention]:
    """Every link and phone number in `text`, in order, each spelling once.

    Links: with a scheme, bare domains (`shop.tw`, `www.shop.com.tw/sale`), short links, IP addresses, full-width too;
    e-mail addresses are none. Phone numbers: Taiwan's mobile, landline (02-…), free (0800, 0809) and 4xx-xxxx numbers,
    anything international with a plus, and short codes such as *5168, or 165 behind a word like 專線 or 撥打.
    """
    folded = _fold(text)
    found = [(match.start(), _link(match[0])) for match in _LINK.finditer(folded) if not match["mail"]]
    # What was read as a link is not looked at again: its path may hold digits.
    rest = _LINK.sub(lambda match: "\x00" * len(match[0]), folded)
    found += [(match.start(), _phone(match[0])) for match in _PHONE.finditer(rest)]
    found += [(match.start(1), _phone(match[1])) for match in _SHORT_CODE.finditer(rest)]
    return list(dict.fromkeys(mention for _, mention in sorted(found) if mention.compared))


def unregistered(found: Iterable[Mention], links: Iterable[str], phones: Iterable[str]) -> list[Mention]:
    """Those mentions that are not in the registered list.

    A registered link covers itself and what lies below it (`shop.tw` covers `https://www.shop.tw/sale?a=1`, but not
    `shop.tw.example.com` or `other.shop.tw`). Phone numbers are compared by their digits, however they are written.
    """
    known_links = [_link(_fold(link.strip())).compared for link in links if link.strip()]
    known_phones = {_phone(_fold(phone.strip())).compared for phone in phones}
    return [
        mention
        for mention in found
        if not (
            mention.compared in known_phones
            if mention.kind == "phone"
            else any(_covers(link, mention.compared) for link in known_links)
        )
    ]


def _covers(registered: str, link: str) -> bool:
    # Compared below the host with regard to case: short links differ in nothing else.
    return link == registered or (link.startswith(registered) and link[len(registered)] in "/?#")


_INVISIBLE = re.compile("[\xad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufe00-\ufe0f\ufeff]")
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\ufe63"), "-")


def _fold(text: str) -> str:
    """Half-width, without invisible characters, every dash a hyphen, as a phone reads it when somebody taps on it."""
    # Three dots part words; NFKC would make full stops of them, which join the labels of a host.
    return unicodedata.normalize("NFKC", re.sub("[\u2025\u2026]", " ", _INVISIBLE.sub("", text))).translate(_DASHES)


# --- links -------------------------------------------------------------------------------------------------------

# Top-level domains that bare domains in Taiwanese texts end in, however they are written.
_TLD = (
    "com|net|org|edu|gov|mil|int|info|biz|name|pro|mobi|asia|taipei|tw|cn|hk|mo|jp|kr|sg|my|vn|th|ph|id|au|nz|us|uk|ca|eu"
    "|de|fr|it|nl|es|ch|se|ru|in|io|co|cc|me|tv|ai|ly|gl|gd|gg|im|to|st|sh|is|fm|ws|ee|at|be|la|vc|pw|tk|ml|ga|cf|gq|nu"
    "|app|dev|web|page|link|click|site|online|store|shop|buzz|live|life|club|vip|top|xyz|one|icu|fun|world|today|news|blog"
    "|cloud|tech|work|space|website|group|team|life|plus|market|bank|money|fit|care|health|travel|tours|hotel|food|cafe"
)
_IDN = "台灣|台湾|香港|澳門|澳门|中国|中國|新加坡|公司|商店|网店|网站|网址|网络|網絡|商城|手机|在线|中文网|集团|移动"
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_OWN_LABEL = r"[^\W\x00-\x7f]{1,20}"
"""A label in Chinese. Nothing parts it from the sentence before it, so that may be taken along."""
_PATH = r"[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
# Not from the middle of a host on: a search from every label would take for ever, and find the same again.
_NOT_INSIDE = r"(?<![a-z0-9_])(?<![a-z0-9_]-)(?<![a-z0-9_\-]\.)"
# Too many are safer than none: any ending in letters of one case is believed. "Sale.Buy now" is no link.
_ENDING = rf"(?:{_TLD}|{_IDN}|xn--[a-z0-9-]{{2,59}}|(?-i:[a-z]{{2,24}}|[A-Z]{{2,24}}))(?![a-z0-9])"
_BEHIND = rf"(?::[0-9]+)?(?:[/?#]{_PATH})?"
_LINK = re.compile(
    rf"[a-z][a-z0-9+]{{1,20}}://(?:[a-z0-9\[]{_PATH}|[^\s\x00-\x7f][^\s/]*(?:/{_PATH})?)"
    rf"|(?P<mail>(?<![a-z0-9._%+\-])[a-z0-9._%+\-]{{1,64}}@(?:{_LABEL}\.){{1,9}}[a-z]{{2,24}}(?![a-z0-9_/\-]))"
    rf"|{_NOT_INSIDE}(?:{_LABEL}\.){{2,}}[a-z]{{2,24}}(?![a-z0-9]){_BEHIND}"
    rf"|{_NOT_INSIDE}(?:{_LABEL}\.)+(?:{_OWN_LABEL}\.)?{_ENDING}{_BEHIND}"
    rf"|{_NOT_INSIDE}(?:{_LABEL}\.)+[a-z]{{2,24}}(?::[0-9]+)?/{_PATH}"
    rf"|{_OWN_LABEL}\.(?:(?:{_LABEL}|{_OWN_LABEL})\.){{0,5}}(?:{_TLD}|{_IDN}|xn--[a-z0-9-]{{2,59}})(?![a-z0-9]){_BEHIND}"
    rf"|{_NOT_INSIDE}(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}(?![0-9.])(?::[0-9]+)?(?:/{_PATH})?",
    re.IGNORECASE,
)


def _link(written: str) -> Mention:
    written = written.rstrip(".,;:!?'*")
    if written.endswith(")") and "(" not in written:
        written = written.rstrip(").,;:!?'*")
    bare = re.sub(r"^[a-z][a-z0-9+]*://", "", written, flags=re.IGNORECASE)
    host, slash, path = re.fullmatch(r"([^/?#]*)([/?#]?)(.*)", bare, re.DOTALL).groups()  # type: ignore[union-attr]
    return Mention("link", written, (host.lower().removeprefix("www.") + slash + path).rstrip("/"))


# --- phone numbers -----------------------------------------------------------------------------------------------

_GAP = r"[ .\-()_·•‧・]{0,3}"
_PHONE = re.compile(
    # Behind words as in TEL0912345678, but not within a serial number as in A0912345678.
    r"(?<![0-9])(?:(?<![a-z])|(?<=[a-z]{2}))(?:09[0-9]{8}|09[0-9]{2}/[0-9]{3}/[0-9]{3}|(?<![0-9][.\-])(?:"
    rf"(?:\+{_GAP}|00(?=886))[1-9](?:{_GAP}[0-9]){{7,14}}"
    rf"|\(?886{_GAP}(?:0{_GAP})?[1-9](?:{_GAP}[0-9]){{7,8}}"
    rf"|\(?0{_GAP}9(?:{_GAP}[0-9]){{8}}"
    rf"|\(?0{_GAP}8{_GAP}0{_GAP}[09](?:{_GAP}[0-9]){{6}}"
    rf"|\(?0{_GAP}7{_GAP}0(?:{_GAP}[0-9]){{8}}"
    rf"|\(?0{_GAP}[2-8](?:{_GAP}[0-9]){{7,8}}"
    r"|1[ .\-]\(?[2-9][0-9]{2}\)?[ .\-][0-9]{3}[ .\-][0-9]{4}"
    r"|(?<![a-z])4[0-9]{2}-[0-9]{4}|\*[0-9]{3,5}"
    r"))(?![0-9])",
    re.IGNORECASE,
)
_SHORT_CODE = re.compile(
    r"(?:專線|熱線|電話|手機|撥打|請撥|直撥|撥|致電|洽|call|dial|tel)[^0-9a-z\n*]{0,3}"
    r"([1-9][0-9]{2,3}[- ][0-9]{4}|[1-9][0-9]{2,4}|[1-9][0-9]{6,7})"
    r"(?![0-9a-z%]|[-./:,][0-9]|\s?[元點折人年月日號])",
    re.IGNORECASE,
)


def _phone(written: str) -> Mention:
    written = written.strip()
    digits = re.sub("[^0-9*]", "", written)
    international = written.lstrip("(").startswith("+")
    if digits.startswith("00886"):
        digits = digits[2:]
    if digits.startswith("886") and len(digits) > 10:
        digits, international = "0" + digits[3:].removeprefix("0"), False
    return Mention("phone", written, f"+{digits}" if international else digits)
