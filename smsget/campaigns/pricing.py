"""The price of the real texts, and the batches they go out in.

`plan` is the one place where recipients and a text become batches, and its `Quote` is summed over the same measured
texts, so that what a person confirms is what the engine will ask for. `quote` is the same sum without the batches.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, compress, repeat
from typing import Literal, overload

from smsget.campaigns.measuring import Ruler
from smsget.campaigns.merging import Audience, MergeText, Recipient
from smsget.campaigns.notices import Notice
from smsget.campaigns.quotes import CountryQuote, LongText, MissingValue, Plan, PlannedBatch, Quote, Rates
from smsget.campaigns.typography import review
from smsget.errors import BadRequest, TextRefused
from smsget.segments import is_carried, not_carried

MAX_RECIPIENTS = 250
"""Recipients in one request at most (sms-get-api.txt, field `phone`: 250筆; code 008)."""

LONG_TEXT_SEGMENTS = 5
"""A text of more segments than this is announced, because it is seldom meant."""

_AT_ONCE = 10_000

LONGEST_LISTED = 10
MISSING_LISTED = 100

Empty = Literal["stop", "leave_out", "gap"]
"""What becomes of people without a value for a field that has no fallback: somebody has to decide, they are left out,
or their text has a gap there."""


def quote(
    recipients: Iterable[Recipient] | Audience,
    text: str,
    rates: Rates,
    *,
    two_way: bool = False,
    fields: Collection[str] | None = None,
    empty: Empty = "gap",
) -> Quote:
    """The price of the text for these recipients, without the batches; people with empty fields are only counted.

    Parameters and errors are those of `plan`, but `empty="stop"` makes a notice that stops (`Quote.stops`).
    """
    texts = _Texts.of(recipients, text, two_way=two_way, fields=fields, empty=empty)
    return _sum(texts, [len(each) if isinstance(each, list) else 1 for each in _group(texts)], rates, two_way)


def plan(
    recipients: Iterable[Recipient] | Audience,
    text: str,
    rates: Rates,
    *,
    two_way: bool = False,
    fields: Collection[str] | None = None,
    empty: Empty = "gap",
) -> Plan:
    """Merge the text for every recipient, put equal texts into batches, and price them.

    `fields` names the merge fields there are (several lists may have different ones); None takes the first person's,
    or the audience's. `empty` says what becomes of people without a value for a field that has no fallback.
    Raises `TextRefused` (`empty_text`, `broken_field`, `unknown_field`, `not_carried`; `empty_field` with
    `empty="stop"`) and `BadRequest` (`no_recipients`; `two_way_taiwan_only`, source: sms-get-api.txt,
    "雙向簡訊僅台灣手機門號可送達").
    """
    texts = _Texts.of(recipients, text, two_way=two_way, fields=fields, empty=empty)
    if empty == "stop" and texts.empty_fields:
        name, people = next(iter(texts.empty_fields.items()))
        raise TextRefused("empty_field", field=name, recipients=people)
    groups = _group(texts)
    sizes = [len(people) if isinstance(people, list) else 1 for people in groups]
    return Plan(_Batches(texts, groups, sizes, rates, two_way), _sum(texts, sizes, rates, two_way))


def _group(texts: _Texts) -> Collection[int | list[int]]:
    """The positions of equal texts, in order of the first; one that is alone is not put into a list.

    A million small lists would cost more time, in Python's garbage collector, than all the rest of a plan.
    """
    groups: dict[object, int | list[int]] = dict(zip(texts.keys, range(len(texts.keys)), strict=True))
    if len(groups) == len(texts.keys):
        return groups.values()
    groups.clear()
    may_differ = len(texts.columns) > 1
    for at, key in enumerate(texts.keys):
        have = groups.setdefault(key, at)
        if have == at:
            continue
        first = have[0] if isinstance(have, list) else have
        if may_differ and not texts.same(first, at):  # equal hashes of unequal texts: once in thousands of years
            groups.setdefault(texts.text(at), []).append(at)  # type: ignore[union-attr]
        elif isinstance(have, list):
            have.append(at)
        else:
            groups[key] = [have, at]
    return groups.values()


@dataclass(frozen=True, slots=True)
class _Texts:
    """Everybody's text, measured.

    `keys` stand for the texts, which would fill the memory: the value of the only field, else a hash; see `same`.
    """

    merge: MergeText
    audience: Audience
    at: Sequence[int]
    columns: Sequence[Sequence[str]]
    keys: Sequence[object]
    segments: Sequence[int]
    lengths: Sequence[int]
    empty: Empty
    missing: Sequence[MissingValue]
    empty_fields: Mapping[str, int]
    left_out: int

    @classmethod
    def of(
        cls,
        recipients: Iterable[Recipient] | Audience,
        text: str,
        *,
        two_way: bool,
        fields: Collection[str] | None,
        empty: Empty,
    ) -> _Texts:
        """Merge and measure; raises what `plan` raises."""
        merge = MergeText(text)
        audience = _audience(recipients, merge, fields)
        if not audience:
            raise BadRequest("no_recipients")
        columns = merge.columns(audience)
        gaps = merge.gaps(columns)
        missing = [
            MissingValue(audience.rows[at] if audience.rows else 0, audience.phones[at], name)
            for name, positions in gaps.items()
            for at in positions[:MISSING_LISTED]
        ][:MISSING_LISTED]
        at: Sequence[int] = range(len(audience))
        left_out = set(chain.from_iterable(gaps.values())) if empty == "leave_out" else set()
        if left_out:
            at = [each for each in at if each not in left_out]
            audience = audience.only(at)
            columns = [[column[each] for each in at] for column in columns]
        if not audience:
            raise BadRequest("no_recipients")
        if two_way:
            _check_taiwan_only(audience)
        _check_carried(merge, audience, columns)
        keys, lengths = _keys(merge, columns, len(audience))
        segments = Ruler(merge.literals).measure(columns, lengths)
        counts = {name: len(positions) for name, positions in gaps.items()}
        return cls(
            merge, audience, at, columns, keys, segments, lengths, empty, missing, counts, len(left_out)
        )  # fmt: skip

    def text(self, at: int) -> str:
        return self.merge.fill(column[at] for column in self.columns)

    def same(self, one: int, other: int) -> bool:
        """Whether two people get the same text."""
        return all(column[one] == column[other] for column in self.columns) or self.text(one) == self.text(other)


def _audience(recipients: Iterable[Recipient] | Audience, merge: MergeText, fields: Collection[str] | None) -> Audience:
    if isinstance(recipients, Audience):
        merge.check_fields(recipients.columns if fields is None else fields)
        return recipients
    people = iter(recipients)
    first = next(people, None)
    if first is None:
        return Audience((), ())
    merge.check_fields(first.fields if fields is None else fields)
    return Audience.of(chain([first], people), merge.fields)


def _check_taiwan_only(audience: Audience) -> None:
    others = Counter(audience.countries)
    del others["TW"]
    if others:
        raise BadRequest("two_way_taiwan_only", countries=dict(others))


def _check_carried(merge: MergeText, audience: Audience, columns: Sequence[Sequence[str]]) -> None:
    """Nobody may get an empty text, or characters that SMS-Get does not carry."""
    common = "".join(merge.literals)
    if not common.strip() and any(not "".join(values).strip() for values in zip(*columns, strict=True)):
        raise TextRefused("empty_text")
    if not is_carried(common):
        whole = merge.fill(column[0] for column in columns)
        raise TextRefused("not_carried", characters=list(not_carried(whole)))
    for name, column in zip(merge.slots, columns, strict=True):
        # A clean ASCII value has nothing that is not carried; a fallback is as it was written.
        if (all(map(str.isascii, column)) and is_carried(merge.text)) or is_carried("".join(column)):
            continue
        people = [at for at, value in enumerate(column) if not is_carried(value)]
        found = dict.fromkeys(chain.from_iterable(not_carried(column[at]) for at in people[:MISSING_LISTED]))
        row = audience.rows[people[0]] if audience.rows else 0
        raise TextRefused("not_carried", characters=list(found), field=name, recipients=len(people), row=row)


def _keys(merge: MergeText, columns: Sequence[Sequence[str]], people: int) -> tuple[Sequence[object], list[int]]:
    """(`_Texts.keys`, characters in the fields) of everybody. The outer literals, the same for all, are left out."""
    if not columns:
        return [0] * people, [0] * people
    if len(columns) == 1:
        return columns[0], list(map(len, columns[0]))
    inner = merge.literals[1:-1]
    between = sum(map(len, inner))
    hashes: list[int] = []
    lengths: list[int] = []
    for start in range(0, people, _AT_ONCE):
        some = [column[start : start + _AT_ONCE] for column in columns]
        pieces = chain.from_iterable(zip(map(repeat, ["", *inner]), some, strict=True))
        texts = list(map("".join, zip(*pieces)))  # noqa: B905 - the literals repeat for ever
        hashes += map(hash, texts)
        lengths += [len(text) - between for text in texts]
    return hashes, lengths


class _Batches(Sequence[PlannedBatch]):
    """The batches of a plan, in the order of their first person, made one by one."""

    def __init__(
        self, texts: _Texts, groups: Collection[int | list[int]], sizes: Sequence[int], rates: Rates, two_way: bool
    ) -> None:
        self._texts, self._groups, self._rates, self._two_way = texts, groups, rates, two_way
        self._size = _requests(sizes)
        self._cuts: list[Sequence[int]] = []

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[PlannedBatch]:
        return map(self._batch, self._positions())

    @overload
    def __getitem__(self, at: int) -> PlannedBatch: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[PlannedBatch]: ...
    def __getitem__(self, at: int | slice) -> PlannedBatch | Sequence[PlannedBatch]:
        self._cuts = self._cuts or list(self._positions())
        if isinstance(at, slice):
            return [self._batch(positions) for positions in self._cuts[at]]
        return self._batch(self._cuts[at])

    def _positions(self) -> Iterator[Sequence[int]]:
        for people in self._groups:
            if isinstance(people, int):
                yield (people,)
            else:
                yield from (people[at : at + MAX_RECIPIENTS] for at in range(0, len(people), MAX_RECIPIENTS))

    def _batch(self, positions: Sequence[int]) -> PlannedBatch:
        texts, first = self._texts, positions[0]
        people = [texts.audience.person(at) for at in positions]
        segments = texts.segments[first]
        credits = 0
        for country, count in Counter(person.country for person in people).items():
            price = self._rates.credits(country, segments, two_way=self._two_way)
            if price is None:
                return PlannedBatch(texts.text(first), segments, people, None)
            credits += price * count
        return PlannedBatch(texts.text(first), segments, people, credits)


def _requests(sizes: Collection[int]) -> int:
    return sum(-(-size // MAX_RECIPIENTS) for size in sizes)


def _sum(texts: _Texts, sizes: Collection[int], rates: Rates, two_way: bool) -> Quote:
    people: Counter[str] = Counter()
    segments: Counter[str] = Counter()
    histogram: Counter[int] = Counter()
    for (country, length), count in _by_country_and_length(texts).items():
        people[country] += count
        segments[country] += count * length
        histogram[length] += count
    by_country = {
        country: CountryQuote(count, segments[country], rates.credits(country, segments[country], two_way=two_way))
        for country, count in people.most_common()
    }
    unknown = {country: part.recipients for country, part in by_country.items() if part.credits is None}
    return Quote(
        recipients=people.total(),
        texts=len(sizes),
        batches=_requests(sizes),
        segments=segments.total(),
        credits=sum(part.credits or 0 for part in by_country.values()),
        by_country=by_country,
        unknown_rate=unknown,
        histogram=dict(sorted(histogram.items())),
        notices=_notices(texts, max(histogram), unknown),
        longest=_longest(texts),
        missing=texts.missing,
        empty_fields=texts.empty_fields,
        left_out=texts.left_out,
        digest=_digest(texts, by_country, two_way),
    )


def _digest(texts: _Texts, by_country: Mapping[str, CountryQuote], two_way: bool) -> str:
    """What a person agrees to, in short: who gets which text, in order, and at what price.

    Whole columns at a time: hashing a million texts one by one would take longer than pricing them.
    """
    mark = hashlib.sha256(repr((texts.merge.text, two_way, sorted(by_country.items()))).encode())
    for column in (texts.audience.phones, *texts.columns):
        mark.update(b"\0\0")  # values are clean: no NUL is in them
        mark.update("\0".join(column).encode("utf-8", "surrogatepass"))
    return mark.hexdigest()


def _by_country_and_length(texts: _Texts) -> Mapping[tuple[str, int], int]:
    """How many people there are by country and segments. Most are in one country: only the others are paired up."""
    countries, segments = texts.audience.countries, texts.segments
    most = Counter(countries).most_common(1)[0][0]
    counts = Counter(compress(zip(countries, segments, strict=True), map(most.__ne__, countries)))
    here = Counter(segments)
    for (_, length), count in counts.items():
        here[length] -= count
    return {**{(most, length): count for length, count in here.items() if count}, **counts}


def _longest(texts: _Texts) -> list[LongText]:
    # By the values' length: the literals are the same for all.
    sizes = zip(texts.segments, texts.lengths, range(0, -len(texts.keys), -1), strict=True)
    return [
        LongText(texts.at[-at], texts.audience.person(-at), texts.text(-at), segments)
        for segments, _, at in heapq.nlargest(LONGEST_LISTED, sizes)
    ]


def _notices(texts: _Texts, longest: int, unknown: Mapping[str, int]) -> list[Notice]:
    notices = []
    if texts.left_out:
        notices.append(Notice("left_out", {"recipients": texts.left_out, "fields": list(texts.empty_fields)}))
    else:
        for name, people in texts.empty_fields.items():
            if texts.empty == "stop":
                notices.append(Notice("undecided_field", {"field": name, "recipients": people}, "stops"))
            else:
                notices.append(Notice("empty_field", {"field": name, "recipients": people}))
    notices += review(texts.merge.text)
    if longest > LONG_TEXT_SEGMENTS:
        notices.append(Notice("long_text", {"segments": longest}))
    if unknown:
        notices.append(Notice("unknown_rate", {"countries": unknown}, setting="rates"))
    return notices
