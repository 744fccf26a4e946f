"""One running host: its listeners, its clock, its files."""

import asyncio
import time
from dataclasses import dataclass

import structlog
from uvicorn import Config

from lcm_simulators.cml.api.context import HostContext
from lcm_simulators.cml.api.event_hub import EventHub
from lcm_simulators.cml.api.views.event_messages import event_message
from lcm_simulators.cml.device.bank import DeviceBank
from lcm_simulators.cml.model import lifecycle
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.runtime.certificates import CertificateAuthority
from lcm_simulators.cml.runtime.console_server import ConsoleServer
from lcm_simulators.cml.runtime.https_server import HttpsServer
from lcm_simulators.cml.runtime.patty import PattyPorts
from lcm_simulators.cml.runtime.store import HostStore

SAVE_DELAY_SECONDS = 0.05
"""How long typing on a console may go unsaved; API calls are saved before they are answered."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Listeners:
    """Where hosts listen and what they serve; shared by all hosts of the process."""

    config: Config
    authority: CertificateAuthority
    https_port: int
    ssh_port: int
    lab_events: bool


class HostRuntime:
    """Runs a host until the task of ``run`` is cancelled; nothing of it listens before or after."""

    def __init__(self, host: Host, store: HostStore, listeners: Listeners) -> None:
        self.host = host
        self.store = store
        self._listeners = listeners
        self.devices = DeviceBank(host, time.time)
        self.devices.saved = self._save_soon
        self.hub = EventHub()
        self._answering = asyncio.Event()
        self._answering.set()
        self._wake = asyncio.Event()
        self._planned_at: float | None = None
        self._save_handle: asyncio.TimerHandle | None = None
        self.patty = PattyPorts(host, self.devices, lambda: self.wedged)
        context = HostContext(host, self.devices, self.hub, time.time, listeners.ssh_port)
        self._https = HttpsServer(listeners.config, self, context)
        self._console = ConsoleServer(host, self.devices, store.folder / "ssh_host_key", self._answering)

    @property
    def wedged(self) -> bool:
        return not self._answering.is_set()

    def wedge(self, on: bool) -> None:
        """A wedged host accepts connections and never answers."""
        self._answering.clear() if on else self._answering.set()

    @property
    def https_port(self) -> int:
        return self._https.port

    @property
    def ssh_port(self) -> int:
        return self._console.port

    async def run(self, up: asyncio.Event) -> None:
        """Serve until cancelled; ``up`` is set while the host answers.

        Raises ``OSError`` when an address or port cannot be had.
        """
        address = self.host.address
        try:
            tls = self._listeners.authority.server_context(address)
            await self._https.open(address, self._listeners.https_port, tls)
            await self._console.open(address, self._listeners.ssh_port)
            self.host.dirty = True
            lifecycle.advance(self.host, time.time())
            await self.settle(everything=True)
            up.set()
            log.info("host is up", address=address, labs=len(self.host.labs))
            await self._keep_time()
        finally:
            up.clear()
            self.shut()

    def shut(self) -> None:
        """Close every listener and connection at once; harmless when done twice."""
        self._https.close()
        self._console.close()
        self.patty.close(rudely=True)
        self.devices.switch_off_all()
        if self._save_handle is not None:
            self._save_handle.cancel()
        if self.store.exists:
            self.store.save(self.host)

    async def _keep_time(self) -> None:
        """Carry out what is due, sleep until the next thing is: no polling."""
        while True:
            self._wake.clear()
            lifecycle.advance(self.host, time.time())
            await self.settle()
            self._planned_at = self.host.next_due_at
            delay = None if self._planned_at is None else max(0.0, self._planned_at - time.time())
            try:
                async with asyncio.timeout(delay):
                    await self._wake.wait()
            except TimeoutError:
                continue

    async def stall_boots(self, stalled: bool) -> None:
        """Fault: nodes started from now on do not finish their boot, until it is lifted."""
        lifecycle.stall_boots(self.host, stalled, time.time())
        await self.settle()

    async def admit(self) -> None:
        await self._answering.wait()
        lifecycle.advance(self.host, time.time())

    async def settle(self, everything: bool = False) -> None:
        """Tell devices, listeners and the event stream what changed, open or close ports, and save."""
        changes, self.host.outbox = self.host.outbox, []
        for change in changes:
            self.devices.follow(change)
            if self.hub.busy:
                message = event_message(self.host, change, self._listeners.lab_events)
                if message is not None:
                    self.hub.publish(message)
        self.store.save(self.host)
        if changes or everything:
            await self.patty.sync()
        due = self.host.next_due_at
        if due is not None and (self._planned_at is None or due < self._planned_at):
            self._wake.set()

    def _save_soon(self) -> None:
        if self._save_handle is None:
            self._save_handle = asyncio.get_running_loop().call_later(SAVE_DELAY_SECONDS, self._save_now)

    def _save_now(self) -> None:
        self._save_handle = None
        self.store.save(self.host)
