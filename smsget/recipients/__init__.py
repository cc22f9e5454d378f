"""A file a marketing team has -> the rows that can be texted, and the others with a reason each.

    bytes ─ sniff ─┬─ delimited ─┐
                   └─ workbook ──┴─ records ─ columns ─> Layout ─ lists ─> RecipientList

Nothing is silently lost: every row is ready, blank, a duplicate, suppressed or rejected, and the five add up.
"""

from __future__ import annotations

from smsget.recipients.delimited import ENCODINGS
from smsget.recipients.lists import Problem, RecipientList, read_recipients, ready_table, rejects_table

__all__ = ["ENCODINGS", "Problem", "RecipientList", "read_recipients", "ready_table", "rejects_table"]
