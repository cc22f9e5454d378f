"""A cell that holds several numbers -> its pieces, where the cell itself says where one ends and the next begins."""

from __future__ import annotations

import re

from smsget.numbers.reading import AND, GLUED, read_number
from smsget.numbers.text import bare_text

_BETWEEN = re.compile(r"[,;/\n\t]+|(?<=[0-9)])\s*(?=\+)")
_NUMBER_GLUED = re.compile("8860?9[0-9]{8}|09[0-9]{8}")
_GAP = re.compile(r"[\s.-]+")
_TWO_NUMBERS = 9  # digits: the shortest number there is, and something else
_NO_REMARK = 4  # digits of a piece with letters; "ext=12" has less
_MOST_GROUPS = 24  # six numbers in four groups each; a longer row of digits is not meant for people


MAY_BE_SEVERAL = ("several_numbers", "letters", "masked")
"""The codes with which `read_number` rejects a cell that `split_numbers` may take apart."""


def split_numbers(cell: str) -> list[str]:
    """The pieces of a cell of several numbers, each to be read by itself.

    At least one of them is a number; the others may be landlines, too short or mistyped (`0912345678/09l2345678`), and
    are told as such when they are read. [] for any other cell, for one with a remark (`0912345678/勿傳`) and for one
    that cannot be taken apart without guessing: `0912345678 0923456789` can, because only one cut leaves two numbers;
    `0912345678 2345678` cannot. Full width is half width in the pieces.
    """
    if sum(map(str.isdecimal, cell)) < _TWO_NUMBERS:
        return []
    code = read_number(cell).code
    if code not in MAY_BE_SEVERAL:
        return []
    text = AND.sub(";", bare_text(cell, set()))
    if code == "several_numbers":
        pieces = [piece.strip() for piece in _BETWEEN.split(text) if re.search("[0-9]", piece)]
        return _read_apart(pieces) if len(pieces) > 1 else _cut_apart(text)
    # Letters: a number gone wrong among the others, unless somebody wrote what is the matter with them.
    pieces = [stripped for piece in _BETWEEN.split(text) if (stripped := piece.strip())]
    numbers_only = all(sum(map(str.isdecimal, piece)) >= _NO_REMARK for piece in pieces)
    return _read_apart(pieces) if len(pieces) > 1 and numbers_only else []


def _read_apart(pieces: list[str]) -> list[str]:
    """The pieces, themselves taken apart if need be; [] unless one is a number and each is at most one."""
    parts = [part for piece in pieces for part in split_numbers(piece) or [piece]]
    outcomes = [read_number(part) for part in parts]
    if any(one.code == "several_numbers" for one in outcomes) or not any(one.wire for one in outcomes):
        return []
    return parts


def _cut_apart(text: str) -> list[str]:
    """Numbers with nothing but blanks, dots or dashes between them, or nothing at all: the only way to cut, or []."""
    if GLUED.fullmatch(text):
        return _NUMBER_GLUED.findall(text)
    groups = [group for group in _GAP.split(text) if group]
    if len(groups) > _MOST_GROUPS:
        return []
    # ways[i]: how the groups from i on can be numbers only; a second way is as good as none
    ways: list[list[list[str]]] = [[] for _ in groups] + [[[]]]
    for start in reversed(range(len(groups))):
        for end in range(start + 1, len(groups) + 1):
            piece = " ".join(groups[start:end])
            if ways[end] and read_number(piece).wire:
                ways[start] += [[piece, *rest] for rest in ways[end]]
        del ways[start][2:]
    return ways[0][0] if len(ways[0]) == 1 else []
