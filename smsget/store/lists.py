"""Recipient lists: the people on them, the files they came from, and the rejected rows they remember."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smsget.campaigns import Recipient
from smsget.errors import BadRequest, DatabaseBusy
from smsget.export import columns_beside
from smsget.store import growing
from smsget.store.audience import ROWS_OF_LISTS, audience, audience_columns, numbers_on, texted_on
from smsget.store.clock import now, to_text
from smsget.store.database import Database
from smsget.store.filling import (
    INSERT_PERSON,
    INSERT_PROBLEM,
    Added,
    Pouring,
    add_rows,
    home_of,
    person_rows,
    problem_rows,
    without_nul,
)
from smsget.store.growing import WHOLE_ROWS
from smsget.store.search import search_test
from smsget.store.texted import TEXTED, since

if TYPE_CHECKING:
    from smsget.recipients import RecipientList

_BLOCK = 20_000
"""Rows of an export that are read at a time: some 20 MB."""

_FIGURES = ("file", "sha256", "sheet", "encoding", "phone_column", "rows", "ready", "blank", "duplicates",
            "suppressed", "rejected")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListFile:
    """What one file of a list held when it was added. `rows = ready + blank + duplicates + suppressed + rejected`."""

    number: int
    file: str
    sha256: str
    sheet: str
    encoding: str
    phone_column: str
    rows: int
    ready: int
    blank: int
    duplicates: int
    suppressed: int
    rejected: int
    added_at: str


@dataclass(frozen=True, slots=True)
class ListInfo:
    """What is known of a saved list.

    people: numbers on it now. problems: rejected rows it remembers now. fields: merge fields, in order.
    origin: `file`, or `combined` from other lists, whose files it then has. files: oldest first, at least one.
    created_at, changed_at: UTC; it changes when people come onto it or are taken off, not by another name.
    """

    id: int
    name: str
    fields: list[str]
    people: int
    problems: int
    origin: str
    files: list[ListFile]
    created_at: str
    changed_at: str

    @property
    def file(self) -> str:
        """The name of its first file."""
        return self.files[0].file if self.files else ""

    @property
    def sha256(self) -> str:
        """The hash of its first file."""
        return self.files[0].sha256 if self.files else ""


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


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a list: the place there (`position`, ascending), the line of the file, the wire form, the fields."""

    position: int
    row: int
    phone: str
    country: str
    fields: Mapping[str, str]


