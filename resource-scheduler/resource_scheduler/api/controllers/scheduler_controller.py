"""/api/admin/scheduler: who waits, what was decided, what lies ahead, by which rules.

To act on the scheduler (trigger, pause, resume, resign) there is ``/api/admin/reconciliation``, as on every controller.
"""

# No postponed annotations here: FastAPI resolves them where the function is defined, inside the factory.

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from lcm_core.auth import Role, require
from lcm_core.domain.read_models import PlacementDecision
from lcm_core.placement.landscape import Landscape
from resource_scheduler.application.services import scheduler_report
from resource_scheduler.application.services.scheduler_report import PolicyReport, SchedulerReport

_Limit = Annotated[int, Query(ge=1, le=1000, description="So many at most.")]
_Hours = Annotated[int, Query(ge=1, le=336, description="From the running hour on.")]


def scheduler_router(report: SchedulerReport) -> APIRouter:
    """For operators. Decisions are those of the instance that is asked: ask the leader."""
    router = APIRouter(
        prefix="/api/admin/scheduler", tags=["scheduler"], dependencies=[Depends(require(Role.OPERATOR))]
    )

    @router.get("/queue", summary="Sessions that are not placed yet, with position, age and reason")
    async def queue(limit: _Limit = 200) -> scheduler_report.Queue:
        return await report.queue(limit)

    @router.get("/decisions", summary="Decisions made last, each with every worker's verdict")
    async def decisions(limit: _Limit = 50) -> list[PlacementDecision]:
        return report.decisions(limit)

    @router.get("/landscape", summary="Bookings against capacity, hour by hour")
    async def landscape(hours: _Hours = 24) -> Landscape:
        return await report.landscape(hours)

    @router.get("/policy", summary="The rules in force")
    async def policy() -> PolicyReport:
        return await report.policy()

    _ = (queue, decisions, landscape, policy)
    return router
