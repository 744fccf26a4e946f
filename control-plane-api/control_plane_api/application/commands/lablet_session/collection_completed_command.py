"""The evidence is in: kept as it is, then COLLECTING → GRADING, or STOPPING when there is nothing to grade."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from control_plane_api.application.commands.answers import LATE, applied, stamp_of
from control_plane_api.application.services.grading import required_grading_session
from control_plane_api.application.services.session_flow import grading_session_of, stop_session
from control_plane_api.domain.entities import GradingSession, LabletSession
from control_plane_api.domain.events.registry import Stamp
from control_plane_api.domain.identities import evidence_id
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Command
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.base import Applied
from lcm_core.contracts.evidence import artefact_rows, manifest_sha256
from lcm_core.contracts.sessions import CollectionCompleted
from lcm_core.domain.enums import LabletSessionStatus, SessionOutcome
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.json_form import to_json_form

EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class CollectionCompletedCommand(Command[Applied]):
    session_id: str
    request: CollectionCompleted


class CollectionCompletedCommandHandler:
    async def handle(self, command: CollectionCompletedCommand, uow: UnitOfWork, ctx: CommandContext) -> Applied:
        """Raises RuleViolation before COLLECTING, InvalidInput when a device is there twice."""
        stamp = stamp_of(ctx)
        request = command.request
        _require_each_device_once(request)
        session = await uow.load(LabletSession, command.session_id)
        earlier = request.collection not in (None, session.state.collection)
        if earlier or LabletSessionStatus.COLLECTING in session.has_passed:
            return applied(session, False, LATE)
        session.require_in(LabletSessionStatus.COLLECTING)
        id, collection = evidence_id(session.id, session.state.collection), session.state.collection
        document = {"_id": id, "session_id": session.id, **to_json_form(request), "collection": collection}
        uow.attach(EVIDENCE, document, upsert=True)
        if request.observed is not None:
            session.observe_resources(request.observed, stamp)
        await _go_on(uow, session, request, stamp)
        return applied(session, True)


async def _go_on(uow: UnitOfWork, session: LabletSession, request: CollectionCompleted, stamp: Stamp) -> None:
    missing = tuple(device.node_label for device in request.devices if not device.was_read)
    read = len(request.devices) - len(missing)
    grading = await grading_session_of(uow, session)
    if grading is None:
        await stop_session(uow, session, SessionOutcome.COMPLETED, "collected, no grading asked for", stamp)
    elif read == 0 and session.state.collection > 1:
        await _grade_the_earlier(uow, session, grading, stamp)
    elif read == 0:
        await stop_session(uow, session, SessionOutcome.FAILED, "nothing could be collected", stamp)
    else:
        session.evidence_collected(
            read,
            missing,
            stamp,
            evidence_sha256=manifest_sha256(request.devices),
            artefact_count=sum(1 for _ in artefact_rows(request.devices)),
        )
        grading.store_evidence(read, missing, stamp)


async def _grade_the_earlier(uow: UnitOfWork, session: LabletSession, grading: GradingSession, stamp: Stamp) -> None:
    """A collection that brought nothing does not take the place of one that did."""
    state = session.state
    before = await required_grading_session(uow, session, of_attempt=state.grading_attempt - 1)
    count, missing = before.state.device_count, before.state.devices_missing
    session.evidence_collected(
        count,
        missing,
        stamp,
        evidence_sha256=state.evidence_sha256 or "",
        artefact_count=state.artefact_count,
        collection=state.collection - 1,
    )
    grading.store_evidence(count, missing, stamp)


def _require_each_device_once(request: CollectionCompleted) -> None:
    counts = Counter(device.node_label for device in request.devices)
    twice = [label for label, count in counts.items() if count > 1]
    if twice:
        raise InvalidInput([InputProblem("/devices", f"{label} is there more than once") for label in twice])
