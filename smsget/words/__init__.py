"""Codes into words: the one place where an error, a state or a reason becomes what a person reads.

Words(translations("zh_Hant")).error(error)

sentences.py    errors, notices, reasons: what happened, what it means, what to do now
labels.py       short words: states, statuses, countries
"""

from __future__ import annotations

import gettext
import string
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from smsget.campaigns import Notice
from smsget.errors import OutcomeUnknown, SMSGetError
from smsget.i18n import N_
from smsget.numbers import ALL_COUNTRIES
from smsget.receipts import TAIPEI
from smsget.words import labels, sentences

__all__ = ["Words"]

T = TypeVar("T")

_MOST_LISTED = 12
"""A list of column names longer than this is cut: the sentence has to stay one."""


class Words:
    """The words of one language. Every method returns a finished sentence or label; an unknown code never raises."""

    def __init__(self, translations: gettext.NullTranslations) -> None:
        self._ = translations.gettext

    # --- sentences -----------------------------------------------------------------------------------------------

    def error(self, error: SMSGetError, *, asked_only: bool = False) -> str:
        """What happened, what it means and what to do now.

        `asked_only`: the request could not have sent anything (a credit query), so an unknown outcome harms nobody.
        """
        told = self._say(_nearest(sentences.BY_CLASS, error) or {}, error.code, error.evidence)
        if told is None:
            told = self._fill(_nearest(sentences.BY_CLASS_ALONE, error) or "", {"code": error.code})
        if isinstance(error, OutcomeUnknown):
            meaning = sentences.WHAT_A_FAILED_QUESTION_MEANS if asked_only else sentences.WHAT_UNKNOWN_MEANS
            told = self._join(told, self._(meaning))
        return told

    def pause_reason(self, reason: str) -> str:
        """Why a campaign is paused, and what to do now; "" for no reason."""
        if not reason:
            return ""
        if reason in sentences.REFUSED:
            return self._join(self._(sentences.REFUSED[reason]), self._(sentences.THEN_RESUME))
        told = self._say(sentences.PAUSE_REASONS, reason, {})
        return told or self._fill(sentences.PAUSED_OTHERWISE, {"reason": reason})

    def unknown_reason(self, code: str, evidence: Mapping[str, Any] | None = None) -> str:
        """Why the outcome of a request is unknown: one sentence, "" for no code."""
        if not code:
            return ""
        told = self._say(sentences.UNKNOWN, code, evidence or {})
        return told or self._fill(sentences.BY_CLASS_ALONE["OutcomeUnknown"], {"code": code})

    def evidence(self, evidence: Mapping[str, Any]) -> str:
        """What is known of a batch without an answer (`Batch.evidence`): what the points and the receipts say."""
        settled, receipts = evidence.get("settlement"), evidence.get("receipts")
        if not settled:
            told = self._(sentences.NOT_ASKED_YET)
        else:
            left = next((each["left"] for each in settled.get("after") or [] if "left" in each), None)
            values = {**settled, "left": left}
            told = self._say(sentences.VERDICTS, str(settled.get("why")), values) or ""
        if receipts:
            told = self._join(told, self._fill(sentences.SOME_RECEIPTS, receipts)).strip()
        return told

    def settled_by(self, evidence: Mapping[str, Any]) -> str:
        """Why a batch without an answer counts as accepted: by receipts for all its people, or by points; "" if not."""
        receipts, settled = evidence.get("receipts"), evidence.get("settlement")
        if receipts and receipts.get("people") == receipts.get("of"):
            return self._fill(sentences.SOME_RECEIPTS, receipts)
        if not settled or settled.get("verdict") != "charged":
            return ""
        return self._say(sentences.VERDICTS, "charged", settled) or ""

    def charge(self, charge: Notice) -> str:
        """Why a batch was charged otherwise than quoted."""
        return self._say(sentences.CHARGES, charge.code, charge.evidence) or charge.code

    def address_hint(self, evidence: Mapping[str, Any]) -> str:
        """For a batch refused with 006: which address this computer has, as far as it can tell; "" if it cannot."""
        address = evidence.get("local_address")
        return self._fill(sentences.WITH_LOCAL_ADDRESS, {"address": str(address)}) if address else ""

    def batch_reason(self, code: str, evidence: Mapping[str, Any] | None = None) -> str:
        """Whatever the `code` of a batch says: a refusal, why it did not leave, why its outcome is unknown."""
        if code in sentences.UNKNOWN:
            return self.unknown_reason(code, evidence)
        return self._label({**labels.REFUSALS, **labels.NOT_SENT}, code)

    def notice(self, notice: Notice) -> str:
        """Something to know before confirming, as a sentence."""
        told = self._say(sentences.NOTICES, notice.code, notice.evidence)
        return told or self._fill(N_("Something to look at before you confirm: {code}."), {"code": notice.code})

    def reject_advice(self, code: str) -> str:
        """What to do about a rejected cell."""
        return self._label(labels.REJECT_ADVICE, code, N_("Look the number up in the customer's record."))

    def character(self, character: str) -> str:
        """A character as it can be shown: one that nobody sees by its name."""
        return self._character(character)

    # --- labels --------------------------------------------------------------------------------------------------

    def refusal(self, code: str) -> str:
        """Short words for a code of SMS-Get (`001` … `010`)."""
        return self._label(labels.REFUSALS, code)

    def reject(self, code: str) -> str:
        """Why a cell was rejected (`numbers.REJECT_CODES`)."""
        return self._label(labels.REJECTS, code)

    def repair(self, code: str) -> str:
        """What was put right in a number (`numbers.REPAIRS`)."""
        return self._label(labels.REPAIRS, code)

    def campaign_state(self, state: str) -> str:
        """Where a campaign stands."""
        return self._label(labels.CAMPAIGN_STATES, state)

    def batch_state(self, state: str) -> str:
        """Where a batch stands."""
        return self._label(labels.OUTCOMES, state)

    def outcome(self, outcome: str) -> str:
        """What became of one message on its way to SMS-Get (`ReportRow.outcome`)."""
        return self._label(labels.OUTCOMES, outcome)

    def status(self, group: str) -> str:
        """A group of delivery statuses; "" and `none` are messages without a receipt."""
        return self._label(labels.STATUSES, group or "none")

    def status_word(self, word: str) -> str:
        """A carrier's status word, in any case; one that nobody knows is shown as it is."""
        known = labels.STATUS_WORDS.get(word.strip().upper())
        return self._(known) if known else word

    def country(self, code: str) -> str:
        """A country's name, as it is said in Taiwan; an unknown code is shown as it is."""
        return self._label(labels.COUNTRIES, code)

    def unreadable(self, why: str) -> str:
        """Why a line of a log could not be read."""
        return self._label(labels.UNREADABLE, why)

    def log_format(self, code: str) -> str:
        """The shape of a callback log."""
        return self._label(labels.LOG_FORMATS, code)

    def schedule(self, schedule: str) -> str:
        """When a campaign goes out, and who keeps it until then."""
        return self._label(labels.SCHEDULES, schedule)

    def suppression_reason(self, reason: str) -> str:
        """Why a number is on the suppression list; a person's own words are shown as they are."""
        return self._label(labels.SUPPRESSION_REASONS, reason)

    def suppression_source(self, source: str) -> str:
        """How a number came onto the suppression list."""
        return self._label(labels.SUPPRESSION_SOURCES, source)

    def failure(self, why: str) -> str:
        """Why a number is offered for removal (`store.Failing`)."""
        return self._label(labels.FAILURES, why)

    def listed(self, things: Sequence[object]) -> str:
        """A list in the middle of a sentence: `TW, HK`."""
        shown = [str(thing) for thing in things[:_MOST_LISTED]]
        return self._(labels.LIST_SEPARATOR).join([*shown, "…"] if len(things) > _MOST_LISTED else shown)

    # --- how -----------------------------------------------------------------------------------------------------

    def _label(self, table: Mapping[str, str], code: str, otherwise: str | None = None) -> str:
        known = table.get(code, otherwise)
        return self._(known) if known else code

    def _say(self, table: Mapping[str, str], code: str, evidence: Mapping[str, Any]) -> str | None:
        """The sentence for a code, the most particular one that the evidence allows; None for an unknown code."""
        kinds = (evidence.get("kind"), f"{evidence.get('what')}:{evidence.get('wanted')}")
        keys = [f"{code}:{kind}" for kind in kinds] + [f"{code}+{name}" for name, value in evidence.items() if value]
        template = next((table[key] for key in [*keys, code] if key in table), None)
        return None if template is None else self._fill(template, evidence)

    def _fill(self, template: str, evidence: Mapping[str, Any]) -> str:
        text = self._(template)
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
        return text.format(**{name: self._value(name, evidence) for name in names})

    def _value(self, name: str, evidence: Mapping[str, Any]) -> str:
        """One piece of evidence as it reads in a sentence."""
        value = evidence.get(name)
        if name == "countries" and value is None:
            value = ALL_COUNTRIES
        if name in _WORDED:
            return _WORDED[name](self, value)
        match value:
            case None | "":
                return "…"
            case bool() | str():
                return str(value)
            case int():
                return f"{value:,}"
            case Mapping():
                return self.listed([f"{key} ({count:,})" for key, count in value.items()])
            case list() | tuple() | set() | frozenset():
                return self.listed(list(value))
            case _:
                return str(value)

    def _state(self, value: object) -> str:
        return self._label({**labels.OUTCOMES, **labels.CAMPAIGN_STATES}, str(value))

    def _kind(self, value: object) -> str:
        return self._label(labels.FILE_KINDS, str(value), N_("something else"))

    def _parts(self, value: object) -> str:
        names = value if isinstance(value, (list, tuple)) else [value]
        return self.listed([self._label(labels.FIELDS, str(name)) for name in names])

    def _countries(self, value: object) -> str:
        if isinstance(value, Mapping):
            return self.listed([f"{self.country(code)} ({count:,})" for code, count in value.items()])
        return " ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)

    def _time(self, value: object) -> str:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        return (moment.astimezone(TAIPEI) if moment.tzinfo else moment).strftime("%Y-%m-%d %H:%M")

    def _identifier(self, value: object) -> str:
        return "…" if value is None else str(value)

    def _join(self, first: str, second: str) -> str:
        # Chinese sentences follow each other without a space.
        return f"{first}{second}" if first.endswith("。") else f"{first} {second}"

    def _characters(self, characters: object) -> str:
        names = [self._character(each) for each in characters] if isinstance(characters, list | tuple) else []
        return self.listed(list(dict.fromkeys(names)))

    def _character(self, character: str) -> str:
        if character in labels.INVISIBLE:
            return self._(labels.INVISIBLE[character])
        if not character.isprintable() and len(character) == 1:
            return self._(labels.INVISIBLE_OTHERWISE).format(code=f"U+{ord(character):04X}")
        return character


_WORDED: Mapping[str, Callable[[Words, object], str]] = {
    "state": Words._state,
    "kind": Words._kind,
    "missing": Words._parts,
    "countries": Words._countries,
    **dict.fromkeys(("at", "opens", "ends", "finish"), Words._time),
    "characters": Words._characters,
    # A number that names something is written without a comma: campaign 1000, port 8040, process 31415.
    **dict.fromkeys(
        ("campaign", "batch", "port", "pid", "status", "line", "code", "reason", "rate", "sms_id"), Words._identifier
    ),
}


def _nearest(table: Mapping[str, T], error: SMSGetError) -> T | None:
    """What a table by class name holds for an error: for its own class, else for the nearest it is a kind of."""
    return next((table[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in table), None)
