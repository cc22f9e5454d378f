"""When texts may go out, and how fast."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget.campaigns import Pace, SendWindow
from smsget.campaigns.sendwindow import TAIPEI
from smsget.errors import BadRequest

DAY = SendWindow()
WEEKDAYS = SendWindow(time(9, 30), time(18, 0), frozenset(range(5)))


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026 in Taipei; the 22nd is a Sunday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=TAIPEI)


@pytest.mark.parametrize(
    ("window", "moment", "opens"),
    [
        (DAY, at(22, 9), at(22, 9)),
        (DAY, at(22, 20, 59), at(22, 20, 59)),
        (DAY, at(22, 8, 59), at(22, 9)),
        (DAY, at(22, 21), at(23, 9)),
        (DAY, at(22, 23, 59), at(23, 9)),
        (DAY, datetime(2026, 11, 22, 1, 0, tzinfo=UTC), at(22, 9)),
        (DAY, datetime(2026, 11, 22, 0, 59, tzinfo=UTC), at(22, 9)),
        (DAY, datetime(2026, 11, 22, 13, 0, tzinfo=UTC), at(23, 9)),
        (WEEKDAYS, at(22, 12), at(23, 9, 30)),
        (WEEKDAYS, at(20, 18), at(23, 9, 30)),
        (WEEKDAYS, at(20, 17, 59), at(20, 17, 59)),
        (SendWindow(weekdays=frozenset({6})), at(22, 21), at(29, 9)),
        (SendWindow(time(0), time(0)), at(22, 0), at(22, 0)),
        (SendWindow(time(18), time(0)), at(22, 23, 59), at(22, 23, 59)),
        (SendWindow(time(18), time(0)), at(22, 0), at(22, 18)),
        (SendWindow(time(22), time(2)), at(22, 1, 59), at(22, 1, 59)),
        (SendWindow(time(22), time(2)), at(22, 2), at(22, 22)),
        # over midnight it is the day of the opening that counts
        (SendWindow(time(22), time(2), frozenset({6})), at(23, 1), at(23, 1)),
        (SendWindow(time(22), time(2), frozenset({6})), at(22, 1), at(22, 22)),
        (SendWindow(time(22), time(2), frozenset({6})), at(23, 2), at(29, 22)),
    ],
)
def test_opening(window, moment, opens):
    assert window.next_opening(moment) == opens
    assert window.open_at(moment) == (moment == opens)


@pytest.mark.parametrize(
    ("window", "moment", "work", "done"),
    [
        (DAY, at(22, 9), timedelta(hours=1), at(22, 10)),
        (DAY, at(22, 9), timedelta(hours=12), at(22, 21)),
        (DAY, at(22, 9), timedelta(hours=13), at(23, 10)),
        (DAY, at(22, 20), timedelta(hours=2), at(23, 10)),
        (DAY, at(22, 22), timedelta(hours=1), at(23, 10)),
        (DAY, at(22, 9), timedelta(hours=84), at(28, 21)),
        (WEEKDAYS, at(20, 17), timedelta(hours=2), at(23, 10, 30)),
        (SendWindow(time(0), time(0)), at(22, 9), timedelta(days=2), at(24, 9)),
        (DAY, at(22, 22), timedelta(), at(23, 9)),
    ],
)
def test_work_is_done_in_the_window_only(window, moment, work, done):
    assert window.finish(moment, work) == done


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [(time(9), time(9), range(7)), (time(9), time(21), ()), (time(9), time(21), (7,))],
)
def test_a_window_that_is_never_open_is_refused(start, end, days):
    with pytest.raises(BadRequest, match="bad_window"):
        SendWindow(start, end, frozenset(days))


TIMES = st.times().map(lambda moment: moment.replace(second=0, microsecond=0))
DAYS = st.frozensets(st.integers(0, 6), min_size=1)
WINDOWS = st.builds(
    lambda start, end, days: SendWindow(start, end, days) if start != end else SendWindow(time(0), time(0), days),
    TIMES, TIMES, DAYS,
)  # fmt: skip
MOMENTS = st.timedeltas(timedelta(), timedelta(days=5000)).map(lambda later: datetime(2020, 1, 1, tzinfo=UTC) + later)
WORK = st.timedeltas(timedelta(), timedelta(days=60))


@given(WINDOWS, MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(window, moment):
    opening = window.next_opening(moment)
    assert window.open_at(opening)
    assert moment <= opening <= moment + timedelta(days=7)
    assert (opening == moment) == window.open_at(moment)
    between = moment + (opening - moment) * 0.5
    assert opening == moment or not window.open_at(between)


@given(WINDOWS, MOMENTS)
def test_it_stays_open_until_it_closes(window, moment):
    opening, closing = window.next_opening(moment), window.closing(moment)
    assert opening < closing <= opening + timedelta(days=1)
    assert window.open_at(closing - timedelta(microseconds=1))


@given(WINDOWS, MOMENTS, WORK, WORK)
def test_work_is_finished_in_order_and_in_parts_as_at_once(window, moment, some, more):
    first, both = window.finish(moment, some), window.finish(moment, some + more)
    assert window.next_opening(moment) + some <= first <= both
    if more:
        assert window.finish(first, more) == both


@given(st.integers(1, 1_000_000), st.lists(st.integers(1, 250), max_size=30))
def test_a_pace_is_kept_over_the_hour(per_hour, batches):
    pace = Pace(per_hour)
    assert sum(map(pace.wait, batches)) == pytest.approx(3600 * sum(batches) / per_hour)
    assert pace.duration(per_hour) == timedelta(hours=1)


def test_five_hundred_an_hour():
    assert Pace(500).wait(250) == 1800
    with pytest.raises(BadRequest, match="bad_pace"):
        Pace(0)
