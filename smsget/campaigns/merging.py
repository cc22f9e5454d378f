"""Recipients and the text that is merged for each of them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter
from sys import intern

from smsget.errors import TextRefused

_AT_ONCE = 10_000
"""So many recipients are turned into columns at a time, so that their dicts of fields need not all be kept."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One person: `phone` in wire form, ISO `country`, and the other columns of the file as merge fields.

    `row` is the line of the file the person comes from, 0 where nobody asked.
    """

    phone: str
    country: str
    fields: Mapping[str, str] = field(default_factory=dict)
    row: int = 0


@dataclass(frozen=True, slots=True)
class Audience:
    """Many people in columns, all equally long: less than half the memory and time of as many `Recipient`s.

    `columns` holds the merge fields by name, "" where a person has none; only those of the text are needed.
    """

    phones: Sequence[str]
    countries: Sequence[str]
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rows: Sequence[int] = ()

    def __post_init__(self) -> None:
        lengths = {len(self.phones), len(self.countries), *map(len, self.columns.values())}
        if len(lengths) > 1 or len(self.rows) not in (0, len(self.phones)):
            raise ValueError("an audience's columns are not equally long")

    @classmethod
    def of(cls, recipients: Iterable[Recipient], names: Iterable[str]) -> Audience:
        """The recipients in columns, with the fields that `names` tells."""
        phones: list[str] = []
        countries: list[str] = []
        rows: list[int] = []
        columns: dict[str, list[str]] = {name: [] for name in names}
        left = iter(recipients)
        while people := list(islice(left, _AT_ONCE)):
            phones += [person.phone for person in people]
            countries += [intern(person.country) for person in people]
            rows += [person.row for person in people]
            values = [person.fields for person in people]
            for name, column in columns.items():
                try:
                    column.extend(list(map(itemgetter(name), values)))
                except KeyError:  # lists with other columns: rare, and looking for it costs everybody
                    column.extend([each.get(name, "") for each in values])
        return cls(phones, countries, columns, rows)

    def __len__(self) -> int:
        return len(self.phones)

    def person(self, at: int) -> Recipient:
        """The person at this position (from 0), with the fields this audience has."""
        fields = {name: column[at] for name, column in self.columns.items()}
        return Recipient(self.phones[at], self.countries[at], fields, self.rows[at] if self.rows else 0)

    def only(self, positions: Sequence[int]) -> Audience:
        """The people at these positions."""
        columns = {name: [column[at] for at in positions] for name, column in self.columns.items()}
        rows = [self.rows[at] for at in positions] if self.rows else ()
        phones, countries = [self.phones[at] for at in positions], [self.countries[at] for at in positions]
        return Audience(phones, countries, columns, rows)


FIELD = re.compile(r"\{\{([^{}|]*)(?:\|([^{}]*))?\}\}")
"""A merge field in a text: its name, and its fallback if it has one."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class MergeText:
    """A text with merge fields: `{{姓名}}`, or `{{姓名|貴賓}}` with a fallback for people who have no such value.

    `fields` has their names, in order of first appearance; `slots` the same in order and as often as they stand in
    the text; `literals` is what stands before, between and behind them.
    Raises `TextRefused`: `empty_text`, or `broken_field` when braces do not pair up.
    """

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise TextRefused("empty_text")
        self.text = text
        self.literals: list[str] = []
        self._slots: list[tuple[str, str]] = []  # (field, fallback or "")
        end = 0
        for match in FIELD.finditer(text):
            self.literals.append(text[end : match.start()])
            self._slots.append((match[1].strip(), clean_value(match[2] or "")))
            end = match.end()
        self.literals.append(text[end:])
        self.slots = [name for name, _ in self._slots]
        self.fields = list(dict.fromkeys(self.slots))
        for literal in self.literals:
            if "{{" in literal or "}}" in literal:
                raise TextRefused("broken_field", field=literal.strip()[:40])
        if not all(self.fields):
            raise TextRefused("broken_field", field="{{}}")

    def check_fields(self, known: Iterable[str]) -> None:
        """Raise `TextRefused('unknown_field')`, with the nearest real name, for a field no list has."""
        names = list(known)
        for name in self.fields:
            if name not in names:
                near = difflib.get_close_matches(name, names, n=1, cutoff=0.3)
                raise TextRefused("unknown_field", field=name, suggestion=near[0] if near else "", fields=names)

    def render(self, values: Mapping[str, str]) -> str:
        """The text for one person. Line breaks and control characters inside a value become one space."""
        return self.fill([clean_value(values.get(name, "")) or fallback for name, fallback in self._slots])

    def fill(self, values: Iterable[str]) -> str:
        """The text with these values in its fields, as they are, one for each place."""
        out = [self.literals[0]]
        for value, literal in zip(values, self.literals[1:], strict=True):
            out += (value, literal)
        return "".join(out)

    def missing(self, values: Mapping[str, str]) -> list[str]:
        """The fields for which this person has no value and the text has no fallback."""
        return [name for name, fallback in self._slots if not fallback and not clean_value(values.get(name, ""))]

    def columns(self, audience: Audience) -> list[Sequence[str]]:
        """What everybody gets in each place of the text, clean and with fallbacks: one column for each place."""
        clean = {name: _clean_column(audience.columns[name]) for name in self.fields}
        return [
            [value or fallback for value in clean[name]] if fallback and "" in clean[name] else clean[name]
            for name, fallback in self._slots
        ]

    def gaps(self, columns: Sequence[Sequence[str]]) -> dict[str, list[int]]:
        """The fields for which somebody has neither value nor fallback, with these people's positions."""
        gaps: dict[str, list[int]] = {}
        for (name, fallback), column in zip(self._slots, columns, strict=True):
            if not fallback and name not in gaps and "" in column:
                gaps[name] = [at for at, value in enumerate(column) if not value]
        return gaps


def with_fallback(text: str, field: str, fallback: str) -> str:
    """`text` with this fallback in every place of a field that has none. Braces and bars are taken out of it.

    Unchanged if nothing is left of the fallback then.
    """
    safe = clean_value(re.sub(r"[{}|]", "", fallback))
    if not safe:
        return text

    def put(found: re.Match[str]) -> str:
        return f"{{{{{found[1]}|{safe}}}}}" if found[1].strip() == field and not (found[2] or "").strip() else found[0]

    return FIELD.sub(put, text)


def clean_value(value: str) -> str:
    """A field's value without line breaks and control characters, which would tear the text apart."""
    return _UNPRINTABLE.sub(" ", value).strip()


def _clean_column(values: Sequence[str]) -> Sequence[str]:
    """Every value clean; a column in which nothing has to be replaced, which is nearly every one, is looked at once."""
    everything = "".join(values)
    if everything.isprintable():  # so a blank is the only white space there can be
        return list(map(str.strip, values)) if " " in everything else values
    if _UNPRINTABLE.search(everything):
        return [clean_value(value) for value in values]
    return list(map(str.strip, values))
