"""One request of a claim, and which outcome it is."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from smsget.errors import InputError, NotSent, OutcomeUnknown, Refused
from smsget.gateway import Gateway
from smsget.store import Claim, Outcome

WRONG_LOGIN = "005"
ADDRESS_REFUSED = "006"

log = logging.getLogger("smsget.engine")


class Asker:
    """Makes requests through one gateway. `may_leave` is asked at the last moment before a request leaves."""

    def __init__(self, gateway: Gateway, may_leave: Callable[[], bool]) -> None:
        self._gateway = gateway
        self._may_leave = may_leave

    def ask(self, claim: Claim) -> Outcome:
        """Make the one request of a claim. Never raises: whatever happens is an outcome."""
        send = self._gateway.send_twoway if claim.two_way else self._gateway.send
        try:
            accepted = send(claim.phones, claim.text, at=claim.at, may_leave=self._may_leave)
        except NotSent as error:
            # frozen between claim and request: somebody else may hold the lease by now
            return Outcome(claim, "queued", "lease_lost" if error.code == "held_back" else error.code)
        except Refused as error:
            log.warning("%r refused: %s", claim, error.code)
            return Outcome(claim, "refused", error.code, evidence=self._evidence(error.code))
        except OutcomeUnknown as error:
            log.warning("%r unknown: %s", claim, error.code)
            return Outcome(claim, "unknown", error.code, evidence=dict(error.evidence))
        except InputError as error:  # refused by our own client, before anything left
            log.warning("%r cannot be sent: %s", claim, error.code)
            return Outcome(claim, "refused", error.code)
        except Exception as error:  # a bug of ours must not cost the promise: treat it as gone out
            log.exception("%r failed", claim)
            return Outcome(claim, "unknown", "internal", evidence={"error": type(error).__name__})
        log.info("%r accepted as %s: %d credits used, %d left", claim, accepted.sms_id, accepted.used, accepted.left)
        return Outcome(claim, "accepted", sms_id=accepted.sms_id, used=accepted.used, left=accepted.left)

    def _evidence(self, code: str) -> dict[str, str]:
        if code != ADDRESS_REFUSED:
            return {}
        address = outgoing_address(self._gateway.base_url)
        return {"local_address": address} if address else {}


def outgoing_address(base_url: str) -> str:
    """The address of this computer from which requests to the gateway leave; "" if that cannot be told.

    No packet is sent: connecting a datagram socket only chooses a route. Behind a router SMS-Get sees the router's
    address instead, which nobody but a stranger's server could tell us.
    """
    parts = urlsplit(base_url)
    try:
        family, kind, _, _, address = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_DGRAM)[0]
        with socket.socket(family, kind) as probe:
            probe.connect(address)
            return str(probe.getsockname()[0])
    except (OSError, UnicodeError):
        return ""
