"""How what was read from a file gets into a list: whole columns at a time, and corrections back to their places.

A list remembers of every row which of its files it came from (`file`, the number of a `list_file`) and the line in
that file (`row`). A file of rejects that was corrected and comes back says the line each of its rows had in the first
file, so that what is usable now leaves the rejected rows, and what is not replaces its old entry.
"""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from difflib import SequenceMatcher
from itertools import count, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from smsget.store.database import Database
from smsget.store.growing import WHOLE_ROWS, Growing
from smsget.store.texted import TEXTED

if TYPE_CHECKING:
    import pandas as pd

    from smsget.recipients import RecipientList
    from smsget.store.lists import ListFile, ListInfo

INSERT_PERSON = """INSERT INTO recipient (list_id, position, file, row, phone, country, fields)
                   VALUES (?, ?, ?, ?, ?, ?, ?)"""
INSERT_PROBLEM = """INSERT INTO rejected_row (list_id, position, file, row, value, code, country, cells)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""

_CHUNK = 50_000
"""Rows that are turned into Python objects at a time: a million at once would take a gigabyte."""

_COMPARED = 200
"""Lines of a file of rejects that are compared with what lists remember, to find the list it was made from."""

_NEAR = 0.8
"""So alike are the digits of a number with one or two slips and of the same number mended; those of two people less."""

_LONGEST = 40
"""Digits of a cell that are compared with a number."""

_NOT_PLAIN = r'["\\\x00-\x1f]'
"""What JSON writes otherwise than it stands."""

Places = Mapping[int, tuple[int, int]]
"""By line of a file of rejects: the file of the list and the row in it that the line stands for."""


@dataclass(frozen=True, slots=True)
class Added:
    """What an addition did: numbers `added`, numbers the list had already (`known`), rejected rows that it remembered
    and that are usable now (`corrected`; their numbers are among the added or the known).
    """

    added: int
    known: int
    corrected: int


def person_rows(
    recipients: RecipientList, list_id: int, *, first: int = 1, file: int = 1, places: Places | None = None
) -> Iterator[tuple[object, ...]]:
    """The ready rows as `INSERT_PERSON` takes them, in the file's order, with positions from `first` on."""
    frame, names = recipients.ready, recipients.fields
    positions = count(first)
    for part in _parts(frame):
        files, rows = _placed(part.iloc[:, 0].tolist(), file, places)
        fields = json_objects(part.iloc[:, 3:], names)
        yield from zip(repeat(list_id), positions, files, rows, part.iloc[:, 1].tolist(), part.iloc[:, 2].tolist(),
                       fields)  # fmt: skip


def problem_rows(
    recipients: RecipientList,
    list_id: int,
    *,
    first: int = 1,
    file: int = 1,
    places: Places | None = None,
    without: frozenset[int] = frozenset(),
) -> Iterator[tuple[object, ...]]:
    """The rejected rows as `INSERT_PROBLEM` takes them, but those on the lines `without`."""
    frame = recipients.problems
    if without:
        frame = frame[~frame["row"].isin(without)]
    positions = count(first)
    for part in _parts(frame):
        files, rows = _placed(part.iloc[:, 0].tolist(), file, places)
        said = (part.iloc[:, at].tolist() for at in (1, 2, 3))
        cells = json_objects(part.iloc[:, 5:], recipients.header)
        yield from zip(repeat(list_id), positions, files, rows, *said, cells)


