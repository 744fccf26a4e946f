"""The cloud inside a test."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx2

from lcm_simulators.cloud.app import build
from lcm_simulators.cloud.network import Bootstrap
from lcm_simulators.cloud.settings import CloudSettings
from lcm_simulators.serving import serve_in_thread

_one_at_a_time = threading.Lock()


@dataclass(frozen=True)
class RunningCloud:
    """A served account: the AWS endpoint without trailing slash, and what was prepared in it."""

    url: str
    bootstrap: Bootstrap

    def client(self, service: str) -> Any:
        """A boto3 client; it may be used from a test without a thread, the cloud has one of its own."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=self.bootstrap.region,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )


@contextlib.asynccontextmanager
async def running_cloud(state_dir: Path, **settings: object) -> AsyncIterator[RunningCloud]:
    """Serve the account on a free port; `settings` are those of CloudSettings. Transitions take no time by default.

    Raises RuntimeError when a cloud runs in this process already: moto has one memory per process.
    """
    if not _one_at_a_time.acquire(blocking=False):
        raise RuntimeError("a cloud simulator runs in this process already")
    try:
        merged = CloudSettings.model_validate({"state_dir": state_dir, "transition_seconds": 0.0, **settings})
        serving = serve_in_thread(build(merged))
        url = await asyncio.to_thread(serving.__enter__)
        try:
            async with httpx2.AsyncClient(timeout=10) as http:
                answer = await http.get(f"{url}/_sim/bootstrap")
            yield RunningCloud(url, Bootstrap.model_validate(answer.json()))
        finally:
            await asyncio.to_thread(serving.__exit__, None, None, None)
    finally:
        _one_at_a_time.release()
