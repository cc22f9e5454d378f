"""Times as the database keeps them: UTC text that sorts."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """An aware time as `YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_text(text: str) -> datetime:
    """The aware UTC time of what `to_text` wrote."""
    return datetime.fromisoformat(text)


def now() -> datetime:
    """The present, aware, UTC."""
    return datetime.now(UTC)


def uptime() -> float:
    """Seconds that no change of the clock moves, the same for every process of this computer; sleep counts, too."""
    # Linux alone stops its monotonic clock while it sleeps.
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)
