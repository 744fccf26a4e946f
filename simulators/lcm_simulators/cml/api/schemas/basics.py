"""Building blocks shared by the bodies of all families."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from lcm_simulators.cml.model.states import ElementState, NodeState

UUID4_PATTERN = r"^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$"
Uuid = Annotated[str, Field(pattern=UUID4_PATTERN)]
Label = Annotated[str, Field(min_length=1, max_length=128)]
Title = Annotated[str, Field(min_length=1, max_length=64)]
Coordinate = Annotated[int | float, Field(ge=-15000, le=15000)]
Tag = Annotated[str, Field(max_length=64)]
Timestamp = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00$")]


class StrictBody(BaseModel):
    """Bodies refuse keys that are not published."""

    model_config = ConfigDict(extra="forbid")


class ErrorResponse(StrictBody):
    code: int
    description: str


class IdOnly(StrictBody):
    id: Uuid


class ImportResponse(StrictBody):
    id: Uuid
    warnings: list[str] | None


class LabElementState(StrictBody):
    nodes: dict[str, NodeState]
    links: dict[str, ElementState]
    interfaces: dict[str, ElementState]


class NodeStateResponse(StrictBody):
    state: NodeState
    progress: str


class InterfaceStateResponse(StrictBody):
    label: str
    state: ElementState
