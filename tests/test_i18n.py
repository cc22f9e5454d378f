"""Every sentence a person reads is translated: the catalogue is whole, its compiled form fresh, nothing bypasses it."""

from __future__ import annotations

import ast
import builtins
import re
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from smsget import i18n

ROOT = Path(__file__).parent.parent
TRANSLATED = [language for language in i18n.LANGUAGES if language != "en"]
FIX = "; run `make translations`, then fill in the .po file"

# --- Which language a person gets ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("zh-TW", "zh_Hant"),
        ("zh-Hant-HK", "zh_Hant"),
        ("zh-hant", "zh_Hant"),
        ("zh", "zh_Hant"),
        ("ZH-tw", "zh_Hant"),
        ("zh_TW.UTF-8", "zh_Hant"),
        ("zh-CN", "zh_Hant"),
        ("yue-Hant-HK", "zh_Hant"),
        (" zh-TW ", "zh_Hant"),
        ("en", "en"),
        ("en-GB", "en"),
        ("ja-JP", "en"),
        ("zha", "en"),  # Zhuang, not Chinese
        ("zu-ZA", "en"),
        ("C.UTF-8", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_browser_language_is_matched(locale: str | None, language: str) -> None:
    assert i18n.match_language(locale) == language


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh_Hant"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW.UTF-8"}, "zh_Hant"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": ""}, "zh_Hant"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "ja:zh_TW:en"}, "zh_Hant"),
        ({"LANG": "zh_TW.UTF-8", "LANGUAGE": "en:zh_TW"}, "en"),
        ({"LANG": "zh_TW.UTF-8", "LANGUAGE": "ja:ko"}, "zh_Hant"),
        ({"LANG": "zh_TW.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C.UTF-8", "LANGUAGE": "zh_TW"}, "en"),
    ],
)
def test_command_line_language_follows_gettext(environ: dict[str, str], language: str) -> None:
    assert i18n.language_from_environment(environ) == language


def test_translations_are_shared_and_english_is_the_source() -> None:
    assert i18n.translations("zh_Hant") is i18n.translations("zh_Hant")
    english = i18n.translations("en")
    assert english.gettext("Never in a catalogue") == "Never in a catalogue"
    assert english.ngettext("{n} point", "{n} points", 1) == "{n} point"
    assert english.ngettext("{n} point", "{n} points", 2) == "{n} points"


def test_unknown_language_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="xx"):
        i18n.translations("xx")


