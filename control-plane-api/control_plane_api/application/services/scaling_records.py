"""Decisions about the size of the fleet, and what is flagged of it: kept for as long as the settings say.

What a command decides is kept in its own commit. What the reconcilers find is kept beside the event log: it decides
nothing by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from control_plane_api.application.paging import Between, Page, PageRequest
from control_plane_api.domain.identities import scaling_decision_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.fleet_care import Disruption
from lcm_core.domain.json_form import JsonObject, to_json_form
from lcm_core.domain.read_models import ScalingDecision, ScalingFinding, ScalingKind, StrayFinding, StrayInstance

SCALING_DECISIONS = "scaling_decisions"
SCALING_STANDING = "scaling_standing"
"""The last answer to each question: what a finding is compared with."""
STRAY_INSTANCES = "stray_instances"
STRAY_DECISIONS = "stray_decisions"
"""By the id of the instance. Beside the flags, which are written anew by each report."""
DISRUPTIONS = "worker_disruptions"
SEEN_ON = "seen_on"
"""``last_seen_at`` as a date: only those does the database count days from."""


class ScalingRecords(Protocol):
    """Every method raises ``StoreUnavailable`` when the database does not answer."""

    async def record(self, findings: Sequence[ScalingFinding], actor: str) -> int:
        """How many are new. One that gives the answer of the time before is only counted, once for its instant."""
        ...

    async def page(
        self, page: PageRequest, equality: dict[str, Any], between: Between | None
    ) -> Page[ScalingDecision]: ...

    async def standing(self, kind: ScalingKind, subject: str) -> ScalingDecision | None:
        """The last answer to this question."""
        ...

    async def replace_strays(
        self, regions: Sequence[str], looked_at: datetime, strays: Sequence[StrayFinding]
    ) -> list[StrayInstance]:
        """What is flagged in *regions* is exactly *strays*, with when each was first found and what was decided."""
        ...

    async def strays(self) -> list[StrayInstance]:
        """Longest flagged first."""
        ...

    async def stray(self, ec2_instance_id: str) -> StrayInstance | None: ...

    async def disruptions(self, since: datetime) -> list[Disruption]: ...

    async def disruptions_counted(self) -> int:
        """The number of the last one, 0 before the first."""
        ...


def decision_of(finding: ScalingFinding, actor: str) -> ScalingDecision:
    facts = finding.model_dump()
    return ScalingDecision(id=scaling_decision_id(finding), last_seen_at=finding.at, actor=actor, **facts)


def decision_document(decision: ScalingDecision) -> JsonObject | dict[str, Any]:
    fields = to_json_form(decision)
    del fields["id"]
    return {"_id": decision.id, **fields, SEEN_ON: decision.last_seen_at}


def keep_scaling(uow: UnitOfWork, finding: ScalingFinding, actor: str) -> None:
    """In the commit that acts on it."""
    uow.attach(SCALING_DECISIONS, decision_document(decision_of(finding, actor)), upsert=True)


def note_disruption(uow: UnitOfWork, disruption: Disruption) -> None:
    """One that happens anyway: it counts, and nothing is refused for it."""
    fields = to_json_form(disruption)
    id = f"!{fields['at']}@{disruption.worker_id}"
    uow.attach(DISRUPTIONS, {"_id": id, **fields, SEEN_ON: disruption.at}, upsert=True)


def count_disruption(uow: UnitOfWork, number: int, disruption: Disruption) -> None:
    """As the *number*-th: of two that count at once one is refused, so that no budget is exceeded between them."""
    fields = to_json_form(disruption)
    uow.attach(DISRUPTIONS, {"_id": f"{number:012d}", **fields, SEEN_ON: disruption.at})
