"""The control plane of the simulator: what a laboratory assistant would do by hand."""

from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, HTTPException
from pydantic import BaseModel

from lcm_simulators.cml.model.load import cpu_percent, disk_used_bytes, memory_used_bytes
from lcm_simulators.cml.runtime import host_faults
from lcm_simulators.cml.runtime.fleet import Fleet, ManagedHost, Power
from lcm_simulators.cml.runtime.host_faults import TheHost
from lcm_simulators.faults import FaultPlan, faults_router


class LabSummary(BaseModel):
    id: str
    title: str
    state: str
    nodes: int
    running_nodes: int


class HostSummary(BaseModel):
    address: str
    key: str
    state: str
    wedged: bool
    cpus: int
    cpu_percent: float
    memory_percent: float
    disk_percent: float
    running_nodes: int
    labs: list[LabSummary]
    ports_open: list[int]
    console_connections: int
    last_console_activity_at: float | None
    licensed: bool


class Forwarded(BaseModel):
    port: int
    kind: str
    target: int
    lab_id: str
    node_id: str
    label: str


class Ignored(BaseModel):
    tag: str
    lab_id: str
    node_id: str
    reason: str


class PattyReport(BaseModel):
    open: list[Forwarded]
    ignored: list[Ignored]


class Readiness(Protocol):
    def reasons_not_ready(self) -> list[str]: ...


def create_control_app(fleet: Fleet, readiness: Readiness, plan: FaultPlan) -> FastAPI:
    app = FastAPI(title="CML simulator control", docs_url=None, redoc_url=None)
    app.include_router(faults_router(plan))
    app.include_router(_health_router(fleet, readiness))
    app.include_router(_hosts_router(fleet))
    app.include_router(host_faults.router)
    app.state.fleet = fleet
    return app


def _health_router(fleet: Fleet, readiness: Readiness) -> APIRouter:
    router = APIRouter(prefix="/health", tags=["health"])

    @router.get("/live")
    async def live() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/ready")
    async def ready() -> dict[str, Any]:
        if reasons := readiness.reasons_not_ready():
            raise HTTPException(503, "; ".join(reasons))
        return {"status": "ready", "hosts": len(fleet.hosts)}

    return router


def _hosts_router(fleet: Fleet) -> APIRouter:
    router = APIRouter(prefix="/_sim/hosts", tags=["hosts"])

    @router.get("")
    async def hosts() -> list[HostSummary]:
        return [_summary(managed) for managed in fleet.hosts.values()]

    @router.get("/{address}/patty")
    async def patty(managed: TheHost) -> PattyReport:
        return _patty(managed)

    return router


def _summary(managed: ManagedHost) -> HostSummary:
    runtime = managed.runtime
    up = managed.power is Power.UP and runtime is not None
    host = runtime.host if runtime else None
    labs = list(host.labs.values()) if host else []
    return HostSummary(
        address=managed.spec.address,
        key=managed.spec.key,
        state=managed.power,
        wedged=bool(runtime and runtime.wedged),
        cpus=managed.spec.machine.cpus,
        cpu_percent=cpu_percent(host) if host and up else 0.0,
        memory_percent=100 * memory_used_bytes(host) / managed.spec.machine.memory_bytes if host and up else 0.0,
        disk_percent=100 * disk_used_bytes(host) / managed.spec.machine.disk_bytes if host and up else 0.0,
        running_nodes=host.usage.nodes if host else 0,
        labs=[
            LabSummary(
                id=lab.id,
                title=lab.title,
                state=lab.state,
                nodes=len(lab.nodes),
                running_nodes=sum(node.active for node in lab.nodes.values()),
            )
            for lab in labs
        ],
        ports_open=list(runtime.patty.open_ports) if runtime else [],
        console_connections=runtime.patty.connection_count() if runtime else 0,
        last_console_activity_at=max(runtime.devices.activity_at.values(), default=None) if runtime else None,
        licensed=bool(host and host.licence.registered),
    )


def _patty(managed: ManagedHost) -> PattyReport:
    if managed.runtime is None:
        return PattyReport(open=[], ignored=[])
    return PattyReport(
        open=[
            Forwarded(
                port=port, kind=f.tag.kind, target=f.tag.target, lab_id=f.lab_id, node_id=f.node_id, label=f.label
            )
            for port, f in managed.runtime.patty.open_ports.items()
        ],
        ignored=[
            Ignored(tag=tag.tag, lab_id=tag.lab_id, node_id=tag.node_id, reason=tag.reason)
            for tag in managed.runtime.patty.ignored
        ],
    )
