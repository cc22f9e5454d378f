"""Wrong usage in one sentence: click's own errors, in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import click

from smsget.i18n import N_


def usage_sentence(error: click.UsageError, tr: Callable[[str], str]) -> str:
    """What was wrong with the command as it was written, and where to look; `tr` translates."""
    path = error.ctx.command_path if error.ctx else "python -m smsget"
    what = _what(error, tr).rstrip(".")
    return tr(N_("{what}. See: {command} --help")).format(what=what, command=path)


def _what(error: click.UsageError, tr: Callable[[str], str]) -> str:
    match error:
        case click.exceptions.NoArgsIsHelpError():
            return tr(N_("{name} is missing")).format(name="COMMAND")
        case click.NoSuchOption():
            near = ", ".join(error.possibilities or [])
            if near:
                return tr(N_("There is no option {option}; perhaps {near} was meant")).format(
                    option=error.option_name, near=near
                )
            return tr(N_("There is no option {option}")).format(option=error.option_name)
        case click.MissingParameter():
            return tr(N_("{name} is missing")).format(name=_name(error))
        case click.BadParameter():
            return tr(N_("{name} cannot be used: {reason}")).format(name=_name(error), reason=error.message.rstrip("."))
        case click.BadOptionUsage():
            return tr(N_("Option {option} is not complete")).format(option=error.option_name)
    return error.format_message()


def _name(error: click.BadParameter) -> str:
    if error.param is None:
        return "?"
    hint = error.param_hint or error.param.get_error_hint(error.ctx)
    return hint.strip("'") if isinstance(hint, str) else " / ".join(hint)