class Lists:
    """Saved recipient lists."""

    def __init__(self, db: Database) -> None:
        self._db = db
        growing.sweep_aside(db)

    # --- saving --------------------------------------------------------------------------------------------------

    def save(self, info: Mapping[str, object], ready: Iterable[ReadyRow], rejected: Iterable[RejectedRow] = ()) -> int:
        """Save a list of rows that are no file's; return its id. `save_file` is the way for files.

        `info` holds the name, the fields and the figures of `ListFile` (no sheet: ""). Raises
        `BadRequest('name_missing')`.
        """
        people = (
            (position, 1, one.row, one.phone, one.country, _values(one.fields)) for position, one in enumerate(ready, 1)
        )
        problems = (
            (position, 1, bad.row, bad.value, bad.code, bad.country, _values(bad.cells))
            for position, bad in enumerate(rejected, 1)
        )

        def make(conn: sqlite3.Connection) -> int:
            made = new_list(conn, str(info["name"]), list(info["fields"]))  # type: ignore[call-overload]
            keep_file(conn, made, 1, {"sheet": "", **info})
            return made

        with growing.new_one(self._db, make) as one:
            one.insert(INSERT_PERSON, ((one.list_id, *values) for values in people))
            one.insert(INSERT_PROBLEM, ((one.list_id, *values) for values in problems))
            with one.finish() as conn:
                recount(conn, one.list_id)
            return one.list_id

    def save_file(self, recipients: RecipientList, name: str) -> int:
        """Save what was read from a file as a list of its own, which is seen once all of it is there; return its id.

        Once: a list under this name that holds just this file, with these figures, is not saved again (a double
        click), also while another process saves it; its id is returned. Raises `BadRequest('name_missing')`.
        """
        figures = _figures(recipients)

        def make(conn: sqlite3.Connection) -> int:
            made = new_list(conn, name, recipients.fields)
            keep_file(conn, made, 1, figures)
            return made

        with growing.new_one(self._db, make, once=_once(name.strip(), recipients, figures)) as one:
            # nobody else can begin the same now, and what somebody else has finished before is there to be found
            with self._db.read() as conn:
                same = _same_list(conn, name.strip(), recipients, figures)
            if same is not None:
                return same
            one.insert(INSERT_PERSON, person_rows(recipients, one.list_id))
            one.insert(INSERT_PROBLEM, problem_rows(recipients, one.list_id))
            with one.finish() as conn:
                recount(conn, one.list_id)
            return one.list_id

    def add_file(self, list_id: int, recipients: RecipientList) -> Added:
        """Add a file to a list. Numbers that are on it already keep their place and fields; the same file again adds
        nothing.

        A file of rejects that comes back corrected (`recipients.original_rows`) mends the rows it speaks of: they
        leave the remembered rejected rows once their number is usable, and keep the line they had in the first file.
        The list stays as it was until all of the addition is there. Raises `BadRequest('no_such_list')`.
        """
        figures = _figures(recipients)
        with growing.known_one(self._db, list_id) as one:
            with self._db.read() as conn:
                info = known_list(conn, list_id)
            known = [file.number for file in info.files if _is_same_file(file, figures)]
            number = known[0] if known else 1 + max((file.number for file in info.files), default=0)
            done = add_rows(self._db, one, number, recipients, again=bool(known))
            with one.finish() as conn:
                keep_file(conn, list_id, number, figures)
                _set_fields(conn, list_id, [*info.fields, *recipients.fields])
                recount(conn, list_id)
            return done

    def combine(
        self,
        name: str,
        plus: Sequence[int],
        minus: Sequence[int] = (),
        *,
        not_texted_days: int | None = None,
    ) -> int:
        """Save a new list of everybody on the lists `plus` who is on none of `minus`; return its id.

        A number on several of them is taken once, from the first. `not_texted_days` leaves out whoever was texted in
        so many days. The new list has the files and the rejected rows of the lists `plus`.
        Raises `BadRequest`: `name_missing`, `no_such_list`, `bad_days`.
        """
        earliest = None if not_texted_days is None else since(not_texted_days)
        with self._db.read() as conn:
            sources = [known_list(conn, each) for each in dict.fromkeys(plus)]
            others = [known_list(conn, each) for each in minus]
        if not sources:
            raise BadRequest("no_such_list", list=None)

        def make(conn: sqlite3.Connection) -> int:
            return new_list(conn, name, [field for one in sources for field in one.fields], origin="combined")

        with growing.new_one(self._db, make) as target:
            pouring = Pouring(target, minus, earliest)
            for one in sources:
                pouring.pour(one)
            with target.finish() as conn:
                for one in (*sources, *others):
                    if known_list(conn, one.id).changed_at != one.changed_at:
                        raise DatabaseBusy("busy", path=str(self._db.path))  # half of it would be as it was before
                recount(conn, target.list_id)
            return target.list_id

    def rename(self, list_id: int, name: str) -> None:
        """Give a list another name. Raises `BadRequest`: `name_missing`, `no_such_list`."""
        if not name.strip():
            raise BadRequest("name_missing")
        with self._db.write() as conn:
            known_list(conn, list_id)
            conn.execute("UPDATE recipient_list SET name = ? WHERE id = ? AND complete", [name.strip(), list_id])

    def delete(self, list_id: int) -> None:
        """Delete a list. Campaigns that used it keep their own messages.

        It is gone at once. The rows of a long one go afterwards, on a thread of its own.
        Raises `BadRequest('no_such_list')`, also if somebody else was faster.
        """
        with self._db.write() as conn:
            known_list(conn, list_id)
            rows = growing.hide(conn, list_id)
        if rows > growing.CHUNK:
            growing.sweep_aside(self._db)
        else:
            growing.sweep(self._db, only=list_id)

    def remove_people(self, list_ids: Sequence[int] | None, phones: Iterable[str]) -> int:
        """Take numbers (wire form) off these lists, or off all (None); return how many places that were."""
        with self._db.write() as conn:
            lists = [row[0] for row in conn.execute("SELECT id FROM recipient_list WHERE complete")]
            wanted, removed = json.dumps(list(phones)), 0
            for list_id in lists if list_ids is None else [each for each in lists if each in list_ids]:
                gone = conn.execute(
                    "DELETE FROM recipient WHERE list_id = ? AND phone IN (SELECT value FROM json_each(?))",
                    [list_id, wanted],
                ).rowcount
                if gone:
                    recount(conn, list_id)
                removed += gone
            return removed

    # --- reading -------------------------------------------------------------------------------------------------

    def all(self) -> list[ListInfo]:
        """Every list, newest first."""
        with self._db.read() as conn:
            return _infos(conn, "1", [])

    def get(self, list_id: int) -> ListInfo:
        """One list; raises `BadRequest('no_such_list')`."""
        with self._db.read() as conn:
            return known_list(conn, list_id)

    def named(self, name: str) -> list[ListInfo]:
        """Lists of just this name, newest first."""
        with self._db.read() as conn:
            return _infos(conn, "name = ?", [name.strip()])

    def by_hash(self, sha256: str) -> list[ListInfo]:
        """Lists with a file of this very content, newest first."""
        with self._db.read() as conn:
            return _infos(conn, "id IN (SELECT list_id FROM list_file WHERE sha256 = ?)", [sha256])

    def home_of(self, recipients: RecipientList) -> tuple[int, int] | None:
        """The list that a corrected file of rejects was made from, and how many of its problems are usable now.

        None for any other file, and when no list remembers such rows.
        """
        if not recipients.original_rows:
            return None
        with self._db.read() as conn:
            return home_of(conn, recipients)

    def holding(self, phone: str) -> list[ListInfo]:
        """Lists that a number (wire form) is on, newest first."""
        on_it = """EXISTS (SELECT 1 FROM recipient AS r WHERE r.list_id = recipient_list.id AND r.phone = ?
                   AND r.position <= coalesce(whole_to, 9e18))"""
        with self._db.read() as conn:
            return _infos(conn, on_it, [phone])

    def people(self, list_id: int, *, search: str = "", after: int | None = None, limit: int = 50) -> list[Person]:
        """One page of a list: those after position `after` (the last of the page before).

        `search`: a number in any spelling or part of one, or a text in any field.
        """
        where, values = search_test(list_id, search)
        query = f"""SELECT position, row, phone, country, fields FROM recipient
                    WHERE {where} AND position > ? ORDER BY position LIMIT ?"""  # noqa: S608
        with self._db.read() as conn:
            rows = conn.execute(query, [*values, -1 if after is None else after, limit])
            return [Person(**{**dict(row), "fields": json.loads(row["fields"])}) for row in rows]

    def people_count(self, list_id: int, search: str = "") -> int:
        """How many people a search finds on a list."""
        where, values = search_test(list_id, search)
        with self._db.read() as conn:
            return int(conn.execute(f"SELECT count(*) FROM recipient WHERE {where}", values).fetchone()[0])  # noqa: S608

    def table(self, list_id: int) -> tuple[list[str], Iterator[list[str]]]:
        """A list for export: its header (phone, country, the fields) and its rows, read as they are asked for.

        Where a field is a `phone` or `country` itself, ours is `_phone` or `_country`.
        """
        fields = self.get(list_id).fields
        return [*columns_beside(fields), *fields], self._rows(list_id, fields)

    def _rows(self, list_id: int, fields: Sequence[str]) -> Iterator[list[str]]:
        """Each block in a read transaction of its own: one for as long as somebody reads would keep the log growing."""
        query = f"""SELECT position, phone, country, fields FROM recipient
                    WHERE list_id = :list AND position > :after AND {WHOLE_ROWS.format(list=":list")}
                    ORDER BY position LIMIT {_BLOCK}"""  # noqa: S608
        after: int | None = -1
        while after is not None:
            with self._db.read() as conn:
                cursor = conn.execute(query, {"list": list_id, "after": after})
                cursor.row_factory = None
                block = cursor.fetchall()
            # one text to parse instead of thousands
            said = json.loads(f"[{','.join(one[3] for one in block)}]")
            for (_, phone, country, _), values in zip(block, said, strict=True):
                yield [phone, country, *(values.get(name, "") for name in fields)]
            after = block[-1][0] if block else None

    def rejected(self, list_id: int) -> list[RejectedRow]:
        """The rejected rows a list remembers: rows of its files that could not be used and were not corrected since."""
        with self._db.read() as conn:
            rows = conn.execute(
                """SELECT * FROM rejected_row WHERE list_id = ?1 AND position <= coalesce(
                       (SELECT problems_to FROM recipient_list WHERE id = ?1), 9e18) ORDER BY file, row, position""",
                [list_id],
            )
            return [
                RejectedRow(row["row"], row["value"], row["code"], row["country"], json.loads(row["cells"]))
                for row in rows
            ]

    # --- several lists together ----------------------------------------------------------------------------------

    def recipients(
        self, list_ids: Sequence[int], *, limit: int | None = None, offset: int = 0, skip_days: int | None = None
    ) -> list[Recipient]:
        """The people of these lists, each number once (its first list wins), without the suppressed.

        At most `limit`, those after the first `offset`. `skip_days` also leaves out whoever was texted in so many
        days. Raises `BadRequest('bad_days')`.
        """
        earliest = None if skip_days is None else since(skip_days)
        with self._db.read() as conn:
            return list(audience(conn, list_ids, limit=limit, offset=offset, not_texted_since=earliest))

    def phones(self, list_ids: Sequence[int]) -> set[str]:
        """The numbers on these lists."""
        query = f"SELECT phone FROM {ROWS_OF_LISTS}"  # noqa: S608
        with self._db.read() as conn:
            return {row[0] for row in conn.execute(query, {"lists": json.dumps(list(list_ids))})}

    def field_values(self, list_ids: Sequence[int], names: Iterable[str]) -> dict[str, list[str]]:
        """What stands in these fields on these lists, each value once, in no order; "" where somebody has nothing."""
        with self._db.read() as conn:
            people = audience_columns(conn, list_ids, list(names))
        return {name: list(set(column)) for name, column in people.columns.items()}

    def countries(self, list_ids: Sequence[int]) -> dict[str, int]:
        """How many distinct numbers of each country these lists hold."""
        query = f"SELECT country, count(DISTINCT phone) FROM {ROWS_OF_LISTS} GROUP BY country ORDER BY 2 DESC"  # noqa: S608
        with self._db.read() as conn:
            return {row[0]: row[1] for row in conn.execute(query, {"lists": json.dumps(list(list_ids))})}

    def overlap(self, list_ids: Sequence[int]) -> tuple[int, int]:
        """(rows that are a number of another chosen list again, distinct numbers on the suppression list)."""
        with self._db.read() as conn:
            total, distinct, suppressed = numbers_on(conn, list_ids)
        return total - distinct, suppressed

    def combined_count(
        self, plus: Sequence[int], minus: Sequence[int] = (), *, not_texted_days: int | None = None
    ) -> int:
        """How many people `combine` would put on a new list. Raises `BadRequest('bad_days')`."""
        without = ROWS_OF_LISTS.replace(":lists", ":minus")
        texted = "" if not_texted_days is None else f"AND NOT {TEXTED.format(phone='people.phone')}"
        query = f"""SELECT count(DISTINCT people.phone) FROM {ROWS_OF_LISTS} AS people
                    WHERE people.phone NOT IN (SELECT phone FROM {without}) {texted}"""  # noqa: S608
        values = {"lists": json.dumps(list(plus)), "minus": json.dumps(list(minus)), "but": None,
                  "since": None if not_texted_days is None else since(not_texted_days)}  # fmt: skip
        with self._db.read() as conn:
            return int(conn.execute(query, values).fetchone()[0])

    def texted_lately(self, list_ids: Sequence[int], days: int) -> int:
        """How many distinct numbers of these lists were texted in so many days; the suppressed are not counted.

        Raises `BadRequest('bad_days')`.
        """
        earliest = since(days)
        with self._db.read() as conn:
            return texted_on(conn, list_ids, earliest)

    def texted_among(self, phones: Iterable[str], days: int) -> set[str]:
        """Those of these numbers that were texted in so many days. Raises `BadRequest('bad_days')`."""
        values = {"phones": json.dumps(list(phones)), "since": since(days), "but": None}
        query = f"SELECT value FROM json_each(:phones) AS people WHERE {TEXTED.format(phone='people.value')}"  # noqa: S608
        with self._db.read() as conn:
            return {row[0] for row in conn.execute(query, values)}


