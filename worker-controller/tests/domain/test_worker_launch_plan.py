"""Where else to try, and where it is no use."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.provisioning import LaunchAttempt, LaunchOutcome, ProvisioningTerms, PurchaseOption
from lcm_core.testing.placement_builders import a_template_row
from worker_controller.domain.ec2 import LaunchNetwork
from worker_controller.domain.launch_plan import REFUSALS, first_open, options_of, rules_out, summary

NETWORKS = tuple(
    LaunchNetwork(f"subnet-{zone}{number}", ("sg-1",), f"us-east-1{zone}") for zone in "ab" for number in (1, 2)
)
TEMPLATE = a_template_row(
    provisioning=ProvisioningTerms.model_validate(
        {"purchase": {"option": "SPOT"}, "instance_types": ["m7i.metal-24xl"]}
    )
)
OPTIONS = tuple(options_of(TEMPLATE, NETWORKS))


def refused(option: Any, code: str, number: int = 1) -> LaunchAttempt:
    return LaunchAttempt(
        number=number,
        at=datetime(2030, 1, 1, tzinfo=UTC),
        template_name=option.template.name,
        instance_type=option.instance_type,
        purchase=option.purchase,
        image_id="ami-1",
        image_name="CML",
        subnet_id=option.network.subnet_id,
        zone=option.network.zone,
        outcome=LaunchOutcome.REFUSED,
        code=code,
        reason=f"{code} there",
    )


def test_subnets_are_tried_before_the_other_purchase_and_that_before_the_other_type() -> None:
    seen = [(option.instance_type, option.purchase, option.network.subnet_id) for option in OPTIONS]
    assert seen[:5] == [
        (TEMPLATE.instance_type, PurchaseOption.SPOT, "subnet-a1"),
        (TEMPLATE.instance_type, PurchaseOption.SPOT, "subnet-a2"),
        (TEMPLATE.instance_type, PurchaseOption.SPOT, "subnet-b1"),
        (TEMPLATE.instance_type, PurchaseOption.SPOT, "subnet-b2"),
        (TEMPLATE.instance_type, PurchaseOption.ON_DEMAND, "subnet-a1"),
    ]
    assert seen[8][0] == "m7i.metal-24xl"


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("InsufficientInstanceCapacity", 14),
        ("Unsupported", 14),
        ("SpotMaxPriceTooLow", 14),
        ("InsufficientFreeAddressesInSubnet", 12),
        ("VcpuLimitExceeded", 12),
        ("InstanceLimitExceeded", 12),
        ("MaxSpotInstanceCountExceeded", 8),
        ("InvalidAMIID.NotFound", 15),
    ],
)
def test_a_refusal_rules_out_what_it_speaks_of(code: str, left: int) -> None:
    assert len(OPTIONS) == 16
    assert len([option for option in OPTIONS if not rules_out(refused(OPTIONS[0], code), option)]) == left


@given(st.lists(st.sampled_from(sorted(REFUSALS)), min_size=16, max_size=16))
def test_a_round_ends_whatever_is_refused_and_asks_for_nothing_twice(codes: list[str]) -> None:
    tried: list[LaunchAttempt] = []
    while (option := first_open(OPTIONS, tried)) is not None:
        tried.append(refused(option, codes[len(tried)], len(tried) + 1))
    places = [(each.instance_type, each.purchase, each.subnet_id) for each in tried]
    assert len(set(places)) == len(places) <= len(OPTIONS)
    assert all(any(rules_out(attempt, option) for attempt in tried) for option in OPTIONS)


def test_the_summary_counts_the_reasons_and_ends_with_the_last_words() -> None:
    attempts = [refused(OPTIONS[number], "VcpuLimitExceeded", number + 1) for number in range(2)]
    attempts.append(refused(OPTIONS[2], "Unsupported", 3))
    assert summary(attempts) == ("3 launches refused: VcpuLimitExceeded (2), Unsupported (1); last: Unsupported there")
