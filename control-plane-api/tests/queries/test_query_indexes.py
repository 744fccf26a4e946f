"""Every way in which something is looked up is served by an index."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import uuid4

import pytest
from pymongo import AsyncMongoClient

from control_plane_api.application.listings import AUDITED, LISTINGS, Listing
from control_plane_api.domain.metric_history import HistoryPolicy, chart_of
from control_plane_api.integration.identity.web_sessions import MongoWebSessions
from control_plane_api.integration.repositories.indexes import ensure_read_indexes
from control_plane_api.integration.repositories.metric_history import documents_of
from control_plane_api.integration.webhooks.delivery_queue import resting
from lcm_core.clock import SystemClock
from lcm_core.eventstore.collections import Database, Document
from lcm_core.testing.mongo_server import MongoServer

RANGE = {"$gte": "2030-01-01T00:00:00.000000Z", "$lt": "2030-01-02T00:00:00.000000Z"}
NOW = 1_893_456_000.0
SPANS = (3600, 86_400, 30 * 86_400)
TIERS = HistoryPolicy().tiers
QUERIES: list[tuple[str, dict[str, Any]]] = [
    ("lablet_sessions", {"created_at": RANGE}),
    ("lablet_sessions", {"status": "PENDING"}),
    ("lablet_sessions", {"status": "TERMINATED", "status_changed_at": RANGE}),
    ("lablet_sessions", {"promise_risk.since": {"$gt": ""}}),
    ("lablet_sessions", {"owner_id": "o", "created_at": RANGE}),
    ("lablet_sessions", {"worker_id": "w", "created_at": RANGE}),
    ("cml_workers", {"status": "RUNNING"}),
    ("cml_workers", {"status": "RUNNING", "region": "us-east-1"}),
    ("cml_workers", {"status": "RUNNING", "created_at": RANGE}),
    ("cml_workers", {"created_at": RANGE}),
    ("cml_workers", {"drift.what": {"$in": ["memory", "cml_version"]}}),
    ("lablet_definitions", {"created_at": RANGE}),
    ("lablet_definitions", {"status": "ACTIVE", "created_at": RANGE}),
    ("lablet_definitions", {"name": "n", "created_at": RANGE}),
    ("lablet_definitions", {"name": {"$in": ["n", "m"]}}),
    ("lablet_definitions", {"outside_work": {"$in": ["sync", "refresh"]}}),
    ("worker_templates", {"enabled": True}),
    ("reservations", {"created_at": RANGE}),
    ("reservations", {"status": "ACCEPTED", "created_at": RANGE}),
    ("reservations", {"owner_id": "o", "created_at": RANGE}),
    ("reservations", {"timeslot.start": RANGE}),
    ("reservations", {"status": "ACCEPTED", "timeslot.start": RANGE}),
    ("reservations", {"owner_id": "o", "timeslot.start": RANGE}),
    ("reservations", {"external_id": "e", "created_at": RANGE}),
    ("placement_decisions", {"session_id": "s"}),
    ("events", {"metadata.at": RANGE}),
    ("events", {"metadata.actor": "a", "metadata.at": RANGE}),
    ("events", {"metadata.correlation_id": "c", "metadata.at": RANGE}),
    ("events", {"events.type": "lablet_session.scheduled.v1", "metadata.at": RANGE}),
    ("refused_attempts", {"at": RANGE}),
    ("refused_attempts", {"actor": "a", "at": RANGE}),
    ("refused_attempts", {"resource_type": "t", "at": RANGE}),
    ("refused_attempts", {"resource_id": "i", "at": RANGE}),
    ("refused_attempts", {"correlation_id": "c", "at": RANGE}),
    ("scaling_decisions", {"at": RANGE}),
    ("scaling_decisions", {"worker_id": "w", "at": RANGE}),
    ("scaling_decisions", {"region": "us-east-1", "at": RANGE}),
    ("scaling_decisions", {"kind": "drain", "at": RANGE}),
    ("scaling_decisions", {"taken": True, "at": RANGE}),
    ("worker_disruptions", {"at": RANGE}),
    ("warm_starts", {"at": RANGE}),
    ("warm_starts", {"definition_name": "n", "at": RANGE}),
    ("inbound_events", {"received_at": RANGE}),
    ("inbound_events", {"status": "parked", "received_at": RANGE}),
    ("inbound_events", {"type": "lds.session.started", "received_at": RANGE}),
    ("inbound_events", {"session_id": "s", "received_at": RANGE}),
    ("inbound_events", {"parked_for": "s"}),
    ("inbound_events", {"parked_for": {"$in": ["s", "t"]}}),
    ("inbound_events", {"due_at": {"$lte": "2030-01-01T00:00:00.000000Z"}}),
    ("web_sessions", {"subject": "somebody", "live": True}),
    ("web_sessions", {"live": True}),
    ("web_sessions", {"issuer_session": "sid", "live": True}),
    ("subscriptions", {"created_at": RANGE}),
    ("subscriptions", {"owner_id": "o", "created_at": RANGE}),
    ("subscriptions", {"status": "ACTIVE", "created_at": RANGE}),
    ("subscriptions", {"owner_id": "o", "status": "ACTIVE", "created_at": RANGE}),
    ("subscriptions", {"matching": "filter"}),
    ("subscriptions", {"owner_id": "o", "matching": "filter"}),
    ("subscriptions", {"tasks": "validate"}),
    ("outbound_queue", {"lane": {"$in": ["s|t", "s|u"]}}),
    ("outbound_queue", {"subscription_id": "s"}),
    ("outbound_queue", {"subscription_id": "s", "give_up_at": RANGE}),
    ("outbound_queue", resting("s")),
    ("outbound_dead_letters", {"dead_at": RANGE}),
    ("outbound_dead_letters", {"owner_id": "o", "dead_at": RANGE}),
    ("outbound_dead_letters", {"subscription_id": "s", "dead_at": RANGE}),
    ("outbound_dead_letters", {"subscription_id": "s"}),
    ("outbound_attempts", {"subscription_id": "s", "at": RANGE}),
    ("outbound_attempts", {"subscription_id": "s", "outcome": "failed", "at": RANGE}),
    ("notification_log", {"active": True}),
    ("outbound_queue", {"queued_at": {"$gt": ""}}),
    ("subscription_secrets", {"sealed_with": {"$gt": ""}}),
    ("subscription_secrets", {"_id": {"$in": ["s", "t"]}}),
    *(("worker_metric_history", documents_of("w-1", chart_of(TIERS, NOW - span, NOW, None, NOW))) for span in SPANS),
]


@pytest.fixture
async def db(mongo: MongoServer) -> AsyncIterator[Database]:
    client: AsyncMongoClient[Document] = AsyncMongoClient(mongo.uri)
    async with client:
        database = client[f"test_{uuid4().hex[:12]}"]
        await ensure_read_indexes(database)
        await MongoWebSessions(database, session_hours=8, idle_minutes=60, clock=SystemClock()).ensure_indexes()
        yield database
        await client.drop_database(database.name)


def stages(plan: Any) -> set[str]:
    if isinstance(plan, dict):
        own = {plan["stage"]} if isinstance(plan.get("stage"), str) else set()
        return own.union(*(stages(each) for each in plan.values()))
    return set().union(*(stages(each) for each in plan)) if isinstance(plan, list) else set()


async def test_every_query_is_served_by_an_index(db: Database) -> None:
    scanning: list[str] = []
    for collection, query in QUERIES:
        explained = await db[collection].find(query).explain()
        found = stages(explained["queryPlanner"]["winningPlan"])
        if "COLLSCAN" in found or "IXSCAN" not in found:
            scanning.append(f"{collection} {query}: {sorted(found)}")
    assert scanning == []


def combinations(listing: Listing) -> Iterator[dict[str, Any]]:
    """Every set of filters that a list can be asked for with."""
    for some in range(len(listing.filters) + 1):
        for chosen in itertools.combinations(listing.filters.values(), some):
            yield dict.fromkeys(chosen, "x")


@pytest.mark.parametrize("listing", (*LISTINGS, *AUDITED), ids=lambda listing: listing.collection)
async def test_every_filter_and_sort_that_is_offered_reads_a_range_of_an_index(db: Database, listing: Listing) -> None:
    indexes = (await db[listing.collection].index_information()).values()
    keys = [tuple(field for field, _ in index["key"]) for index in indexes]
    leads: set[tuple[str, ...]] = set()
    for name in listing.orders:
        order = listing.order(name)
        for equality in combinations(listing):
            if not listing.offers(order, equality):
                continue
            leads.add((*listing.leading(order, equality), order.field))
    assert leads <= set(keys), "each is an index of its own, so that what it brings is in the order of the list"
    for *leading, instant in leads:
        query = {**dict.fromkeys(leading, "x"), instant: RANGE}
        explained = await db[listing.collection].find(query).explain()
        found = stages(explained["queryPlanner"]["winningPlan"])
        assert "IXSCAN" in found, query
        assert "COLLSCAN" not in found, query


async def test_making_the_indexes_again_changes_nothing(db: Database) -> None:
    before = {name: await db[name].index_information() for name in await db.list_collection_names()}
    await ensure_read_indexes(db)
    assert {name: await db[name].index_information() for name in await db.list_collection_names()} == before


@pytest.mark.parametrize(
    ("collection", "setting"),
    [
        ("placement_decisions", "decision_days"),
        ("inbound_events", "inbound_event_days"),
        ("refused_attempts", "refused_attempt_days"),
        ("notification_log", "notification_days"),
    ],
)
async def test_records_are_kept_for_as_long_as_the_settings_say(db: Database, collection: str, setting: str) -> None:
    for days in (30, 365):
        await ensure_read_indexes(db, **{setting: days})
    kept = [
        index["expireAfterSeconds"]
        for index in (await db[collection].index_information()).values()
        if "expireAfterSeconds" in index
    ]
    assert kept == [365 * 86_400]


async def test_scaling_decisions_are_kept_for_as_long_as_the_settings_say_and_disruptions_as_budgets_count(
    db: Database,
) -> None:
    for days in (30, 90):
        await ensure_read_indexes(db, scaling_days=days)
    kept = {
        name: [
            index["expireAfterSeconds"]
            for index in (await db[name].index_information()).values()
            if "expireAfterSeconds" in index
        ]
        for name in ("scaling_decisions", "scaling_standing", "worker_disruptions")
    }
    assert kept == {
        "scaling_decisions": [90 * 86_400],
        "scaling_standing": [90 * 86_400],
        "worker_disruptions": [31 * 86_400],
    }
