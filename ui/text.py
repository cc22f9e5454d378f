"""Numbers, times and people's own words as they are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from smsget.store import ListInfo, from_text
from ui.languages import _

TAIPEI = ZoneInfo("Asia/Taipei")


def number(value: float | None) -> str:
    """A number as people write it: 12,345; a dash for nothing."""
    return "–" if value is None else f"{value:,}"


def taipei(text: str | None, *, seconds: bool = False) -> str:
    """A time of the database as Taipei reads it: 2026-11-22 15:04."""
    if not text:
        return "–"
    return from_text(text).astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


def taipei_now() -> datetime:
    """The present in Taipei."""
    return datetime.now(TAIPEI)


_MARKDOWN = re.compile(r"[\\`*_\[\]<>$~|&]|:(?=[a-z/])|(?m:^\s*)(?:[#>+=-]|\d+[.)])")
# What Streamlit replaces after it has taken the escapes away: `:icons:`, web and mail addresses, `->` and its kin.
# An address is kept from becoming a link by what stands before it, so that whoever copies it copies it whole.
_REPLACED = re.compile(
    r"(?<=:)(?!\d\d:|//)(?=[^\s:]+:)|(?<=[-<>])(?=[-=>])|(?<!\w)(?=(?i:https?://|www\.))|(?<=\w)(?=@\w)"
)
_WORD_JOINER = "\u2060"  # invisible, and allows no line break


def literal(text: str) -> str:
    """Text of a person's own (a list's name, a message) so that Markdown leaves it as it is."""
    text = _REPLACED.sub(_WORD_JOINER, text)
    return _MARKDOWN.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", text)


def typed(text: str | None) -> str:
    """What a person typed or pasted, without the spaces around it and the joiners that `literal` puts on pages."""
    return (text or "").replace(_WORD_JOINER, "").strip()


def shortened(text: str, most: int = 60) -> str:
    """The beginning of a long text, with a mark where it was cut."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def list_labels(lists: Sequence[ListInfo]) -> dict[int, str]:
    """By id what saved lists are called where one is chosen: name, size, and when it was made if those are alike."""
    labels = {one.id: f"{shortened(one.name, 40)} ({number(one.people)})" for one in lists}
    for mark in ({one.id: taipei(one.created_at) for one in lists}, {one.id: f"#{one.id}" for one in lists}):
        often = Counter(labels.values())
        labels = {each: f"{label} · {mark[each]}" if often[label] > 1 else label for each, label in labels.items()}
    return labels


def campaign_name(campaign_id: int, name: str) -> str:
    """What a campaign is called; one without a name is called by its number. For Markdown put it through `literal`."""
    return name or _("Campaign {id}").format(id=campaign_id)
