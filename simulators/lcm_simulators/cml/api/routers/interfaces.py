"""Interfaces of nodes."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lcm_simulators.cml.api.context import Ctx, TheLab, TheNode, Uuid4
from lcm_simulators.cml.api.schemas.basics import InterfaceStateResponse
from lcm_simulators.cml.api.schemas.nodes import InterfaceCreate, InterfaceResponse, InterfaceUpdate
from lcm_simulators.cml.api.views.node_views import interface_view
from lcm_simulators.cml.model.elements import Interface, Node
from lcm_simulators.cml.model.states import ChangeKind, ElementType

router = APIRouter(prefix="/labs/{lab_id}", tags=["Interfaces"])


def requested_interface(lab: TheLab, interface_id: Uuid4) -> tuple[Node, Interface]:
    return lab.interface(interface_id)


TheInterface = Annotated[tuple[Node, Interface], Depends(requested_interface)]


@router.get("/interfaces", response_model=list[InterfaceResponse], response_model_exclude_unset=True)
async def list_interfaces(lab: TheLab, operational: bool = True) -> list[dict[str, Any]]:
    """Newer clients ask for all interfaces of a lab, older servers did not have this."""
    return [interface_view(lab, node, interface, operational) for node, interface in lab.interfaces()]


@router.get(
    "/nodes/{node_id}/interfaces",
    response_model=list[str] | list[InterfaceResponse],
    response_model_exclude_unset=True,
)
async def node_interfaces(lab: TheLab, node: TheNode, data: bool = False, operational: bool | None = None) -> list[Any]:
    if not data:
        return [interface.id for interface in node.interfaces]
    return [interface_view(lab, node, interface, operational) for interface in node.interfaces]


@router.post(
    "/interfaces", response_model=InterfaceResponse | list[InterfaceResponse], response_model_exclude_unset=True
)
async def create_interface(ctx: Ctx, lab: TheLab, body: InterfaceCreate) -> Any:
    """One object without ``slot``; with it a list of the interfaces up to that slot."""
    node = lab.node(body.node)
    before = {interface.id for interface in node.interfaces}
    created = lab.add_interface(node, body.slot)
    if body.mac_address is not None:
        created[-1].mac_address = body.mac_address
    for interface in created:
        if interface.id not in before:
            ctx.host.report(lab, ChangeKind.ADD, ElementType.INTERFACE, interface.id, ctx.now)
    views = [interface_view(lab, node, interface, None) for interface in created]
    return views[0] if body.slot is None else views


@router.get("/interfaces/{interface_id}", response_model=InterfaceResponse, response_model_exclude_unset=True)
async def get_interface(lab: TheLab, found: TheInterface, operational: bool | None = None) -> dict[str, Any]:
    return interface_view(lab, *found, operational)


@router.patch("/interfaces/{interface_id}")
async def update_interface(ctx: Ctx, lab: TheLab, found: TheInterface, body: InterfaceUpdate) -> str:
    interface = found[1]
    if "mac_address" in body.model_fields_set:
        interface.mac_address = body.mac_address
    ctx.host.report(lab, ChangeKind.CHANGE, ElementType.INTERFACE, interface.id, ctx.now)
    return interface.id


@router.delete("/interfaces/{interface_id}", status_code=204, response_class=Response)
async def delete_interface(ctx: Ctx, lab: TheLab, found: TheInterface) -> None:
    lab.remove_interface(found[1].id)
    ctx.host.report(lab, ChangeKind.REMOVE, ElementType.INTERFACE, found[1].id, ctx.now)


@router.get("/interfaces/{interface_id}/state", response_model=InterfaceStateResponse)
async def interface_state(found: TheInterface) -> InterfaceStateResponse:
    node, interface = found
    return InterfaceStateResponse(label=interface.label, state=node.interface_state(interface))


@router.put("/interfaces/{interface_id}/state/start", status_code=204, response_class=Response)
async def start_interface(ctx: Ctx, lab: TheLab, found: TheInterface) -> None:
    _shut(ctx, lab, found, False)


@router.put("/interfaces/{interface_id}/state/stop", status_code=204, response_class=Response)
async def stop_interface(ctx: Ctx, lab: TheLab, found: TheInterface) -> None:
    _shut(ctx, lab, found, True)


def _shut(ctx: Ctx, lab: TheLab, found: tuple[Node, Interface], shut: bool) -> None:
    node, interface = found
    before = node.interface_state(interface)
    interface.shut = shut
    after = node.interface_state(interface)
    if after is not before:
        kind = ChangeKind.STATE_CHANGED
        ctx.host.report(lab, kind, ElementType.INTERFACE, interface.id, ctx.now, after, before)
    ctx.host.touch(lab)