def json_objects(columns: pd.DataFrame, names: Sequence[str]) -> list[str]:
    """One JSON object per row, `{"姓名":"王小明"}`: the columns' texts under these names.

    Built by Arrow: `json.dumps` row by row takes longer than everything else about saving a list. NUL is left out
    (`without_nul`).
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not names:
        return ["{}"] * len(columns)
    texts: list[Any] = []
    for at, name in enumerate(names):
        before = f'{"," if at else "{"}{json.dumps(name, ensure_ascii=False)}:"'
        texts.append(pa.scalar(before if not at else f'"{before}', pa.large_string()))
        texts.append(_escaped(pa.array(columns.iloc[:, at], pa.large_string())))
    texts.append(pa.scalar('"}', pa.large_string()))
    joined = pc.binary_join_element_wise(*texts, pa.scalar("", pa.large_string()))
    return joined.to_pylist()  # type: ignore[no-any-return]


def _escaped(column: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pc.any(pc.match_substring_regex(column, _NOT_PLAIN)).as_py():
        return column
    texts = [json.dumps(without_nul(text), ensure_ascii=False)[1:-1] for text in column.to_pylist()]
    return pa.array(texts, pa.large_string())


def without_nul(text: str) -> str:
    """A value as it can be kept: SQLite's JSON functions end a text at its first NUL, Python's do not."""
    return text.replace("\0", "")


def _parts(frame: pd.DataFrame) -> Iterator[pd.DataFrame]:
    return (frame.iloc[start : start + _CHUNK] for start in range(0, len(frame), _CHUNK))


def _placed(lines: list[int], file: int, places: Places | None) -> tuple[Iterable[int], Iterable[int]]:
    if not places:
        return repeat(file), lines
    found = [places.get(line, (file, line)) for line in lines]
    return [file for file, _ in found], [row for _, row in found]


# --- additions ---------------------------------------------------------------------------------------------------


@dataclass
class _Lines:
    """The lines of a file by what became of them. `told`: all that are not blank."""

    rejected: frozenset[int]
    usable: frozenset[int]

    @property
    def told(self) -> frozenset[int]:
        return self.rejected | self.usable


@dataclass
class _Correction:
    """The remembered rejected rows (`positions`) that lines of a file of rejects speak of, and their `places`."""

    places: dict[int, tuple[int, int]] = field(default_factory=dict)
    positions: list[int] = field(default_factory=list)


def add_rows(db: Database, target: Growing, number: int, recipients: RecipientList, *, again: bool) -> Added:
    """Put a file's rows into a list as its file `number`, all but the last step. `again`: it was added before."""
    lines, list_id = _lines(recipients), target.list_id
    with db.read() as conn:
        correction = _match(conn, list_id, recipients, lines)
        before = _rejected_before(conn, list_id, number) if again else frozenset()
        solved = _solved(conn, list_id, number, recipients, lines, correction.places) - before if again else frozenset()
        person, problem = (_next(conn, table, list_id) for table in ("recipient", "rejected_row"))
    added = target.insert(
        f"{INSERT_PERSON} ON CONFLICT (list_id, phone) DO NOTHING",
        person_rows(recipients, list_id, first=person, file=number, places=correction.places),
    )
    target.insert(
        INSERT_PROBLEM,
        problem_rows(recipients, list_id, first=problem, file=number, places=correction.places, without=solved),
    )
    told = json.dumps(sorted(lines.told) if again else [])
    target.at_last(
        f"""DELETE FROM rejected_row WHERE list_id = ?1 AND position < ?5
            AND (position IN (SELECT value FROM json_each(?2))
                 OR {int(again)} AND file = ?3 AND row IN (SELECT value FROM json_each(?4)))""",  # noqa: S608
        [list_id, json.dumps(correction.positions), number, told, problem],
    )
    corrected = sum(line not in lines.rejected for line in correction.places) + len(before & lines.usable)
    return Added(added, len(recipients.ready) - added, corrected)


def home_of(conn: sqlite3.Connection, recipients: RecipientList) -> tuple[int, int] | None:
    """Within a transaction: the list that a corrected file of rejects was made from, and how many of its rows are
    usable now. None if no list remembers them.

    Many lists remember a problem in row 7: it is the list whose rows also say the same, the newest of several.
    """
    lines, said = _lines(recipients), _said(recipients)
    line_of = {row: line for line, row in list(_original_rows(recipients).items())[:_COMPARED]}
    likeness: Counter[int] = Counter()
    query = """SELECT list_id, row, value, cells FROM rejected_row WHERE row IN (SELECT value FROM json_each(?))
               AND list_id IN (SELECT id FROM recipient_list WHERE complete)"""
    for one in conn.execute(query, [json.dumps(list(line_of))]):
        likeness[one["list_id"]] += _likeness(said.get(line_of[one["row"]]), one)
    best = max(likeness, key=lambda each: (likeness[each], each), default=None)
    if best is None or not likeness[best]:
        return None
    places = _match(conn, best, recipients, lines).places
    return best, sum(line not in lines.rejected for line in places)


