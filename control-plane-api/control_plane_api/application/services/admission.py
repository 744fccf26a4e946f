"""Could a booking ever be served: by a worker made after an enabled template, or by one that exists?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lcm_core.domain.enums import LicenseType
from lcm_core.domain.errors import CapacityRefused
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from lcm_core.domain.values import PortRange, ResourceVector


@dataclass(frozen=True, slots=True)
class Offer:
    """What an empty worker would offer."""

    capacity: ResourceVector
    port_range: PortRange
    license_type: LicenseType


def offer_of_template(template: WorkerTemplateReadModel) -> Offer:
    return Offer(template.capacity, template.port_range, template.license_type)


def offer_of_worker(worker: CMLWorkerReadModel) -> Offer:
    return Offer(worker.declared, worker.port_range, worker.license.type)


def why_not(offer: Offer, needed: ResourceVector, licences: Sequence[LicenseType]) -> str | None:
    """The first reason for which *offer* can never serve; None when it can."""
    if offer.license_type not in licences:
        return "license"
    if offer.port_range.size < needed.ports:
        return "ports"
    return None if offer.capacity.covers(needed) else "capacity"


def require_servable(
    templates: Sequence[Offer], workers: Sequence[Offer], needed: ResourceVector, licences: Sequence[LicenseType]
) -> None:
    """Raises CapacityRefused with the reasons counted when nothing could ever serve."""
    reasons: Counter[str] = Counter()
    for offer in (*templates, *workers):
        reason = why_not(offer, needed, licences)
        if reason is None:
            return
        reasons[reason] += 1
    counted = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common()) or "there are none"
    raise CapacityRefused(
        f"No worker could ever hold this lab: 0/{len(templates)} templates, 0/{len(workers)} workers: {counted}.",
        facts={
            "needed": needed.model_dump(),
            "license_affinity": [licence.value for licence in licences],
            "templates": len(templates),
            "workers": len(workers),
            "reason_counts": dict(reasons),
        },
    )
