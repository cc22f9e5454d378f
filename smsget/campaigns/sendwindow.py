"""When texts may go out, and how fast. Every moment is aware; the window's times are Taipei's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

from smsget.errors import BadRequest

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
"""Fixed: Taiwan has kept no summer time since 1979."""

EVERY_DAY = frozenset(range(7))

_DAY = timedelta(days=1)
_MIDNIGHT = time(0, 0)


@dataclass(frozen=True, slots=True)
class SendWindow:
    """The hours in which texts may go out, on some days of the week (Monday is 0): from `start` on, until before `end`.

    09:00-21:00 is the accepted window in Taiwan (protocol.md, "Taiwan practice"). An `end` of 00:00 is the day's end,
    and 00:00-00:00 the whole day. Raises `BadRequest('bad_window')` if it is never open or goes over midnight.
    """

    start: time = time(9, 0)
    end: time = time(21, 0)
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        closes_late = self.end == _MIDNIGHT or self.start < self.end
        if not closes_late or not self.weekdays or not self.weekdays <= EVERY_DAY:
            raise BadRequest("bad_window", start=f"{self.start:%H:%M}", end=f"{self.end:%H:%M}")

    def open_at(self, moment: datetime) -> bool:
        """Whether a text may go out at `moment`."""
        there = moment.astimezone(TAIPEI)
        late_enough, early_enough = there.time() >= self.start, self.end == _MIDNIGHT or there.time() < self.end
        return there.weekday() in self.weekdays and late_enough and early_enough

    def next_opening(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which it is open: `moment` itself if it is; else in Taipei's zone."""
        if self.open_at(moment):
            return moment
        there = moment.astimezone(TAIPEI)
        days = (datetime.combine(there.date() + day * _DAY, self.start, TAIPEI) for day in range(8))
        return next(day for day in days if day >= there and day.weekday() in self.weekdays)

    def closing(self, moment: datetime) -> datetime:
        """When the window that is open at `moment`, or opens next, closes."""
        opening = self.next_opening(moment).astimezone(TAIPEI)
        last = opening.date() + _DAY if self.end == _MIDNIGHT else opening.date()
        return datetime.combine(last, self.end, TAIPEI)

    def finish(self, moment: datetime, work: timedelta) -> datetime:
        """When so much `work`, begun at `moment` and paused whenever the window is shut, is done."""
        weeks, left = divmod(work, self._each_day() * len(self.weekdays))
        if not left and weeks:  # done at a closing, not at the opening a week later
            weeks, left = weeks - 1, self._each_day() * len(self.weekdays)
        at = self.next_opening(moment)
        while left > (today := self.closing(at) - at):
            left -= today
            at = self.next_opening(self.closing(at))
        # Every seven days hold the same hours of work, whatever moment they begin at.
        return at + left + 7 * weeks * _DAY

    def _each_day(self) -> timedelta:
        some_day = date(2000, 1, 1)
        closing = datetime.combine(some_day + _DAY if self.end == _MIDNIGHT else some_day, self.end, TAIPEI)
        return closing - datetime.combine(some_day, self.start, TAIPEI)

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many recipients an hour. Raises `BadRequest('bad_pace')` unless it is at least 1."""

    per_hour: int

    def __post_init__(self) -> None:
        if self.per_hour < 1:
            raise BadRequest("bad_pace", pace=self.per_hour)

    def wait(self, recipients: int) -> float:
        """Seconds from the start of a batch of so many recipients to the earliest start of the next."""
        return 3600 * recipients / self.per_hour

    def duration(self, recipients: int) -> timedelta:
        """How long so many recipients take."""
        return timedelta(seconds=self.wait(recipients))
