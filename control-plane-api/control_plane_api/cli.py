"""What this package adds to the command line ``lcm``: audit, projections, etcd.

Settings are those of the service: environment variables with the prefix ``CONTROL_PLANE_``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import typer
from pymongo import AsyncMongoClient
from rich.console import Console
from rich.table import Table

from control_plane_api.application.hosted_services.definition_work_publisher import DefinitionsWithWork
from control_plane_api.application.hosted_services.etcd_repair_sweep import rebuild as rebuild_etcd
from control_plane_api.application.hosted_services.reconciler_publisher import KnownReconcilers
from control_plane_api.application.hosted_services.state_publishers import state_publishers
from control_plane_api.application.hosted_services.warm_pool_publisher import LivePools
from control_plane_api.application.live.live_rows import LiveSessions, LiveWorkers
from control_plane_api.application.services.audit_invariants import audit_invariants
from control_plane_api.domain.entities import AGGREGATES
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.integration.anchors import anchor_store
from control_plane_api.integration.read_side import mongo_read_side
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.cli.audit import audit_app as kernel_audit_app
from lcm_core.cli.log_context import LogContext
from lcm_core.cli.projections import projections_app as kernel_projections_app
from lcm_core.clock import SystemClock
from lcm_core.coordination import EtcdClient
from lcm_core.eventstore.collections import Database, Document
from lcm_core.integration.aws.calls import AwsCalls


def audit_app() -> typer.Typer:
    return kernel_audit_app(_open_log)


def projections_app() -> typer.Typer:
    return kernel_projections_app(_open_log)


def etcd_app() -> typer.Typer:
    app = typer.Typer(no_args_is_help=True)

    @app.callback()
    def root() -> None:
        # it keeps this a group, although there is one command
        ...

    @app.command()
    def rebuild() -> None:
        """Compare every key with the database and put right what differs. Safe while the system runs."""
        table = Table("kind", "keys put right")
        for kind, keys in asyncio.run(_rebuild_etcd()).items():
            table.add_row(kind, str(keys))
        Console().print(table)

    _ = (root, rebuild)
    return app


@asynccontextmanager
async def _open_database(settings: ControlPlaneSettings) -> AsyncGenerator[Database]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(settings.mongo_uri.get_secret_value())
    async with client:
        yield client[settings.mongo_database]


@asynccontextmanager
async def _open_log() -> AsyncGenerator[LogContext]:
    settings = ControlPlaneSettings()  # pyright: ignore[reportCallIssue]
    calls = AwsCalls(endpoint_url=settings.s3_endpoint_url, user_agent="lcm-cli")
    async with _open_database(settings) as database, calls as aws:
        anchors = anchor_store(settings, aws, SystemClock())
        yield LogContext(database, EVENTS, AGGREGATES, audit_invariants(), anchors)


async def _rebuild_etcd() -> dict[str, int]:
    settings, clock = ControlPlaneSettings(), SystemClock()  # pyright: ignore[reportCallIssue]
    async with _open_database(settings) as database, EtcdClient.from_settings(settings) as etcd:
        read = mongo_read_side(database, clock)
        sessions = LiveSessions(read.sessions, ended_minutes=settings.stream_ended_minutes, clock=clock)
        workers = LiveWorkers(read.workers)
        definitions, pools = DefinitionsWithWork(read.definitions), LivePools(read.warm_pools)
        reconcilers = KnownReconcilers(read.reconcilers)
        publishers = state_publishers(
            etcd, sessions, workers, definitions, pools, reconcilers, root=settings.etcd_prefix, clock=clock
        )
        return await rebuild_etcd(publishers)
