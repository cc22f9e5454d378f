"""A log on its way in: everything that takes long is done in temporary tables, before the write lock is taken.

    blocks of a log ─ sort ─> TEMP arrived (runs in order of number) ─ `merging.merge`, one short transaction ─> tables

Temporary tables live in a file of their connection's own: others go on writing, and a program that ends leaves
nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from smsget.numbers import country_of
from smsget.receipts import TAIPEI, Receipt, Reply, Unreadable, status_of
from smsget.store.arrivals import RANK
from smsget.store.clock import to_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from smsget.logs.bulk import Block

PROBLEMS_KEPT = 200
"""Unreadable lines a load hands back at once; all of them are kept."""

RUN = 500_000
"""Receipts that are sorted together: in memory for a moment, and then a stretch of the temporary table."""

_PIECE = 50_000  # rows that become one SQL statement; more would only take more memory

Item = Receipt | Reply | Unreadable

_TABLES = """
CREATE TEMP TABLE kind (
    kind INTEGER PRIMARY KEY, day TEXT, country TEXT, status TEXT, rank INTEGER, word TEXT);
CREATE TEMP TABLE arrived (
    n INTEGER PRIMARY KEY, phone TEXT, sms_id TEXT, at TEXT, carrier_id TEXT, kind INTEGER, best INTEGER,
    turn INTEGER);
