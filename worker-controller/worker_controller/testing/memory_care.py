"""What control-plane-api keeps of the fleet as a whole, in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from lcm_core.contracts.fleet import CareFacts, Recorded, RecordScalingFindings, ReportStrays
from lcm_core.domain.fleet_care import Disruption, WorkerCareTerms
from lcm_core.domain.read_models import ScalingFinding, StrayDecision, StrayInstance


@dataclass
class MemoryCare:
    """``FleetApi``. ``findings`` are all that were told; a flag keeps the time of the first report."""

    terms: WorkerCareTerms = field(default_factory=WorkerCareTerms)
    went: list[Disruption] = field(default_factory=list[Disruption])
    findings: list[ScalingFinding] = field(default_factory=list[ScalingFinding])
    flags: dict[str, StrayInstance] = field(default_factory=dict[str, StrayInstance])
    decisions: dict[str, StrayDecision] = field(default_factory=dict[str, StrayDecision])

    async def care(self) -> CareFacts:
        return CareFacts(terms=self.terms, disruptions=tuple(self.went))

    async def record_scaling(self, body: RecordScalingFindings) -> Recorded:
        self.findings += body.findings
        return Recorded(added=len(body.findings))

    async def report_strays(self, body: ReportStrays) -> list[StrayInstance]:
        before = self.flags
        elsewhere = {id: flag for id, flag in before.items() if flag.region not in body.regions}
        now = {
            stray.ec2_instance_id: StrayInstance(
                **stray.model_dump(),
                flagged_at=before[stray.ec2_instance_id].flagged_at
                if stray.ec2_instance_id in before
                else body.looked_at,
                seen_at=body.looked_at,
                decision=self.decisions.get(stray.ec2_instance_id),
            )
            for stray in body.strays
        }
        self.flags = elsewhere | now
        return list(now.values())
