"""Campaigns: drafts, the one moment of confirming, and a person's steering afterwards."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from smsget.campaigns import (
    ACCOUNT_CODES,
    BatchState,
    CampaignState,
    Empty,
    Plan,
    Quote,
    check_move,
    state_after,
)
from smsget.errors import BadRequest, StateError
from smsget.store.audience import left_out
from smsget.store.clock import now, to_text
from smsget.store.database import Database
from smsget.store.planning import Wanted, make_plan, make_quote
from smsget.store.posting import fill_outbox
from smsget.store.reviewing import usual_window
from smsget.store.settings import read_rates, write_audit
from smsget.store.texted import since
from smsget.store.windows import ANY_TIME, Tempo, tempo_of, waits_until

_OWN_AFFAIR = {"unknown_in_a_row", "paced_until", "window_start", "window_end", "window_days", "per_hour", "grace_s"}
"""Columns of a campaign that only sending looks at, and those that make up its tempo."""

SCHEDULES = ("now", "here", "gateway")

COUNTED = (*(str(state) for state in BatchState), "suppressed", "skipped")


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign as it stands.

    `counts` has the recipients by batch state, plus those left out when their batch was claimed: `suppressed` (put on
    the suppression list after confirming) and `skipped` (texted by another campaign within `skip_days`). The counts
    add up to `recipients`. `credits_used` sums the answers so far.
    `skip_days`: whoever was texted in so many days is left out; None: nobody is. `empty`: what becomes of people
    without a value for a field that has no fallback (`campaigns.Empty`). `left_out` counts the numbers of its
    lists that confirming left out, and why: `suppressed`, `texted`, `empty`; of a draft, the people without a value
    by field that somebody decided to leave out.
    `revision` counts the changes of a draft. `test`: it went to one's own numbers, `once` tells its click from others.
    `schedule` is `now`, `here` (this computer holds it until `send_at`) or `gateway` (SMS-Get holds it).
    `waits_until` (UTC) is when a campaign that is being sent goes on, while its window or its pace holds it.
    `reason` says why it is paused: a code of SMS-Get, `person`, `unreachable`, `three_unknown`, `other_account`,
    `late` (its time passed before it could be sent, see `windows.is_late`), `restored` (it comes from a backup).
    """

    id: int
    name: str
    state: CampaignState
    reason: str
    text: str
    two_way: bool
    account: str
    schedule: str
    send_at: str | None
    recipients: int
    segments: int
    credits_quoted: int
    unknown_rate: dict[str, int]
    created_at: str
    confirmed_at: str | None
    ended_at: str | None
    skip_days: int | None
    left_out: dict[str, int]
    tempo: Tempo
    waits_until: str | None
    empty: Empty
    revision: int
    test: bool
    once: str | None
    batches: int
    credits_used: int
    counts: dict[str, int]
    lists: list[tuple[int | None, str]]

    @property
    def done(self) -> int:
        """Recipients with a final outcome. Of a cancelled campaign only those SMS-Get accepted: the rest is undone.

        Not yet final: a refused batch leaves after a resume, and an unknown one awaits a decision.
        """
        if self.state == CampaignState.CANCELLED:
            return self.counts["accepted"]
        return self.recipients - sum(self.counts[each] for each in ("queued", "sending", "refused", "unknown"))


@dataclass(frozen=True, slots=True)
class Batch:
    """One request: at most 250 people, one text. `evidence` holds what is known of an unknown outcome."""

    id: int
    number: int
    state: BatchState
    text: str
    segments: int
    recipients: int
    suppressed: int
    skipped: int
    credits_quoted: int | None
    attempt: int
    sent_at: str | None
    ended_at: str | None
    sms_id: str | None
    credits_used: int | None
    credits_left: int | None
    code: str
    evidence: dict[str, Any]


