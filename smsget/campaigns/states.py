"""The states of a campaign and of a batch, and which may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smsget.errors import StateError


class CampaignState(StrEnum):
    """Where a campaign stands. `unsettled`: everything went out, but the outcome of a batch awaits a decision."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    UNSETTLED = "unsettled"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class BatchState(StrEnum):
    """Where a batch stands. `left`: its outcome is unknown, and a person decided not to send it again."""

    QUEUED = "queued"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    LEFT = "left"
    CANCELLED = "cancelled"


_C, _B = CampaignState, BatchState

CAMPAIGN_MOVES: Mapping[CampaignState, frozenset[CampaignState]] = {
    _C.DRAFT: frozenset({_C.SCHEDULED, _C.SENDING}),
    _C.SCHEDULED: frozenset({_C.SENDING, _C.PAUSED, _C.CANCELLED}),
    _C.SENDING: frozenset({_C.PAUSED, _C.UNSETTLED, _C.FINISHED, _C.CANCELLED}),
    _C.PAUSED: frozenset({_C.SCHEDULED, _C.SENDING, _C.UNSETTLED, _C.FINISHED, _C.CANCELLED}),
    _C.UNSETTLED: frozenset({_C.SENDING, _C.PAUSED, _C.FINISHED, _C.CANCELLED}),
    _C.FINISHED: frozenset(),
    _C.CANCELLED: frozenset(),
}
"""Legal moves of a campaign. A cancelled campaign may still hold unknown batches; they can be settled as `left`."""

BATCH_MOVES: Mapping[BatchState, frozenset[BatchState]] = {
    # accepted, left: queued by a person's "send again", when the first request turns out to have got through
    _B.QUEUED: frozenset({_B.SENDING, _B.CANCELLED, _B.ACCEPTED, _B.LEFT}),
    # back to queued: no byte left (NotSent)
    _B.SENDING: frozenset({_B.QUEUED, _B.ACCEPTED, _B.REFUSED, _B.UNKNOWN, _B.CANCELLED}),
    # back to queued: a person resumed after mending what the code named
    _B.REFUSED: frozenset({_B.QUEUED, _B.CANCELLED, _B.LEFT}),
    # accepted: by evidence; queued: only by a person's "send again"
    _B.UNKNOWN: frozenset({_B.ACCEPTED, _B.REFUSED, _B.QUEUED, _B.LEFT}),
    _B.LEFT: frozenset({_B.ACCEPTED}),
    _B.ACCEPTED: frozenset(),
    _B.CANCELLED: frozenset(),
}
"""Legal moves of a batch. Nothing leads out of `accepted`, and only a person leads from `unknown` to `queued`
(or the proof of a late answer that no byte of the request had left)."""

ACCOUNT_CODES = frozenset({"005", "006", "009", "010"})
"""Refusals that concern the whole account (wrong login, address not allowed, no points, two-way not enabled)."""


def check_move(what: str, state: CampaignState | BatchState, wanted: CampaignState | BatchState) -> None:
    """Raise `StateError` unless `state` may become `wanted`; `what` names the thing in the error."""
    moves: Mapping[str, frozenset[str]] = CAMPAIGN_MOVES if isinstance(state, CampaignState) else BATCH_MOVES  # type: ignore[assignment]
    if wanted not in moves[state]:
        raise StateError("illegal_move", what=what, state=str(state), wanted=str(wanted))


def state_after(state: CampaignState, batches: Mapping[str, int]) -> CampaignState:
    """The state of a running campaign, given how many of its batches are in each state.

    Only `sending`, `paused` and `unsettled` campaigns change by this; everything else stays as it is.
    """
    if state not in (_C.SENDING, _C.PAUSED, _C.UNSETTLED):
        return state
    if batches.get(_B.QUEUED) or batches.get(_B.SENDING):
        return _C.SENDING if state == _C.UNSETTLED else state
    if batches.get(_B.REFUSED):
        return _C.PAUSED
    return _C.UNSETTLED if batches.get(_B.UNKNOWN) else _C.FINISHED
