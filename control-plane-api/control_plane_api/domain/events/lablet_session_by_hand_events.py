"""What operators do to the steps of a session's pipelines."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.enums import PipelineName


@EVENTS.register
class LabletSessionStepRetriedDomainEvent(StampedEvent):
    """A step is tried again at once: its attempts, its deadline and what it waited for are forgotten."""

    wire_name = "lablet_session.step_retried"
    emitted_by = "RetryStepCommand"
    consumed_by = ("lablet-controller", "web UI")

    pipeline: PipelineName
    step: str
    attempts: int
    error: str
    reason: str


@EVENTS.register
class LabletSessionStepSkippedDomainEvent(StampedEvent):
    """The pipeline goes on without the step."""

    wire_name = "lablet_session.step_skipped"
    emitted_by = "SkipStepCommand"
    consumed_by = ("lablet-controller", "web UI")

    pipeline: PipelineName
    step: str
    attempts: int
    error: str
    reason: str
