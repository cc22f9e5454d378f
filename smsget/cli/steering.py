"""Campaigns: list them, look at one, pause, resume, cancel, move to another time, settle what is unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import ID, App, aligned, clock, stamp, taipei
from smsget.cli.root import main
from smsget.i18n import N_

MOST_AT_ONCE = 64
"""Answers that may overtake each other: as many as there can be requests under way."""

if TYPE_CHECKING:
    from smsget.store import Batch, Campaign

CAMPAIGN_KEYS = (
    "campaign name state reason reason_text recipients batches accepted refused unknown queued sending left cancelled "
    "suppressed skipped skip_days left_out credits_quoted unknown_rate credits_used two_way schedule send_at account "
    "confirmed_at ended_at test window per_hour waits_until credits_left"
)
OUTCOME_COLUMNS = ("phone", "country", "batch", "outcome", "code", "credits_quoted", "sent_at", "sms_id", "status",
                   "word", "status_at")  # fmt: skip
OUT = click.Path(path_type=Path, dir_okay=False)


@main.work("campaigns", help=N_("List the campaigns, newest first."), example="campaigns --json", keys="campaigns")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=100, help=N_("At most so many; 100 if not given."))
def campaigns(app: App, limit: int) -> None:
    """Each of `campaigns` has the keys of `send`."""
    found = app.store.campaigns.all(limit=limit)
    rows: list[tuple[object, ...]] = [
        (str(one.id), clock(one.confirmed_at), app.words.campaign_state(one.state),
         f"{one.done:,}/{one.recipients:,}", one.credits_used, one.name)
        for one in found
    ]  # fmt: skip
    lines = aligned(rows) if rows else [app._("There are no campaigns yet.")]
    app.result({"campaigns": [campaign_data(app, one) for one in found]}, lines)


@main.work(
    "campaign",
    help=N_("Show one campaign and its batches, with what is known of each."),
    example="campaign 12 --outcomes outcomes.csv",
    keys=f"{CAMPAIGN_KEYS} batch_list outcomes",
)
@click.argument("campaign_id", metavar="ID", type=ID)
@click.option("--outcomes", type=OUT, help=N_("Write what became of every recipient to this CSV file."))
def campaign(app: App, campaign_id: int, outcomes: Path | None) -> None:
    """`batch_list`: batch state recipients suppressed skipped sms_id credits_quoted credits_used code reason evidence;
    `outcomes`: the rows written.
    """
    found = app.store.campaigns.get(campaign_id)
    written = None if outcomes is None else _write_outcomes(app, campaign_id, outcomes)
    batches = app.store.campaigns.batches(campaign_id)
    rows = [
        (f"#{one.number}", app.words.batch_state(one.state), one.recipients, _shown(one.sms_id) or "-",
         "-" if one.credits_quoted is None else one.credits_quoted,
         "-" if one.credits_used is None else one.credits_used, known_of(app, one))
        for one in batches
    ]  # fmt: skip
    head = ("", app._("State"), app._("People"), app._("Message id"), app._("Points quoted"), app._("Points used"), "")
    data = {**campaign_data(app, found), "batch_list": [batch_data(app, one) for one in batches], "outcomes": written}
    app.result(data, [*told_campaign(app, found), *aligned([head, *rows], indent="  ")])


def _write_outcomes(app: App, campaign_id: int, out: Path) -> int:
    from smsget.export import write_csv

    app.keep_apart(out)
    rows = (
        (one.phone, one.country, one.batch, one.outcome, one.code, one.points, stamp(one.sent_at), _shown(one.sms_id),
         one.status, one.word, stamp(one.status_at))
        for one in app.store.unreached.outcomes(campaign_id)
    )  # fmt: skip
    return write_csv(out, OUTCOME_COLUMNS, rows)


def _steer(name: str, help_: str, act: Callable[[App, int], None]) -> None:
    @main.work(name, help=help_, example=f"{name} 12", keys=CAMPAIGN_KEYS)
    @click.argument("campaign_id", metavar="ID", type=ID)
    def command(app: App, campaign_id: int) -> None:
        act(app, campaign_id)
        report_campaign(app, campaign_id)


def _pause(app: App, campaign_id: int) -> None:
    app.store.campaigns.pause(campaign_id)


def _resume(app: App, campaign_id: int) -> None:
    _check_account(app, campaign_id)
    app.store.campaigns.resume(campaign_id)
    _go_on(app)


def _cancel(app: App, campaign_id: int) -> None:
    app.store.campaigns.cancel(campaign_id)


_steer("pause", N_("Stop a campaign after the requests in flight."), _pause)
_steer("resume", N_("Let a paused campaign go on, after what stopped it was put right."), _resume)
_steer("cancel", N_("Never send what is still waiting. This cannot be taken back."), _cancel)


@main.work(
    "reschedule",
    help=N_("Move a campaign that this computer holds, and that has not begun, to another time."),
    example='reschedule 12 --at "2026-12-01 09:30"',
    keys=CAMPAIGN_KEYS,
)
@click.argument("campaign_id", metavar="ID", type=ID)
@click.option("--at", required=True, metavar='"YYYY-MM-DD HH:MM"', help=N_("The new time, Taipei time."))
def reschedule(app: App, campaign_id: int, at: str) -> None:
    """What SMS-Get holds itself cannot be moved: there is no call for it."""
    from smsget.cli.sending import parse_time

    moment = parse_time(at)
    assert moment is not None  # noqa: S101  (only without a time it is)
    app.store.campaigns.reschedule(campaign_id, moment)
    _go_on(app)
    report_campaign(app, campaign_id)


@main.work(
    "settle",
    help=N_("Decide on a batch whose outcome is unknown: send it again (people may get it twice), or leave it."),
    example="settle 12 3 --leave",
    keys=CAMPAIGN_KEYS,
)
@click.argument("campaign_id", metavar="ID", type=ID)
@click.argument("batch", metavar="BATCH", type=ID, required=False)
@click.option("--resend", is_flag=True, help=N_("Send it again. People may get it twice."))
@click.option("--leave", is_flag=True, help=N_("Leave it as it is. People may not get it at all."))
@click.option("--all", "all_", is_flag=True, help=N_("With --leave: every batch of it whose outcome is unknown."))
def settle(app: App, campaign_id: int, batch: int | None, *, resend: bool, leave: bool, all_: bool) -> None:
    """`batch` is its number in the campaign, as `campaign` shows it. Sending again is decided one by one."""
    if resend == leave:
        raise click.UsageError(app._("One of --resend and --leave is needed"))
    if all_ == (batch is not None) or (all_ and resend):
        raise click.UsageError(app._("Name the batch, or use --all with --leave"))
    if resend:
        _check_account(app, campaign_id)
    if batch is None:
        app.store.campaigns.leave_unknown(campaign_id)
    else:
        app.store.campaigns.settle(campaign_id, batch, resend=resend)
    if resend:
        _go_on(app)
    report_campaign(app, campaign_id)


def _check_account(app: App, campaign_id: int) -> None:
    app.account.check_owns(app.store.campaigns.get(campaign_id).account)


def _go_on(app: App) -> None:
    from smsget.launch import ensure_engine

    ensure_engine(app.store, app.account.key)


def report_campaign(app: App, campaign_id: int) -> None:
    """The result of every command that changes a campaign: how it stands now."""
    found = app.store.campaigns.get(campaign_id)
    app.result(campaign_data(app, found), told_campaign(app, found))


def campaign_data(app: App, one: Campaign) -> dict[str, object]:
    """A campaign for programs. `credits_left`: what the newest answers or the newest question said of its account."""
    return {
        "campaign": one.id,
        "name": one.name,
        "state": str(one.state),
        "reason": one.reason,
        "reason_text": app.words.pause_reason(one.reason) if one.state == "paused" else "",
        "recipients": one.recipients,
        "batches": one.batches,
        **one.counts,
        "skip_days": one.skip_days,
        "left_out": one.left_out,
        "credits_quoted": one.credits_quoted,
        "unknown_rate": one.unknown_rate,
        "credits_used": one.credits_used,
        "two_way": one.two_way,
        "schedule": one.schedule,
        "send_at": taipei(one.send_at),
        "account": one.account,
        "confirmed_at": taipei(one.confirmed_at),
        "ended_at": taipei(one.ended_at),
        "test": one.test,
        "window": str(one.tempo.window) if one.tempo.window else None,
        "per_hour": one.tempo.pace.per_hour if one.tempo.pace else None,
        "waits_until": taipei(one.waits_until),
        "credits_left": _credits_left(app, one.account),
    }


def _credits_left(app: App, account: str) -> int | None:
    """Answers overtake each other on their way, and points only fall: of the newest answers the lowest is the last."""
    readings = app.store.credits.history(account, limit=MOST_AT_ONCE)
    answers = list(takewhile(lambda each: each.batch_id is not None, readings))
    return min((each.credits for each in answers or readings[:1]), default=None)


def batch_data(app: App, one: Batch) -> dict[str, object]:
    """A batch for programs, without its text and numbers."""
    return {
        "batch": one.number,
        "state": str(one.state),
        "recipients": one.recipients,
        "suppressed": one.suppressed,
        "skipped": one.skipped,
        "segments": one.segments,
        "sms_id": _shown(one.sms_id),
        "credits_quoted": one.credits_quoted,
        "credits_used": one.credits_used,
        "code": one.code,
        "evidence": one.evidence,
        "reason": known_of(app, one),
    }


def _shown(sms_id: str | None) -> str | None:
    """SMS-Get's id; None also where points alone say that it was accepted."""
    from smsget.store.outcomes import NO_ID

    return None if (sms_id or NO_ID).startswith(NO_ID) else sms_id