CREATE TEMP TABLE without_id (n INTEGER PRIMARY KEY, phone TEXT, at TEXT, carrier_id TEXT, word TEXT);
CREATE TEMP TABLE wrote (n INTEGER PRIMARY KEY, phone TEXT, reply_id TEXT, at TEXT, raw_text TEXT, text TEXT);
CREATE TEMP TABLE odd (n INTEGER PRIMARY KEY, line INTEGER, why TEXT, raw TEXT);
"""
# `turn` is the place by time within the run: texts of time would take SQLite ten times as long to sort.
_ARRIVED = "INSERT INTO arrived (phone, sms_id, at, carrier_id, kind, best, turn) VALUES (?, ?, ?, ?, ?, ?, ?)"

# SQLite cuts the rows out of one binary value by itself: a third of the time of handing over a million tuples.
_CUT = """WITH RECURSIVE piece (i, o) AS (SELECT 1, 1 UNION ALL SELECT i + 1, o + {width} FROM piece WHERE i < {count})
    INSERT INTO arrived (phone, sms_id, at, carrier_id, kind, best, turn)
    SELECT {columns} FROM piece"""


@dataclass
class Staged:
    """What waits in the temporary tables. `runs` are the first and last `n` of stretches in order of number."""

    receipts: int = 0
    replies: int = 0
    without_id: int = 0
    unreadable: int = 0
    problems: list[Unreadable] = field(default_factory=list)
    runs: list[tuple[int, int]] = field(default_factory=list)


class Staging:
    """The temporary tables of one connection, filled item by item or block by block."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.staged = Staged()
        self._conn = conn
        self._kinds: dict[tuple[str, str, str], int] = {}
        self._blocks: list[Block] = []
        self._rows: list[Receipt] = []
        for statement in _TABLES.split(";"):
            conn.execute(statement)

    def fill(self, pieces: Iterable[Block | Sequence[Item]]) -> Staged:
        """Take everything in. What `pieces` raises goes on."""
        self._conn.execute("BEGIN")  # of the temporary file alone: nothing else is touched
        for piece in pieces:
            if isinstance(piece, Sequence):
                self._take(piece)
            else:
                self._blocks.append(piece)
                if sum(map(len, self._blocks)) >= RUN:
                    self._stage_blocks()
        self._stage_blocks()
        self._stage_rows()
        self._conn.execute("COMMIT")
        return self.staged

    # --- one by one ----------------------------------------------------------------------------------------------

    def _take(self, items: Sequence[Item]) -> None:
        staged = self.staged
        replies = [item for item in items if isinstance(item, Reply)]
        odd = [item for item in items if isinstance(item, Unreadable)]
        told = [item for item in items if isinstance(item, Receipt)]
        bare = [item for item in told if not item.sms_id]
        self._rows += [item for item in told if item.sms_id] if bare else told
        self._conn.executemany(
            "INSERT INTO without_id (phone, at, carrier_id, word) VALUES (?, ?, ?, ?)",
            [(item.phone, to_text(item.at), item.carrier_id, item.word) for item in bare],
        )
        self._conn.executemany(
            "INSERT INTO wrote (phone, reply_id, at, raw_text, text) VALUES (?, ?, ?, ?, ?)",
            [(item.phone, item.reply_id, to_text(item.at), item.raw_text, item.text) for item in replies],
        )
        self._conn.executemany(
            "INSERT INTO odd (line, why, raw) VALUES (?, ?, ?)", [(item.line, item.why, item.raw) for item in odd]
        )
        staged.receipts += len(told)
        staged.without_id += len(bare)
        staged.replies += len(replies)
        staged.unreadable += len(odd)
        staged.problems += odd[: PROBLEMS_KEPT - len(staged.problems)]
        if len(self._rows) >= RUN // 10:
            self._stage_rows()

    def _stage_rows(self) -> None:
        """Sort what came one by one, and stage it as a run; the last of each message is its best."""
        if not self._rows:
            return
        rows = sorted(
            (item.phone, item.sms_id, RANK[item.status], to_text(item.at), item.word, item.carrier_id, item.at)
            for item in self._rows
        )
        own = [row[:2] for row in rows]
        best = [one != following for one, following in zip(own, [*own[1:], None], strict=True)]
        self._conn.executemany(
            _ARRIVED,
            (
                (
                    phone,
                    sms_id,
                    at,
                    carrier_id,
                    self._kind(_day(moment), country_of(phone) or "", word),
                    last,
                    round(moment.timestamp()),
                )
                for (phone, sms_id, _, at, word, carrier_id, moment), last in zip(rows, best, strict=True)
            ),
        )
        self._rows = []
        self._end_run()

    def _end_run(self) -> None:
        first = self.staged.runs[-1][1] + 1 if self.staged.runs else 1
        self.staged.runs.append((first, self._conn.execute("SELECT max(n) FROM arrived").fetchone()[0]))

    def _kind(self, day: str, country: str, word: str) -> int:
        """The number of what a figure tells messages by. There are few of them, whatever the size of the log."""
        known = self._kinds.get((day, country, word))
        if known is None:
            known = self._kinds[day, country, word] = len(self._kinds) + 1
            status = status_of(word)
            self._conn.execute(
                "INSERT INTO kind VALUES (?, ?, ?, ?, ?, ?)", [known, day, country, status, RANK[status], word]
            )
        return known

    # --- block by block ------------------------------------------------------------------------------------------

    def _stage_blocks(self) -> None:
        """Sort the blocks together, and hand them to SQLite as a run."""
        if not self._blocks:
            return
        import numpy as np

        blocks, self._blocks = self._blocks, []
        words = list(dict.fromkeys(word for block in blocks for word in block.words))
        place = {word: index for index, word in enumerate(words)}
        word = np.concatenate([np.array([place[one] for one in block.words])[block.word] for block in blocks])
        phone = np.concatenate([block.phone for block in blocks])
        sms_id = np.concatenate([block.sms_id for block in blocks])
        at = np.concatenate([block.at for block in blocks])
        carrier = np.concatenate([block.carrier for block in blocks])
        del blocks
        # Within a message by rank, time and word as text, like `arrivals`: the last of them is what it comes to.
        by_text = {one: index for index, one in enumerate(sorted(words))}
        order = np.array([RANK[status_of(one)] * len(words) * 2 for one in words])[word]
        text = np.array([by_text[one] for one in words])[word]
        index = np.lexsort((text, at, order, sms_id, phone))
        phone, sms_id, at, word, carrier = phone[index], sms_id[index], at[index], word[index], carrier[index]
        best = np.ones(len(phone), bool)
        best[:-1] = (phone[1:] != phone[:-1]) | (sms_id[1:] != sms_id[:-1])
        kind = self._kinds_of(at, word, words)
        turn = np.empty(len(at), np.int64)
        turn[np.argsort(at, kind="stable")] = np.arange(len(at))
        for start in range(0, len(phone), _PIECE):
            cut = slice(start, start + _PIECE)
            self._hand_over(phone[cut], sms_id[cut], at[cut], carrier[cut], kind[cut], best[cut], turn[cut])
        self.staged.receipts += len(phone)
        self._end_run()

    def _kinds_of(
        self, at: npt.NDArray[np.int64], word: npt.NDArray[np.int64], words: Sequence[str]
    ) -> npt.NDArray[np.int64]:
        import numpy as np

        days = (at + _TAIPEI_S) // 86400
        both = days * len(words) + word
        distinct, places = np.unique(both, return_inverse=True)
        codes = [
            self._kind(str(np.datetime64(int(one) // len(words), "D")), "TW", words[int(one) % len(words)])
            for one in distinct
        ]
        return np.array(codes, np.int64)[places]

    def _hand_over(
        self,
        phone: npt.NDArray[np.int64],
        sms_id: npt.NDArray[np.int64],
        at: npt.NDArray[np.int64],
        carrier: npt.NDArray[np.bytes_],
        kind: npt.NDArray[np.int64],
        best: npt.NDArray[np.bool_],
        turn: npt.NDArray[np.int64],
    ) -> None:
        """Rows of one width, numbers as digits; SQLite cuts them apart."""
        import numpy as np

        digits = len(str(int(sms_id.max())))
        code = len(str(int(kind.max())))
        widths = {
            "phone": 10,
            "sms_id": digits,
            "at": 20,
            "carrier_id": carrier.dtype.itemsize,
            "kind": code,
            "best": 1,
            "turn": 7,
        }
        row = np.dtype([(name, f"S{width}") for name, width in widths.items()])
        rows = np.zeros(len(phone), row)
        rows["phone"] = _as_digits(phone, 10)
        rows["sms_id"] = _as_digits(sms_id, digits)
        # Seconds are whole, so that the times need three digits less to sort as the text of `clock.to_text`.
        rows["at"] = np.datetime_as_string(at.astype("datetime64[s]"), unit="s", timezone="UTC").astype("S20")
        rows["carrier_id"] = carrier
        rows["kind"] = _as_digits(kind, code)
        rows["best"] = np.where(best, b"1", b"0")
        rows["turn"] = _as_digits(turn, 7)
        columns, offset = [], 0
        how = {
            "phone": "CAST({0} AS TEXT)",
            "sms_id": "CAST(CAST(CAST({0} AS TEXT) AS INTEGER) AS TEXT)",  # without the zeros in front
            "at": "substr(CAST({0} AS TEXT), 1, 19) || '.000Z'",
            "carrier_id": "rtrim(CAST({0} AS TEXT))",
            "kind": "CAST(CAST({0} AS TEXT) AS INTEGER)",
            "best": "CAST(CAST({0} AS TEXT) AS INTEGER)",
            "turn": "CAST(CAST({0} AS TEXT) AS INTEGER)",
        }
        for name, width in widths.items():
            columns.append(how[name].format(f"substr(?1, o + {offset}, {width})"))
            offset += width
        statement = _CUT.format(width=offset, count=len(phone), columns=", ".join(columns))
        self._conn.execute(statement, [rows.tobytes()])


def _day(moment: datetime) -> str:
    return moment.astimezone(TAIPEI).date().isoformat()


_TAIPEI_S = round(timedelta(hours=8).total_seconds())


def _as_digits(numbers: npt.NDArray[np.int64], width: int) -> npt.NDArray[np.bytes_]:
    """Numbers as decimal digits with zeros in front."""
    import numpy as np

    digits = np.empty((len(numbers), width), np.uint8)
    for place in range(width - 1, -1, -1):
        numbers, digit = np.divmod(numbers, 10)
        digits[:, place] = digit + 48
    return digits.view(f"S{width}").reshape(-1)
