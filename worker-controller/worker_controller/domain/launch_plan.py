"""Where else to try when EC2 has no instance to give: pure rules over what was refused and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcm_core.domain.provisioning import LaunchAttempt, LaunchOutcome, PurchaseOption
from lcm_core.domain.read_models import CMLWorkerReadModel, WorkerTemplateReadModel
from worker_controller.domain.ec2 import LaunchNetwork

MOST_OPTIONS = 40
"""Launches that one round may take."""


class RefusalScope(StrEnum):
    """How far a refusal reaches: what need not be tried either."""

    REQUEST = "exactly this"
    ZONE = "this type, bought this way, in this zone"
    SUBNET = "this subnet"
    PURCHASE = "this type, bought this way"
    SPOT = "every spot instance"


REFUSALS: dict[str, RefusalScope] = {
    "InsufficientInstanceCapacity": RefusalScope.ZONE,
    "InsufficientHostCapacity": RefusalScope.ZONE,
    "InsufficientCapacity": RefusalScope.ZONE,
    "SpotMaxPriceTooLow": RefusalScope.ZONE,
    "Unsupported": RefusalScope.ZONE,
    "UnsupportedHostConfiguration": RefusalScope.ZONE,
    "InsufficientFreeAddressesInSubnet": RefusalScope.SUBNET,
    "VcpuLimitExceeded": RefusalScope.PURCHASE,
    "InstanceLimitExceeded": RefusalScope.PURCHASE,
    "MaxSpotInstanceCountExceeded": RefusalScope.SPOT,
    "SpotInstanceCountExceeded": RefusalScope.SPOT,
    "InvalidAMIID.NotFound": RefusalScope.REQUEST,
    "InvalidAMIID.Unavailable": RefusalScope.REQUEST,
    "IdempotentInstanceTerminated": RefusalScope.REQUEST,
}
"""EC2's codes that mean «not this one»; every other refusal is either passing or final."""

ADVICE: dict[str, str] = {
    "UnauthorizedOperation": "Give the role of worker-controller that permission.",
    "AuthFailure": "Check the AWS credentials of worker-controller.",
    "InvalidClientTokenId": "Check the AWS credentials of worker-controller.",
    "SignatureDoesNotMatch": "Check the AWS credentials of worker-controller.",
    "ExpiredToken": "Renew the AWS credentials of worker-controller.",
    "RequestExpired": "Check the clock of the host of worker-controller, and its AWS credentials.",
    "OptInRequired": "Accept the terms of the image, or enable the region for the account.",
    "Blocked": "The account is blocked: talk to AWS.",
    "InvalidKeyPair.NotFound": "Correct the setting ec2_key_name.",
    "InvalidSubnetID.NotFound": "Correct the subnets of the template.",
    "InvalidGroup.NotFound": "Correct the security groups of the template.",
    "InvalidSecurityGroupID.NotFound": "Correct the security groups of the template.",
}
"""What somebody has to do, by EC2's code; without it, repeating would not help."""


@dataclass(frozen=True, slots=True)
class LaunchOption:
    """One way to get an instance. ``template`` says all that does not differ between its options."""

    template: WorkerTemplateReadModel
    instance_type: str
    purchase: PurchaseOption
    network: LaunchNetwork


def options_of(template: WorkerTemplateReadModel, networks: Sequence[LaunchNetwork]) -> Iterator[LaunchOption]:
    """Subnets first, then the other way to buy, then the other instance types."""
    terms = template.provisioning
    for instance_type in (template.instance_type, *terms.instance_types):
        for purchase in terms.purchase.in_order:
            for network in networks:
                yield LaunchOption(template, instance_type, purchase, network)


def first_open(options: Iterable[LaunchOption], refused: Sequence[LaunchAttempt]) -> LaunchOption | None:
    """The first option that none of *refused* rules out."""
    return next((each for each in options if not any(rules_out(attempt, each) for attempt in refused)), None)


def rules_out(attempt: LaunchAttempt, option: LaunchOption) -> bool:
    """Whether the refusal of *attempt* tells that *option* would be refused, too."""
    scope = REFUSALS.get(attempt.code, RefusalScope.REQUEST)
    same_place = attempt.subnet_id == option.network.subnet_id
    same_zone = same_place or (attempt.zone != "" and attempt.zone == option.network.zone)
    same_type = attempt.instance_type == option.instance_type and attempt.purchase is option.purchase
    if same_type and same_place and attempt.template_name == option.template.name:
        return True
    match scope:
        case RefusalScope.REQUEST:
            return False
        case RefusalScope.ZONE:
            return same_type and same_zone
        case RefusalScope.SUBNET:
            return same_place
        case RefusalScope.PURCHASE:
            return same_type
        case RefusalScope.SPOT:
            return option.purchase is PurchaseOption.SPOT


def not_equivalent(worker: CMLWorkerReadModel, template: WorkerTemplateReadModel) -> str:
    """Why *worker* cannot be made from *template* instead; "" when it can."""
    if not template.enabled:
        return "it is disabled"
    if template.region != worker.region:
        return f"it makes workers in {template.region}"
    if template.license_type is not worker.license.type:
        return f"it is licensed {template.license_type.value}"
    return "" if template.capacity.covers(worker.declared) else "it has less room"


def this_round(attempts: Sequence[LaunchAttempt]) -> list[LaunchAttempt]:
    """The attempts of the round that the last one belongs to."""
    return [each for each in attempts if each.round == attempts[-1].round] if attempts else []


def summary(attempts: Sequence[LaunchAttempt]) -> str:
    """What came of the launches, counted by code, with the last one's own words."""
    refused = [each for each in attempts if each.outcome is LaunchOutcome.REFUSED]
    if not refused:
        return "nothing was refused"
    counted = Counter(each.code for each in refused)
    told = ", ".join(f"{code} ({count})" for code, count in counted.most_common())
    return f"{len(refused)} launches refused: {told}; last: {refused[-1].reason}"
