"""What worker-controller tells of the fleet as a whole, and what it asks."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from lcm_core.contracts.base import Contract
from lcm_core.domain.fleet_care import Disruption, WorkerCareTerms
from lcm_core.domain.read_models import ScalingFinding, StrayFinding

MOST_FINDINGS = 1_000
"""Some two megabytes, with all answers and inputs."""
MOST_STRAYS = MOST_FINDINGS


class CareFacts(Contract):
    """How the fleet is to look after itself, and which workers went as far back as its budgets count."""

    terms: WorkerCareTerms
    disruptions: tuple[Disruption, ...] = ()


class RecordScalingFindings(Contract):
    """All decisions of one pass, taken and not taken."""

    findings: Annotated[tuple[ScalingFinding, ...], Field(min_length=1, max_length=MOST_FINDINGS)]


class Recorded(Contract):
    """How many decisions are new; the others were as before and are only counted."""

    added: int


class ReportStrays(Contract):
    """Every stray instance in ``regions`` as of ``looked_at``: a flag there that is not named is over."""

    regions: Annotated[tuple[Annotated[str, Field(max_length=40)], ...], Field(min_length=1, max_length=100)]
    looked_at: AwareDatetime
    strays: Annotated[tuple[StrayFinding, ...], Field(max_length=MOST_STRAYS)] = ()
