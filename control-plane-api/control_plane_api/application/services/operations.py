"""The aggregates by which the services are steered and long work is kept: found, or begun."""

from __future__ import annotations

from collections.abc import Collection

from control_plane_api.domain.entities import AGGREGATES, Maintenance, Reconciler
from control_plane_api.domain.identities import MAINTENANCE_ID
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.domain.steering import ReconcilerName

MAINTENANCE_PROGRESS = "maintenance_progress"


async def reconciler_for(uow: UnitOfWork, service: ReconcilerName) -> Reconciler:
    found = await uow.find(Reconciler, service.value)
    if found is None:
        found = Reconciler(service.value)
        uow.add(found)
    return found


async def the_maintenance(uow: UnitOfWork) -> Maintenance:
    found = await uow.find(Maintenance, MAINTENANCE_ID)
    if found is None:
        found = Maintenance(MAINTENANCE_ID)
        uow.add(found)
    return found


def require_collections(names: Collection[str]) -> None:
    """Raises InvalidInput naming those that are not there, and those that are."""
    known = sorted(aggregate.collection for aggregate in AGGREGATES)
    unknown = sorted(set(names) - set(known))
    if unknown:
        told = f"there is no collection {', '.join(unknown)}; known are {', '.join(known)}"
        raise InvalidInput([InputProblem("/collections", told)])
