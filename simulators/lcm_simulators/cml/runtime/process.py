"""The whole simulator: fleet, EC2 follower and control plane, started together and ended together."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from lcm_simulators.cml.model.admission import Machine
from lcm_simulators.cml.model.definitions import MIB
from lcm_simulators.cml.runtime.control import create_control_app
from lcm_simulators.cml.runtime.ec2_follower import Ec2Follower
from lcm_simulators.cml.runtime.fleet import Fleet, MachineSpec
from lcm_simulators.cml.settings import CmlSettings
from lcm_simulators.faults import FaultPlan
from lcm_simulators.serving import serve_in_process


@dataclass(slots=True)
class Simulator:
    settings: CmlSettings
    fleet: Fleet
    follower: Ec2Follower | None
    control_url: str = ""

    def reasons_not_ready(self) -> list[str]:
        """Empty once EC2 has been read and every static host answers."""
        reasons: list[str] = []
        if self.follower is not None and not self.follower.synced.is_set():
            reasons.append(f"EC2 at {self.settings.ec2_endpoint_url} cannot be read")
        for address in self.settings.static_hosts:
            managed = self.fleet.at(address)
            if managed is None or not managed.up.is_set():
                reasons.append(f"static host {address} is not up")
        return reasons


def static_machine(settings: CmlSettings, address: str) -> MachineSpec:
    gib = 1024 * MIB
    machine = Machine(settings.static_cpus, int(settings.static_memory_gb * gib), int(settings.disk_gb * gib))
    return MachineSpec(f"static-{address}", address, "cml-controller", machine, boot_id="static")


@contextlib.asynccontextmanager
async def running_simulator(settings: CmlSettings) -> AsyncIterator[Simulator]:
    """Serve until the block is left; an error in any part ends all of it."""
    plan = FaultPlan()
    async with asyncio.TaskGroup() as tasks:
        fleet = Fleet(settings, tasks, plan)
        follower = Ec2Follower(settings, fleet) if settings.ec2_endpoint_url else None
        simulator = Simulator(settings, fleet, follower)
        for address in settings.static_hosts:
            fleet.ensure_running(static_machine(settings, address))
        following = tasks.create_task(follower.run(), name="ec2 follower") if follower else None
        app = create_control_app(fleet, simulator, plan)
        try:
            async with serve_in_process(app, host=settings.control_host, port=settings.control_port) as url:
                simulator.control_url = url
                yield simulator
        finally:
            if following is not None:
                following.cancel()
            fleet.close()
