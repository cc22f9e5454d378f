r"""What a person typed in a cell -> the wire form and the country of a mobile number.

    cell ─ fold ─> ASCII ─ unwrap ─> bare text ─ digits ─> one number's digits ─ interpret ─> wire form, country

A cell is read by our own rules first and refused when in doubt: libphonenumber, handed a raw cell, drops letters,
keeps the first of two numbers and calls landlines valid. It is asked one thing only, whether the digits behind a
foreign calling code belong to a mobile number.

The wire forms are those of sms-get-api.txt, "一、傳送簡訊", field `phone`. A number exactly in one of them is accepted
as it stands. One with `+` or an international prefix (`00`, `011`, Taiwan's `002`) is E.164 and must be a mobile
number, with one exception: Taiwan is any `09` + 8 digits, because libphonenumber takes 0990-0999 for something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

__all__ = ["ALL_COUNTRIES", "REJECT_CODES", "REPAIRS", "Reading", "country_of", "mask", "read_number", "to_wire"]

# Narrower than "so many digits" in two respects: no number starts with 0 behind its calling code, so `60 012…` is not
# 12 digits of Malaysia but has a trunk zero to drop; and eight digits that are a date (20240131) are not Hong Kong.
_EIGHT_DIGIT_DATE = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_WIRE_FORMS = {
    "TW": "09[0-9]{8}",
    "CN": "1[0-9]{10}",
    "HK": f"(?!{_EIGHT_DIGIT_DATE})[1-9][0-9]{{7}}",
    "MO": "853[1-9][0-9]{7}",
    "JP": "81[1-9][0-9]{9}",
    "MY": "60[1-9][0-9]{8,9}",
    "VN": "84[1-9][0-9]{8,9}",
    "ID": "62[1-9][0-9]{9,10}",
    "TH": "66[1-9][0-9]{8}",
    "AU": "614[0-9]{8}",
    "SG": "65[1-9][0-9]{7}",
    "PH": "63[1-9][0-9]{9}",
    "AE": "971[1-9][0-9]{8}",
    "KH": "855[1-9][0-9]{7,8}",
    "US": "001[1-9][0-9]{9}",
    "KR": "821[0-9]{8,9}",
}
_WIRE = re.compile("|".join(f"(?P<{country}>{form})" for country, form in _WIRE_FORMS.items()))

ALL_COUNTRIES: tuple[str, ...] = tuple(_WIRE_FORMS)
"""The sixteen countries that SMS-Get serves, ISO 3166 codes in the order of sms-get-api.txt."""

REJECT_CODES: tuple[str, ...] = (
    "letters", "several_numbers", "masked", "wrong_length", "not_mobile", "country_not_served", "country_not_chosen",
    "precision_lost", "not_a_number",
)  # fmt: skip
"""Why a cell was refused. `precision_lost`: a spreadsheet rounded the digits away (`9.12E+08`)."""

REPAIRS: tuple[str, ...] = (
    "separators", "full_width", "other_digits", "apostrophe", "quotes", "invisible", "prefix_text", "lost_zero",
    "float", "exponent", "country_code",
)  # fmt: skip
"""What had to be put right to read a number. A number with no repairs stood in the cell in its wire form."""

_CALLING_CODES = {
    "886": "TW", "86": "CN", "852": "HK", "853": "MO", "81": "JP", "60": "MY", "84": "VN", "62": "ID",
    "66": "TH", "61": "AU", "65": "SG", "63": "PH", "971": "AE", "855": "KH", "1": "US", "82": "KR",
}  # fmt: skip
_WIRE_PREFIXES = {"TW": "0", "CN": "", "HK": "", "US": "001"}  # all others: their calling code


@dataclass(frozen=True, slots=True)
class Reading:
    """What one cell says.

    `outcome` is "number" (`wire`, `country`, `repairs`), "blank", or "reject" (`code`, one of REJECT_CODES).
    A number of a country that SMS-Get serves but nobody chose is rejected as `country_not_chosen` with `wire`,
    `country` and `repairs` filled in, so that the reader can be offered to allow that country.
    """

    outcome: str
    wire: str = ""
    country: str = ""
    code: str = ""
    repairs: tuple[str, ...] = ()


class _Rejected(Exception):
    """Ends the reading of one cell; never leaves this module."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_number(cell: str, countries: Collection[str] = ALL_COUNTRIES) -> Reading:
    """Read the text of one cell as one mobile number of one of `countries`. Total: any text gives a Reading."""
    exact = _WIRE.fullmatch(cell)
    if exact:
        return _reading(cell, exact.lastgroup or "", (), countries)
    repairs: set[str] = set()
    text = _unwrap(_fold(cell, repairs), repairs)
    if not text:
        return Reading("blank")
    try:
        wire, country = _read_text(text, repairs)
    except _Rejected as rejection:
        return Reading("reject", code=rejection.code)
    return _reading(wire, country, tuple(repair for repair in REPAIRS if repair in repairs), countries)


