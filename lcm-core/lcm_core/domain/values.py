"""Value objects shared by every service: resource vectors, intervals, ports, people, licences."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

from lcm_core.domain.enums import HostLossAction, HostLossCause, LicenseStatus, LicenseType, PortProtocol

CAPACITY_SLOT = timedelta(minutes=5)
"""Room is held for whole slots of this length, so that a grid of slots tells the exact truth about any interval."""
RESOURCE_DIMENSIONS = ("cpu_cores", "memory_gb", "storage_gb", "nodes", "ports")
NonNegative = Annotated[int, Field(ge=0)]


class Value(BaseModel):
    """Immutable, compared by content, closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ResourceVector(Value):
    """Whole units: CPU cores, GB of memory, GB of storage, licensed nodes, forwarded ports."""

    cpu_cores: NonNegative = 0
    memory_gb: NonNegative = 0
    storage_gb: NonNegative = 0
    nodes: NonNegative = 0
    ports: NonNegative = 0

    def dimensions(self) -> Iterator[tuple[str, int]]:
        """(name, amount) in the fixed order of RESOURCE_DIMENSIONS."""
        for name in RESOURCE_DIMENSIONS:
            yield name, int(getattr(self, name))

    def __add__(self, other: ResourceVector) -> ResourceVector:
        return ResourceVector(**{name: amount + int(getattr(other, name)) for name, amount in self.dimensions()})

    def covers(self, other: ResourceVector) -> bool:
        """True when no dimension of *other* exceeds this vector's."""
        return all(amount >= int(getattr(other, name)) for name, amount in self.dimensions())


class Timeslot(Value):
    """Half-open interval [start, end) between two instants, which are kept in UTC.

    Python counts the hours between two times of one zone by the clock on the wall; a slot over a change of daylight
    saving would be an hour too long or too short.
    """

    start: AwareDatetime
    end: AwareDatetime

    @field_validator("start", "end")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value if value.tzinfo is UTC else value.astimezone(UTC)

    @model_validator(mode="after")
    def _end_after_start(self) -> Self:
        if self.end <= self.start:
            raise ValueError("end must be later than start")
        return self

    @property
    def duration(self) -> timedelta:
        return self.end - self.start

    def widened(self, lead: timedelta, teardown: timedelta) -> Timeslot:
        """The interval during which the host is needed: lead before the start, teardown after the end."""
        return Timeslot(start=self.start - lead, end=self.end + teardown)

    def on_grid(self) -> Timeslot:
        """The smallest interval of whole capacity slots that holds this one."""
        slot, epoch = CAPACITY_SLOT, datetime.fromtimestamp(0, UTC)
        first, last = (self.start - epoch) // slot, -((epoch - self.end) // slot)
        return Timeslot(start=epoch + first * slot, end=epoch + last * slot)

    def overlaps(self, other: Timeslot) -> bool:
        return self.start < other.end and other.start < self.end


class PortRequest(Value):
    """One port that a definition's topology needs forwarded.

    ``inner`` is the serial line number, or the device's TCP or UDP port; it has no meaning for VNC.
    """

    node_label: str
    protocol: PortProtocol
    inner: NonNegative = 0

    @property
    def name(self) -> str:
        """Unique within one topology, stable across imports."""
        return f"{self.node_label}/{self.protocol.value}/{self.inner}"


class PortBinding(PortRequest):
    """A port request with the outer port granted on the worker."""

    outer: Annotated[int, Field(ge=1, le=65535)]


class PortRange(Value):
    """Inclusive range of outer ports that a worker may grant."""

    first: Annotated[int, Field(ge=1, le=65535)] = 2000
    last: Annotated[int, Field(ge=1, le=65535)] = 9999

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("last must not be smaller than first")
        return self

    @property
    def size(self) -> int:
        return self.last - self.first + 1


CML_FORWARDS = PortRange(first=2000, last=7999)
"""Where CML's own forwarding listens unless a host's was widened; tags outside it are ignored without a word."""


