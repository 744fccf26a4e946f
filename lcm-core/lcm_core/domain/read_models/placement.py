"""A placement decision, kept so that anybody can ask later why."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.read_models.base import ReadModel
from lcm_core.domain.values import AmiRequirement, PortRange, PortRequest, ResourceVector, Timeslot


class PlacementOutcome(StrEnum):
    ASSIGN = "assign"
    SCALE_UP = "scale_up"
    WAIT = "wait"


class ScoringWeights(ReadModel):
    """What makes one worker better than another: points for each, added up.

    ``fullness`` for the mean share in use after placing, over every dimension; ``busy_bonus`` for a worker that serves
    somebody already, so that empty ones can be stopped; ``promise_bonus`` for the one that holds the session's room;
    ``prepared_bonus`` for one on which a lab of the session's content stands ready, if the session begins soon.
    """

    fullness: float = 1.0
    busy_bonus: float = 0.05
    promise_bonus: float = 2.0
    prepared_bonus: float = 0.5


class CandidateVerdict(ReadModel):
    """One worker's first failing check, or its score when it passed them all; then ``detail`` says what else counted.

    ``reason_code`` is one of status, license, ami, capacity, ports; None when eligible. ``dimension`` is the first in
    which it falls short, with the units ``needed`` and those ``free`` over the whole interval; None when the check is
    not about amounts. ``earliest_fit_at`` is the first time at which the occupation could begin there, when everybody
    who holds room leaves at the end they have told; None when that is never, or beyond the horizon.
    """

    worker_id: str
    worker_name: str
    eligible: bool
    reason_code: str | None = None
    detail: str = ""
    score: float | None = None
    dimension: str | None = None
    needed: int | None = None
    free: int | None = None
    earliest_fit_at: AwareDatetime | None = None


class WorkerKind(ReadModel):
    """What workers have in common for the rules; ``status`` is what is told when one is not ``placeable``.

    ``supply`` and ``available_from`` say how near it is to serving.
    """

    status: str
    placeable: bool
    supply: int = 0
    available_from: AwareDatetime | None = None
    declared: ResourceVector
    port_range: PortRange
    license_type: LicenseType
    node_limit: int = 0
    ami_name: str | None = None
    cml_version: str | None = None
    template_ami: AmiRequirement | None = None
    nested_virtualization: bool = True
    foreign_ports: int = 0
    """So many ports of its range were forwarded by labs that are not ours."""


class WithoutRoom(ReadModel):
    """What becomes of a session that no worker can take now."""

    outcome: PlacementOutcome = PlacementOutcome.WAIT
    worker_id: str | None = None
    template_name: str | None = None
    hint: str = ""


class PlacementInputs(ReadModel):
    """All that the rules read, so that the decision can be made again from it.

    ``readiness`` is how near to serving a worker must be, ``without_room`` what to do, and to tell, if none fits. Of
    each candidate, in their order: ``kind_of`` says which of ``kinds`` it is; ``held`` the largest amounts in use at
    any instant of the interval, in the order of RESOURCE_DIMENSIONS; ``busy`` whether it serves anybody;
    ``ports_granted`` how many of the ports that are wanted it could choose from its range. ``prepared`` are the places
    of the candidates on which a lab of ``content_hash`` stood ready.
    """

    requirements: ResourceVector
    license_affinity: tuple[LicenseType, ...]
    ami: AmiRequirement
    nested_virtualization: bool = False
    port_requests: tuple[PortRequest, ...]
    interval: Timeslot
    needed_at: AwareDatetime | None = None
    asap: bool = False
    promised_worker_id: str | None = None
    content_hash: str = ""
    readiness: str
    kinds: tuple[WorkerKind, ...] = ()
    kind_of: tuple[int, ...] = ()
    held: tuple[tuple[int, ...], ...] = ()
    busy: tuple[bool, ...] = ()
    ports_granted: tuple[int, ...] = ()
    prepared: tuple[int, ...] = ()
    without_room: WithoutRoom


class PlacementDecisionRow(ReadModel):
    """A decision in a list of many.

    ``summary`` is one sentence: "0/12 workers: 7 capacity, 3 license, 2 status"; the counts add up to the total.
    ``queue_position`` counts from 1 among the sessions that were looked at together.
    """

    id: str
    session_id: str
    at: AwareDatetime
    outcome: PlacementOutcome
    worker_id: str | None = None
    template_name: str | None = None
    summary: str
    reason_counts: dict[str, int] = Field(default_factory=dict)
    engine_version: str
    queue_position: int | None = None
    weights: ScoringWeights | None = None


class PlacementDecision(PlacementDecisionRow):
    """The whole decision: what grows with the fleet too. ``inputs`` are there from engine version 2 on."""

    candidates: tuple[CandidateVerdict, ...] = ()
    inputs: PlacementInputs | None = None
