"""The tables, as numbered steps. A step that has shipped is never edited; a change is a new step at the end.

Times are text, UTC, `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that they sort. Phones are in wire form. JSON columns are checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smsget.store import m005_reports, m006_chunks
from smsget.store.schema_compose import COMPOSE
from smsget.store.schema_sending import SENDING

if TYPE_CHECKING:
    from sqlite_utils import Database, Migrations

APPLICATION_ID = 0x534D5347  # "SMSG", in the file's header: how we know that a database is ours
MIGRATION_SET = "smsget"

_FIRST = f"""
PRAGMA application_id = {APPLICATION_ID};

CREATE TABLE setting (
    key TEXT PRIMARY KEY, value TEXT NOT NULL CHECK (json_valid(value))
) STRICT, WITHOUT ROWID;

CREATE TABLE rate (
    country TEXT NOT NULL CHECK (length(country) = 2),
    two_way INTEGER NOT NULL CHECK (two_way IN (0, 1)),
    credits INTEGER NOT NULL CHECK (credits > 0),
    PRIMARY KEY (country, two_way)
) STRICT, WITHOUT ROWID;

CREATE TABLE recipient_list (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    file TEXT NOT NULL, sha256 TEXT NOT NULL, encoding TEXT NOT NULL, phone_column TEXT NOT NULL,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    rows INTEGER NOT NULL, ready INTEGER NOT NULL, blank INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    suppressed INTEGER NOT NULL, rejected INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    CHECK (rows = ready + blank + duplicates + suppressed + rejected)
) STRICT;

CREATE TABLE recipient (
    list_id INTEGER NOT NULL REFERENCES recipient_list (id) ON DELETE CASCADE,
    row INTEGER NOT NULL,
    phone TEXT NOT NULL, country TEXT NOT NULL,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    PRIMARY KEY (list_id, row)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX recipient_once_per_list ON recipient (list_id, phone);

CREATE TABLE rejected_row (
    list_id INTEGER NOT NULL REFERENCES recipient_list (id) ON DELETE CASCADE,
    row INTEGER NOT NULL, value TEXT NOT NULL, code TEXT NOT NULL, country TEXT NOT NULL,
    cells TEXT NOT NULL CHECK (json_valid(cells)),
    PRIMARY KEY (list_id, row)
) STRICT, WITHOUT ROWID;

CREATE TABLE suppression (
    phone TEXT PRIMARY KEY, reason TEXT NOT NULL, source TEXT NOT NULL, at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE template (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE CHECK (name <> ''), text TEXT NOT NULL, updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('draft', 'scheduled', 'sending', 'paused', 'unsettled', 'finished', 'cancelled')),
    reason TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL,
    two_way INTEGER NOT NULL CHECK (two_way IN (0, 1)),
    account TEXT NOT NULL DEFAULT '',
    schedule TEXT NOT NULL CHECK (schedule IN ('now', 'here', 'gateway')),
    send_at TEXT,
    recipients INTEGER NOT NULL DEFAULT 0,
    segments INTEGER NOT NULL DEFAULT 0,
    credits_quoted INTEGER NOT NULL DEFAULT 0,
    unknown_rate TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(unknown_rate)),
    unknown_in_a_row INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL, confirmed_at TEXT, ended_at TEXT,
    CHECK (schedule = 'now' OR send_at IS NOT NULL)
) STRICT;
CREATE INDEX campaign_by_state ON campaign (state);

