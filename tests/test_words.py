"""Every code has words. The codes are gathered from where they are made, so that a new one without words fails here."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsget import errors
from smsget.campaigns import BatchState, CampaignState, Notice
from smsget.errors import OutcomeUnknown, SMSGetError, StateError
from smsget.i18n import LANGUAGES, translations
from smsget.logs import FORMATS
from smsget.logs import WHY as WHY_UNREADABLE
from smsget.numbers import ALL_COUNTRIES, REJECT_CODES, REPAIRS
from smsget.receipts import STATUS_WORDS
from smsget.recipients.sniff import kind_of
from smsget.words import Words

SOURCE = Path(errors.__file__).parent
CLASSES = {
    name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, SMSGetError)
}
# Sentences are found by the name of the class, so that this test need not import the engine and all it needs.
CLASSES["HeldByAnother"] = type("HeldByAnother", (SMSGetError,), {})
REFUSALS = [f"{number:03}" for number in range(1, 11)]


@pytest.fixture(params=LANGUAGES)
def words(request: pytest.FixtureRequest) -> Words:
    """The words of each language in turn."""
    return Words(translations(request.param))


ENGLISH = Words(translations("en"))

LABELS: dict[str, list[str]] = {
    "campaign_state": [*CampaignState],
    "batch_state": [*BatchState],
    "outcome": [*BatchState, "stranger", "suppressed", "skipped"],
    "schedule": ["now", "here", "gateway"],
    "reject": [*REJECT_CODES],
    "reject_advice": [*REJECT_CODES],
    "repair": [*REPAIRS],
    "status": [*dict.fromkeys(STATUS_WORDS.values()), "other", "none", ""],
    "status_word": [*STATUS_WORDS],
    "refusal": REFUSALS,
    "country": [*ALL_COUNTRIES],
    "unreadable": [*WHY_UNREADABLE],
    "log_format": [*FORMATS, "mixed"],
    "suppression_reason": ["refusal", "advertising_refused", ""],
    "suppression_source": ["person", "reply", "receipt", "import"],
    "failure": ["bad_number", "undelivered"],
    "pause_reason": [*REFUSALS, "person", "unreachable", "three_unknown", "refused"],
    "unknown_reason": ["read_timeout", "connection_lost", "http_status", "redirect", "not_json", "not_protocol",
                       "owner_died", "internal"],
    "batch_reason": [*REFUSALS, "suppressed", "skipped", "left_out", "lease_lost", "name_lookup", "connect",
                     "connect_timeout", "tls", "proxy", "read_timeout", "owner_died"],
}  # fmt: skip


@pytest.mark.parametrize(("method", "code"), [(method, code) for method, codes in LABELS.items() for code in codes])
def test_every_code_has_words(words: Words, method: str, code: str) -> None:
    """The words are neither empty nor the code itself, and nothing in them is left to be filled in."""
    said = getattr(words, method)(str(code))
    assert said.strip()
    assert said != code
    assert "_" not in said
    assert finished(said)


@pytest.mark.parametrize("method", LABELS)
def test_unknown_code_is_shown_and_never_raises(method: str) -> None:
    said = getattr(ENGLISH, method)("zz9")
    assert said
    assert "zz9" in said or method == "reject_advice"


@pytest.mark.parametrize(
    ("word", "said"),
    [("DELIVRD", "Delivered"), (" moberror ", "Bad number"), ("RejMobil", "Subscriber refuses advertising"),
     ("REJERROR", "Blocked word in the text"), ("NOROUTE", "NOROUTE")],
)  # fmt: skip
def test_status_words_are_matched_without_regard_to_case(word: str, said: str) -> None:
    assert ENGLISH.status_word(word) == said


def test_a_person_s_own_reason_is_shown_as_it_is() -> None:
    assert ENGLISH.suppression_reason("moved away") == "moved away"


# --- Errors -------------------------------------------------------------------------------------------------------


def documented() -> Iterator[tuple[str, str]]:
    """(class, code) for every code that a docstring of errors.py names."""
    for name, kind in CLASSES.items():
        told = (kind.__doc__ or "").partition("Codes:")[2]
        told = re.sub(r"\([^()]*\)", "", told)  # evidence, not codes
        yield from (
            (name, code) for code in re.findall(r"`([a-z][a-z0-9_]+)`", told) if code not in {"evidence", "excerpt"}
        )
    yield from (("Refused", code) for code in REFUSALS)


@cache
def raised() -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """(class, code, names of evidence) wherever the source makes an error with a literal code."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(code)), *_]) if name in CLASSES:
                    found.add((name, code, tuple(sorted(keyword.arg or "" for keyword in node.keywords))))
    return tuple(sorted(found))


def finished(sentence: str) -> bool:
    """Whether nothing is left to be filled in: no brace, and no stand-in for missing evidence."""
    return not re.search(r"[{}]|…", sentence)


def has_its_own(words: Words, name: str, code: str) -> bool:
    """Whether a code has a sentence of its own, and not the one that any code of its class would get."""
    return words.error(CLASSES[name](code)) != words.error(CLASSES[name]("zz9")).replace("zz9", code)


SAMPLES = {
    "countries": {"HK": 3},
    "columns": ["姓名", "生日"],
    "state": "finished",
    "status": 502,
    "line": 7,
    "pid": 31415,
    "campaign": 1000,
    "at": "2026-11-22T01:30:00.000Z",
}


