"""Which campaigns may send at a moment: their send window and their pace (`smsget.campaigns.sendwindow`), as kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from smsget.campaigns import MAX_RECIPIENTS, Pace, SendWindow
from smsget.errors import BadRequest
from smsget.store.clock import from_text

LONGEST_GRACE_S = 30 * 24 * 3600
LATE_S = 3600
"""A campaign may go out so much later than planned, unless it says otherwise (`grace_s`); after that it asks first."""

SLACK = timedelta(minutes=5)
"""What a campaign that is being sent may take for its next batch, other campaigns and slow answers included. A window
that closes within it cost the campaign nothing: it goes on at the next opening."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """When and how fast a campaign may go out; None sets no limit.

    `grace_s` is how late, in seconds, a campaign may begin or go on without asking; None: an hour.
    Raises `BadRequest('bad_grace')`.
    """

    window: SendWindow | None = None
    pace: Pace | None = None
    grace_s: int | None = None

    def __post_init__(self) -> None:
        if self.grace_s is not None and not 0 <= self.grace_s <= LONGEST_GRACE_S:
            raise BadRequest("bad_grace", seconds=self.grace_s)

    def columns(self) -> list[str | int | None]:
        """`window_start`, `window_end`, `window_days`, `per_hour`, `grace_s` as the database has them."""
        window: list[str | int | None] = [None, None, None]
        if self.window is not None:
            days = "".join(map(str, sorted(self.window.weekdays)))
            window = [f"{self.window.start:%H:%M}", f"{self.window.end:%H:%M}", days]
        return [*window, self.pace.per_hour if self.pace else None, self.grace_s]


ANY_TIME = Tempo()


def tempo_of(row: sqlite3.Row) -> Tempo:
    """What `Tempo.columns` was made of."""
    window = None
    if row["window_start"] is not None:
        start, end = (time.fromisoformat(row[name]) for name in ("window_start", "window_end"))
        window = SendWindow(start, end, frozenset(map(int, row["window_days"])))
    return Tempo(window, Pace(row["per_hour"]) if row["per_hour"] else None, row["grace_s"])


def most_per_batch(pace: Pace | None) -> int:
    """Recipients of one request at most: with a pace, what goes out in half an hour, so that it flows.

    500 an hour are 250 every half hour; 60 an hour are 30 every half hour.
    """
    return MAX_RECIPIENTS if pace is None else max(1, min(MAX_RECIPIENTS, pace.per_hour // 2))


def waits_until(row: sqlite3.Row, moment: datetime) -> datetime | None:
    """Until when a campaign that is being sent holds still by its own window and pace (UTC); None if it does not.

    What SMS-Get holds until its time (`gateway`) is handed over at once: the window is about when people are texted.
    """
    tempo, until = tempo_of(row), moment
    if row["paced_until"] and tempo.pace:
        paced = from_text(row["paced_until"])
        # a pause longer than any batch asks for was written by a clock that was wrong
        if paced - moment <= tempo.pace.duration(MAX_RECIPIENTS):
            until = max(until, paced)
    if tempo.window and row["schedule"] != "gateway":
        until = tempo.window.next_opening(until)
    return until.astimezone(UTC) if until > moment else None


def is_late(row: sqlite3.Row, moment: datetime) -> bool:
    """Whether what would leave next should have left so long ago that its text may be stale, and a person is asked.

    Counts from the first moment at which it could have left to the first at which it can leave now. While it is being
    sent that begins with its last batch or its resuming (`paced_until`); a campaign without a time, a window and a
    pace is due whenever it can be sent, and what SMS-Get holds keeps its own time: neither is ever late.
    """
    tempo, sending = tempo_of(row), row["state"] == "sending"
    bound = tempo.window or tempo.pace or row["schedule"] == "here"
    if row["schedule"] == "gateway" or row["test"] or not bound:
        return False
    known = [row["send_at"], *((row["confirmed_at"], row["paced_until"]) if sending else ())]
    due = max(from_text(each) for each in known if each) + (SLACK if sending else timedelta())
    if tempo.window:
        due, moment = tempo.window.next_opening(due), tempo.window.next_opening(moment)
    return moment - due > timedelta(seconds=LATE_S if row["grace_s"] is None else row["grace_s"])