class CapacityAllocation(Value):
    """What one session holds on one worker, with the amounts that were granted and the interval they cover.

    Not ``granted`` means promised: the room is held, its ports are counted in the vector and chosen when the session is
    scheduled.
    """

    session_id: str
    vector: ResourceVector
    interval: Timeslot
    ports: tuple[PortBinding, ...] = ()
    allocated_at: AwareDatetime
    granted: bool = True

    def occupied_until(self, now: datetime) -> datetime | None:
        """End of the occupation; None when it is past its end and not yet released, so nobody knows."""
        return self.interval.end if self.interval.end > now else None

    def meets(self, start: datetime, end: datetime, now: datetime) -> bool:
        """Whether it holds its room at any instant of [start, end): in all that come, once it is past its end."""
        if self.interval.start >= end:
            return False
        until = self.occupied_until(now)
        return until is None or until > start


class HostLossTerms(Value):
    """What becomes of a session when its host is lost while the learner works on it.

    ``hold_seconds`` is how long it waits for the host. With ``give_back_time`` the slot is extended by the time that
    was lost, as far as nobody else was promised the room.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    action: HostLossAction = HostLossAction.HOLD
    """Whether the session waits for its host, moves on, or ends."""
    hold_seconds: Annotated[int, Field(ge=0, le=14_400)] = 900
    """How long it waits."""
    give_back_time: bool = True
    """Whether the slot is extended by the time that was lost, as far as nobody else was promised the room."""


class HostLoss(Value):
    """A worker's host is lost: whatever runs on it cannot be reached.

    ``silent_since`` is when it was last known to be well, ``at`` when it was given up. Until ``awaited_until`` a
    session waits for it, so that it must not be removed before.
    """

    cause: HostLossCause
    reason: str
    silent_since: AwareDatetime
    at: AwareDatetime
    awaited_until: AwareDatetime | None = None


class LeftoverLab(Value):
    """A lab of ours on a host that was lost, whose session goes on elsewhere: it is removed when the host is back."""

    session_id: str
    definition_name: str
    cml_lab_id: str | None = None


class ForeignLab(Value):
    """A lab on a host that no record of ours stands for; ``ports`` are those that its nodes forward, ascending.

    *owner* is the name of its user on that host.
    """

    lab_id: str
    title: str
    owner: str = ""
    ports: tuple[int, ...]


class RecoveryHold(Value):
    """A session waits for its host to come back with its lab; at ``deadline`` that is given up."""

    worker_id: str
    since: AwareDatetime
    deadline: AwareDatetime
    reason: str


class PromiseRisk(Value):
    """A session that has not begun may begin late: ``worker_id``, which was to have its room, has not come up in time.

    ``since`` is when that was told. Who holds the room by now is another question.
    """

    worker_id: str
    since: AwareDatetime
    reason: str


class Regrading(Value):
    """Somebody asked for another grading of what was collected, and it has not ended; *attempt* counts all of them."""

    pending: Literal[True] = True
    attempt: int
    reason: str
    requested_by: str
    requested_at: AwareDatetime


class Candidate(Value):
    """The learner a session is booked for."""

    username: Annotated[str, Field(min_length=1, max_length=128)]
    first_name: Annotated[str, Field(max_length=128)] = ""
    last_name: Annotated[str, Field(max_length=128)] = ""
    email: Annotated[str, Field(max_length=254)] = ""


class AmiRequirement(Value):
    """Which CML machine images will do: shell pattern over the image name and the lowest version."""

    name_pattern: str = "CML-*"
    min_version: str | None = None


class WorkerLicense(Value):
    """What a worker's CML reports of its licence; never the token."""

    type: LicenseType
    status: LicenseStatus = LicenseStatus.UNREGISTERED
    node_limit: NonNegative = 0
    expires_at: AwareDatetime | None = None

    @property
    def holds(self) -> bool:
        return self.status in (LicenseStatus.REGISTERED, LicenseStatus.EVALUATION)


class DeviceAccess(Value):
    """How a learner reaches one device; shown in the delivery session."""

    name: str
    protocol: str
    host: str
    port: int
    uri: str
    username: str = ""