def known_of(app: App, one: Batch) -> str:
    """What the code of a batch, the points and the receipts say of it, in words."""
    return " ".join(filter(None, _known_of(app, one)))


def _known_of(app: App, one: Batch) -> Iterator[str]:
    from smsget.campaigns import charged_otherwise

    yield app.words.batch_reason(one.code, one.evidence)
    if one.code == "006":
        yield app.words.address_hint(one.evidence)
    if one.state == "unknown":
        yield app.words.evidence(one.evidence)
    if one.state == "accepted":
        yield app.words.settled_by(one.evidence)
        charge = charged_otherwise(one.credits_quoted, one.credits_used, one.segments)
        yield app.words.charge(charge) if charge else ""


def told_campaign(app: App, one: Campaign) -> list[str]:
    """A campaign for people."""
    lines = [
        app._("Campaign {id}, {name}: {state}").format(
            id=one.id, name=one.name, state=app.words.campaign_state(one.state)
        )
    ]
    if one.state == "paused":
        lines.append(app.words.pause_reason(one.reason))
    if one.send_at:
        lines.append(app._("To be sent at {time}, Taipei time").format(time=clock(one.send_at)))
    if one.waits_until:
        lines.append(app._("Goes on at {time}, Taipei time").format(time=clock(one.waits_until)))
    rows = [(app.words.outcome(outcome), count) for outcome, count in one.counts.items() if count]
    rows += [(app._("Recipients"), one.recipients), (app._("Points quoted"), one.credits_quoted)]
    rows.append((app._("Points used"), one.credits_used))
    if one.credits_used and (reading := app.store.credits.latest(one.account)):
        rows.append((app._("Points left"), reading.credits))
    if suppressed := one.left_out.get("suppressed"):
        rows.append((app._("Left out at confirming, suppressed"), suppressed))
    if texted := one.left_out.get("texted"):
        rows.append((app._("Left out at confirming, texted lately"), texted))
    if empty := one.left_out.get("empty"):
        rows.append((app._("Left out at confirming, without a value"), empty))
    return [*lines, *aligned(rows, indent="  ")]