class Campaigns:
    """Campaigns and a person's decisions on them. What the engine does to batches is in `Outbox`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    # --- drafts --------------------------------------------------------------------------------------------------

    def draft(  # noqa: PLR0913  (a draft is these choices)
        self,
        name: str = "",
        text: str = "",
        list_ids: Sequence[int] = (),
        *,
        two_way: bool = False,
        schedule: str = "now",
        send_at: datetime | None = None,
        skip_days: int | None = None,
        tempo: Tempo = ANY_TIME,
        empty: Empty = "stop",
    ) -> int:
        """Keep a new draft, return its id. `skip_days`: leave out whoever was texted in so many days.

        `empty`: what becomes of people without a value; as long as it is "stop" such a draft cannot be confirmed.
        Raises `BadRequest`: `no_such_list`, `bad_days`, `bad_choice`.
        """
        _check_choices(schedule, empty, skip_days)
        with self._db.write() as conn:
            campaign_id = conn.execute(
                """INSERT INTO campaign (name, state, text, two_way, schedule, send_at, skip_days, empty, created_at,
                   window_start, window_end, window_days, per_hour, grace_s)
                   VALUES (?, 'draft', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [name, text, int(two_way), schedule, send_at and to_text(send_at), skip_days, empty, to_text(now()),
                 *tempo.columns()],
            ).lastrowid  # fmt: skip
            _set_lists(conn, campaign_id or 0, list_ids)
            return campaign_id or 0

    def change_draft(  # noqa: PLR0913  (a draft is these choices)
        self,
        campaign_id: int,
        name: str,
        text: str,
        list_ids: Sequence[int],
        *,
        two_way: bool = False,
        schedule: str = "now",
        send_at: datetime | None = None,
        skip_days: int | None = None,
        tempo: Tempo = ANY_TIME,
        empty: Empty = "stop",
        decided: Mapping[str, int] | None = None,
        revision: int | None = None,
    ) -> int:
        """Replace a draft's contents; return its new revision.

        `decided`: how many people without a value there were, by field, when somebody decided about them (`empty`).
        Raises `StateError` once it is confirmed (what was confirmed never changes), and
        `StateError('changed_elsewhere')` if `revision` is given and is not the present one.
        """
        _check_choices(schedule, empty, skip_days)
        with self._db.write() as conn:
            changed = conn.execute(
                """UPDATE campaign SET name = ?, text = ?, two_way = ?, schedule = ?, send_at = ?, skip_days = ?,
                   window_start = ?, window_end = ?, window_days = ?, per_hour = ?, grace_s = ?,
                   empty = ?, left_out = ?, revision = revision + 1
                   WHERE id = ? AND state = 'draft' AND revision = coalesce(?, revision) RETURNING revision""",
                [name, text, int(two_way), schedule, send_at and to_text(send_at), skip_days, *tempo.columns(), empty,
                 json.dumps(dict(decided or {})), campaign_id, revision],
            ).fetchone()  # fmt: skip
            if changed is None:
                raise _not_changed(conn, campaign_id)
            _set_lists(conn, campaign_id, list_ids)
            return int(changed["revision"])

    def delete_draft(self, campaign_id: int) -> None:
        """Throw a draft away. Raises `StateError` for anything that was confirmed."""
        with self._db.write() as conn:
            if not conn.execute("DELETE FROM campaign WHERE id = ? AND state = 'draft'", [campaign_id]).rowcount:
                raise _wrong_state(conn, campaign_id, "draft")

    def plan(
        self,
        list_ids: Sequence[int],
        text: str,
        *,
        two_way: bool = False,
        skip_days: int | None = None,
        empty: Empty = "stop",
    ) -> Plan:
        """What these lists and this text would become now: its batches and its quote. Nothing is kept.

        Raises what `campaigns.plan` raises, and `BadRequest('bad_days')`.
        """
        with self._db.read() as conn:
            return make_plan(conn, Wanted(list_ids, text, two_way, skip_days, empty), read_rates(conn))

    def quote(
        self,
        list_ids: Sequence[int],
        text: str,
        *,
        two_way: bool = False,
        skip_days: int | None = None,
        empty: Empty = "stop",
    ) -> Quote:
        """The price alone; an empty field that nobody has decided about is among its notices (`Quote.stops`).

        Raises what `campaigns.quote` raises, and `BadRequest('bad_days')`.
        """
        with self._db.read() as conn:
            return make_quote(conn, Wanted(list_ids, text, two_way, skip_days, empty))

    def confirm(
        self,
        campaign_id: int,
        account: str,
        *,
        actor: str = "person",
        revision: int | None = None,
        overruled: Sequence[str] = (),
        evidence: Sequence[Mapping[str, object]] = (),
        seen: Quote | None = None,
    ) -> Quote | None:
        """Turn a draft into batches in the outbox, once: one transaction, acted on only if it was still a draft.

        Returns the quote of what was confirmed, or None when somebody else (a second click, another tab) had
        confirmed it already: the caller then shows the campaign, and nothing was done twice.
        `account` is the key of the account it is confirmed for; no other account will ever send it. `overruled` are
        the codes of the warnings that were shown, for the audit, `evidence` what they rested on
        (`campaigns.evidence_of`). Nothing goes out but what was `seen`: any difference in people, texts or price is a
        `StateError` (`dearer`, `rate_unknown`, `not_as_seen`). Whoever does not say what was seen agrees to anything.
        Raises what `campaigns.plan` raises, `BadRequest('time_passed')`, `StateError('list_gone')` (`lists`) if one of
        its lists was deleted since the draft was written, and `StateError('changed_elsewhere')` if `revision`, what
        the person has seen, is not the present one; the draft then stays a draft.
        """
        with self._db.write() as conn:
            row = conn.execute("SELECT * FROM campaign WHERE id = ?", [campaign_id]).fetchone()
            if row is None:
                raise BadRequest("no_such_campaign", campaign=campaign_id)
            if row["state"] != CampaignState.DRAFT:
                return None
            if revision not in (None, row["revision"]):
                raise StateError("changed_elsewhere", what="campaign", state="draft", wanted="draft")
            moment = to_text(now())
            if row["send_at"] and row["send_at"] <= moment:
                raise BadRequest("time_passed", at=row["send_at"])
            rates, two_way = read_rates(conn), bool(row["two_way"])
            lists = _list_ids(conn, campaign_id)  # none of them is gone unseen
            made = make_plan(conn, Wanted(lists, row["text"], two_way, row["skip_days"], row["empty"]), rates)
            state = CampaignState.SCHEDULED if row["schedule"] == "here" else CampaignState.SENDING
            quote = made.quote
            if seen is not None:
                _check_seen(quote, seen)
            out = left_out(conn, lists, quote.recipients + quote.left_out)
            if quote.left_out:
                out["empty"] = quote.left_out
            changed = conn.execute(
                """UPDATE campaign SET state = ?, account = ?, recipients = ?, segments = ?, credits_quoted = ?,
                   unknown_rate = ?, left_out = ?, confirmed_at = ? WHERE id = ? AND state = 'draft'""",
                [state, account, quote.recipients, quote.segments, quote.credits, json.dumps(quote.unknown_rate),
                 json.dumps(out), moment, campaign_id],
            ).rowcount  # fmt: skip
            if changed != 1:
                return None
            fill_outbox(conn, campaign_id, made, rates, two_way=two_way, pace=tempo_of(row).pace)
            write_audit(conn, actor, "confirm", campaign_id, recipients=quote.recipients, credits=quote.credits,
                        **({"overruled": list(overruled)} if overruled else {}),
                        **({"evidence": list(evidence)} if evidence else {}))  # fmt: skip
            return quote

    # --- reading -------------------------------------------------------------------------------------------------

    def get(self, campaign_id: int) -> Campaign:
        """One campaign; raises `BadRequest('no_such_campaign')`."""
        with self._db.read() as conn:
            return get_campaign(conn, campaign_id)

    def all(self, *, states: Sequence[CampaignState] = (), limit: int = 100) -> list[Campaign]:
        """Campaigns, newest first; without `states` all but drafts."""
        wanted = [str(state) for state in states or [state for state in CampaignState if state != "draft"]]
        query = "SELECT * FROM campaign WHERE state IN (SELECT value FROM json_each(?)) ORDER BY id DESC LIMIT ?"
        with self._db.read() as conn:
            return [_campaign(conn, row) for row in conn.execute(query, [json.dumps(wanted), limit]).fetchall()]

    def names(self, *, limit: int = 200) -> dict[int, str]:
        """The names of the latest campaigns by id, newest first, drafts left out. Much lighter than `all`."""
        query = "SELECT id, name FROM campaign WHERE state <> 'draft' ORDER BY id DESC LIMIT ?"
        with self._db.read() as conn:
            return {row["id"]: row["name"] for row in conn.execute(query, [limit])}

    def batches(
        self, campaign_id: int, *, states: Sequence[BatchState] = (), after: int = 0, limit: int = -1
    ) -> list[Batch]:
        """The batches of a campaign in order, those after number `after`; `states` filters."""
        wanted = json.dumps([str(state) for state in states or BatchState])
        query = """SELECT * FROM batch WHERE campaign_id = ? AND number > ?
                   AND state IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT ?"""
        with self._db.read() as conn:
            _row(conn, campaign_id)
            return [batch_of(row) for row in conn.execute(query, [campaign_id, after, wanted, limit])]

    # --- a person's steering -------------------------------------------------------------------------------------

    def pause(self, campaign_id: int, *, actor: str = "person") -> None:
        """Stop after the requests in flight. Raises `StateError` if it is not sending or scheduled."""
        with self._db.write() as conn:
            _move(conn, campaign_id, CampaignState.PAUSED, reason="person")
            write_audit(conn, actor, "pause", campaign_id)

    def resume(self, campaign_id: int, *, actor: str = "person") -> None:
        """Go on where it stopped; refused batches (nothing of them was sent) are queued again.

        Unknown batches stay as they are: only `settle` touches them. The rest of a campaign whose time at SMS-Get has
        passed goes out from here, within its own window, else the one of the settings: nobody chose another hour
        than the one that is gone. Raises `StateError` if it is not paused.
        """
        with self._db.write() as conn:
            row = _row(conn, campaign_id)
            if row["state"] != CampaignState.PAUSED:
                raise StateError("illegal_move", what="campaign", state=row["state"], wanted="sending")
            waits = row["schedule"] == "here" and row["send_at"] > to_text(now())
            state = CampaignState.SCHEDULED if waits else CampaignState.SENDING
            # SMS-Get takes no time that has passed: who resumes after it wants the rest to go out without it
            missed = row["schedule"] == "gateway" and row["send_at"] <= to_text(now())
            conn.execute("UPDATE batch SET state = 'queued' WHERE campaign_id = ? AND state = 'refused'", [campaign_id])
            conn.execute(
                "UPDATE campaign SET state = ?, reason = '', unknown_in_a_row = 0, schedule = ? WHERE id = ?",
                [state, "now" if missed else row["schedule"], campaign_id],
            )
            _due_now(conn, campaign_id)
            if missed and row["window_start"] is None:
                columns = Tempo(usual_window(conn)).columns()[:3]
                conn.execute("UPDATE campaign SET window_start = ?, window_end = ?, window_days = ? WHERE id = ?",
                             [*columns, campaign_id])  # fmt: skip
            conn.execute("UPDATE account SET unknown_in_a_row = 0 WHERE key = ?", [row["account"]])
            write_audit(conn, actor, "resume", campaign_id)
            refresh_state(conn, campaign_id)

    def reschedule(self, campaign_id: int, send_at: datetime, *, actor: str = "person") -> None:
        """Move a campaign that this computer holds to another time; one that waits because it is `late`, too.

        Raises `BadRequest('time_passed')`, and `StateError` once it has begun, or where SMS-Get holds it.
        """
        with self._db.write() as conn:
            row = _row(conn, campaign_id)
            if send_at <= now():
                raise BadRequest("time_passed", at=to_text(send_at))
            begun = "SELECT 1 FROM batch WHERE campaign_id = ? AND state <> 'queued' LIMIT 1"
            movable = row["state"] in (CampaignState.SCHEDULED, CampaignState.PAUSED) and row["schedule"] == "here"
            if not movable or conn.execute(begun, [campaign_id]).fetchone():
                raise StateError("illegal_move", what="campaign", state=row["state"], wanted="scheduled")
            conn.execute(
                "UPDATE campaign SET send_at = ?, state = 'scheduled', reason = '' WHERE id = ?",
                [to_text(send_at), campaign_id],
            )
            write_audit(conn, actor, "reschedule", campaign_id, was=row["send_at"], at=to_text(send_at))

    def resume_account(self, account: str, *, actor: str = "person") -> int:
        """Let every campaign go on that stopped for a reason of the whole account; return how many."""
        codes = json.dumps([*sorted(ACCOUNT_CODES), "unreachable", "three_unknown", "disk_full"])
        query = """SELECT id FROM campaign WHERE state = 'paused' AND account = ?
                   AND reason IN (SELECT value FROM json_each(?)) ORDER BY id"""
        with self._db.read() as conn:
            stopped = [row["id"] for row in conn.execute(query, [account, codes])]
        for campaign_id in stopped:
            with contextlib.suppress(StateError):  # somebody else was quicker
                self.resume(campaign_id, actor=actor)
        return len(stopped)

    def cancel(self, campaign_id: int, *, actor: str = "person") -> int:
        """Never send what is still queued; return how many people that are. Requests in flight run to their end."""
        with self._db.write() as conn:
            _move(conn, campaign_id, CampaignState.CANCELLED, reason="person")
            conn.execute("UPDATE campaign SET ended_at = ? WHERE id = ?", [to_text(now()), campaign_id])
            row = conn.execute(
                """SELECT coalesce(sum(recipients), 0) FROM batch
                   WHERE campaign_id = ? AND state IN ('queued', 'refused')""", [campaign_id]
            ).fetchone()  # fmt: skip
            close_unsent(conn, "campaign_id", campaign_id)
            write_audit(conn, actor, "cancel", campaign_id, recipients=row[0])
            return int(row[0])

    def settle(self, campaign_id: int, number: int, *, resend: bool, actor: str = "person") -> None:
        """A person's decision on an unknown batch: send it again (people may get it twice), or leave it.

        Raises `BadRequest('no_such_batch')`, and `StateError` if the batch is not unknown or, for `resend`, if the
        campaign was cancelled.
        """
        with self._db.write() as conn:
            campaign = _row(conn, campaign_id)
            batch = conn.execute(
                "SELECT id, state FROM batch WHERE campaign_id = ? AND number = ?", [campaign_id, number]
            ).fetchone()
            if batch is None:
                raise BadRequest("no_such_batch", campaign=campaign_id, batch=number)
            wanted = BatchState.QUEUED if resend else BatchState.LEFT
            if batch["state"] != BatchState.UNKNOWN:
                raise StateError("illegal_move", what="batch", state=batch["state"], wanted=str(wanted))
            if resend and campaign["state"] == CampaignState.CANCELLED:
                raise StateError("illegal_move", what="campaign", state="cancelled", wanted="sending")
            conn.execute(
                "UPDATE batch SET state = ?, maybe_sent = 1 WHERE id = ? AND state = 'unknown'", [wanted, batch["id"]]
            )
            if resend:
                _due_now(conn, campaign_id)
            write_audit(conn, actor, "send_again" if resend else "leave", campaign_id, batch=number)
            refresh_state(conn, campaign_id)

    def leave_unknown(self, campaign_id: int, *, actor: str = "person") -> int:
        """A person's decision on every unknown batch at once: never send them again. Returns how many people.

        Sending again is decided batch by batch, with `settle`.
        """
        with self._db.write() as conn:
            rows = conn.execute(
                """UPDATE batch SET state = 'left', maybe_sent = 1 WHERE campaign_id = ? AND state = 'unknown'
                   RETURNING number, recipients""", [campaign_id]
            ).fetchall()  # fmt: skip
            for row in rows:
                write_audit(conn, actor, "leave", campaign_id, batch=row["number"])
            refresh_state(conn, campaign_id)
            return sum(row["recipients"] for row in rows)


