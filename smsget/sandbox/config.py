"""What a sandbox is told when it starts: account, prices it invents, faults to order, where callbacks go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from smsget.errors import BadRequest
from smsget.receipts import SANDBOX_CODE

HOST = "127.0.0.1"
"""The sandbox answers on loopback only: nothing that is sent to it can leave this computer."""

FAULTS: dict[str, str] = {
    "refuse_connection": "the port stops listening for half a second: connections are truly refused, no byte is sent",
    "drop_before_accept": "reads the request, charges nothing, closes without an answer",
    "drop_after_accept": "accepts, charges, writes the ledger, closes without an answer (accepted sends only)",
    "error_500": "HTTP 500 with an HTML page; nothing is charged",
    "garbage": "accepts, charges, writes the ledger, answers 200 with an HTML page that is not the protocol",
    "slow": "accepts, charges, writes the ledger, answers after 90 s, beyond a usual read timeout",
}
"""Fault -> what it does, for the command line's help. A rate of 0.1 makes one request in ten suffer it.

`refuse_connection` is about connections instead: with its rate as probability the port is shut for `refuse_s` seconds
at start, after each accepted connection and again after each such moment, so a rate of 1 never listens at all.
Connections that were complete by then are still served; a reset would leave their outcome open.
"""


@dataclass(slots=True)
class SandboxConfig:
    """How one sandbox behaves. Raises `BadRequest` (`unknown_fault`, `bad_rate`) for faults that make no sense.

    `port` 0 takes a free port. `ledger` and its folder are created; `<ledger>.state` beside it keeps acknowledged
    callbacks and top-ups. `credits` are the points the account was opened with: points left are these plus top-ups
    minus everything the ledger says was used. `faults` maps names of `FAULTS` to rates of 0-1, whose sum is at most 1
    (`refuse_connection` apart). `latency_ms` is spent half before and half after the charge. `callback_delay_s` stands
    for the day that SMS-Get takes. `seed` makes the faults of a sequence of requests repeatable.

    Not published by SMS-Get, so ours: `max_parts` (the longest text, else 004), the reply code's default.
    """

    port: int = 8040
    ledger: Path = Path("data/local/sandbox-ledger.jsonl")
    credits: int = 100_000
    username: str = "sandbox"
    password: str = field(default="sandbox", repr=False)
    latency_ms: float = 0
    faults: dict[str, float] = field(default_factory=dict)
    callback_url: str | None = None
    callback_delay_s: float = 5
    seed: int | None = None
    two_way: bool = True
    refused_addresses: frozenset[str] = frozenset()
    max_parts: int = 10
    reply_code: str = SANDBOX_CODE
    slow_s: float = 90
    refuse_s: float = 0.5
    callback_retry_s: float = 1

    def __post_init__(self) -> None:
        """Refuse unknown faults and impossible rates now instead of at the thousandth request."""
        for fault, rate in self.faults.items():
            if fault not in FAULTS:
                raise BadRequest("unknown_fault", fault=fault, faults=list(FAULTS))
            if not 0 <= rate <= 1:
                raise BadRequest("bad_rate", fault=fault, rate=rate)
        total = sum(rate for fault, rate in self.faults.items() if fault != "refuse_connection")
        if total > 1 + 1e-9:
            raise BadRequest("bad_rate", fault="", rate=total)

    @property
    def state_file(self) -> Path:
        """The side file next to the ledger."""
        return self.ledger.with_name(self.ledger.name + ".state")


def parse_faults(options: Iterable[str]) -> dict[str, float]:
    """`["drop_after_accept=0.1", …]` (the command line's `--fault`) -> the `faults` of a `SandboxConfig`.

    Raises `BadRequest` (`unknown_fault`, `bad_rate`); rates are checked further when the config is made.
    """
    faults: dict[str, float] = {}
    for option in options:
        fault, _, rate = option.partition("=")
        if fault not in FAULTS:
            raise BadRequest("unknown_fault", fault=fault, faults=list(FAULTS))
        try:
            faults[fault] = float(rate)
        except ValueError:
            raise BadRequest("bad_rate", fault=fault, rate=rate) from None
    return faults
