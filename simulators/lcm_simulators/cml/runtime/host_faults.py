"""Things that happen to a host: it dies, it hangs, its nodes never boot, somebody left a console in a mess."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from pydantic import BaseModel

from lcm_simulators.cml.device.ios_shell import IosShell
from lcm_simulators.cml.runtime.fleet import Fleet, ManagedHost, Power
from lcm_simulators.cml.runtime.host_runtime import HostRuntime

router = APIRouter(prefix="/_sim/hosts/{address}", tags=["hosts"])
LONG_TABLE = [f"line {number} of a long table" for number in range(100)]


class Disturbance(BaseModel):
    """What a collector may find on a line: a log message, somebody else's configuration mode, a pending page."""

    line: int = 0
    announce: str | None = None
    leave_in: Literal["configuration", "more"] | None = None


class LicenceTrouble(BaseModel):
    """An authorization status of the licensing agent."""

    status: Literal["OUT_OF_COMPLIANCE", "AUTHORIZATION_EXPIRED", "EVAL_EXPIRED"] | None = None


def fleet_of(request: Request) -> Fleet:
    return request.app.state.fleet


TheFleet = Annotated[Fleet, Depends(fleet_of)]


def host_at(fleet: TheFleet, address: str) -> ManagedHost:
    managed = fleet.at(address)
    if managed is None:
        raise HTTPException(404, f"There is no host at {address}.")
    return managed


TheHost = Annotated[ManagedHost, Depends(host_at)]


def running_host(managed: TheHost) -> HostRuntime:
    if managed.power is not Power.UP or managed.runtime is None:
        raise HTTPException(409, f"The host at {managed.spec.address} is {managed.power}, not up.")
    return managed.runtime


RunningHost = Annotated[HostRuntime, Depends(running_host)]


@router.post("/kill", status_code=204)
async def kill(fleet: TheFleet, managed: TheHost) -> None:
    """Sockets are reset and nothing answers any more; EC2 still shows the instance running."""
    fleet.kill(managed)


@router.post("/revive", status_code=204)
async def revive(fleet: TheFleet, managed: TheHost, reboot: bool = False) -> None:
    """Undo kill and wedge; with ``reboot`` a killed host comes back with its nodes stopped."""
    fleet.revive(managed, reboot)


@router.post("/wedge", status_code=204)
async def wedge(runtime: RunningHost) -> None:
    """Connections are accepted and never answered."""
    runtime.wedge(on=True)


@router.put("/authorization", status_code=204)
async def trouble_licence(runtime: RunningHost, body: LicenceTrouble) -> None:
    """What the licence server has against the host from now on; null when nothing."""
    runtime.host.licence.trouble = body.status
    runtime.host.dirty = True


@router.post("/stalled-boots", status_code=204)
async def stall_boots(runtime: RunningHost) -> None:
    """Nodes started from now on stay STARTED."""
    await runtime.stall_boots(True)


@router.delete("/stalled-boots", status_code=204)
async def resume_boots(runtime: RunningHost) -> None:
    await runtime.stall_boots(False)


@router.delete("/event-stream", status_code=204)
async def close_event_stream(runtime: RunningHost) -> None:
    """Who listens is cut off and nobody is let in, as on a host whose event stream is not reachable."""
    runtime.hub.close(closed=True)


@router.post("/event-stream", status_code=204)
async def open_event_stream(runtime: RunningHost) -> None:
    runtime.hub.close(closed=False)


@router.post("/nodes/{node_id}/console", status_code=204)
async def disturb(runtime: RunningHost, node_id: str, body: Disturbance) -> None:
    lab = next((lab for lab in runtime.host.labs.values() if node_id in lab.nodes), None)
    line = runtime.devices.line(lab, lab.nodes[node_id], body.line) if lab else None
    if line is None:
        raise HTTPException(404, f"Node {node_id} has no running console {body.line}.")
    if body.announce is not None:
        line.announce(body.announce)
    if body.leave_in == "configuration" and isinstance(line.shell, IosShell):
        line.shell.enter_configuration()
    elif body.leave_in == "more":
        line.stall(list(LONG_TABLE))
