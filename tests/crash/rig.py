"""Real processes to be killed: a sandbox that plays SMS-Get, and engines. Each can die, freeze or lose its disk."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smsget.launch import wait_for
from smsget.store import Store

ROOT = Path(__file__).parents[2]
LEASE_S = 1.2
READ_TIMEOUT_S = 1.0
SLOW_S = 1.6  # beyond the read timeout: taken, charged, and never heard of
USER, PASSWORD = "acme", "pw"
ACCOUNT = "acme@127.0.0.1"

SANDBOX = """
import json, signal, sys
from pathlib import Path
from smsget.sandbox import SandboxConfig, server
options = json.loads(sys.argv[1])
options["ledger"] = Path(options["ledger"])
made = server._Server(SandboxConfig(**options), lambda url: print(url, flush=True))
signal.signal(signal.SIGUSR1, lambda *_: made.sandbox.add_credits(1_000_003))
import asyncio
asyncio.run(made.serve())
"""

ENGINE = f"""
import sys
from smsget.gateway import Gateway
Gateway.__init__.__kwdefaults__["read_timeout"] = {READ_TIMEOUT_S}
from smsget.cli import main
sys.argv[0] = "smsget"
main()
"""


class Rig:
    """One database, one sandbox at a time on one port, and however many engines somebody starts."""

    def __init__(self, folder: Path, *, faults: dict[str, float], credits: int, latency_ms: float, seed: int) -> None:
        self.folder = folder
        self.store = Store(folder / "smsget.db")
        self.ledger = folder / "ledger.jsonl"
        self.engines: list[subprocess.Popen[str]] = []
        self.sandbox: subprocess.Popen[str] | None = None
        self._options: dict[str, Any] = {
            "port": 0, "ledger": str(self.ledger), "username": USER, "password": PASSWORD, "faults": faults,
            "credits": credits, "latency_ms": latency_ms, "seed": seed, "slow_s": SLOW_S, "refuse_s": 0.05,
        }  # fmt: skip
        self._starts = 0
        self.start_sandbox()

    # --- the sandbox ---------------------------------------------------------------------------------------------

    def start_sandbox(self) -> None:
        """Start it unless it runs; after a death it goes on with its ledger, on the port it had."""
        if self.sandbox is not None and self.sandbox.poll() is None:
            return
        self._starts += 1
        # other faults than before the death, or a seed would repeat them for ever
        options = {**self._options, "seed": self._options["seed"] + self._starts}
        for _ in range(50):
            process = subprocess.Popen(
                [sys.executable, "-c", SANDBOX, json.dumps(options)],
                cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            if url:
                self.sandbox, self.url = process, url
                self._options["port"] = int(url.rpartition(":")[2])
                return
            process.wait()  # somebody's outgoing connection has the port just now
            time.sleep(0.1)
        raise AssertionError("the sandbox does not start")

    def kill_sandbox(self) -> None:
        """kill -9."""
        if self.sandbox is not None:
            self.sandbox.kill()
            self.sandbox.wait()

    def top_up(self) -> None:
        """A million points and three: no sum of quotes."""
        if self.sandbox is not None:
            self.sandbox.send_signal(signal.SIGUSR1)

    def calm(self) -> None:
        """From its next start on the sandbox has no faults."""
        self._options["faults"] = {}

    # --- engines -------------------------------------------------------------------------------------------------

    def start_engine(self) -> subprocess.Popen[str]:
        """Start one more engine; whether it gets the lease is theirs to settle."""
        environ = {
            **os.environ, "SMSGET_ENGINE_IDLE_S": "0.3", "SMSGET_LEASE_S": str(LEASE_S), "LC_ALL": "C",
            "SMSGET_SETTLE_PAUSE_S": "0.15", "SMSGET_RESERVE_BYTES": "0",
            "SMSGET_URL": self.url, "SMSGET_USERNAME": USER, "SMSGET_PASSWORD": PASSWORD,
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-c", ENGINE, "--db", str(self.store.path), "engine"],
            cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=(self.folder / "engine.err").open("a"), text=True,
        )  # fmt: skip
        self.engines.append(process)
        return process

    @property
    def holder(self) -> subprocess.Popen[str] | None:
        """The living engine that holds the lease."""
        lease = self.store.leases.current()
        living = {each.pid: each for each in self.engines if each.poll() is None}
        return living.get(lease.pid) if lease else None

    def engine_at_work(self) -> subprocess.Popen[str]:
        """An engine that holds the lease; started if there is none."""
        if self.holder is None and not any(each.poll() is None for each in self.engines):
            self.start_engine()

        def holds() -> bool:
            if not any(each.poll() is None for each in self.engines):
                self.start_engine()
            return self.holder is not None

        assert wait_for(holds, seconds=30), (self.folder / "engine.err").read_text()[-2000:]
        holder = self.holder
        return holder if holder is not None else self.engine_at_work()

    def limit_disk(self, engine: subprocess.Popen[str], spare: int | None) -> None:
        """Let no file of an engine grow by more than about `spare` bytes; None: as much as it likes again."""
        wal = Path(f"{self.store.path}-wal")
        size = max([each.stat().st_size for each in (wal, self.store.path) if each.exists()], default=0)
        limit = resource.RLIM_INFINITY if spare is None else size + spare
        resource.prlimit(engine.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def wait_idle(self, condition: Callable[[], bool], *, seconds: float = 60) -> bool:
        """Keep an engine and the sandbox alive until `condition`; whether it came true."""

        def looked() -> bool:
            self.start_sandbox()
            if not any(each.poll() is None for each in self.engines):
                self.start_engine()
            return condition()

        return bool(wait_for(looked, seconds=seconds))

    def stop(self) -> None:
        """End every process that is left."""
        for process in [*self.engines, *([self.sandbox] if self.sandbox else [])]:
            if process.poll() is None:
                process.kill()
            process.communicate()
