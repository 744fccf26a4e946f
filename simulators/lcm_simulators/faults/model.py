"""The words in which a fault is described."""

import re
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, model_validator


class FaultKind(StrEnum):
    """What goes wrong. Requests, outgoing events and EC2 actions have kinds of their own."""

    LATENCY = "latency"
    ERROR = "error"
    DROP = "drop"
    HANG = "hang"
    LOST_ANSWER = "lost_answer"
    EVENT_DROP = "event_drop"
    EVENT_DUPLICATE = "event_duplicate"
    EVENT_DELAY = "event_delay"
    EVENT_REORDER = "event_reorder"
    EC2_ERROR = "ec2_error"


REQUEST_KINDS = frozenset({FaultKind.LATENCY, FaultKind.ERROR, FaultKind.DROP, FaultKind.HANG, FaultKind.LOST_ANSWER})
ACTION_KINDS = frozenset({FaultKind.LATENCY, FaultKind.DROP, FaultKind.HANG, FaultKind.LOST_ANSWER})
"""Request faults that may also be aimed at one EC2 action."""
EVENT_KINDS = frozenset(
    {FaultKind.EVENT_DROP, FaultKind.EVENT_DUPLICATE, FaultKind.EVENT_DELAY, FaultKind.EVENT_REORDER}
)


def _compilable(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Pattern = Annotated[str, AfterValidator(_compilable)]


class FaultMatch(BaseModel):
    """What a fault applies to; a field left out matches everything. Patterns are searched, not anchored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str | None = Field(default=None, description="HTTP method, any case")
    path_regex: Pattern | None = Field(default=None, description="searched in the request path, without the query")
    host: str | None = Field(default=None, description="Host header without its port, or the local address")
    event_type: Pattern | None = Field(default=None, description="searched in the CloudEvent type")
    action: str | None = Field(default=None, description="EC2 action, such as RunInstances")
    client: str | None = Field(default=None, description="part of the User-Agent of whoever asks for the action")


class SeenRequest(BaseModel):
    """A request that reached the simulator, struck by a fault or not."""

    method: str
    path: str
    action: str | None = None
    client: str = ""


class FaultSpec(BaseModel):
    """A fault as asked for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FaultKind
    match: FaultMatch = FaultMatch()
    latency_seconds: float = Field(default=0.0, ge=0, description="delay; for event_reorder the longest hold")
    status: int = Field(default=503, ge=400, le=599, description="status of the answer given by kind error")
    body: JsonValue = Field(default=None, description="its body: a string goes out as text, anything else as JSON")
    code: str | None = Field(default=None, description="error code of kind ec2_error")
    probability: float = Field(default=1.0, gt=0, le=1)
    times: int | None = Field(default=None, ge=1, description="how often it strikes; null for ever")

    @model_validator(mode="after")
    def _complete(self) -> "FaultSpec":
        if self.kind is FaultKind.EC2_ERROR and not self.code:
            raise ValueError("a fault of kind ec2_error needs a code, such as InsufficientInstanceCapacity")
        if self.kind in (FaultKind.LATENCY, FaultKind.EVENT_DELAY) and self.latency_seconds == 0:
            raise ValueError(f"a fault of kind {self.kind} needs latency_seconds above 0")
        return self


class Fault(FaultSpec):
    """A fault in force. It stays listed after its last strike, until it is removed."""

    id: str
    applied: int = Field(default=0, description="how often it has struck so far")

    @property
    def exhausted(self) -> bool:
        """True once it has struck as often as was asked."""
        return self.times is not None and self.applied >= self.times
