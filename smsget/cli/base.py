"""What the commands share: where they speak, in which language, and how they end.

Results go to standard output (one JSON object with `--json`), everything else to standard error. A command ends by
returning (0), by raising `Stop` or any of our errors (1, or 2 for wrong usage), never with a traceback.
"""

from __future__ import annotations

import functools
import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smsget.errors import BadRequest, SMSGetError, UnreadableFile
from smsget.i18n import N_, language_from_environment, translations

if TYPE_CHECKING:
    from smsget.account import Account
    from smsget.store import Store
    from smsget.words import Words


class _Id(click.types.IntParamType):
    """A whole number that SQLite can look for."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = int(super().convert(value, param, ctx))
        if abs(number) >= 2**63:
            self.fail(tr(N_("nothing has such a number")), param, ctx)
        return number


ID = _Id()
"""The number of a campaign or batch, or the place of a person on a list."""


class _ListId(click.ParamType[int]):
    """A saved list by its number or, where just one is called so, by its name."""

    name = "list"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        app = ctx.find_object(App) if ctx else None
        store = app.store_if_any() if app else None
        named = store.lists.named(str(value)) if store else []
        number = int(value) if str(value).isdecimal() and int(value) < 2**63 else None
        if number is not None and (not named or (store and any(one.id == number for one in store.lists.all()))):
            return number
        if len(named) > 1:
            told = tr(N_("Several lists are called “{name}”: {lists}. Say which by its number."))
            raise Stop(told.format(name=value, lists=", ".join(str(one.id) for one in named)))
        if not named:
            raise BadRequest("no_such_list", list=value)
        return named[0].id


LIST = _ListId()
"""The number of a saved list, given by that or by its name. A number is a name only where no list has it."""


class Stop(Exception):
    """Ends a command with a sentence on standard error and an exit status."""

    def __init__(self, sentence: str, status: int = 1) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


def tr(text: str) -> str:
    """`text` in the language that the environment asks for."""
    return translations(language_from_environment(os.environ)).gettext(text)


@dataclass
class App:
    """One run of the command line: which database, and whether a program reads the result."""

    db: Path
    json: bool = False

    def _(self, text: str) -> str:
        """`text` in the language of the environment."""
        return tr(text)

    def n_(self, singular: str, plural: str, count: int, **values: object) -> str:
        """The form for `count`, with `{n}` and the other `values` filled in."""
        catalogue = translations(language_from_environment(os.environ))
        return catalogue.ngettext(singular, plural, count).format(n=f"{count:,}", **values)

    @functools.cached_property
    def words(self) -> Words:
        """Sentences and labels for codes."""
        from smsget.words import Words

        return Words(translations(language_from_environment(os.environ)))

    # --- what commands work with ---------------------------------------------------------------------------------

    @functools.cached_property
    def store(self) -> Store:
        """The database, made if it is not there. Raises `StoreError` and its kinds."""
        from smsget.store import Store

        return Store(self.db)

    def store_if_any(self) -> Store | None:
        """The database if there is one: looking at a file makes none."""
        return self.store if self.db.exists() else None

    @functools.cached_property
    def account(self) -> Account:
        """The account in use. Says so when it is the sandbox. Raises `AccountError`."""
        from smsget.account import find_account

        found = find_account(self.store.path)
        if found.is_sandbox:
            self.note(self._("No SMS-Get account is set up: this is the sandbox, and no text leaves this computer."))
        else:
            found.gateway()  # an address or login that cannot be used is said before anything is written
        return found

    # --- what commands say ---------------------------------------------------------------------------------------

    def result(self, data: Mapping[str, object], lines: Iterable[str]) -> None:
        """The result: `data` for programs, `lines` for people."""
        if self.json:
            click.echo(json.dumps(data, ensure_ascii=not _is_utf8(sys.stdout)))
        else:
            click.echo("\n".join(lines))

    def note(self, sentence: str) -> None:
        """Something beside the result, on standard error."""
        click.echo(sentence, err=True)

    def keep_apart(self, out: Path, *taken: Path) -> None:
        """Refuse to write a result over the database or over one of the files `taken`, with status 2."""
        for other in (self.db, *taken):
            if out.samefile(other) if out.exists() and other.exists() else out.resolve() == other.resolve():
                raise Stop(
                    self._("{path} is in use by this very command. Choose another name for the result.").format(
                        path=out
                    ),
                    2,
                )

    def confirm(self, question: str, *, yes: bool, before: Iterable[str] = ()) -> bool:
        """Ask before something that cannot be taken back, after showing the lines `before`.

        With `yes` nothing is shown or asked. Ends with status 2, after those lines, where nobody can answer.
        """
        if yes:
            return True
        for line in before:
            self.note(line)
        if not sys.stdin.isatty():
            raise Stop(self._("This needs your consent, and nobody is there to give it. Add --yes to go ahead."), 2)
        return click.confirm(question, err=True)


def taipei(moment: datetime | str | None) -> str | None:
    """A time as ISO 8601 in Taipei (`2026-11-22T09:30:00+08:00`), which is how every JSON result has it."""
    from smsget.receipts import TAIPEI

    if not moment:
        return None
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(TAIPEI).isoformat(timespec="seconds")


def clock(moment: str | None) -> str:
    """A time of the database for people: `2026-11-22 09:30`, Taipei."""
    return (taipei(moment) or "-")[:16].replace("T", " ")


def stamp(moment: str | None) -> str:
    """A time of the database for a table: `2026-11-22 09:30:07`, Taipei; nothing for None."""
    return (taipei(moment) or "")[:19].replace("T", " ")


def aligned(rows: Sequence[Sequence[object]], *, indent: str = "") -> list[str]:
    """Rows as lines with aligned columns. Chinese characters take two places in a terminal."""
    texts = [[f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row] for row in rows]
    widths = [max(_width(row[at]) for row in texts) for at in range(len(texts[0]))] if texts else []
    return [
        indent
        + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in texts
    ]


def shortened(text: str, most: int = 60) -> str:
    """A text as one line of at most so many characters."""
    line = " ".join(text[: most * 10].split())
    return line if len(line) <= most and len(text) <= most * 10 else f"{line[: most - 1]}…"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _is_utf8(stream: Any) -> bool:
    return str(getattr(stream, "encoding", "") or "").lower().replace("-", "") == "utf8"


def sentence(error: SMSGetError) -> str:
    """An error as a sentence, with the file's name before it where a file is meant."""
    from smsget.words import Words

    words = Words(translations(language_from_environment(os.environ)))
    told = words.error(error)
    file = error.evidence.get("file")
    return f"{file}: {told}" if file and isinstance(error, UnreadableFile) else told
