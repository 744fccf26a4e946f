"""Roles, what they include, and the caller that holds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a caller may do, as written in tokens."""

    ADMIN = "admin"
    """Everything a person may do, settings and corrections included."""
    OPERATOR = "operator"
    """Runs the fleet: workers, sessions, recovery actions."""
    INSTRUCTOR = "instructor"
    """Books and follows sessions of learners."""
    LMS = "lms"
    """A learning management system that books for its learners."""
    VIEWER = "viewer"
    """Looks, changes nothing."""
    SERVICE = "service"
    """Another LCM service."""
    EVENT_SOURCE = "event_source"
    """A far end that sends CloudEvents."""


INCLUDED_ROLES: dict[Role, frozenset[Role]] = {
    Role.ADMIN: frozenset({Role.OPERATOR, Role.INSTRUCTOR, Role.LMS, Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER}),
    Role.INSTRUCTOR: frozenset({Role.VIEWER}),
}
"""Roles that come with a role. None of a person's roles includes those of machines."""


def with_included(roles: frozenset[Role]) -> frozenset[Role]:
    return roles.union(*(INCLUDED_ROLES.get(role, frozenset()) for role in roles))


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller. *roles* are those granted; ``has_any`` also counts what they include."""

    subject: str
    client_id: str
    roles: frozenset[Role]
    name: str

    def has_any(self, *needed: Role) -> bool:
        return not with_included(self.roles).isdisjoint(needed)