# --- within a transaction ----------------------------------------------------------------------------------------


def new_list(conn: sqlite3.Connection, name: str, fields: Sequence[str], *, origin: str = "file") -> int:
    """Make an empty list. Raises `BadRequest('name_missing')`."""
    if not name.strip():
        raise BadRequest("name_missing")
    moment = to_text(now())
    made = conn.execute(
        """INSERT INTO recipient_list (name, fields, origin, people, problems, created_at, changed_at)
           VALUES (?, ?, ?, 0, 0, ?, ?)""",
        [name.strip(), _json(list(dict.fromkeys(fields))), origin, moment, moment],
    )
    return made.lastrowid or 0


def keep_file(conn: sqlite3.Connection, list_id: int, number: int, figures: Mapping[str, object]) -> None:
    """Note what a file holds; of one that was added before, what it holds as it was read this time."""
    columns = ", ".join(_FIGURES)
    changes = ", ".join(f"{name} = excluded.{name}" for name in _FIGURES)
    conn.execute(
        f"""INSERT INTO list_file (list_id, number, {columns}, added_at)
            VALUES (?, ?, {", ".join("?" * len(_FIGURES))}, ?)
            ON CONFLICT (list_id, number) DO UPDATE SET {changes}""",  # noqa: S608
        [list_id, number, *(figures[name] for name in _FIGURES), to_text(now())],
    )


