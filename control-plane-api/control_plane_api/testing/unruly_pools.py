"""An unruly fleet that keeps labs prepared, whatever becomes of its hosts and of who was to have them."""

from __future__ import annotations

from typing import Any

from control_plane_api.application.commands.lablet_session.bind_lab_command import BindLabCommand
from control_plane_api.application.commands.warm_pool.discard_prepared_labs_command import DiscardPreparedLabsCommand
from control_plane_api.application.commands.warm_pool.lab_prepared_command import LabPreparedCommand
from control_plane_api.application.commands.warm_pool.preparation_failed_command import PreparationFailedCommand
from control_plane_api.application.commands.warm_pool.prepare_lab_command import PrepareLabCommand
from control_plane_api.application.commands.warm_pool.prepared_lab_removed_command import PreparedLabRemovedCommand
from control_plane_api.domain.entities import CMLWorker, LabletDefinition, LabletSession, WarmPool
from control_plane_api.domain.events.cml_worker_pool_events import CMLWorkerPreparedLabTakenDomainEvent
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import warm_pool_id
from control_plane_api.testing.unruly_hosts import UnrulyHosts
from control_plane_api.testing.unruly_record import DEFINITION_ID, BrokenRule
from lcm_core.application.context import CommandContext
from lcm_core.contracts.sessions import BindLab
from lcm_core.contracts.warm_pools import (
    DiscardPreparedLabs,
    LabPrepared,
    PreparationFailed,
    PreparedLabRemoved,
    PrepareLab,
)
from lcm_core.domain.warm_pool import WarmPoolPolicy

LABS = tuple(f"lab-{number}" for number in range(6))


class UnrulyPools(UnrulyHosts):
    def __init__(self) -> None:
        super().__init__()
        self._generation = 0

        async def begin(uow: Any, ctx: CommandContext) -> None:
            del ctx
            definition = await uow.load(LabletDefinition, DEFINITION_ID)
            name, stamp = definition.state.name, Stamp(at=self.now, by="operator")
            policy = WarmPoolPolicy(depth=2, failure_budget=50)
            uow.add(WarmPool.create(warm_pool_id(name), name, policy, "exams", stamp))

        self.store.run(self._context(), begin)

    def keep_prepared(self, worker: str) -> None:
        """What the keeper of the pool does."""
        self._generation += 1
        lab = f"kept-{self._generation}"
        self.prepare(worker, lab)
        self.imported(worker, lab)

    def prepare(self, worker: str, lab: str) -> None:
        body = PrepareLab(prepared_lab_id=lab, worker_id=worker, definition_id=DEFINITION_ID)
        self._do(PrepareLabCommand(body))

    def imported(self, worker: str, lab: str) -> None:
        body = LabPrepared(prepared_lab_id=lab, worker_id=worker, cml_lab_id=f"cml-{worker}-{lab}", prepare_seconds=2)
        self._do(LabPreparedCommand(body))

    def preparation_failed(self, worker: str, lab: str) -> None:
        self._do(PreparationFailedCommand(PreparationFailed(prepared_lab_id=lab, worker_id=worker, reason="CML")))

    def discard(self, worker: str, lab: str) -> None:
        body = DiscardPreparedLabs(worker_id=worker, prepared_lab_ids=(lab,), reason="too old")
        self._do(DiscardPreparedLabsCommand(body))

    def removed(self, worker: str, lab: str) -> None:
        self._do(PreparedLabRemovedCommand(PreparedLabRemoved(prepared_lab_id=lab, worker_id=worker, proof="gone")))

    def rebind(self, session: str) -> None:
        """Its prepared lab is gone from the host, and it imports one."""
        bound = self._bound(session)
        if bound is not None:
            self._do(BindLabCommand(session, BindLab(cml_lab_id=f"own-{session}", replaces=bound)))

    def no_lab_is_anybody_elses(self) -> None:
        """Neither two sessions nor a session and a pool count on one lab of a host."""
        users: dict[tuple[str, str], list[str]] = {}
        for session in self.store.all(LabletSession):
            bound, worker = session.state.cml_lab_id, session.state.worker_id
            if bound is not None and worker is not None and bound.startswith("cml-") and not session.state.lab_gone:
                users.setdefault((worker, bound), []).append(session.id)
        for worker in self.store.all(CMLWorker):
            for lab in worker.state.prepared_labs:
                if lab.cml_lab_id is not None:
                    users.setdefault((worker.id, lab.cml_lab_id), []).append(f"the pool ({lab.status.value})")
        for (worker_id, lab_id), who in users.items():
            if len(who) > 1:
                raise BrokenRule(f"{lab_id} on {worker_id} is counted on by {' and '.join(who)}")

    def hits(self) -> int:
        """Prepared labs that a session has taken, ever."""
        taken = CMLWorkerPreparedLabTakenDomainEvent
        events = (event for history in self.store.commits.values() for each in history for event in each.events)
        return sum(isinstance(event, taken) for event in events)

    def _bound(self, session: str) -> str | None:
        if f"lablet_session-{session}" not in self.store.documents:
            return None
        return self.store.get(LabletSession, session).state.cml_lab_id
