"""What became of a request that nobody answered, judged by the points of the account. Rules only.

The account is a ledger: every answer says the points used and the points left, every credit query the points left.
Between a reading from before the request and readings from after it, taken while nothing is under way, these figures
form one chain, and what the answers do not explain is a gap in it. The silent requests may explain the gap, or
another program on the account, or a top-up: only the two cases that leave no room are decided.

    no gap at all                          not charged
    gaps that are exactly all the quotes   charged
    anything else                          unclear: a person decides

Points are blind to coincidence: a top-up of exactly what was charged, or another program's use of exactly what was
quoted, looks like nothing, or like ours. So nothing is ever sent again by a verdict; `not_charged` is evidence for a
person, and `charged` needs every silent request of the time at its full price, with nobody else seen on the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

MOST_SUSPECTS = 12
"""With more silent requests at once than this, gaps are not tried against sums of their quotes."""


class Verdict(StrEnum):
    """What the points say of a silent request."""

    CHARGED = "charged"
    NOT_CHARGED = "not_charged"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Reading:
    """Points `left` after `used` of them were taken by an answered request; a credit query used none."""

    id: int
    left: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Suspect:
    """A request without an answer. `quoted` is None where a rate is unknown.

    `scheduled`: SMS-Get holds it (`method=2`); whether it takes the points at once or when the text goes out is not
    published. `lingering`: it left before `Evidence.before` was read, and may have been carried out after it.
    """

    id: int
    quoted: int | None
    scheduled: bool = False
    lingering: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """The ledger around the silent requests.

    `before`: points left when nothing was under way, before any suspect but the lingering ones left; None if nobody
    had asked. `between`: every answer and credit query since, in any order. `after`: readings, a pause apart, when
    nothing was under way any more; two at least. `shared`: something other than us used the account lately.
    """

    before: int | None
    between: Sequence[Reading]
    after: Sequence[Reading]
    suspects: Sequence[Suspect]
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one suspect. `why` is a code for its words; `gap` are the points that no answer explains.

    `why` of `unclear`: `no_reading_before`, `no_reading_after`, `moving` (the readings differ), `topped_up`,
    `several` (of several silent requests some were charged), `shared` (others use the account), `unknown_rate`,
    `partial` (fewer points than quoted are gone), `other_use` (more are), `scheduled`. Else it is the verdict.
    """

    verdict: Verdict
    why: str
    gap: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The points that nothing explains between a reading and the one before it in SMS-Get's own order."""

    reading: int
    gap: int


def chain(before: int, between: Iterable[Reading], end: Reading) -> list[Link]:
    """The gaps between readings, in the order in which SMS-Get must have answered, as far as points can tell.

    Answers overtake each other on their way, but points only fall: the order is that of the points left, and `end`
    was last. A top-up breaks it, and shows as a negative gap.
    """
    links = []
    for reading in [*sorted(between, key=lambda each: (-each.left, -each.used)), end]:
        links.append(Link(reading.id, before - reading.used - reading.left))
        before = reading.left
    return links


def judge(evidence: Evidence) -> dict[int, Finding]:
    """A finding for each suspect that is not lingering, by its id."""
    judged = [each for each in evidence.suspects if not each.lingering]
    if trouble := _not_comparable(evidence):
        return {each.id: Finding(Verdict.UNCLEAR, trouble) for each in judged}
    links = gaps(evidence)
    gap = sum(each.gap for each in links)
    if not links:
        return {each.id: _untouched(each) for each in judged}
    why = _why_unclear(evidence, [each.gap for each in links])
    found = Finding(Verdict.UNCLEAR, why, gap) if why else Finding(Verdict.CHARGED, "charged", gap)
    return {each.id: found for each in judged}


def gaps(evidence: Evidence) -> list[Link]:
    """Where the chain of a comparable evidence has gaps: the readings that revealed them."""
    if evidence.before is None or not evidence.after:
        return []
    return [link for link in chain(evidence.before, evidence.between, evidence.after[0]) if link.gap]


def _not_comparable(evidence: Evidence) -> str:
    if evidence.before is None:
        return "no_reading_before"
    if len(evidence.after) < 2:
        return "no_reading_after"
    if len({each.left for each in evidence.after}) > 1:
        return "moving"
    return ""


def _untouched(suspect: Suspect) -> Finding:
    if suspect.scheduled:
        return Finding(Verdict.UNCLEAR, "scheduled", 0)
    return Finding(Verdict.NOT_CHARGED, "not_charged", 0)


def _why_unclear(evidence: Evidence, found: Sequence[int]) -> str:
    """Why gaps in the chain do not prove that every suspect was charged; "" if they do."""
    gap = sum(found)
    quotes = [each.quoted for each in evidence.suspects]
    known = [each for each in quotes if each is not None]
    if min(found) < 0:
        return "topped_up"
    if any(each.lingering for each in evidence.suspects):
        return "several"
    if evidence.shared:
        return "shared"
    if len(known) < len(quotes):
        return "several" if len(quotes) > 1 else "unknown_rate"
    if gap != sum(known) or 0 in known or not _covers(found, known):
        return _how_it_differs(gap, known)
    return ""


def _how_it_differs(gap: int, quotes: Sequence[int]) -> str:
    if gap > sum(quotes):
        return "other_use"
    if len(quotes) > 1:
        return "several"
    return "partial" if gap < sum(quotes) else "other_use"


def _covers(gaps: Sequence[int], quotes: Sequence[int]) -> bool:
    """Whether the quotes can be dealt out so that each gap is a sum of some of them: a request charges at once."""
    if len(quotes) > MOST_SUSPECTS:
        return False
    left = sorted(gaps, reverse=True)
    return _deal(sorted(quotes, reverse=True), left)


def _deal(quotes: Sequence[int], rooms: list[int]) -> bool:
    if not quotes:
        return not any(rooms)
    for place in {room: place for place, room in enumerate(rooms) if room >= quotes[0]}.values():
        rooms[place] -= quotes[0]
        if _deal(quotes[1:], rooms):
            return True
        rooms[place] += quotes[0]
    return False
