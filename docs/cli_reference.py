"""Writes docs/cli.md from the commands' own `--help`: `python -m docs.cli_reference`. A test compares the two."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import click

from smsget.cli import main

TARGET = Path(__file__).with_name("cli.md")
WIDTH = 100

INTRODUCTION = """\
# The command line

`python -m smsget [--db PATH] COMMAND …` does everything the pages do, for people who script and for tests. In the
folder of the dashboard: `.venv/bin/python -m smsget` (Windows: `.venv\\Scripts\\python -m smsget`).

- **Results** go to standard output, as text for people or, with `--json`, as one JSON object. Everything else goes to
  standard error. Times in JSON are ISO 8601 in Taipei.
- **Errors** are one sentence on standard error. Exit status 0: done; 1: it could not be done, or nothing was usable;
  2: wrong usage. With `SMSGET_DEBUG=1` a mistake of the program itself shows its traceback.
- **Language**: English or 繁體中文, as `LC_ALL`, `LANG` or `LANGUAGE` say.
- **Account**: `SMSGET_USERNAME` and `SMSGET_PASSWORD` in the environment (and `SMSGET_URL` for another gateway), else
  what the dashboard's settings keep. Without one everything runs against the sandbox, and says so.
- **Database**: `--db`, else `SMSGET_DB`, else `data/local/smsget.db`. `check`, `segments` and `quote` make none.

A campaign from the first look to the last:

```sh
python -m smsget check members.csv --rejects rejects.csv
python -m smsget quote members.csv --text "{{姓名|貴賓}}您好，週年慶八折"
python -m smsget send members.csv --text "{{姓名|貴賓}}您好，週年慶八折" --wait
python -m smsget report --campaign 1 --csv report.csv
```

Below is what `--help` says.
"""


def commands(command: click.Command, parent: click.Context | None, name: str) -> Iterator[tuple[str, click.Context]]:
    """Every command below `command`, in the order of its help: (full name, context)."""
    settings = {**command.context_settings, "terminal_width": WIDTH, "max_content_width": WIDTH}
    ctx = click.Context(command, parent=parent, info_name=name, **settings)
    yield ctx.command_path, ctx
    if isinstance(command, click.Group):
        for child in command.list_commands(ctx):
            found = command.get_command(ctx, child)
            assert found is not None
            yield from commands(found, ctx, child)


def reference() -> str:
    """The whole text of docs/cli.md, in the language of the environment."""
    parts = [INTRODUCTION]
    for path, ctx in commands(main, None, "python -m smsget"):
        title = path.removeprefix("python -m smsget").strip()
        help_text = "\n".join(line.rstrip() for line in ctx.get_help().splitlines())
        parts.append(f"## {title or 'All commands'}\n\n```text\n{help_text}\n```\n")
    return "\n".join(parts)


if __name__ == "__main__":
    os.environ["LC_ALL"] = "C"
    TARGET.write_text(reference(), encoding="utf-8")
