"""What a CML host tells by itself: that something on it is not as it was."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from lcm_core.domain.errors import FarEndError


class ChangeKind(StrEnum):
    """``LAB``: one was made, changed or removed. ``LAB_STATE`` and ``NODE_STATE``: it is in another state now."""

    LAB = "lab"
    LAB_STATE = "lab_state"
    NODE = "node"
    NODE_STATE = "node_state"


@dataclass(frozen=True, slots=True)
class HostChange:
    """``state`` is CML's own word, "" when the change is not one of state."""

    kind: ChangeKind
    lab_id: str
    state: str = ""


class NoEventStream(FarEndError):
    """The host answers and has no event stream: it is to be polled."""

    def __init__(self, address: str, why: str) -> None:
        super().__init__(
            "cml", f"CML at {address} has no event stream: {why}", retryable=True, code="cml-no-event-stream"
        )


def host_change(message: object) -> HostChange | None:
    """The change in one message of ``/ws/ui``; None for statistics and for what concerns neither labs nor nodes."""
    if not isinstance(message, dict):
        return None
    told = {key: str(message.get(key) or "").casefold() for key in ("event_type", "event", "element_type")}
    lab_id = str(message.get("lab_id") or "")
    match told["event_type"], told["element_type"]:
        case "lab_event", _:
            data = message.get("data")
            state = str(data.get("state") or "") if isinstance(data, dict) else ""
            return HostChange(ChangeKind.LAB_STATE if told["event"] == "state" else ChangeKind.LAB, lab_id, state)
        case "state_change", "lab":
            return HostChange(ChangeKind.LAB_STATE, lab_id, told["event"].upper())
        case "state_change", "node":
            return HostChange(ChangeKind.NODE_STATE, lab_id, told["event"].upper())
        case "lab_element_event", "node" if told["event"] != "modified":
            return HostChange(ChangeKind.NODE, lab_id)
        case _:
            return None
