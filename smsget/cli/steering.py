"""Campaigns: list them, look at one, pause, resume, cancel, settle what is unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from smsget.cli.base import ID, App, aligned, clock, taipei
from smsget.cli.root import main
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.store import Batch, Campaign

CAMPAIGN_KEYS = (
    "campaign name state reason reason_text recipients batches accepted refused unknown queued sending left cancelled "
    "suppressed skipped skip_days left_out credits_quoted unknown_rate credits_used two_way schedule send_at account "
    "confirmed_at ended_at test window per_hour waits_until"
)


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
    help=N_("Show one campaign and its batches."),
    example="campaign 12",
    keys=f"{CAMPAIGN_KEYS} batch_list",
)
@click.argument("campaign_id", metavar="ID", type=ID)
def campaign(app: App, campaign_id: int) -> None:
    """`batch_list`: batch state recipients suppressed skipped sms_id credits_quoted credits_used code reason …"""
    found = app.store.campaigns.get(campaign_id)
    batches = app.store.campaigns.batches(campaign_id)
    rows = [
        (f"#{one.number}", app.words.batch_state(one.state), one.recipients, one.sms_id or "-",
         "-" if one.credits_used is None else one.credits_used, app.words.batch_reason(one.code, one.evidence))
        for one in batches
    ]  # fmt: skip
    data = {**campaign_data(app, found), "batch_list": [batch_data(app, one) for one in batches]}
    app.result(data, [*told_campaign(app, found), *aligned(rows, indent="  ")])


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
    "settle",
    help=N_("Decide on a batch whose outcome is unknown: send it again (people may get it twice), or leave it."),
    example="settle 12 3 --leave",
    keys=CAMPAIGN_KEYS,
)
@click.argument("campaign_id", metavar="ID", type=ID)
@click.argument("batch", type=ID)
@click.option("--resend", is_flag=True, help=N_("Send it again. People may get it twice."))
@click.option("--leave", is_flag=True, help=N_("Leave it as it is. People may not get it at all."))
def settle(app: App, campaign_id: int, batch: int, *, resend: bool, leave: bool) -> None:
    """`batch` is its number in the campaign, as `campaign` shows it."""
    if resend == leave:
        raise click.UsageError(app._("One of --resend and --leave is needed"))
    if resend:
        _check_account(app, campaign_id)
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
    """A campaign for programs."""
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
    }


def batch_data(app: App, one: Batch) -> dict[str, object]:
    """A batch for programs, without its text and numbers."""
    return {
        "batch": one.number,
        "state": str(one.state),
        "recipients": one.recipients,
        "suppressed": one.suppressed,
        "skipped": one.skipped,
        "segments": one.segments,
        "sms_id": one.sms_id,
        "credits_quoted": one.credits_quoted,
        "credits_used": one.credits_used,
        "code": one.code,
        "evidence": one.evidence,
        "reason": app.words.batch_reason(one.code, one.evidence),
    }


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
    if suppressed := one.left_out.get("suppressed"):
        rows.append((app._("Left out at confirming, suppressed"), suppressed))
    if texted := one.left_out.get("texted"):
        rows.append((app._("Left out at confirming, texted lately"), texted))
    if empty := one.left_out.get("empty"):
        rows.append((app._("Left out at confirming, without a value"), empty))
    return [*lines, *aligned(rows, indent="  ")]