# --- within a transaction ----------------------------------------------------------------------------------------


def refresh_state(conn: sqlite3.Connection, campaign_id: int) -> None:
    """Bring a campaign's state in line with its batches, after one of them changed."""
    row = _row(conn, campaign_id)
    old = CampaignState(row["state"])
    new = state_after(old, _states_there(conn, campaign_id))
    if new == old:
        return
    reason = (row["reason"] or "refused") if new == CampaignState.PAUSED else ""
    ended = to_text(now()) if new == CampaignState.FINISHED else None
    conn.execute(
        "UPDATE campaign SET state = ?, reason = ?, ended_at = ? WHERE id = ?", [new, reason, ended, campaign_id]
    )


def _states_there(conn: sqlite3.Connection, campaign_id: int) -> dict[str, int]:
    """Of the states that decide a campaign's, the first that one of its batches is in: counting them all takes long."""
    there = "SELECT 1 FROM batch WHERE state = ? AND campaign_id = ? LIMIT 1"
    deciding = (BatchState.QUEUED, BatchState.SENDING, BatchState.REFUSED, BatchState.UNKNOWN)
    return next(({state: 1} for state in deciding if conn.execute(there, [state, campaign_id]).fetchone()), {})


def close_unsent(conn: sqlite3.Connection, column: str, value: int) -> None:
    """Close batches that will not leave any more: `cancelled`, or `left` if an earlier request of theirs may have."""
    conn.execute(
        f"""UPDATE batch SET state = CASE WHEN maybe_sent THEN 'left' ELSE 'cancelled' END
            WHERE {column} = ? AND state IN ('queued', 'refused')""",  # noqa: S608
        [value],
    )


