"""Users and groups of one host."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Any

from lcm_simulators.cml.model.lab import new_id
from lcm_simulators.cml.model.refusals import AccountNotFound, Rejected

ADMIN_ID = "00000000-0000-4000-a000-000000000000"
HASH_ROUNDS = 1000
"""Low on purpose: these accounts guard simulated devices, and hundreds of logins a minute must stay cheap."""


def _digest(password: str, salt: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), HASH_ROUNDS).hex()


@dataclass(slots=True)
class User:
    id: str
    username: str
    salt: str
    password_hash: str
    created: float
    modified: float
    admin: bool = False
    fullname: str = ""
    description: str = ""
    email: str = ""
    groups: list[str] = field(default_factory=list)
    associations: list[dict[str, Any]] = field(default_factory=list)
    resource_pool: str | None = None
    opt_in: bool | None = None
    tour_version: str = ""
    pubkey: str = ""

    def accepts(self, password: str) -> bool:
        return hmac.compare_digest(self.password_hash, _digest(password, self.salt))

    def set_password(self, password: str) -> None:
        self.salt = secrets.token_hex(8)
        self.password_hash = _digest(password, self.salt)


@dataclass(slots=True)
class Group:
    id: str
    name: str
    created: float
    modified: float
    description: str = ""
    members: list[str] = field(default_factory=list)
    associations: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Accounts:
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    token_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    revoked_tokens: list[str] = field(default_factory=list)
    """Ids of tokens that were logged out before they expired."""
    tokens_valid_from: dict[str, float] = field(default_factory=dict)
    """By user id: older tokens were revoked together ("clear all sessions")."""

    def user(self, user_id: str) -> User:
        if user_id not in self.users:
            raise AccountNotFound("User", user_id)
        return self.users[user_id]

    def group(self, group_id: str) -> Group:
        if group_id not in self.groups:
            raise AccountNotFound("Group", group_id)
        return self.groups[group_id]

    def user_named(self, username: str) -> User | None:
        return next((user for user in self.users.values() if user.username == username), None)

    def group_named(self, name: str) -> Group | None:
        return next((group for group in self.groups.values() if group.name == name), None)

    def authenticate(self, username: str, password: str) -> User | None:
        user = self.user_named(username)
        return user if user and user.accepts(password) else None

    def add_user(
        self, username: str, password: str, now: float, *, admin: bool = False, user_id: str | None = None
    ) -> User:
        if self.user_named(username):
            raise Rejected(f"User already exists: {username}.")
        salt = secrets.token_hex(8)
        user = User(user_id or new_id(), username, salt, _digest(password, salt), now, now, admin=admin)
        self.users[user.id] = user
        return user

    def remove_user(self, user_id: str) -> None:
        user = self.user(user_id)
        if user.id == ADMIN_ID:
            raise Rejected("The built-in administrator cannot be deleted.")
        for group in self.groups.values():
            group.members = [member for member in group.members if member != user_id]
        del self.users[user_id]

    def add_group(self, name: str, now: float) -> Group:
        if self.group_named(name):
            raise Rejected(f"Group already exists: {name}.")
        group = Group(new_id(), name, now, now)
        self.groups[group.id] = group
        return group

    def set_members(self, group: Group, members: list[str]) -> None:
        for member in members:
            self.user(member)
        group.members = list(members)
        for user in self.users.values():
            wanted = user.id in members
            user.groups = [g for g in user.groups if g != group.id] + ([group.id] if wanted else [])

    def remove_group(self, group_id: str) -> None:
        self.set_members(self.group(group_id), [])
        del self.groups[group_id]
