"""The step of the schema for sending that survives everything: evidence, account-wide stops, windows and pace."""

from __future__ import annotations

SENDING = """
-- Send window and pace of a campaign; NULL: none. Times of day are Taipei's, `HH:MM`; Monday is day 0.
ALTER TABLE campaign ADD COLUMN window_start TEXT;
ALTER TABLE campaign ADD COLUMN window_end TEXT;
ALTER TABLE campaign ADD COLUMN window_days TEXT;
ALTER TABLE campaign ADD COLUMN per_hour INTEGER CHECK (per_hour > 0);
ALTER TABLE campaign ADD COLUMN paced_until TEXT;
ALTER TABLE campaign ADD COLUMN grace_s INTEGER CHECK (grace_s >= 0);

-- What a request without an answer is judged by: what it would have cost, and the newest reading before it left.
ALTER TABLE attempt ADD COLUMN account TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN quoted INTEGER;
ALTER TABLE attempt ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0 CHECK (scheduled IN (0, 1));
ALTER TABLE attempt ADD COLUMN after_reading INTEGER NOT NULL DEFAULT 0;
UPDATE attempt SET
    account = (SELECT c.account FROM batch AS b JOIN campaign AS c ON c.id = b.campaign_id WHERE b.id = batch_id),
    quoted = (SELECT credits_quoted FROM batch WHERE id = batch_id);
CREATE INDEX attempt_silent ON attempt (account, after_reading) WHERE outcome = 'unknown';

-- Points whose going a reading revealed, and which evidence gave to a request without an answer.
ALTER TABLE credit_reading ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
CREATE INDEX credit_reading_at_rest ON credit_reading (account, id) WHERE at_rest = 1;

CREATE TABLE account (
    key TEXT PRIMARY KEY, unknown_in_a_row INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- When the lease ends by the uptime of its holder's computer, which no change of the clock moves.
ALTER TABLE lease ADD COLUMN expires_up REAL;
"""
