"""Times as the database keeps them: UTC text that sorts."""

from __future__ import annotations

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
