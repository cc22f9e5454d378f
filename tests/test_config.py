"""How the program is installed, served and shown: requirements, locks, the Makefile and Streamlit's configuration."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
STREAMLIT = tomllib.loads((ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock")

# Needed, though nothing in our source imports them by name: pandas reads workbooks with the first, starlette reads
# forms with the second, and `zoneinfo` finds the time zones in the third.
IMPORTED_BY_OTHERS = {"python-calamine", "python-multipart", "tzdata"}
# Comes with Streamlit, which promises it.
BROUGHT_ALONG = {"altair", "urllib3"}


def lines(name: str) -> list[str]:
    """The lines of a requirements file, without comments."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [line for line in (re.sub(r"(^|\s)#.*", "", raw).strip() for raw in text.splitlines()) if line]


def pins(name: str) -> dict[str, str]:
    """Distribution -> its one version, of a lock file."""
    pairs = [line.split("==") for line in lines(name)]
    return {canonicalize_name(distribution): version for distribution, version in pairs}


def wanted() -> dict[str, Requirement]:
    return {canonicalize_name(r.name): r for r in map(Requirement, lines("requirements.txt"))}


# --- What is installed ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_exact_versions_and_nothing_of_one_computer(name: str) -> None:
    """No index address, no folder, no hash, no editable install: `name==version` only, so that it installs anywhere."""
    assert [line for line in lines(name) if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*==[0-9][0-9a-z.]*", line)] == []
    assert "://" not in (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_lock_satisfies_the_requirements(name: str) -> None:
    locked = pins(name)
    wrong = [r for distribution, r in wanted().items() if Version(locked[distribution]) not in r.specifier]
    assert wrong == []


def test_tests_run_on_the_versions_that_users_get() -> None:
    app, dev = (pins(name) for name in LOCKS)
    assert {name: version for name, version in app.items() if dev.get(name) != version} == {}


def test_dev_lock_has_the_dev_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = pins("requirements-dev.lock")
    extra = [Requirement(text) for text in project["optional-dependencies"]["dev"]]
    assert [r for r in extra if Version(locked[canonicalize_name(r.name)]) not in r.specifier] == []


def test_every_requirement_says_why() -> None:
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if not line.startswith("#") and not re.search(r"\S\s+# \w", line)] == []


def imported_distributions() -> set[str]:
    """The distributions whose packages the program imports, wherever in a file."""
    by_package = packages_distributions()
    found = set()
    for path in [
        path for place in ("*.py", "ui/**/*.py", "pages/**/*.py", "smsget/**/*.py") for path in ROOT.glob(place)
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import(names=names):
                    tops = {name.name.partition(".")[0] for name in names}
                case ast.ImportFrom(module=str(module)):
                    tops = {module.partition(".")[0]}
                case _:
                    continue
            for top in tops - sys.stdlib_module_names:
                found.update(canonicalize_name(name) for name in by_package.get(top, ()))
    return found


def test_requirements_are_what_the_program_imports() -> None:
    """Nothing is missing from `requirements.txt`, and nothing is in it that the program does not need."""
    imported = imported_distributions() - {"sms-get-dashboard"}
    assert imported - BROUGHT_ALONG - set(wanted()) == set()
    assert set(wanted()) - imported - IMPORTED_BY_OTHERS == set()


# --- The Makefile -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def make() -> str:
    """GNU make, which Windows lacks; its README has the commands without it."""
    return shutil.which("make") or pytest.skip("there is no make on this computer")


@pytest.mark.parametrize("python", ["no-such-python", "an-old-python"])
def test_make_says_in_a_sentence_that_python_is_missing_or_old(make: str, python: str, tmp_path: Path) -> None:
    """On a computer without Python 3.11 nobody reads a traceback of pip, and no half-made environment stays behind."""
    old = tmp_path / "an-old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    old.chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.lock").touch()
    chosen = str(old) if python == old.name else python
    done = subprocess.run([make, "run", f"PYTHON={chosen}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_lists_its_commands(make: str) -> None:
    listed = subprocess.run([make, "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "lint", "bench", "screenshots", "translations"):
        assert f"make {target} - " in listed


# --- How Streamlit serves and shows it --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("server.address", "127.0.0.1"),
        ("server.fileWatcherType", "none"),
        ("server.showEmailPrompt", False),
        ("browser.gatherUsageStats", False),
        ("client.showErrorDetails", "none"),
    ],
)
def test_dashboard_stays_on_this_computer_and_tells_nobody(option: str, value: object) -> None:
    section, _, name = option.partition(".")
    assert STREAMLIT[section][name] == value


def options(table: dict[str, Any], prefix: str = "") -> list[str]:
    """The dotted names of all options in a configuration."""
    found = []
    for name, value in table.items():
        found += options(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]
    return found


def test_every_option_is_known_to_streamlit() -> None:
    """A misspelt option would only be a warning in a log that nobody reads."""
    from streamlit import config

    known = set(config.get_config_options())
    assert [name for name in options(STREAMLIT) if name not in known] == []


def luminance(colour: str) -> float:
    """Relative luminance of `#RRGGBB`, 0 to 1. Source: WCAG 2.2."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21. Source: WCAG 2.2."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_colours_can_be_told_apart(appearance: str) -> None:
    """WCAG AA: 4.5 for text, 3 for what is not text, on every surface it may lie on."""
    theme = STREAMLIT["theme"][appearance]
    surfaces = [theme["backgroundColor"], theme["secondaryBackgroundColor"], theme["sidebar"]["backgroundColor"]]
    text = ["textColor", "linkColor", "redColor", "orangeColor", "greenColor", "blueColor", "violetColor", "grayColor"]
    weak = [(name, on) for name in text for on in surfaces if contrast(theme[name], on) < 4.5]
    weak += [("primaryColor", on) for on in surfaces if contrast(theme["primaryColor"], on) < 3]
    weak += [(c, "chart") for c in theme["chartCategoricalColors"] if contrast(c, theme["backgroundColor"]) < 3]
    # a selected tab is text in this colour
    weak += [("selected", theme["backgroundColor"])] * (contrast(theme["primaryColor"], theme["backgroundColor"]) < 4.5)
    if contrast("#FFFFFF", theme["primaryColor"]) < 4.5:
        weak.append(("white", theme["primaryColor"]))
    if contrast(theme["dataframeHeaderTextColor"], theme["dataframeHeaderBackgroundColor"]) < 4.5:
        weak.append(("table header", theme["dataframeHeaderBackgroundColor"]))
    assert weak == []


def test_fonts_are_those_of_the_computer_and_write_chinese() -> None:
    """No font is fetched from the web: that would tell somebody when the dashboard is used, and needs a network."""
    theme = STREAMLIT["theme"]
    assert "fontFaces" not in theme
    for name in ("font", "codeFont"):
        assert "http" not in theme[name]
        assert "PingFang TC" in theme[name]
        assert "Microsoft JhengHei" in theme[name]
