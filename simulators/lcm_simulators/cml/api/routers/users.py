"""Users."""

from typing import Any

from fastapi import APIRouter, Response

from lcm_simulators.cml.api.context import Admin, Ctx, CurrentUser, Uuid4
from lcm_simulators.cml.api.schemas.accounts import UserCreate, UserResponse, UserUpdate
from lcm_simulators.cml.api.views.account_views import user_view
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.refusals import AccountNotFound, Forbidden, Rejected

router = APIRouter(prefix="/users", tags=["Users"])
EDITABLE = ("fullname", "description", "email", "associations", "resource_pool", "opt_in", "tour_version", "pubkey")


@router.get("", response_model=list[UserResponse])
async def list_users(ctx: Ctx, _: CurrentUser) -> list[dict[str, Any]]:
    return [user_view(ctx.host, user) for user in ctx.host.accounts.users.values()]


@router.post("", response_model=UserResponse, status_code=201)
async def create_user(ctx: Ctx, _: Admin, body: UserCreate) -> dict[str, Any]:
    user = ctx.host.accounts.add_user(body.username, body.password, ctx.now, admin=bool(body.admin))
    _apply(ctx, user, body)
    return user_view(ctx.host, user)


@router.get("/{user_id}", response_model=UserResponse)
async def get_user(ctx: Ctx, _: CurrentUser, user_id: Uuid4) -> dict[str, Any]:
    return user_view(ctx.host, ctx.host.accounts.user(user_id))


@router.patch("/{user_id}", response_model=UserResponse)
async def update_user(ctx: Ctx, caller: CurrentUser, user_id: Uuid4, body: UserUpdate) -> dict[str, Any]:
    user = ctx.host.accounts.user(user_id)
    if not caller.admin and caller.id != user.id:
        raise Forbidden(f"User {caller.username} may only change itself.")
    if body.admin is not None and caller.admin:
        user.admin = body.admin
    if body.password is not None:
        # an administrator sets the passwords of others as it likes, and its own only with the old one
        if (caller.id == user.id or not caller.admin) and not user.accepts(body.password.old_password):
            raise Rejected("The old password is not right.", 403)
        user.set_password(body.password.new_password)
    _apply(ctx, user, body)
    return user_view(ctx.host, user)


def _apply(ctx: Ctx, user: User, body: UserCreate | UserUpdate) -> None:
    for name, value in body.model_dump(include=set(EDITABLE), exclude_unset=True).items():
        setattr(user, name, value)
    if body.groups is not None:
        for group in ctx.host.accounts.groups.values():
            others = [member for member in group.members if member != user.id]
            ctx.host.accounts.set_members(group, [*others, user.id] if group.id in body.groups else others)
    user.modified = ctx.now
    ctx.host.dirty = True


@router.delete("/{user_id}", status_code=204, response_class=Response)
async def delete_user(ctx: Ctx, _: Admin, user_id: Uuid4) -> None:
    ctx.host.accounts.remove_user(user_id)
    ctx.host.dirty = True


@router.get("/{username}/id")
async def user_id_by_name(ctx: Ctx, _: CurrentUser, username: str) -> str:
    user = ctx.host.accounts.user_named(username)
    if user is None:
        raise AccountNotFound("User", username)
    return user.id


@router.get("/{user_id}/groups", deprecated=True)
async def user_groups(ctx: Ctx, _: CurrentUser, user_id: Uuid4) -> list[str]:
    return ctx.host.accounts.user(user_id).groups
