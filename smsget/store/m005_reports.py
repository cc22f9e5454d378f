"""Schema step: reports at ten million rows. Like every step that has shipped, never edited again.

Receipts are kept by number, since every question about them names one. Messages are found by number, end of a number,
campaign, or country and status; and counted as they change, so that no figure reads the messages themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

_RECEIPTS = (
    """CREATE TABLE receipt_by_number (
        phone TEXT NOT NULL, sms_id TEXT NOT NULL, at TEXT NOT NULL, word TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('pending', 'other', 'delivered', 'failed')),
        carrier_id TEXT NOT NULL, received_at TEXT NOT NULL,
        PRIMARY KEY (phone, sms_id, at, word)
    ) STRICT, WITHOUT ROWID""",
    """INSERT INTO receipt_by_number SELECT phone, sms_id, at, word, status, carrier_id, received_at FROM receipt
        ORDER BY phone, sms_id, at, word""",
    "DROP TABLE receipt",
    "ALTER TABLE receipt_by_number RENAME TO receipt",
    # Lines that lost their id are few; that there are none is asked at every load.
    "CREATE INDEX receipt_without_id ON receipt (phone) WHERE sms_id = ''",
)

_MESSAGES = (
    "DROP INDEX message_stranger",
    "DROP INDEX message_by_sms_id",
    "DROP INDEX message_by_phone",
    "DROP INDEX message_by_status",
    "CREATE INDEX message_by_number ON message (phone, sms_id)",
    "CREATE INDEX message_by_end ON message (substr(phone, -4))",
    "CREATE INDEX message_by_kind ON message (country, status, word)",
    "CREATE INDEX message_by_campaign ON message (campaign_id) WHERE campaign_id IS NOT NULL",
    "CREATE INDEX message_waiting ON message (campaign_id, sent_at) WHERE status = '' AND sent_at IS NOT NULL",
    "CREATE INDEX message_not_accepted ON message (campaign_id, country) WHERE sms_id IS NULL",
)

# campaign_id 0: not sent from here. The day is Taipei's, of sending, or of the report where it was not sent from here.
_COUNTERS = (
    """CREATE TABLE tally (
        campaign_id INTEGER NOT NULL, day TEXT NOT NULL, country TEXT NOT NULL, status TEXT NOT NULL,
        word TEXT NOT NULL,
        messages INTEGER NOT NULL, credits INTEGER NOT NULL,
        PRIMARY KEY (campaign_id, day, country, status, word)
    ) STRICT, WITHOUT ROWID""",
    """CREATE TABLE delay (
        campaign_id INTEGER NOT NULL, country TEXT NOT NULL, seconds INTEGER NOT NULL,
        messages INTEGER NOT NULL,
        PRIMARY KEY (campaign_id, country, seconds)
    ) STRICT, WITHOUT ROWID""",
)

_DAY = "coalesce(date(coalesce({row}.sent_at, {row}.status_at), '+8 hours'), '')"
_TOOK = "max(0, CAST(strftime('%s', {row}.status_at) AS INTEGER) - CAST(strftime('%s', {row}.sent_at) AS INTEGER))"
_BUCKET = f"""CASE WHEN {_TOOK} < 60 THEN {_TOOK} - {_TOOK} % 5
    WHEN {_TOOK} < 600 THEN {_TOOK} - {_TOOK} % 30
    WHEN {_TOOK} < 3600 THEN {_TOOK} - {_TOOK} % 300
    WHEN {_TOOK} < 86400 THEN {_TOOK} - {_TOOK} % 3600
    WHEN {_TOOK} < 604800 THEN {_TOOK} - {_TOOK} % 86400 ELSE 604800 END"""
_COUNTED = "{row}.sms_id IS NOT NULL"
_TIMED = "{row}.sms_id IS NOT NULL AND {row}.campaign_id IS NOT NULL AND {row}.status = 'delivered' \
AND {row}.sent_at IS NOT NULL AND {row}.status_at IS NOT NULL"


def _counted(row: str, sign: int) -> str:
    return f"""INSERT INTO tally SELECT coalesce({row}.campaign_id, 0), {_DAY.format(row=row)}, {row}.country,
        {row}.status, {row}.word, {sign}, {sign} * coalesce({row}.credits, 0) WHERE {_COUNTED.format(row=row)}
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, credits = credits + excluded.credits;
    INSERT INTO delay SELECT {row}.campaign_id, {row}.country, {_BUCKET.format(row=row)}, {sign}
        WHERE {_TIMED.format(row=row)}
        ON CONFLICT DO UPDATE SET messages = messages + excluded.messages;"""  # noqa: S608


_TRIGGERS = (
    f"""CREATE TRIGGER tally_insert AFTER INSERT ON message WHEN NEW.sms_id IS NOT NULL BEGIN
    {_counted("NEW", 1)} END""",
    f"""CREATE TRIGGER tally_delete AFTER DELETE ON message WHEN OLD.sms_id IS NOT NULL BEGIN
    {_counted("OLD", -1)} END""",
    f"""CREATE TRIGGER tally_update
    AFTER UPDATE OF campaign_id, sms_id, country, credits, sent_at, status, word, status_at ON message
    WHEN OLD.sms_id IS NOT NULL OR NEW.sms_id IS NOT NULL BEGIN
    {_counted("OLD", -1)}
    {_counted("NEW", 1)} END""",
)

_FILL = (
    f"""INSERT INTO tally SELECT coalesce(m.campaign_id, 0), {_DAY.format(row="m")} AS day, m.country, m.status, m.word,
        count(*), sum(coalesce(m.credits, 0)) FROM message AS m WHERE {_COUNTED.format(row="m")}
        GROUP BY coalesce(m.campaign_id, 0), day, m.country, m.status, m.word""",  # noqa: S608
    f"""INSERT INTO delay SELECT m.campaign_id, m.country, {_BUCKET.format(row="m")} AS bucket, count(*)
        FROM message AS m WHERE {_TIMED.format(row="m")} GROUP BY m.campaign_id, m.country, bucket""",  # noqa: S608
)

# What an older version has shown is read; `callback_seen` remembers calls whose bodies are forgotten.
_REPLIES = (
    "ALTER TABLE reply ADD COLUMN read_at TEXT",
    "UPDATE reply SET read_at = received_at",
    "CREATE INDEX reply_by_phone ON reply (phone, at, id)",
    "CREATE INDEX reply_unread ON reply (id) WHERE read_at IS NULL",
    "CREATE TABLE callback_seen (kind TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID",
)


def step(db: Database) -> None:
    """Run the statements one by one within the migration's transaction."""
    for statement in (*_RECEIPTS, *_MESSAGES, *_COUNTERS, *_FILL, *_TRIGGERS, *_REPLIES):
        db.conn.execute(statement)
