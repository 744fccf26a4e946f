"""Lab files from the wild go through their whole life and come back from a download unchanged."""

import asyncio
import os
from pathlib import Path

import pytest
import virl2_client

from lcm_simulators.cml.testing import RunningHost

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("LCM_TOPOLOGIES", REPOSITORY.parent / "shared" / "topologies"))
FILES = sorted(FOLDER.glob("*.yaml"))


def live(host: RunningHost, file: Path) -> tuple[list[str], bool]:
    """The states on the way, and whether a re-imported download downloads the same again."""
    client = virl2_client.ClientLibrary(host.base_url, host.username, host.password, ssl_verify=host.ca_file)
    lab = client.import_lab(file.read_text(), "from the wild")
    lab.wait_time = 0.05
    lab.start(wait=True)
    states = [*sorted({str(node.state) for node in lab.nodes()}), str(lab.state())]
    lab.stop(wait=True)
    states.append(str(lab.state()))
    lab.wipe(wait=True)
    states.append(str(lab.state()))
    download = lab.download()
    again = client.import_lab(download, "from the wild")
    same = again.download() == download
    lab.remove()
    again.remove()
    return states, same


@pytest.mark.skipif(not FILES, reason=f"no topology files in {FOLDER} (set LCM_TOPOLOGIES to a folder of .yaml files)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_topology_lives_and_downloads_without_loss(cml_host: RunningHost, file: Path) -> None:
    outcome = await asyncio.to_thread(live, cml_host, file)
    assert outcome == (["BOOTED", "STARTED", "STOPPED", "DEFINED_ON_CORE"], True)
