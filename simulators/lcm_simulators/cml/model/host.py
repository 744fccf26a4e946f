"""One CML host: its labs, accounts, licence and what its nodes claim of the machine."""

import heapq
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from lcm_simulators.cml.model.accounts import ADMIN_ID, Accounts, User
from lcm_simulators.cml.model.admission import Machine, Usage
from lcm_simulators.cml.model.elements import Node
from lcm_simulators.cml.model.lab import Lab, new_id
from lcm_simulators.cml.model.licence import Licence
from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.refusals import Forbidden, NotFound, Rejected
from lcm_simulators.cml.model.states import Change, ChangeKind, ElementType, NodeState

TELEMETRY_LENGTH = 1000


@dataclass(frozen=True, slots=True)
class TelemetryEvent:
    category: str
    at: float
    data: dict[str, Any]


@dataclass(slots=True)
class Host:
    address: str
    hostname: str
    machine: Machine
    policy: HostPolicy
    booted_at: float
    compute_id: str = field(default_factory=new_id)
    labs: dict[str, Lab] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=Accounts)
    licence: Licence = field(default_factory=Licence)
    admission_state: str = "READY"
    maintenance_mode: bool = False
    telemetry_opt_in: bool | None = None
    usage: Usage = field(default_factory=Usage)
    boots_stalled: bool = False
    """Fault: nodes that are started stay STARTED until this is lifted."""
    launch_free_at: float = 0.0
    """When the launch queue takes the next node."""
    outbox: list[Change] = field(default_factory=list)
    """Changes that the outside has not been told yet."""
    dirty_labs: set[str] = field(default_factory=set)
    """Labs changed, or deleted, since the last save."""
    dirty: bool = True
    """Anything but a lab changed since the last save."""
    telemetry: deque[TelemetryEvent] = field(default_factory=lambda: deque(maxlen=TELEMETRY_LENGTH))
    due: list[tuple[float, str, str]] = field(default_factory=list)
    """Heap of (when, lab id, node id) for state changes that happen by themselves."""

    def lab(self, lab_id: str) -> Lab:
        lab = self.labs.get(lab_id)
        if lab is None:
            raise NotFound("Lab", lab_id)
        return lab

    def lab_for(self, user: User, lab_id: str) -> Lab:
        lab = self.lab(lab_id)
        if not self.may_see(user, lab):
            raise Forbidden(f"User {user.username} has no permission on lab {lab_id}.")
        return lab

    def may_see(self, user: User, lab: Lab) -> bool:
        if user.admin or lab.owner_id == user.id:
            return True
        shares = lab.associations["users"], lab.associations["groups"]
        return any(s["id"] == user.id for s in shares[0]) or any(s["id"] in user.groups for s in shares[1])

    def visible_labs(self, user: User, show_all: bool) -> list[Lab]:
        """Own and shared labs; an administrator with ``show_all`` sees everybody's."""
        if show_all and user.admin:
            return list(self.labs.values())
        return [
            lab for lab in self.labs.values() if lab.owner_id == user.id or (not user.admin and self.may_see(user, lab))
        ]

    def add_lab(self, lab: Lab, now: float) -> Lab:
        self.labs[lab.id] = lab
        self.report(lab, ChangeKind.ADD, ElementType.LAB, lab.id, now)
        return lab

    def remove_lab(self, lab: Lab, now: float) -> None:
        if lab.state != NodeState.DEFINED_ON_CORE:
            raise Rejected(
                f"Lab {lab.id} is {lab.state}: stop and wipe it before deleting it.", self.policy.refusal_status
            )
        del self.labs[lab.id]
        self.report(lab, ChangeKind.REMOVE, ElementType.LAB, lab.id, now)

    def report(
        self,
        lab: Lab,
        kind: ChangeKind,
        element_type: ElementType,
        element_id: str,
        now: float,
        state: str | None = None,
        previous: str | None = None,
    ) -> None:
        """Note a change in the journal of the lab and for everyone who listens to the host."""
        change = Change(lab.id, kind, element_type, element_id, now, state, previous)
        lab.record(change)
        self.outbox.append(change)
        self.touch(lab)
        if kind is not ChangeKind.STATE_CHANGED:
            lab.modified = now

    def touch(self, lab: Lab) -> None:
        self.dirty_labs.add(lab.id)

    def schedule(self, lab: Lab, node: Node) -> None:
        if node.due_at is not None:
            heapq.heappush(self.due, (node.due_at, lab.id, node.id))

    @property
    def next_due_at(self) -> float | None:
        """The next moment at which something changes by itself, None when nothing will."""
        moments = [self.due[0][0]] if self.due else []
        if self.licence.status == "IN_PROGRESS" and self.licence.decided_at is not None:
            moments.append(self.licence.decided_at)
        return min(moments, default=None)

    def note(self, category: str, now: float, **data: Any) -> None:
        self.telemetry.append(TelemetryEvent(category, now, data))

    def rebuild_indexes(self) -> None:
        """Recompute what follows from the labs, after they were loaded from disk."""
        self.usage, self.due = Usage(), []
        for lab in self.labs.values():
            for node in lab.nodes.values():
                if node.active:
                    self.usage.add(node)
                self.schedule(lab, node)


def new_host(
    address: str, hostname: str, machine: Machine, policy: HostPolicy, credentials: tuple[str, str], now: float
) -> Host:
    """A freshly installed host with its administrator; ``credentials`` are user name and password."""
    host = Host(address, hostname, machine, policy, booted_at=now)
    admin = host.accounts.add_user(credentials[0], credentials[1], now, admin=True, user_id=ADMIN_ID)
    admin.fullname = "System Administrator"
    return host
