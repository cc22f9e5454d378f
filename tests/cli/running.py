"""Run commands in this process and hold them to what every command promises."""

from __future__ import annotations

import json
from typing import Any

from click.testing import CliRunner, Result

from docs.cli_reference import commands
from smsget.cli import main

BUYER = {"SMSGET_USERNAME": "acme", "SMSGET_PASSWORD": "pw", "SMSGET_URL": "http://127.0.0.1:9/"}
COMMANDS = {
    path.removeprefix("smsget "): ctx.command for path, ctx in commands(main, None, "smsget") if path != "smsget"
}


def run(*args: object, status: int = 0, **options: Any) -> Result:
    """Run a command; it must end with `status`, and never with a traceback."""
    result = CliRunner().invoke(main, [str(arg) for arg in args], **options)
    assert "Traceback" not in result.output
    assert result.exit_code == status, result.output
    return result


def run_json(*args: object, status: int = 0, **options: Any) -> dict[str, Any]:
    """Run a command with --json; standard output must be one object with exactly the keys its help names."""
    result = run(*args, "--json", status=status, **options)
    assert result.stdout.count("\n") == 1
    data: dict[str, Any] = json.loads(result.stdout)
    name = next(name for size in (2, 1) if (name := " ".join(str(arg) for arg in args[:size])) in COMMANDS)
    assert set(data) == set(COMMANDS[name].keys)  # type: ignore[attr-defined]
    return data


def sentence(*args: object, status: int, **options: Any) -> str:
    """Run a command that fails; what it says must be one line, and nothing is on standard output."""
    result = run(*args, status=status, **options)
    lines = [line for line in result.stderr.splitlines() if "sandbox, and no text" not in line]
    assert result.stdout == ""
    assert len(lines) == 1, lines
    return lines[0]
