"""The rule for one cell: is it a mobile number, which one, and if not, why not."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from smsget.numbers.countries import (
    ALL_COUNTRIES,
    CALLING_CODES,
    EIGHT_DIGIT_DATE,
    LONGEST_E164,
    NATIONAL,
    OLD_VIETNAM,
    TAIWAN_NOT_MOBILE,
    WIRE_PREFIXES,
    calling_code,
    country_of,
    is_mobile,
)
from smsget.numbers.text import bare_text

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
    exact = country_of(cell)
    if exact:
        return _reading(cell, exact, (), countries)
    repairs: set[str] = set()
    text = bare_text(cell, repairs)
    if not text:
        return Reading("blank")
    try:
        wire, country = _read_text(text, repairs)
    except _Rejected as rejection:
        return Reading("reject", code=rejection.code)
    return _reading(wire, country, tuple(repair for repair in REPAIRS if repair in repairs), countries)


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


# --- digits: exactly one number, or the reason why not ----------------------------------------------------------

_EXPONENT = re.compile(r"([1-9][0-9]*)(?:[.,]([0-9]*))?\s*e([+-]?)([0-9]{1,3})", re.IGNORECASE)
_FLOAT = re.compile(r"\+?([0-9]{8,})[.,]0+")
_NO_WHOLE_NUMBER = re.compile(r"[0-9]{8,}\.[0-9]{1,7}|[0-9]{1,7}\.[0-9]{1,2}|0\.[0-9]+|-[1-9][0-9]*(?:\.[0-9]*)?")
_THOUSANDS = re.compile(r"([1-9][0-9]{0,2}(?:,[0-9]{3}){2,})(\.0*)?")
_DATE = re.compile(
    r"(?:19|20)[0-9]{2}([-/.])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12][0-9]|3[01])"
    r"|(?:0?[1-9]|[12][0-9]|3[01])([-/.])(?:0?[1-9]|[12][0-9]|3[01])\2(?:19|20)[0-9]{2}"
    rf"|{EIGHT_DIGIT_DATE}"
)
AND = re.compile(r"(?<=[0-9)])\s*(?:或|和|與|与|及|跟|or|and)\s*(?=[(+0-9])", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9+\-. _(),;/\n\t]*")
_HIDDEN = re.compile(r"\*|[x#?〇]{2,}|[0-9]\s?[._-]{3,}\s?[0-9]", re.IGNORECASE)
_LEADING_PLUS = re.compile(r"[\s(.\-]*\++")
_HARD_SEPARATORS = re.compile(r"[,;/\n\t+]")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def _read_text(text: str, repairs: set[str]) -> tuple[str, str]:
    as_it_stands = text.isdecimal() and "prefix_text" not in repairs
    text = AND.sub(";", _undo_spreadsheet(text, repairs))
    _refuse_other_characters(text)
    if _NUMBERED_LINE.fullmatch(text):
        raise _Rejected("wrong_length")
    plus = _LEADING_PLUS.match(text)
    digits = _digits(text[plus.end() :] if plus else text)
    if text not in (digits, f"+{digits}"):
        repairs.add("separators")
    try:
        if as_it_stands and (country := country_of(digits)):
            return digits, country
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
GLUED = re.compile("(?:8860?9[0-9]{8}|09[0-9]{8}){2,}")


def _holds_several(text: str, digits: str) -> bool:
    """Whether unreadable digits are two numbers with nothing but spaces, dashes or nothing at all between them: a
    complete number at either end, with at least a local landline's seven digits left over.
    """
    if len(digits) < 15:
        return False
    if GLUED.fullmatch(digits):
        return True
    ends = [0]
    for group in re.findall("[0-9]+", text):
        ends.append(ends[-1] + len(group))
    return any(
        (_COMPLETE.fullmatch(digits, 0, cut) and len(digits) - cut >= 7)
        or (_COMPLETE.fullmatch(digits, cut) and cut >= 7)
        for cut in ends
    )


# "84. 0912345678", "84 0912345678" and "13. 912345678" are lines of somebody's list sooner than numbers of Vietnam and
# China: up to three figures before a complete number of Taiwan are no calling code. But for 886, which changes nothing.
_NUMBERED_LINE = re.compile(
    r"(?!886)[1-9][0-9]{0,2}(?:\s*[.)]\s+0?9(?:[\s().-]*[0-9]){8}|[.)]0?9[0-9]{8}|[\s.)-]+09[0-9]{8})"
    r"|\(?1[0-9]?[\s().-]+0?9[0-9]{8}"
)


# --- interpret: one number's digits -> wire form and country ----------------------------------------------------

_TAIWAN_NOT_MOBILE = re.compile(TAIWAN_NOT_MOBILE)

# No mobile number of China starts with 109: "1 0912-345-678" is the line of a list, too.
_NO_CHINESE = re.compile("109[0-9]{8}")


def _interpret(digits: str, *, with_plus: bool, repairs: set[str]) -> tuple[str, str]:
    if with_plus:
        repairs.add("country_code")
        if not digits.startswith("0"):  # no calling code does: "+00886…" and "+0912…" are read without the sign
            return _from_e164(digits)
    country = country_of(digits)
    if country in NATIONAL and not _NO_CHINESE.fullmatch(digits):
        return digits, country
    if len(digits) == 9 and digits[0] == "9":
        repairs.add("lost_zero")
        return f"0{digits}", "TW"
    e164 = _without_prefix(digits)
    prefixed = e164 != digits
    # Without any prefix 1 is China's first digit, and so never the calling code of the United States.
    if (code := calling_code(e164)) and (prefixed or (code != "1" and len(digits) > 9)):
        wire, country = _from_e164(e164)
        if wire != digits:
            repairs.add("country_code")
        return wire, country
    if (prefixed or len(digits) > 10) and _in_service(e164):
        raise _Rejected("country_not_served")
    raise _Rejected(_why_not_taiwan(digits))


def _why_not_taiwan(digits: str) -> str:
    return "not_mobile" if _TAIWAN_NOT_MOBILE.fullmatch(digits) else "wrong_length"


def _without_prefix(digits: str) -> str:
    """Without `00`, `011` or Chunghwa's `002`. 00 with an African code (2…) and 002 look alike: `0027…` is South
    Africa if that is a number there. Other carriers' prefixes (005, 006 …) are not read: a mistyped `0061…` of
    Australia would turn into somebody's number in the United States.
    """
    if digits.startswith("002") and calling_code(digits[3:]) and not _in_service(digits[2:]):
        return digits[3:]
    if digits.startswith("00"):
        return digits[2:]
    if digits.startswith("011") and len(digits) >= 13 and calling_code(digits[3:]):
        return digits[3:]
    return digits


def _from_e164(e164: str) -> tuple[str, str]:
    """Calling code and national number, perhaps with a trunk zero between them (+886 (0)912…) -> wire form, country."""
    code = calling_code(e164)
    if not code:
        raise _Rejected("country_not_served")
    country = CALLING_CODES[code]
    national = e164[len(code) :].removeprefix("0")
    wire = WIRE_PREFIXES.get(country, code) + national
    if not national or national[0] == "0" or len(code + national) > LONGEST_E164:
        raise _Rejected("wrong_length")
    if country != "TW":
        _require_mobile(code, national)
    if country_of(wire) != country:
        raise _Rejected(_why_not_taiwan(wire) if country == "TW" else "wrong_length")
    return wire, country


_OLD_VIETNAM = re.compile(OLD_VIETNAM)


def _require_mobile(code: str, national: str) -> None:
    if code == "84" and _OLD_VIETNAM.fullmatch(national):
        return
    mobile = is_mobile(code, national)
    if mobile:
        return
    if mobile is False:
        raise _Rejected("not_mobile")
    import phonenumbers  # here, because only a number that looks wrong needs to be told why

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
    if not 8 <= len(e164) <= LONGEST_E164 or e164[0] == "0":  # no calling code starts so
        return False
    import phonenumbers

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(f"+{e164}"))
    except phonenumbers.NumberParseException:
        return False
