"""All hosts of the process: which machines exist, which of them are up."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

import structlog

from lcm_simulators.cml.api.app import create_app
from lcm_simulators.cml.model import lifecycle
from lcm_simulators.cml.model.admission import Machine
from lcm_simulators.cml.model.host import Host, new_host
from lcm_simulators.cml.runtime.certificates import CertificateAuthority
from lcm_simulators.cml.runtime.host_runtime import HostRuntime, Listeners
from lcm_simulators.cml.runtime.https_server import shared_config
from lcm_simulators.cml.runtime.store import HostStore
from lcm_simulators.cml.settings import CmlSettings
from lcm_simulators.faults import FaultPlan

RETRY_SECONDS = 1.0
log = structlog.get_logger(__name__)


class Power(StrEnum):
    OFF = "off"
    BOOTING = "booting"
    UP = "up"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """A machine that should be running. ``key`` names its disk, ``boot_id`` changes with every boot."""

    key: str
    address: str
    hostname: str
    machine: Machine
    boot_id: str


@dataclass(slots=True)
class ManagedHost:
    spec: MachineSpec
    store: HostStore
    power: Power = Power.OFF
    runtime: HostRuntime | None = None
    task: asyncio.Task[None] | None = None
    up: asyncio.Event = field(default_factory=asyncio.Event)


class Fleet:
    """Brings hosts up and down; everything it starts lives in ``tasks``."""

    def __init__(self, settings: CmlSettings, tasks: asyncio.TaskGroup, plan: FaultPlan) -> None:
        self._settings = settings
        self._tasks = tasks
        self._policy = settings.policy()
        self._listeners = Listeners(
            config=shared_config(create_app(), plan),
            authority=CertificateAuthority(settings.state_dir, settings.ca_path),
            https_port=settings.https_port,
            ssh_port=settings.ssh_port,
            lab_events=settings.ws_lab_events,
        )
        self.hosts: dict[str, ManagedHost] = {}

    def at(self, address: str) -> ManagedHost | None:
        return next((managed for managed in self.hosts.values() if managed.spec.address == address), None)

    def ensure_running(self, spec: MachineSpec) -> ManagedHost:
        """Have this machine on; a changed ``boot_id`` means that it was off in between."""
        managed = self.hosts.get(spec.key)
        if managed is None:
            store = HostStore(self._settings.state_dir / "hosts" / spec.key)
            managed = self.hosts[spec.key] = ManagedHost(spec, store)
        if managed.power is not Power.OFF and managed.spec.boot_id != spec.boot_id:
            self._switch_off(managed)
            managed.store.power.killed = False
        managed.spec = spec
        if managed.power is Power.OFF:
            self._switch_on(managed)
        return managed

    def ensure_off(self, keys: Iterable[str]) -> None:
        """Stopped machines: nothing listens, disks stay."""
        for key in keys:
            managed = self.hosts.pop(key, None)
            if managed is not None:
                self._switch_off(managed)

    def knows(self, key: str) -> bool:
        """The machine is on, or has left a disk."""
        return key in self.hosts or (self._settings.state_dir / "hosts" / key).exists()

    def ensure_gone(self, keys: Iterable[str]) -> None:
        """Terminated machines: the disks go, too."""
        for key in keys:
            self.ensure_off([key])
            HostStore(self._settings.state_dir / "hosts" / key).erase()

    def close(self) -> None:
        """Stop serving; machines keep their state, so that the next process finds them as they are."""
        for managed in self.hosts.values():
            self._stop_task(managed)

    def kill(self, managed: ManagedHost) -> None:
        """The host dies where it stands; its machine is still running for EC2."""
        self._mark_killed(managed, True)
        self._stop_task(managed)
        managed.power = Power.DEAD

    def revive(self, managed: ManagedHost, reboot: bool) -> None:
        """Undo ``kill`` and ``wedge``; with ``reboot`` the nodes are found stopped."""
        if managed.runtime is not None:
            managed.runtime.wedge(on=False)
        if managed.power is Power.DEAD:
            self._mark_killed(managed, False)
            if reboot and managed.runtime is not None:
                lifecycle.power_off(managed.runtime.host, time.time())
                managed.store.save(managed.runtime.host)
            self._switch_on(managed)

    def _mark_killed(self, managed: ManagedHost, killed: bool) -> None:
        managed.store.power.killed = killed
        if managed.runtime is not None:
            managed.runtime.host.dirty = True
            managed.store.save(managed.runtime.host)

    def _switch_on(self, managed: ManagedHost) -> None:
        managed.power = Power.BOOTING
        managed.task = self._tasks.create_task(self._live(managed), name=f"host {managed.spec.address}")

    def _switch_off(self, managed: ManagedHost) -> None:
        self._stop_task(managed)
        if managed.runtime is not None:
            host = managed.runtime.host
            lifecycle.power_off(host, time.time())
            managed.store.power.boot_id = None
            host.dirty = True
            managed.store.save(host)
        managed.power, managed.runtime = Power.OFF, None
        log.info("host is off", address=managed.spec.address)

    def _stop_task(self, managed: ManagedHost) -> None:
        if managed.task is not None:
            managed.task.cancel()
            managed.task = None
        managed.up.clear()
        if managed.runtime is not None:
            managed.runtime.shut()

    async def _live(self, managed: ManagedHost) -> None:
        host, was_up = self._open_disk(managed)
        if managed.store.power.killed:
            managed.power = Power.DEAD
            managed.runtime = HostRuntime(host, managed.store, self._listeners)
            return
        if not was_up:
            await asyncio.sleep(self._settings.boot_seconds)
        while True:
            managed.runtime = HostRuntime(host, managed.store, self._listeners)
            managed.power = Power.UP
            try:
                await managed.runtime.run(managed.up)
            except OSError as error:
                log.warning("host cannot listen", address=managed.spec.address, error=str(error))
                managed.power = Power.BOOTING
                await asyncio.sleep(RETRY_SECONDS)

    def _open_disk(self, managed: ManagedHost) -> tuple[Host, bool]:
        """The host from its disk or a new one; True when this very boot was already up before."""
        spec, store, now = managed.spec, managed.store, time.time()
        if store.exists:
            host = store.load(spec.address, spec.machine, self._policy)
            was_up = store.power.boot_id == spec.boot_id
            if not was_up:
                lifecycle.power_off(host, now)
                host.booted_at = now
                store.power.killed = False
        else:
            password = self._settings.admin_password.replace("{instance_id}", spec.key)
            credentials = (self._settings.admin_username, password)
            host = new_host(spec.address, spec.hostname, spec.machine, self._policy, credentials, now)
            if self._settings.pre_licensed:
                host.licence.register("pre-licensed", False, 0.0, self._policy)
                host.licence.decided_at = 0.0
            was_up = False
        store.power.boot_id = spec.boot_id
        return host, was_up