CREATE TABLE campaign_list (
    campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
    list_id INTEGER REFERENCES recipient_list (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    UNIQUE (campaign_id, list_id)
) STRICT;
CREATE INDEX campaign_list_by_list ON campaign_list (list_id);

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('queued', 'sending', 'accepted', 'refused', 'unknown', 'left', 'cancelled')),
    text TEXT NOT NULL,
    segments INTEGER NOT NULL,
    recipients INTEGER NOT NULL CHECK (recipients BETWEEN 0 AND 250),
    suppressed INTEGER NOT NULL DEFAULT 0,
    credits_quoted INTEGER,
    attempt INTEGER NOT NULL DEFAULT 0,
    maybe_sent INTEGER NOT NULL DEFAULT 0 CHECK (maybe_sent IN (0, 1)),
    owner TEXT NOT NULL DEFAULT '',
    sent_at TEXT, ended_at TEXT,
    sms_id TEXT, credits_used INTEGER, credits_left INTEGER,
    code TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(evidence)),
    UNIQUE (campaign_id, number),
    CHECK ((state = 'sending') <= (sent_at IS NOT NULL AND owner <> '')),
    CHECK ((sms_id IS NOT NULL) = (credits_used IS NOT NULL))
) STRICT;
CREATE INDEX batch_by_state ON batch (state, campaign_id, number);
CREATE INDEX batch_by_sms_id ON batch (sms_id) WHERE sms_id IS NOT NULL;

-- Every request of a batch with its outcome ('' while it is under way): a batch that a person sent again has several.
CREATE TABLE attempt (
    batch_id INTEGER NOT NULL REFERENCES batch (id) ON DELETE CASCADE,
    attempt INTEGER NOT NULL,
    owner TEXT NOT NULL, sent_at TEXT NOT NULL, ended_at TEXT,
    outcome TEXT NOT NULL DEFAULT '' CHECK (outcome IN ('', 'queued', 'accepted', 'refused', 'unknown')),
    code TEXT NOT NULL DEFAULT '', sms_id TEXT, credits_used INTEGER,
    evidence TEXT NOT NULL DEFAULT '{{}}' CHECK (json_valid(evidence)),
    PRIMARY KEY (batch_id, attempt)
) STRICT, WITHOUT ROWID;

