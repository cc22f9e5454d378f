"""What it may mean that SMS-Get charged a request otherwise than quoted."""

from __future__ import annotations

from smsget.campaigns.notices import Notice


def charged_otherwise(quoted: int | None, used: int | None, segments: int) -> Notice | None:
    """Why a request whose text we counted as so many `segments` may have been charged otherwise; None if it was not.

    Everybody in a request gets the same text, so points that fit another whole number of segments for everybody tell
    of another count (`one_segment`, `segments_for_one`, `other_segments`: `counted`, `ours`). Otherwise `fewer` or
    `more` points were taken (`points`): numbers that were not charged, or rates that are not SMS-Get's.
    """
    if not quoted or used is None or used == quoted:
        return None
    counted, rest = divmod(used * segments, quoted)
    if rest or not counted:
        return Notice("fewer" if used < quoted else "more", {"points": abs(used - quoted)})
    code = "one_segment" if counted == 1 else "segments_for_one" if segments == 1 else "other_segments"
    return Notice(code, {"counted": counted, "ours": segments})
