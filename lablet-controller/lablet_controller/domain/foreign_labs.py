"""Which labs on a host no record of ours stands for: people's own, another installation's, and strays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lablet_controller.domain.lab_title import session_id_of
from lcm_core.domain.enums import LabletSessionStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, LabletSessionReadModel

_S = LabletSessionStatus
LAB_PROVEN_GONE = frozenset({_S.STOPPED, _S.ARCHIVED, _S.TERMINATED})


@dataclass(frozen=True, slots=True)
class Records:
    """*named* are ids of sessions and prepared labs that a title may hold, *lab_ids* those that sessions use."""

    named: frozenset[str]
    lab_ids: frozenset[str]


def records_on(worker: CMLWorkerReadModel, sessions: Iterable[LabletSessionReadModel]) -> Records:
    """*sessions* are those on that worker."""
    live = [session for session in sessions if session.status not in LAB_PROVEN_GONE]
    left = {lab.session_id for lab in worker.leftover_labs}
    prepared = {lab.id for lab in worker.prepared_labs}
    return Records(
        frozenset({*prepared, *left, *(session.id for session in live)}),
        frozenset(session.cml_lab_id for session in live if session.cml_lab_id is not None),
    )


def stands_for_itself(lab_id: str, title: str, known: Records) -> bool:
    """Whether the lab is foreign. A prepared lab keeps its title until the session that has taken it begins on it."""
    return session_id_of(title) not in known.named and lab_id not in known.lab_ids
