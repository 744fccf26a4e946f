"""What an error that a step raised means for the step."""

from __future__ import annotations

from dataclasses import dataclass

from lablet_controller.application.ports.cml_labs import CmlRefused
from lcm_core.coordination import NotLeader
from lcm_core.domain.errors import Conflict, DomainError, FarEndError, InvalidInput, LcmError, NotFound, StaleLeader

_FAR_END_CONFLICT = "far-end-conflict"
_CONTROL_PLANE = "control-plane-api"


@dataclass(frozen=True, slots=True)
class StepFailure:
    """*final*: another attempt would end the same way."""

    reason: str
    final: bool


def classify(error: Exception, *, retries_refusals: bool) -> StepFailure | None:
    """None for what is not the step's failure: defects, a lost leadership, and a session that has moved on.

    A rule of control-plane-api that says no means that the session is not what it was when it was read; it is read
    again. Control-plane-api being away is no failure of the step either.
    """
    match error:
        case NotLeader() | StaleLeader() | DomainError():
            return None
        case Conflict() if error.code != _FAR_END_CONFLICT:
            return None
        case CmlRefused():
            return StepFailure(error.message, final=not retries_refusals)
        case FarEndError() if error.system == _CONTROL_PLANE:
            return None
        case FarEndError():
            return StepFailure(error.message, final=not error.retryable)
        case InvalidInput():
            return StepFailure(error.message, final=True)
        case NotFound() | Conflict():
            return StepFailure(error.message, final=False)
        case LcmError():
            return StepFailure(error.message, final=True)
        case _:
            return None
