"""What a person should know before confirming, as a code with its evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know before confirming: a `code` and its `evidence`.

    `severity` is "warns" (the person may overrule it) or "stops" (it has to be decided or mended first).
    `setting` names what in the settings it rests on, "" for none: brands, links, phones, window, rates, list_age.
    """

    code: str
    evidence: Mapping[str, object] = field(default_factory=dict)
    severity: str = "warns"
    setting: str = ""


def overruled(notices: Iterable[Notice]) -> list[str]:
    """The codes of the warnings that whoever confirms overrules; people left out by a decision are none."""
    return list(dict.fromkeys(one.code for one in notices if one.severity == "warns" and one.code != "left_out"))
