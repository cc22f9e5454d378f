"""The step of the schema for composing: drafts that two windows write on, decisions about empty fields, test sends."""

from __future__ import annotations

COMPOSE = """
-- What becomes of people without a value for a field that has no fallback ('stop': nobody has decided yet).
ALTER TABLE campaign ADD COLUMN empty TEXT NOT NULL DEFAULT 'stop' CHECK (empty IN ('stop', 'leave_out', 'gap'));
-- Counts the changes of a draft, so that no window overwrites or confirms what it has not seen.
ALTER TABLE campaign ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;
-- A test send to one's own numbers.
ALTER TABLE campaign ADD COLUMN test INTEGER NOT NULL DEFAULT 0 CHECK (test IN (0, 1));
-- What the window that asked for a test send drew by lot: its second click brings the same, and nothing is made.
ALTER TABLE campaign ADD COLUMN once TEXT;
CREATE UNIQUE INDEX campaign_once ON campaign (once) WHERE once IS NOT NULL;
"""
