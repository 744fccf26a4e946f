"""Labs: create, look at, start, stop, wipe, delete."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from lcm_simulators.cml.api.context import Ctx, CurrentUser, TheLab
from lcm_simulators.cml.api.schemas.basics import LabElementState
from lcm_simulators.cml.api.schemas.labs import Associations, ConnectorMapping, LabCreate, LabEvent, LabResponse
from lcm_simulators.cml.api.views.lab_views import element_states, event_view, lab_view
from lcm_simulators.cml.model import lifecycle
from lcm_simulators.cml.model.lab import Lab, new_id
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import ChangeKind, ElementState, ElementType

router = APIRouter(prefix="/labs", tags=["Labs"])


@router.get("")
async def list_labs(ctx: Ctx, user: CurrentUser, show_all: bool = False) -> list[str]:
    return [lab.id for lab in ctx.host.visible_labs(user, show_all)]


@router.post("", response_model=LabResponse)
async def create_lab(
    ctx: Ctx, user: CurrentUser, properties: Annotated[LabCreate | None, Body()] = None
) -> dict[str, Any]:
    now = ctx.now
    lab = Lab(new_id(), user.id, "Lab", now, now)
    lab.title = f"Lab {lab.id[:8]}"
    _apply(ctx, lab, properties or LabCreate())
    ctx.host.add_lab(lab, now)
    return lab_view(ctx.host, lab, user)


@router.get("/{lab_id}", response_model=LabResponse)
async def get_lab(ctx: Ctx, lab: TheLab, user: CurrentUser) -> dict[str, Any]:
    return lab_view(ctx.host, lab, user)


@router.patch("/{lab_id}", response_model=LabResponse)
async def update_lab(ctx: Ctx, lab: TheLab, user: CurrentUser, properties: LabCreate) -> dict[str, Any]:
    _apply(ctx, lab, properties)
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.LAB, lab.id, ctx.now)
    return lab_view(ctx.host, lab, user)


def _apply(ctx: Ctx, lab: Lab, properties: LabCreate) -> None:
    lab.title = properties.title or lab.title
    lab.description = lab.description if properties.description is None else properties.description
    lab.notes = lab.notes if properties.notes is None else properties.notes
    if properties.owner is not None:
        lab.owner_id = ctx.host.accounts.user(properties.owner).id
    if properties.associations is not None:
        lab.associations = properties.associations.model_dump()


@router.delete("/{lab_id}", status_code=204, response_class=Response)
async def delete_lab(ctx: Ctx, lab: TheLab) -> None:
    ctx.host.remove_lab(lab, ctx.now)


@router.put("/{lab_id}/start", status_code=204, response_class=Response)
async def start_lab(ctx: Ctx, lab: TheLab) -> None:
    lifecycle.start_lab(ctx.host, lab, ctx.now)


@router.put("/{lab_id}/stop", status_code=204, response_class=Response)
async def stop_lab(ctx: Ctx, lab: TheLab) -> None:
    lifecycle.stop_lab(ctx.host, lab, ctx.now)


@router.put("/{lab_id}/wipe", status_code=204, response_class=Response)
async def wipe_lab(ctx: Ctx, lab: TheLab) -> None:
    lifecycle.wipe_lab(ctx.host, lab, ctx.now)


@router.get("/{lab_id}/state")
async def lab_state(lab: TheLab) -> ElementState:
    return lab.state


@router.get("/{lab_id}/check_if_converged")
async def lab_converged(lab: TheLab) -> bool:
    return lab.converged


@router.get("/{lab_id}/lab_element_state", response_model=LabElementState)
async def lab_element_state(lab: TheLab) -> dict[str, Any]:
    return element_states(lab)


@router.get("/{lab_id}/events", response_model=list[LabEvent])
async def lab_events(lab: TheLab) -> list[dict[str, Any]]:
    return [event_view(change) for change in lab.journal]


@router.get("/{lab_id}/associations", response_model=Associations)
async def get_associations(lab: TheLab) -> dict[str, Any]:
    return lab.associations


@router.patch("/{lab_id}/associations", response_model=Associations)
async def update_associations(ctx: Ctx, lab: TheLab, associations: Associations) -> dict[str, Any]:
    for share in associations.users:
        ctx.host.accounts.user(share.id)
    for share in associations.groups:
        ctx.host.accounts.group(share.id)
    lab.associations = associations.model_dump()
    ctx.host.touch(lab)
    return lab.associations


@router.get("/{lab_id}/connector_mappings", response_model=list[ConnectorMapping])
async def connector_mappings(lab: TheLab) -> list[dict[str, Any]]:
    keys = dict.fromkeys(_used_connectors(lab), "virbr0") | lab.connector_mappings
    return [{"key": key, "device_name": device} for key, device in keys.items()]


@router.patch("/{lab_id}/connector_mappings", response_model=list[ConnectorMapping])
async def update_connector_mappings(ctx: Ctx, lab: TheLab, updates: list[ConnectorMapping]) -> list[dict[str, Any]]:
    running = _used_connectors(lab, running=True)
    for update in updates:
        if update.key in running:
            raise Rejected(f"Connector mapping {update.key} is used by a running node.", 409)
        lab.connector_mappings[update.key] = update.device_name
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.CONNECTOR_MAPPING, lab.id, ctx.now)
    return await connector_mappings(lab)


def _used_connectors(lab: Lab, running: bool = False) -> set[str]:
    return {
        (node.main_configuration() or "NAT").strip()
        for node in lab.nodes.values()
        if node.node_definition == "external_connector" and (node.active or not running)
    }
