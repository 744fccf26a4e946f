"""What an instance of this fleet is that no live worker stands for, and what somebody can do about it."""

from __future__ import annotations

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.domain.read_models import CMLWorkerReadModel, StrayFinding, StrayKind
from worker_controller.domain.ec2 import Ec2Instance

IMPORT = "Take it in with a template, have it terminated, or leave it as it is: here, or with lcm stray."
_WHAT_TO_DO = {
    StrayKind.UNKNOWN: IMPORT,
    StrayKind.LEFTOVER: "Nothing: it is terminated. If it stays, look at the log of worker-controller.",
    StrayKind.DUPLICATE: "It is terminated once it runs and CML on it says that there is no lab.",
}


def stray_kind(instance: Ec2Instance, worker: CMLWorkerReadModel | None) -> StrayKind | None:
    """*worker* is what its tag says; None when it is that worker's own, or may be."""
    if worker is None:
        return StrayKind.UNKNOWN
    if worker.status is CMLWorkerStatus.TERMINATED or worker.planned:
        # of a planned worker: launched while it was wanted, by a controller that did not live to report it
        return StrayKind.LEFTOVER
    if worker.ec2_instance_id not in (None, instance.id):
        return StrayKind.DUPLICATE
    return None


def stray_finding(instance: Ec2Instance, kind: StrayKind, why_left: str = "") -> StrayFinding:
    if instance.released and not why_left:
        why_left = f"A worker stood for it and failed: {instance.released}"
    return StrayFinding(
        ec2_instance_id=instance.id,
        region=instance.region,
        kind=kind,
        worker_id=instance.worker_id,
        template_name=instance.template_name,
        instance_type=instance.instance_type,
        private_ip=instance.private_ip,
        state=instance.state.value,
        launched_at=instance.launched_at,
        why_left=why_left[:1000],
        what_to_do=_WHAT_TO_DO[kind],
    )
