"""Which shape a line of a log has, and the callbacks in it: text -> fields as SMS-Get posted them.

The shapes are those that people's callback scripts and web servers write; nobody writes a log for us. Each line is
looked at for itself, since one file may mix them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from smsget.logs.tables import CONTENT_NAMES, SMS_ID_NAMES, folded, split_row, tidy_id
from smsget.receipts import form_fields, storable

Fields = dict[str, str]
"""What `receipts.parse_callback` takes: `content`, and `sms_id` where the log kept one."""

SHAPES = ("table", "urlencoded", "json_lines", "json_array", "access_log", "application_log", "content_lines")
"""The shapes a line can have; `json_array` is what a whole JSON document is."""

_DEPTH = 4  # a JSON log line whose message quotes a JSON body is two deep
_OBJECTS = 100  # braces tried in one line: what is no JSON may be full of them, and each costs a look at what follows

_PAYLOAD = re.compile(
    r"\s*\+?[0-9][0-9*xX•-]{5,17}(?:\s*\||\s+\S{1,64}\s+[0-9]{4}[-/][0-9]{1,2}[-/][0-9]{1,2}[ T]+[0-9]{1,2}:)"
)
_FORM = re.compile(r"\?|(?:[A-Za-z_][\w.%\[\]-]{0,60}=[^\s&]{0,200}&+){0,20}(?:sms_?id|content)=", re.IGNORECASE)
_REQUEST = re.compile(r'"(?:GET|POST|PUT|HEAD) ([^"]{0,65536}?) HTTP/[0-9.]{1,3}"')
_FORM_INSIDE = re.compile(
    r"(?:^|[\s?\]:>'(=]\"?)((?:[A-Za-z_]\w{0,30}=[^\s&]{0,200}&){0,20}(?:sms_?id|content)=)", re.I
)
_ASSIGNED_ID = re.compile(r"sms_?id\W{1,8}([\w-]{1,40})", re.IGNORECASE)
_ASSIGNED_CONTENT = re.compile(r"(?<![\w,;\"&?])content\W{1,8}(?=\+?[0-9]{7,15}[|\s])([^\"'\])}]*)", re.IGNORECASE)

_OBJECT_START = re.compile(r'\{\s*"[^"]')  # and not the doubled quotes of a cell

_decoder = json.JSONDecoder(strict=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The callbacks of one line (or table row, or JSON object), and the shape they had."""

    shape: str
    callbacks: list[Fields]


_Look = Callable[[str, int], Found | None]


def recognise(text: str, depth: int = 0) -> Found | None:
    """The callbacks in one line, None if nothing in it is of a callback. Any text; never raises."""
    return _first(_LOOKS, text, depth)


def _first(looks: tuple[_Look, ...], text: str, depth: int) -> Found | None:
    return next((found for look in looks if (found := look(text, depth)) is not None), None)


def looks_broken(text: str) -> bool:
    """Whether an object of JSON begins in `text` and does not decode, as when the disk was full half-way."""
    text = _unescaped(text)
    start = _OBJECT_START.search(text)
    return start is not None and _decoded_json(text[start.start() :])[0] is None


# --- the shapes, in the order they are tried ------------------------------------------------------------------------


def _form(text: str, _depth: int) -> Found | None:
    if _FORM.match(text) is None:
        return None
    fields = picked(form_fields(text))
    return Found("urlencoded", [fields]) if fields is not None else None


def _payload(text: str, _depth: int) -> Found | None:
    return Found("content_lines", [{"content": text.strip()}]) if _PAYLOAD.match(text) else None


def _json_line(text: str, depth: int) -> Found | None:
    text = text.strip()
    if not text.startswith(("{", "[")):
        return None
    value, end = _decoded_json(text)
    callbacks = list(in_json(value, depth)) if not text[end:].strip(" ,") else []
    return Found("json_lines", callbacks) if callbacks else None


def _access_log(text: str, _depth: int) -> Found | None:
    request = _REQUEST.search(text)
    if request is None or "?" not in request[1]:
        return None
    fields = picked(form_fields(request[1].partition("?")[2]))
    return Found("access_log", [fields]) if fields is not None else None


def _json_inside(text: str, depth: int) -> Found | None:
    text = _unescaped(text)
    callbacks: list[Fields] = []
    at = text.find("{")
    for _ in range(_OBJECTS):
        if at < 0:
            break
        value, end = _decoded_json(text, at)
        callbacks += in_json(value, depth)
        at = text.find("{", end) if end > at else text.find('{"', at + 1)
    return Found("application_log", callbacks) if callbacks else None


