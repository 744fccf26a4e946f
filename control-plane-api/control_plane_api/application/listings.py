"""What each list can be filtered and sorted by: data for the routes, the queries, the indexes and their test.

Every list is in the order of an instant that all its rows have; that is what lets a cursor be exact and a page be read
from an index however long the list is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcm_core.domain.errors import InputProblem, InvalidInput

_NEWEST_FIRST = "-"


@dataclass(frozen=True, slots=True)
class Listing:
    """*filters* by parameter: the stored field, the most selective first. *instants* by name: the stored field.

    *indexed* tells for an instant which filters have an index together with it; a query leads with the first of these
    that is given and looks at the other filters on the way. *needs* names the filter without which an instant is not
    offered.
    """

    collection: str
    filters: Mapping[str, str]
    instants: Mapping[str, str]
    indexed: Mapping[str, Sequence[str]]
    needs: Mapping[str, str]

    @property
    def orders(self) -> tuple[str, ...]:
        """Values of `sort`: each instant, newest first with a minus and oldest first without."""
        return tuple(order for instant in self.instants for order in (f"{_NEWEST_FIRST}{instant}", instant))

    def order(self, wanted: str) -> Order:
        """Raises ``InvalidInput`` for an order that is not one of ``orders``."""
        if wanted not in self.orders:
            told = f"{wanted[:40]!r} is not an order of this list; it has {', '.join(self.orders)}"
            raise InvalidInput([InputProblem("/sort", told, "query")], what="request")
        return Order(self.instants[wanted.removeprefix(_NEWEST_FIRST)], newest_first=wanted.startswith(_NEWEST_FIRST))

    def offers(self, order: Order, equality: Mapping[str, Any]) -> bool:
        """Whether *equality* holds the filter that *order* needs, if it needs one."""
        needed = self.needs.get(self._name(order))
        return needed is None or self.filters[needed] in equality

    def check(self, order: Order, equality: Mapping[str, Any]) -> None:
        """Raises ``InvalidInput`` when *order* needs a filter that *equality* has not."""
        if not self.offers(order, equality):
            name = self._name(order)
            told = f"{name!r} can be sorted by together with the filter {self.needs[name]!r} only"
            raise InvalidInput([InputProblem("/sort", told, "query")], what="request")

    def _name(self, order: Order) -> str:
        return next(name for name, field in self.instants.items() if field == order.field)

    def leading(self, order: Order, equality: Mapping[str, Any]) -> dict[str, Any]:
        """The part of *equality* that an index serves together with the instant of *order*: one field or none."""
        for parameter in self.filters:
            field = self.filters[parameter]
            if field in equality and parameter in self.indexed[order.field]:
                return {field: equality[field]}
        return {}


@dataclass(frozen=True, slots=True)
class Order:
    """By which stored instant, and which end comes first."""

    field: str
    newest_first: bool = True


SESSIONS = Listing(
    collection="lablet_sessions",
    filters={
        "username": "candidate.username",
        "worker_id": "worker_id",
        "definition_id": "definition_id",
        "owner_id": "owner_id",
        "status": "status",
    },
    instants={"created_at": "created_at", "status_changed_at": "status_changed_at"},
    indexed={"created_at": ("username", "worker_id", "definition_id", "owner_id"), "status_changed_at": ("status",)},
    needs={"status_changed_at": "status"},
)
WORKERS = Listing(
    collection="cml_workers",
    filters={"template": "template_name", "region": "region", "status": "status"},
    instants={"created_at": "created_at"},
    indexed={"created_at": ("template", "region", "status")},
    needs={},
)
DEFINITIONS = Listing(
    collection="lablet_definitions",
    filters={"name": "name", "status": "status"},
    instants={"created_at": "created_at"},
    indexed={"created_at": ("name", "status")},
    needs={},
)
RESERVATIONS = Listing(
    collection="reservations",
    filters={
        "external_id": "external_id",
        "definition_id": "definition_id",
        "owner_id": "owner_id",
        "status": "status",
    },
    instants={"created_at": "created_at", "start": "timeslot.start"},
    indexed={
        "created_at": ("external_id", "definition_id", "owner_id", "status"),
        "timeslot.start": ("external_id", "definition_id", "owner_id", "status"),
    },
    needs={},
)
SCALING_DECISIONS = Listing(
    collection="scaling_decisions",
    filters={"worker_id": "worker_id", "region": "region", "kind": "kind", "taken": "taken"},
    instants={"at": "at"},
    indexed={"at": ("worker_id", "region", "kind", "taken")},
    needs={},
)
INBOUND_EVENTS = Listing(
    collection="inbound_events",
    filters={"session_id": "session_id", "status": "status", "type": "type"},
    instants={"received_at": "received_at"},
    indexed={"received_at": ("session_id", "status", "type")},
    needs={},
)
PLACEMENT_DECISIONS = Listing(
    collection="placement_decisions",
    filters={"session_id": "session_id", "worker_id": "worker_id", "outcome": "outcome"},
    instants={"at": "at"},
    indexed={"at": ("session_id", "worker_id", "outcome")},
    needs={},
)
AUDIT_CHANGES = Listing(
    collection="events",
    filters={
        "correlation_id": "metadata.correlation_id",
        "actor": "metadata.actor",
        "event_type": "events.type",
        "resource_type": "kind",
    },
    instants={"at": "metadata.at"},
    indexed={"metadata.at": ("correlation_id", "actor", "event_type")},
    needs={},
)
AUDIT_REFUSALS = Listing(
    collection="refused_attempts",
    filters={
        "correlation_id": "correlation_id",
        "resource_id": "resource_id",
        "actor": "actor",
        "resource_type": "resource_type",
    },
    instants={"at": "at"},
    indexed={"at": ("correlation_id", "resource_id", "actor", "resource_type")},
    needs={},
)
AUDITED = (AUDIT_CHANGES, AUDIT_REFUSALS)
"""Read together as one list, newest first."""
SUBSCRIPTIONS = Listing(
    collection="subscriptions",
    filters={"owner_id": "owner_id", "status": "status"},
    instants={"created_at": "created_at"},
    indexed={"created_at": ("owner_id", "status")},
    needs={},
)
DELIVERIES = Listing(
    collection="outbound_attempts",
    filters={"subscription_id": "subscription_id", "outcome": "outcome"},
    instants={"at": "at"},
    indexed={"at": ("subscription_id",)},
    needs={"at": "subscription_id"},
)
OUTBOUND_DEAD_LETTERS = Listing(
    collection="outbound_dead_letters",
    filters={"subscription_id": "subscription_id", "owner_id": "owner_id"},
    instants={"dead_at": "dead_at"},
    indexed={"dead_at": ("subscription_id", "owner_id")},
    needs={},
)
NOTIFICATIONS = Listing(
    collection="notification_log",
    filters={
        "subject_id": "subject.id",
        "kind": "kind",
        "status": "status",
        "severity": "severity",
        "active": "active",
    },
    instants={"opened_at": "opened_at"},
    indexed={"opened_at": ("subject_id", "kind", "status", "severity", "active")},
    needs={},
)
LISTINGS = (
    SESSIONS,
    WORKERS,
    DEFINITIONS,
    RESERVATIONS,
    SCALING_DECISIONS,
    INBOUND_EVENTS,
    PLACEMENT_DECISIONS,
    SUBSCRIPTIONS,
    DELIVERIES,
    OUTBOUND_DEAD_LETTERS,
    NOTIFICATIONS,
)
