"""Labs on a worker's CML, as the use cases see them.

FarEndError
└── CmlError                what CML said, or that it did not answer
    ├── CmlNotFound         the lab or node is not there (any more)
    ├── CmlRefused          the request contradicts the state or the capacity of the host
    └── CmlAccessDenied     the fleet's credentials are not accepted
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from lcm_core.domain.errors import FarEndError


class LabState(StrEnum):
    DEFINED_ON_CORE = "DEFINED_ON_CORE"
    STOPPED = "STOPPED"
    STARTED = "STARTED"


class NodeState(StrEnum):
    DEFINED_ON_CORE = "DEFINED_ON_CORE"
    STOPPED = "STOPPED"
    STARTED = "STARTED"
    QUEUED = "QUEUED"
    BOOTED = "BOOTED"
    DISCONNECTED = "DISCONNECTED"


NODE_STATES_AT_REST = frozenset({NodeState.STOPPED, NodeState.DEFINED_ON_CORE})


@dataclass(frozen=True, slots=True)
class CmlHost:
    """One worker's CML. *worker_id* names the circuit breaker and the cached login; *address* may change on restart."""

    worker_id: str
    address: str


@dataclass(frozen=True, slots=True)
class HostLab:
    """A lab on a host, whoever made it; *owner* is the name of its user there."""

    lab_id: str
    title: str
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ImportedLab:
    lab_id: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SerialConsole:
    """One serial line of a node; *key* opens it on the console server."""

    line: int
    key: str


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """One file that a node boots with."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class LabNode:
    """A *state* that this release does not know is kept as text."""

    node_id: str
    label: str
    node_definition: str
    state: str
    consoles: tuple[SerialConsole, ...] = ()
    tags: tuple[str, ...] = ()
    cpus: int = 0
    ram_mb: int = 0
    disk_gb: int = 0
    boot_progress: str = ""

    @property
    def converged(self) -> bool:
        """Whether it has come up, as its host says; where that says nothing of its progress, whether it is booted."""
        return self.boot_progress == "Booted" if self.boot_progress else self.state == NodeState.BOOTED


class CmlError(FarEndError):
    """*status* is CML's HTTP status, None when there was no answer."""

    def __init__(
        self, host: CmlHost, message: str, *, retryable: bool, status: int | None = None, code: str = "cml-failed"
    ) -> None:
        super().__init__(
            "cml",
            f"CML at {host.address}: {message}",
            retryable=retryable,
            code=code,
            facts={"worker_id": host.worker_id, "address": host.address, "status": status},
        )
        self.host = host
        self.status = status


class CmlNotFound(CmlError):
    def __init__(self, host: CmlHost, message: str, *, status: int = 404) -> None:
        super().__init__(host, message, retryable=False, status=status, code="cml-not-found")


class CmlRefused(CmlError):
    def __init__(self, host: CmlHost, message: str, *, status: int) -> None:
        super().__init__(host, message, retryable=False, status=status, code="cml-refused")


class CmlAccessDenied(CmlError):
    def __init__(self, host: CmlHost, message: str, *, status: int) -> None:
        super().__init__(host, message, retryable=False, status=status, code="cml-access-denied")


class CmlLabs(Protocol):
    """Every call has a deadline and raises ``CmlError``; calls that may be repeated are retried a few times."""

    async def host_labs(self, host: CmlHost) -> tuple[HostLab, ...]:
        """Every lab on the host."""
        ...

    async def import_lab(self, host: CmlHost, topology: str, title: str) -> ImportedLab:
        """Make a new lab; not idempotent, hence never repeated: look with ``host_labs`` first."""
        ...

    async def rename_lab(self, host: CmlHost, lab_id: str, title: str) -> None: ...

    async def start_lab(self, host: CmlHost, lab_id: str) -> None: ...

    async def lab_state(self, host: CmlHost, lab_id: str) -> LabState: ...

    async def converged(self, host: CmlHost, lab_id: str) -> bool: ...

    async def nodes(self, host: CmlHost, lab_id: str) -> tuple[LabNode, ...]: ...

    async def cpu_usage(self, host: CmlHost, lab_id: str) -> Mapping[str, float]:
        """Percent of its CPUs that each running node is busy, by node id."""
        ...

    async def console_log(self, host: CmlHost, lab_id: str, node_id: str, *, line: int = 0) -> str: ...

    async def extract_configuration(self, host: CmlHost, lab_id: str, node_id: str) -> None:
        """Have CML read the running configuration; it replaces the stored one."""
        ...

    async def stored_configuration(self, host: CmlHost, lab_id: str, node_id: str) -> tuple[ConfigurationFile, ...]: ...

    async def store_configuration(
        self, host: CmlHost, lab_id: str, node_id: str, files: Sequence[ConfigurationFile]
    ) -> None:
        """Replace what the node boots with; refused by some releases while the node runs."""
        ...

    async def stop_lab(self, host: CmlHost, lab_id: str) -> None: ...

    async def wipe_lab(self, host: CmlHost, lab_id: str) -> None: ...

    async def delete_lab(self, host: CmlHost, lab_id: str) -> None: ...

    async def lab_exists(self, host: CmlHost, lab_id: str) -> bool: ...