def stop_campaign(conn: sqlite3.Connection, campaign_id: int, reason: str) -> None:
    """Pause a campaign that is being sent, with a reason; it waits for a person. Others stay as they are."""
    conn.execute(
        "UPDATE campaign SET state = 'paused', reason = ? WHERE id = ? AND state = 'sending'", [reason, campaign_id]
    )


def _due_now(conn: sqlite3.Connection, campaign_id: int) -> None:
    """A person wants it to go on from now: what was missed before makes it late no more."""
    conn.execute(
        "UPDATE campaign SET paced_until = max(coalesce(paced_until, ''), ?) WHERE id = ?",
        [to_text(now()), campaign_id],
    )


def _check_choices(schedule: str, empty: str, skip_days: int | None) -> None:
    for value, allowed in ((schedule, SCHEDULES), (empty, get_args(Empty))):
        if value not in allowed:
            raise BadRequest("bad_choice", value=value, choices=list(allowed))
    if skip_days is not None:
        since(skip_days)


def _set_lists(conn: sqlite3.Connection, campaign_id: int, list_ids: Sequence[int]) -> None:
    conn.execute("DELETE FROM campaign_list WHERE campaign_id = ?", [campaign_id])
    for list_id in dict.fromkeys(list_ids):
        row = conn.execute("SELECT name FROM recipient_list WHERE id = ? AND complete", [list_id]).fetchone()
        if row is None:
            raise BadRequest("no_such_list", list=list_id)
        conn.execute("INSERT INTO campaign_list VALUES (?, ?, ?)", [campaign_id, list_id, row["name"]])


