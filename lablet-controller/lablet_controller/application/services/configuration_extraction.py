"""The way to a configuration where no console answers: CML reads it, and what it replaced is put back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, ConfigurationFile, LabNode

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Extracted:
    """*note* tells whether the stored configuration is the one from before again."""

    configuration: str
    note: str


class ConfigurationExtraction:
    """CML writes what it reads over the configuration that the node boots with."""

    def __init__(self, labs: CmlLabs) -> None:
        self._labs = labs

    async def extract(self, host: CmlHost, lab_id: str, node: LabNode) -> Extracted:
        """Raises ``CmlError``. Whatever happens meanwhile, the stored configuration is put back before this returns."""
        before = await self._labs.stored_configuration(host, lab_id, node.node_id)
        restoring: asyncio.Task[str] | None = None
        try:
            await self._labs.extract_configuration(host, lab_id, node.node_id)
            after = await self._labs.stored_configuration(host, lab_id, node.node_id)
        finally:
            restoring = asyncio.create_task(self._restore(host, lab_id, node, before))
            await _finish(restoring)
        return Extracted(after[0].content if after else "", restoring.result())

    async def _restore(self, host: CmlHost, lab_id: str, node: LabNode, files: Sequence[ConfigurationFile]) -> str:
        try:
            await self._labs.store_configuration(host, lab_id, node.node_id, files)
        except CmlError as error:
            log.warning("stored_configuration_not_restored", lab_id=lab_id, node=node.label, reason=error.message)
            return (
                "extracted by CML; the stored configuration could not be put back, so the node would boot with the "
                f"learner's: {error.message}"
            )
        return "extracted by CML; the stored configuration was put back"


async def _finish(task: asyncio.Task[str]) -> None:
    """Wait for *task* even when cancelled; its calls have deadlines of their own."""
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
