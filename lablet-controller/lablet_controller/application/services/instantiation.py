"""From an assigned worker to a session that a learner can log in to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import structlog

from lablet_controller.application.ports.cml_labs import (
    NODE_STATES_AT_REST,
    CmlError,
    CmlHost,
    CmlLabs,
    CmlNotFound,
    HostLab,
    ImportedLab,
    NodeState,
)
from lablet_controller.application.ports.consoles import Consoles
from lablet_controller.application.ports.lds import Lds, LdsBooking, LdsSessionRef
from lablet_controller.application.services.content_store import ContentStore
from lablet_controller.application.services.content_xml import visible_devices
from lablet_controller.application.services.device_mapping import device_access
from lablet_controller.application.services.device_passwords import passwords, usernames
from lablet_controller.application.services.extra_steps import ExtraStepRunner
from lablet_controller.application.services.foreign_ports import ForeignPorts
from lablet_controller.application.services.lab_removal import LabRemoval
from lablet_controller.application.services.node_observation import NodeObservation
from lablet_controller.application.services.pipeline import (
    NoResult,
    NotYet,
    Pipeline,
    Step,
    StepAnswer,
    StepPolicy,
    StepProgress,
    StepResult,
)
from lablet_controller.application.services.prepared_start import PreparedStart
from lablet_controller.application.services.session_work import SessionWork
from lablet_controller.application.services.topology_rewriter import TopologyRewriter
from lcm_core.contracts.sessions import BindLab, MarkSessionReady
from lcm_core.contracts.workers import AllocateCapacity
from lcm_core.domain.enums import LabletSessionStatus, PipelineName
from lcm_core.domain.read_models import LabletSessionReadModel
from lcm_core.domain.values import CML_FORWARDS, DeviceAccess, PortBinding
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.sealing import Vault

log = structlog.stdlib.get_logger(__name__)
DeviceAddress = Literal["private", "public"]
_LDS_PAUSE_SECONDS = 30.0
_QUICK_ATTEMPTS = 8
"""With pauses that have not grown to the longest yet."""
IMPORT_LAB, LDS_SESSION = "import_lab", "lds_session"


class ContentFetched(StepResult):
    content_hash: str
    characters: int


class PortsAllocated(StepResult):
    ports: int
    warnings: tuple[str, ...] = ()


class LabImported(StepResult):
    """*found*: an earlier attempt had imported it."""

    lab_id: str
    found: bool = False
    warnings: tuple[str, ...] = ()


class LabConverged(StepResult):
    nodes: int


class LdsSessionMade(StepResult):
    lds_session_id: str
    deployment: str


class DevicesSet(StepResult):
    devices: int


@dataclass(frozen=True, slots=True)
class InstantiationPolicy:
    """Deadlines in seconds. *converge_seconds* must cover the slowest node definition that is booked.

    *lds_seconds* is how long a session waits for a delivery system that is away: not its attempts bound that.
    """

    import_seconds: float = 180
    start_seconds: float = 120
    converge_seconds: float = 1800
    lds_seconds: float = 1800
    attempts: int = 6
    device_address: DeviceAddress = "private"


class Instantiation:
    """The steps; ``pipeline`` puts them in order."""

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        contents: ContentStore,
        rewriter: TopologyRewriter,
        labs: CmlLabs,
        consoles: Consoles,
        lds: Lds,
        nodes: NodeObservation,
        policy: InstantiationPolicy | None = None,
        vault: Vault | None = None,
    ) -> None:
        self._control_plane = control_plane
        self._contents = contents
        self._rewriter = rewriter
        self._labs = labs
        self._removal = LabRemoval(labs)
        self._prepared = PreparedStart(labs)
        self._foreign = ForeignPorts(control_plane, labs)
        self._lds = lds
        self._nodes = nodes
        self._policy = policy or InstantiationPolicy()
        self._vault = vault or Vault(())
        self._extra = ExtraStepRunner(labs, consoles, self._policy.attempts)

    def pipeline_for(self, session: LabletSessionReadModel) -> Pipeline[SessionWork]:
        """The steps of every session, and those that its definition asks for."""
        policy = self._policy
        local = StepPolicy(deadline_seconds=60, attempts=policy.attempts)
        waits = max(policy.attempts, math.ceil(policy.lds_seconds / _LDS_PAUSE_SECONDS) + _QUICK_ATTEMPTS)
        lds = StepPolicy(policy.lds_seconds, waits, _LDS_PAUSE_SECONDS)
        converge = StepPolicy(deadline_seconds=policy.converge_seconds, attempts=policy.attempts * 3)
        return Pipeline(
            PipelineName.INSTANTIATE,
            (
                Step("fetch_content", self._fetch_content, local),
                Step("allocate_ports", self._allocate_ports, local),
                Step("rewrite_topology", self._rewrite_topology, local),
                Step(IMPORT_LAB, self._import_lab, StepPolicy(policy.import_seconds, policy.attempts)),
                Step("start_lab", self._start_lab, StepPolicy(policy.start_seconds, policy.attempts, 20, True)),
                Step("converge", self._converge, converge, only_looks=True, may_skip=True),
                *self._extra.steps(session.extra_steps, _lab_id),
                Step(LDS_SESSION, self._lds_session, lds),
                Step("lds_devices", self._lds_devices, lds),
                Step("mark_ready", self._mark_ready, lds),
            ),
        )

    async def _fetch_content(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        package = await self._contents.get(work.session.content_hash)
        return ContentFetched(content_hash=package.hash, characters=len(package.topology_yaml))

    async def _allocate_ports(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        """Normally granted with the placement; asked for here only when they are missing."""
        ports = await self._ports(work)
        beyond = tuple(
            f"{each.name} is port {each.outer}: CML forwards {CML_FORWARDS.first} to {CML_FORWARDS.last} unless widened"
            for each in ports
            if not CML_FORWARDS.first <= each.outer <= CML_FORWARDS.last
        )
        if beyond:
            log.warning("ports_beyond_cml_default", session_id=work.session.id, ports=beyond)
        return PortsAllocated(ports=len(ports), warnings=beyond[:20])

    async def _rewrite_topology(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        if work.prepared_lab is None:
            await self._topology(work)
        return NoResult()

    async def _import_lab(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        host = work.require_host()
        there = await self._labs.host_labs(host)
        prepared = work.prepared_lab
        if prepared is not None and (why := await self._has_other_ports(work, there)):
            return NotYet(0.1, why)
        replaced = prepared if prepared is not None and await self._prepared.take(work, there) is None else None
        # A prepared lab that is of no use is as if there had never been one; its ports stay the session's.
        bound = work.session.cml_lab_id if replaced is None else None
        known = await self._removal.among(host, there, work.title, bound)
        if bound is not None and bound not in known:
            raise CmlNotFound(host, f"lab {bound} of this session has vanished")
        if known:
            chosen = bound or known[0]
            await self._remove_others(host, known, chosen)
            if bound is None and not await self._foreign.forwards_all(host, chosen, await self._ports(work)):
                await self._remove_others(host, known, "")
                late = "a lab of this session came up late, with ports that it has no more: it was removed"
                raise CmlError(host, late, retryable=True)
            lab, found = ImportedLab(chosen), True
        else:
            if replaced is None and (why := await self._has_other_ports(work, there)):
                return NotYet(0.1, why)
            lab, found = await self._labs.import_lab(host, await self._topology(work), work.title), False
        if bound != lab.lab_id:
            body = BindLab(cml_lab_id=lab.lab_id, replaces=replaced, worker_id=host.worker_id)
            await self._control_plane.sessions.bind_lab(work.session.id, body)
        return LabImported(lab_id=lab.lab_id, found=found, warnings=lab.warnings[:20])

    async def _has_other_ports(self, work: SessionWork, there: tuple[HostLab, ...]) -> str | None:
        """Why the session is to be read again: it had to be given others. A lab that was prepared with the old ones
        goes to the sweep. With a lab of its own title it keeps what it has."""
        if any(lab.title == work.title for lab in there):
            return None
        recorded = work.worker.foreign_labs if work.worker else ()
        return await self._foreign.swapped(work.require_host(), there, work.session, await self._ports(work), recorded)

    async def _remove_others(self, host: CmlHost, known: tuple[str, ...], chosen: str) -> None:
        """Two imports whose answers were both lost leave two labs; the session uses one of them, *chosen*."""
        for lab_id in known:
            if lab_id != chosen and not await self._removal.remove(host, lab_id):
                raise CmlError(host, f"a second lab {lab_id} of this session is not gone yet", retryable=True)

    async def _start_lab(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        host, lab_id = work.require_host(), _lab_id(progress)
        recorded = work.worker.foreign_labs if work.worker else ()
        await self._foreign.require_free(host, lab_id, await self._ports(work), recorded)
        await self._labs.start_lab(host, lab_id)
        return NoResult()

    async def _converge(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        host, lab_id = work.require_host(), _lab_id(progress)
        # asked often at first, then about every tenth of the time waited so far
        again = min(5.0, max(0.2, progress.elapsed_seconds / 10))
        nodes = await self._nodes.look(work, lab_id)
        waiting = [node for node in nodes if node.state != NodeState.BOOTED]
        at_rest = all(node.state in NODE_STATES_AT_REST for node in waiting)
        if not at_rest or not await self._labs.converged(host, lab_id):
            return NotYet(again, "the nodes boot")
        if not waiting:
            return LabConverged(nodes=len(nodes))
        # converged and not running: somebody stopped it, or its start was lost
        await self._labs.start_lab(host, lab_id)
        return NotYet(max(1.0, again), f"{len(waiting)} of {len(nodes)} nodes are not booted")

    async def _lds_session(self, work: SessionWork, _progress: StepProgress) -> StepAnswer:
        session = work.session
        ref = await self._lds.create_session_with_part(
            LdsBooking(
                auth_id=session.id,
                candidate=session.candidate,
                starts_at=session.timeslot.start,
                ends_at=session.timeslot.end,
                form_qualified_name=session.form_qualified_name,
                region=work.worker.region if work.worker else "",
                may_be_elsewhere=_began_before(session),
            )
        )
        return LdsSessionMade(lds_session_id=ref.session_id, deployment=ref.deployment)

    async def _lds_devices(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        devices = await self._devices(work)
        package = await self._contents.get(work.session.content_hash)
        await self._lds.set_devices(_lds_ref(progress), devices, passwords(package, self._vault))
        return DevicesSet(devices=len(devices))

    async def _mark_ready(self, work: SessionWork, progress: StepProgress) -> StepAnswer:
        ref = _lds_ref(progress)
        body = MarkSessionReady(
            cml_lab_id=_lab_id(progress),
            lds_session_id=ref.session_id,
            lds_deployment=ref.deployment,
            login_url=await self._lds.launch_url(ref),
            devices=tuple(await self._devices(work)),
            worker_id=work.session.worker_id,
        )
        await self._control_plane.sessions.mark_session_ready(work.session.id, body)
        return NoResult()

    async def _ports(self, work: SessionWork) -> tuple[PortBinding, ...]:
        session = work.session
        if len(session.allocated_ports) >= len(session.port_requests) or session.worker_id is None:
            return session.allocated_ports
        await self._control_plane.workers.allocate_capacity(session.worker_id, AllocateCapacity(session_id=session.id))
        return (await self._control_plane.sessions.get(session.id)).allocated_ports

    async def _topology(self, work: SessionWork) -> str:
        package = await self._contents.get(work.session.content_hash)
        return await self._rewriter.rewrite(package.hash, package.topology_yaml, await self._ports(work))

    async def _devices(self, work: SessionWork) -> list[DeviceAccess]:
        package = await self._contents.get(work.session.content_hash)
        worker = work.worker
        public = worker.public_ip if worker and self._policy.device_address == "public" else None
        address = public or work.require_host().address
        return device_access(visible_devices(package.content_xml), await self._ports(work), address, usernames(package))


def _began_before(session: LabletSessionReadModel) -> bool:
    """Whether it was instantiated earlier, perhaps in another region, where its delivery session may be."""
    return sum(change.target is LabletSessionStatus.INSTANTIATING for change in session.state_history) > 1


def _lab_id(progress: StepProgress) -> str:
    return progress.result_of(IMPORT_LAB, LabImported).lab_id


def _lds_ref(progress: StepProgress) -> LdsSessionRef:
    made = progress.result_of(LDS_SESSION, LdsSessionMade)
    return LdsSessionRef(made.lds_session_id, made.deployment)
