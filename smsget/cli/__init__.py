"""The command line, `python -m smsget`: everything the pages do, for people who script and for tests.

    base.py       language, results, what commands work with    commands.py    help, --json, errors and exit status
    usage.py      wrong usage in one sentence                   root.py        the program and its options
    reading.py    how a recipient file is read                  lists.py       lists list, show, export, add, …
    audience.py   check, segments, quote                        sending.py     send, credit
    pricing.py    what quote and send have in common            trying.py      try
    steering.py   campaigns, campaign, pause, resume, cancel, settle
    reporting.py  import, report, replies                       suppressing.py suppress add, remove, list, import
    operating.py  engine, sandbox, backup, purge

Heavy libraries are imported inside the commands that need them, so that `--help` and errors come at once.
"""

from __future__ import annotations

from smsget.cli import audience, lists, operating, reporting, sending, steering, suppressing, trying
from smsget.cli.root import main

__all__ = ["audience", "lists", "main", "operating", "reporting", "sending", "steering", "suppressing", "trying"]
