"""The sandbox's books: one JSON line per accepted request, on disk before the answer leaves.

Whoever doubts what a client did reads the ledger: it is the sandbox's word for who was texted and charged. A process
killed in the middle of a write leaves half a line at most; that request was never answered, and the half line is
taken away at the next start.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, BinaryIO

from smsget.errors import StoreError

if sys.platform != "win32":
    import fcntl

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
"""SMS-Get's times are GMT+8 (sms-get-api.txt); Taiwan has no daylight saving time."""

_ID_EPOCH_MS = 1_577_836_800_000  # 2020-01-01


@dataclass(frozen=True, slots=True)
class Entry:
    """One accepted request. `phones` are the numbers texted and charged, repeats included; times are aware."""

    sms_id: str
    at: datetime
    phones: tuple[str, ...]
    text: str
    used: int
    left: int
    two_way: bool
    send_at: datetime | None

    def line(self) -> bytes:
        """The entry as its JSON line, newline included."""
        fields = {
            "sms_id": self.sms_id,
            "at": self.at.isoformat(timespec="milliseconds"),
            "phones": list(self.phones),
            "text": self.text,
            "used": self.used,
            "left": self.left,
            "two_way": self.two_way,
            "send_at": self.send_at.isoformat(timespec="minutes") if self.send_at else None,
        }
        return json.dumps(fields, ensure_ascii=False).encode() + b"\n"

    @classmethod
    def read(cls, fields: dict[str, Any]) -> Entry:
        """The entry a JSON line holds. Raises `KeyError`, `TypeError` or `ValueError` when it holds none."""
        return cls(
            sms_id=str(int(fields["sms_id"])),
            at=datetime.fromisoformat(fields["at"]),
            phones=tuple(fields["phones"]),
            text=str(fields["text"]),
            used=int(fields["used"]),
            left=int(fields["left"]),
            two_way=bool(fields["two_way"]),
            send_at=datetime.fromisoformat(fields["send_at"]) if fields["send_at"] else None,
        )


def read_ledger(path: Path) -> list[dict[str, Any]]:
    """All entries as plain dicts with the keys of the line; `[]` for a missing file. Works while the sandbox runs.

    A half line at the end is passed over. Raises `StoreError` (`damaged`) for an unreadable line anywhere else.
    """
    return list(_read_lines(path)) if path.exists() else []


