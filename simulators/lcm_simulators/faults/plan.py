"""The faults in force in one simulator process."""

import asyncio
import random
import re
import uuid
from collections import deque
from collections.abc import Callable, Collection, Sequence

from lcm_simulators.faults.model import (
    ACTION_KINDS,
    EVENT_KINDS,
    REQUEST_KINDS,
    Fault,
    FaultKind,
    FaultMatch,
    FaultSpec,
    SeenRequest,
)

# The way faults are removed must keep working, and a broad fault must not make a launcher think the process is dead.
_CONTROL_PREFIX = "/_sim/"
_HEALTH_PREFIX = "/health/"
_SEEN_KEPT = 5_000


class UnsupportedFaultError(ValueError):
    """This simulator has no place where a fault of that kind could strike."""


class FaultPlan:
    """Faults by id, in order of addition.

    Belongs to one event loop. Faults live in memory: a simulator that is killed comes back healthy.
    """

    def __init__(self, supported: Collection[FaultKind] = REQUEST_KINDS, *, rng: random.Random | None = None) -> None:
        self._supported = frozenset(supported)
        self._faults: dict[str, Fault] = {}
        self._removed: dict[str, asyncio.Event] = {}
        self._rng = rng or random.Random()
        self.seen: deque[SeenRequest] = deque(maxlen=_SEEN_KEPT)
        """The last requests, oldest first."""

    def add(self, spec: FaultSpec) -> Fault:
        """Put a fault in force. Raises UnsupportedFaultError for a kind that could never strike here."""
        if spec.kind not in self._supported:
            raise UnsupportedFaultError(
                f"no fault of kind {spec.kind} here; known: {', '.join(sorted(self._supported))}"
            )
        fault = Fault(id=uuid.uuid4().hex[:12], **spec.model_dump(exclude_unset=True))
        self._faults[fault.id] = fault
        self._removed[fault.id] = asyncio.Event()
        return fault

    def list(self) -> Sequence[Fault]:
        """Every fault not yet removed, exhausted ones included."""
        return [*self._faults.values()]

    def remove(self, fault_id: str) -> bool:
        """Lift one fault and let go of what hangs on it; False when there is none of that id."""
        if self._faults.pop(fault_id, None) is None:
            return False
        self._removed.pop(fault_id).set()
        return True

    def clear(self) -> int:
        """Lift every fault; returns how many there were."""
        ids = [*self._faults]
        for fault_id in ids:
            self.remove(fault_id)
        return len(ids)

    async def wait_removed(self, fault: Fault) -> None:
        """Return once that fault is lifted."""
        if (removed := self._removed.get(fault.id)) is not None:
            await removed.wait()

    def take_for_request(self, method: str, path: str, hosts: Collection[str]) -> Sequence[Fault]:
        """The faults that strike this request, counted as used.

        `hosts` are all names the request was sent to: its Host header and the local address. /_sim/ is never struck,
        /health/ only by a fault that names a path.
        """
        if path.startswith(_CONTROL_PREFIX):
            return []
        if not path.startswith(_HEALTH_PREFIX):
            self.seen.append(SeenRequest(method=method, path=path))

        def strikes(match: FaultMatch) -> bool:
            if match.action is not None or (match.path_regex is None and path.startswith(_HEALTH_PREFIX)):
                return False
            return (
                (match.method is None or match.method.upper() == method.upper())
                and (match.path_regex is None or re.search(match.path_regex, path) is not None)
                and (match.host is None or match.host in hosts)
            )

        return self._take(REQUEST_KINDS, strikes)

    def take_for_event(self, event_type: str) -> Sequence[Fault]:
        """The faults that strike an outgoing event of this type, counted as used."""
        return self._take(
            EVENT_KINDS, lambda match: match.event_type is None or re.search(match.event_type, event_type) is not None
        )

    def take_for_action(self, action: str, client: str = "") -> Sequence[Fault]:
        """The faults that strike this EC2 action of *client*, counted as used; request faults only if they name it."""
        self.seen.append(SeenRequest(method="POST", path="/", action=action, client=client))

        def of_client(match: FaultMatch) -> bool:
            return match.client is None or match.client in client

        errors = self._take({FaultKind.EC2_ERROR}, lambda m: m.action in (None, action) and of_client(m))
        return [*errors, *self._take(ACTION_KINDS, lambda m: m.action == action and of_client(m))]

    def _take(self, kinds: Collection[FaultKind], strikes: Callable[[FaultMatch], bool]) -> Sequence[Fault]:
        taken = []
        for fault in self._faults.values():
            if fault.kind not in kinds or fault.exhausted or not strikes(fault.match):
                continue
            if fault.probability < 1 and self._rng.random() >= fault.probability:
                continue
            taken.append(fault)
        for fault in taken:
            self._faults[fault.id] = fault.model_copy(update={"applied": fault.applied + 1})
        return taken
