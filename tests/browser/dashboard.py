"""The real thing as a process: `streamlit run app.py` on a database of its own, with the engine that it starts.

Also used by docs/screenshots.py.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from smsget import launch
from smsget.errors import StoreError
from smsget.sandbox import SandboxConfig
from smsget.store import Store

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60
USERNAME, PASSWORD = "acme", "the right one"
ENGINE_IDLE_S = 20
"""Should a test be killed before it ends its engine, the engine ends by itself soon after."""

CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def free_port() -> int:
    """A port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Dashboard:
    """A running dashboard; `account` are its `SMSGET_USERNAME`, `_PASSWORD` and `_URL`, none for the sandbox.

    Leaving the `with` block ends the server, then the engine, also if the test has killed one of them.
    """

    def __init__(self, database: Path, **account: str) -> None:
        self.database = database
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = database.with_suffix(".streamlit.log")
        self._account = account
        self._server: subprocess.Popen[bytes] | None = None
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        """Its database, seen from the side."""
        self._store = self._store or Store(self.database)
        return self._store

    @property
    def ledger(self) -> Path:
        """Where the sandbox that its engine serves writes down what it was really asked to send."""
        return self.database.with_suffix(".sandbox.jsonl")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("SMSGET_")}
        environ |= {
            "SMSGET_DB": str(self.database),
            "SMSGET_ENGINE_IDLE_S": str(ENGINE_IDLE_S),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
            "STREAMLIT_SECRETS_FILES": os.devnull,
            **self._account,
        }
        command = ["streamlit", "run", "app.py", "--server.headless", "true", "--server.port", str(self.port)]
        with self.log.open("ab") as output:
            self._server = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=environ, stdout=output, stderr=output
            )
        if not launch.wait_for(self._answers, seconds=PATIENCE_S):
            raise AssertionError(f"the dashboard did not start: {self.log.read_text(errors='replace')}")

    def kill(self) -> None:
        """End the server as a power cut would; the engine goes on."""
        assert self._server is not None
        self._server.kill()
        self._server.wait(PATIENCE_S)

    def stop(self) -> None:
        """End the server, then the engine, and wait until both are gone."""
        if self._server is not None:
            self._server.terminate()
            self._server.wait(PATIENCE_S)
        with contextlib.suppress(StoreError):  # no engine runs on what is no database of ours
            self.stop_engine()

    def tracebacks(self) -> list[str]:
        """Every traceback that the server or the engine has written anywhere."""
        logs = [self.log, *self.database.parent.glob(f"{self.database.stem}.engine.*")]
        texts = [log.read_text(encoding="utf-8", errors="replace") for log in logs if log.exists()]
        return [text[text.index("Traceback") :] for text in texts if "Traceback" in text]

    def stop_engine(self) -> None:
        """End the engine as SIGTERM does, and wait until it is gone."""
        lease = self.store.leases.current()
        if lease is None or not launch.is_alive(lease):
            return
        os.kill(lease.pid, signal.SIGTERM)
        ended = launch.wait_for(lambda: not launch.is_alive(self.store.leases.current()), seconds=PATIENCE_S)
        assert ended, "the engine did not end when it was asked to"

    def _answers(self) -> bool:
        assert self._server is not None
        if self._server.poll() is not None:
            raise AssertionError(f"the dashboard ended at once: {self.log.read_text(errors='replace')}")
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()


class Connected(Dashboard):
    """A dashboard with an account, whose gateway is whatever a test makes listen on `gateway_port`."""

    def __init__(self, database: Path) -> None:
        self.gateway_port = free_port()
        self.gateway_url = f"http://127.0.0.1:{self.gateway_port}"
        super().__init__(database, SMSGET_USERNAME=USERNAME, SMSGET_PASSWORD=PASSWORD, SMSGET_URL=self.gateway_url)

    def sandbox(self, ledger: Path, *, password: str = PASSWORD, **config: Any) -> SandboxConfig:
        """A gateway for it; `config` as in `SandboxConfig`."""
        return SandboxConfig(port=self.gateway_port, ledger=ledger, username=USERNAME, password=password, **config)
