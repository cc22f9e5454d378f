r"""How many segments a text takes, by the rule of sms-get-api.txt, "一、傳送簡訊", field `sms_msg`.

Pure English: 160 characters in one segment, else 153 each. Anything else: 70, else 67 each. The source does not say
what pure English is, nor how `^{}[]~\|` count, so we read it in the way that never under-states the bill:

- *GSM-7*: every character is both ASCII and in the GSM 03.38 alphabet. That is ASCII from the space on without the
  backtick and DEL, plus line feed and carriage return; tab and form feed are not. The characters of the extension
  table take two units (an escape and themselves), and the two stay in one segment.
- *UCS-2*: every other text, counted in UTF-16 units. A character outside the basic plane (such as 𠮷) takes two, and
  its surrogate pair stays in one segment.

The empty text is GSM-7 with no units and no segments: there is nothing to send and nothing to pay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "GSM7",
    "UCS2",
    "Encoding",
    "Segments",
    "count_segments",
    "encoding_of",
    "is_carried",
    "not_carried",
    "split",
    "unicode_causes",
]

_GSM7 = re.compile(r"[\n\r -_a-~]*")
_NOT_GSM7 = re.compile(r"[^\n\r -_a-~]")


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a text is counted: up to `single` units in one segment, else `each` units in every one.

    `wide` finds the characters of two units, which are not torn apart. `first` marks the first of the two in the
    expanded form of a text, where every unit is one character; no text of this encoding has it otherwise.
    """

    name: str
    single: int
    each: int
    wide: re.Pattern[str]
    first: str

    def expand(self, text: str) -> str:
        """`text` with one character for each unit; concatenation of texts is concatenation of their expansions."""
        return self.wide.sub(self._pair, text) if self.wide.search(text) else text

    def segments_for(self, units: int) -> int:
        """Segments for so many units of which none are pairs."""
        return -(-units // self.each) if units > self.single else int(units > 0)

    def cuts(self, expanded: str) -> Iterator[int]:
        """Where the segments of an expanded text end: as full as they get without tearing a pair apart."""
        end, last = 0, len(expanded)
        if last <= self.single:
            end = last
            if last:
                yield last
        while end < last:
            end = min(end + self.each, last)
            if end < last and expanded[end - 1] == self.first:
                end -= 1
            yield end

    def _pair(self, found: re.Match[str]) -> str:
        # Above the basic plane nothing but pairs is left, so U+10FFFF is free to stand for half of one.
        return self.first + (found[0] if self.first == _ESCAPE else "\ufffd")


_ESCAPE = "\x1b"
GSM7 = Encoding("GSM-7", 160, 153, re.compile(r"[\^{}\[\]~\\|]"), _ESCAPE)
UCS2 = Encoding("UCS-2", 70, 67, re.compile("[\U00010000-\U0010ffff]"), "\U0010ffff")


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text takes: `encoding` "GSM-7" or "UCS-2", `units` (septets or UTF-16 units), and `segments` to pay."""

    encoding: str
    units: int
    segments: int


def encoding_of(text: str) -> Encoding:
    """`GSM7` or `UCS2`, by the rule at the top of this module."""
    return GSM7 if text.isascii() and _GSM7.fullmatch(text) else UCS2


def count_segments(text: str) -> Segments:
    """Count `text` (any text; line breaks as they will be sent, CR LF is two units).

    More text never costs less, wherever a character goes in. Filling one segment after the other needs the fewest
    that there can be, and without that character the same cuts still fit. A character that makes a GSM-7 text UCS-2
    is no way out either: n characters of GSM-7 take at most ⌈n/76⌉ segments (all of them pairs, 76 to a segment; one
    up to 80), and n + 1 of UCS-2 at least ⌈(n + 1)/67⌉ (one up to 70).
    """
    encoding = encoding_of(text)
    expanded = encoding.expand(text)
    units = len(expanded)
    if units <= encoding.single or units == len(text):
        return Segments(encoding.name, units, encoding.segments_for(units))
    return Segments(encoding.name, units, sum(1 for _ in encoding.cuts(expanded)))


def split(text: str) -> list[str]:
    """The parts of `text` as they go out, one for each segment: joined they are `text` again."""
    encoding = encoding_of(text)
    expanded = encoding.expand(text)
    parts, start, before = [], 0, 0
    for cut in encoding.cuts(expanded):
        length = cut - before - expanded.count(encoding.first, before, cut)
        parts.append(text[start : start + length])
        start, before = start + length, cut
    return parts


def unicode_causes(text: str) -> dict[str, list[int]]:
    """The characters that make `text` UCS-2, each with its positions in `text` (from 0); empty for a GSM-7 text."""
    causes: dict[str, list[int]] = {}
    for found in _NOT_GSM7.finditer(text):
        causes.setdefault(found[0], []).append(found.start())
    return causes


def not_carried(text: str) -> dict[str, list[int]]:
    """What SMS-Get does not carry in `text`, each with the positions (from 0) where it begins.

    Emoji, as whole sequences (a family joined by U+200D, a flag, a keycap, a hand with its skin tone are one key
    each): what Unicode shows as a picture unless told otherwise, and the pictographs of the supplementary plane.
    Control characters except tab, LF and CR. Lone surrogates and noncharacters, which cannot be encoded at all (mind
    them when printing the keys).

    Carried: every script including rare Han such as 𠮷, punctuation, and the symbols that are text by default: © ® ™
    → ★ ☆ ♥ ☎ ✓. Only U+FE0F behind one of those asks for the picture, and makes it an emoji.
    """
    found: dict[str, list[int]] = {}
    for match in _NOT_CARRIED.finditer(text):
        found.setdefault(match[0], []).append(match.start())
    return found


def is_carried(text: str) -> bool:
    """Whether `not_carried(text)` is empty, much faster: each of its sequences has a character that is none alone."""
    if text.isascii():
        return text.isprintable() or _NEVER_CARRIED_BASIC.search(text) is None
    # Two classes: one that reaches beyond the basic plane is five times as slow.
    return not (_NEVER_CARRIED_BASIC.search(text) or (UCS2.wide.search(text) and _NEVER_CARRIED.search(text)))


# --- what is not carried ----------------------------------------------------------------------------------------

# Unicode 16, emoji-data.txt. Emoji_Presentation in the basic plane:
_PICTURE_BASIC = (
    "\u231a\u231b\u23e9-\u23ec\u23f0\u23f3\u25fd\u25fe\u2614\u2615\u2648-\u2653\u267f\u2693\u26a1\u26aa\u26ab\u26bd\u26be"
    "\u26c4\u26c5\u26ce\u26d4\u26ea\u26f2\u26f3\u26f5\u26fa\u26fd\u2705\u270a\u270b\u2728\u274c\u274e\u2753-\u2755\u2757"
    "\u2795-\u2797\u27b0\u27bf\u2b1b\u2b1c\u2b50\u2b55"
)
# Extended_Pictographic above it, without the regional indicators: also what is reserved for emoji to come.
_PICTURE_SUPPLEMENTARY = (
    "\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171\U0001f17e\U0001f17f\U0001f18e"
    "\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a\U0001f22f\U0001f232-\U0001f23a"
    "\U0001f23c-\U0001f23f\U0001f249-\U0001faff\U0001fc00-\U0001fffd"
)
# Emoji=Yes but text by default, in the basic plane:
_TEXT_BY_DEFAULT = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u2328\u23cf\u23ed-\u23ef\u23f1\u23f2\u23f8-\u23fa\u24c2"
    "\u25aa\u25ab\u25b6\u25c0\u25fb\u25fc\u2600-\u2604\u260e\u2611\u2618\u261d\u2620\u2622\u2623\u2626\u262a\u262e\u262f"
    "\u2638-\u263a\u2640\u2642\u265f\u2660\u2663\u2665\u2666\u2668\u267b\u267e\u2692\u2694-\u2697\u2699\u269b\u269c\u26a0"
    "\u26a7\u26b0\u26b1\u26c8\u26cf\u26d1\u26d3\u26e9\u26f0\u26f1\u26f4\u26f7-\u26f9\u2702\u2708\u2709\u270c\u270d\u270f"
    "\u2712\u2714\u2716\u271d\u2721\u2733\u2734\u2744\u2747\u2763\u2764\u27a1\u2934\u2935\u2b05-\u2b07\u3030\u303d\u3297"
    "\u3299"
)
_SKIN = "\U0001f3fb-\U0001f3ff"
_FLAG_LETTER = "\U0001f1e6-\U0001f1ff"
_TAG = "\U000e0020-\U000e007f"

# UTS #51, "EBNF and Regex": an element of a sequence, and elements joined by U+200D. Behind the joiner a picture that
# is text by default needs no U+FE0F of its own (woman + joiner + female sign).
_PICTURE = _PICTURE_BASIC + _PICTURE_SUPPLEMENTARY
_ELEMENT = f"(?:[{_PICTURE}]\ufe0f?|[{_TEXT_BY_DEFAULT}](?:\ufe0f|(?=[{_SKIN}])))[{_SKIN}]?[{_TAG}]*"
_JOINED = f"[{_PICTURE}{_TEXT_BY_DEFAULT}]\ufe0f?[{_SKIN}]?"
_CANNOT_BE_SENT = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
_NOT_CARRIED = re.compile(
    f"{_ELEMENT}(?:\u200d{_JOINED})*"
    "|[0-9#*]\ufe0f?\u20e3"
    f"|[{_FLAG_LETTER}]{{1,2}}"
    f"|[\ufe0f\u20e3{_TAG}]"  # the leavings of an emoji that somebody half deleted
    f"|[{_CANNOT_BE_SENT}]"
)
_NEVER_CARRIED_BASIC = re.compile(f"[{_PICTURE_BASIC}\ufe0f\u20e3{_CANNOT_BE_SENT}]")
_NEVER_CARRIED = re.compile(f"[{_PICTURE_SUPPLEMENTARY}{_FLAG_LETTER}{_TAG}]")