def test_two_languages_are_looked_up_at_once_and_nothing_is_installed() -> None:
    """Threads of both languages never see each other's words, and `_` is not put into builtins."""
    message = next(m for m in catalogue("zh_Hant") if m.id and isinstance(m.id, str) and m.string)
    seen: dict[str, set[str]] = {"en": set(), "zh_Hant": set()}

    def look_up(language: str) -> None:
        for _ in range(200):
            seen[language].add(i18n.translations(language).gettext(str(message.id)))

    threads = [threading.Thread(target=look_up, args=(language,)) for language in ("en", "zh_Hant") * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == {"en": {message.id}, "zh_Hant": {message.string}}
    assert not hasattr(builtins, "_")


# --- The catalogues ------------------------------------------------------------------------------------------------


def po_path(language: str) -> Path:
    return i18n.LOCALE_DIR / language / "LC_MESSAGES" / f"{i18n.DOMAIN}.po"


@cache
def catalogue(language: str) -> Catalog:
    with po_path(language).open("rb") as file:
        return read_po(file, locale=language)


@cache
def extracted() -> dict[str, str]:
    """Every message in the source, by its (singular) text, and the file in which it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    keywords = {**DEFAULT_KEYWORDS, "n_": (1, 2)}
    found = extract_from_dir(ROOT, methods, options, keywords)
    return {(text if isinstance(text, str) else text[0]): name for name, _, text, _, _ in found}


def forms(value: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    """The singular and plural of a message, or the forms of its translation."""
    return (value,) if isinstance(value, str) else tuple(value)


def fields(text: str) -> set[str]:
    """The names of the `{placeholders}` in `text`, without their formats: `{n:,}` is `n`."""
    return set(re.findall(r"\{(\w*)[^{}]*\}", text.replace("{{", "").replace("}}", "")))


def wrongly_translated(message: Message) -> str:
    """What is wrong with a translation, nothing if it can be shown as it is."""
    sources, translated = forms(message.id), forms(message.string)
    if message.fuzzy:
        return "fuzzy"
    if not all(text.strip() for text in translated):
        return "untranslated"
    wanted = set().union(*(fields(text) for text in sources))
    # The singular of a plural may say "one" without its number; the translation has to serve every number.
    if any(fields(text) != wanted for text in translated):
        return f"placeholders {sorted(set().union(*map(fields, translated)))}, not {sorted(wanted)}"
    return ""


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_has_every_message_of_the_source(language: str) -> None:
    known = {forms(message.id)[0] for message in catalogue(language)}
    missing = [f"{name}: {text}" for text, name in extracted().items() if text not in known]
    assert not missing, "\n".join([f"{len(missing)} messages are not in {po_path(language).name}{FIX}:", *missing])


def test_every_message_is_extracted() -> None:
    """Babel passes over a call inside an f-string: its words would stay English without anybody noticing."""
    known = set(extracted())
    overlooked = []
    for path in [*FACES, *ROOT.glob("smsget/**/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="_" | "n_" | "N_"), args=[ast.Constant(value=str(text)), *_]):
                    if text not in known:
                        overlooked.append(f"{path.relative_to(ROOT)}:{node.lineno}: {text}")
    assert not overlooked, "not inside of an f-string, please: " + "; ".join(overlooked)


@pytest.mark.parametrize("language", TRANSLATED)
def test_catalogue_has_no_message_that_is_gone(language: str) -> None:
    gone = [forms(m.id)[0] for m in catalogue(language) if m.id and forms(m.id)[0] not in extracted()]
    assert not gone, "\n".join([f"{len(gone)} messages are no longer in the source{FIX}:", *gone])


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_message_is_translated(language: str) -> None:
    wrong = [f"{why}: {forms(m.id)[0]}" for m in catalogue(language) if m.id and (why := wrongly_translated(m))]
    assert not wrong, "\n".join([f"{len(wrong)} messages of {language} are not usable:", *wrong])


@pytest.mark.parametrize("language", TRANSLATED)
def test_compiled_catalogue_is_fresh(language: str) -> None:
    with po_path(language).with_suffix(".mo").open("rb") as file:
        compiled = {forms(m.id): forms(m.string) for m in read_mo(file) if m.id}
    usable = [m for m in catalogue(language) if m.id and any(forms(m.string)) and not m.fuzzy]
    written = {forms(m.id): forms(m.string) for m in usable}
    assert compiled == written, f"{po_path(language).with_suffix('.mo').name} is stale; run `make translations`"


@pytest.mark.parametrize(
    ("source", "translation", "flags", "wrong"),
    [
        ("Saved {name}", "已儲存 {name}", (), False),
        ("Saved {name}", "已儲存 {nama}", (), True),
        ("Saved {name}", "已儲存", (), True),
        ("Saved {n:,}", "已儲存 {n}", (), False),
        ("Write {{name}} for the name", "以 {{name}} 代表姓名", (), False),
        ("Saved", "", (), True),
        ("Saved", "  ", (), True),
        ("Saved", "已儲存", ("fuzzy",), True),
        (("One batch", "{n} batches"), ("{n} 批",), (), False),
        (("One batch", "{n} batches"), ("一批",), (), True),
    ],
)
def test_bad_translation_is_noticed(
    source: str | tuple[str, str], translation: str | tuple[str, ...], flags: tuple[str, ...], wrong: bool
) -> None:
    assert bool(wrongly_translated(Message(source, translation, flags=flags))) is wrong


# --- Nothing bypasses the catalogue ----------------------------------------------------------------------------------

TRANSLATORS = {"_", "n_", "N_", "gettext", "ngettext"}

# What these draw is read by a person. Names that other objects have too (`log.error`) count only on `st`.
ON_ANYTHING = {
    *("badge", "button", "caption", "checkbox", "date_input", "datetime_input", "dialog", "download_button"),
    *("expander", "feedback", "file_uploader", "form_submit_button", "header", "link_button", "markdown", "metric"),
    *("multiselect", "number_input", "page_link", "pills", "popover", "radio", "segmented_control", "select_slider"),
    *("selectbox", "slider", "spinner", "subheader", "tabs", "text_area", "text_input", "time_input", "title", "toast"),
    *("toggle", "Page", "navigation", "set_page_config", "pagination"),
}
ON_ST_ONLY = {"error", "info", "progress", "status", "success", "text", "warning", "write"}
VISIBLE_KEYWORDS = {
    *("alt", "body", "caption", "captions", "delta_description", "description", "help", "label", "page_title"),
    *("placeholder", "text", "title", "submit_label"),
}
# Their first argument is a path or a name for the program.
FIRST_IS_NOT_SHOWN = {"Page", "page_link", "navigation", "pagination"}
# Said alike in every language.
PROPER_NAMES = {"SMS-Get", "CSV", "XLSX", "SMS", "Language / 語言"}


def literals(node: ast.expr) -> Iterator[str]:
    """The literal text that `node` becomes when it is shown. What any function returns is that function's business."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values) | ast.Tuple(elts=values) | ast.List(elts=values) | ast.BoolOp(values=values):
            for value in values:
                yield from literals(value)
        case ast.BinOp(left=left, right=right):
            yield from literals(left)
            yield from literals(right)
        case ast.IfExp(body=body, orelse=orelse):
            yield from literals(body)
            yield from literals(orelse)
        case ast.Call(func=ast.Attribute(attr="format", value=template)):
            yield from literals(template)


def is_words(text: str) -> bool:
    """Whether a person reads words in `text`: icons, colour directives, fields, marks and proper names are none."""
    text = re.sub(r":material/\w+:|:\w+\[|\{[^{}]*\}|&\w+;|https?://\S+", " ", text)
    for name in sorted(PROPER_NAMES, key=len, reverse=True):
        text = text.replace(name, " ")
    return any(character.isalpha() for character in text)


def is_st(node: ast.expr) -> bool:
    """Whether `node` is `st` or something of it, such as `st.sidebar`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id == "st"


def shown(call: ast.Call) -> list[ast.expr]:
    """The arguments of `call` that a person will read."""
    if not isinstance(call.func, ast.Attribute):
        return []
    name, on_st = call.func.attr, is_st(call.func.value)
    column = on_st and name.endswith("Column")
    if not (column or name in ON_ANYTHING or (on_st and name in ON_ST_ONLY)):
        return []
    first = [] if name in FIRST_IS_NOT_SHOWN else call.args[:1]
    return first + [keyword.value for keyword in call.keywords if keyword.arg in VISIBLE_KEYWORDS]


def bypassing(tree: ast.AST) -> list[str]:
    """Where words reach a person without the catalogue, or reach the catalogue in a way it cannot look up."""
    wrong = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        wrong += [
            f"line {argument.lineno}: {text!r} is not translated"
            for argument in shown(call)
            for text in literals(argument)
            if is_words(text)
        ]
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        if name in TRANSLATORS:
            first = call.args[0] if call.args else None
            if isinstance(first, ast.JoinedStr | ast.BinOp) or (
                isinstance(first, ast.Call) and getattr(first.func, "attr", "") == "format"
            ):
                wrong.append(f"line {call.lineno}: {name}() is given a text that is filled in already")
            if isinstance(first, ast.Constant) and not first.value:
                wrong.append(f'line {call.lineno}: {name}("") is the header of the catalogue')
    return wrong


FACES = sorted([ROOT / "app.py", *ROOT.glob("ui/**/*.py"), *ROOT.glob("pages/**/*.py")])


@pytest.mark.parametrize("path", FACES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_words_bypass_the_catalogue(path: Path) -> None:
    assert bypassing(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "st.title('Campaigns')",
        "st.button(f'Send to {n}')",
        "left.metric('Points', 5)",
        "st.sidebar.warning('No text leaves this computer')",
        "st.text_input(_('Name'), help='Your name')",
        "st.tabs([_('One'), 'Two'])",
        "st.markdown('**Points** ' + points)",
        "st.caption('{} rows'.format(n))",
        "st.info(_('Yes') if ok else 'No')",
        "st.column_config.TextColumn('Phone')",
        "st.Page('pages/a.py', title='Overview')",
        "st.title('簡訊')",
        "_(f'Hello {name}')",
        "_('Hello ' + name)",
        "_('Hello {}'.format(name))",
        "_('')",
    ],
)
def test_bypass_is_noticed(source: str) -> None:
    assert bypassing(ast.parse(source))


@pytest.mark.parametrize(
    "source",
    [
        "st.title(_('Campaigns'))",
        "st.button(_('Send to {n}').format(n=n), key='send', icon=':material/send:')",
        "st.markdown('---')",
        "st.markdown(f'**{_(\"Points\")}** :material/bolt: {n:,}')",
        "st.title('SMS-Get')",
        "log.info('engine started')",
        "st.info(explain(error))",
        "st.Page('pages/track/overview.py', title=_('Overview'), url_path='overview')",
        "st.text_input(label=_('Name'), key='name', placeholder='')",
        "st.caption(row['phone'])",
        "_(LABELS[code])",
        "st.column_config.TextColumn(_('Phone'), width='small')",
    ],
)
def test_rightly_written_page_passes(source: str) -> None:
    assert bypassing(ast.parse(source)) == []