def _list_ids(conn: sqlite3.Connection, campaign_id: int) -> list[int]:
    """The lists of a draft; raises `StateError('list_gone')` if one was deleted: without it, it is another campaign."""
    query = "SELECT list_id, name FROM campaign_list WHERE campaign_id = ? ORDER BY rowid"
    rows = conn.execute(query, [campaign_id]).fetchall()
    if gone := [row["name"] for row in rows if row["list_id"] is None]:
        raise StateError("list_gone", what="campaign", state="draft", wanted="draft", lists=gone)
    return [row["list_id"] for row in rows]


def _check_seen(quote: Quote, seen: Quote) -> None:
    """Raise `StateError` unless what is about to be confirmed is, person by person, what was seen."""
    if quote.digest == seen.digest:
        return
    figures = {"recipients": quote.recipients, "credits": quote.credits}
    # an unknown price counts 0 in `credits`, and is dearer than any known one
    if unknown := {one: people for one, people in quote.unknown_rate.items() if one not in seen.unknown_rate}:
        raise StateError("rate_unknown", what="price", state="rate_unknown", countries=unknown, **figures)
    dearer = quote.recipients > seen.recipients or quote.credits > seen.credits
    code = "dearer" if dearer else "not_as_seen"
    raise StateError(code, what="price", state=code, **figures)


