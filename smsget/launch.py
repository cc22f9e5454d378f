"""Start the engine as a process of its own, and judge whether the one that holds the lease still lives."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from smsget.store import Lease, Store, from_text, now, uptime

ROOT = Path(__file__).parents[1]
LONGEST_LEASE_S = 600.0
_children: list[subprocess.Popen[bytes]] = []


def is_alive(lease: Lease | None) -> bool:
    """Whether the holder of a lease is to be taken for alive.

    On this computer a process that is gone is dead at once; otherwise a lease counts until it expires, by the uptime
    that no change of the clock moves. Of another computer only its clock is known.
    """
    if lease is None:
        return False
    if lease.host != platform.node() or lease.expires_up is None:
        return from_text(lease.expires_at) > now()
    # an end further away than any lease lasts is from before the computer was started anew
    return not is_gone(lease.pid) and 0 < lease.expires_up - uptime() <= LONGEST_LEASE_S


def ensure_engine(store: Store, account_key: str) -> None:
    """Make sure that an engine runs for this database and account; start one if need be. Does not wait for it.

    An engine that runs for another account (the settings changed) is asked to finish what is in flight and end.
    """
    for child in list(_children):  # reap: a dead child we never waited for would look alive
        if child.poll() is not None:
            _children.remove(child)
    lease = store.leases.current()
    if lease is not None and is_alive(lease) and not lease.stop_requested:
        if lease.account == account_key:
            return
        store.leases.request_stop()
    # a child that does not hold the lease is on its way up, or waits for the one that was asked to stop
    if not any(lease is None or child.pid != lease.pid for child in _children):
        _children.append(_spawn(store))


def wait_for(condition: Callable[[], Any], *, seconds: float = 15, every: float = 0.05) -> Any:
    """Ask until `condition()` is true and return what it returned, or the last answer when time is up."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()) and time.monotonic() < deadline:
        time.sleep(every)
    return answer


def sandbox_url(store: Store, *, seconds: float = 15) -> str:
    """Where the running engine serves the sandbox; "" if it does not come up in time."""

    def url() -> str:
        lease = store.leases.current()
        return str(lease.info.get("sandbox_url", "")) if lease is not None and is_alive(lease) else ""

    return str(wait_for(url, seconds=seconds))


def log_path(database: Path) -> Path:
    """Where the engine of this database writes its log."""
    return database.with_suffix(".engine.log")


def _spawn(store: Store) -> subprocess.Popen[bytes]:
    # Its own session: closing the browser or stopping Streamlit (Ctrl-C goes to the whole group) cuts no campaign.
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.DETACHED_PROCESS}
    command = [sys.executable, "-m", "smsget", "--db", str(store.path), "engine"]
    with log_path(store.path).with_suffix(".err").open("ab") as errors:
        return subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors, **detached
        )


def is_gone(pid: int) -> bool:
    """Whether a process of this computer has ended; False where that cannot be told."""
    if sys.platform == "win32":
        return False  # os.kill(pid, 0) would end the process there; the lease's expiry decides
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    try:  # a zombie answers to kill, but will never send anything
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (OSError, IndexError):
        return False
