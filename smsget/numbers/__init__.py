r"""What a person typed in a cell -> the wire form and the country of a mobile number.

    cell ─ fold ─> ASCII ─ unwrap ─> bare text ─ digits ─> one number's digits ─ interpret ─> wire form, country

A cell is read by our own rules first and refused when in doubt: libphonenumber, handed a raw cell, drops letters,
keeps the first of two numbers and calls landlines valid. It is asked one thing only, whether the digits behind a
foreign calling code belong to a mobile number.

The wire forms are those of sms-get-api.txt, "一、傳送簡訊", field `phone`. A cell of nothing but the digits of one,
blanks and quotes around them apart, is accepted as it stands. Everything else with a calling code, behind `+`, an
international prefix (`00`, `011`, Taiwan's `002`) or none, is E.164 and must be a mobile number: `6561234567` is
accepted, `65 6123 4567` is the landline it is anywhere. With one exception: Taiwan is any `09` + 8 digits, because
libphonenumber takes 0990-0999 for something else. China's 11 and Hong Kong's 8 digits have no calling code, and any
separators.
"""

from __future__ import annotations

from smsget.numbers.countries import ALL_COUNTRIES, country_of
from smsget.numbers.reading import REJECT_CODES, REPAIRS, Reading, mask, read_number, to_wire
from smsget.numbers.several import split_numbers

__all__ = [
    "ALL_COUNTRIES",
    "REJECT_CODES",
    "REPAIRS",
    "Reading",
    "country_of",
    "mask",
    "read_number",
    "split_numbers",
    "to_wire",
]
