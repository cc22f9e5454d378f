"""Who may import whom. The map stands here once; a module that is not on it fails until somebody decides its place."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Place:
    """What a module may import: modules of `smsget` by name, and packages that are neither ours nor Python's.

    `section` is the folder of a page, whose private modules (`_draft`) are parts of the pages beside them.
    """

    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)
    section: str = ""


# No clock, network, database or Streamlit in these: what they need of the world comes in as an argument.
RULES = {"numbers", "segments", "recipients", "campaigns", "receipts", "logs", "settlement"}
EVERYTHING_BUT_FACES = {
    *RULES,
    *(
        "account",
        "callbacks",
        "engine",
        "errors",
        "export",
        "gateway",
        "i18n",
        "launch",
        "samples",
        "sandbox",
        "serving",
        "store",
        "words",
    ),
}

MAP = {
    "__init__": Place(),
    "errors": Place(),
    "i18n": Place(),
    "samples": Place({"errors"}),
    "export": Place(),
    # The rules, each resting on those before it.
    "numbers": Place({"errors"}, {"phonenumbers"}),
    "segments": Place({"errors"}),
    "recipients": Place({"errors", "export", "numbers", "segments"}, {"numpy", "pandas", "pyarrow", "python_calamine"}),
    "campaigns": Place({"errors", "numbers", "segments", "recipients"}),
    "receipts": Place({"errors", "numbers", "segments"}),
    "logs": Place({"errors", "numbers", "segments", "receipts"}, {"numpy"}),
    "settlement": Place(),
    # Codes into sentences.
    "words": Place({"errors", "i18n", *RULES}),
    # The world outside. The gateway and the store never meet here; the sandbox checks the gateway by not sharing it.
    "gateway": Place({"errors", "numbers", "segments"}, {"requests", "urllib3"}),
    "store": Place({"errors", "export", *RULES}, {"numpy", "pandas", "pyarrow", "sqlite_utils"}),
    "account": Place({"errors", "gateway"}, {"keyring"}),
    "callbacks": Place({"errors", "receipts"}, {"starlette"}),
    "sandbox": Place({"errors", *RULES}, {"starlette", "uvicorn"}),
    "serving": Place({"errors"}, {"starlette", "uvicorn"}),
    # What joins them.
    "engine": Place(EVERYTHING_BUT_FACES, {"starlette", "uvicorn"}),
    "launch": Place({"account", "errors", "store"}),
    # The faces. Heavy libraries stay behind the modules above, so that a face starts fast.
    "cli": Place(EVERYTHING_BUT_FACES, {"click"}),
    "__main__": Place({"cli"}),
}
PAGES = Place(EVERYTHING_BUT_FACES, {"streamlit", "pandas", "altair", "ui"})
UI = Place(EVERYTHING_BUT_FACES, {"streamlit", "pandas", "altair", "ui"})

CLOCK_AND_WORLD = {
    *("asyncio", "ftplib", "getpass", "http", "multiprocessing", "os", "random", "secrets", "selectors", "smtplib"),
    *("socket", "socketserver", "sqlite3", "ssl", "subprocess", "threading", "time", "urllib.request", "uuid"),
}
CLOCK_CALLS = {"now", "today", "utcnow", "localtime", "monotonic", "perf_counter"}


def imports(tree: ast.AST) -> Iterator[str]:
    """Every module that `tree` imports by its full dotted name, wherever in the file, also by `import_module`."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=module, names=names, level=0):
                yield from (f"{module}.{name.name}" for name in names)
            case ast.ImportFrom():
                raise AssertionError("relative imports hide who imports whom")
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name


def misplaced(tree: ast.AST, place: Place, itself: str = "") -> list[str]:
    """The imports of `tree` that its `place` on the map does not allow. A package may import its own modules."""
    wrong = []
    for name in imports(tree):
        top, _, rest = name.partition(".")
        if top == "smsget":
            ours = rest.partition(".")[0]
            # `from smsget import __version__` takes a name of the package itself, not a module.
            if ours not in {*place.ours, itself} and not ours.startswith("__version"):
                wrong.append(name)
        elif place.section and name.startswith(f"pages.{place.section}._"):
            continue
        elif top not in sys.stdlib_module_names and top not in place.theirs:
            wrong.append(name)
    return wrong


def worldly(tree: ast.AST) -> list[str]:
    """Where `tree` reaches for the clock, chance, the network, the environment or a database."""
    reached = [
        name
        for name in imports(tree)
        if any(name == world or name.startswith(f"{world}.") for world in CLOCK_AND_WORLD)
    ]
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return reached + [
        f"{ast.unparse(func)}() in line {func.lineno}"
        for func in calls
        if isinstance(func, ast.Attribute) and func.attr in CLOCK_CALLS
    ]


def looked_up_at_import(tree: ast.AST) -> list[str]:
    """The calls that importing `tree` makes for something that belongs to a session: of `ui`, `_` and `n_`."""
    if isinstance(tree, ast.FunctionDef | ast.AsyncFunctionDef):
        now: list[ast.AST] = [*tree.decorator_list, *tree.args.defaults, *filter(None, tree.args.kw_defaults)]
    else:
        now = [] if isinstance(tree, ast.Lambda) else list(ast.iter_child_nodes(tree))
    found = [call for node in now for call in looked_up_at_import(node)]
    if isinstance(tree, ast.Call) and re.match(r"(ui\.|n?_$|st\.session_state)", ast.unparse(tree.func)):
        found.append(f"{ast.unparse(tree.func)}() in line {tree.lineno}")
    return found


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def module_of(path: Path) -> str:
    """`smsget/store/queries.py` and `smsget/store/__init__.py` are both the module `store`: a package is one place."""
    return path.relative_to(ROOT / "smsget").with_suffix("").parts[0]


