"""What the service talks to: clients that connect when they are first used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import httpx2
import structlog
from pymongo import AsyncMongoClient

from control_plane_api.integration.anchors import LogAnchors, anchor_store
from control_plane_api.integration.issuer_probe import probe_issuer
from control_plane_api.settings import ControlPlaneSettings
from lcm_core.clock import Clock
from lcm_core.coordination import EtcdClient
from lcm_core.eventstore.collections import Database, Document
from lcm_core.hosting import wait_for
from lcm_core.integration.aws.calls import AwsCalls
from lcm_core.integration.aws.evidence_objects import EvidenceBucket, EvidenceObjects
from lcm_core.integration.aws.object_store import ObjectStore
from lcm_core.integration.http import new_http_client

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class FarEnds:
    """Clients that connect when they are first used."""

    mongo: AsyncMongoClient[Document]
    database: Database
    etcd: EtcdClient
    http: httpx2.AsyncClient
    aws: AwsCalls
    evidence: EvidenceObjects | None
    anchors: LogAnchors

    @classmethod
    def of(cls, settings: ControlPlaneSettings, clock: Clock) -> Self:
        aws = AwsCalls(endpoint_url=settings.s3_endpoint_url, user_agent=f"lcm-{settings.service_name}")
        store, name = ObjectStore(aws, region=settings.s3_region), settings.evidence_bucket
        mongo: AsyncMongoClient[Document] = AsyncMongoClient(settings.mongo_uri.get_secret_value())
        database = mongo[settings.mongo_database]
        return cls(
            mongo=mongo,
            database=database,
            etcd=EtcdClient.from_settings(settings),
            http=new_http_client(ca_file=settings.http_ca_file),
            aws=aws,
            evidence=EvidenceObjects(store, EvidenceBucket(name)) if name else None,
            anchors=LogAnchors(database, anchor_store(settings, aws, clock)),
        )


async def wait_for_what_is_needed(settings: ControlPlaneSettings, far: FarEnds) -> None:
    """Start order does not matter; raises ``StartupTimeout`` with the reason when the deadline has passed."""
    deadline, issuer = settings.startup_deadline_seconds, settings.oidc_issuer
    await wait_for("MongoDB", lambda: far.mongo.admin.command("ping"), deadline)
    await wait_for(f"etcd at {far.etcd.endpoints}", far.etcd.ping, deadline)
    await wait_for(f"token issuer {issuer}", lambda: probe_issuer(far.http, issuer), deadline)
    if settings.anchor_bucket is None:
        log.warning("log_not_anchored", hint="set CONTROL_PLANE_ANCHOR_BUCKET, so that a rewritten log is found")
