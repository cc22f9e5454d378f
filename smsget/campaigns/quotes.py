"""What a quote and a plan consist of, and the rates they are priced by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smsget.campaigns.merging import Recipient
from smsget.campaigns.notices import Notice


@dataclass(frozen=True, slots=True)
class Rates:
    """Credits per segment and country. A country that is missing has an unknown rate; it is never taken as 0."""

    one_way: Mapping[str, int]
    two_way: Mapping[str, int]

    def credits(self, country: str, segments: int, *, two_way: bool = False) -> int | None:
        """Credits for `segments` segments to `country`, or None where the rate is unknown."""
        rate = (self.two_way if two_way else self.one_way).get(country)
        return None if rate is None else rate * segments


DEFAULT_RATES = Rates(one_way={"TW": 1, "HK": 1, "CN": 2}, two_way={"TW": 2})
"""sms-get-api.txt, field `sms_msg`: Taiwan and Hong Kong 1, mainland China 2. Two-way is not published; clients saw
2 where one-way used 1 (protocol.md, source B), and quoting too little is the worse mistake."""


@dataclass(frozen=True, slots=True)
class CountryQuote:
    """What goes to one country. `credits` is None where the rate is unknown."""

    recipients: int
    segments: int
    credits: int | None


@dataclass(frozen=True, slots=True)
class LongText:
    """One of the longest texts: whose it is (`at`: position in the audience as given), and how many segments."""

    at: int
    person: Recipient
    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class MissingValue:
    """A person without a value for a field that has no fallback. `row` is 0 where the audience has no rows."""

    row: int
    phone: str
    field: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of the real texts. `credits` sums the known rates; `unknown_rate` counts the recipients without one.

    `histogram` maps segments per text to recipients; `texts` counts different texts, `batches` requests. `longest`
    has the ten people with the longest texts, the longest first. `missing` lists the first hundred missing values,
    `empty_fields` counts them by field, `left_out` the people left out for them. Nothing may be confirmed while
    `stops` names something. `digest` is another one as soon as anybody else, another text or another price is meant.
    """

    recipients: int
    texts: int
    batches: int
    segments: int
    credits: int
    by_country: Mapping[str, CountryQuote]
    unknown_rate: Mapping[str, int]
    histogram: Mapping[int, int]
    notices: Sequence[Notice]
    longest: Sequence[LongText] = ()
    missing: Sequence[MissingValue] = ()
    empty_fields: Mapping[str, int] = field(default_factory=dict)
    left_out: int = 0
    digest: str = ""

    @property
    def stops(self) -> list[Notice]:
        """The notices that have to be settled before this can be confirmed."""
        return [notice for notice in self.notices if notice.severity == "stops"]


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """At most 250 people who get the same text: one request. `credits` is None if any country's rate is unknown."""

    text: str
    segments: int
    recipients: Sequence[Recipient]
    credits: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign ready to be confirmed. A batch is made when it is looked at: a million would fill the memory."""

    batches: Sequence[PlannedBatch]
    quote: Quote
