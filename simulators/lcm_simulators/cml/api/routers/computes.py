"""Compute hosts, external connectors, notices and maintenance."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Path

from lcm_simulators.cml.api.context import Admin, Ctx, CurrentUser, Uuid4
from lcm_simulators.cml.api.schemas.basics import StrictBody
from lcm_simulators.cml.api.schemas.system import (
    AdmissionState,
    AdmissionUpdate,
    ComputeHost,
    ExternalConnector,
    MaintenanceMode,
    MaintenanceUpdate,
    Notice,
)
from lcm_simulators.cml.api.views.system_views import node_counts
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.refusals import NotFound

router = APIRouter(tags=["System"])
NAMESPACE = uuid.UUID("6f0f8f0a-7c3f-4f6e-9f0e-8a2d5b1c4e77")
BRIDGES = (("virbr0", "NAT", "192.168.255.0/24"), ("bridge0", "System Bridge", ""))


class AdmissionConfiguration(StrictBody):
    admission_state: AdmissionState


class ConnectorRescan(StrictBody):
    push_configured_state: bool = True


def _compute(host: Host) -> dict[str, Any]:
    return {
        "id": host.compute_id,
        "server_address": host.address,
        "hostname": host.hostname,
        "is_simulator": True,
        "is_connector": True,
        "admission_state": host.admission_state,
        "nodes": [node.id for lab in host.labs.values() for node in lab.nodes.values() if node.active],
        "node_counts": node_counts(host),
        "is_connected": True,
        "is_synced": True,
    }


@router.get("/system/compute_hosts", response_model=list[ComputeHost])
async def compute_hosts(ctx: Ctx, _: CurrentUser) -> list[dict[str, Any]]:
    return [_compute(ctx.host)]


@router.get("/system/compute_hosts/configuration", response_model=AdmissionConfiguration)
async def compute_configuration(_: CurrentUser) -> AdmissionConfiguration:
    return AdmissionConfiguration(admission_state="READY")


def known_compute(ctx: Ctx, compute_id: Uuid4) -> Host:
    if compute_id != ctx.host.compute_id:
        raise NotFound("Compute host", compute_id)
    return ctx.host


@router.get("/system/compute_hosts/{compute_id}", response_model=ComputeHost)
async def compute_host(ctx: Ctx, _: CurrentUser, compute_id: Uuid4) -> dict[str, Any]:
    return _compute(known_compute(ctx, compute_id))


@router.patch("/system/compute_hosts/{compute_id}", response_model=ComputeHost)
async def update_compute_host(ctx: Ctx, _: Admin, compute_id: Uuid4, body: AdmissionUpdate) -> dict[str, Any]:
    host = known_compute(ctx, compute_id)
    host.admission_state = body.admission_state
    host.dirty = True
    return _compute(host)


@router.get("/system/external_connectors", response_model=list[ExternalConnector])
async def external_connectors(ctx: Ctx, _: CurrentUser) -> list[dict[str, Any]]:
    return [_connector(ctx.host, *bridge) for bridge in BRIDGES]


@router.put("/system/external_connectors", response_model=list[ExternalConnector])
async def rescan_external_connectors(ctx: Ctx, user: Admin, body: ConnectorRescan) -> list[dict[str, Any]]:
    return await external_connectors(ctx, user)


def _connector(host: Host, device: str, label: str, network: str) -> dict[str, Any]:
    digest = uuid.uuid5(NAMESPACE, host.compute_id + device)
    return {
        "id": str(uuid.UUID(bytes=digest.bytes, version=4)),
        "device_name": device,
        "label": label,
        "tags": [label],
        "protected": False,
        "snooped": label == "NAT",
        "allowed": True,
        "operational": {
            "forwarding": "NAT" if label == "NAT" else "BRIDGE",
            "label": label,
            "mtu": 1500,
            "exists": True,
            "enabled": True,
            "ip_networks": [network] if network else [],
        },
    }


@router.get("/system/notices", response_model=list[Notice])
async def notices(_: CurrentUser) -> list[Notice]:
    return []


@router.get("/system/maintenance_mode", response_model=MaintenanceMode)
async def maintenance_mode(ctx: Ctx) -> MaintenanceMode:
    return MaintenanceMode(maintenance_mode=ctx.host.maintenance_mode)


@router.patch("/system/maintenance_mode", response_model=MaintenanceMode)
async def set_maintenance_mode(ctx: Ctx, _: Admin, body: MaintenanceUpdate) -> MaintenanceMode:
    if body.maintenance_mode is not None:
        ctx.host.maintenance_mode = body.maintenance_mode
        ctx.host.note("maintenance_state_change", ctx.now, maintenance_mode=body.maintenance_mode)
        ctx.host.dirty = True
    return MaintenanceMode(maintenance_mode=ctx.host.maintenance_mode)


@router.get("/web_session_timeout")
async def web_session_timeout(ctx: Ctx, _: CurrentUser) -> int:
    return int(ctx.host.policy.token_lifetime_seconds)


@router.patch("/web_session_timeout/{seconds}")
async def set_web_session_timeout(_: Admin, seconds: Annotated[int, Path(ge=60)]) -> str:
    return "OK"
