"""Groups of users."""

from typing import Any

from fastapi import APIRouter, Response

from lcm_simulators.cml.api.context import Admin, Ctx, CurrentUser, Uuid4
from lcm_simulators.cml.api.schemas.accounts import GroupCreate, GroupResponse, GroupUpdate
from lcm_simulators.cml.api.views.account_views import group_view
from lcm_simulators.cml.model.accounts import Group
from lcm_simulators.cml.model.refusals import AccountNotFound

router = APIRouter(prefix="/groups", tags=["Groups"])


@router.get("", response_model=list[GroupResponse])
async def list_groups(ctx: Ctx, _: CurrentUser) -> list[dict[str, Any]]:
    return [group_view(ctx.host, group) for group in ctx.host.accounts.groups.values()]


@router.post("", response_model=GroupResponse, status_code=201)
async def create_group(ctx: Ctx, _: Admin, body: GroupCreate) -> dict[str, Any]:
    group = ctx.host.accounts.add_group(body.name, ctx.now)
    _apply(ctx, group, body)
    return group_view(ctx.host, group)


@router.get("/{group_id}", response_model=GroupResponse)
async def get_group(ctx: Ctx, _: CurrentUser, group_id: Uuid4) -> dict[str, Any]:
    return group_view(ctx.host, ctx.host.accounts.group(group_id))


@router.patch("/{group_id}", response_model=GroupResponse)
async def update_group(ctx: Ctx, _: Admin, group_id: Uuid4, body: GroupUpdate) -> dict[str, Any]:
    group = ctx.host.accounts.group(group_id)
    group.name = body.name or group.name
    _apply(ctx, group, body)
    return group_view(ctx.host, group)


def _apply(ctx: Ctx, group: Group, body: GroupCreate | GroupUpdate) -> None:
    if body.description is not None:
        group.description = body.description
    if body.members is not None:
        ctx.host.accounts.set_members(group, body.members)
    if body.associations is not None:
        group.associations = [share.model_dump() for share in body.associations]
    group.modified = ctx.now
    ctx.host.dirty = True


@router.delete("/{group_id}", status_code=204, response_class=Response)
async def delete_group(ctx: Ctx, _: Admin, group_id: Uuid4) -> None:
    ctx.host.accounts.remove_group(group_id)
    ctx.host.dirty = True


@router.get("/{name}/id")
async def group_id_by_name(ctx: Ctx, _: CurrentUser, name: str) -> str:
    group = ctx.host.accounts.group_named(name)
    if group is None:
        raise AccountNotFound("Group", name)
    return group.id
