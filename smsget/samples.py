"""The sample lists that come with the program: invented people, whose numbers may belong to somebody."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from smsget.errors import BadRequest

FOLDER = Path(__file__).parent.parent / "data" / "samples"


@cache
def _hashes() -> frozenset[str]:
    return frozenset(hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("members*.*"))


def refuse_samples(name: str, sha256s: Iterable[str]) -> None:
    """Raise `BadRequest('sample_list')` if a list was made from one of these files: only the sandbox may text them."""
    if not _hashes().isdisjoint(sha256s):
        raise BadRequest("sample_list", list=name)
