"""The process that sends: one at a time, by a lease. It claims batches, asks the gateway, and commits what came of it.

    claim (committed as `sending`) ─> one request ─> accepted | refused | not sent | unknown (committed)

It also serves the callback receiver, and the sandbox gateway while the account is the sandbox. It ends by itself when
nothing is left to do and nobody looks. SIGTERM lets the requests in flight finish; after kill -9 the next engine
finds their batches `sending` under a dead owner and makes them unknown: never sent again by itself.

    core.py      what it does in turn, and when it ends     lease.py     who may send
    sending.py   one request, one outcome                   pace.py      when the next one may leave
    desk.py      answers in, claims out, one commit         settling.py  what became of requests without an answer
    services.py  callbacks, and the sandbox
"""

from __future__ import annotations

from smsget.engine.core import Engine, run_engine
from smsget.engine.lease import HeldByAnother, LeaseKeeper
from smsget.engine.pace import Pace
from smsget.engine.services import CALLBACK_PORT

__all__ = ["CALLBACK_PORT", "Engine", "HeldByAnother", "LeaseKeeper", "Pace", "run_engine"]