def country_of(wire: str) -> str | None:
    """Country of a number that is already in its wire form; None for anything else."""
    exact = _WIRE.fullmatch(wire)
    return exact.lastgroup if exact else None


def to_wire(number: str) -> str | None:
    """Wire form of a number as receipts and suppression lists have it: `09…`, `886…`, `+886…`, a wire form, and
    whatever else `read_number` can read. None if it is no number of a served country.
    """
    return read_number(number).wire or None


def mask(phone: str) -> str:
    """`phone` for logs: 0912345678 -> 0912•••678. Of fewer than nine characters two stay at either end, of fewer
    than six none.
    """
    if len(phone) >= 9:
        head, tail = 4, 3
    elif len(phone) >= 6:
        head, tail = 2, 2
    else:
        return "•" * len(phone)
    return phone[:head] + "•" * (len(phone) - head - tail) + phone[-tail:]


def _reading(wire: str, country: str, repairs: tuple[str, ...], countries: Collection[str]) -> Reading:
    if country in countries:
        return Reading("number", wire, country, "", repairs)
    return Reading("reject", wire, country, "country_not_chosen", repairs)


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
# "手機:", "Mobile phone no. 2:", "(M)", "tel://"; a single letter needs a sign behind it, a figure needs a colon,
# and a number must follow: a cell that says only "手機" or "no" is not blank.
_PREFIX = re.compile(
    rf"[(\s]*(?:(?:(?:{_WORDS})[\s.()/]*)+(?:(?<=\S)[1-9](?=[\s:.)]))?|[mptch]\s*(?=[:.)]))[\s:.)=/\-]*(?=[('\"+]*[0-9*])",
    re.IGNORECASE,
)


def _unwrap(text: str, repairs: set[str]) -> str:
    text = _peel(text, repairs)
    prefix = _PREFIX.match(text)
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


# --- digits: exactly one number, or the reason why not ----------------------------------------------------------

_EXPONENT = re.compile(r"([1-9][0-9]*)(?:[.,]([0-9]*))?\s*e([+-]?)([0-9]{1,3})", re.IGNORECASE)
_FLOAT = re.compile(r"\+?([0-9]{8,})[.,]0+")
_NO_WHOLE_NUMBER = re.compile(r"[0-9]{8,}\.[0-9]{1,7}|[0-9]{1,7}\.[0-9]{1,2}|0\.[0-9]+|-[1-9][0-9]*(?:\.[0-9]*)?")
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3}){2,})(\.0*)?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-/.])(?:0?[1-9]|[12][0-9]|3[01])\2(?:19|20)[0-9]{2}"
    rf"|{_EIGHT_DIGIT_DATE}"
)
_AND = re.compile(r"(?<=[0-9)])\s*(?:或|和|與|与|及|跟|or|and)\s*(?=[(+0-9])", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9+\-. _(),;/\n\t]*")
_HIDDEN = re.compile(r"\*|[x#?〇]{2,}|[0-9]\s?[._-]{3,}\s?[0-9]", re.IGNORECASE)
_LEADING_PLUS = re.compile(r"[\s(.\-]*\++")
_HARD_SEPARATORS = re.compile(r"[,;/\n\t+]")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def _read_text(text: str, repairs: set[str]) -> tuple[str, str]:
    text = _AND.sub(";", _undo_spreadsheet(text, repairs))
    _refuse_other_characters(text)
    plus = _LEADING_PLUS.match(text)
    digits = _digits(text[plus.end() :] if plus else text)
    if text not in (digits, f"+{digits}"):
        repairs.add("separators")
    try:
        return _interpret(digits, with_plus=plus is not None, repairs=repairs)
    except _Rejected:
        if _holds_several(text, digits):
            raise _Rejected("several_numbers") from None
        raise


