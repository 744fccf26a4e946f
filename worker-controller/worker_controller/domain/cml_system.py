"""What the CML system API says about a host."""

from __future__ import annotations

from dataclasses import dataclass

from lcm_core.domain.enums import LicenseStatus, LicenseType
from lcm_core.domain.values import PortRange, ResourceVector, WorkerLicense

_BYTES_PER_GB = 1024**3


@dataclass(frozen=True, slots=True)
class CmlInformation:
    """``ready`` says that nodes can be started; ``version`` looks like "2.9.1+build.7"."""

    version: str
    ready: bool


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes."""

    used: float
    total: float

    @property
    def percent(self) -> float | None:
        return round(100 * self.used / self.total, 1) if self.total > 0 else None


@dataclass(frozen=True, slots=True)
class CmlStats:
    """Totals over all computes of the host."""

    cpu_cores: int
    cpu_percent: float
    memory: Space
    disk: Space
    nodes_running: int

    def measured(self, node_limit: int, port_range: PortRange) -> ResourceVector:
        """Whole units that the host has, rounded down."""
        return ResourceVector(
            cpu_cores=self.cpu_cores,
            memory_gb=int(self.memory.total // _BYTES_PER_GB),
            storage_gb=int(self.disk.total // _BYTES_PER_GB),
            nodes=node_limit,
            ports=port_range.size,
        )


@dataclass(frozen=True, slots=True)
class CmlLicensing:
    """The parts of GET /licensing that decide; statuses are CML's own words."""

    registration: str
    authorization: str
    product: str
    extra_nodes: int = 0
    failure: str = ""
    """What the licensing agent says of the last registration; "OK" after a success."""

    def as_worker_license(self, wanted: LicenseType) -> WorkerLicense:
        """What to record for a worker that is to run under a *wanted* licence."""
        status = self._status()
        kind = LicenseType.EVALUATION if status is LicenseStatus.EVALUATION else self._type(wanted)
        base = BASE_NODES.get(self.product, BASE_NODES[PRODUCTS[kind]])
        limit = base + self.extra_nodes if status in (LicenseStatus.REGISTERED, LicenseStatus.EVALUATION) else 0
        return WorkerLicense(type=kind, status=status, node_limit=limit)

    @property
    def told(self) -> str:
        """CML's own words."""
        said = f"registration {self.registration}, authorization {self.authorization}, product {self.product}"
        return f"{said}: {self.failure}" if self.failure and self.registration != "COMPLETED" else said

    def _type(self, wanted: LicenseType) -> LicenseType:
        if self.registration != "COMPLETED":
            return wanted
        return LicenseType.PERSONAL if self.product.startswith("CML_Personal") else LicenseType.ENTERPRISE

    def _status(self) -> LicenseStatus:
        if self.registration == "COMPLETED":
            return _REGISTERED_AS.get(self.authorization, LicenseStatus.REGISTERED)
        if self.authorization in _UNREGISTERED_AS:
            return _UNREGISTERED_AS[self.authorization]
        return _REGISTRATION_AS.get(self.registration, LicenseStatus.UNREGISTERED)


PRODUCTS: dict[LicenseType, str] = {
    LicenseType.PERSONAL: "CML_Personal",
    LicenseType.ENTERPRISE: "CML_Enterprise",
    LicenseType.EVALUATION: "CML_Enterprise",
}
"""CML's name of the product licence for each type."""

BASE_NODES: dict[str, int] = {"CML_Personal": 20, "CML_Personal40": 40, "CML_Enterprise": 20}
"""Nodes that a product licence covers by itself; expansion licences add to it."""

LAB_ACTIVITY = frozenset(
    {
        "import_lab",
        "export_lab",
        "start_lab",
        "stop_lab",
        "queue_node",
        "start_node",
        "stop_node",
        "wipe_node",
        "packet_capture",
    }
)
"""Telemetry that shows a lab in use. Log-ins are not among it: this service logs in itself."""

_REGISTERED_AS = {
    "OUT_OF_COMPLIANCE": LicenseStatus.INVALID,
    "AUTHORIZATION_EXPIRED": LicenseStatus.EXPIRED,
    "EXPIRED": LicenseStatus.EXPIRED,
}
_UNREGISTERED_AS = {
    "EVAL": LicenseStatus.EVALUATION,
    "EVALUATION": LicenseStatus.EVALUATION,
    "EVAL_EXPIRED": LicenseStatus.EXPIRED,
}
_REGISTRATION_AS = {
    "IN_PROGRESS": LicenseStatus.REGISTERING,
    "RETRY": LicenseStatus.REGISTERING,
    "FAILED": LicenseStatus.INVALID,
}
