"""Reading recipient files in tests: what every one of them must hold, and what a refusal says."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsget.errors import UnreadableFile
from smsget.recipients import RecipientList, read_recipients

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def read(content: str | bytes, **choices: object) -> RecipientList:
    """Read what a test wrote down, and hold the one equation that always holds."""
    data = content.encode() if isinstance(content, str) else content
    found = read_recipients(data, "list.csv", **choices)
    assert found.rows == len(found.ready) + found.blank + found.duplicates + found.suppressed + found.rejected
    assert found.rejected == len(found.problems)
    assert sum(found.countries.values()) == len(found.ready)
    return found


def ready(found: RecipientList) -> list[tuple[int, str]]:
    """(row, phone) of every ready row."""
    return list(found.ready[["_row", "_phone"]].itertuples(index=False, name=None))


def refusal(content: str | bytes, **choices: object) -> tuple[str, dict[str, object]]:
    """The code and the evidence of the file's refusal."""
    with pytest.raises(UnreadableFile) as caught:
        read(content, **choices)
    evidence = dict(caught.value.evidence)
    assert evidence.pop("file") == "list.csv"
    return caught.value.code, evidence
