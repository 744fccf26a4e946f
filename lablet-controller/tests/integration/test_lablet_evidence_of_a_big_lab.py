"""The evidence of forty devices, over real sockets, into an object store."""

from __future__ import annotations

from lablet_controller.application.ports.cml_labs import CmlHost
from lablet_controller.application.services.collection_service import CollectionService
from lablet_controller.application.services.evidence_keeping import EvidenceKeeper
from lablet_controller.domain.command_sets import CommandSets
from lablet_controller.integration.services.cml_labs_spi import CmlLabsSpi
from lablet_controller.integration.services.console_spi import CmlConsoleSpi
from lcm_core.clock import SystemClock
from lcm_core.domain.enums import EvidenceSource
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.testing.s3_server import a_bucket_name, s3_server
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.serial_line import SerialLine
from lcm_simulators.cml.testing import RunningHost

KINDS = ("iosv", "iosv", "iosvl2", "csr1000v", "nxosv9000", "asav", "alpine", "iosv")
LEFT = (
    b"enable\rconfigure terminal\rinterface GigabitEthernet0/0\r",
    b"enable\rshow running-config\r",
    b"enable\rcopy running-config startup-config\r",
    b"reloa",
)
NODES = 40


def a_lab_of(count: int) -> str:
    nodes = "".join(
        f"  - id: n{number}\n    label: N{number}\n    node_definition: {KINDS[number % len(KINDS)]}\n"
        f"    x: {number}\n    y: 0\n    configuration: []\n"
        f"    interfaces: [{{id: i0, label: Ethernet0, type: physical, slot: 0}}]\n"
        for number in range(count)
    )
    return f"lab: {{title: big, version: 0.3.0}}\nnodes:\n{nodes}links: []\n"


def line_of(cml: RunningHost, key: str) -> SerialLine:
    found = cml.runtime.devices.find_console(key)
    assert found is not None
    line = cml.runtime.devices.line(*found)
    assert line is not None
    return line


def configurations(cml: RunningHost) -> dict[str, str]:
    """What each router-like device has running and saved."""
    [lab] = cml.runtime.host.labs.values()
    devices = ((node, cml.runtime.devices.device(lab, node)) for node in lab.nodes.values())
    return {
        node.label: f"{device.system.running_config()}\n--\n{device.system.startup}"
        for node, device in devices
        if device is not None and isinstance(device.system, IosDevice)
    }


async def test_every_device_is_read_however_its_console_was_left_and_none_is_changed(
    labs: CmlLabsSpi, consoles: CmlConsoleSpi, cml: RunningHost, cml_host: CmlHost
) -> None:
    lab = await labs.import_lab(cml_host, a_lab_of(NODES), "big")
    await labs.start_lab(cml_host, lab.lab_id)
    while not await labs.converged(cml_host, lab.lab_id):
        continue
    nodes = await labs.nodes(cml_host, lab.lab_id)
    for number, node in enumerate(each for each in nodes if each.node_definition == "iosv"):
        line_of(cml, node.consoles[0].key).receive(LEFT[number % len(LEFT)])
    before = configurations(cml)

    service = CollectionService(labs, consoles, SystemClock())
    found = await service.collect_configs(cml_host, lab.lab_id, CommandSets(), 60)

    assert {device.node_label: device.error for device in found} == {f"N{number}": None for number in range(NODES)}
    assert {output.source for device in found for output in device.outputs} == {
        EvidenceSource.CONSOLE,
        EvidenceSource.CONSOLE_LOG,
    }
    assert configurations(cml) == before
    with s3_server() as url:
        async with AwsCalls(endpoint_url=url) as calls:
            store = EvidenceObjects(ObjectStore(calls), EvidenceBucket(a_bucket_name()))
            kept = await EvidenceKeeper(store).keep("s-1", found)
            assert not any(output.output for device in kept for output in device.outputs)
            assert await EvidenceKeeper(store).texts_of(kept) == tuple(
                device.model_copy(
                    update={
                        "outputs": tuple(
                            output.model_copy(update={"artefact": stored.artefact})
                            for output, stored in zip(device.outputs, stored_device.outputs, strict=True)
                        )
                    }
                )
                for device, stored_device in zip(found, kept, strict=True)
            )