def _row(conn: sqlite3.Connection, campaign_id: int) -> sqlite3.Row:
    row: sqlite3.Row | None = conn.execute("SELECT * FROM campaign WHERE id = ?", [campaign_id]).fetchone()
    if row is None:
        raise BadRequest("no_such_campaign", campaign=campaign_id)
    return row


def _move(conn: sqlite3.Connection, campaign_id: int, wanted: CampaignState, *, reason: str) -> None:
    check_move("campaign", CampaignState(_row(conn, campaign_id)["state"]), wanted)
    conn.execute("UPDATE campaign SET state = ?, reason = ? WHERE id = ?", [wanted, reason, campaign_id])


def _wrong_state(conn: sqlite3.Connection, campaign_id: int, wanted: str) -> StateError:
    return StateError("illegal_move", what="campaign", state=_row(conn, campaign_id)["state"], wanted=wanted)


def _not_changed(conn: sqlite3.Connection, campaign_id: int) -> StateError:
    if _row(conn, campaign_id)["state"] != CampaignState.DRAFT:
        return _wrong_state(conn, campaign_id, "draft")
    return StateError("changed_elsewhere", what="campaign", state="draft", wanted="draft")


def get_campaign(conn: sqlite3.Connection, campaign_id: int) -> Campaign:
    """One campaign; raises `BadRequest('no_such_campaign')`."""
    return _campaign(conn, _row(conn, campaign_id))


