"""The sixteen countries that SMS-Get serves: the wire form of their numbers, their calling codes, what is mobile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

# Narrower than "so many digits" in two respects: no number starts with 0 behind its calling code, so `60 012…` is not
# 12 digits of Malaysia but has a trunk zero to drop; and eight digits that are a date (20240131) are not Hong Kong.
EIGHT_DIGIT_DATE = "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
WIRE_FORMS = {
    "TW": "09[0-9]{8}",
    "CN": "1[0-9]{10}",
    "HK": f"(?!{EIGHT_DIGIT_DATE})[1-9][0-9]{{7}}",
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
_WIRE = re.compile("|".join(f"(?P<{country}>{form})" for country, form in WIRE_FORMS.items()))

ALL_COUNTRIES: tuple[str, ...] = tuple(WIRE_FORMS)
"""The sixteen countries that SMS-Get serves, ISO 3166 codes in the order of sms-get-api.txt."""

CALLING_CODES = {
    "886": "TW", "86": "CN", "852": "HK", "853": "MO", "81": "JP", "60": "MY", "84": "VN", "62": "ID",
    "66": "TH", "61": "AU", "65": "SG", "63": "PH", "971": "AE", "855": "KH", "1": "US", "82": "KR",
}  # fmt: skip
WIRE_PREFIXES = {"TW": "0", "CN": "", "HK": "", "US": "001"}
"""What stands before the national number in the wire form, where it is not the calling code."""
NATIONAL = ("TW", "CN", "HK")
"""The countries whose wire form has no calling code, so that there is no E.164 to hold it against."""

# Taiwan's landlines (02-08 with 8 or 7 digits), 0800/0809 and 070, also without the zero that a spreadsheet ate.
TAIWAN_NOT_MOBILE = "0[1-8][0-9]{8}|0[3-8][0-9]{7}|070[0-9]{8}|[2-8][0-9]{8}"

NEVER = "[^\\s\\S]"
"""A regular expression that matches nothing."""

LONGEST_E164 = 15
"""Digits of calling code and national number together (ITU-T E.164, 6)."""

# Vietnam's mobiles of before 2018, unknown to libphonenumber, and one digit less: sms-get-api.txt, whose own example is
# 8412XXXX123, accepts both.
OLD_VIETNAM = "1(?:2[0-9]|6[2-9]|8[68]|99)[0-9]{6,7}"


def country_of(wire: str) -> str | None:
    """Country of a number that is already in its wire form; None for anything else."""
    exact = _WIRE.fullmatch(wire)
    return exact.lastgroup if exact else None


def calling_code(e164: str) -> str:
    """The served calling code that `e164` starts with, or ""; no calling code is the start of another."""
    return next((e164[:length] for length in (1, 2, 3) if e164[:length] in CALLING_CODES), "")


@dataclass(frozen=True, slots=True)
class MobileRule:
    """A country's mobile numbers as regular expressions, without the look-around that RE2 does not know.

    A national number is a mobile number if it is fully matched by each of `every` and by none of `none`. If it is
    not, and `not_mobile` matches it, it is a number of another kind, or of none, but not too long or too short.
    """

    every: tuple[str, ...]
    none: str
    not_mobile: str


@cache
def mobile_rule(code: str) -> MobileRule:
    """The rule of the country with a calling code, from libphonenumber's metadata.

    `phonenumbers.number_type` asks the same patterns, at ten times the cost: it first finds the region among all that
    share the calling code. Ours is always the first of them, so a mobile number here is one there.
    """
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneMetadata

    data = PhoneMetadata.metadata_for_region(CALLING_CODES[code])
    if data is None or data.mobile is None or data.general_desc is None:
        raise LookupError(code)  # pragma: no cover - all sixteen have mobile numbers
    lengths = [f"[1-9][0-9]{{{length - 1}}}" for length in data.mobile.possible_length]
    others = (data.premium_rate, data.toll_free, data.shared_cost, data.voip, data.personal_number, data.pager,
              data.uan, data.voicemail)  # fmt: skip
    # What is no mobile number of the United States or Australia may be one of another country behind the same code.
    alone = len(COUNTRY_CODE_TO_REGION_CODE[int(code)]) == 1
    return MobileRule(
        every=(
            data.mobile.national_number_pattern or "",
            "|".join(lengths),
            data.general_desc.national_number_pattern or "",
        ),
        none="|".join(kind.national_number_pattern for kind in others if kind and kind.national_number_pattern),
        not_mobile="|".join(lengths) if alone else NEVER,
    )


def is_mobile(code: str, national: str) -> bool | None:
    """Whether `national` is a mobile number behind a served calling code; None if that takes a closer look."""
    rule = mobile_rule(code)
    if all(re.fullmatch(part, national) for part in rule.every) and not re.fullmatch(rule.none, national):
        return True
    return False if re.fullmatch(rule.not_mobile, national) else None
