"""One message in words: what became of it, and whose it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import ui
from smsget.store import ReportRow


def result_of(row: ReportRow) -> str:
    """What became of a message: its delivery once SMS-Get has accepted it, until then how far it is."""
    return ui.words().status(row.status) if row.sms_id is not None else ui.words().outcome(row.outcome)


def campaign_of(row: ReportRow) -> str:
    """The campaign a message belongs to; one of another program says so."""
    return (
        ui.words().outcome("stranger") if row.campaign_id is None else ui.campaign_name(row.campaign_id, row.campaign)
    )


def word_of(word: str) -> str:
    """The carrier's word in ours, with the word itself."""
    told = ui.words().status_word(word)
    return told if told == word else f"{told} ({word})"


def campaign_labels(names: Mapping[int, str]) -> dict[int, str]:
    """By id what campaigns are called where one is chosen: a browser tells those of one name apart by their numbers."""
    labels = {one: ui.campaign_name(one, name) for one, name in names.items()}
    often = Counter(labels.values())
    return {one: f"{label} · #{one}" if often[label] > 1 else label for one, label in labels.items()}
