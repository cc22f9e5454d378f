"""A faithful SMS-Get on loopback, with a ledger and faults to order.

Everything a client of SMS-Get can meet, without a text leaving this computer: the three endpoints with every error
code, points taken as the real one takes them, receipts and replies posted to a callback URL, and on demand the ways
in which a network and a vendor fail. What SMS-Get really did is in the ledger, whatever the client was told.

    with start_in_thread(SandboxConfig(port=0, ledger=Path("ledger.jsonl"))) as sandbox:
        requests.post(f"{sandbox.url}/api_send.php", data={...})
    read_ledger(Path("ledger.jsonl"))

    config.py    what it is told: SandboxConfig, FAULTS        fates.py    last two digits -> callbacks: FATES
    orders.py    request fields -> order or error code         ledger.py   the books on disk
    app.py       the endpoints and their faults                postman.py  posts the callbacks
    door.py      the port, now and then truly shut             server.py   uvicorn, with both of these
"""

from __future__ import annotations

from smsget.sandbox.app import Sandbox
from smsget.sandbox.config import FAULTS, SandboxConfig, parse_faults
from smsget.sandbox.fates import DELIVERED, FATES, fate_of
from smsget.sandbox.ledger import read_ledger
from smsget.sandbox.server import SandboxThread, serve, start_in_thread

__all__ = [
    "DELIVERED",
    "FATES",
    "FAULTS",
    "Sandbox",
    "SandboxConfig",
    "SandboxThread",
    "fate_of",
    "parse_faults",
    "read_ledger",
    "serve",
    "start_in_thread",
]
