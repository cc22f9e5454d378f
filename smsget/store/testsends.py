"""Test sends: a text as one customer would get it, to one's own numbers. A campaign of its own, marked as a test."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from smsget.campaigns import CampaignState, Empty, Recipient, plan
from smsget.errors import BadRequest
from smsget.numbers import country_of
from smsget.store.clock import now, to_text
from smsget.store.database import Database
from smsget.store.posting import fill_outbox
from smsget.store.settings import read_rates, write_audit


class TestSends:
    """Test sends go through the same outbox as everything else, so they are sent at most once and are accounted for."""

    __test__ = False  # no tests of pytest

    def __init__(self, db: Database) -> None:
        self._db = db

    def send(  # noqa: PLR0913  (a campaign is these choices)
        self,
        name: str,
        text: str,
        values: Mapping[str, str],
        phones: Sequence[str],
        account: str,
        *,
        once: str,
        two_way: bool = False,
        empty: Empty = "stop",
        actor: str = "person",
    ) -> int:
        """Confirm a test at once; return its campaign's id. `values` are the merge fields of the chosen customer.

        `once` names the click: the same again returns the campaign it made, and nothing more is sent. Numbers on the
        suppression list are left out. Raises what `campaigns.plan` raises, and `BadRequest`: `no_recipients`,
        `bad_number` (`value`).
        """
        people = [Recipient(phone, _country(phone), values) for phone in dict.fromkeys(phones)]
        with self._db.write() as conn:
            made = conn.execute("SELECT id FROM campaign WHERE once = ?", [once]).fetchone()
            if made is not None:
                return int(made["id"])
            suppressed = {
                row[0]
                for row in conn.execute(
                    "SELECT phone FROM suppression WHERE phone IN (SELECT value FROM json_each(?))",
                    [json.dumps([person.phone for person in people])],
                )
            }
            rates = read_rates(conn)
            kept = [person for person in people if person.phone not in suppressed]
            planned = plan(kept, text, rates, two_way=two_way, fields=list(values), empty=empty)
            quote, moment = planned.quote, to_text(now())
            campaign_id = conn.execute(
                """INSERT INTO campaign (name, state, text, two_way, account, schedule, recipients, segments,
                       credits_quoted, unknown_rate, left_out, empty, test, once, created_at, confirmed_at)
                   VALUES (?, ?, ?, ?, ?, 'now', ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)""",
                [name, CampaignState.SENDING, text, int(two_way), account, quote.recipients, quote.segments,
                 quote.credits, json.dumps(quote.unknown_rate), json.dumps({"suppressed": len(suppressed)}), empty,
                 once, moment, moment],
            ).lastrowid or 0  # fmt: skip
            fill_outbox(conn, campaign_id, planned, rates, two_way=two_way)
            write_audit(conn, actor, "test", campaign_id, recipients=quote.recipients, credits=quote.credits)
            return campaign_id


def _country(phone: str) -> str:
    country = country_of(phone)
    if country is None:
        raise BadRequest("bad_number", value=phone)
    return country
