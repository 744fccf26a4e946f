"""The transition table of every state machine.

Each table is a tuple of rows ``Transition(source, target, trigger)``, declared once here and read by the aggregates,
the user interface, the documentation and the tests. A state with no row of its own as a source is terminal.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from lcm_core.domain.enums import (
    CMLWorkerStatus,
    GradingSessionStatus,
    LabletDefinitionStatus,
    LabletSessionStatus,
    ReservationStatus,
    SubscriptionStatus,
    UserSessionStatus,
)

StatusT = TypeVar("StatusT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Transition(Generic[StatusT]):
    """One legal move and what causes it."""

    source: StatusT
    target: StatusT
    trigger: str


def valid_transitions(
    states: Iterable[StatusT], rows: Iterable[Transition[StatusT]]
) -> dict[StatusT, frozenset[StatusT]]:
    """Targets per source; every state is a key, a terminal one maps to the empty set."""
    targets: dict[StatusT, set[StatusT]] = {state: set() for state in states}
    for row in rows:
        targets[row.source].add(row.target)
    return {state: frozenset(found) for state, found in targets.items()}


_S = LabletSessionStatus
LABLET_SESSION_TRANSITIONS: tuple[Transition[LabletSessionStatus], ...] = (
    Transition(_S.PENDING, _S.SCHEDULED, "resource-scheduler placed it on a worker"),
    Transition(_S.PENDING, _S.STOPPING, "cancelled or expired after it had begun: a delivery session may be open"),
    Transition(_S.PENDING, _S.TERMINATED, "cancelled, or its slot passed before it could be placed"),
    Transition(_S.SCHEDULED, _S.INSTANTIATING, "lead time reached"),
    Transition(_S.SCHEDULED, _S.PENDING, "re-placed: its worker drains, died, or an operator moved it"),
    Transition(_S.SCHEDULED, _S.TERMINATED, "cancelled or expired before anything existed anywhere"),
    Transition(_S.INSTANTIATING, _S.READY, "lab converged and delivery session provisioned"),
    Transition(_S.INSTANTIATING, _S.PENDING, "re-placed: its worker is gone, or an operator moved it"),
    Transition(_S.INSTANTIATING, _S.STOPPING, "cancelled or could not be instantiated"),
    Transition(_S.READY, _S.RUNNING, "learner logged in"),
    Transition(_S.READY, _S.PENDING, "re-placed before the learner came: its host was lost, or an operator moved it"),
    Transition(_S.READY, _S.STOPPING, "cancelled, or the learner did not come"),
    Transition(_S.RUNNING, _S.COLLECTING, "learner finished, slot ended, or operator asked for grading"),
    Transition(_S.RUNNING, _S.STOPPING, "ended without grading"),
    Transition(_S.COLLECTING, _S.GRADING, "evidence collected"),
    Transition(_S.COLLECTING, _S.STOPPING, "collection failed, timed out, or grading skipped"),
    Transition(_S.GRADING, _S.COLLECTING, "an operator has the devices read once more"),
    Transition(_S.GRADING, _S.STOPPING, "score stored, or grading failed, timed out or was skipped"),
    Transition(_S.STOPPING, _S.STOPPED, "lab proven gone; ports and capacity given back"),
    Transition(_S.STOPPED, _S.ARCHIVED, "delivery session archived"),
    Transition(_S.ARCHIVED, _S.TERMINATED, "nothing left to give back"),
)
LABLET_SESSION_VALID_TRANSITIONS = valid_transitions(LabletSessionStatus, LABLET_SESSION_TRANSITIONS)

_W = CMLWorkerStatus
CML_WORKER_TRANSITIONS: tuple[Transition[CMLWorkerStatus], ...] = (
    Transition(_W.PENDING, _W.PROVISIONING, "EC2 instance launched"),
    Transition(_W.PENDING, _W.STOPPED, "stopped instance imported or adopted"),
    Transition(_W.PENDING, _W.FAILED, "launch impossible"),
    Transition(_W.PENDING, _W.TERMINATED, "cancelled before anything was launched"),
    Transition(_W.PROVISIONING, _W.RUNNING, "EC2 runs, CML answers, licence holds"),
    Transition(_W.PROVISIONING, _W.FAILED, "did not come up in time"),
    Transition(_W.PROVISIONING, _W.TERMINATING, "termination requested"),
    Transition(_W.PROVISIONING, _W.TERMINATED, "instance found gone"),
    Transition(_W.RUNNING, _W.DRAINING, "scale-down or operator"),
    Transition(_W.RUNNING, _W.STOPPING, "operator stop, or instance found stopping"),
    Transition(_W.RUNNING, _W.FAILED, "host lost, and not back in time"),
    Transition(_W.RUNNING, _W.TERMINATING, "termination requested"),
    Transition(_W.RUNNING, _W.TERMINATED, "instance found gone"),
    Transition(_W.DRAINING, _W.RUNNING, "drain cancelled"),
    Transition(_W.DRAINING, _W.STOPPING, "last session ended"),
    Transition(_W.DRAINING, _W.FAILED, "host lost, and not back in time"),
    Transition(_W.DRAINING, _W.TERMINATING, "termination requested"),
    Transition(_W.DRAINING, _W.TERMINATED, "instance found gone"),
    Transition(_W.STOPPING, _W.STOPPED, "EC2 instance stopped"),
    Transition(_W.STOPPING, _W.TERMINATED, "instance found gone"),
    Transition(_W.STOPPED, _W.STARTING, "wanted again"),
    Transition(_W.STOPPED, _W.TERMINATING, "termination requested"),
    Transition(_W.STOPPED, _W.TERMINATED, "instance found gone"),
    Transition(_W.STARTING, _W.RUNNING, "EC2 runs, CML answers, licence holds"),
    Transition(_W.STARTING, _W.FAILED, "did not come up in time"),
    Transition(_W.STARTING, _W.STOPPING, "stop requested, or instance found stopping"),
    Transition(_W.STARTING, _W.TERMINATING, "termination requested"),
    Transition(_W.STARTING, _W.TERMINATED, "instance found gone"),
    Transition(_W.FAILED, _W.TERMINATING, "evidence kept, instance to be removed"),
    Transition(_W.FAILED, _W.TERMINATED, "no instance left"),
    Transition(_W.TERMINATING, _W.TERMINATED, "EC2 instance terminated"),
)
CML_WORKER_VALID_TRANSITIONS = valid_transitions(CMLWorkerStatus, CML_WORKER_TRANSITIONS)

_D = LabletDefinitionStatus
LABLET_DEFINITION_TRANSITIONS: tuple[Transition[LabletDefinitionStatus], ...] = (
    Transition(_D.PENDING_SYNC, _D.ACTIVE, "content validated"),
    Transition(_D.PENDING_SYNC, _D.ARCHIVED, "withdrawn"),
    Transition(_D.ACTIVE, _D.DEPRECATED, "replaced by a newer version, or by an admin"),
    Transition(_D.ACTIVE, _D.ARCHIVED, "withdrawn"),
    Transition(_D.DEPRECATED, _D.ARCHIVED, "withdrawn"),
)
LABLET_DEFINITION_VALID_TRANSITIONS = valid_transitions(LabletDefinitionStatus, LABLET_DEFINITION_TRANSITIONS)

_U = UserSessionStatus
USER_SESSION_TRANSITIONS: tuple[Transition[UserSessionStatus], ...] = (
    Transition(_U.PROVISIONING, _U.PROVISIONED, "delivery session created with its devices"),
    Transition(_U.PROVISIONING, _U.ENDED, "session terminated"),
    Transition(_U.PROVISIONING, _U.FAULTED, "delivery system refused"),
    Transition(_U.PROVISIONED, _U.ACTIVE, "learner logged in"),
    Transition(_U.PROVISIONED, _U.ENDED, "session terminated before login"),
    Transition(_U.PROVISIONED, _U.EXPIRED, "slot ended without login"),
    Transition(_U.PROVISIONED, _U.FAULTED, "delivery system reported an error"),
    Transition(_U.ACTIVE, _U.PAUSED, "learner or proctor paused"),
    Transition(_U.ACTIVE, _U.ENDED, "learner finished"),
    Transition(_U.ACTIVE, _U.EXPIRED, "slot ended"),
    Transition(_U.ACTIVE, _U.FAULTED, "delivery system reported an error"),
    Transition(_U.PAUSED, _U.ACTIVE, "resumed"),
    Transition(_U.PAUSED, _U.ENDED, "learner finished"),
    Transition(_U.PAUSED, _U.EXPIRED, "slot ended"),
    Transition(_U.PAUSED, _U.FAULTED, "delivery system reported an error"),
)
USER_SESSION_VALID_TRANSITIONS = valid_transitions(UserSessionStatus, USER_SESSION_TRANSITIONS)

_G = GradingSessionStatus
GRADING_SESSION_TRANSITIONS: tuple[Transition[GradingSessionStatus], ...] = (
    Transition(_G.PENDING, _G.COLLECTING, "collection started"),
    Transition(_G.PENDING, _G.FAULTED, "session ended first"),
    Transition(_G.COLLECTING, _G.GRADING, "evidence submitted"),
    Transition(_G.COLLECTING, _G.FAULTED, "collection failed"),
    Transition(_G.GRADING, _G.REVIEWING, "grading engine asks for human review"),
    Transition(_G.GRADING, _G.SUBMITTED, "score received"),
    Transition(_G.GRADING, _G.FAULTED, "grading failed or timed out"),
    Transition(_G.REVIEWING, _G.SUBMITTED, "review finished"),
    Transition(_G.REVIEWING, _G.FAULTED, "review failed"),
)
GRADING_SESSION_VALID_TRANSITIONS = valid_transitions(GradingSessionStatus, GRADING_SESSION_TRANSITIONS)

_R = ReservationStatus
RESERVATION_TRANSITIONS: tuple[Transition[ReservationStatus], ...] = (
    Transition(_R.ACCEPTED, _R.COMPLETED, "its session ended"),
    Transition(_R.ACCEPTED, _R.CANCELLED, "cancelled by its owner or an operator"),
)
RESERVATION_VALID_TRANSITIONS = valid_transitions(ReservationStatus, RESERVATION_TRANSITIONS)

_B = SubscriptionStatus
SUBSCRIPTION_TRANSITIONS: tuple[Transition[SubscriptionStatus], ...] = (
    Transition(_B.PENDING, _B.ACTIVE, "the receiver agreed to take events"),
    Transition(_B.PENDING, _B.PAUSED, "paused by its owner or an operator, or asked again without an answer in time"),
    Transition(_B.PENDING, _B.ENDED, "deleted, or the receiver did not agree in time"),
    Transition(_B.ACTIVE, _B.PAUSED, "paused by its owner or an operator, or its receiver is dead"),
    Transition(_B.ACTIVE, _B.PENDING, "another address"),
    Transition(_B.ACTIVE, _B.ENDED, "deleted, or the receiver answered 410"),
    Transition(_B.PAUSED, _B.PENDING, "resumed: its receiver has to agree again"),
    Transition(_B.PAUSED, _B.ENDED, "deleted"),
    Transition(_B.ENDED, _B.PENDING, "a booking names the sink again"),
)
SUBSCRIPTION_VALID_TRANSITIONS = valid_transitions(SubscriptionStatus, SUBSCRIPTION_TRANSITIONS)
