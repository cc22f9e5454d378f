"""Schema step: lists that are saved, added to and deleted in many short transactions. Never edited again.

complete: 0 while a list is being saved, and once it is deleted: nobody sees it. whole_to, problems_to: NULL, or the
rows of its people, and the rejected ones, at later positions do not count yet. filler, filling_at: who puts rows on it
and when that one last wrote; whoever has not for long is dead, and what it left is removed. once: what tells a save
from any other, so that two clicks save one list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_STATEMENTS = (
    "ALTER TABLE recipient_list ADD COLUMN complete INTEGER NOT NULL DEFAULT 1 CHECK (complete IN (0, 1))",
    "ALTER TABLE recipient_list ADD COLUMN whole_to INTEGER",
    "ALTER TABLE recipient_list ADD COLUMN problems_to INTEGER",
    "ALTER TABLE recipient_list ADD COLUMN filler TEXT",
    "ALTER TABLE recipient_list ADD COLUMN filling_at TEXT",
    "ALTER TABLE recipient_list ADD COLUMN once TEXT",
    "CREATE UNIQUE INDEX recipient_list_once ON recipient_list (once) WHERE once IS NOT NULL",
    "CREATE INDEX recipient_list_unfinished ON recipient_list (id) WHERE complete = 0 OR filler IS NOT NULL",
)


def step(db: Database) -> None:
    """Add what tells a whole list from one in the making."""
    for statement in _STATEMENTS:
        db.conn.execute(statement)
