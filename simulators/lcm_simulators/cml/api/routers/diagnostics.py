"""Diagnostics and telemetry: independent witnesses of what happens on the host."""

from typing import Any, Literal

from fastapi import APIRouter

from lcm_simulators.cml.api.context import Admin, Ctx, CurrentUser
from lcm_simulators.cml.api.schemas.basics import StrictBody, Timestamp
from lcm_simulators.cml.api.views.lab_views import event_view
from lcm_simulators.cml.api.views.licensing_views import licensing_status
from lcm_simulators.cml.api.views.moments import timestamp
from lcm_simulators.cml.api.views.system_views import health, stats
from lcm_simulators.cml.model.definition_table import DEFINITIONS
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.states import NodeState

router = APIRouter(tags=["Diagnostics"])
Category = Literal[
    "computes",
    "labs",
    "lab_events",
    "node_launch_queue",
    "services",
    "node_definitions",
    "user_list",
    "licensing",
    "startup_scheduler",
]
JsonDocument = dict[str, Any] | list[Any]


class TelemetryEntry(StrictBody):
    category: str
    timestamp: Timestamp
    data: dict[str, Any]


class TelemetrySetting(StrictBody):
    opt_in: bool | None
    show_modal: bool


class TelemetryUpdate(StrictBody):
    opt_in: bool


@router.get("/diagnostics/{category}", response_model=JsonDocument)
async def diagnostics(ctx: Ctx, _: Admin, category: Category) -> JsonDocument:
    return _report(ctx.host, category)


def _report(host: Host, category: Category) -> JsonDocument:
    if category == "computes":
        return {host.compute_id: {**health(host)["computes"][host.compute_id], **stats(host)["computes"]}}
    if category == "labs":
        return {lab.id: {"title": lab.title, "state": lab.state, "nodes": len(lab.nodes)} for lab in host.labs.values()}
    if category == "lab_events":
        return [event_view(change) for lab in host.labs.values() for change in lab.journal]
    if category == "node_launch_queue":
        queued = [n.id for lab in host.labs.values() for n in lab.nodes.values() if n.state is NodeState.QUEUED]
        return {"queue": queued}
    if category == "services":
        return {"services": dict.fromkeys(("controller", "fabric", "patty", "console server"), "running")}
    if category == "node_definitions":
        return {name: {"boot_timeout": definition.boot_timeout_seconds} for name, definition in DEFINITIONS.items()}
    if category == "user_list":
        return [{"id": user.id, "username": user.username} for user in host.accounts.users.values()]
    if category == "licensing":
        return licensing_status(host)
    return {"scheduled": []}


@router.get("/telemetry/events", response_model=list[TelemetryEntry])
async def telemetry_events(ctx: Ctx, _: Admin) -> list[dict[str, Any]]:
    return [
        {"category": event.category, "timestamp": timestamp(event.at), "data": event.data}
        for event in ctx.host.telemetry
    ]


@router.get("/telemetry", response_model=TelemetrySetting)
async def telemetry(ctx: Ctx, _: CurrentUser) -> TelemetrySetting:
    return TelemetrySetting(opt_in=ctx.host.telemetry_opt_in, show_modal=False)


@router.put("/telemetry", response_model=TelemetrySetting)
async def set_telemetry(ctx: Ctx, user: Admin, body: TelemetryUpdate) -> TelemetrySetting:
    ctx.host.telemetry_opt_in = body.opt_in
    ctx.host.dirty = True
    return await telemetry(ctx, user)
