"""CML reads a configuration by itself; what it replaced is put back, or said to be gone."""

from __future__ import annotations

import pytest

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.services.configuration_extraction import ConfigurationExtraction
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lcm_simulators.cml.testing import running_cml_host

from ..conftest import CHAIN, PATIENT, cml_access


@pytest.mark.parametrize("may_change_a_running_node", [True, False])
async def test_the_stored_configuration_is_put_back_where_cml_lets_us_and_told_where_not(
    may_change_a_running_node: bool,
) -> None:
    async with running_cml_host(configuration_while_running=may_change_a_running_node) as cml:
        host, labs = CmlHost("worker-1", cml.address), CmlLabsSpi(cml_access(cml), breaker=PATIENT)
        lab = await labs.import_lab(host, CHAIN, "t")
        await labs.start_lab(host, lab.lab_id)
        while not await labs.converged(host, lab.lab_id):
            continue
        [router] = [node for node in await labs.nodes(host, lab.lab_id) if node.label == "R1"]
        before = await labs.stored_configuration(host, lab.lab_id, router.node_id)

        extracted = await ConfigurationExtraction(labs).extract(host, lab.lab_id, router)

        after = await labs.stored_configuration(host, lab.lab_id, router.node_id)
        await labs.aclose()
    assert "router ospf 1" in extracted.configuration.splitlines()
    assert extracted.configuration != before[0].content
    assert (after == before) is may_change_a_running_node
    assert ("could not be put back" in extracted.note) is not may_change_a_running_node
