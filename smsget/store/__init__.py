"""Everything that is kept: one SQLite file, behind one object with a part for each concern.

`store.lists`, `store.failing`, `store.suppression`, `store.campaigns`, `store.following`, `store.unreached`,
`store.outbox`, `store.leases`, `store.evidence`, `store.receipts`, `store.reviewing`, `store.test_sends`,
`store.credits`, `store.ledger`, `store.settings`, `store.templates`, `store.audit`. Each method is one transaction,
safe from any thread and process. Raises `StoreError` and its kinds where the file cannot be used.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from smsget.store.campaigns import Batch, Campaign, Campaigns
from smsget.store.clock import from_text, now, to_text, uptime
from smsget.store.database import Database
from smsget.store.evidence import Evidences
from smsget.store.failing import Failing, FailingNumbers
from smsget.store.filling import Added
from smsget.store.following import Following, Speed
from smsget.store.leases import Lease, Leases
from smsget.store.ledger import Ledger, Movement
from smsget.store.lists import ListFile, ListInfo, Lists, Person, ReadyRow, RejectedRow
from smsget.store.outbox import Outbox
from smsget.store.outcomes import Claim, Outcome
from smsget.store.receipts import ImportResult, Receipts
from smsget.store.replies import ReplyRow, Thread
from smsget.store.report import ReportFilter, ReportRow
from smsget.store.reviewing import Reviewing
from smsget.store.settings import (
    Audit,
    AuditEntry,
    CreditReading,
    Credits,
    Settings,
    Spending,
    Template,
    Templates,
    Unexplained,
)
from smsget.store.story import Status, Story, StoryMessage
from smsget.store.suppression import Suppressed, Suppression
from smsget.store.tally import Delays, Figures, Summary
from smsget.store.testsends import TestSends
from smsget.store.unreached import OutcomeRow, Unreached
from smsget.store.windows import Tempo

__all__ = [
    "Added",
    "AuditEntry",
    "Batch",
    "Campaign",
    "Claim",
    "CreditReading",
    "Delays",
    "Failing",
    "Figures",
    "ImportResult",
    "Lease",
    "ListFile",
    "ListInfo",
    "Movement",
    "Outcome",
    "OutcomeRow",
    "Person",
    "ReadyRow",
    "RejectedRow",
    "ReplyRow",
    "ReportFilter",
    "ReportRow",
    "Speed",
    "Spending",
    "Status",
    "Store",
    "Story",
    "StoryMessage",
    "Summary",
    "Suppressed",
    "Template",
    "Tempo",
    "Thread",
    "Unexplained",
    "default_path",
    "from_text",
    "now",
    "to_text",
    "uptime",
]


def default_path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the database lives: `SMSGET_DB`, or `data/local/smsget.db` beside the program."""
    if given := environ.get("SMSGET_DB"):
        return Path(given)
    return Path(__file__).parents[2] / "data" / "local" / "smsget.db"


class Store:
    """The database at `path`, made or brought up to date on opening."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self._db = Database(self.path)
        self.lists = Lists(self._db)
        self.reviewing = Reviewing(self._db)
        self.test_sends = TestSends(self._db)
        self.failing = FailingNumbers(self._db)
        self.suppression = Suppression(self._db)
        self.campaigns = Campaigns(self._db)
        self.following = Following(self._db)
        self.unreached = Unreached(self._db)
        self.outbox = Outbox(self._db)
        self.leases = Leases(self._db)
        self.evidence = Evidences(self._db)
        self.receipts = Receipts(self._db)
        self.credits = Credits(self._db)
        self.ledger = Ledger(self._db)
        self.settings = Settings(self._db)
        self.templates = Templates(self._db)
        self.audit = Audit(self._db)

    def __repr__(self) -> str:
        return f"<Store {self.path}>"

    def held_open(self) -> AbstractContextManager[None]:
        """Keep one connection open for the length of the block.

        SQLite tidies up whenever the last connection closes, which makes every commit of a busy process dearer.
        """
        return self._db.held_open()

    def backup(self, target: Path) -> None:
        """Copy the live database to `target`, which must not exist yet."""
        self._db.backup(target)

    def purge(self, before: datetime) -> dict[str, int]:
        """Forget the personal data of everything older than `before`; return rows forgotten by table.

        Lists go with their rows; ended campaigns keep their figures, but lose texts' recipients, receipts and
        replies. What is still being sent, and the suppression list (a refusal must be remembered), stay.
        """
        old = to_text(before)
        # a list that somebody added to lately is in use
        lists = """(SELECT id FROM recipient_list
                    WHERE created_at < ?1 AND id NOT IN (SELECT list_id FROM list_file WHERE added_at >= ?1))"""
        statements = {
            "recipient": f"DELETE FROM recipient WHERE list_id IN {lists}",  # noqa: S608
            "rejected_row": f"DELETE FROM rejected_row WHERE list_id IN {lists}",  # noqa: S608
            "recipient_list": f"DELETE FROM recipient_list WHERE id IN {lists}",  # noqa: S608
            "message": """DELETE FROM message WHERE (campaign_id IS NULL AND status_at < ?1) OR campaign_id IN
                (SELECT id FROM campaign WHERE state IN ('finished', 'cancelled') AND ended_at < ?1 AND id NOT IN
                (SELECT campaign_id FROM batch WHERE state IN ('sending', 'unknown')))""",
            "batch": """UPDATE batch SET text = '' WHERE text <> '' AND campaign_id IN
                (SELECT id FROM campaign WHERE state IN ('finished', 'cancelled') AND ended_at < ?)""",
            "receipt": "DELETE FROM receipt WHERE at < ?",
            "reply": "DELETE FROM reply WHERE at < ?",
            "callback": "DELETE FROM callback WHERE parsed = 1 AND at < ?",
            "unreadable_line": """DELETE FROM unreadable_line WHERE import_id IN
                (SELECT id FROM import WHERE at < ?)""",
        }
        with self._db.write() as conn:
            return {table: conn.execute(statement, [old]).rowcount for table, statement in statements.items()}
