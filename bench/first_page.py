"""How long from `streamlit run` to the first page in a browser, beside an empty Streamlit app.

    python bench/first_page.py [--rounds 7] [--fresh] [--limit 1.5]

The two start in turn, so that a computer that slows down slows both. Every round is a new server process and a new
browser session; the browser itself runs already. Two moments are taken: the page's heading is there, and the whole
page is (the script has ended). Prints medians in seconds and the ratio of each round; with `--limit`, exit status 1
if the median ratio of the whole page is above it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

EMPTY_APP = 'import streamlit as st\n\nst.title("Empty")\n'
PATIENCE_S = 90
WHOLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
HEADING = '[data-testid="stMain"] [data-testid="stHeading"]'


@dataclass(frozen=True)
class Times:
    """Seconds from the start of the process."""

    heading: float
    whole: float


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def served(script: Path, port: int, database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `script` in Streamlit, in its own folder so that both apps read the same configuration."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("SMSGET_")}
    # A bench must not find, and so never use, the account of whoever runs it.
    environ |= {"SMSGET_DB": str(database), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless", "true"]
    log = database.with_name(f"{script.stem}.log")
    with log.open("wb") as output:
        server = subprocess.Popen(
            [*command, "--server.port", str(port)], cwd=script.parent, env=environ, stdout=output, stderr=output
        )
        try:
            yield server
        finally:
            server.terminate()
            server.wait(20)


def open_when_listening(page: Page, url: str, server: subprocess.Popen[bytes], deadline: float) -> None:
    """Go to `url` as soon as something answers there, as a person would who reloads."""
    while True:
        try:
            page.goto(url, wait_until="commit")
        except Error:
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def measure(browser: Browser, script: Path, database: Path) -> Times:
    """Start `script` once and time its first page."""
    port = free_port()
    context = browser.new_context(locale="en-US")
    context.set_default_timeout(PATIENCE_S * 1000)
    page = context.new_page()
    begun = time.monotonic()
    try:
        with served(script, port, database) as server:
            open_when_listening(page, f"http://127.0.0.1:{port}", server, begun + PATIENCE_S)
            page.locator(HEADING).first.wait_for()
            heading = time.monotonic() - begun
            page.locator(WHOLE).wait_for()
            whole = time.monotonic() - begun
            if page.locator('[data-testid="stException"]').count():
                sys.exit(f"{script.name} failed; there is nothing to measure. Run it by hand to see why.")
    finally:
        context.close()
    return Times(heading, whole)


def stop_engine(database: Path) -> None:
    """Let the engine that the dashboard started end, so that it does not run through the next measurement."""
    from smsget.store import Store

    leases = Store(database).leases
    deadline = time.monotonic() + 30
    while (lease := leases.current()) is not None and time.monotonic() < deadline:
        if not lease.stop_requested:
            leases.request_stop()
        time.sleep(0.1)


def rounds(browser: Browser, folder: Path, count: int, fresh: bool) -> Iterator[tuple[Times, Times]]:
    """Yield the times of the empty app and of the dashboard, measured in turn, after one round that does not count."""
    empty = folder / "empty" / "empty.py"
    (empty.parent / ".streamlit").mkdir(parents=True)
    empty.write_text(EMPTY_APP)
    shutil.copy(ROOT / ".streamlit" / "config.toml", empty.parent / ".streamlit")
    database = folder / "smsget.db"
    for turn in range(count + 1):
        if fresh:
            database = folder / f"smsget-{turn}.db"
        nothing = measure(browser, empty, database)
        ours = measure(browser, ROOT / "app.py", database)
        stop_engine(database)
        if turn:
            yield nothing, ours


def report(measured: list[tuple[Times, Times]]) -> float:
    """Print the table; return the median ratio of the whole page."""
    print(f"{'':<10}{'empty s':>10}{'dashboard s':>14}{'ratio':>8}{'ratio min..max':>18}")
    for moment in ("heading", "whole"):
        empty = [getattr(nothing, moment) for nothing, _ in measured]
        ours = [getattr(dashboard, moment) for _, dashboard in measured]
        ratios = [b / a for a, b in zip(empty, ours, strict=True)]
        middle = statistics.median(ratios)
        print(
            f"{moment:<10}{statistics.median(empty):>10.2f}{statistics.median(ours):>14.2f}{middle:>8.2f}"
            f"{min(ratios):>11.2f}..{max(ratios):.2f}"
        )
    print(f"Medians of {len(measured)} rounds, after one that does not count.")
    return middle


def chromium() -> str:
    """Return the browser of this computer, or end with a sentence."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge"):
        if found := shutil.which(name):
            return found
    sys.exit("No Chromium or Chrome was found on this computer.")


def main() -> None:
    """Read the options, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--fresh", action="store_true", help="a new database every time: what a first start costs")
    parser.add_argument("--limit", type=float, help="fail if the median ratio is above this")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, sync_playwright() as playwright:
        # Chromium refuses to run its sandbox as root, which is what containers and CI are.
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium(), args=flags)
        ratio = report(list(rounds(browser, Path(folder), options.rounds, options.fresh)))
        browser.close()
    if options.limit and ratio > options.limit:
        sys.exit(f"The first page takes {ratio:.2f} times as long as an empty app; at most {options.limit} is wanted.")


if __name__ == "__main__":
    main()
