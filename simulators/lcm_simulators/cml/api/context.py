"""What a request handler gets: the host that it talks to, who is asking, and what time it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.requests import HTTPConnection

from lcm_simulators.cml.api.event_hub import EventHub
from lcm_simulators.cml.api.tokens import Claims, read_token
from lcm_simulators.cml.device.bank import DeviceBank
from lcm_simulators.cml.model.accounts import User
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.host import Host
from lcm_simulators.cml.model.lab import Lab
from lcm_simulators.cml.model.refusals import Forbidden, NotFound, Unauthenticated

STATE_KEY = "cml_host"
UUID4_PATTERN = r"^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$"


@dataclass(slots=True)
class HostContext:
    """One host with what it needs to answer; travels in the ASGI scope under ``STATE_KEY``."""

    host: Host
    devices: DeviceBank
    hub: EventHub
    clock: Callable[[], float]
    ssh_port: int

    @property
    def now(self) -> float:
        return self.clock()


def host_context(connection: HTTPConnection) -> HostContext:
    return connection.scope["state"][STATE_KEY]


Ctx = Annotated[HostContext, Depends(host_context)]
_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT")


def token_claims(ctx: Ctx, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Claims:
    if credentials is None:
        raise Unauthenticated("No authorization token provided.")
    return read_token(ctx.host, credentials.credentials, ctx.now)


TokenClaims = Annotated[Claims, Depends(token_claims)]


def current_user(ctx: Ctx, claims: TokenClaims) -> User:
    user = ctx.host.accounts.users.get(claims.user_id)
    if user is None:
        raise Unauthenticated("The user of this token does not exist any more.")
    return user


CurrentUser = Annotated[User, Depends(current_user)]


def admin_user(user: CurrentUser) -> User:
    if not user.admin:
        raise Forbidden(f"User {user.username} is not an administrator.")
    return user


Admin = Annotated[User, Depends(admin_user)]
Uuid4 = Annotated[str, Path(pattern=UUID4_PATTERN)]


def requested_lab(ctx: Ctx, user: CurrentUser, lab_id: Uuid4) -> Lab:
    return ctx.host.lab_for(user, lab_id)


TheLab = Annotated[Lab, Depends(requested_lab)]


def requested_node(lab: TheLab, node_id: Uuid4) -> Node:
    return lab.node(node_id)


TheNode = Annotated[Node, Depends(requested_node)]


def annotation_or_404(annotations: dict[str, dict[str, object]], kind: str, identifier: str) -> dict[str, object]:
    if identifier not in annotations:
        raise NotFound(kind, identifier)
    return annotations[identifier]
