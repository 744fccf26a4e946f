"""/api/v1/workers: look at the fleet, and tell it what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, Field

from control_plane_api.api.access import Operator, Viewer, context_for
from control_plane_api.api.deprecation import deprecated
from control_plane_api.api.listing_requests import ListRequest, list_request, sparse_rows
from control_plane_api.api.pages import CMLWorkerPage
from control_plane_api.api.request_conditions import Change, ChangeRequest, tag, tag_content
from control_plane_api.api.services import MediatorOf
from control_plane_api.application.commands.worker.cancel_drain_command import CancelDrainCommand
from control_plane_api.application.commands.worker.create_worker_command import CreateWorkerCommand
from control_plane_api.application.commands.worker.drain_worker_command import DrainWorkerCommand
from control_plane_api.application.commands.worker.import_worker_command import ImportWorkerCommand
from control_plane_api.application.commands.worker.refresh_worker_command import RefreshWorkerCommand
from control_plane_api.application.commands.worker.request_license_command import RequestLicenseCommand
from control_plane_api.application.commands.worker.resync_labs_command import ResyncLabsCommand
from control_plane_api.application.commands.worker.set_idle_detection_command import SetIdleDetectionCommand
from control_plane_api.application.commands.worker.set_worker_desired_status_command import (
    SetWorkerDesiredStatusCommand,
)
from control_plane_api.application.commands.worker.update_worker_capacity_command import UpdateWorkerCapacityCommand
from control_plane_api.application.listings import WORKERS
from control_plane_api.application.queries.get_standing_answer_query import GetStandingAnswerQuery
from control_plane_api.application.queries.get_worker_metrics_query import GetWorkerMetricsQuery
from control_plane_api.application.queries.get_worker_query import GetWorkerQuery
from control_plane_api.application.queries.list_drifting_workers_query import ListDriftingWorkersQuery
from control_plane_api.application.queries.page_workers_query import PageWorkersQuery
from lcm_core.application.mediator import Command
from lcm_core.auth import Principal
from lcm_core.contracts.base import Applied, Contract
from lcm_core.contracts.recovery import ResyncLabs
from lcm_core.contracts.workers import DrainWorker, ImportWorker, RequestLicense, SetDesiredStatus
from lcm_core.domain.enums import CMLWorkerStatus, WorkerDesiredStatus
from lcm_core.domain.read_models import (
    CMLWorkerReadModel,
    DriftingWorker,
    DriftKind,
    StandingAnswer,
    WorkerMetricSeries,
)
from lcm_core.domain.values import ResourceVector

router = APIRouter(prefix="/api/v1/workers", tags=["workers"])

Filter = Annotated[str | None, Query(min_length=1, max_length=200)]
WorkerList = Annotated[ListRequest[CMLWorkerPage], Depends(list_request(WORKERS, CMLWorkerPage))]


class WorkerRequest(Contract):
    """Why, and whether live and imminent sessions on the worker shall be put at risk."""

    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    force: bool = False


class CreateWorker(Contract):
    """One more worker from a template, within the limits of the fleet."""

    template_name: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class Because(Contract):
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class IdleDetection(Contract):
    """Whether the worker may be scaled down for being idle."""

    enabled: bool
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class DeclareCapacity(Contract):
    """What the worker may hold from now on; never less than what is promised already."""

    declared: ResourceVector
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


@router.get(
    "",
    summary="List workers, newest first",
    response_model=CMLWorkerPage,
    responses=sparse_rows(CMLWorkerPage),
)
async def list_workers(
    mediator: MediatorOf,
    _: Viewer,
    wanted: WorkerList,
    status: CMLWorkerStatus | None = None,
    region: Filter = None,
    template: Filter = None,
) -> CMLWorkerPage | Response:
    """Every filter that is given must hold; `template` is the name of the template that a worker was made from."""
    return wanted.answer(await mediator.query(PageWorkersQuery(wanted.page, status, region, template)))


@router.post("", summary="Create a worker from a template", status_code=201)
async def create_worker(
    body: CreateWorker, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> CMLWorkerReadModel:
    async def create() -> CMLWorkerReadModel:
        command = CreateWorkerCommand(body.template_name, body.reason)
        made = await mediator.execute(command, context_for(principal, body.reason))
        return await mediator.query(GetWorkerQuery(made.worker_id))

    async def again(created: Mapping[str, str]) -> CMLWorkerReadModel:
        return await mediator.query(GetWorkerQuery(created["cml_worker"]))

    worker = await change.do(create, again)
    tag(response, worker)
    response.headers["Location"] = f"{router.prefix}/{worker.id}"
    return worker


@router.post("/import", summary="Take an instance that exists into the fleet", status_code=202)
async def import_worker(
    body: ImportWorker, mediator: MediatorOf, principal: Operator, change: Change, response: Response
) -> CMLWorkerReadModel:
    """The worker is PENDING until its instance was looked at: then it comes up, or is FAILED and says why. An instance
    that does not come up is let go, not terminated."""

    async def wish() -> CMLWorkerReadModel:
        made = await mediator.execute(ImportWorkerCommand(body), context_for(principal, body.reason))
        return await mediator.query(GetWorkerQuery(made.worker_id))

    async def again(created: Mapping[str, str]) -> CMLWorkerReadModel:
        return await mediator.query(GetWorkerQuery(created["cml_worker"]))

    worker = await change.do(wish, again)
    tag(response, worker)
    response.headers["Location"] = f"{router.prefix}/{worker.id}"
    return worker


@router.get("/drift", summary="Workers that are not what they were declared to be, longest first")
async def list_drifting_workers(mediator: MediatorOf, _: Viewer, what: DriftKind | None = None) -> list[DriftingWorker]:
    return list(await mediator.query(ListDriftingWorkersQuery(what)))


@router.get("/{worker_id}", summary="One worker")
async def get_worker(worker_id: str, mediator: MediatorOf, _: Viewer, response: Response) -> CMLWorkerReadModel:
    worker = await mediator.query(GetWorkerQuery(worker_id))
    tag(response, worker)
    return worker


@router.get("/{worker_id}/metrics", summary="Its load over time, at most 500 points of each figure")
async def get_worker_metrics(
    worker_id: str,
    mediator: MediatorOf,
    _: Viewer,
    start: Annotated[
        AwareDatetime | None,
        Query(alias="from", description="An hour before `to` when absent.", examples=["2030-01-01T08:00:00Z"]),
    ] = None,
    end: Annotated[
        AwareDatetime | None,
        Query(alias="to", description="Now when absent.", examples=["2030-01-01T09:00:00Z"]),
    ] = None,
    step: Annotated[
        int | None,
        Query(ge=1, le=604_800, description="Seconds; made longer where it would give too many points.", examples=[60]),
    ] = None,
) -> WorkerMetricSeries:
    return await mediator.query(GetWorkerMetricsQuery(worker_id, start, end, step))


@router.get("/{worker_id}/scale-down", summary="Whether it may be given up, guard by guard, as last judged")
async def get_scale_down_answer(worker_id: str, mediator: MediatorOf, _: Viewer, response: Response) -> StandingAnswer:
    found = await mediator.query(GetStandingAnswerQuery(worker_id))
    tag_content(response, found)
    return found


@router.post("/{worker_id}/drain", summary="Take no new session, stop when the last one has ended")
async def drain_worker(
    worker_id: str, body: DrainWorker, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _change(worker_id, DrainWorkerCommand(worker_id, body), mediator, principal, change, body.reason)


@router.post(
    "/{worker_id}/cancel-drain",
    summary="Go on after all",
    **deprecated(date(2026, 12, 1), date(2027, 12, 1), "/api/v1/workers/{worker_id}/undrain"),
)
async def cancel_worker_drain(
    worker_id: str, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _change(worker_id, CancelDrainCommand(worker_id), mediator, principal, change, None)


@router.post("/{worker_id}/undrain", summary="Go on after all, and say why")
async def undrain_worker(
    worker_id: str, body: Because, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _change(
        worker_id, CancelDrainCommand(worker_id, body.reason), mediator, principal, change, body.reason
    )


@router.post("/{worker_id}/refresh", summary="Look at EC2 and CML now", status_code=202)
async def refresh_worker(
    worker_id: str, body: Because, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    """Answers at once with the worker as it is known; what is seen then comes on the event stream."""
    return await _change(
        worker_id, RefreshWorkerCommand(worker_id, body.reason), mediator, principal, change, body.reason
    )


@router.post("/{worker_id}/resync-labs", summary="Look at the labs on its host again now", status_code=202)
async def resync_worker_labs(
    worker_id: str, body: ResyncLabs, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    """What no session has a use for is removed, as the periodic sweep would; EC2 and CML are looked at, too."""
    command = ResyncLabsCommand(worker_id, body.reason)
    return await _change(worker_id, command, mediator, principal, change, body.reason)


@router.put("/{worker_id}/idle-detection", summary="Whether it may be scaled down for being idle")
async def set_worker_idle_detection(
    worker_id: str, body: IdleDetection, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    command = SetIdleDetectionCommand(worker_id, body.enabled, body.reason)
    return await _change(worker_id, command, mediator, principal, change, body.reason)


@router.post("/{worker_id}/start", summary="Start a stopped worker")
async def start_worker(
    worker_id: str, body: WorkerRequest, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _want(worker_id, WorkerDesiredStatus.RUNNING, body, mediator, principal, change)


@router.post("/{worker_id}/stop", summary="Stop it; refused while sessions are live or imminent, unless forced")
async def stop_worker(
    worker_id: str, body: WorkerRequest, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _want(worker_id, WorkerDesiredStatus.STOPPED, body, mediator, principal, change)


@router.post("/{worker_id}/terminate", summary="Remove it for good; refused like stop")
async def terminate_worker(
    worker_id: str, body: WorkerRequest, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    return await _want(worker_id, WorkerDesiredStatus.TERMINATED, body, mediator, principal, change)


@router.post("/{worker_id}/license", summary="Register, exchange or give back its licence")
async def request_worker_license(
    worker_id: str, body: RequestLicense, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    """Carried out by the worker-controller; what came of it is told in ``license_request``."""
    return await _change(worker_id, RequestLicenseCommand(worker_id, body), mediator, principal, change, body.reason)


@router.put("/{worker_id}/capacity", summary="Change what it may hold")
async def declare_worker_capacity(
    worker_id: str, body: DeclareCapacity, mediator: MediatorOf, principal: Operator, change: Change
) -> CMLWorkerReadModel:
    command = UpdateWorkerCapacityCommand(worker_id, body.declared, body.reason)
    return await _change(worker_id, command, mediator, principal, change, body.reason)


async def _want(
    worker_id: str,
    status: WorkerDesiredStatus,
    body: WorkerRequest,
    mediator: MediatorOf,
    principal: Principal,
    change: ChangeRequest,
) -> CMLWorkerReadModel:
    request = SetDesiredStatus(desired_status=status, reason=body.reason, force=body.force)
    command = SetWorkerDesiredStatusCommand(worker_id, request)
    return await _change(worker_id, command, mediator, principal, change, body.reason)


async def _change(
    worker_id: str,
    command: Command[Applied],
    mediator: MediatorOf,
    principal: Principal,
    change: ChangeRequest,
    reason: str | None,
) -> CMLWorkerReadModel:
    """The worker after *command*, or after the request that did it before."""

    async def work() -> CMLWorkerReadModel:
        await mediator.execute(command, context_for(principal, reason))
        return await mediator.query(GetWorkerQuery(worker_id))

    async def again(_: Mapping[str, str]) -> CMLWorkerReadModel:
        return await mediator.query(GetWorkerQuery(worker_id))

    worker = await change.do(work, again, kind="cml_worker", id=worker_id)
    tag(change.response, worker)
    return worker
