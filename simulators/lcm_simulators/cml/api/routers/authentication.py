"""Log in, log out, am I logged in."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from lcm_simulators.cml.api.context import Ctx, CurrentUser, TokenClaims
from lcm_simulators.cml.api.schemas.basics import StrictBody, Uuid
from lcm_simulators.cml.api.tokens import issue_token
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.refusals import Forbidden

router = APIRouter(tags=["Authentication"])
REVOKED_KEPT = 1000


class Credentials(StrictBody):
    username: Annotated[str, Field(min_length=1, max_length=32)]
    password: str


class ExtendedAuthentication(StrictBody):
    username: str
    id: Uuid
    token: str
    admin: bool
    error: str | None


def _authenticated(ctx: Ctx, credentials: Credentials) -> tuple[User, str]:
    user = ctx.host.accounts.authenticate(credentials.username, credentials.password)
    if user is None:
        raise Forbidden("Authentication failed!")
    ctx.host.note("user_activity", ctx.now, username=user.username)
    return user, issue_token(ctx.host, user, ctx.now)


@router.post("/authenticate")
async def authenticate(ctx: Ctx, credentials: Credentials) -> str:
    return _authenticated(ctx, credentials)[1]


@router.post("/auth_extended", response_model=ExtendedAuthentication)
async def auth_extended(ctx: Ctx, credentials: Credentials) -> ExtendedAuthentication:
    user, token = _authenticated(ctx, credentials)
    return ExtendedAuthentication(username=user.username, id=user.id, token=token, admin=user.admin, error=None)


@router.get("/authok")
async def authok(_: CurrentUser) -> str:
    return "OK"


@router.delete("/logout")
async def logout(ctx: Ctx, user: CurrentUser, claims: TokenClaims, clear_all_sessions: bool = False) -> bool:
    accounts = ctx.host.accounts
    accounts.revoked_tokens = [*accounts.revoked_tokens[-REVOKED_KEPT:], claims.token_id]
    if clear_all_sessions:
        accounts.tokens_valid_from[user.id] = ctx.now
    ctx.host.dirty = True
    return True
