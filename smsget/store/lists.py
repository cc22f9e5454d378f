"""Recipient lists with their rejected rows, and the suppression list."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from smsget.campaigns import Recipient
from smsget.errors import BadRequest
from smsget.store.clock import now, to_text
from smsget.store.database import Database

if TYPE_CHECKING:
    from smsget.recipients import RecipientList

_IN_ORDER = """
    SELECT phone, country, fields FROM (
        SELECT r.phone, r.country, r.fields, r.row, min(o.key) OVER (PARTITION BY r.phone) AS first,
               o.key AS key
        FROM json_each(:lists) AS o JOIN recipient AS r ON r.list_id = o.value
    ) WHERE key = first {suppression} ORDER BY key, row"""
_NOT_SUPPRESSED = "AND phone NOT IN (SELECT phone FROM suppression)"


@dataclass(frozen=True, slots=True)
class ListInfo:
    """What is known of a saved list. `rows = ready + blank + duplicates + suppressed + rejected`."""

    id: int
    name: str
    file: str
    sha256: str
    encoding: str
    phone_column: str
    fields: list[str]
    rows: int
    ready: int
    blank: int
    duplicates: int
    suppressed: int
    rejected: int
    created_at: str


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A usable row on its way into a list: the file's `row`, the wire form, and the other columns."""

    row: int
    phone: str
    country: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """A row that cannot be texted: why (`code`), and all the file's own cells, to be taken home."""

    row: int
    value: str
    code: str
    country: str
    cells: Mapping[str, str]


