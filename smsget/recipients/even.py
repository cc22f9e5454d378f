"""The fast way for clean text: numpy tells where the records are, Arrow cuts them into cells.

Clean is: no quote but at the edges of a cell (or doubled inside one), one kind of line end outside quotes, a comma or
another single byte between cells. Whatever is not clean is left to Python's `csv` reader, and so is every record
whose number of cells is not the usual one. Both ways give the same grid.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from smsget.recipients.grid import TEXT, Flags, Numbers

_SCAN = 1 << 24  # bytes at a time: numpy's intermediate arrays stay small
_BLOCK = 1 << 23
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass(frozen=True, eq=False)
class Structure:
    """Where the records of a clean text are.

    starts, ends: of each record its first byte and the one after its last, without the line end.
    lines: the line each starts on, the first line of the text being 0. widths: its cells; 0 for an empty line.
    """

    starts: Numbers
    ends: Numbers
    lines: Numbers
    widths: Numbers


def structure(text: bytes, delimiter: str, longest: int, progress: Callable[[float], None]) -> Structure | None:
    """The records of a text; None if it is not clean, or holds a record of more than `longest` bytes."""
    separator = delimiter.encode()
    if len(separator) != 1 or not text or text.startswith(codecs.BOM_UTF8):  # a mark that Arrow would pass over
        return None
    data = np.frombuffer(text, np.uint8)
    marks = _marks(data, separator[0], progress)
    if marks is None:
        return None
    places, newline = marks
    kinds = data[places]
    quotes = places[kinds == _QUOTE]
    if len(quotes):
        if not _well_quoted(data, quotes, separator[0]):
            return None
        # A separator after an odd number of quotes is inside a cell. Sums modulo 256 keep odd and even apart.
        outside = np.cumsum(kinds == _QUOTE, dtype=np.uint8) & 1 == 0
    else:
        outside = np.ones(len(places), np.bool_)
    return _records(data, places, kinds == newline, (kinds != _QUOTE) & outside, longest)


def cut(text: bytes, delimiter: str, width: int, count: int) -> list[pa.ChunkedArray] | None:
    """The columns of the records that are `width` cells wide or empty. None if they are not `count`, as expected."""
    names = [str(at) for at in range(width)]
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(text),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=_BLOCK),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=lambda _: "skip",
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, TEXT), null_values=[], strings_can_be_null=False, check_utf8=False
            ),
        )
    except pa.ArrowInvalid:  # a record longer than a block
        return None
    return list(table.columns) if table.num_rows == count else None


def _marks(data: NDArray[np.uint8], separator: int, progress: Callable[[float], None]) -> tuple[Numbers, int] | None:
    """The places of every quote, separator and line end, and which of CR and LF the latter is."""
    returns = both = 0
    for at in range(0, len(data), _SCAN):
        chunk = data[at : at + _SCAN + 1]
        cr = np.flatnonzero(chunk[:_SCAN] == _CR)
        returns += len(cr)
        both += int(np.count_nonzero(chunk[np.minimum(cr + 1, len(chunk) - 1)] == _LF))
    if returns not in (0, both) and (both or np.any(data == _LF)):
        return None
    newline = _CR if returns > both else _LF
    places = []
    for at in range(0, len(data), _SCAN):
        chunk = data[at : at + _SCAN]
        places.append(np.flatnonzero((chunk == _QUOTE) | (chunk == separator) | (chunk == newline)) + at)
        progress(at / len(data))
    return np.concatenate(places), newline


def _well_quoted(data: NDArray[np.uint8], quotes: Numbers, separator: int) -> bool:
    """Whether every opening quote follows, and every closing one precedes, the edge of a cell or another quote."""
    if len(quotes) % 2:
        return False
    edge = np.zeros(256, np.bool_)
    edge[[_QUOTE, separator, _CR, _LF]] = True
    before, after = quotes[0::2] - 1, quotes[1::2] + 1
    before, after = before[before >= 0], after[after < len(data)]
    return bool(edge[data[before]].all() and edge[data[after]].all())


def _records(
    data: NDArray[np.uint8], places: Numbers, is_newline: Flags, outside: Flags, longest: int
) -> Structure | None:
    separators, ends_record = places[outside], is_newline[outside]
    last = np.flatnonzero(ends_record)  # of the separators, those that end a record
    line_of_end = np.flatnonzero(outside[is_newline])
    ends = separators[last]
    cells = np.diff(last, prepend=-1)
    starts = np.concatenate([[0], ends + 1])
    lines = np.concatenate([[0], line_of_end + 1])
    if starts[-1] < len(data):  # the last line has no end
        ends = np.concatenate([ends, [len(data)]])
        cells = np.concatenate([cells, [len(separators) - (last[-1] + 1 if len(last) else 0) + 1]])
    else:
        starts, lines = starts[:-1], lines[:-1]
    if np.max(ends - starts) > longest:
        return None
    ends = ends - ((data[ends - 1] == _CR) & (ends > starts))
    return Structure(starts, ends, lines, np.where(ends == starts, 0, cells))