def _figures(recipients: RecipientList) -> dict[str, Any]:
    figures = {name: getattr(recipients, name, "") for name in _FIGURES}
    return {**figures, "ready": len(recipients.ready)}


def _once(name: str, recipients: RecipientList, figures: Mapping[str, object]) -> str:
    """What tells this save from any other, as `_same_list` tells finished ones."""
    mark = hashlib.sha256(_json([name, recipients.fields, figures]).encode())
    mark.update("\n".join(recipients.phones).encode())
    return mark.hexdigest()


def _is_same_file(one: ListFile, figures: Mapping[str, object]) -> bool:
    # "": before sheets were noted, the first usable one was read
    return one.sha256 == figures["sha256"] and one.sheet in ("", figures["sheet"])


def _same_list(
    conn: sqlite3.Connection, name: str, recipients: RecipientList, figures: Mapping[str, object]
) -> int | None:
    """A list that holds just this file and these numbers: one that was added to or taken from since is another."""
    same = " AND ".join(f"f.{column} = ?" for column in _FIGURES)
    rows = conn.execute(
        f"""SELECT l.id FROM recipient_list AS l JOIN list_file AS f ON f.list_id = l.id
            WHERE l.complete AND l.name = ? AND l.fields = ? AND l.origin = 'file' AND {same}
            AND l.people = f.ready AND l.problems = f.rejected
            AND (SELECT count(*) FROM list_file WHERE list_id = l.id) = 1 ORDER BY l.id DESC""",  # noqa: S608
        [name, _json(recipients.fields), *(figures[column] for column in _FIGURES)],
    ).fetchall()
    for row in rows:
        phones = conn.execute("SELECT phone FROM recipient WHERE list_id = ? ORDER BY position", [row["id"]])
        # other countries or phone columns may have been chosen, and yet as many numbers be ready
        if [one["phone"] for one in phones] == recipients.phones:
            return int(row["id"])
    return None


