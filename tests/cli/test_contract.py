"""Names, options, keys, help, wrong usage: what scripts rely on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docs.cli_reference import TARGET, reference
from smsget.cli.base import aligned
from smsget.i18n import translations
from smsget.sandbox import FATES, FAULTS
from tests.cli.running import COMMANDS, run, sentence

CONTRACT = {
    "check": ("--countries --phone-column --sheet --encoding --split --not-in --ready --rejects", "file encoding "
              "delimiter header phone_column rows ready blank duplicates suppressed rejected countries repairs "
              "problems phone_columns in_lists sheet sheets hidden_rows doubt"),
    "segments": ("", "encoding units segments warnings"),
    "quote": ("--text --countries --two-way --skip-texted-days --leave-out-empty", "recipients texts batches segments "
              "credits by_country unknown_rate segments_histogram notices texted_lately left_out missing longest"),
    "send": ("--text --name --countries --two-way --at --schedule --wait --yes --skip-texted-days "
             "--leave-out-empty --window --per-hour", "campaign state "
             "recipients batches accepted refused unknown credits_quoted credits_used reason skipped left_out"),
    "try": ("--text --row --to --two-way --yes", "campaign state recipients credits_quoted test"),
    "campaigns": ("", "campaigns"),
    "campaign": ("--outcomes", "campaign state recipients batches accepted refused unknown credits_quoted "
                 "credits_used reason batch_list outcomes"),
    "pause": ("", "campaign state"),
    "resume": ("", "campaign state"),
    "cancel": ("", "campaign state"),
    "reschedule": ("--at", "campaign state send_at"),
    "settle": ("--resend --leave --all", "campaign state"),
    "credit": ("", "account credits at"),
    "import": ("", "files"),
    "report": ("--campaign --status --csv", "messages own receipts by_status delivered failed pending other "
               "no_receipt"),
    "replies": ("--csv", "replies"),
    "lists list": ("", "lists"),
    "lists show": ("--search --after --limit", "list name people problems files found shown"),
    "lists export": ("--problems", "list rows problems"),
    "lists save": ("--name --countries --phone-column --no-header --not-in", "list name people problems files"),
    "lists add": ("--countries --phone-column", "list people problems added known corrected"),
    "lists combine": ("--minus --not-texted-days", "list people"),
    "lists rename": ("", "list name"),
    "lists delete": ("--yes", "list name"),
    "lists failing": ("--list --remove --yes", "numbers counts removed"),
    "suppress add": ("", "phones"),
    "suppress remove": ("", "phones"),
    "suppress list": ("", "phones"),
    "suppress export": ("", "rows"),
    "suppress import": ("--phone-column --sheet --encoding --no-header --rejects", "file phones new rejected problems"),
    "engine": ("", ""),
    "sandbox": ("--port --ledger --credits --account --latency-ms --fault --callback-url --callback-delay-s "
                "--seed", ""),
    "backup": ("", "rows"),
    "purge": ("--older-than", "rows"),
}  # fmt: skip
"""Command -> its options and JSON keys that scripts rely on. More may be added; none of these goes."""


def test_every_promised_command_is_there() -> None:
    assert set(CONTRACT) == set(COMMANDS) - {"lists", "suppress"}


@pytest.mark.parametrize(("name", "options", "keys"), [(name, *promised) for name, promised in CONTRACT.items()])
def test_options_and_keys_are_as_promised(name: str, options: str, keys: str) -> None:
    command = COMMANDS[name]
    accepted = {option for param in command.params for option in param.opts}
    assert set(options.split()) <= accepted
    assert set(keys.split()) <= set(command.keys)  # type: ignore[attr-defined]
    assert ("--json" in accepted) == bool(keys)


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_shows_an_example(name: str) -> None:
    shown = run(*name.split(), "--help").stdout
    assert re.search(rf"Example:\n  python -m smsget {name}", shown)
    undescribed = [line for line in shown.splitlines() if re.fullmatch(r"  --[\w-]+( [A-Z.=\[\]|a-z]+)?", line)]
    assert all(f"{line}\n      " in shown for line in undescribed), undescribed


def test_help_is_in_the_language_of_the_environment() -> None:
    chinese = translations("zh_Hant").gettext
    shown = run("check", "--help", env={"LC_ALL": "zh_TW.UTF-8"}).stdout
    assert shown.startswith(chinese("Usage:"))
    assert chinese("Options") in shown
    assert chinese("Show this message and exit.") in shown


def test_sandbox_help_has_the_tables_of_faults_and_fates() -> None:
    shown = run("sandbox", "--help").stdout
    assert all(f"  {name} " in shown for name in (*FAULTS, *FATES))


def test_reference_is_what_help_says() -> None:
    """docs/cli.md names every command and option; `python -m docs.cli_reference` writes it anew."""
    assert TARGET.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ("nope", "nope"),
        ("check", "FILE is missing"),
        ("check a.csv --nope", "no option --nope"),
        ("check a.csv --json=yes", "--json"),
        ("send a.csv", "--text is missing"),
        ("send a.csv --text x --schedule there", "--schedule cannot be used"),
        ("send a.csv --text x --schedule here", "--schedule needs --at"),
        ("settle 1 1", "One of --resend and --leave"),
        ("settle 1 1 --resend --leave", "One of --resend and --leave"),
        ("campaign one", "ID cannot be used"),
        ("purge --older-than soon --yes", "--older-than is a number of days"),
        ("sandbox --account acme", "--account is a name, a colon and a password"),
        ("sandbox --fault fire=1", "fire"),
        ("sandbox --fault garbage=often", "often"),
        ("sandbox --port 70000", "--port cannot be used"),
        ("suppress add abc", "abc"),
        ("suppress", "COMMAND is missing. See: "),
        *[(f"{command} {2**63}", "ID cannot be used") for command in ("campaign", "pause", "resume", "cancel")],
        (f"settle {2**63} 1 --leave", "ID cannot be used"),
        (f"settle 1 {2**63} --leave", "BATCH cannot be used"),
        (f"report --campaign {2**63}", "--campaign cannot be used"),
        (f"campaigns --limit {2**63}", "--limit cannot be used"),
    ],
)
def test_wrong_usage_is_one_sentence_and_status_2(args: str, said: str) -> None:
    assert said in sentence(*args.split(), status=2)


def test_no_command_at_all_shows_the_help() -> None:
    assert "check" in run(status=2).stderr


def test_json_is_accepted_before_the_command_too() -> None:
    assert json.loads(run("--json", "segments", "hi").stdout)["units"] == 2


def test_a_mistake_of_ours_is_a_sentence_too(members: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("smsget.recipients.read_recipients", broken)
    assert "ZeroDivisionError" in sentence("check", members, status=1)


@given(st.lists(st.tuples(st.text("a王", max_size=5), st.integers()), min_size=1, max_size=4))
def test_aligned_keeps_every_cell(rows: list[tuple[str, int]]) -> None:
    lines = aligned(rows)
    assert len(lines) == len(rows)
    assert all(
        line.endswith(f"{number:,}") and line.startswith(name) for line, (name, number) in zip(lines, rows, strict=True)
    )
