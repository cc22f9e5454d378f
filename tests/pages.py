"""Opening a page of the dashboard under AppTest, as a reload or another tab does."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parent.parent


def open_page(path: str, **query: str) -> AppTest:
    """The page `pages/<path>.py` in a new session, with these query parameters."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60).run()
    at.switch_page(f"pages/{path}.py")
    for name, value in query.items():
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at