MODULES = sorted((ROOT / "smsget").rglob("*.py"))
PAGE_FILES = sorted((ROOT / "pages").rglob("*.py"))
UI_FILES = sorted((ROOT / "ui").rglob("*.py"))


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_module_imports_only_what_its_place_allows(path: Path) -> None:
    module = module_of(path)
    assert module in MAP, f"{relative(path)} is new: give it a place on the map in {Path(__file__).name}"
    assert misplaced(parse(path), MAP[module], module) == []


@pytest.mark.parametrize("path", [p for p in MODULES if module_of(p) in RULES | {"errors", "export"}], ids=relative)
def test_rules_know_nothing_of_clock_network_or_database(path: Path) -> None:
    assert worldly(parse(path)) == []


@pytest.mark.parametrize("path", PAGE_FILES, ids=relative)
def test_page_imports_only_ui_streamlit_smsget_and_its_own_parts(path: Path) -> None:
    assert misplaced(parse(path), replace(PAGES, section=path.parent.name)) == []


PARTS = [path for path in PAGE_FILES if path.name.startswith("_")]


@pytest.mark.parametrize("path", PARTS, ids=relative)
def test_part_of_a_page_says_what_it_offers(path: Path) -> None:
    """Linters take a module with an underscore for private; its names are public to the pages beside it."""
    tree = parse(path)
    offered = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert ast.get_docstring(tree)
    assert [node.name for node in offered if not node.name.startswith("_") and not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", PARTS, ids=relative)
def test_part_of_a_page_does_nothing_when_it_is_imported(path: Path) -> None:
    """It is imported once and serves every session: what it looked up then would be one person's language or store."""
    assert looked_up_at_import(parse(path)) == []


def test_no_page_lies_directly_under_pages() -> None:
    """Streamlit would open it by deep link past `app.py`, its sign-in and its migrations."""
    assert [path.name for path in PAGE_FILES if path.parent.name == "pages"] == []


@pytest.mark.parametrize(
    ("path", "place"),
    [(ROOT / "app.py", PAGES), *((path, UI) for path in UI_FILES)],
    ids=lambda each: getattr(each, "name", ""),
)
def test_entry_and_shared_widgets_import_no_page(path: Path, place: Place) -> None:
    assert misplaced(parse(path), place) == []


def test_map_has_no_module_that_is_gone() -> None:
    there = {module_of(path) for path in MODULES}
    assert sorted(set(MAP) - there) == []


@pytest.mark.parametrize(
    ("source", "module", "wrong"),
    [
        ("from smsget.store import Store", "gateway", ["smsget.store.Store"]),
        ("from smsget import gateway", "store", ["smsget.gateway"]),
        ("import smsget.gateway as g", "sandbox", ["smsget.gateway"]),
        ("def f():\n    import streamlit as st", "engine", ["streamlit"]),
        ("import importlib\nimportlib.import_module('ui')", "cli", ["ui"]),
        ("from pages.track import overview", "cli", ["pages.track.overview"]),
        ("from smsget.campaigns import Campaign", "numbers", ["smsget.campaigns.Campaign"]),
        ("import pandas as pd", "campaigns", ["pandas"]),
        ("import json\nfrom smsget.errors import Refused\nimport requests", "gateway", []),
        ("from smsget import __version__", "cli", []),
        ("from smsget.store.database import connect", "store", []),
    ],
)
def test_map_is_enforced(source: str, module: str, wrong: list[str]) -> None:
    assert misplaced(ast.parse(source), MAP[module], module) == wrong


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import time", True),
        ("from urllib.request import urlopen", True),
        ("import random", True),
        ("from datetime import datetime, UTC\ndatetime.now(UTC)", True),
        ("from urllib.parse import unquote", False),
        ("from datetime import datetime\ndatetime(2026, 1, 1)", False),
    ],
)
def test_world_is_noticed(source: str, found: bool) -> None:
    assert bool(worldly(ast.parse(source))) is found


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ("from pages.send import _draft", []),
        ("from pages.send._draft import save", []),
        ("import pages.send._draft", []),
        ("from pages.send import compose", ["pages.send.compose"]),
        ("from pages.track import _progress", ["pages.track._progress"]),
        ("from pages import send", ["pages.send"]),
    ],
)
def test_page_borrows_from_no_other_page_and_no_other_section(source: str, wrong: list[str]) -> None:
    assert misplaced(ast.parse(source), replace(PAGES, section="send")) == wrong


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("words = ui.words()", True),
        ("TITLE = _('Points')", True),
        ("@st.dialog(_('Delete?'))\ndef f(): ...", True),
        ("def f(path=ui.store().path): ...", True),
        ("class C:\n    name = n_('a', 'b', 1)", True),
        ("def f():\n    return ui.words()", False),
        ("say = lambda: _('Points')", False),
        ("@st.fragment\ndef f(): ...\nWITH_COMMAS = st.column_config.NumberColumn()", False),
    ],
)
def test_look_up_at_import_is_noticed(source: str, found: bool) -> None:
    assert bool(looked_up_at_import(ast.parse(source))) is found