def _set_fields(conn: sqlite3.Connection, list_id: int, fields: Sequence[str]) -> None:
    names = _json(list(dict.fromkeys(fields)))
    conn.execute("UPDATE recipient_list SET fields = ? WHERE id = ?", [names, list_id])


def recount(conn: sqlite3.Connection, list_id: int) -> None:
    """Count a list's people and problems anew, after they changed."""
    conn.execute(
        """UPDATE recipient_list SET changed_at = ?2,
               people = (SELECT count(*) FROM recipient WHERE list_id = ?1 AND position <= coalesce(whole_to, 9e18)),
               problems = (SELECT count(*) FROM rejected_row WHERE list_id = ?1
                           AND position <= coalesce(problems_to, 9e18)) WHERE id = ?1""",
        [list_id, to_text(now())],
    )


def _infos(conn: sqlite3.Connection, where: str, values: Sequence[object]) -> list[ListInfo]:
    query = f"""SELECT id, name, fields, people, problems, origin, created_at, changed_at FROM recipient_list
                WHERE complete AND {where} ORDER BY id DESC"""  # noqa: S608
    lists = conn.execute(query, values).fetchall()
    files: dict[int, list[ListFile]] = {row["id"]: [] for row in lists}
    query = "SELECT * FROM list_file WHERE list_id IN (SELECT value FROM json_each(?)) ORDER BY list_id, number"
    for row in conn.execute(query, [json.dumps(list(files))]):
        files[row["list_id"]].append(ListFile(**{name: row[name] for name in ListFile.__slots__}))
    return [ListInfo(**{**dict(row), "fields": json.loads(row["fields"]), "files": files[row["id"]]}) for row in lists]


def known_list(conn: sqlite3.Connection, list_id: int) -> ListInfo:
    """What is known of a list. Raises `BadRequest('no_such_list')`."""
    found = _infos(conn, "id = ?", [list_id])
    if not found:
        raise BadRequest("no_such_list", list=list_id)
    return found[0]


def _values(cells: Mapping[str, str]) -> str:
    return _json({name: without_nul(text) for name, text in cells.items()})


def _json(values: object) -> str:
    return json.dumps(values, ensure_ascii=False)
