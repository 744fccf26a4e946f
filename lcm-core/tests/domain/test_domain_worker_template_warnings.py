from __future__ import annotations

import pytest

from lcm_core.domain.read_models import WorkerTemplateReadModel
from lcm_core.domain.values import PortRange
from lcm_core.testing.placement_builders import NOW


def a_template(port_range: PortRange) -> WorkerTemplateReadModel:
    return WorkerTemplateReadModel.model_validate(
        {
            "id": "t",
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
            "name": "metal",
            "region": "r",
            "instance_type": "m5zn.metal",
            "ami": {},
            "capacity": {},
            "port_range": port_range,
            "license_type": "PERSONAL",
            "startup_seconds": 900,
            "drain_timeout_seconds": 900,
            "cost_per_hour_usd": 1,
        }
    )


@pytest.mark.parametrize(
    ("first", "last", "warned"), [(2000, 7999, False), (3000, 4000, False), (2000, 9999, True), (1500, 7999, True)]
)
def test_a_range_beyond_what_cml_forwards_by_itself_is_warned_of(first: int, last: int, warned: bool) -> None:
    assert bool(a_template(PortRange(first=first, last=last)).warnings) is warned
