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
    found = [(match.start(), _link(match[0])) for match in _LINK.finditer(folded)]
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
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)).translate(_DASHES)


# --- links -------------------------------------------------------------------------------------------------------

# Top-level domains that bare domains in Taiwanese texts end in. Behind a path any other is believed too; without one,
# "sale.Buy now" and "No.1" would be links.
_TLD = (
    "com|net|org|edu|gov|mil|int|info|biz|name|pro|mobi|asia|taipei|tw|cn|hk|mo|jp|kr|sg|my|vn|th|ph|id|au|nz|us|uk|ca|eu"
    "|de|fr|it|nl|es|ch|se|ru|in|io|co|cc|me|tv|ai|ly|gl|gd|gg|im|to|st|sh|is|fm|ws|ee|at|be|la|vc|pw|tk|ml|ga|cf|gq|nu"
    "|app|dev|web|page|link|click|site|online|store|shop|buzz|live|life|club|vip|top|xyz|one|icu|fun|world|today|news|blog"
    "|cloud|tech|work|space|website|group|team|life|plus|market|bank|money|fit|care|health|travel|tours|hotel|food|cafe"
)
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_PATH = r"[a-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*"
_NOT_INSIDE = r"(?<![a-z0-9@_.\-/])"
_LINK = re.compile(
    rf"[a-z][a-z0-9+]{{1,20}}://(?:[a-z0-9\[]{_PATH}|[^\s\x00-\x7f][^\s/]*(?:/{_PATH})?)"
    rf"|{_NOT_INSIDE}(?:{_LABEL}\.)+(?:(?:{_TLD})(?![a-z0-9_@-]|\.[a-z0-9])(?::[0-9]+)?(?:[/?#]{_PATH})?|[a-z]{{2,24}}(?::[0-9]+)?/{_PATH})"
    rf"|{_NOT_INSIDE}(?:[0-9]{{1,3}}\.){{3}}[0-9]{{1,3}}(?![0-9.])(?::[0-9]+)?(?:/{_PATH})?",
    re.IGNORECASE,
)


def _link(written: str) -> Mention:
    written = written.rstrip(".,;:!?'*")
    if written.endswith(")") and "(" not in written:
        written = written.rstrip(").,;:!?'*")
    bare = re.sub(r"^[a-z]+://", "", written, flags=re.IGNORECASE)
    host, slash, path = re.fullmatch(r"([^/?#]*)([/?#]?)(.*)", bare, re.DOTALL).groups()  # type: ignore[union-attr]
    return Mention("link", written, (host.lower().removeprefix("www.") + slash + path).rstrip("/"))


# --- phone numbers -----------------------------------------------------------------------------------------------

_GAP = r"[ .\-()]{0,2}"
_PHONE = re.compile(
    r"(?<![0-9a-z])(?<![0-9][.\-:])(?:"
    rf"(?:\+{_GAP}|00(?=886))[1-9](?:{_GAP}[0-9]){{7,14}}"
    rf"|\(?886{_GAP}(?:0{_GAP})?[1-9](?:{_GAP}[0-9]){{7,8}}"
    rf"|\(?0{_GAP}9(?:{_GAP}[0-9]){{8}}"
    rf"|\(?0{_GAP}8{_GAP}0{_GAP}[09](?:{_GAP}[0-9]){{6}}"
    rf"|\(?0{_GAP}[2-8](?:{_GAP}[0-9]){{7,8}}"
    r"|4[0-9]{2}-[0-9]{4}|\*[0-9]{3,5}"
    r")(?![0-9])",
    re.IGNORECASE,
)
_SHORT_CODE = re.compile(
    r"(?:專線|熱線|電話|手機|撥打|請撥|直撥|撥|致電|洽|call|dial|tel)[^0-9a-z\n*]{0,3}([1-9][0-9]{2,4}|[1-9][0-9]{6,7})(?![0-9a-z%]|[-./:,][0-9]|\s?[元點折人年月日號])",
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
