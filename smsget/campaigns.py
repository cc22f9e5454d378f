"""A campaign: its states, its text with merge fields, its price, and its batches of at most 250 people.

Rules only: no clock, database or network. `plan` is the one place where recipients and a text become batches, and
the `Quote` is summed over those very batches, so that what a person confirms is what the engine will ask for.
"""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from smsget.errors import BadRequest, StateError, TextRefused
from smsget.segments import Segments, count_segments, not_carried, unicode_causes

MAX_RECIPIENTS = 250
"""Recipients in one request at most (sms-get-api.txt, field `phone`: 250筆; code 008)."""

LONG_TEXT_SEGMENTS = 5
"""A text of more segments than this is announced, because it is seldom meant."""


class CampaignState(StrEnum):
    """Where a campaign stands. `unsettled`: everything went out, but the outcome of a batch awaits a decision."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    UNSETTLED = "unsettled"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch stands. `left`: its outcome is unknown, and a person decided not to send it again."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LEFT = "left"
    CANCELLED = "cancelled"


_C, _B = CampaignState, BatchState

CAMPAIGN_MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    _C.DRAFT: frozenset({_C.SCHEDULED, _C.SENDING}),
    _C.SCHEDULED: frozenset({_C.SENDING, _C.PAUSED, _C.CANCELLED}),
    _C.SENDING: frozenset({_C.PAUSED, _C.UNSETTLED, _C.FINISHED, _C.CANCELLED}),
    _C.PAUSED: frozenset({_C.SCHEDULED, _C.SENDING, _C.UNSETTLED, _C.FINISHED, _C.CANCELLED}),
    _C.UNSETTLED: frozenset({_C.SENDING, _C.PAUSED, _C.FINISHED, _C.CANCELLED}),
    _C.FINISHED: frozenset(),
    _C.CANCELLED: frozenset(),
}
"""Legal moves of a campaign. A cancelled campaign may still hold unknown batches; they can be settled as `left`."""

BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    # accepted, left: queued by a person's "send again", when the first request turns out to have got through
    _B.QUEUED: frozenset({_B.SENDING, _B.CANCELLED, _B.ACCEPTED, _B.LEFT}),
    # back to queued: no byte left (NotSent)
    _B.SENDING: frozenset({_B.QUEUED, _B.ACCEPTED, _B.REFUSED, _B.UNKNOWN, _B.CANCELLED}),
    # back to queued: a person resumed after mending what the code named
    _B.REFUSED: frozenset({_B.QUEUED, _B.CANCELLED, _B.LEFT}),
    # accepted: by evidence; queued: only by a person's "send again"
    _B.UNKNOWN: frozenset({_B.ACCEPTED, _B.REFUSED, _B.QUEUED, _B.LEFT}),
    _B.LEFT: frozenset({_B.ACCEPTED}),
    _B.ACCEPTED: frozenset(),
    _B.CANCELLED: frozenset(),
}
"""Legal moves of a batch. Nothing leads out of `accepted`, and only a person leads from `unknown` to `queued`
(or the proof of a late answer that no byte of the request had left)."""

ACCOUNT_CODES = frozenset({"005", "006", "009", "010"})
"""Refusals that concern the whole account (wrong login, address not allowed, no points, two-way not enabled)."""


def check_move(what: str, state: CampaignState | BatchState, wanted: CampaignState | BatchState) -> None:
    """Raise `StateError` unless `state` may become `wanted`; `what` names the thing in the error."""
    moves: Mapping[str, frozenset[str]] = CAMPAIGN_MOVES if isinstance(state, CampaignState) else BATCH_MOVES  # type: ignore[assignment]
    if wanted not in moves[state]:
        raise StateError("illegal_move", what=what, state=str(state), wanted=str(wanted))


def state_after(state: CampaignState, batches: Mapping[str, int]) -> CampaignState:
    """The state of a running campaign, given how many of its batches are in each state.

    Only `sending`, `paused` and `unsettled` campaigns change by this; everything else stays as it is.
    """
    if state not in (_C.SENDING, _C.PAUSED, _C.UNSETTLED):
        return state
    if batches.get(_B.QUEUED) or batches.get(_B.SENDING):
        return _C.SENDING if state == _C.UNSETTLED else state
    if batches.get(_B.REFUSED):
        return _C.PAUSED
    return _C.UNSETTLED if batches.get(_B.UNKNOWN) else _C.FINISHED


# --- recipients and merge fields ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person: `phone` in wire form, ISO `country`, and the other columns of the file as merge fields."""

    phone: str
    country: str
    fields: Mapping[str, str] = field(default_factory=dict)


