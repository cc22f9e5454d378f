"""Who was texted lately: the one definition that lists, quotes, confirming and claiming share."""

from __future__ import annotations

from datetime import timedelta

from smsget.errors import BadRequest
from smsget.store.clock import now, to_text

TEXTED = """EXISTS (
    SELECT 1 FROM message AS t LEFT JOIN batch AS b ON b.id = t.batch_id LEFT JOIN campaign AS c ON c.id = t.campaign_id
    WHERE t.phone = {phone} AND t.suppressed = 0 AND t.skipped = 0 AND t.campaign_id IS NOT coalesce(:but, 0)
    AND coalesce(c.test, 0) = 0
    AND CASE WHEN t.campaign_id IS NULL THEN t.status_at >= :since
        ELSE (b.state IN ('accepted', 'sending', 'unknown', 'left') OR b.maybe_sent)
             AND max(coalesce(t.sent_at, ''), coalesce(b.sent_at, ''), coalesce(c.send_at, '')) >= :since END)"""
"""SQL: whether `{phone}` was texted at `:since` or later by a campaign other than `:but` (NULL: by any).

Texted is what SMS-Get accepted and what may have gone out: a request under way, one whose outcome is unknown, also if
a person left it so or has it sent again. What SMS-Get holds until later counts by that later time. A receipt of
another program's message says that its number was texted, too. A test to one's own number is no campaign.
"""


def since(days: int) -> str:
    """The time so many days ago, as the database has it. Raises `BadRequest('bad_days')` unless 1 <= days <= 3650."""
    if not 1 <= days <= 3650:  # ten years: before SMS-Get forgets, and far from where dates end
        raise BadRequest("bad_days", days=days)
    return to_text(now() - timedelta(days=days))
