"""Does for a definition what is outside: reads its content package, and tells LDS to read it again."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import timedelta

import structlog

from lablet_controller.application.ports.content_source import ContentSource, FetchedPackage
from lablet_controller.application.ports.lds_content import LdsContent
from lablet_controller.application.services.package_layout import content_of, told_by_file
from lcm_core.clock import Clock
from lcm_core.contracts.definitions import ConsumerRefreshed, SyncFailed
from lcm_core.domain.errors import Conflict, DomainError, FarEndError, InvalidInput, LcmError, NotFound
from lcm_core.domain.read_models import LabletDefinitionReadModel
from lcm_core.domain.read_models.content_sync import ConsumerStatus, OutsideWork, SyncProblem
from lcm_core.integration.clients.control_plane_client import ControlPlaneApiClient
from lcm_core.reconcile import Done, Failed, Result

log = structlog.stdlib.get_logger(__name__)

_MOST_PROBLEMS = 100
_LONGEST_REASON = 4000
_LONGEST_PATH, _LONGEST_MESSAGE = 600, 1000
"""What is wrong may quote a name, and a name may be as long as the package."""
_LDS = "lds"


class ContentReconciler:
    """Implements ``Reconciler``; the key is the definition's id.

    A store or an LDS that is away is tried again until *give_up_seconds* after it was asked for; then the reason is
    recorded, and somebody has to ask again. A package that cannot be used is told at once.
    """

    def __init__(
        self,
        control_plane: ControlPlaneApiClient,
        source: ContentSource,
        lds: LdsContent,
        clock: Clock,
        *,
        fetch_seconds: float = 300,
        give_up_seconds: float = 600,
    ) -> None:
        self._definitions = control_plane.definitions
        self._source = source
        self._lds = lds
        self._clock = clock
        self._fetch_seconds = fetch_seconds
        self._give_up = timedelta(seconds=give_up_seconds)

    async def list_keys(self) -> Collection[str]:
        return [definition.id for definition in await self._definitions.with_work()]

    async def reconcile(self, key: str) -> Result:
        try:
            definition = await self._definitions.get(key)
        except NotFound:
            return Done()
        with structlog.contextvars.bound_contextvars(definition_id=key, bucket=definition.content_bucket):
            result: Result = Done()
            if OutsideWork.SYNC in definition.outside_work:
                result = await self._sync(definition)
            if OutsideWork.REFRESH in definition.outside_work:
                refreshed = await self._refresh(definition)
                result = refreshed if isinstance(result, Done) else result
            return result

    async def _sync(self, definition: LabletDefinitionReadModel) -> Result:
        fetched: FetchedPackage | None = None
        try:
            fetched = await self._fetch(definition.content_bucket)
            content = content_of(fetched.entries, fetched.fingerprint)
            await self._definitions.content_synced(definition.id, content)
        except InvalidInput as error:
            told = told_by_file(error, fetched.entries) if fetched is not None else error
            return await self._cannot_be_used(definition, told, fetched)
        except (NotFound, DomainError) as error:
            return await self._record_failure(definition, error, await self._fingerprint(definition))
        except FarEndError as error:
            if error.retryable and not self._given_up(definition):
                return Failed(error.message, outage=True)
            return await self._record_failure(definition, error, "")
        log.info("content_read", files=len(fetched.entries), fingerprint=fetched.fingerprint[:12])
        return Done()

    async def _fetch(self, bucket: str) -> FetchedPackage:
        try:
            async with asyncio.timeout(self._fetch_seconds):
                return await self._source.fetch(bucket)
        except TimeoutError:
            why = f"Bucket {bucket} was not read within {self._fetch_seconds:g} s."
            raise FarEndError("s3", why, retryable=True) from None

    async def _cannot_be_used(
        self, definition: LabletDefinitionReadModel, error: InvalidInput, fetched: FetchedPackage | None
    ) -> Result:
        fingerprint = fetched.fingerprint if fetched is not None else await self._fingerprint(definition)
        problems = tuple(
            SyncProblem(path=each.path[:_LONGEST_PATH], message=each.message[:_LONGEST_MESSAGE])
            for each in error.errors
        )
        return await self._record_failure(definition, error, fingerprint, problems[:_MOST_PROBLEMS])

    async def _record_failure(
        self,
        definition: LabletDefinitionReadModel,
        error: LcmError,
        fingerprint: str,
        problems: tuple[SyncProblem, ...] = (),
    ) -> Result:
        log.warning("content_not_synchronised", reason=error.message)
        failure = SyncFailed(reason=error.message[:_LONGEST_REASON], problems=problems, fingerprint=fingerprint)
        await self._definitions.sync_failed(definition.id, failure)
        return Done()

    async def _fingerprint(self, definition: LabletDefinitionReadModel) -> str:
        """So that a bucket whose content cannot be used is read again only when it has changed; "" when unknown."""
        try:
            return await self._source.fingerprint(definition.content_bucket)
        except LcmError as error:
            log.info("bucket_not_listed", reason=error.message)
            return ""

    async def _refresh(self, definition: LabletDefinitionReadModel) -> Result:
        """FR-2.1.6: with the form-qualified name, awaited, and the answer kept whatever it is."""
        waiting = [each for each in definition.consumers if each.status is ConsumerStatus.PENDING]
        asked = next((each for each in waiting if each.consumer == _LDS), None)
        if asked is None:
            return Done()
        outcomes = tuple(await self._lds.refresh_content(definition.form_qualified_name))
        refused = [f"{each.deployment}: {each.detail}" for each in outcomes if not each.succeeded]
        if refused and self._clock.now() < asked.at + self._give_up:
            return Failed(f"LDS did not refresh {definition.form_qualified_name!r}: {'; '.join(refused)}", outage=True)
        log.info("lds_content_refreshed", form=definition.form_qualified_name, refused=refused)
        try:
            await self._definitions.consumer_refreshed(
                definition.id, ConsumerRefreshed(consumer=_LDS, outcomes=outcomes)
            )
        except (Conflict, DomainError) as error:
            return Failed(error.message)
        return Done()

    def _given_up(self, definition: LabletDefinitionReadModel) -> bool:
        requested_at = definition.sync.requested_at
        return requested_at is None or self._clock.now() >= requested_at + self._give_up
