"""What operators order a reconciling service to do."""

from __future__ import annotations

from control_plane_api.domain.events.registry import EVENTS, StampedEvent
from lcm_core.domain.read_models import StrayVerdict


@EVENTS.register
class ReconcilerPausedDomainEvent(StampedEvent):
    """It finishes what is under way, takes up nothing new, and goes on leading."""

    wire_name = "reconciler.paused"
    emitted_by = "PauseReconcilerCommand"
    consumed_by = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller", "web UI")
    published = False

    reason: str


@EVENTS.register
class ReconcilerResumedDomainEvent(StampedEvent):
    """It goes on, and looks at everything once."""

    wire_name = "reconciler.resumed"
    emitted_by = "ResumeReconcilerCommand"
    consumed_by = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller", "web UI")
    published = False

    reason: str
    paused_seconds: float


@EVENTS.register
class ReconcilerTriggeredDomainEvent(StampedEvent):
    """It is to handle a key, or every key, now; without ``loop`` in every loop."""

    wire_name = "reconciler.triggered"
    emitted_by = "TriggerReconcilerCommand"
    consumed_by = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")
    published = False

    key: str | None
    loop: str | None
    reason: str


@EVENTS.register
class ReconcilerResignationOrderedDomainEvent(StampedEvent):
    """The leader whose term has this epoch is to let another instance lead; another leader is not meant."""

    wire_name = "reconciler.resignation_ordered"
    emitted_by = "ResignReconcilerCommand"
    consumed_by = ("control-plane-api", "resource-scheduler", "worker-controller", "lablet-controller")
    published = False

    epoch: int
    reason: str


@EVENTS.register
class StrayInstanceDecidedDomainEvent(StampedEvent):
    """Whoever looks after strays is to look now; without ``verdict`` an earlier one is taken back."""

    wire_name = "reconciler.stray_decided"
    emitted_by = "DecideStrayCommand"
    consumed_by = ("control-plane-api", "worker-controller")
    published = False

    ec2_instance_id: str
    region: str
    verdict: StrayVerdict | None
    with_labs: bool
    reason: str
    key: str
    loop: str