def _lines(recipients: RecipientList) -> _Lines:
    rejected = frozenset(recipients.problems["row"].tolist())
    usable = {*recipients.ready["_row"].tolist(), *recipients.left_out["row"].tolist()}
    return _Lines(rejected, frozenset(usable) - rejected)


def _original_rows(recipients: RecipientList) -> Mapping[int, int]:
    return recipients.original_rows


def _match(conn: sqlite3.Connection, list_id: int, recipients: RecipientList, lines: _Lines) -> _Correction:
    """Find the remembered row that each line of a file of rejects speaks of: one with its row number that is alike.

    Without likeness, and between rows of several files that are equally alike, none: the line would settle the
    problem of somebody else.
    """
    correction = _Correction()
    originals = {line: row for line, row in sorted(_original_rows(recipients).items()) if line in lines.told}
    if not originals:
        return correction
    remembered: dict[int, list[sqlite3.Row]] = {}
    query = """SELECT position, file, row, value, cells FROM rejected_row
               WHERE list_id = ? AND row IN (SELECT value FROM json_each(?)) ORDER BY position"""
    for one in conn.execute(query, [list_id, json.dumps(sorted(set(originals.values())))]):
        remembered.setdefault(one["row"], []).append(one)
    said = _said(recipients) if remembered else {}
    for line, row in originals.items():
        if best := _most_alike(said.get(line), remembered.get(row, [])):
            remembered[row].remove(best)
            correction.places[line] = (best["file"], row)
            correction.positions.append(best["position"])
    return correction


class _Said(NamedTuple):
    """What a line of a file of rejects says now: the file's own cells, of a usable row without its number."""

    number: str
    cells: Mapping[str, str]


def _said(recipients: RecipientList) -> dict[int, _Said]:
    """By line."""
    found = {}
    for frame, skipped, names in (
        (recipients.problems, 5, recipients.header),
        (recipients.left_out, 3, recipients.fields),
        (recipients.ready, 3, recipients.fields),
    ):
        for line, number, *rest in frame.itertuples(index=False, name=None):
            found[line] = _Said(number, dict(zip(names, rest[skipped - 2 :], strict=True)))
    return found


def _most_alike(said: _Said | None, candidates: Sequence[sqlite3.Row]) -> sqlite3.Row | None:
    likeness = [_likeness(said, one) for one in candidates]
    most = max(likeness, default=0)
    best = [one for one, alike in zip(candidates, likeness, strict=True) if alike == most] if most else []
    # Pieces of one cell are several rows of one file, and all of them the same person's.
    return best[0] if len({one["file"] for one in best}) == 1 else None


def _likeness(said: _Said | None, remembered: sqlite3.Row) -> int:
    """How many cells of a line and of a remembered row are the same; 0 if they may well be two people's.

    They are one person's if most of what they say is the same, or the number is the old one with a slip mended.
    """
    if said is None:
        return 0
    theirs = json.loads(remembered["cells"])
    compared = {name: (value, theirs.get(name, "")) for name, value in said.cells.items() if value or theirs.get(name)}
    same = sum(value == other for value, other in compared.values())
    mended = _is_mended(said.number, remembered["value"])
    return same + mended if mended or same * 2 > len(compared) else 0


def _is_mended(number: str, before: str) -> bool:
    ours, theirs = ("".join(filter(str.isdecimal, unicodedata.normalize("NFKC", each))) for each in (number, before))
    return SequenceMatcher(None, ours[:_LONGEST], theirs[:_LONGEST], autojunk=False).ratio() >= _NEAR


def _rejected_before(conn: sqlite3.Connection, list_id: int, number: int) -> frozenset[int]:
    query = "SELECT row FROM rejected_row WHERE list_id = ? AND file = ?"
    return frozenset(row[0] for row in conn.execute(query, [list_id, number]))


def _solved(
    conn: sqlite3.Connection, list_id: int, number: int, recipients: RecipientList, lines: _Lines, places: Places
) -> frozenset[int]:
    """Of a file that was added before: rejected lines whose person came onto the list since, by a correction.

    A line of a file of rejects that speaks of no remembered row any more is one, too.
    """
    query = """SELECT row FROM recipient WHERE list_id = ? AND file = ?
               AND row IN (SELECT value FROM json_each(?))"""
    there = conn.execute(query, [list_id, number, json.dumps(sorted(lines.rejected))])
    known = {line for line in _original_rows(recipients) if line not in places}
    return frozenset({row[0] for row in there} | (known & lines.rejected))


