"""The faults of a simulator over HTTP."""

from collections.abc import Sequence

from fastapi import APIRouter, HTTPException

from lcm_simulators.faults.model import Fault, FaultSpec, SeenRequest
from lcm_simulators.faults.plan import FaultPlan, UnsupportedFaultError


def faults_router(plan: FaultPlan) -> APIRouter:
    """POST, GET and DELETE /_sim/faults, DELETE /_sim/faults/{id}."""
    router = APIRouter(prefix="/_sim/faults", tags=["faults"])

    @router.post("", status_code=201)
    async def add_fault(spec: FaultSpec) -> Fault:
        try:
            return plan.add(spec)
        except UnsupportedFaultError as error:
            raise HTTPException(status_code=400, detail=str(error)) from error

    @router.get("")
    async def list_faults() -> Sequence[Fault]:
        return plan.list()

    @router.delete("")
    async def clear_faults() -> dict[str, int]:
        return {"removed": plan.clear()}

    @router.get("/seen")
    async def list_seen() -> Sequence[SeenRequest]:
        """The last requests that came in, oldest first: what there is that a fault could strike."""
        return [*plan.seen]

    @router.delete("/seen", status_code=204)
    async def forget_seen() -> None:
        plan.seen.clear()

    @router.delete("/{fault_id}", status_code=204)
    async def remove_fault(fault_id: str) -> None:
        if not plan.remove(fault_id):
            raise HTTPException(status_code=404, detail=f"no fault {fault_id}")

    return router
