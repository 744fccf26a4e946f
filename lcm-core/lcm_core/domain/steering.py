"""What is wanted of a reconciling service, and what its leader tells of itself."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

KEPT_TRIGGERS = 16
"""Of the last triggers so many are published: who was away for a moment finds those it missed, and no more."""
DISCOVERY_LOOP = "discovery"
DISCOVERY_KEY = "fleet"
"""Of worker-controller: one key for the whole account."""


class ReconcilerName(StrEnum):
    """The services that have something to pause."""

    CONTROL_PLANE = "control-plane-api"
    SCHEDULER = "resource-scheduler"
    WORKERS = "worker-controller"
    LABLETS = "lablet-controller"


class TriggerOrder(BaseModel):
    """Handle ``key``, or every key, in ``loop`` or in every loop."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    at: AwareDatetime
    key: str | None = None
    loop: str | None = None


class Orders(BaseModel):
    """What is wanted of a service, as control-plane-api publishes it.

    ``triggers`` are the last of them, the oldest first; ``resign_epoch`` is the term that is to end. Version 0 stands
    for a service that was never told anything, or whose key is missing.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    paused: bool = False
    triggers: tuple[TriggerOrder, ...] = ()
    resign_epoch: int | None = None
    version: int = 0


class LoopTold(BaseModel):
    name: str
    waiting: int = Field(description="Keys ready to be handled.")
    delayed: int = Field(description="Keys that wait for their time.")
    in_flight: int
    failing: int
    paused: bool = False


class LeaderTold(BaseModel):
    """What the leader of a service last told of itself; of another epoch than the present one, it is old."""

    model_config = ConfigDict(extra="ignore")

    instance: str
    epoch: int
    paused: bool
    loops: tuple[LoopTold, ...] = ()
    at: AwareDatetime