def _undo_spreadsheet(text: str, repairs: set[str]) -> str:
    exponent = _EXPONENT.fullmatch(text)
    if exponent:
        repairs.add("exponent")
        return _expand(*exponent.groups(default=""))
    whole = _FLOAT.fullmatch(text)
    if whole:
        repairs.add("float")
        return whole[1]
    if _NO_WHOLE_NUMBER.fullmatch(text) or _DATE.fullmatch(text):
        raise _Rejected("not_a_number")
    thousands = _THOUSANDS.fullmatch(text)
    if thousands:
        repairs.update({"separators", "float"} if thousands[2] else {"separators"})
        return thousands[1].replace(",", "")
    return text


def _expand(whole: str, fraction: str, sign: str, power: str) -> str:
    """9, 12345678, +, 08 -> 912345678; fewer decimals than the power asks for were rounded away by a spreadsheet."""
    places = int(power)
    if sign == "-" or len(fraction.rstrip("0")) > places:
        raise _Rejected("not_a_number")
    if len(fraction) < places:
        raise _Rejected("precision_lost")
    return whole + fraction[:places]


def _refuse_other_characters(text: str) -> None:
    hidden = _HIDDEN.search(text)
    if not hidden and _PLAIN.fullmatch(text):
        return
    if hidden and any("0" <= char <= "9" or char == "*" for char in text):
        without_marks = re.sub("[x〇#]", "", text, flags=re.IGNORECASE)
        if not any(char.isalpha() for char in without_marks):
            raise _Rejected("masked")
    # An extension (#12) is refused like a letter: dropping either would text whoever has the rest of the number.
    if any(char.isalnum() and not "0" <= char <= "9" for char in text) or "#" in text:
        raise _Rejected("letters")
    raise _Rejected("not_a_number")


def _digits(text: str) -> str:
    parts = [digits for part in _HARD_SEPARATORS.split(text) if (digits := _NOT_DIGITS.sub("", part))]
    if not parts:
        raise _Rejected("not_a_number")
    if len(parts) > 1 and any(len(part) >= 8 for part in parts):  # 8: the shortest number there is
        raise _Rejected("several_numbers")
    if "+" in text:
        raise _Rejected("not_a_number")
    return "".join(parts)


_COMPLETE = re.compile("8860?9[0-9]{8}|0[2-9][0-9]{7,9}|9[0-9]{8}|1[0-9]{10}|[2-9][0-9]{7}")
_GLUED = re.compile("(?:8860?9[0-9]{8}|09[0-9]{8}){2,}")


def _holds_several(text: str, digits: str) -> bool:
    """Whether unreadable digits are two numbers with nothing but spaces, dashes or nothing at all between them: a
    complete number at either end, with at least a local landline's seven digits left over.
    """
    if len(digits) < 15:
        return False
    if _GLUED.fullmatch(digits):
        return True
    ends = [0]
    for group in re.findall("[0-9]+", text):
        ends.append(ends[-1] + len(group))
    return any(
        (_COMPLETE.fullmatch(digits, 0, cut) and len(digits) - cut >= 7)
        or (_COMPLETE.fullmatch(digits, cut) and cut >= 7)
        for cut in ends
    )


# --- interpret: one number's digits -> wire form and country ----------------------------------------------------

# Taiwan's landlines (02-08 with 8 or 7 digits), 0800/0809 and 070, also without the zero that a spreadsheet ate.
_TAIWAN_NOT_MOBILE = re.compile("0[1-8][0-9]{8}|0[3-8][0-9]{7}|070[0-9]{8}|[2-8][0-9]{8}")

# "1. 0912345678" and "6. 0912345678" are lines of somebody's list, not mobile numbers of China and Malaysia (where
# none starts with 109 or 609).
_NUMBERED_LINE = re.compile("[16]09[0-9]{8}")


