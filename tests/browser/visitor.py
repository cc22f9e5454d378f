"""A person at a browser: goes to pages, presses buttons by their keys, reads figures by their labels."""

from __future__ import annotations

import re
from typing import Any, Self

from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from smsget.i18n import match_language, translations
from smsget.words import Words
from tests.browser.dashboard import PATIENCE_S, Dashboard

# An exception box that a later rerun wipes away would go unseen: the browser itself tells of every one that appears.
WATCH = """
new MutationObserver(changes => {
  for (const change of changes)
    for (const node of change.addedNodes) {
      const box = node.nodeType === 1 && (node.closest('.stException') || node.querySelector('.stException'));
      if (box) tellException(box.innerText);
    }
}).observe(document, {childList: true, subtree: true});
"""


class Visitor:
    """One browser window, in which a person who speaks the language of `locale` looks at a dashboard.

    `window` says more about it, in Playwright's words (`viewport`, `color_scheme`).

    `exceptions` collects the text of every exception box that ever appeared, `errors` those of the page's scripts.
    """

    def __init__(self, browser: Browser, dashboard: Dashboard, locale: str, **window: Any) -> None:
        self.dashboard = dashboard
        self.language = match_language(locale)
        self.words = Words(translations(self.language))
        self.exceptions: list[str] = []
        self.errors: list[str] = []
        self._context = browser.new_context(locale=locale, timezone_id="Asia/Taipei", **window)
        self._context.set_default_timeout(PATIENCE_S * 1000)
        self._context.expose_function("tellException", self._note_exception)
        self._context.add_init_script(WATCH)
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def close(self) -> None:
        """Close the window."""
        self._context.close()

    def _note_exception(self, text: str) -> None:
        self.exceptions.append(text)

    # --- going ---------------------------------------------------------------------------------------------------

    def go(self, path: str = "") -> Self:
        """Type an address, and wait until the page is drawn."""
        self.page.goto(f"{self.dashboard.url}/{path}")
        return self.drawn()

    def drawn(self) -> Self:
        """Wait until the script of the page has ended."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")
        return self

    def follow(self, label: str) -> Self:
        """Follow the link with this (untranslated) label in the page itself, not in the navigation."""
        self.main.get_by_role("link", name=self.say(label)).click()
        return self

    # --- doing ---------------------------------------------------------------------------------------------------

    def press(self, key: str) -> Self:
        """Press a button."""
        self.button(key).click()
        return self

    def write(self, key: str, text: str) -> Self:
        """Write into a text area and leave it."""
        area = self.widget(key).get_by_role("textbox")
        area.fill(text)
        area.press("Control+Enter")
        return self

    def upload(self, key: str, file: str | FilePayload) -> Self:
        """Choose a file in the browser's own file chooser."""
        with self.page.expect_file_chooser() as chooser:
            self.widget(key).get_by_test_id("stFileUploaderDropzone").locator("button").click()
        chooser.value.set_files(file)
        return self

    def review(self, draft: int) -> Self:
        """Open a draft and the question whether to confirm it."""
        self.go(f"compose?draft={draft}").press("compose_review")
        expect(self.button("compose_confirm")).to_be_enabled()
        return self

    # --- reading -------------------------------------------------------------------------------------------------

    def say(self, text: str, **values: object) -> str:
        """An English text of the program in this person's language."""
        said = translations(self.language).gettext(text)
        return said.format(**values) if values else said

    @property
    def main(self) -> Locator:
        """The page without its navigation."""
        return self.page.get_by_test_id("stMain")

    @property
    def heading(self) -> Locator:
        """The title of the page."""
        return self.main.get_by_role("heading", level=1)

    @property
    def alerts(self) -> Locator:
        """The boxes that tell a success, a warning or an error."""
        return self.main.get_by_test_id("stAlert")

    def alert(self, sentence: str) -> Locator:
        """The box that tells this, in the words that a person reads."""
        return self.alerts.filter(has_text=sentence)

    @property
    def banner(self) -> Locator:
        """What says that this is the sandbox."""
        return self.alert(self.say("Sandbox: no text leaves this computer"))

    def widget(self, key: str) -> Locator:
        """A widget or container by its key."""
        return self.page.locator(f".st-key-{key}")

    def button(self, key: str) -> Locator:
        """A button by its key."""
        return self.widget(key).get_by_role("button")

    def figure(self, label: str) -> Locator:
        """The value of the card with this label: an English one of the program, or one from `words`."""
        name = self.page.get_by_text(self.say(label), exact=True)
        cards = self.main.get_by_test_id("stMetric").filter(has=name)
        return cards.get_by_test_id("stMetricValue").first  # while a page is drawn anew the old card may still be there

    def amount(self, label: str) -> int:
        """The value of a card as a number."""
        return int(re.sub(r"\D", "", self.figure(label).inner_text()))
