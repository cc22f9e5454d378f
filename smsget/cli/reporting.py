"""What became of the messages: load callback logs, read the report and the inbox."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import ID, App, Stop, aligned, clock, sentence, stamp, taipei
from smsget.cli.root import main
from smsget.errors import AccountError, UnreadableFile
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.store import ImportResult

FIRST_PROBLEMS = 20
OUT = click.Path(path_type=Path, dir_okay=False)


@main.work(
    "import",
    help=N_(
        "Load exported callback logs, also packed ones, and every file of a folder. Loading one again changes nothing."
    ),
    example="import callbacks-2026-11.csv.gz logs/",
    keys="files failed",
)
@click.argument("logs", nargs=-1, required=True, metavar="LOG...", type=click.Path(path_type=Path))
def import_(app: App, logs: tuple[Path, ...]) -> None:
    """`files`: file format lines receipts replies new updated known unreadable problems; `failed`: file code text."""
    done: list[dict[str, object]] = []
    failed: list[dict[str, object]] = []
    for path in _files(logs):
        try:
            done.append(_imported(_load(app, path)))
        except UnreadableFile as error:
            error.evidence["file"] = str(path)
            failed.append({"file": str(path), "code": error.code, "text": sentence(error)})
    app.result({"files": done, "failed": failed}, _told(app, done))
    for one in failed:
        app.note(str(one["text"]))
    if not done:
        raise Stop(app._("None of the files could be used.")) if len(failed) != 1 else click.exceptions.Exit(1)


def _files(given: tuple[Path, ...]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
        else:
            yield path


def _load(app: App, path: Path) -> ImportResult:
    from smsget.logs import read_log

    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            log = read_log(file, path.name, _code(app))
    except OSError as error:
        raise UnreadableFile("missing", reason=error.strerror or "") from error
    result = app.store.receipts.load(str(path), log.format, log.items, sha256=sha256)
    result.lines = log.lines
    return result


def _code(app: App) -> str:
    """The two-way code in front of replies. Logs are loaded also while only half an account is set up."""
    from smsget.account import find_account
    from smsget.receipts import two_way_code

    try:
        sandbox = find_account(app.store.path).is_sandbox
    except AccountError:
        sandbox = False
    return two_way_code(app.store.settings.get("two_way_code"), sandbox=sandbox)


def _imported(result: ImportResult) -> dict[str, object]:
    data = asdict(result)
    data["problems"] = [{"line": one.line, "why": one.why} for one in result.problems[:FIRST_PROBLEMS]]
    return data


def _told(app: App, done: list[dict[str, object]]) -> list[str]:
    if not done:
        return []
    head: tuple[object, ...] = (
        app._("File"), app._("Format"), app._("Receipts"), app._("Replies"), app._("New"), app._("Updated"),
        app._("Known before"), app._("Unreadable"),
    )  # fmt: skip
    figures = ("receipts", "replies", "new", "updated", "known", "unreadable")
    rows = [(one["file"], app.words.log_format(str(one["format"])), *(one[name] for name in figures)) for one in done]
    lines = aligned([head, *rows])
    for one in done:
        problems = one["problems"]
        assert isinstance(problems, list)  # noqa: S101  (made above)
        lines += [
            app._("{file}, line {line}: {why}").format(
                file=one["file"], line=problem["line"], why=app.words.unreadable(problem["why"])
            )
            for problem in problems
        ]
    return lines


@main.work(
    "report",
    help=N_("Show what became of the messages. With --csv every message is written to a file."),
    example="report --campaign 12 --status failed --csv failed.csv",
    keys="messages receipts by_status delivered failed pending other no_receipt own rows",
)
@click.option("--campaign", "campaign_id", metavar="ID", type=ID, help=N_("Only this campaign."))
@click.option(
    "--status", metavar="S",
    help=N_("Only messages that are delivered, failed, pending, other or no_receipt, or have this status word."),
)  # fmt: skip
@click.option("--csv", "out", type=OUT, metavar="OUT.csv", help=N_("Write the messages there."))
def report(app: App, campaign_id: int | None, status: str | None, out: Path | None) -> None:
    """The figures are of the whole campaign; `rows` counts the messages that `--status` keeps.

    `messages = delivered + failed + pending + other + no_receipt`; `own` of them were sent from here.
    """
    from smsget.export import write_csv
    from smsget.store import ReportFilter

    if campaign_id is not None:
        app.store.campaigns.get(campaign_id)
    group, word = _status(status or "")
    wanted = ReportFilter(campaign_id=campaign_id, status=group, word=word)
    summary = app.store.receipts.summary(campaign_id)
    if out is not None:
        app.keep_apart(out)
        rows = (
            (one.campaign, one.phone, one.country, one.sms_id, app.words.outcome(one.outcome), stamp(one.sent_at),
             app.words.status(one.status), one.word, stamp(one.status_at), one.campaign_id)
            for one in app.store.receipts.export(wanted)
        )  # fmt: skip
        header = ("campaign", "phone", "country", "sms_id", "outcome", "sent_at", "status", "word", "status_at",
                  "campaign_id")  # fmt: skip
        write_csv(out, header, rows)
    data = {**asdict(summary), "rows": app.store.receipts.count(wanted)}
    figures = [(app._("Accepted by SMS-Get"), summary.messages)]
    if summary.own != summary.messages:
        figures.append((app._("of them sent from here"), summary.own))
    figures += [
        (app.words.status(name), getattr(summary, name)) for name in ("delivered", "failed", "pending", "other")
    ]
    figures.append((app.words.status("none"), summary.no_receipt))
    detail = [(app.words.status_word(one), count) for one, count in summary.by_status.items()]
    app.result(data, [*aligned(figures), *aligned(detail, indent="  ")])


def _status(wanted: str) -> tuple[str, str]:
    """(group, word) of what `--status` says: a group of statuses, else a carrier's own word."""
    name = wanted.lower()
    if name in ("none", "no_receipt"):
        return "none", ""
    return (name, "") if name in ("", "delivered", "failed", "pending", "other") else ("", wanted)


@main.work("replies", help=N_("Show the inbox, newest first."), example="replies --csv replies.csv", keys="replies")
@click.option("--csv", "out", type=OUT, metavar="OUT.csv", help=N_("Write the replies there."))
def replies(app: App, out: Path | None) -> None:
    """`replies`: phone at text campaign campaign_name refusal. Refusals are on the suppression list already."""
    from smsget.export import write_csv

    found = app.store.receipts.replies()
    if out is not None:
        app.keep_apart(out)
        rows = ((one.phone, stamp(one.at), one.text, one.campaign, int(one.refusal), one.campaign_id) for one in found)
        write_csv(out, ("phone", "at", "text", "campaign", "refusal", "campaign_id"), rows)
    data = [
        {
            "phone": one.phone, "at": taipei(one.at), "text": one.text, "campaign": one.campaign_id,
            "campaign_name": one.campaign, "refusal": one.refusal,
        }
        for one in found
    ]  # fmt: skip
    lines = aligned(
        [
            (clock(one.at), one.phone, app._("refusal") if one.refusal else "", " ".join(one.text.split()))
            for one in found
        ]
    )
    app.result({"replies": data}, lines or [app._("There are no replies yet.")])
