"""Users and groups."""

from typing import Annotated, Any

from pydantic import Field

from lcm_simulators.cml.api.schemas.basics import StrictBody, Timestamp, Uuid
from lcm_simulators.cml.api.schemas.labs import Share

Username = Annotated[str, Field(min_length=1, max_length=32)]


class PasswordChange(StrictBody):
    old_password: str
    new_password: str


class _UserFields(StrictBody):
    fullname: str | None = Field(default=None, max_length=128)
    description: str | None = Field(default=None, max_length=4096)
    email: str | None = Field(default=None, max_length=128)
    admin: bool | None = None
    groups: list[Uuid] | None = None
    associations: list[Share] | None = None
    resource_pool: Uuid | None = None
    opt_in: bool | None = None
    tour_version: str | None = None
    pubkey: str | None = None


class UserCreate(_UserFields):
    username: Username
    password: str = Field(min_length=1)


class UserUpdate(_UserFields):
    password: PasswordChange | None = None


class UserResponse(StrictBody):
    id: Uuid
    username: str
    fullname: str
    description: str
    email: str
    admin: bool
    groups: list[Uuid]
    associations: list[dict[str, Any]]
    resource_pool: str | None
    opt_in: bool | None
    tour_version: str
    created: Timestamp
    modified: Timestamp
    directory_dn: str
    labs: list[Uuid]
    pubkey_info: str


class GroupCreate(StrictBody):
    name: Annotated[str, Field(min_length=1, max_length=64)]
    description: str | None = None
    members: list[Uuid] | None = None
    associations: list[Share] | None = None


class GroupUpdate(StrictBody):
    name: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    description: str | None = None
    members: list[Uuid] | None = None
    associations: list[Share] | None = None


class GroupLab(StrictBody):
    id: Uuid
    permission: str


class GroupResponse(StrictBody):
    id: Uuid
    name: str
    description: str
    members: list[Uuid]
    labs: list[GroupLab]
    associations: list[dict[str, Any]]
    created: Timestamp
    modified: Timestamp
    directory_dn: str
    directory_exists: bool | None
