"""The languages of the dashboard: which one a person wants, and its gettext catalogue.

The language is always an argument. Nothing is installed into builtins and nothing is remembered per thread, because
one Streamlit process serves people of both languages at once and may run any of them on any thread.

English is the source, so it has no catalogue. `make translations` keeps the others up to date.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path

LANGUAGES = {"en": "English", "zh_Hant": "繁體中文"}
"""Language code -> its own name for itself, in the order in which a person chooses."""

DOMAIN = "smsget"
LOCALE_DIR = Path(__file__).parent / "locale"

# The tags of Chinese in BCP 47: the language as a whole, and those members of it that browsers and systems report.
_CHINESE = frozenset({"zh", "cmn", "yue", "nan", "hak"})

# POSIX names of "no language at all", which GNU gettext reads as English.
_POSIX = frozenset({"c", "posix"})


def N_(text: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark `text` for translation where it stands, to be looked up where it is shown: `_(LABELS[code])`."""
    return text


def match_language(locale: str | None) -> str:
    """Return the key of `LANGUAGES` nearest to `locale`, a BCP 47 tag (`zh-TW`) or a POSIX name (`zh_TW.UTF-8`).

    Any Chinese is served Traditional Chinese, which its readers would rather have than English; all else is English.
    """
    return _known(locale) or "en"


def language_from_environment(environ: Mapping[str, str]) -> str:
    """Return the language that the environment of a command line asks for, by GNU gettext's rules.

    The first of `LC_ALL`, `LC_MESSAGES` and `LANG` that is set decides; `LANGUAGE` (`ja:zh_TW:en`, by preference)
    comes before them unless they say `C`. Source: GNU gettext manual, "Locale Environment Variables".
    """
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    if _primary(locale) in _POSIX:
        return "en"
    preferred = environ.get("LANGUAGE", "").split(":")
    return next((known for wanted in preferred if (known := _known(wanted))), match_language(locale))


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of `language`: `.gettext(text)` and `.ngettext(singular, plural, n)`.

    The same object every time; it is only ever read, so any number of threads may share it.
    Raises `ValueError` for anything that is not a key of `LANGUAGES`: bring it through `match_language` first.
    """
    if language not in LANGUAGES:
        raise ValueError(f"not a language of this program: {language!r}")
    if language == "en":
        return gettext.NullTranslations()
    with (LOCALE_DIR / language / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as catalogue:
        return gettext.GNUTranslations(catalogue)


def _known(locale: str | None) -> str | None:
    """Return the key of `LANGUAGES` that serves `locale`, None if none does."""
    primary = _primary(locale or "")
    if primary in _CHINESE:
        return "zh_Hant"
    return "en" if primary == "en" else None


def _primary(locale: str) -> str:
    """Return the primary language subtag, in lower case: `zh_TW.UTF-8`, `zh-Hant-TW` and `ZH` are all `zh`."""
    return locale.strip().lower().replace("-", "_").partition(".")[0].partition("_")[0]