class Lists:
    """Saved recipient lists."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def save(
        self,
        info: Mapping[str, object],
        ready: Iterable[ReadyRow],
        rejected: Iterable[RejectedRow] = (),
        *,
        once: bool = False,
    ) -> int:
        """Save a list in one transaction and return its id.

        `info` holds the fields of `ListInfo` but id and created_at. With `once`, a list that is there already under
        the same name, from the same file and with the same figures, is not saved again (a double click): its id is
        returned. Raises `BadRequest('name_missing')`.
        """
        if not str(info["name"]).strip():
            raise BadRequest("name_missing")
        columns = ("name", "file", "sha256", "encoding", "phone_column", "fields", "rows", "ready", "blank",
                   "duplicates", "suppressed", "rejected")  # fmt: skip
        values = [json.dumps(info[name], ensure_ascii=False) if name == "fields" else info[name] for name in columns]
        with self._db.write() as conn:
            same = f"SELECT id FROM recipient_list WHERE {' AND '.join(f'{name} = ?' for name in columns)}"  # noqa: S608
            if once and (row := conn.execute(same, values).fetchone()):
                return int(row["id"])
            list_id = conn.execute(
                f"INSERT INTO recipient_list ({', '.join(columns)}, created_at) VALUES ({', '.join('?' * 13)})",  # noqa: S608
                [*values, to_text(now())],
            ).lastrowid
            conn.executemany(
                "INSERT INTO recipient (list_id, row, phone, country, fields) VALUES (?, ?, ?, ?, ?)",
                ((list_id, one.row, one.phone, one.country, _json(one.fields)) for one in ready),
            )
            conn.executemany(
                "INSERT INTO rejected_row (list_id, row, value, code, country, cells) VALUES (?, ?, ?, ?, ?, ?)",
                ((list_id, bad.row, bad.value, bad.code, bad.country, _json(bad.cells)) for bad in rejected),
            )
        return list_id or 0

    def save_file(self, recipients: RecipientList, name: str) -> int:
        """Save what was read from a file under `name`, once; see `save`."""
        figures = ("file", "sha256", "encoding", "phone_column", "fields", "rows", "blank", "duplicates", "suppressed",
                   "rejected")  # fmt: skip
        info = {key: getattr(recipients, key) for key in figures}
        info |= {"name": name.strip(), "ready": len(recipients.ready)}
        fields, header = recipients.fields, recipients.header
        ready = (
            ReadyRow(row, phone, country, dict(zip(fields, cells, strict=True)))
            for row, phone, country, *cells in recipients.ready.itertuples(index=False, name=None)
        )
        rejected = (
            RejectedRow(row, value, code, country, dict(zip(header, cells, strict=True)))
            for row, value, code, country, _, *cells in recipients.problems.itertuples(index=False, name=None)
        )
        return self.save(info, ready, rejected, once=True)

    def all(self) -> list[ListInfo]:
        """Every list, newest first."""
        with self._db.read() as conn:
            return [_info(row) for row in conn.execute("SELECT * FROM recipient_list ORDER BY id DESC")]

    def get(self, list_id: int) -> ListInfo:
        """One list; raises `BadRequest('no_such_list')`."""
        with self._db.read() as conn:
            row = conn.execute("SELECT * FROM recipient_list WHERE id = ?", [list_id]).fetchone()
        if row is None:
            raise BadRequest("no_such_list", list=list_id)
        return _info(row)

    def by_hash(self, sha256: str) -> list[ListInfo]:
        """Lists that came from a file with this very content."""
        with self._db.read() as conn:
            rows = conn.execute("SELECT * FROM recipient_list WHERE sha256 = ? ORDER BY id DESC", [sha256])
            return [_info(row) for row in rows]

    def rename(self, list_id: int, name: str) -> None:
        """Give a list another name."""
        if not name.strip():
            raise BadRequest("name_missing")
        with self._db.write() as conn:
            conn.execute("UPDATE recipient_list SET name = ? WHERE id = ?", [name.strip(), list_id])

    def delete(self, list_id: int) -> None:
        """Delete a list and its rows. Campaigns that used it keep their own messages."""
        with self._db.write() as conn:
            conn.execute("DELETE FROM recipient_list WHERE id = ?", [list_id])

    def recipients(self, list_ids: Sequence[int], *, limit: int | None = None) -> list[Recipient]:
        """The people of these lists, each number once (its first list wins), without the suppressed."""
        with self._db.read() as conn:
            return list(audience(conn, list_ids, limit=limit))

    def countries(self, list_ids: Sequence[int]) -> dict[str, int]:
        """How many distinct numbers of each country these lists hold."""
        query = """SELECT country, count(DISTINCT phone) FROM recipient
                   WHERE list_id IN (SELECT value FROM json_each(?)) GROUP BY country ORDER BY 2 DESC"""
        with self._db.read() as conn:
            return {row[0]: row[1] for row in conn.execute(query, [json.dumps(list(list_ids))])}

    def overlap(self, list_ids: Sequence[int]) -> tuple[int, int]:
        """(rows that are a number of another chosen list again, distinct numbers on the suppression list)."""
        lists = json.dumps(list(list_ids))
        query = """SELECT count(*) - count(DISTINCT phone) AS again,
                   count(DISTINCT phone) FILTER (WHERE phone IN (SELECT phone FROM suppression)) AS suppressed
                   FROM recipient WHERE list_id IN (SELECT value FROM json_each(?))"""
        with self._db.read() as conn:
            row = conn.execute(query, [lists]).fetchone()
        return row["again"], row["suppressed"]

    def rejected(self, list_id: int) -> list[RejectedRow]:
        """The rows of the file that could not be used."""
        with self._db.read() as conn:
            rows = conn.execute("SELECT * FROM rejected_row WHERE list_id = ? ORDER BY row", [list_id])
            return [
                RejectedRow(row["row"], row["value"], row["code"], row["country"], json.loads(row["cells"]))
                for row in rows
            ]


def audience(conn: sqlite3.Connection, list_ids: Sequence[int], *, limit: int | None = None) -> Iterator[Recipient]:
    """Within a transaction: the people of these lists in the lists' order, once each, without the suppressed."""
    query = _IN_ORDER.format(suppression=_NOT_SUPPRESSED) + (" LIMIT :limit" if limit is not None else "")
    lists = json.dumps(list(dict.fromkeys(list_ids)))
    for row in conn.execute(query, {"lists": lists, "limit": limit}):
        yield Recipient(row["phone"], row["country"], json.loads(row["fields"]))


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A number nobody may text: why, who put it there (`person`, `reply`, `import` …), and since when (UTC)."""

    phone: str
    reason: str
    source: str
    at: str


class Suppression:
    """The suppression list: numbers that are left out at check, at confirm and when a batch is claimed."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, phones: Iterable[str], *, reason: str = "", source: str = "person") -> int:
        """Add numbers in wire form; return how many were new. A number that is there keeps its first reason."""
        with self._db.write() as conn:
            return suppress(conn, phones, reason, source)

    def remove(self, phones: Iterable[str]) -> list[Suppressed]:
        """Take numbers off the list; return what was removed."""
        removed = []
        with self._db.write() as conn:
            for phone in phones:
                row = conn.execute("DELETE FROM suppression WHERE phone = ? RETURNING *", [phone]).fetchone()
                if row:
                    removed.append(Suppressed(**row))
        return removed

    def all(self, *, like: str = "", limit: int | None = None, offset: int = 0) -> list[Suppressed]:
        """The list, newest first, without its first `offset` numbers; `like` keeps numbers that contain it."""
        query = "SELECT * FROM suppression WHERE phone LIKE ? ORDER BY at DESC, phone LIMIT ? OFFSET ?"
        values = [f"%{like}%", -1 if limit is None else limit, offset]
        with self._db.read() as conn:
            return [Suppressed(**row) for row in conn.execute(query, values)]

    def among(self, phones: Iterable[str]) -> dict[str, Suppressed]:
        """Those of these numbers that are on it, by number."""
        query = "SELECT * FROM suppression WHERE phone IN (SELECT value FROM json_each(?))"
        with self._db.read() as conn:
            return {row["phone"]: Suppressed(**row) for row in conn.execute(query, [json.dumps(list(phones))])}

    def phones(self) -> set[str]:
        """All numbers on it."""
        with self._db.read() as conn:
            return {row[0] for row in conn.execute("SELECT phone FROM suppression")}

    def count(self, *, like: str = "") -> int:
        """How many numbers are on it; `like` counts those that contain it."""
        query = "SELECT count(*) FROM suppression WHERE phone LIKE ?"
        with self._db.read() as conn:
            return int(conn.execute(query, [f"%{like}%"]).fetchone()[0])


def suppress(conn: sqlite3.Connection, phones: Iterable[str], reason: str, source: str) -> int:
    """Within a transaction: add numbers to the suppression list, return how many were new."""
    at, new = to_text(now()), 0
    for phone in phones:
        new += conn.execute(
            "INSERT INTO suppression (phone, reason, source, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [phone, reason, source, at],
        ).rowcount
    return new


def _info(row: sqlite3.Row) -> ListInfo:
    return ListInfo(**{**dict(row), "fields": json.loads(row["fields"])})


def _json(values: Mapping[str, str]) -> str:
    return json.dumps(values, ensure_ascii=False)
