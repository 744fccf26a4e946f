from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from pydantic import SecretStr

from control_plane_api.testing.fixtures import etcd, mongo
from control_plane_api.testing.running_control_plane import RunningControlPlane, running_control_plane
from control_plane_api.testing.webhook_receiver import SINK_SECRET, WebhookReceiver, webhook_receiver
from lcm_core.sealing import new_local_entry
from lcm_core.testing.etcd_server import EtcdServer
from lcm_core.testing.mongo_server import MongoServer
from lcm_core.testing.oidc_issuer import oidc_issuer

__all__ = ["etcd", "mongo"]


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def configured_sink() -> AsyncIterator[WebhookReceiver]:
    """What the settings name: it gets every event of every test, and is asked nothing."""
    async with webhook_receiver(allowed_origin=None) as receiver:
        yield receiver


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def service(
    mongo: MongoServer, etcd: EtcdServer, configured_sink: WebhookReceiver
) -> AsyncIterator[RunningControlPlane]:
    """One service for every test of outbound events: receivers are each test's own. Pauses are short, time is not."""
    async with (
        oidc_issuer({}) as issuer,
        running_control_plane(
            mongo,
            etcd,
            issuer,
            sealing_keys=SecretStr(new_local_entry("k1")),
            webhook_allowed_networks=["127.0.0.0/8"],
            webhook_allow_http=True,
            webhook_origin="lcm.test",
            cloudevents_sink_url=configured_sink.url,
            cloudevents_sink_secret=SecretStr(SINK_SECRET),
            webhook_first_pause_seconds=0.02,
            webhook_longest_pause_seconds=0.05,
            webhook_sweep_seconds=0.5,
            webhook_deadline_seconds=5,
        ) as running,
    ):
        yield running
