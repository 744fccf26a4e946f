"""The commands of ``lcm`` that work on the control plane's data, as an operator runs them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from control_plane_api.testing.builders import Recorder, a_session, a_worker
from control_plane_api.testing.running_control_plane import RunningControlPlane
from lcm_core.coordination import EtcdClient

LCM = Path(sys.executable).parent / "lcm"


@dataclass
class Shell:
    control_plane: RunningControlPlane

    async def lcm(self, *arguments: str) -> tuple[int, str]:
        """Exit code and everything that was printed."""
        settings = self.control_plane.settings
        environment = {
            **os.environ,
            "CONTROL_PLANE_MONGO_URI": settings.mongo_uri.get_secret_value(),
            "CONTROL_PLANE_MONGO_DATABASE": settings.mongo_database,
            "CONTROL_PLANE_ETCD_ENDPOINTS": ",".join(settings.etcd_endpoints),
            "CONTROL_PLANE_ETCD_PREFIX": settings.etcd_prefix,
            "CONTROL_PLANE_OIDC_ISSUER": settings.oidc_issuer,
        }
        process = await asyncio.create_subprocess_exec(
            LCM, *arguments, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()


@pytest.fixture
async def shell(control_plane: RunningControlPlane) -> AsyncIterator[Shell]:
    await Recorder(control_plane.db).commit(a_session(), a_worker())
    yield Shell(control_plane)


async def test_audit_verify_says_clean_and_then_what_was_changed(shell: Shell) -> None:
    code, output = await shell.lcm("audit", "verify")
    assert (code, "clean" in output) == (0, True), output
    await shell.control_plane.db["lablet_sessions"].update_one({}, {"$set": {"owner_id": "somebody else"}})
    code, output = await shell.lcm("audit", "verify")
    assert (code, "state-differs" in output) == (1, True), output


async def test_projections_rebuild_makes_the_state_again_from_the_log(shell: Shell) -> None:
    states = shell.control_plane.db["lablet_sessions"]
    before = await states.find_one({})
    await states.delete_many({})
    code, output = await shell.lcm("projections", "rebuild")
    assert (code, "Restart every instance of control-plane-api" in " ".join(output.split())) == (0, True), output
    assert await states.find_one({}) == before
    code, output = await shell.lcm("projections", "rebuild", "--fresh")
    assert (code, "Restart" in output) == (0, False), "nothing was put right"


async def test_etcd_rebuild_puts_the_keys_back(shell: Shell) -> None:
    settings = shell.control_plane.settings
    async with EtcdClient(settings.etcd_endpoints) as etcd:
        await etcd.delete_prefix(f"{settings.etcd_prefix}/sessions/")
        code, output = await shell.lcm("etcd", "rebuild")
        found = await etcd.get_prefix(f"{settings.etcd_prefix}/sessions/")
    assert code == 0, output
    assert len(found.items) == 2
