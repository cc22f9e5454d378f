"""A log that is one JSON document: an array of any size, or an object spread over lines; read object by object."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

DOCUMENT = re.compile(r'\s*(?:\[\s*[{\[\]]|\{\s*(?:"[^"\\\n]*"\s*:\s*[\[{]?\s*)?\r?\n)')
"""How such a text begins; one that begins with a whole object in its first line is read by lines instead."""

_WINDOW = 1 << 20  # an object of more characters than this is the wrapping of others, not a callback
_STRUCTURE = re.compile(r'[\s,:\[\]{}]+|"[^"\\]*"\s*:\s*(?:"[^"\\]*"|-?[0-9.]+|true|false|null)?')

_decoder = json.JSONDecoder(strict=False)


class LineCounter:
    """Counts the lines of a text that passes in pieces: `filled` counts those that are not blank."""

    def __init__(self) -> None:
        self.filled = 0
        self._ends, self._open, self._in_filled = 0, False, False

    @property
    def all(self) -> int:
        """All lines so far, also one that has not ended."""
        return self._ends + self._open

    def counted(self, texts: Iterator[str]) -> Iterator[str]:
        """The same pieces, counted as they pass."""
        for text in texts:
            first, *others = text.split("\n")
            fresh = bool(first.strip()) and not self._in_filled
            self.filled += fresh + sum(1 for line in others if line.strip())
            self._in_filled = bool(others[-1].strip()) if others else self._in_filled or fresh
            self._ends += len(others)
            self._open = not text.endswith("\n") if text else self._open
            yield text


def objects(texts: Iterator[str]) -> Iterator[tuple[int, str, object]]:
    """The outermost objects of a JSON text, and what stands between them: (line, its text, value).

    The value is None for text that is not JSON's structure, and for an object that does not decode: reading goes on at
    the next brace, so that one damaged object of a thousand costs itself and not the file. An object larger than the
    window counts as wrapping, and those in it as outermost. Memory holds two windows.
    """
    buffer, at, line, ended = "", 0, 1, False
    while True:
        if not ended and len(buffer) - at < _WINDOW:
            buffer, ended = _filled(buffer[at:], texts)
            at = 0
        start = buffer.find("{", at)
        start = len(buffer) if start < 0 else start
        gap, at = buffer[at:start], start
        if _STRUCTURE.sub("", gap):
            yield line, gap, None
        line += gap.count("\n")
        if not ended and len(buffer) - at < _WINDOW:
            continue  # the object may be cut by the window
        if at == len(buffer):
            return
        value, at = _decoded(buffer, start)
        raw = buffer[start:at]
        if value is not None or not _opens_wrapping(raw):
            yield line, raw, value
        line += raw.count("\n")


def _filled(buffer: str, texts: Iterator[str]) -> tuple[str, bool]:
    parts, size = [buffer], len(buffer)
    for text in texts:
        parts.append(text)
        size += len(text)
        if size >= 2 * _WINDOW:
            return "".join(parts), False
    return "".join(parts), True


def _decoded(buffer: str, start: int) -> tuple[object, int]:
    try:
        return _decoder.raw_decode(buffer, start)
    except (ValueError, RecursionError):
        at = buffer.find("{", start + 1)
        return None, len(buffer) if at < 0 else at


def _opens_wrapping(raw: str) -> bool:
    """Whether an object that did not decode is only the beginning of one that holds others, as in `{"data": [`."""
    return raw.rstrip().endswith(("{", "[", ":")) and not _STRUCTURE.sub("", raw)
