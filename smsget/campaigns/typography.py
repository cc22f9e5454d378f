"""Characters that make a text dear, or that carriers dislike, and what to write in their place."""

from __future__ import annotations

import re
from typing import NamedTuple

from smsget.campaigns.merging import FIELD
from smsget.campaigns.notices import Notice
from smsget.segments import GSM7, count_segments, encoding_of, unicode_causes


class Replacement(NamedTuple):
    """A character, what to write in its place ("" for nothing), and its positions in the text (from 0)."""

    character: str
    replacement: str
    positions: tuple[int, ...]


def _same(replacement: str, characters: str) -> dict[str, str]:
    return dict.fromkeys(characters, replacement)


# Full-width Latin letters and digits: carriers in Taiwan want them half-width (protocol.md, "Taiwan practice").
_HALF_WIDTH = {
    chr(code): chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
}

# Invisible in every script. The joiners U+200C and U+200D and the direction marks are not: other scripts need them.
_NOTHING = _same("", "\u200b\u2060\ufeff\xad")

# Worth it only if the whole text becomes English by it. Chinese punctuation is never among these.
_ENGLISH = {
    **_same("'", "\u2018\u2019\u201a\u201b\u2032\xb4\u02b9\u02bc`"),
    **_same('"', "\u201c\u201d\u201e\u201f\u2033\xab\xbb"),
    **_same("-", "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\xb7"),
    **_same("...", "\u2026"),
    **_same("x", "\xd7"),
    **_same(" ", "\t\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"),
    **_same("\n", "\x85\u2028\u2029"),
    **_same("", "\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    **{full: chr(ord(full) - 0xFEE0) for full in "＂＃＄％＆＇＊＋－／＜＝＞＠＿"},
}

_ALWAYS = {**_HALF_WIDTH, **_NOTHING}
_EVERYTHING = {**_ALWAYS, **_ENGLISH}
# What Chinese texts are punctuated with, too: left alone where the Chinese may come from the fields.
_CHINESE_TOO = "\u2014\u2026\u2018\u2019\u201c\u201d\xb7\u2022\u3000＂＃＄％＆＇＊＋－／＜＝＞＠＿"
_BUT_CHINESE = {character: half for character, half in _EVERYTHING.items() if character not in _CHINESE_TOO}


def replacements(text: str) -> list[Replacement]:
    """What can be written more cheaply or as carriers want it, in order of first appearance.

    If the text becomes English (GSM-7) by it and is not longer for that, everything: curly quotes, dashes, unusual and
    invisible spaces, full-width characters. Else (Chinese, any other script, `é`) only what is right anyway:
    half-width Latin letters and digits, and nothing in place of invisible characters. Chinese punctuation is never
    touched, nor are the names of merge fields; their fallbacks are. A text with fields may become Chinese by what
    people have in them, so what Chinese is punctuated with, too (— … “” ·), stays in it.
    """
    names = [range(*found.span(1)) for found in FIELD.finditer(text)]
    table = _table_for(text)
    found: dict[str, list[int]] = {}
    for at, character in enumerate(text):
        if character in table and not any(at in name for name in names):
            found.setdefault(character, []).append(at)
    return [Replacement(character, table[character], tuple(positions)) for character, positions in found.items()]


def replace_all(text: str) -> str:
    """`text` with all its `replacements`; doing it again changes nothing, and it never costs more."""
    out = list(text)
    for each in replacements(text):
        for at in each.positions:
            out[at] = each.replacement
    return "".join(out)


def _table_for(text: str) -> dict[str, str]:
    # The markers of the fields are not sent, their fallbacks are.
    sent = FIELD.sub(lambda found: found[2] or "", text)
    table = _BUT_CHINESE if FIELD.search(text) else _EVERYTHING
    english = sent.translate({ord(character): replacement for character, replacement in table.items()})
    if encoding_of(english) is GSM7 and count_segments(english).segments <= count_segments(sent).segments:
        return table
    return _ALWAYS


_WIDE = re.compile("[\u3001-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0010ffff]")
"""Ideographs, kana, hangul and Chinese punctuation: nobody types these by accident into an English text."""


def review(text: str) -> list[Notice]:
    """What makes a text dearer than it looks: a few characters that turn an English text into Unicode (70 a part).

    Texts with Chinese in them are Unicode by intent, so nothing is said there. See `replacements` for what to do.
    """
    causes = unicode_causes(FIELD.sub("", text))
    if causes and not any(_WIDE.match(character) for character in causes):
        return [Notice("unicode", {"characters": list(causes)})]
    return []
