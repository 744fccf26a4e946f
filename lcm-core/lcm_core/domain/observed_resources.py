"""What a lab really had and used, as its host told while it ran."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.domain.values import Value

NotNegative = Annotated[float, Field(ge=0)]


class ObservedResources(Value):
    """Of all nodes together: what their host gave them, and which ports they forwarded.

    ``cpu_percent`` is how busy the CPUs of the running nodes were, each node by its number of CPUs; null when none ran.
    """

    observed_at: AwareDatetime
    nodes: Annotated[int, Field(ge=0)]
    running_nodes: Annotated[int, Field(ge=0)]
    cpu_cores: Annotated[int, Field(ge=0)]
    memory_gb: NotNegative
    storage_gb: NotNegative
    cpu_percent: NotNegative | None = None
    ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65535)], ...], Field(max_length=1000)] = ()
