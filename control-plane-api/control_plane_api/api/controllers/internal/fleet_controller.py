"""/api/internal/fleet: what worker-controller asks and tells of the fleet as a whole."""

from __future__ import annotations

from fastapi import APIRouter

from control_plane_api.api.access import Service, ServiceContext
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.fleet.record_scaling_findings_command import RecordScalingFindingsCommand
from control_plane_api.application.commands.fleet.report_strays_command import ReportStraysCommand
from control_plane_api.application.queries.get_care_facts_query import GetCareFactsQuery
from lcm_core.contracts.fleet import CareFacts, Recorded, RecordScalingFindings, ReportStrays
from lcm_core.domain.read_models import StrayInstance

router = APIRouter(prefix="/api/internal/fleet", tags=["internal: fleet"])


@router.get("/care", summary="How the fleet is to look after itself, and which workers went lately")
async def care(mediator: MediatorOf, _: Service) -> CareFacts:
    return await mediator.query(GetCareFactsQuery())


@router.post("/scaling-findings", summary="Decisions of one pass, taken and not taken")
async def record_scaling(body: RecordScalingFindings, mediator: MediatorOf, ctx: ServiceContext) -> Recorded:
    return await mediator.execute(RecordScalingFindingsCommand(body), ctx)


@router.put("/strays", summary="Every stray instance in some regions")
async def report_strays(body: ReportStrays, mediator: MediatorOf, ctx: ServiceContext) -> list[StrayInstance]:
    return list(await mediator.execute(ReportStraysCommand(body), ctx))
