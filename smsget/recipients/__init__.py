"""A file a marketing team has -> the rows that can be texted, and the others with a reason each.

    bytes ─ sniff ─┬─ delimited ─┐
                   ├─ markup ────┤
                   └─ workbook ──┴─> Table ─ cells ─> Readings ─ entries ─> Entries ─ classify ─> RecipientList

A `Table` is read once for each file; `classify` answers every other choice of a person from it at once.

Nothing is silently lost: every row is ready, blank, a duplicate, suppressed or rejected, and the five add up.
"""

from __future__ import annotations

import pyarrow as pa

from smsget.recipients.encodings import ENCODINGS
from smsget.recipients.lists import (
    Problem,
    RecipientList,
    classify,
    count_ready,
    read_recipients,
    ready_table,
    rejects_header,
    rejects_table,
)
from smsget.recipients.memory import give_back
from smsget.recipients.optouts import EveryNumber, every_number
from smsget.recipients.tables import Table, open_table
from smsget.recipients.workbook import Sheet

# A file is read once, into memory that is new to the process. Arrow's own allocator takes it in large pages, whose
# clearing takes as long as all the reading of numbers.
pa.set_memory_pool(pa.system_memory_pool())

__all__ = [
    "ENCODINGS",
    "EveryNumber",
    "Problem",
    "RecipientList",
    "Sheet",
    "Table",
    "classify",
    "count_ready",
    "every_number",
    "give_back",
    "open_table",
    "read_recipients",
    "ready_table",
    "rejects_header",
    "rejects_table",
]
