"""An EC2 instance and the image it is made from, as far as a worker's life cycle needs them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lcm_core.domain.provisioning import PurchaseOption, RootVolume
from lcm_core.domain.read_models import CMLWorkerReadModel


class Ec2State(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SHUTTING_DOWN = "shutting-down"
    TERMINATED = "terminated"


GONE = frozenset({Ec2State.SHUTTING_DOWN, Ec2State.TERMINATED})
"""States from which an instance never comes back."""
_UP = frozenset({Ec2State.PENDING, Ec2State.RUNNING})


@dataclass(frozen=True, slots=True)
class Ec2Instance:
    """``worker_id``, ``template_name``, ``fleet`` and ``released`` are what its tags say, "" or None when it has none.

    ``released``: a worker stood for it and failed; it was not ours to terminate.
    """

    id: str
    region: str
    state: Ec2State
    image_id: str
    worker_id: str | None = None
    private_ip: str | None = None
    public_ip: str | None = None
    launched_at: datetime | None = None
    state_reason: str = ""
    spot: bool = False
    instance_type: str = ""
    template_name: str = ""
    fleet: str = ""
    released: str = ""


def first_to_keep(instances: Iterable[Ec2Instance]) -> list[Ec2Instance]:
    """Of several instances of one worker, which is the one: those that run before others, then the oldest."""
    return sorted(
        instances, key=lambda each: (each.state not in _UP, each.launched_at is None, each.launched_at, each.id)
    )


@dataclass(frozen=True, slots=True)
class MachineImage:
    id: str
    name: str
    root_device: str | None = None


@dataclass(frozen=True, slots=True)
class LaunchNetwork:
    """A subnet, the security groups of its VPC, and how many addresses are free in it."""

    subnet_id: str
    security_group_ids: tuple[str, ...]
    zone: str = ""
    free_addresses: int = 0


def client_token(worker: CMLWorkerReadModel, attempt: int) -> str:
    """The same for the same attempt of the same worker.

    An id may come again when the records are begun anew for an account; an instance of that time must not be taken for
    this worker's.
    """
    made_at = int(worker.created_at.timestamp() * 1000)
    return f"{worker.id[:36]}-{made_at:x}-{attempt}"


@dataclass(frozen=True, slots=True)
class LaunchOrder:
    """One instance for one worker; asking twice with the same ``token`` gives the same instance.

    ``volume`` is the root volume; ``storage_gb`` its size when the volume says none.
    """

    worker_id: str
    name: str
    template_name: str
    instance_type: str
    image: MachineImage
    network: LaunchNetwork
    storage_gb: int
    token: str
    purchase: PurchaseOption = PurchaseOption.ON_DEMAND
    max_price_usd_per_hour: float | None = None
    volume: RootVolume = field(default_factory=RootVolume)
    tags: Mapping[str, str] = field(default_factory=dict[str, str])
    user_data: str = ""
