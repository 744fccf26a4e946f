"""Closed sets of the domain. How one status follows another is in ``lcm_core.domain.transitions``."""

from __future__ import annotations

from enum import StrEnum


class LabletSessionStatus(StrEnum):
    PENDING = "PENDING"
    SCHEDULED = "SCHEDULED"
    INSTANTIATING = "INSTANTIATING"
    READY = "READY"
    RUNNING = "RUNNING"
    COLLECTING = "COLLECTING"
    GRADING = "GRADING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    ARCHIVED = "ARCHIVED"
    TERMINATED = "TERMINATED"


class SessionOutcome(StrEnum):
    """Why a session is TERMINATED; set once, on the way out."""

    COMPLETED = "completed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    NO_SHOW = "no_show"
    FAILED = "failed"


class CMLWorkerStatus(StrEnum):
    PENDING = "PENDING"
    PROVISIONING = "PROVISIONING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    DRAINING = "DRAINING"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    FAILED = "FAILED"


class WorkerDesiredStatus(StrEnum):
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"
    TERMINATED = "TERMINATED"


class WorkerServiceStatus(StrEnum):
    """Whether CML on the host answers; a separate fact from the state of the EC2 instance."""

    UNKNOWN = "UNKNOWN"
    AVAILABLE = "AVAILABLE"
    UNAVAILABLE = "UNAVAILABLE"


class WorkerOrigin(StrEnum):
    """How a worker came by its instance. One that we did not launch is let go when it fails, and not terminated."""

    LAUNCHED = "launched"
    IMPORTED = "imported"
    """An operator asked for it."""
    ADOPTED = "adopted"
    """It carried the tags of this fleet, and no worker stood for it."""


class HostLossCause(StrEnum):
    """How it showed that the labs on a host cannot be counted on any more."""

    CML_SILENT = "cml_silent"
    """EC2 runs the instance and CML has not answered for the heartbeat deadline."""
    EC2_IMPAIRED = "ec2_impaired"
    """CML does not answer and EC2's own status check of the instance has failed."""
    INSTANCE_STOPPED = "instance_stopped"
    INSTANCE_GONE = "instance_gone"
    SPOT_RECLAIM = "spot_reclaim"
    """EC2 has announced that it takes the instance back within minutes."""
    DECLARED_DEAD = "declared_dead"
    """An operator said so."""


class HostLossAction(StrEnum):
    """What becomes of a session on whose host the learner worked."""

    HOLD = "hold"
    """It waits for the host to come back with the lab, up to a deadline."""
    END = "end"
    """It ends at once, and says why."""


class LabFinding(StrEnum):
    """What a host that answers says of the lab of a session that should run on it."""

    STOPPED = "stopped"
    MISSING = "missing"


class LicenseType(StrEnum):
    PERSONAL = "PERSONAL"
    ENTERPRISE = "ENTERPRISE"
    EVALUATION = "EVALUATION"


class LicenseStatus(StrEnum):
    UNREGISTERED = "UNREGISTERED"
    REGISTERING = "REGISTERING"
    REGISTERED = "REGISTERED"
    EVALUATION = "EVALUATION"
    EXPIRED = "EXPIRED"
    INVALID = "INVALID"


class LabletDefinitionStatus(StrEnum):
    PENDING_SYNC = "PENDING_SYNC"
    ACTIVE = "ACTIVE"
    DEPRECATED = "DEPRECATED"
    ARCHIVED = "ARCHIVED"


class UserSessionStatus(StrEnum):
    PROVISIONING = "PROVISIONING"
    PROVISIONED = "PROVISIONED"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"
    EXPIRED = "EXPIRED"
    FAULTED = "FAULTED"


class GradingSessionStatus(StrEnum):
    PENDING = "PENDING"
    COLLECTING = "COLLECTING"
    GRADING = "GRADING"
    REVIEWING = "REVIEWING"
    SUBMITTED = "SUBMITTED"
    FAULTED = "FAULTED"


class ReservationStatus(StrEnum):
    ACCEPTED = "ACCEPTED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SubscriptionStatus(StrEnum):
    """Events are kept for a subscription while it is open, and sent while it is ACTIVE."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class BookingPriority(StrEnum):
    """Whose room is planned first when several ask at once; nobody who has begun is ever put back."""

    EXAM = "exam"
    CLASS = "class"
    SELF_STUDY = "self_study"


class PortProtocol(StrEnum):
    """What a forwarded port reaches on a node: serial line, VNC display, or a TCP or UDP port of the device."""

    SERIAL = "serial"
    VNC = "vnc"
    TCP = "tcp"
    UDP = "udp"


class PipelineName(StrEnum):
    INSTANTIATE = "instantiate"
    COLLECT = "collect"
    GRADE = "grade"
    TEARDOWN = "teardown"


class EvidenceSource(StrEnum):
    """How a piece of evidence was got from a device."""

    CONSOLE = "console"
    CONSOLE_LOG = "console_log"
    EXTRACTED = "extracted"


class StepStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"


_S = LabletSessionStatus
ENDED_SESSION_STATUSES = frozenset({_S.TERMINATED})
LIVE_SESSION_STATUSES = frozenset(LabletSessionStatus) - ENDED_SESSION_STATUSES
SESSION_STATUSES_ON_A_HOST = frozenset({_S.INSTANTIATING, _S.READY, _S.RUNNING, _S.COLLECTING, _S.GRADING, _S.STOPPING})

_W = CMLWorkerStatus
WORKER_STATUSES_ON_THE_WAY = frozenset({_W.PENDING, _W.PROVISIONING, _W.STARTING})
WORKER_STATUSES_IN_SERVICE = frozenset({_W.RUNNING, _W.DRAINING})
"""Labs are on such a host, or may be."""
