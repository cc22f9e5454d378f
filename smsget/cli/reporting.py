"""What became of the messages: load callback logs, read the report and the inbox."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smsget.cli.base import ID, App, Stop, aligned, clock, sentence, stamp, taipei
from smsget.cli.root import main
from smsget.errors import AccountError, UnreadableFile
from smsget.i18n import N_

if TYPE_CHECKING:
    from smsget.receipts import Receipt, Reply, Unreadable
    from smsget.store import ImportResult

FIRST_PROBLEMS = 20
TAIPEI = timezone(timedelta(hours=8))
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
@click.option(
    "--content-column", "content", metavar="NAME",
    help=N_("The column of a table that holds the payloads, where it has another name than content."),
)  # fmt: skip
@click.option("--id-column", "sms_id", metavar="NAME", help=N_("The column that holds the message ids."))
@click.option("--preview", "look", is_flag=True, help=N_("Only show how each file begins and what was recognised."))
def import_(app: App, logs: tuple[Path, ...], content: str | None, sms_id: str | None, look: bool) -> None:
    """`files`: file format lines receipts replies new updated known unreadable problems; `failed`: file code text.

    With `--preview` `files` is: file format sure columns items, and nothing is loaded.
    """
    if sms_id is not None and content is None:
        raise Stop(app._("With --id-column the column of the payloads is needed, too: --content-column."), 2)
    columns = {name: column for name, column in (("content", content), ("sms_id", sms_id)) if column is not None}
    done: list[dict[str, object]] = []
    failed: list[dict[str, object]] = []
    for path in _files(logs):
        try:
            done.append(_looked(app, path, columns) if look else _imported(_load(app, path, columns)))
        except UnreadableFile as error:
            error.evidence["file"] = str(path)
            failed.append({"file": str(path), "code": error.code, "text": sentence(error)})
    app.result({"files": done, "failed": failed}, _begun(app, done) if look else _told(app, done))
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


def _load(app: App, path: Path, columns: Mapping[str, str]) -> ImportResult:
    """Load one log, with a progress bar where somebody sees it."""
    from smsget.logs import LogReader

    def told(done: int, _size: int) -> None:
        bar.update(max(done - bar.pos, 0))

    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            file.seek(0)
            hidden = app.json or not sys.stderr.isatty()
            with click.progressbar(length=size, label=path.name, file=sys.stderr, hidden=hidden) as bar:
                reader = LogReader(file, path.name, _code(app), columns=columns or None, progress=told)
                return app.store.receipts.load(str(path), "", reader, sha256=sha256)
    except OSError as error:
        raise UnreadableFile("missing", reason=error.strerror or "") from error


def _looked(app: App, path: Path, columns: Mapping[str, str]) -> dict[str, object]:
    from smsget.logs import preview

    try:
        with path.open("rb") as file:
            looked = preview(file, path.name, _code(app), columns=columns or None)
    except OSError as error:
        raise UnreadableFile("missing", reason=error.strerror or "") from error
    items = [_item(one) for one in looked.items]
    return {"file": str(path), "format": looked.format, "sure": looked.sure, "columns": looked.columns, "items": items}


def _item(item: Receipt | Reply | Unreadable) -> dict[str, object]:
    """An item of a log by the fields that a person checks it by."""
    from smsget.receipts import Receipt, Unreadable

    if isinstance(item, Unreadable):
        return {"line": item.line, "why": item.why}
    told: dict[str, object] = {"phone": item.phone, "at": item.at.astimezone(TAIPEI).isoformat()}
    if isinstance(item, Receipt):
        return {"sms_id": item.sms_id, **told, "word": item.word, "status": item.status}
    return {**told, "text": item.text}


def _begun(app: App, done: list[dict[str, object]]) -> list[str]:
    lines = []
    for one in done:
        lines.append(f"{one['file']}: {app.words.log_format(str(one['format']))}")
        if not one["sure"] and one["columns"]:
            named = app._("Columns: {names}. Choose one with --content-column.")
            lines.append("  " + named.format(names=", ".join(one["columns"])))  # type: ignore[arg-type]
        for item in one["items"]:  # type: ignore[attr-defined]
            why = item.get("why")
            text = app.words.unreadable(why) if why else " ".join(str(value) for value in item.values())
            lines.append(f"  {text}")
    return lines


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
    keys="messages receipts by_status delivered failed pending other no_receipt own rows overdue median_s ninety_s",
)
@click.option("--campaign", "campaign_id", metavar="ID", type=ID, help=N_("Only this campaign."))
@click.option(
    "--status", metavar="S",
    help=N_("Only messages that are delivered, failed, pending, other or no_receipt, or have this status word."),
)  # fmt: skip
@click.option("--csv", "out", type=OUT, metavar="OUT.csv", help=N_("Write the messages there."))
def report(app: App, campaign_id: int | None, status: str | None, out: Path | None) -> None:
    """The figures are of the whole campaign; `rows` counts the messages that `--status` keeps.

    `messages = delivered + failed + pending + other + no_receipt`; `own` of them were sent from here. `overdue`: sent
    from here more than 24 hours ago and never reported. Half of those delivered took at most `median_s` seconds, nine
    of ten `ninety_s`.
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
    delays = app.store.receipts.delays(campaign_id)
    data = {
        **asdict(summary),
        "rows": app.store.receipts.count(wanted),
        "overdue": app.store.receipts.overdue(campaign_id),
        "median_s": delays.median,
        "ninety_s": delays.ninety,
    }
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
    """`replies`: phone at text campaign campaign_name refusal unread. Refusals are on the suppression list already."""
    from smsget.export import write_csv

    found = app.store.receipts.replies()
    if out is not None:
        app.keep_apart(out)
        rows = ((one.phone, stamp(one.at), one.text, one.campaign, int(one.refusal), one.campaign_id) for one in found)
        write_csv(out, ("phone", "at", "text", "campaign", "refusal", "campaign_id"), rows)
    data = [
        {
            "phone": one.phone, "at": taipei(one.at), "text": one.text, "campaign": one.campaign_id,
            "campaign_name": one.campaign, "refusal": one.refusal, "unread": one.unread,
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