def _campaign(conn: sqlite3.Connection, row: sqlite3.Row) -> Campaign:
    counts = dict.fromkeys(COUNTED, 0)
    batches = used = 0
    query = """SELECT state, count(*) AS batches, sum(recipients) AS recipients, sum(suppressed) AS suppressed,
               sum(skipped) AS skipped, sum(credits_used) + sum(iif(maybe_sent, coalesce((
                   SELECT sum(a.credits_used) FROM attempt AS a WHERE a.batch_id = b.id AND a.sms_id IS NOT b.sms_id
               ), 0), 0)) AS used
               FROM batch AS b WHERE campaign_id = ? GROUP BY state"""
    for part in conn.execute(query, [row["id"]]):
        counts[part["state"]] = part["recipients"]
        counts["suppressed"] += part["suppressed"]
        counts["skipped"] += part["skipped"]
        batches += part["batches"]
        used += part["used"] or 0
    lists = conn.execute("SELECT list_id, name FROM campaign_list WHERE campaign_id = ? ORDER BY rowid", [row["id"]])
    columns = {name: row[name] for name in row.keys() if name not in _OWN_AFFAIR}  # noqa: SIM118
    values: dict[str, Any] = {**columns, "state": CampaignState(row["state"])}
    values |= {name: bool(row[name]) for name in ("two_way", "test")}
    values |= {name: json.loads(row[name]) for name in ("unknown_rate", "left_out")}
    waits = waits_until(row, now()) if row["state"] == CampaignState.SENDING else None
    values |= {"waits_until": waits and to_text(waits), "tempo": tempo_of(row)}
    return Campaign(**values, batches=batches, credits_used=used, counts=counts, lists=[tuple(one) for one in lists])


def batch_of(row: sqlite3.Row) -> Batch:
    """A row of the table as a `Batch`."""
    values: Mapping[str, Any] = {
        **{name: row[name] for name in Batch.__slots__},
        "state": BatchState(row["state"]),
        "evidence": json.loads(row["evidence"]),
    }
    return Batch(**values)
