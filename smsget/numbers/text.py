"""A cell's text without what is only spelling: any script's digits become ASCII, labels and quotes fall away."""

from __future__ import annotations

import re
import unicodedata


def bare_text(cell: str, repairs: set[str]) -> str:
    """What is left of a cell when it is folded and unwrapped; `repairs` gains what that took ("" is a blank cell)."""
    return _unwrap(_fold(cell, repairs), repairs)


# --- fold: any script's digits and punctuation -> ASCII ---------------------------------------------------------

# Format characters (zero-width, bidi marks, BOM, soft hyphen, variation selectors, tags), fillers that look like
# nothing, and controls except white space.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]+"
)
_FULL_WIDTH = re.compile("[\uff01-\uff5e]")


def _signs() -> dict[int, str]:
    """Punctuation that people use alike -> one ASCII sign each. Full-width forms of ASCII are NFKC's business."""
    alike = {
        "'": "\u2018\u2019\u201b\u0060\u00b4\u02b9\u02bc\u2032\uff07\uff40",
        '"': "\u201c\u201d\u201e\u201f\u2033\u300c\u300d\u300e\u300f\u301d\u301e\u00ab\u00bb\u2039\u203a",
        # hyphens, dashes, minus, middle dots, the long-vowel mark of a Japanese keyboard, box-drawing lines
        "-": "\u00b7\u02d7\u2010\u2011\u2012\u2013\u2014\u2015\u2027\u2043\u2212\u2219\u22c5\u2500\u2501\u30fb\u30fc"
        "\ufe58\ufe63\uff65\uff70",
        "(": "[{<\u3008\u300a\u3010\u3014\u3016",
        ")": "]}>\u3009\u300b\u3011\u3015\u3017",
        ";": "|\\&~\u3001\u3002\u301c\uff5c\uff3c\uff06\uff5e\uff61\uff64\uffe4\ufe51",
        # what stands for a hidden digit: times sign, bullets, circles, squares, stars
        "*": "\u00d7\u2022\u25a0\u25a1\u25cb\u25cf\u25cc\u25ce\u25ef\u2588\u2593\u2605\u2606\u2731\u22c6",
        "\n": "\r\x0b\x0c\x85\u2028\u2029",
    }
    return {ord(sign): ascii_sign for ascii_sign, signs in alike.items() for sign in signs}


_SIGNS = _signs()


def _fold(cell: str, repairs: set[str]) -> str:
    text, removed = _INVISIBLE.subn("", cell)
    if removed:
        repairs.add("invisible")
    text = text.translate(_SIGNS)
    if text.isascii():
        return text
    if _FULL_WIDTH.search(text):
        repairs.add("full_width")
    return "".join(char if char < "\x80" else _fold_character(char, repairs) for char in text)


def _fold_character(char: str, repairs: set[str]) -> str:
    if char.isdecimal():
        if not _FULL_WIDTH.match(char):
            repairs.add("other_digits")
        return str(unicodedata.decimal(char))
    if char.isspace():
        return " "
    plain = unicodedata.normalize("NFKC", char)
    # A circled or superscript digit is a footnote more often than a digit of the number; it stays what it is.
    return char if any("0" <= folded <= "9" for folded in plain) else plain


# --- unwrap: what stands around the number ----------------------------------------------------------------------

_WORDS = (
    "telephone|tel|mobile|mob|cellular|cell|handphone|phone|hp|h/p|ph|gsm|msisdn|contact|number|num|no|sms|whatsapp|"
    "callto|聯絡|联络|聯繫|联系|連絡|行動|行动|移動|移动|手提|手機|手机|公司|個人|个人|電話|电话|門號|门号|號碼|号码|大哥大|號|号|"
    "携帯|番号|휴대폰|핸드폰|전화|\u260e|\u260f|\u2706|\U0001f4de|\U0001f4f1"
)
# The figure of "手機2:". Without a colon a number must follow that is whole without it, because "手機9 63456789" may
# be 63456789 or 0963456789; then the label is none, and its letters refuse the cell.
_FIGURE = r"(?<=\S)[1-9](?=\s*:|[\s.)]+\(?(?:[+0]|886))"
# "手機:", "Mobile phone no. 2:", "(M)", "tel://"; a single letter needs a sign behind it, and a number must follow: a
# cell that says only "手機" or "no" is not blank.
_PREFIX = re.compile(
    rf"[(\s]*(?:(?:(?:{_WORDS})[\s.()/]*+)++(?:{_FIGURE}|(?!(?<=\S)[1-9][\s.)]))|[mptch]\s*(?=[:.)]))"
    r"[\s:.)=/\-]*(?=[('\"+]*[0-9*])",
    re.IGNORECASE,
)
_LONGEST_PREFIX = 60  # blanks and signs of any number before a number cost the square of it


def _unwrap(text: str, repairs: set[str]) -> str:
    text = _peel(text, repairs)
    prefix = _PREFIX.match(text, 0, _LONGEST_PREFIX)
    if prefix:
        repairs.add("prefix_text")
        text = _peel(text[prefix.end() :], repairs)
    return text


def _peel(text: str, repairs: set[str]) -> str:
    """Without surrounding white space, apostrophes, quotes, and the `=` of the spreadsheet idiom `="0912345678"`."""
    bare = text.lstrip(" \t\n'\"=").rstrip(" \t\n'\"")
    if bare != text:
        start = text.find(bare)
        around = text[:start] + text[start + len(bare) :]
        if around.strip("'\"="):
            repairs.add("separators")
        if "'" in around:
            repairs.add("apostrophe")
        if '"' in around or "=" in around:
            repairs.add("quotes")
    return bare
