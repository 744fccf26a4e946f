"""The smart licensing agent of a host: registration is asynchronous, features follow from it."""

from dataclasses import dataclass, field
from typing import Any

from lcm_simulators.cml.model.policy import HostPolicy
from lcm_simulators.cml.model.refusals import Rejected

PERSONAL_NODES = {"CML_Personal": 20, "CML_Personal40": 40}
EVALUATION_OVER = "EVAL_EXPIRED"
YEAR_SECONDS = 365 * 86_400.0


@dataclass(slots=True)
class Licence:
    """Registration: NOT_REGISTERED → IN_PROGRESS → COMPLETED or FAILED, decided when ``decided_at`` has passed."""

    product_license: str = "CML_Enterprise"
    status: str = "NOT_REGISTERED"
    token: str | None = None
    attempted_at: float | None = None
    decided_at: float | None = None
    renewed_at: float | None = None
    ssms: str | None = None
    proxy: dict[str, Any] = field(default_factory=lambda: {"server": None, "port": None})
    feature_counts: dict[str, int] = field(default_factory=dict)
    reservation_mode: bool = False
    reservation_code: str | None = None
    confirmation_code: str | None = None
    return_code: str | None = None
    trouble: str | None = None
    """What the licence server has against it, in the words of the authorization status, such as OUT_OF_COMPLIANCE."""

    @property
    def registered(self) -> bool:
        return self.status == "COMPLETED"

    @property
    def is_enterprise(self) -> bool:
        return self.product_license not in PERSONAL_NODES

    def advance(self, now: float, policy: HostPolicy) -> bool:
        """Settle a registration whose time has come; True when the status changed."""
        if self.status != "IN_PROGRESS" or self.decided_at is None or now < self.decided_at:
            return False
        refused = (self.token or "").startswith(policy.rejected_licence_token_prefix)
        self.status = "FAILED" if refused else "COMPLETED"
        self.renewed_at = self.decided_at
        return True

    def register(self, token: str, reregister: bool, now: float, policy: HostPolicy) -> None:
        if self.reservation_mode:
            raise Rejected("Registration cannot be requested in reservation mode.", 409)
        if self.status == "IN_PROGRESS":
            raise Rejected("A registration is already in progress.", 409)
        if self.registered and not reregister:
            raise Rejected("This product instance is already registered; ask for reregister to do it again.", 409)
        self.token, self.status, self.attempted_at = token, "IN_PROGRESS", now
        self.decided_at = now + policy.scaled(policy.licence_registration_seconds)

    def renew(self, now: float) -> None:
        if not self.registered:
            raise Rejected("This product instance is not registered: there is nothing to renew.", 400)
        self.renewed_at = now

    def deregister(self) -> None:
        if self.status == "NOT_REGISTERED":
            raise Rejected("This product instance is not registered.", 400)
        self.status, self.token, self.decided_at, self.renewed_at = "NOT_REGISTERED", None, None, None
        self.feature_counts.clear()

    def set_product_license(self, name: str) -> None:
        if name == self.product_license:
            return
        if self.registered:
            raise Rejected("The product licence cannot be changed while registered: deregister first.", 400)
        if not name.startswith("CML_"):
            raise Rejected(f"Unknown product licence: {name}", 400)
        self.product_license = name

    def authorization(self, policy: HostPolicy) -> str:
        """Its status; a host that may start nodes without registration says EVAL."""
        if self.trouble is not None:
            return self.trouble
        if self.registered:
            return "IN_COMPLIANCE"
        return "EVAL" if policy.evaluation_node_limit > 0 else "INIT"

    def node_limit(self, policy: HostPolicy) -> int:
        """Nodes that may run at the same time."""
        if not self.registered:
            return 0 if self.trouble == EVALUATION_OVER else policy.evaluation_node_limit
        if self.is_enterprise:
            return policy.enterprise_base_nodes + policy.licensed_extra_nodes
        return PERSONAL_NODES.get(self.product_license, policy.personal_node_limit)
