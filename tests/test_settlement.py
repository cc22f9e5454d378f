"""Silent requests are judged by the points of the account: decided where nothing else is possible, else unclear."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from smsget.settlement import Evidence, Finding, Reading, Suspect, Verdict, chain, judge

CHARGED, NOT_CHARGED, UNCLEAR = Verdict.CHARGED, Verdict.NOT_CHARGED, Verdict.UNCLEAR


def judged(
    *after: int, before: int | None = 1000, between: tuple[tuple[int, int], ...] = (), quotes: tuple = (250,), **more
) -> list[tuple[str, str]]:
    """(verdict, why) of each suspect; `between` are (used, left)."""
    readings = [Reading(number, left, used) for number, (used, left) in enumerate(between)]
    suspects = [quote if isinstance(quote, Suspect) else Suspect(n, quote) for n, quote in enumerate(quotes)]
    ends = [Reading(100 + number, left) for number, left in enumerate(after)]
    found = judge(Evidence(before, readings, ends, suspects, **more))
    return [(str(each.verdict), each.why) for each in found.values()]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (judged(1000, 1000), ("not_charged", "not_charged")),
        (judged(750, 750), ("charged", "charged")),
        (judged(751, 751), ("unclear", "partial")),
        (judged(749, 749), ("unclear", "other_use")),
        (judged(500, 500), ("unclear", "other_use")),
        (judged(1250, 1250), ("unclear", "topped_up")),
        (judged(1000, 750), ("unclear", "moving")),
        (judged(1000), ("unclear", "no_reading_after")),
        (judged(), ("unclear", "no_reading_after")),
        (judged(750, 750, before=None), ("unclear", "no_reading_before")),
        (judged(1000, 1000, quotes=(None,)), ("not_charged", "not_charged")),
        (judged(990, 990, quotes=(None,)), ("unclear", "unknown_rate")),
        (judged(750, 750, shared=True), ("unclear", "shared")),
        (judged(1000, 1000, shared=True), ("not_charged", "not_charged")),
        (judged(1000, 1000, quotes=(Suspect(0, 250, scheduled=True),)), ("unclear", "scheduled")),
        (judged(750, 750, quotes=(Suspect(0, 250, scheduled=True),)), ("charged", "charged")),
        (judged(1000, 1000, quotes=(0,)), ("not_charged", "not_charged")),
        # answers that overtook each other, and a credit query of somebody's page
        (judged(250, 250, between=((250, 500), (250, 250), (250, 750))), ("not_charged", "not_charged")),
        (judged(0, 0, between=((250, 250), (250, 750), (0, 750), (250, 0))), ("charged", "charged")),
        # two gaps that make up the quote: one request charges once
        (judged(650, 650, between=((100, 800),)), ("unclear", "other_use")),
        # another program took 250, and somebody bought 250 elsewhere in the sequence
        (judged(900, 900, between=((50, 700), (50, 900)), quotes=(250,)), ("unclear", "topped_up")),
        # one that left before the first reading may be what was charged
        (judged(750, 750, quotes=(Suspect(0, 250), Suspect(1, 250, lingering=True))), ("unclear", "several")),
        (judged(1000, 1000, quotes=(Suspect(0, 250), Suspect(1, 9, lingering=True))), ("not_charged", "not_charged")),
    ],
)
def test_one_silent_request(told: list[tuple[str, str]], expected: tuple[str, str]) -> None:
    assert told == [expected]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (judged(1000, 1000, quotes=(250, 250, 1)), "not_charged"),
        (judged(499, 499, quotes=(250, 250, 1)), "charged"),
        (judged(750, 750, quotes=(250, 250)), "several"),
        (judged(750, 750, quotes=(250, 100)), "several"),
        (judged(900, 900, quotes=(250, 100)), "several"),
        (judged(500, 500, quotes=(250, None)), "several"),
        (judged(400, 400, quotes=(250, 250)), "other_use"),
        # gaps that no dealing out of the quotes explains: 300 + 200 for twice 250
        (judged(400, 400, between=((100, 600),), quotes=(250, 250)), "several"),
        (judged(400, 400, between=((100, 650),), quotes=(250, 250)), "charged"),
    ],
)
def test_several_silent_requests_share_their_verdict(told: list[tuple[str, str]], expected: str) -> None:
    assert {why for _, why in told} == {expected}


def test_points_taken_at_once_and_perhaps_later_are_told_apart() -> None:
    """Unchanged points clear a request for now, and say nothing of one that SMS-Get holds until its time."""
    assert judged(1000, 1000, quotes=(250, Suspect(1, 250, scheduled=True))) == [
        ("not_charged", "not_charged"),
        ("unclear", "scheduled"),
    ]


def test_a_chain_puts_answers_back_in_order_and_keeps_its_sum() -> None:
    links = chain(1000, [Reading(1, 500, 250), Reading(2, 750, 250)], Reading(3, 400))
    assert [(link.reading, link.gap) for link in links] == [(2, 0), (1, 0), (3, 100)]


# --- anything that may happen to an account -----------------------------------------------------------------------


@dataclass
class World:
    """What SMS-Get does in its own order; the readings of it reach us in another."""

    left: int = 100_000
    readings: list[Reading] = field(default_factory=list)
    suspects: list[Suspect] = field(default_factory=list)
    charged: dict[int, int] = field(default_factory=dict)
    other: int = 0
    bought: int = 0

    def happen(self, kind: str, quoted: int, really: int, *, rate_known: bool) -> None:
        really = min(really, quoted)  # bad numbers make it less
        if kind == "answered":
            self.left -= really
            self.readings.append(Reading(len(self.readings), self.left, really))
        elif kind == "asked":
            self.readings.append(Reading(len(self.readings), self.left))
        elif kind == "other":
            self.left -= quoted
            self.other += quoted
        elif kind == "top_up":
            self.left += quoted
            self.bought += quoted
        else:
            name = len(self.suspects)
            self.suspects.append(Suspect(name, quoted if rate_known else None))
            self.charged[name] = really if kind == "silent_charged" else 0
            self.left -= self.charged[name]

    def evidence(self, shuffled: list[Reading]) -> Evidence:
        ends = [Reading(10_000 + number, self.left) for number in (0, 1)]
        return Evidence(100_000, shuffled, ends, self.suspects)


KINDS = ["answered", "asked", "silent_charged", "silent_not_charged", "other", "top_up"]


def worlds(kinds: list[str]) -> st.SearchStrategy[World]:
    points = st.sampled_from([1, 2, 100, 249, 250, 500])
    events = st.lists(st.tuples(st.sampled_from(kinds), points, points, st.booleans()), max_size=8)

    def live(all_events: list[tuple[str, int, int, bool]]) -> World:
        world = World()
        for kind, quoted, really, rate_known in all_events:
            world.happen(kind, quoted, really, rate_known=rate_known)
        return world

    return events.map(live)


def findings(world: World, data: st.DataObject) -> dict[int, Finding]:
    return judge(world.evidence(data.draw(st.permutations(world.readings))))


@given(world=worlds([kind for kind in KINDS if kind != "top_up"]), data=st.data())
def test_who_was_charged_is_never_called_not_charged(world: World, data: st.DataObject) -> None:
    """Whatever else took points meanwhile, in whatever order the answers came in, at whatever unknown rates."""
    for name, finding in findings(world, data).items():
        assert finding.verdict != NOT_CHARGED or world.charged[name] == 0


@given(world=worlds(KINDS), data=st.data())
def test_a_top_up_hides_a_charge_only_if_it_is_exactly_what_was_taken(world: World, data: st.DataObject) -> None:
    for name, finding in findings(world, data).items():
        if finding.verdict == NOT_CHARGED and world.charged[name]:
            assert world.bought == world.other + sum(world.charged.values())


@given(world=worlds(KINDS), data=st.data())
def test_charged_means_every_silent_request_unless_others_took_exactly_the_rest(
    world: World, data: st.DataObject
) -> None:
    for finding in findings(world, data).values():
        if finding.verdict == CHARGED and not all(world.charged.values()):
            quoted = sum(each.quoted or 0 for each in world.suspects)
            assert world.other - world.bought == quoted - sum(world.charged.values())


@given(world=worlds([kind for kind in KINDS if kind not in ("other", "top_up")]), data=st.data())
@example(world=World(), data=None)
def test_alone_on_the_account_all_or_nothing_is_always_recognised(world: World, data: st.DataObject | None) -> None:
    assume(world.suspects and data is not None)
    found = {finding.verdict for finding in findings(world, data).values()}
    if not any(world.charged.values()):
        assert found == {NOT_CHARGED}
    elif all(each.quoted == world.charged[each.id] for each in world.suspects):
        assert found == {CHARGED}
    else:
        assert found == {UNCLEAR}
