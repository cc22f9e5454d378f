"""When texts may go out, and how fast. Every moment is aware; the window's times are Taipei's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

    09:00-21:00 is the accepted window in Taiwan (protocol.md, "Taiwan practice"). A window that ends before it starts
    goes on after midnight and belongs to the day it opens on; 00:00-00:00 is the whole day.
    Raises `BadRequest('bad_window')` if it is never open.
    """

    start: time = time(9, 0)
    end: time = time(21, 0)
    weekdays: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        never = self.start == self.end != _MIDNIGHT
        if never or not self.weekdays or not self.weekdays <= EVERY_DAY:
            raise BadRequest("bad_window")

    def open_at(self, moment: datetime) -> bool:
        """Whether a text may go out at `moment`."""
        return self._opened(moment) is not None

    def next_opening(self, moment: datetime) -> datetime:
        """The first moment from `moment` on at which it is open: `moment` itself if it is; else in Taipei's zone."""
        if self.open_at(moment):
            return moment
        return next(opening for opening in self._openings(moment, range(8)) if opening >= moment)

    def closing(self, moment: datetime) -> datetime:
        """When the window that is open at `moment`, or opens next, closes."""
        return (self._opened(moment) or self.next_opening(moment)) + self._length()

    def finish(self, moment: datetime, work: timedelta) -> datetime:
        """When so much `work`, begun at `moment` and paused whenever the window is shut, is done."""
        weeks, left = divmod(work, self._length() * len(self.weekdays))
        if not left and weeks:  # done at a closing, not at the opening a week later
            weeks, left = weeks - 1, self._length() * len(self.weekdays)
        at = self.next_opening(moment)
        while left > (today := self.closing(at) - at):
            left -= today
            at = self.next_opening(self.closing(at))
        # Every seven days hold the same hours of work, whatever moment they begin at.
        return at + left + 7 * weeks * _DAY

    def _opened(self, moment: datetime) -> datetime | None:
        """When the window that is open at `moment` opened, today or yesterday; None if none is."""
        openings = self._openings(moment, (-1, 0))
        return next((each for each in openings if each <= moment < each + self._length()), None)

    def _openings(self, moment: datetime, days: Iterable[int]) -> Iterator[datetime]:
        """The openings so many days after that of `moment`."""
        today = moment.astimezone(TAIPEI).date()
        for day in (today + number * _DAY for number in days):
            if day.weekday() in self.weekdays:
                yield datetime.combine(day, self.start, TAIPEI)

    def _length(self) -> timedelta:
        start, end = (datetime.combine(date(2000, 1, 1), each, TAIPEI) for each in (self.start, self.end))
        return end - start if start < end else end - start + _DAY

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