_FIELD = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MergeText:
    """A text with merge fields: `{{姓名}}`, or `{{姓名|貴賓}}` with a fallback for people who have no such value.

    `fields` has their names, in order of first appearance.
    Raises `TextRefused`: `empty_text`, or `broken_field` when braces do not pair up.
    """

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise TextRefused("empty_text")
        self.text = text
        self._pieces: list[tuple[str, str, str | None]] = []  # (literal before, field, fallback)
        end = 0
        for match in _FIELD.finditer(text):
            self._pieces.append((text[end : match.start()], match[1].strip(), match[2]))
            end = match.end()
        self._tail = text[end:]
        self.fields = list(dict.fromkeys(name for _, name, _ in self._pieces))
        for literal in [*(piece[0] for piece in self._pieces), self._tail]:
            if "{{" in literal or "}}" in literal:
                raise TextRefused("broken_field", field=literal.strip()[:40])
        if any(not name for _, name, _ in self._pieces):
            raise TextRefused("broken_field", field="{{}}")

    def check_fields(self, known: Iterable[str]) -> None:
        """Raise `TextRefused('unknown_field')`, with the nearest real name, for a field no list has."""
        names = list(known)
        for name in self.fields:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.3)
                raise TextRefused("unknown_field", field=name, suggestion=near[0] if near else "", fields=names)

    def render(self, values: Mapping[str, str]) -> str:
        """The text for one person. Line breaks and control characters inside a value become one space."""
        if not self._pieces:
            return self.text
        out: list[str] = []
        for literal, name, fallback in self._pieces:
            out.append(literal)
            out.append(clean_value(values.get(name, "")) or fallback or "")
        out.append(self._tail)
        return "".join(out)

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """The fields for which this person has no value and the text has no fallback."""
        return [name for _, name, fallback in self._pieces if not fallback and not clean_value(values.get(name, ""))]


def clean_value(value: str) -> str:
    """A field's value without line breaks and control characters, which would tear the text apart."""
    return _UNPRINTABLE.sub(" ", value).strip()


# --- price -------------------------------------------------------------------------------------------------------


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
class Notice:
    """Something a person should know before confirming: a `code` and its evidence. It never stops the campaign."""

    code: str
    evidence: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountryQuote:
    """What goes to one country. `credits` is None where the rate is unknown."""

    recipients: int
    segments: int
    credits: int | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of the real texts. `credits` sums the known rates; `unknown_rate` counts the recipients without one.

    `histogram` maps segments per text to recipients; `texts` counts different texts, `batches` requests.
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


