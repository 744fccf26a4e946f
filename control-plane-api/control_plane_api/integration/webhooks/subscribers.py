"""Subscriptions with their secrets, and whom aggregates belong to, on MongoDB."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime

from pymongo.read_concern import ReadConcern

from control_plane_api.application.webhooks.addressees import NOBODY, Audience
from control_plane_api.application.webhooks.deliveries import Opened, Subscriber
from control_plane_api.application.webhooks.secrets import SUBSCRIPTION_SECRETS, open_callback, open_secrets
from control_plane_api.domain.entities import read_model_from_document
from lcm_core.domain.errors import LcmError
from lcm_core.domain.read_models import SubscriptionReadModel
from lcm_core.domain.subscriptions import SubscriptionPurpose
from lcm_core.eventstore.collections import Database, Document
from lcm_core.eventstore.store_errors import store_errors
from lcm_core.sealing import NoSealingKey, SealedTextBroken, Vault

_OF_A_SESSION = {
    "user_session": "user_sessions",
    "grading_session": "grading_sessions",
    "score_report": "score_reports",
}
_REMEMBERED = 50_000


class MongoSubscribers:
    """``Subscribers``. Reads with majority: what a subscription is when an event is committed is what counts."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._rows = database["subscriptions"].with_options(read_concern=ReadConcern("majority"))
        self._secrets = database[SUBSCRIPTION_SECRETS].with_options(read_concern=ReadConcern("majority"))
        self._vault = vault

    async def by_ids(self, ids: Sequence[str]) -> Mapping[str, SubscriptionReadModel]:
        if not ids:
            return {}
        return {row.id: row for row in await self._where({"_id": {"$in": list(ids)}})}

    async def filtering(self) -> Sequence[SubscriptionReadModel]:
        return await self._where({"matching": SubscriptionPurpose.FILTER.value})

    async def any_sink(self) -> bool:
        with store_errors("looking for sinks"):
            return await self._rows.find_one({"matching": SubscriptionPurpose.SINK.value}, {"_id": 1}) is not None

    async def with_task(self, task: str) -> Sequence[str]:
        with store_errors("looking for work on subscriptions"):
            return [each["_id"] for each in await self._rows.find({"tasks": task}, {"_id": 1}).to_list()]

    async def with_secrets(self, rows: Sequence[SubscriptionReadModel], at: datetime) -> Mapping[str, Opened]:
        if not rows:
            return {}
        with store_errors("reading secrets of subscriptions"):
            found = await self._secrets.find({"_id": {"$in": [row.id for row in rows]}}).to_list()
        documents = {each["_id"]: each for each in found}
        return {row.id: self._opened(row, documents.get(row.id), at) for row in rows}

    async def subscriber(self, row: SubscriptionReadModel, at: datetime) -> Subscriber:
        opened = (await self.with_secrets([row], at))[row.id]
        if isinstance(opened, LcmError):
            raise opened
        return opened

    def _opened(self, row: SubscriptionReadModel, document: Document | None, at: datetime) -> Opened:
        if document is None:
            return SealedTextBroken("")
        signing = [key.id for key in row.keys if key.signs_at(at)]
        try:
            secrets = tuple(open_secrets(self._vault, document, signing))
            return Subscriber(row, secrets, open_callback(self._vault, document))
        except (NoSealingKey, SealedTextBroken) as error:
            return error

    async def _where(self, matching: Document) -> list[SubscriptionReadModel]:
        with store_errors("reading subscriptions"):
            found = await self._rows.find(matching).to_list()
        return [read_model_from_document(each, SubscriptionReadModel) for each in found]


class MongoAudiences:
    """``Audiences``: one query for each kind, for those that are not remembered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, Audience] = OrderedDict()

    async def of(self, streams: Sequence[str]) -> Mapping[str, Audience]:
        unknown: dict[str, list[str]] = {}
        for stream in streams:
            if stream not in self._known:
                kind, _, id = stream.partition("-")
                unknown.setdefault(kind, []).append(id)
        found = await self._look_up(unknown) if unknown else {}
        self._remember(found)
        return {stream: self._known.get(stream) or found.get(stream, NOBODY) for stream in streams}

    async def _look_up(self, unknown: Mapping[str, Sequence[str]]) -> dict[str, Audience]:
        sessions: dict[str, list[str]] = {}
        for kind, collection in _OF_A_SESSION.items():
            for each in await self._read(collection, unknown.get(kind, ()), "lablet_session_id"):
                sessions.setdefault(each["lablet_session_id"], []).append(f"{kind}-{each['_id']}")
        for id in unknown.get("lablet_session", ()):
            sessions.setdefault(id, []).append(f"lablet_session-{id}")
        bookings: dict[str, list[str]] = {id: [f"reservation-{id}"] for id in unknown.get("reservation", ())}
        found: dict[str, Audience] = {}
        for each in await self._read("lablet_sessions", list(sessions), "reservation_id", "owner_id"):
            streams = sessions[each["_id"]]
            found |= dict.fromkeys(streams, Audience(owner_id=each["owner_id"]))
            if each.get("reservation_id"):
                bookings.setdefault(each["reservation_id"], []).extend(streams)
        for each in await self._read("reservations", list(bookings), "owner_id", "sink_id"):
            found |= dict.fromkeys(bookings[each["_id"]], Audience(each["owner_id"], each.get("sink_id")))
        return found

    async def _read(self, collection: str, ids: Sequence[str], *fields: str) -> list[Document]:
        if not ids:
            return []
        rows = self._database[collection].with_options(read_concern=ReadConcern("majority"))
        with store_errors(f"reading whom {collection} belong to"):
            return await rows.find({"_id": {"$in": list(ids)}}, dict.fromkeys(fields, 1)).to_list()

    def _remember(self, found: Mapping[str, Audience]) -> None:
        self._known.update(found)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