def _next(conn: sqlite3.Connection, table: str, list_id: int) -> int:
    query = f"SELECT coalesce(max(position), 0) + 1 FROM {table} WHERE list_id = ?"  # noqa: S608
    return int(conn.execute(query, [list_id]).fetchone()[0])


# --- combining ---------------------------------------------------------------------------------------------------


class Pouring:
    """Puts the people, files and rejected rows of lists into another; whatever that has already stays as it is.

    `minus`: lists whose people are left out. `not_texted_since` (UTC text) leaves out whoever was texted since then.
    """

    def __init__(self, target: Growing, minus: Sequence[int], not_texted_since: str | None) -> None:
        self._target = target
        self._values = {"to": target.list_id, "minus": json.dumps(list(minus)), "since": not_texted_since, "but": None}
        self._files: list[ListFile] = []

    def pour(self, source: ListInfo) -> None:
        """Put one list in, in as many transactions as that takes."""
        with self._target.chunk() as conn:
            numbers = self._pour_files(conn, source)
            bases = {f"after_{table}": _next(conn, table, self._target.list_id) - 1
                     for table in ("recipient", "rejected_row")}  # fmt: skip
        file = f"CASE people.file {' '.join(f'WHEN {old} THEN {new}' for old, new in numbers.items())} END"
        values = {**self._values, **bases, "source": source.id}
        texted = f"AND NOT {TEXTED.format(phone='people.phone')}" if self._values["since"] else ""
        self._target.insert_from(_POUR_PEOPLE.format(file=file, texted=texted), "recipient", source.id, values)
        self._target.insert_from(_POUR_PROBLEMS.format(file=file), "rejected_row", source.id, values)

    def _pour_files(self, conn: sqlite3.Connection, source: ListInfo) -> dict[int, int]:
        numbers = pour_files(conn, source.files, self._target.list_id, self._files)
        self._files += [replace(one, number=numbers[one.number]) for one in source.files]
        return numbers


_STRETCH = "list_id = :source AND position > :after AND position <= :upto"
_POUR_PEOPLE = f"""INSERT INTO recipient (list_id, position, file, row, phone, country, fields)
    SELECT :to, position + :after_recipient, {{file}}, row, phone, country, fields
    FROM recipient AS people WHERE {_STRETCH} AND {WHOLE_ROWS.format(list=":source")} AND NOT EXISTS (
        SELECT 1 FROM json_each(:minus) AS m CROSS JOIN recipient AS r ON r.list_id = m.value
        WHERE r.phone = people.phone)
    {{texted}} ORDER BY position ON CONFLICT (list_id, phone) DO NOTHING"""  # noqa: S608
# Two equal rows of one list are two rows, also when they come in different chunks.
_POUR_PROBLEMS = f"""INSERT INTO rejected_row (list_id, position, file, row, value, code, country, cells)
    SELECT :to, position + :after_rejected_row, {{file}}, row, value, code, country, cells
    FROM rejected_row AS people WHERE {_STRETCH}
    AND position <= coalesce((SELECT problems_to FROM recipient_list WHERE id = :source), 9e18) AND NOT EXISTS (
        SELECT 1 FROM rejected_row AS r WHERE r.list_id = :to AND r.position <= :after_rejected_row
        AND r.row = people.row AND r.file = {{file}} AND r.value = people.value)
    ORDER BY position"""  # noqa: S608


def pour_files(
    conn: sqlite3.Connection, files: Sequence[ListFile], target: int, known: Sequence[ListFile]
) -> dict[int, int]:
    """Copy what is known of a list's files to another, which has the `known`; their numbers here by those there."""
    there = {(one.sha256, one.sheet): one.number for one in known if one.sha256}
    numbers, free = {}, 1 + max((one.number for one in known), default=0)
    for one in files:
        number = there.get((one.sha256, one.sheet))
        if number is None:
            number, free = free, free + 1
            values = {**asdict(one), "list_id": target, "number": number}
            conn.execute(
                f"INSERT INTO list_file ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})",  # noqa: S608
                list(values.values()),
            )
        numbers[one.number] = number
    return numbers