-- One row per person and campaign, and one per receipt of a message that this database never sent (campaign_id NULL).
CREATE TABLE message (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER REFERENCES campaign (id) ON DELETE CASCADE,
    batch_id INTEGER REFERENCES batch (id) ON DELETE CASCADE,
    sms_id TEXT,
    phone TEXT NOT NULL, country TEXT NOT NULL,
    credits INTEGER,
    suppressed INTEGER NOT NULL DEFAULT 0 CHECK (suppressed IN (0, 1)),
    sent_at TEXT,
    word TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL DEFAULT '' CHECK (status IN ('', 'pending', 'other', 'delivered', 'failed')),
    status_at TEXT,
    CHECK ((campaign_id IS NULL) = (batch_id IS NULL)),
    CHECK (campaign_id IS NOT NULL OR sms_id IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX message_once_per_campaign ON message (campaign_id, phone) WHERE campaign_id IS NOT NULL;
-- An id may come back (another account, a sandbox begun anew), so only strangers are unique by it.
CREATE UNIQUE INDEX message_stranger ON message (sms_id, phone) WHERE campaign_id IS NULL;
CREATE INDEX message_by_sms_id ON message (sms_id, phone, id) WHERE sms_id IS NOT NULL;
CREATE INDEX message_by_sent ON message (sent_at) WHERE sent_at IS NOT NULL;
CREATE INDEX message_by_batch ON message (batch_id) WHERE batch_id IS NOT NULL;
CREATE INDEX message_by_phone ON message (phone);
CREATE INDEX message_by_status ON message (status, id);

CREATE TABLE import (
    id INTEGER PRIMARY KEY,
    file TEXT NOT NULL, sha256 TEXT NOT NULL, format TEXT NOT NULL, at TEXT NOT NULL,
    lines INTEGER NOT NULL, receipts INTEGER NOT NULL, replies INTEGER NOT NULL,
    new INTEGER NOT NULL, updated INTEGER NOT NULL, known INTEGER NOT NULL, unreadable INTEGER NOT NULL
) STRICT;

CREATE TABLE unreadable_line (
    id INTEGER PRIMARY KEY,
    import_id INTEGER REFERENCES import (id) ON DELETE CASCADE,
    callback_id INTEGER REFERENCES callback (id) ON DELETE CASCADE,
    line INTEGER NOT NULL, why TEXT NOT NULL, raw TEXT NOT NULL
) STRICT;
CREATE INDEX unreadable_by_import ON unreadable_line (import_id);

-- Every status ever reported, once.
CREATE TABLE receipt (
    sms_id TEXT NOT NULL, phone TEXT NOT NULL, at TEXT NOT NULL, word TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pending', 'other', 'delivered', 'failed')),
    carrier_id TEXT NOT NULL, received_at TEXT NOT NULL,
    PRIMARY KEY (sms_id, phone, at, word)
) STRICT, WITHOUT ROWID;

CREATE TABLE reply (
    id INTEGER PRIMARY KEY,
    phone TEXT NOT NULL, reply_id TEXT NOT NULL, at TEXT NOT NULL,
    raw_text TEXT NOT NULL, text TEXT NOT NULL,
    campaign_id INTEGER REFERENCES campaign (id) ON DELETE SET NULL,
    refusal INTEGER NOT NULL CHECK (refusal IN (0, 1)),
    received_at TEXT NOT NULL,
    UNIQUE (phone, reply_id, at, raw_text)
) STRICT;
CREATE INDEX reply_by_time ON reply (at, id);

-- The raw body of every callback, kept before it is answered.
CREATE TABLE callback (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, body BLOB NOT NULL, query TEXT NOT NULL,
    parsed INTEGER NOT NULL DEFAULT 0 CHECK (parsed IN (0, 1))
) STRICT;
CREATE INDEX callback_to_parse ON callback (id) WHERE parsed = 0;

CREATE TABLE credit_reading (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, account TEXT NOT NULL, credits INTEGER NOT NULL,
    used INTEGER, batch_id INTEGER REFERENCES batch (id) ON DELETE SET NULL,
    at_rest INTEGER NOT NULL DEFAULT 0 CHECK (at_rest IN (0, 1))
) STRICT;
CREATE INDEX credit_reading_by_account ON credit_reading (account, at);

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, campaign_id INTEGER,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE TABLE lease (
    name TEXT PRIMARY KEY, owner TEXT NOT NULL, host TEXT NOT NULL, pid INTEGER NOT NULL, account TEXT NOT NULL,
    taken_at TEXT NOT NULL, beat_at TEXT NOT NULL, expires_at TEXT NOT NULL,
    stop_requested INTEGER NOT NULL DEFAULT 0, info TEXT NOT NULL CHECK (json_valid(info))
) STRICT, WITHOUT ROWID;
"""

# Lists that grow. A list is filled from files or from other lists, so what a file held moves into a table of its own,
# and rows are told apart by their place in the list: row 7 of two files, or a cell that was split, are two rows.
# Texted lately: numbers that a campaign left out because of it are counted beside the suppressed ones.
_SECOND = """
CREATE TABLE list_of_people (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    origin TEXT NOT NULL CHECK (origin IN ('file', 'combined')),
    people INTEGER NOT NULL CHECK (people >= 0),
    problems INTEGER NOT NULL CHECK (problems >= 0),
    created_at TEXT NOT NULL, changed_at TEXT NOT NULL
) STRICT;

CREATE TABLE list_file (
    list_id INTEGER NOT NULL REFERENCES recipient_list (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    file TEXT NOT NULL, sha256 TEXT NOT NULL, sheet TEXT NOT NULL DEFAULT '', encoding TEXT NOT NULL,
    phone_column TEXT NOT NULL,
    rows INTEGER NOT NULL, ready INTEGER NOT NULL, blank INTEGER NOT NULL, duplicates INTEGER NOT NULL,
    suppressed INTEGER NOT NULL, rejected INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (list_id, number),
    CHECK (rows = ready + blank + duplicates + suppressed + rejected)
) STRICT, WITHOUT ROWID;
CREATE INDEX list_file_by_hash ON list_file (sha256);

CREATE TABLE person (
    list_id INTEGER NOT NULL REFERENCES recipient_list (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    file INTEGER NOT NULL, row INTEGER NOT NULL,
    phone TEXT NOT NULL, country TEXT NOT NULL,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    PRIMARY KEY (list_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE problem (
    list_id INTEGER NOT NULL REFERENCES recipient_list (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    file INTEGER NOT NULL, row INTEGER NOT NULL,
    value TEXT NOT NULL, code TEXT NOT NULL, country TEXT NOT NULL,
    cells TEXT NOT NULL CHECK (json_valid(cells)),
    PRIMARY KEY (list_id, position)
) STRICT, WITHOUT ROWID;

INSERT INTO list_of_people (id, name, fields, origin, people, problems, created_at, changed_at)
    SELECT id, name, fields, 'file', (SELECT count(*) FROM recipient WHERE list_id = l.id),
           (SELECT count(*) FROM rejected_row WHERE list_id = l.id), created_at, created_at FROM recipient_list AS l;
INSERT INTO list_file (list_id, number, file, sha256, encoding, phone_column, rows, ready, blank, duplicates,
                       suppressed, rejected, added_at)
    SELECT id, 1, file, sha256, encoding, phone_column, rows, ready, blank, duplicates, suppressed, rejected, created_at
    FROM recipient_list;
INSERT INTO person (list_id, position, file, row, phone, country, fields)
    SELECT list_id, row, 1, row, phone, country, fields FROM recipient ORDER BY list_id, row;
INSERT INTO problem (list_id, position, file, row, value, code, country, cells)
    SELECT list_id, row, 1, row, value, code, country, cells FROM rejected_row ORDER BY list_id, row;
DROP TABLE rejected_row;
DROP TABLE recipient;
DROP TABLE recipient_list;
ALTER TABLE list_of_people RENAME TO recipient_list;
ALTER TABLE person RENAME TO recipient;
ALTER TABLE problem RENAME TO rejected_row;
CREATE UNIQUE INDEX recipient_once_per_list ON recipient (list_id, phone);
CREATE INDEX rejected_row_by_place ON rejected_row (list_id, row);

ALTER TABLE campaign ADD COLUMN skip_days INTEGER CHECK (skip_days > 0);
ALTER TABLE campaign ADD COLUMN left_out TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(left_out));
ALTER TABLE batch ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE message ADD COLUMN skipped INTEGER NOT NULL DEFAULT 0 CHECK (skipped IN (0, 1));

-- What was texted lately, and what fails for good, is asked of a million messages.
CREATE INDEX message_stranger_by_time ON message (status_at) WHERE campaign_id IS NULL;
CREATE INDEX message_failed ON message (phone, status_at, word, campaign_id) WHERE status = 'failed';

INSERT INTO suppression (phone, reason, source, at)
    SELECT phone, 'advertising_refused', 'receipt', min(received_at) FROM receipt
    WHERE upper(word) = 'REJMOBIL' AND phone <> '' GROUP BY phone ON CONFLICT DO NOTHING;
"""


def _run(script: str) -> Callable[[Database], None]:
    """A step that runs each statement by itself: `executescript` would commit the surrounding transaction."""

    def step(db: Database) -> None:
        lines = (line for line in script.splitlines() if not line.startswith("--"))
        for statement in "\n".join(lines).split(";\n"):
            if statement.strip():
                db.conn.execute(statement)

    return step


STEPS: dict[str, Callable[[Database], None]] = {
    "m001_first": _run(_FIRST),
    "m002_lists_that_grow": _run(_SECOND),
    "m003_sending": _run(SENDING),
    "m004_compose": _run(COMPOSE),
    "m005_reports": m005_reports.step,
    "m006_chunks": m006_chunks.step,
}
"""Every step in order. The names are stored in the database: a name not in here means a newer program made it."""


def migrations() -> Migrations:
    """The steps as sqlite-utils migrations (imports sqlite_utils, which is slow)."""
    from sqlite_utils import Migrations

    steps = Migrations(MIGRATION_SET)
    for name, step in STEPS.items():
        steps(name=name)(step)
    return steps