def _interpret(digits: str, *, with_plus: bool, repairs: set[str]) -> tuple[str, str]:
    if with_plus:
        repairs.add("country_code")
        if not digits.startswith("0"):  # no calling code does: "+00886…" and "+0912…" are read without the sign
            return _from_e164(digits)
    country = country_of(digits)
    if country and not _NUMBERED_LINE.fullmatch(digits):
        return digits, country
    if len(digits) == 9 and digits[0] == "9":
        repairs.add("lost_zero")
        return f"0{digits}", "TW"
    e164 = _without_prefix(digits)
    prefixed = e164 != digits
    # Without any prefix 1 is China's first digit, and so never the calling code of the United States.
    if (code := _calling_code(e164)) and (prefixed or (code != "1" and len(digits) > 9)):
        repairs.add("country_code")
        return _from_e164(e164)
    if (prefixed or len(digits) > 10) and _in_service(e164):
        raise _Rejected("country_not_served")
    raise _Rejected(_why_not_taiwan(digits))


def _why_not_taiwan(digits: str) -> str:
    return "not_mobile" if _TAIWAN_NOT_MOBILE.fullmatch(digits) else "wrong_length"


def _calling_code(e164: str) -> str:
    """The served calling code that `e164` starts with, or ""; no calling code is the start of another."""
    return next((e164[:length] for length in (1, 2, 3) if e164[:length] in _CALLING_CODES), "")


def _without_prefix(digits: str) -> str:
    """Without `00`, `011` or Chunghwa's `002`. 00 with an African code (2…) and 002 look alike: `0027…` is South
    Africa if that is a number there. Other carriers' prefixes (005, 006 …) are not read: a mistyped `0061…` of
    Australia would turn into somebody's number in the United States.
    """
    if digits.startswith("002") and _calling_code(digits[3:]) and not _in_service(digits[2:]):
        return digits[3:]
    if digits.startswith("00"):
        return digits[2:]
    if digits.startswith("011") and len(digits) >= 13 and _calling_code(digits[3:]):
        return digits[3:]
    return digits


def _from_e164(e164: str) -> tuple[str, str]:
    """Calling code and national number, perhaps with a trunk zero between them (+886 (0)912…) -> wire form, country."""
    code = _calling_code(e164)
    if not code:
        raise _Rejected("country_not_served")
    country = _CALLING_CODES[code]
    national = e164[len(code) :].removeprefix("0")
    wire = _WIRE_PREFIXES.get(country, code) + national
    if not national or national[0] == "0" or len(code + national) > 15:  # 15: the longest that E.164 allows
        raise _Rejected("wrong_length")
    if country != "TW":
        _require_mobile(code, national)
    if country_of(wire) != country:
        raise _Rejected(_why_not_taiwan(wire) if country == "TW" else "wrong_length")
    return wire, country


# Vietnam's mobiles of before 2018, unknown to libphonenumber, and one digit less: sms-get-api.txt, whose own example is
# 8412XXXX123, accepts both.
_OLD_VIETNAM = re.compile("1(?:2[0-9]|6[2-9]|8[68]|99)[0-9]{6,7}")


def _require_mobile(code: str, national: str) -> None:
    if code == "84" and _OLD_VIETNAM.fullmatch(national):
        return
    import phonenumbers  # here, because only the few numbers that come this far need its metadata

    number = phonenumbers.PhoneNumber(country_code=int(code), national_number=int(national))
    kind = phonenumbers.number_type(number)
    if kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE):
        if code == "1" and phonenumbers.region_code_for_number(number) != "US":  # Canada, the Caribbean
            raise _Rejected("country_not_served")
        return
    possible = phonenumbers.is_possible_number_for_type_with_reason(number, phonenumbers.PhoneNumberType.MOBILE)
    unknown = kind == phonenumbers.PhoneNumberType.UNKNOWN
    if unknown and possible != phonenumbers.ValidationResult.IS_POSSIBLE:
        raise _Rejected("wrong_length")
    raise _Rejected("not_mobile")


def _in_service(e164: str) -> bool:
    """Whether this is a valid number, of any kind, anywhere in the world."""
    import phonenumbers

    if not 8 <= len(e164) <= 15:
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{e164}"))
    except phonenumbers.NumberParseException:
        return False