@dataclass(frozen=True, slots=True)
class PlannedBatch:
    """At most 250 people who get the same text: one request. `credits` is None if any country's rate is unknown."""

    text: str
    segments: int
    recipients: Sequence[Recipient]
    credits: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A campaign ready to be confirmed."""

    batches: Sequence[PlannedBatch]
    quote: Quote


def plan(
    recipients: Iterable[Recipient],
    text: str,
    rates: Rates,
    *,
    two_way: bool = False,
    fields: Collection[str] | None = None,
) -> Plan:
    """Merge the text for every recipient, put equal texts into batches, and price them.

    `fields` names the merge fields there are (several lists may have different ones); None takes the first person's.
    Raises `TextRefused` (empty, a broken or unknown field, characters SMS-Get does not carry) and `BadRequest`
    (`no_recipients`; `two_way_taiwan_only`, source: sms-get-api.txt, "雙向簡訊僅台灣手機門號可送達").
    """
    merge = MergeText(text)
    groups: dict[str, list[Recipient]] = {}
    missing: Counter[str] = Counter()
    for person in recipients:
        if merge.fields and not groups:
            merge.check_fields(person.fields if fields is None else fields)
        groups.setdefault(merge.render(person.fields), []).append(person)
        if merge.fields:
            missing.update(merge.missing(person.fields))
    if not groups:
        raise BadRequest("no_recipients")
    if two_way:
        _check_taiwan_only(groups)
    measures = {each: _measure(each) for each in groups}
    batches = list(_cut(groups, measures, rates, two_way))
    return Plan(batches, _sum(batches, measures, rates, two_way, _notices(merge, measures, missing)))


def _measure(text: str) -> Segments:
    if not text.strip():
        raise TextRefused("empty_text")
    if bad := not_carried(text):
        raise TextRefused("not_carried", characters=list(bad))
    return count_segments(text)


def _check_taiwan_only(groups: Mapping[str, list[Recipient]]) -> None:
    others = Counter(person.country for people in groups.values() for person in people if person.country != "TW")
    if others:
        raise BadRequest("two_way_taiwan_only", countries=dict(others))


def _cut(
    groups: Mapping[str, list[Recipient]], measures: Mapping[str, Segments], rates: Rates, two_way: bool
) -> Iterator[PlannedBatch]:
    for text, people in groups.items():
        segments = measures[text].segments
        for start in range(0, len(people), MAX_RECIPIENTS):
            part = people[start : start + MAX_RECIPIENTS]
            prices = [rates.credits(person.country, segments, two_way=two_way) for person in part]
            known = [price for price in prices if price is not None]
            yield PlannedBatch(text, segments, part, sum(known) if len(known) == len(prices) else None)


def _sum(
    batches: Sequence[PlannedBatch],
    measures: Mapping[str, Segments],
    rates: Rates,
    two_way: bool,
    notices: Sequence[Notice],
) -> Quote:
    people: Counter[str] = Counter()
    segments: Counter[str] = Counter()
    histogram: Counter[int] = Counter()
    for batch in batches:
        histogram[batch.segments] += len(batch.recipients)
        for person in batch.recipients:
            people[person.country] += 1
            segments[person.country] += batch.segments
    by_country = {
        country: CountryQuote(count, segments[country], rates.credits(country, segments[country], two_way=two_way))
        for country, count in people.most_common()
    }
    unknown = {country: part.recipients for country, part in by_country.items() if part.credits is None}
    notice = [Notice("unknown_rate", {"countries": unknown})] if unknown else []
    return Quote(
        recipients=people.total(),
        texts=len(measures),
        batches=len(batches),
        segments=segments.total(),
        credits=sum(part.credits or 0 for part in by_country.values()),
        by_country=by_country,
        unknown_rate=unknown,
        histogram=dict(sorted(histogram.items())),
        notices=[*notices, *notice],
    )


def _notices(merge: MergeText, measures: Mapping[str, Segments], missing: Mapping[str, int]) -> list[Notice]:
    notices = [Notice("empty_field", {"field": name, "recipients": count}) for name, count in missing.items()]
    notices += review(merge.text)
    longest = max(measure.segments for measure in measures.values())
    if longest > LONG_TEXT_SEGMENTS:
        notices.append(Notice("long_text", {"segments": longest}))
    return notices


def review(text: str) -> list[Notice]:
    """What makes a text dearer than it looks: a few characters that turn an English text into Unicode (70 a part).

    Texts with Chinese in them are Unicode by intent, so nothing is said there.
    """
    causes = unicode_causes(_FIELD.sub("", text))
    if causes and not any(_is_wide_letter(character) for character in causes):
        return [Notice("unicode", {"characters": list(causes)})]
    return []


def _is_wide_letter(character: str) -> bool:
    # Ideographs, kana, hangul and Chinese punctuation: nobody types these by accident into an English text.
    code = ord(character[0])
    return 0x3001 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7AF or 0xF900 <= code <= 0xFAFF or code >= 0x20000
