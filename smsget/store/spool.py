"""A file beside the database for callbacks that come while it is busy: SMS-Get tries a call once, so none may wait.

One line per callback, on disk before `keep` returns. `taken` moves them into the database, and forgets the file only
once they are committed there: killed in between they are in both, which changes nothing, since receipts count once.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

Kept = tuple[str, bytes, str]
"""(UTC text of its arrival, raw body, query string)."""


class Spool:
    """The file `path`, shared by the threads of the one process that receives callbacks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._taking = path.with_name(path.name + ".taking")
        self._lock = threading.Lock()

    def keep(self, at: str, body: bytes, query: str) -> None:
        """Have a callback on disk when this returns. Raises `OSError`."""
        line = json.dumps([at, base64.b64encode(body).decode(), query]).encode()
        with self._lock:
            # A line that a kill cut short must not swallow this one: it begins with a line end of its own.
            handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                rest = memoryview(b"\n" + line + b"\n")
                while rest:
                    rest = rest[os.write(handle, rest) :]
                os.fsync(handle)
            finally:
                os.close(handle)

    def waiting(self) -> bool:
        """Whether there may be something to take."""
        return self._path.exists() or self._taking.exists()

    @contextlib.contextmanager
    def taken(self) -> Iterator[list[Kept]]:
        """All that was kept; forgotten when the block ends well, and still there when it raises."""
        with self._lock:
            if not self._taking.exists() and self._path.exists():
                self._path.rename(self._taking)
        kept = list(_read(self._taking))
        yield kept
        self._taking.unlink(missing_ok=True)


def _read(path: Path) -> Iterator[Kept]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            with contextlib.suppress(ValueError, binascii.Error, TypeError):  # cut by a kill: it was never answered
                at, body, query = json.loads(line)
                yield str(at), base64.b64decode(body, validate=True), str(query)
