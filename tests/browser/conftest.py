"""One Chromium for all tests here, and for each a dashboard of its own and windows to look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.dashboard import CHROMIUM_ARGS, PATIENCE_S, Dashboard
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


# Not for the session: Playwright's event loop counts as running on this thread, and tests elsewhere want their own.
@pytest.fixture(scope="package")
def browser(chromium_path: str) -> Iterator[Browser]:
    """Chromium; every visitor has a profile of its own in it."""
    expect.set_options(timeout=PATIENCE_S * 1000)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def dashboard(database: Path) -> Iterator[Dashboard]:
    """A dashboard on an empty database, in the sandbox."""
    with Dashboard(database) as running:
        yield running
    assert running.tracebacks() == []


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Open a window on a dashboard: `visit(dashboard, "zh-TW", "credit")`. None may ever show an exception."""
    visitors: list[Visitor] = []

    def opened(dashboard: Dashboard, locale: str = "en-US", path: str = "") -> Visitor:
        visitors.append(Visitor(browser, dashboard, locale))
        return visitors[-1].go(path)

    yield opened
    for visitor in visitors:
        visitor.close()
    assert [(visitor.exceptions, visitor.errors) for visitor in visitors] == [([], [])] * len(visitors)
