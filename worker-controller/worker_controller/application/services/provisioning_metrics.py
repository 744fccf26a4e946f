"""What is measured of workers on their way up."""

from __future__ import annotations

from lcm_core.domain.provisioning import PurchaseOption
from lcm_core.observability.metrics import meter

_meter = meter("worker_controller")
_attempts = _meter.create_counter(
    "lcm_worker_launch_attempts_total",
    description="Launches by outcome (launched, or the code of the refusal) and by purchase option.",
)
_steps = _meter.create_histogram(
    "lcm_worker_provisioning_step_seconds",
    unit="s",
    description="Time of a worker in a step on its way up (LAUNCH, EC2, CML, LICENSE), by template and outcome.",
)
_licences = _meter.create_counter(
    "lcm_worker_license_requests_total", description="Licence requests of operators carried out, by action and outcome."
)
_passwords = _meter.create_counter(
    "lcm_worker_password_changes_total", description="First contacts at which the password of a host was changed."
)


def launch_attempted(purchase: PurchaseOption, outcome: str) -> None:
    _attempts.add(1, {"purchase": purchase.value, "outcome": outcome})


def step_took(step: str, template_name: str, seconds: float, *, failed: bool = False) -> None:
    _steps.record(seconds, {"step": step, "template": template_name, "outcome": "failed" if failed else "done"})


def license_settled(action: str, *, done: bool) -> None:
    _licences.add(1, {"action": action, "outcome": "done" if done else "failed"})


def password_changed() -> None:
    _passwords.add(1)
