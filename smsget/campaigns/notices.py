"""What a person should know before confirming, as a code with its evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

_PHONE = re.compile(r"\d{7,}")


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
    """The codes of the warnings that whoever confirms overrules; people left out by a decision are a loss, too."""
    return list(dict.fromkeys(one.code for one in notices if one.severity == "warns"))


def evidence_of(notices: Iterable[Notice]) -> list[dict[str, object]]:
    """What the overruled warnings rested on (which link, list, earlier campaign), for the audit.

    The audit outlives the people's data: no phone number is in it, and of a link, which may be somebody's own, only
    what stands before its query.
    """
    kept = []
    for one in notices:
        if one.severity == "warns" and (told := {key: _safe(each) for key, each in one.evidence.items()
                                                 if key != "phones"}):  # fmt: skip
            kept.append({"code": one.code, **told})
    return kept


def _safe(value: object) -> object:
    if isinstance(value, str):
        return _PHONE.sub("…", value.partition("?")[0])[:100]
    if isinstance(value, (list, tuple)):
        return [_safe(each) for each in value[:5]]
    return dict(value) if isinstance(value, Mapping) else value
