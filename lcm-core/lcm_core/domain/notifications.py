"""What operators are told of: the kinds, how bad each is, from when on, and what to do.

Pure data and rules. A condition is something that holds or does not hold of one thing; while it holds, there is one
notification of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, Field

from lcm_core.domain.values import Value

MOST_THINGS = 10
"""So many of the things that a notification counts are named in it."""


class NotificationKind(StrEnum):
    PROMISES_AT_RISK = "promises_at_risk"
    PROMISES_BROKEN = "promises_broken"
    SESSIONS_FAILED = "sessions_failed"
    WORKER_FAILED = "worker_failed"
    WORKER_LOST = "worker_lost"
    WORKER_STORAGE = "worker_storage"
    REGION_CAPACITY = "region_capacity"
    REGION_LIMIT = "region_limit"
    FLEET_BUDGET = "fleet_budget"
    WARM_POOL_SUSPENDED = "warm_pool_suspended"
    INBOUND_DEAD_LETTERS = "inbound_dead_letters"
    OUTBOUND_DEAD_LETTERS = "outbound_dead_letters"
    DELIVERIES_WAITING = "deliveries_waiting"
    WEBHOOK_PAUSED = "webhook_paused"
    RECONCILER_WITHOUT_LEADER = "reconciler_without_leader"
    RECONCILER_PAUSED = "reconciler_paused"
    SERVICE_NOT_READY = "service_not_ready"


class NotificationSeverity(StrEnum):
    """From the least."""

    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(NotificationSeverity).index(self)


class NotificationStatus(StrEnum):
    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    """It still holds, and somebody has said that they know."""
    CLEARED = "cleared"
    """It does not hold any more."""


class Thing(Value):
    """Something that a notification is about: a kind of aggregate, or ``region``, ``service``, ``fleet``."""

    kind: Annotated[str, Field(max_length=60, examples=["cml_worker"])]
    id: Annotated[str, Field(max_length=300)]
    name: Annotated[str, Field(max_length=300)] = ""


FLEET = Thing(kind="fleet", id="fleet", name="the fleet")


class Acknowledgement(Value):
    """``count`` and ``severity`` are what was known then: worse than that, and it is open again."""

    by: str
    at: AwareDatetime
    note: str = ""
    count: int
    severity: NotificationSeverity


class NotificationTerms(Value):
    """From when on operators are told of something."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    muted: Annotated[tuple[NotificationKind, ...], Field(max_length=len(NotificationKind))] = ()
    """Kinds of which nobody is told; those that are open are cleared."""
    promises_at_risk: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many sessions that have not begun may begin late."""
    promises_broken: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many sessions within the time below ended without having been ready."""
    sessions_failed: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many sessions of one definition failed within the time below."""
    failures_within_minutes: Annotated[int, Field(ge=5, le=1_440)] = 60
    """How far back failed sessions and broken promises count."""
    worker_storage_warning_percent: Annotated[int, Field(ge=1, le=100)] = 80
    """Use of a worker's disk, as CML measures it, from which on there is a warning."""
    worker_storage_critical_percent: Annotated[int, Field(ge=1, le=100)] = 90
    """Use of a worker's disk from which on it is critical."""
    region_capacity_warning_percent: Annotated[int, Field(ge=1, le=100)] = 85
    """Cores, memory or storage that are taken now of the placeable workers of a region, whichever is taken most."""
    region_capacity_critical_percent: Annotated[int, Field(ge=1, le=100)] = 95
    """The same share, from which on it is critical."""
    region_limit_percent: Annotated[int, Field(ge=1, le=100)] = 90
    """Workers of a region as a share of how many it may have."""
    fleet_budget_usd_per_hour: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    """What all running workers together may cost an hour; without it nobody is told of cost."""
    inbound_dead_letters: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many inbound events wait for a person."""
    outbound_dead_letters: Annotated[int, Field(ge=1, le=100_000)] = 1
    """So many outbound events could not be delivered."""
    deliveries_waiting: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000
    """So many outbound events wait to be delivered."""
    leaderless_seconds: Annotated[int, Field(ge=0, le=86_400)] = 30
    """For so long nobody has led a service; a change of leader takes up to fifteen seconds."""
    paused_minutes: Annotated[int, Field(ge=0, le=10_080)] = 15
    """For so long a reconciler has been paused."""
    not_ready_seconds: Annotated[int, Field(ge=0, le=86_400)] = 60
    """For so long a service has not answered, or has said that it is not ready."""


@dataclass(frozen=True, slots=True)
class Guide:
    """How a kind is told to people."""

    title: str
    advice: str


_K = NotificationKind
GUIDES: Mapping[NotificationKind, Guide] = {
    _K.PROMISES_AT_RISK: Guide(
        "Sessions may begin late",
        "See in Scheduler what they wait for. A worker that does not come up is shown with its launch attempts; more "
        "room, another template or another worker by hand keeps the promise.",
    ),
    _K.PROMISES_BROKEN: Guide(
        "Sessions never became ready",
        "Look at the last step of each. Book their learners anew, and tell whoever booked them.",
    ),
    _K.SESSIONS_FAILED: Guide(
        "Sessions fail",
        "Several of one definition: look at its content and its last version. Of many definitions: look at the workers "
        "that they were on.",
    ),
    _K.WORKER_FAILED: Guide(
        "A worker failed",
        "Its page shows the evidence. Terminate it when nothing on it is needed; the fleet makes another one when "
        "somebody needs it.",
    ),
    _K.WORKER_LOST: Guide(
        "A worker's host is lost",
        "Sessions on it wait, move or end as the policy says. If the host does not come back, terminate the worker.",
    ),
    _K.WORKER_STORAGE: Guide(
        "A worker's disk fills up",
        "Drain it and let it be replaced, or remove images and labs that nobody needs from the host.",
    ),
    _K.REGION_CAPACITY: Guide(
        "A region is nearly full",
        "Bookings for now wait for new workers. Start one in time, or keep more running (minimum of the region).",
    ),
    _K.REGION_LIMIT: Guide(
        "A region nears its limit of workers",
        "Raise the limit under Settings, or let workers go that nobody has booked.",
    ),
    _K.FLEET_BUDGET: Guide(
        "The fleet costs more than planned",
        "See under Workers which run without sessions, and why scale-down leaves them.",
    ),
    _K.WARM_POOL_SUSPENDED: Guide(
        "A warm pool has stopped",
        "Its failure budget is spent: the reason names the last failure. Resume the pool when that is mended.",
    ),
    _K.INBOUND_DEAD_LETTERS: Guide(
        "Inbound events could not be applied",
        "Each names its reason under Dead letters. Replay it when the reason is gone.",
    ),
    _K.OUTBOUND_DEAD_LETTERS: Guide(
        "Outbound events were not delivered",
        "Ask whoever receives them, then replay them under Dead letters.",
    ),
    _K.DELIVERIES_WAITING: Guide(
        "Outbound events pile up",
        "A receiver is slow or paused: see under Webhooks how each fares.",
    ),
    _K.WEBHOOK_PAUSED: Guide(
        "A webhook was paused",
        "Its receiver did not answer for long. Tell its owner, and resume it when it is back: what was kept is sent "
        "first.",
    ),
    _K.RECONCILER_WITHOUT_LEADER: Guide(
        "A service has no leader",
        "Nothing it looks after moves on. See that an instance runs and reaches etcd: make status, or the pods.",
    ),
    _K.RECONCILER_PAUSED: Guide(
        "A reconciler is paused",
        "Nothing it looks after moves on. Resume it under System when the reason for the pause is gone.",
    ),
    _K.SERVICE_NOT_READY: Guide(
        "A service is not ready",
        "System shows which check fails; its log says why.",
    ),
}
"""Every kind has one; a test says so."""