class Ledger:
    """The open ledger and the account's points. Thread-safe; one process at a time.

    Points left are those the account was opened with, plus top-ups, minus all that the ledger says was used.

    Raises `StoreError`: `in_use` when another sandbox has this ledger open, `damaged` when it is not a ledger.
    """

    def __init__(self, path: Path, state_file: Path, opening_credits: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        with contextlib.ExitStack() as undo:
            self._file = undo.enter_context(_open_append(path))
            _lock(self._file, path)
            _repair(path)
            _repair(state_file)
            self._side = SideFile(state_file)
            undo.callback(self._side.close)
            self._left, self._last_id = opening_credits + self._side.credits, 0
            for entry in self.entries():
                self._left -= entry.used
                self._last_id = max(self._last_id, int(entry.sms_id))
            undo.pop_all()
        self._left = max(self._left, 0)
        self._books = threading.Lock()
        self._pen = threading.Lock()
        self._unwritten: list[Entry] = []
        self._broken: OSError | None = None

    @property
    def side(self) -> SideFile:
        """The side file: acknowledged callbacks and top-ups."""
        return self._side

    @property
    def left(self) -> int:
        """Points left."""
        return self._left

    def entries(self) -> Generator[Entry, None, None]:
        """The entries on disk, oldest first. Raises `StoreError` (`damaged`)."""
        with contextlib.closing(_read_lines(self.path)) as lines:
            for number, fields in enumerate(lines, 1):
                try:
                    yield Entry.read(fields)
                except (KeyError, TypeError, ValueError):
                    raise StoreError("damaged", path=str(self.path), line=number) from None

    def charge(
        self, phones: Sequence[str], text: str, used: int, *, two_way: bool, send_at: datetime | None
    ) -> Entry | None:
        """Take the points and give the request its id, or None when there are not enough points.

        The entry counts, and may be answered, once a `commit` that began afterwards has returned.
        """
        with self._books:
            if used > self._left:
                return None
            self._left -= used
            # From the clock, so that ids do not repeat even when somebody deletes the ledger between two runs.
            self._last_id = max(self._last_id + 1, time.time_ns() // 1_000_000 - _ID_EPOCH_MS)
            # Whole milliseconds, as in the line: an entry read again after a restart is the same entry.
            now = datetime.now(TAIPEI)
            now = now.replace(microsecond=now.microsecond // 1000 * 1000)
            entry = Entry(str(self._last_id), now, tuple(phones), text, used, self._left, two_way, send_at)
            self._unwritten.append(entry)
            return entry

    def commit(self) -> None:
        """Put every charged entry on disk, with one fsync for all that gathered meanwhile.

        Raises `OSError` when the disk refuses; from then on always, because what this object believes and what the
        file says have parted. A restart reads the file again.
        """
        with self._pen:
            with self._books:
                waiting, self._unwritten = self._unwritten, []
            if self._broken is None and waiting:
                try:
                    _append(self._file, b"".join(entry.line() for entry in waiting))
                except OSError as error:
                    self._broken = error
            if self._broken is not None:
                raise self._broken

    def add_credits(self, points: int) -> int:
        """Top the account up, on disk in the side file; the points left afterwards."""
        with self._books:
            self._side.top_up(points)
            self._left += points
            return self._left

    def close(self) -> None:
        """Let go of the files and of the lock."""
        self._side.close()
        self._file.close()


class SideFile:
    """`<ledger>.state`: JSON lines for what is no accepted request.

    `{"ack": "<sms_id>/<n>"}` for a callback that was answered with `ok`, `{"ack": "<sms_id>"}` when the request has
    none left, `{"credits": N, "at": …}` for a top-up.
    """

    def __init__(self, path: Path) -> None:
        self.acknowledged: set[str] = set()
        self.credits = 0
        self._pen = threading.Lock()
        if path.exists():
            for fields in _read_lines(path):
                self.credits += int(fields.get("credits", 0))
                if "ack" in fields:
                    self.acknowledged.add(fields["ack"])
        self._file = _open_append(path)

    def acknowledge(self, callback: str) -> None:
        """Remember that a callback was answered with `ok`. Not forced to disk: losing it posts one callback again."""
        with self._pen:
            self.acknowledged.add(callback)
            self._file.write(json.dumps({"ack": callback}).encode() + b"\n")
            self._file.flush()

    def top_up(self, points: int) -> None:
        """Remember a top-up, on disk before it returns."""
        line = {"credits": points, "at": datetime.now(TAIPEI).isoformat(timespec="milliseconds")}
        with self._pen:
            _append(self._file, json.dumps(line).encode() + b"\n")
        self.credits += points

    def close(self) -> None:
        """Let go of the file."""
        with self._pen:
            self._file.close()


def _open_append(path: Path) -> BinaryIO:
    # Readable by its owner only: the ledger holds phone numbers and texts.
    return open(path, "ab", opener=lambda name, flags: os.open(name, flags, 0o600))


def _append(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def _lock(file: BinaryIO, path: Path) -> None:
    # Two processes would hand out the same ids and points. The lock dies with its process, however that dies.
    # Windows has no lock that still lets others read, so there the port alone keeps a second sandbox away.
    if sys.platform != "win32":
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StoreError("in_use", path=str(path)) from None


def _read_lines(path: Path) -> Generator[dict[str, Any], None, None]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                fields = json.loads(line)
            except ValueError:
                if not line.endswith(b"\n"):
                    return
                raise StoreError("damaged", path=str(path), line=number) from None
            if not isinstance(fields, dict):
                raise StoreError("damaged", path=str(path), line=number)
            yield fields


def _repair(path: Path) -> None:
    """End the file in a whole line: complete a last line that only lacks its newline, cut off a torn one.

    A whole line without newline is kept because readers that looked meanwhile have counted it.
    """
    if not path.exists():
        return
    with path.open("r+b") as file:
        whole = 0
        for line in file:
            if line.endswith(b"\n"):
                whole += len(line)
                continue
            try:
                json.loads(line)
            except ValueError:
                file.truncate(whole)
            else:
                file.seek(0, os.SEEK_END)
                file.write(b"\n")
            file.flush()
            os.fsync(file.fileno())
            return