def _form_inside(text: str, _depth: int) -> Found | None:
    start = _FORM_INSIDE.search(text)
    if start is None:
        return None
    body = text[start.start(1) :]
    opened_by = text[start.start(1) - 1 : start.start(1)]
    # Encoded, the body ends at white space; logged decoded, it holds some itself and ends at its quote or the end.
    end = opened_by if opened_by in ("'", '"') else "\t"
    for form in (re.split(r"[\s\"']", body, maxsplit=1)[0], body.partition(end)[0]):
        fields = picked(form_fields(form))
        if fields is not None and (fields["content"].count("|") >= 3 or "|" not in fields["content"]):
            return Found("application_log", [fields])
    return None


def _cells(text: str, depth: int) -> Found | None:
    """A row of a table of which we saw no header: the cell that is a body, or the payloads with the id beside them."""
    if depth or looks_broken(text):  # cut at its commas, a damaged body would give receipts without their id
        return None
    for delimiter in ",\t;":
        cells = (split_row(text, delimiter) if delimiter in text else None) or []
        looked = [_first(_BODIES, cell, depth + 1) if len(cell) > 16 and cell != text else None for cell in cells]
        found = next((one for one in looked if one is not None), None)
        if found is None:
            continue
        if found.shape != "content_lines":
            return Found("table", found.callbacks)
        # A content that was not quoted falls into as many cells as it has receipts.
        payloads = [(at, one) for at, one in enumerate(looked) if one is not None and one.shape == "content_lines"]
        sms_id = _id_beside(cells, payloads[0][0])
        return Found("table", [{"sms_id": sms_id, **fields} for _, one in payloads for fields in one.callbacks])
    return None


def _id_beside(cells: list[str], index: int) -> str:
    """The nearest cell that is a whole number, or "" if an empty one is nearer, as in the row of a reply."""
    for cell in (*reversed(cells[:index]), *cells[index + 1 :]):
        if not tidy_id(cell) or cell.strip().isdigit():
            return tidy_id(cell)
    return ""


def _assigned(text: str, _depth: int) -> Found | None:
    """The last resort: `content` and then something like `=`, `:` or `=>` before a number, wherever in the line."""
    content = _ASSIGNED_CONTENT.search(text)
    if content is None:
        return None
    sms_id = _ASSIGNED_ID.search(text)
    return Found("application_log", [{"sms_id": tidy_id(sms_id[1]) if sms_id else "", "content": content[1].strip()}])


_BODIES: tuple[_Look, ...] = (_form, _payload, _json_line)
# Cells last: a comma inside a body must not cut it.
_LOOKS: tuple[_Look, ...] = (*_BODIES, _access_log, _json_inside, _form_inside, _assigned, _cells)

# --- shared by the shapes -------------------------------------------------------------------------------------------


def picked(named: dict[str, Any]) -> Fields | None:
    """`sms_id` and `content` out of a form or JSON object, whatever the case of its names; None without a content."""
    content, sms_id = named.get("content"), named.get("sms_id")
    if content is None:
        by_name = {folded(name): value for name, value in named.items()}
        content = next((by_name[name] for name in CONTENT_NAMES if by_name.get(name) is not None), None)
    if not isinstance(content, str):
        return None
    if sms_id is None:
        by_name = {folded(name): value for name, value in named.items()}
        sms_id = next((by_name[name] for name in SMS_ID_NAMES if by_name.get(name) is not None), "")
    return {"sms_id": tidy_id(sms_id) if isinstance(sms_id, (str, int, float)) else "", "content": content}


def in_json(value: Any, depth: int = 0) -> Iterator[Fields]:
    """Every callback in a decoded JSON value, also nested, and also in strings that quote a body."""
    if depth > _DEPTH:
        return
    if isinstance(value, dict):
        fields = picked(value)
        if fields is not None:
            yield {name: storable(text) for name, text in fields.items()}
            return
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from in_json(one, depth + 1)
    elif isinstance(value, str) and len(value) > 16 and ("|" in value or "content" in value):
        found = recognise(storable(value), depth + 1)
        yield from found.callbacks if found else ()


def _unescaped(text: str) -> str:
    """The text, of which a body may have been logged as a JSON string."""
    return text.replace('\\"', '"').replace("\\\\", "\\") if '{\\"' in text else text


def _decoded_json(text: str, start: int = 0) -> tuple[Any, int]:
    """The value that begins at `start` and where it ends; (None, `start`) if it is no JSON."""
    try:
        return _decoder.raw_decode(text, start)
    except (ValueError, RecursionError):
        return None, start
