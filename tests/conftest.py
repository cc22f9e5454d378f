"""What every test shares: no way to a developer's own account or database, and where Chromium is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from smsget.store import Store

# At import, so that it also holds for what a test module does while it is being collected, and for subprocesses.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
os.environ["STREAMLIT_SECRETS_FILES"] = os.devnull
for _name in [name for name in os.environ if name.startswith("SMSGET_")]:
    del os.environ[_name]

settings.register_profile("dev", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "dev")

CHROMIUM_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's database will be. Nothing is there yet; pages and commands find it by `SMSGET_DB`."""
    path = tmp_path / "smsget.db"
    monkeypatch.setenv("SMSGET_DB", str(path))
    return path


@pytest.fixture
def store(database: Path) -> Store:
    """This test's database, made."""
    return Store(database)


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages under AppTest start no engine: what becomes of a batch is the test's to say."""
    monkeypatch.setattr("smsget.launch.ensure_engine", lambda *_: None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium or Chrome of this computer. Without one a browser test is skipped, but never in CI."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
    found = next((path for name in names if (path := shutil.which(name))), None)
    found = found or next((place for place in CHROMIUM_PLACES if Path(place).exists()), None)
    if found:
        return found
    sentence = "No Chromium or Chrome was found on this computer; install one to test the pages in a browser."
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)
