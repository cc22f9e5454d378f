"""Send a campaign and follow it; ask for the points left."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsget.cli.base import App, Stop, taipei
from smsget.cli.pricing import Priced, price_of, terms_options, told_quote
from smsget.cli.reading import FILE, Choices, read_file, reading_options
from smsget.cli.root import main
from smsget.cli.steering import CAMPAIGN_KEYS, report_campaign
from smsget.errors import BadRequest, GatewayError, SMSGetError, TextRefused
from smsget.i18n import N_
from smsget.samples import refuse_samples

if TYPE_CHECKING:
    from smsget.store import Campaign, Tempo

GOING_ON = ("sending", "scheduled")
LOOK_EVERY_S = 0.2
REVIVE_EVERY_S = 3.0
"""How often a waiting command makes sure that an engine runs."""

GIVE_UP_AFTER_S = 45.0
"""No engine for so long: it cannot start. Longer than a lease of another computer takes to expire."""

HOPES = 6
"""For so many pauses of the engine between its questions for the points (`engine.settling.PAUSE_S`) a campaign that
has nothing more to send is followed, for the evidence on its requests without an answer."""


# --- send ------------------------------------------------------------------------------------------------------------


@main.work(
    "send",
    help=N_(
        "Text everybody in a file. Shows the price and asks first. The texts go out in a process of their own, "
        "which goes on when this command ends."
    ),
    example='send members.csv --text "{{姓名|貴賓}}您好，週年慶八折" --wait',
    keys=CAMPAIGN_KEYS,
)
@click.argument("file", type=FILE)
@click.option("--text", required=True, help=N_("The text; {{column}} or {{column|fallback}} merges a column."))
@click.option("--name", help=N_("The campaign's name; the file's if not given."))
@reading_options
@terms_options
@click.option("--at", metavar='"YYYY-MM-DD HH:MM"', help=N_("When to send, Taipei time; at once if not given."))
@click.option(
    "--schedule", type=click.Choice(["here", "gateway"]), help=N_("Who keeps it until then: this computer, or SMS-Get.")
)
@click.option("--window", metavar="HH:MM-HH:MM", help=N_("Send only between these times of day, Taipei time."))
@click.option("--per-hour", type=click.IntRange(1, 1_000_000), metavar="N", help=N_("At most N people an hour."))
@click.option("--wait", is_flag=True, help=N_("Follow it until it ends or stops."))
@click.option("--yes", is_flag=True, help=N_("Do not ask."))
def send(  # noqa: PLR0913  (a campaign is these choices)
    app: App,
    *,
    file: Path,
    text: str,
    name: str | None,
    how: Choices,
    at: str | None,
    schedule: str | None,
    window: str | None,
    per_hour: int | None,
    wait: bool,
    yes: bool,
    **terms: Any,
) -> None:
    """Nothing is kept before the person agreed. The counts of recipients add up to `recipients`.

    The warnings of `quote` are shown before it asks, with --yes on standard output, and noted as overruled in the
    audit. What is confirmed is what was shown: if that changed in between, nothing is sent.
    """
    from smsget.launch import ensure_engine
    from smsget.store import now

    moment = parse_time(at)
    if schedule and moment is None:
        raise click.UsageError(app._("--schedule needs --at"))
    if schedule == "gateway" and (window or per_hour):
        raise click.UsageError(app._("SMS-Get sends all at once: --window and --per-hour are for --schedule here"))
    tempo = parse_tempo(app, window, per_hour)
    read = read_file(app, file, how)
    account = app.account
    # what SMS-Get holds goes out all at once
    priced = price_of(app, read, text, begin=moment or now(), tempo=None if schedule == "gateway" else tempo,
                      left=points_left(app), **terms)  # fmt: skip
    if not account.is_sandbox:
        refuse_samples(read.file, [read.sha256])
    for field, people in priced.quote.empty_fields.items() if priced.quote.stops else ():
        raise TextRefused("empty_field", field=field, recipients=people)
    question = app.n_("Text {n} person?", "Text {n} people?", priced.quote.recipients)
    if not app.confirm(question, yes=yes, before=told_quote(priced, app)):
        raise Stop(app._("Nothing was sent."))
    for notice in priced.notices if yes and not app.json else ():  # standard error is for what went wrong
        click.echo(app.words.notice(notice))
    list_id = app.store.lists.save_file(read, read.file)
    campaign = app.store.campaigns.draft(
        name or file.stem, text, [list_id], two_way=terms["two_way"], send_at=moment, tempo=tempo,
        schedule=(schedule or "here") if moment else "now", skip_days=terms["skip_days"],
        empty="leave_out" if terms["leave_out_empty"] else "stop",
    )  # fmt: skip
    _confirm(app, campaign, priced)
    ensure_engine(app.store, account.key)
    stopped = follow(app, campaign) if wait else ""
    report_campaign(app, campaign)
    if stopped:
        raise Stop(stopped)


def _confirm(app: App, campaign: int, priced: Priced) -> None:
    """Confirm just what was shown. Raises what `store.campaigns.confirm` raises; then no draft is left behind."""
    from smsget.campaigns import evidence_of, overruled

    known, notices = app.store.campaigns, priced.notices
    try:
        known.confirm(campaign, app.account.key, overruled=overruled(notices), evidence=evidence_of(notices),
                      seen=priced.quote)  # fmt: skip
    except SMSGetError:
        known.delete_draft(campaign)
        raise


def points_left(app: App) -> int | None:
    """The points on the account: as it answers, else as they were last read; None if they never were.

    No engine is started for it: the sandbox is asked only where it runs.
    """
    from smsget.launch import sandbox_url

    account = app.account
    url = sandbox_url(app.store, seconds=0) if account.is_sandbox else ""
    if url or not account.is_sandbox:
        with suppress(GatewayError):
            return account.gateway(sandbox_url=url).credit().credits
    kept = app.store.credits.latest(account.key)
    return kept.credits if kept else None


def parse_tempo(app: App, window: str | None, per_hour: int | None) -> Tempo:
    """When and how fast it goes out; how late it may be is in the settings. Raises `BadRequest('bad_window')`."""
    from smsget.campaigns import Pace
    from smsget.store import Tempo
    from smsget.store.reviewing import read_window

    start, _, end = (window or "").partition("-")
    return Tempo(read_window(start, end) if window else None, Pace(per_hour) if per_hour else None,
                 app.store.reviewing.grace_s())  # fmt: skip


def parse_time(at: str | None) -> datetime | None:
    """`YYYY-MM-DD HH:MM` in Taipei. Raises `BadRequest`: `bad_time`, `time_passed`."""
    from smsget.store import now, to_text

    if at is None:
        return None
    try:
        moment = datetime.strptime(f"{at.strip()} +0800", "%Y-%m-%d %H:%M %z").astimezone(UTC)
    except (ValueError, OverflowError):  # in UTC, the first hours of the year 1 are before all time
        raise BadRequest("bad_time", value=at) from None
    if moment <= now():
        raise BadRequest("time_passed", at=to_text(moment))
    return moment


# --- follow ----------------------------------------------------------------------------------------------------------


def follow(app: App, campaign_id: int) -> str:
    """Look on until the campaign ends or stops, with a progress bar where somebody sees it.

    Returns why it stopped before its end, as a sentence; "" if it is finished.
    """
    campaign = app.store.campaigns.get(campaign_id)
    watch = _EngineWatch(app, campaign.account)
    try:
        with _bar(app, campaign) as show:
            while _goes_on(campaign := app.store.campaigns.get(campaign_id)) or watch.hopes(campaign):
                show(campaign)
                if trouble := watch.look():
                    return trouble
                time.sleep(LOOK_EVERY_S)
            show(campaign)
    except KeyboardInterrupt:
        told = app._("The campaign goes on without this window. Follow it with: python -m smsget campaign {id}")
        return told.format(id=campaign_id)
    return _why_stopped(app, campaign)


class _EngineWatch:
    """Keeps an engine running while somebody waits for it: one that was killed is replaced."""

    def __init__(self, app: App, account_key: str) -> None:
        self._app = app
        self._account_key = account_key
        self._hopes_until = 0.0
        self._looked = self._alive = time.monotonic()

    def hopes(self, campaign: Campaign) -> bool:
        """Whether the engine is still finding out what became of requests without an answer; not for ever."""
        from smsget.engine.settling import PAUSE_S

        if not campaign.counts["unknown"] or not self._app.store.evidence.waiting(campaign.account):
            return False
        self._hopes_until = self._hopes_until or time.monotonic() + HOPES * PAUSE_S
        return time.monotonic() < self._hopes_until

    def look(self) -> str:
        """Look every few seconds. Returns a sentence once no engine has come to life for long, else ""."""
        from smsget.launch import ensure_engine, is_alive, log_path

        moment = time.monotonic()
        if moment - self._looked < REVIVE_EVERY_S:
            return ""
        self._looked = moment
        if is_alive(self._app.store.leases.current()):
            self._alive = moment
        elif moment - self._alive > GIVE_UP_AFTER_S:
            told = self._app._("The process that sends does not start; {path} tells why. The campaign waits.")
            return told.format(path=log_path(self._app.store.path))
        ensure_engine(self._app.store, self._account_key)
        return ""


def _goes_on(campaign: Campaign) -> bool:
    # A campaign that has just stopped may have requests in flight: their outcome belongs to the result.
    return campaign.state in GOING_ON or campaign.counts["sending"] > 0


@contextmanager
def _bar(app: App, campaign: Campaign) -> Iterator[Callable[[Campaign], None]]:
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=campaign.recipients, label=app._("Sending"), file=sys.stderr, show_pos=True) as bar:
        yield lambda now: bar.update(now.done - bar.pos)


def _why_stopped(app: App, campaign: Campaign) -> str:
    match campaign.state:
        case "finished":
            return ""
        case "paused":
            return app.words.pause_reason(campaign.reason)
        case "unsettled":
            return app.n_(
                "The outcome of {n} text is unknown. See: python -m smsget campaign {id}; then decide with settle.",
                "The outcome of {n} texts is unknown. See: python -m smsget campaign {id}; then decide with settle.",
                campaign.counts["unknown"],
                id=campaign.id,
            )
    return app._("The campaign is “{state}”.").format(state=app.words.campaign_state(campaign.state))


# --- credit ----------------------------------------------------------------------------------------------------------


@main.work(
    "credit", help=N_("Ask SMS-Get how many points are left."), example="credit --json", keys="account credits at"
)
def credit(app: App) -> None:
    """Keeps the reading, too. `at` is the time of asking."""
    from smsget.store import now

    account = app.account
    try:
        answer = account.gateway(sandbox_url=_sandbox_url(app) if account.is_sandbox else "").credit()
    except GatewayError as error:
        raise Stop(app.words.error(error, asked_only=True)) from error
    app.store.credits.keep(account.key, answer.credits)
    data = {"account": answer.account, "credits": answer.credits, "at": taipei(now())}
    told = app._("{account}: {credits} points").format(account=answer.account, credits=f"{answer.credits:,}")
    app.result(data, [told])


def _sandbox_url(app: App) -> str:
    """Where the engine serves the sandbox; started if need be."""
    from smsget.launch import ensure_engine, log_path, sandbox_url, wait_for

    app.store.leases.look()  # so that an engine that was about to end stays

    def found() -> str:
        ensure_engine(app.store, app.account.key)
        return sandbox_url(app.store, seconds=1)

    url = str(wait_for(found, seconds=20))
    if not url:
        raise Stop(app._("The sandbox did not start; {path} tells why.").format(path=log_path(app.store.path)))
    return url
