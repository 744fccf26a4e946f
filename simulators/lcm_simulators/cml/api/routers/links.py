"""Links between interfaces, their conditions and captures."""

import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from lcm_simulators.cml.api.context import Ctx, TheLab, Uuid4
from lcm_simulators.cml.api.schemas.basics import IdOnly, StrictBody
from lcm_simulators.cml.api.schemas.nodes import LinkCondition, LinkCreate, LinkResponse
from lcm_simulators.cml.api.views.node_views import link_view
from lcm_simulators.cml.model.elements import Link
from lcm_simulators.cml.model.refusals import Rejected
from lcm_simulators.cml.model.states import ChangeKind, ElementState, ElementType

router = APIRouter(prefix="/labs/{lab_id}/links", tags=["Links"])
NO_CONTENT: dict[str, Any] = {"status_code": 204, "response_class": Response}


class CaptureRequest(StrictBody):
    maxpackets: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    maxtime: Annotated[int, Field(ge=1, le=86_400)] | None = None
    bpfilter: Annotated[str, Field(max_length=128)] | None = None
    encap: str | None = None


class CaptureStatus(StrictBody):
    config: dict[str, Any] | None
    starttime: str | None
    packetscaptured: int | None


def requested_link(lab: TheLab, link_id: Uuid4) -> Link:
    return lab.link(link_id)


TheLink = Annotated[Link, Depends(requested_link)]


@router.get("", response_model=list[str] | list[LinkResponse])
async def list_links(lab: TheLab, data: bool = False) -> list[Any]:
    return [link_view(lab, link) if data else link.id for link in lab.links.values()]


@router.post("", response_model=IdOnly)
async def create_link(ctx: Ctx, lab: TheLab, body: LinkCreate) -> IdOnly:
    link = lab.add_link(body.src_int, body.dst_int)
    ctx.host.report(lab, ChangeKind.ADD, ElementType.LINK, link.id, ctx.now)
    return IdOnly(id=link.id)


@router.get("/{link_id}", response_model=LinkResponse)
async def get_link(lab: TheLab, link: TheLink) -> dict[str, Any]:
    return link_view(lab, link)


@router.delete("/{link_id}", **NO_CONTENT)
async def delete_link(ctx: Ctx, lab: TheLab, link: TheLink) -> None:
    del lab.links[link.id]
    ctx.host.report(lab, ChangeKind.REMOVE, ElementType.LINK, link.id, ctx.now)


@router.get("/{link_id}/check_if_converged")
async def link_converged(link: TheLink) -> bool:
    return True


@router.put("/{link_id}/state/start", **NO_CONTENT)
async def start_link(ctx: Ctx, lab: TheLab, link: TheLink) -> None:
    _shut(ctx, lab, link, False)


@router.put("/{link_id}/state/stop", **NO_CONTENT)
async def stop_link(ctx: Ctx, lab: TheLab, link: TheLink) -> None:
    _shut(ctx, lab, link, True)


def _shut(ctx: Ctx, lab: TheLab, link: Link, shut: bool) -> None:
    before = lab.link_state(link)
    link.shut = shut
    after = lab.link_state(link)
    if after is not before:
        ctx.host.report(lab, ChangeKind.STATE_CHANGED, ElementType.LINK, link.id, ctx.now, after, before)
    ctx.host.touch(lab)


@router.get("/{link_id}/condition", response_model=LinkCondition, response_model_exclude_unset=True)
async def get_condition(link: TheLink) -> dict[str, Any]:
    return link.condition


@router.patch("/{link_id}/condition", response_model=LinkCondition, response_model_exclude_unset=True)
async def update_condition(ctx: Ctx, lab: TheLab, link: TheLink, condition: LinkCondition) -> dict[str, Any]:
    link.condition = {**link.condition, **condition.model_dump(exclude_unset=True)}
    ctx.host.touch(lab)
    return link.condition


@router.delete("/{link_id}/condition", **NO_CONTENT)
async def delete_condition(ctx: Ctx, lab: TheLab, link: TheLink) -> None:
    if not link.condition:
        raise Rejected(f"Link {link.id} has no condition.")
    link.condition = {}
    ctx.host.touch(lab)


@router.put("/{link_id}/capture/start", response_model=CaptureRequest, response_model_exclude_unset=True)
async def start_capture(ctx: Ctx, lab: TheLab, link: TheLink, request: CaptureRequest) -> CaptureRequest:
    if lab.link_state(link) is not ElementState.STARTED:
        raise Rejected(f"Link {link.id} is {lab.link_state(link)}: only a started link can be captured.")
    if link.capture_key is not None:
        raise Rejected(f"A capture is already running on link {link.id}.")
    link.capture_key = str(uuid.uuid4())
    ctx.host.note("packet_capture", ctx.now, lab_id=lab.id, link_id=link.id)
    ctx.host.touch(lab)
    return request


@router.put("/{link_id}/capture/stop", **NO_CONTENT)
async def stop_capture(ctx: Ctx, lab: TheLab, link: TheLink) -> None:
    if link.capture_key is None:
        raise Rejected(f"No capture is running on link {link.id}.")
    link.capture_key = None
    ctx.host.touch(lab)


@router.get("/{link_id}/capture/status", response_model=CaptureStatus)
async def capture_status(link: TheLink) -> CaptureStatus:
    """No packets are forwarded between simulated nodes: a running capture stays empty."""
    running = link.capture_key is not None
    return CaptureStatus(config={} if running else None, starttime=None, packetscaptured=0 if running else None)


@router.get("/{link_id}/capture/key")
async def capture_key(link: TheLink) -> str:
    if link.capture_key is None:
        raise Rejected(f"No capture is running on link {link.id}.")
    return link.capture_key
