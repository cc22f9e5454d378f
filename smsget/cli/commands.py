"""The kinds of command: help in the reader's language, `--json`, and one sentence for whatever goes wrong."""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from smsget.cli.base import App, Stop, sentence, tr
from smsget.cli.usage import usage_sentence
from smsget.errors import SMSGetError
from smsget.i18n import N_

ORDER = (
    "check", "segments", "quote", "send", "campaigns", "campaign", "pause", "resume", "cancel", "settle", "credit",
    "import", "report", "replies", "lists", "suppress", "engine", "sandbox", "backup", "purge",
)  # fmt: skip

USAGE_CODES = frozenset(
    {"unknown_country", "bad_time", "bad_window", "time_passed", "bad_number", "unknown_fault", "bad_rate"}
)
"""Errors that are wrong usage (exit status 2): an argument makes no sense, whatever the state of things."""


class _Translated(click.Command):
    """A command whose help is in the reader's language, names its JSON keys and ends with an example."""

    def __init__(
        self, *args: Any, example: str = "", keys: str = "", details: Callable[[], str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.example = example
        self.keys = keys.split()
        self.details = details

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        pieces = " ".join(self.collect_usage_pieces(ctx))
        formatter.write_usage(ctx.command_path, pieces, prefix=tr(N_("Usage:")) + " ")

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(tr(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        shown = [_translated(param) for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [record for param in shown if (record := param.get_help_record(ctx)) is not None]
        with formatter.section(tr(N_("Options"))):
            formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        if self.details:
            formatter.write(f"\n{self.details()}\n")
        if self.keys:
            with formatter.section(tr(N_("Keys of the JSON result"))):
                formatter.write_text(" ".join(self.keys))
        if self.example:
            with formatter.section(tr(N_("Example"))):
                formatter.write(f"  python -m smsget {self.example}\n")  # not wrapped: it is to be copied

    def get_short_help_str(self, limit: int = 45) -> str:
        text = tr(self.help or "")
        end = min((at for at in (text.find(". "), text.find("。")) if at >= 0), default=len(text))
        return text[:end].rstrip(".")


_HELP = N_("Show this message and exit.")  # of --help; the text is click's


def _translated(param: click.Option) -> click.Option:
    shown = copy.copy(param)
    if shown.help:
        shown.help = tr(shown.help)
    return shown


class Command(_Translated):
    """A command."""


class Group(_Translated, click.Group):
    """A group of commands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The options, then the commands."""
        _Translated.format_options(self, ctx, formatter)
        records = [
            (name, found.get_short_help_str())
            for name in self.list_commands(ctx)
            if (found := self.get_command(ctx, name)) is not None
        ]
        with formatter.section(tr(N_("Commands"))):
            formatter.write_dl(records)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are written."""
        return list(self.commands)

    def work(
        self,
        name: str,
        *,
        help: str,  # noqa: A002  (click's word)
        example: str,
        keys: str = "",
        details: Callable[[], str] | None = None,
    ) -> Callable[[Callable[..., None]], Command]:
        """Make the decorated function a command of this group; with `keys` it takes `--json`.

        `details` gives more lines for `--help`, made only when they are shown.
        """

        def make(function: Callable[..., None]) -> Command:
            params = [*getattr(function, "__click_params__", [])][::-1]
            if keys:
                params.append(_json_option())
            made = Command(
                name,
                callback=click.pass_obj(function),
                params=params,
                help=help,
                example=example,
                keys=keys,
                details=details,
            )
            self.add_command(made)
            return made

        return make


class Root(Group):
    """The program: whatever goes wrong ends in one sentence on standard error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of a campaign's life."""
        return sorted(self.commands, key=[*ORDER, *self.commands].index)

    def main(  # type: ignore[override]  # click's overloads say the same in three pieces
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        *,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run; unlike click's own, a failing command never shows a traceback or several lines."""
        if not standalone_mode:
            return super().main(args, prog_name, standalone_mode=False, **extra)
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="replace")  # a terminal without Chinese shows "?" where it has no sign
        sys.exit(self._run(args, prog_name, **extra))

    def _run(self, args: Sequence[str] | None, prog_name: str | None, **extra: Any) -> int:
        try:
            answer = super().main(args, prog_name, standalone_mode=False, **extra)
            sys.stdout.flush()
        except Exception as error:
            if os.environ.get("SMSGET_DEBUG"):
                raise
            return _say(error)
        except KeyboardInterrupt:
            click.echo(tr(N_("Stopped.")), err=True)
            return 1
        return answer if isinstance(answer, int) else 0


def _say(error: Exception) -> int:
    """Say what went wrong in one sentence; the exit status."""
    match error:
        case click.exceptions.NoArgsIsHelpError(ctx=click.Context(parent=None)):
            click.echo(error.format_message(), err=True)
            return 2
        case click.UsageError():
            click.echo(usage_sentence(error, tr), err=True)
            return 2
        case click.Abort():
            click.echo(tr(N_("Stopped.")), err=True)
            return 1
        case Stop():
            click.echo(error.sentence, err=True)
            return error.status
        case SMSGetError():
            click.echo(sentence(error), err=True)
            return 2 if error.code in USAGE_CODES else 1
        case BrokenPipeError():
            # Whoever read our output has seen enough (`… | head`). Python would complain again while it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        case OSError():
            told = tr(N_("{path} cannot be used: {reason}."))
            click.echo(told.format(path=error.filename or "", reason=error.strerror or error), err=True)
            return 1
    told = tr(N_("Something unexpected went wrong ({kind}). With SMSGET_DEBUG=1 in the environment it tells more."))
    click.echo(told.format(kind=type(error).__name__), err=True)
    return 1


def _json_option() -> click.Option:
    def remember(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
        if value:
            ctx.find_object(App).json = True  # type: ignore[union-attr]

    return click.Option(
        ["--json"], is_flag=True, expose_value=False, callback=remember, help=N_("Print one JSON object.")
    )
