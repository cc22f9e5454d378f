"""Which campaigns may send at a moment: their send window and their pace (`smsget.campaigns.sendwindow`), as kept."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime, time

from smsget.campaigns import MAX_RECIPIENTS, Pace, SendWindow
from smsget.errors import BadRequest
from smsget.store.clock import from_text

LONGEST_GRACE_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Tempo:
    """When and how fast a campaign may go out; None sets no limit.

    `grace_s` is how late, in seconds, a campaign that this computer holds may begin without asking; None: an hour.
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