@pytest.mark.parametrize(("name", "code", "given_evidence"), raised())
def test_every_error_that_is_raised_has_a_sentence_its_evidence_fills(
    words: Words, name: str, code: str, given_evidence: tuple[str, ...]
) -> None:
    """With exactly the evidence the source gives (`file` is added by the reader), the sentence is complete."""
    evidence = {key: SAMPLES.get(key, "Beispiel") for key in (*given_evidence, "file")}
    said = words.error(CLASSES[name](code, **evidence))
    assert finished(said), said
    assert has_its_own(words, name, code)


def test_the_source_was_really_searched() -> None:
    assert len(raised()) > 40
    assert ("BadRequest", "time_passed", ("at",)) in raised()


@pytest.mark.parametrize(("name", "code"), sorted(set(documented())))
def test_every_documented_code_has_a_sentence(words: Words, name: str, code: str) -> None:
    assert has_its_own(words, name, code)


def test_the_documentation_was_really_searched() -> None:
    assert {("UnreadableFile", "no_phone_column"), ("StoreError", "disk_full"), ("NotSent", "tls")} <= set(documented())


@pytest.mark.parametrize("name", CLASSES)
def test_unknown_code_still_gets_a_sentence_of_its_class(words: Words, name: str) -> None:
    said = words.error(CLASSES[name]("zz9"))
    assert len(said) > len("zz9") + 10
    assert finished(said)


USABLE = {"text", "xlsx", "xls", "ods", "workbook_damaged"}  # kinds that are read, and one that is a code


@pytest.mark.parametrize("kind", sorted(set(re.findall(r'"(\w+)"', kind_of.__doc__ or "")) - USABLE))
def test_every_kind_of_file_is_named(kind: str) -> None:
    said = ENGLISH.error(errors.UnreadableFile("not_a_table", kind=kind))
    assert "something else" not in said
    assert kind not in re.findall(r"\w+_\w+", said)


@pytest.mark.parametrize("what", [CampaignState, BatchState])
def test_an_illegal_move_says_where_the_thing_stands(what: type[CampaignState] | type[BatchState]) -> None:
    for state in what:
        for wanted in what:
            name = "campaign" if what is CampaignState else "batch"
            said = ENGLISH.error(StateError("illegal_move", what=name, state=str(state), wanted=str(wanted)))
            assert "Nothing was changed" in said
            assert finished(said)


def test_an_unknown_outcome_warns_of_texting_twice_unless_nothing_could_be_sent() -> None:
    error = OutcomeUnknown("not_json", excerpt="<html>")
    assert "twice" in ENGLISH.error(error)
    assert "twice" not in ENGLISH.error(error, asked_only=True)
    assert "Nothing was sent" in ENGLISH.error(error, asked_only=True)


def test_times_are_read_in_taipei() -> None:
    said = ENGLISH.error(errors.BadRequest("time_passed", at="2026-11-22T01:30:00.000Z"))
    assert "2026-11-22 09:30" in said


def test_long_lists_are_cut() -> None:
    said = ENGLISH.error(errors.UnreadableFile("no_phone_column", columns=[f"column{n}" for n in range(50)]))
    assert "column0, column1" in said
    assert "column49" not in said
    assert len(said) < 400


@given(
    name=st.sampled_from(sorted(CLASSES)),
    code=st.sampled_from(sorted({code for _, code in documented()} | {"zz9", ""})),
    evidence=st.dictionaries(
        st.sampled_from(["kind", "what", "wanted", "state", "columns", "field", "suggestion", "at", "status", "missing",
                         "countries", "encoding", "host", "path", "characters", "rate"]),
        st.one_of(st.none(), st.text(), st.integers(), st.lists(st.text()), st.dictionaries(st.text(), st.integers())),
    ),
)  # fmt: skip
def test_no_evidence_whatever_makes_it_fail(name: str, code: str, evidence: dict[str, object]) -> None:
    """An error about an error would hide the first one."""
    assert ENGLISH.error(CLASSES[name](code, **evidence)).strip()


# --- Notices ------------------------------------------------------------------------------------------------------


def notices() -> list[tuple[str, dict[str, object]]]:
    """(code, evidence) of every notice the rules give."""
    samples: dict[str, object] = {"countries": {"JP": 2}, "characters": ["é"]}
    found = []
    for path in (SOURCE / "campaigns").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="Notice"), args=[ast.Constant(value=str(code)), ast.Dict(keys=keys)]):
                    names = [key.value for key in keys if isinstance(key, ast.Constant)]
                    found.append((code, {str(name): samples.get(str(name), 12) for name in names}))
    return found


@pytest.mark.parametrize(("code", "evidence"), notices())
def test_every_notice_has_a_sentence(words: Words, code: str, evidence: dict[str, object]) -> None:
    said = words.notice(Notice(code, evidence))
    assert code not in said.split()
    assert finished(said)
    assert "12" in said or "2" in said or "é" in said


def test_notices_were_really_searched() -> None:
    assert {code for code, _ in notices()} >= {"empty_field", "unicode", "long_text", "unknown_rate", "brand_late"}


def test_unknown_notice_still_gets_a_sentence() -> None:
    assert "zz9" in ENGLISH.notice(Notice("zz9"))


def test_characters_that_cannot_be_seen_are_named() -> None:
    told = Words(translations("en")).notice(Notice("unicode", {"characters": ["’", "\t", "\xa0", "\u2066"]}))
    assert "’, tab, no-break space, invisible character U+2066" in told
