"""What a reconciler tells about itself."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from lcm_core.coordination import LeaderRecord


class KeyInFlight(BaseModel):
    key: str
    running_seconds: float


class FailingKey(BaseModel):
    key: str
    failures: int = Field(description="In a row.")
    reason: str
    since: datetime = Field(description="First failure of this row.")
    retry_in_seconds: float | None = Field(description="Null when it waits for a change or the next resync.")
    escalated: bool


class LoopStatus(BaseModel):
    name: str
    waiting: int = Field(description="Keys ready to be handled.")
    delayed: int = Field(description="Keys that wait for their time.")
    in_flight: list[KeyInFlight]
    failing: list[FailingKey]
    handled: int = Field(description="Handlings since this process started.")
    last_resync_at: datetime | None
    last_resync_keys: int
    last_resync_error: str | None


class ReconciliationStatus(BaseModel):
    service: str
    instance_leads: bool
    epoch: int | None = Field(description="Of this instance's term; null when it does not lead.")
    leader: LeaderRecord | None = Field(default=None, description="Who leads, as etcd tells it.")
    paused: bool = Field(description="No new handling starts on this instance.")
    loops: list[LoopStatus]
