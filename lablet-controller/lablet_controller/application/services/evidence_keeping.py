"""Evidence on its way into the object store, and out of it again for grading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import orjson
import structlog

from lablet_controller.application.ports.evidence_store import EvidenceStore
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection
from lcm_core.domain.errors import LcmError, NotFound

log = structlog.stdlib.get_logger(__name__)

_AT_ONE_TIME = 8
MOST_INLINE_BYTES = 1_500_000
"""What a report to control-plane-api may hold, as JSON, of texts that no store took: its requests have a limit."""
STORE_SECONDS = 20.0
"""For all texts of a session; collecting has a minute more for handing over than for reading."""

_Change = Callable[[str, CommandOutput], Awaitable[CommandOutput]]


class EvidenceKeeper:
    """Without a *store*, or while it does not answer, texts go with the report, within a limit. Nothing is lost for
    want of a bucket; what had to be cut says so.
    """

    def __init__(self, store: EvidenceStore | None) -> None:
        self._store = store

    async def keep(
        self, session_id: str, devices: Sequence[DeviceCollection], seconds: float = STORE_SECONDS
    ) -> tuple[DeviceCollection, ...]:
        """*devices* with an artefact in the place of each text that the store took within *seconds*."""
        store = self._store
        if store is None:
            return _within_limit(devices)
        given_up, ends = asyncio.Event(), asyncio.get_running_loop().time() + seconds

        async def into_store(label: str, output: CommandOutput) -> CommandOutput:
            if not output.output or given_up.is_set():
                return output
            try:
                async with asyncio.timeout_at(ends):
                    artefact = await store.keep(session_id, label, output.output)
            except (LcmError, TimeoutError) as error:
                why = error.message if isinstance(error, LcmError) else f"it was not done within {seconds:g} s"
                if not given_up.is_set():
                    log.error("evidence_not_stored", session_id=session_id, reason=why)
                given_up.set()
                return output
            return output.model_copy(update={"output": "", "artefact": artefact})

        return _within_limit(await _each_output(devices, into_store))

    async def texts_of(self, devices: Sequence[DeviceCollection]) -> tuple[DeviceCollection, ...]:
        """*devices* with their texts; one that is not kept any more is missing, with the reason.

        Raises ``FarEndError`` when the store does not answer.
        """

        async def out_of_store(_label: str, output: CommandOutput) -> CommandOutput:
            if output.artefact is None:
                return output
            if self._store is None:
                return output.model_copy(update={"error": "it is in an object store, and none is configured"})
            try:
                return output.model_copy(update={"output": await self._store.read(output.artefact)})
            except NotFound as error:
                return output.model_copy(update={"error": f"it is not kept any more: {error.message}"})

        return await _each_output(devices, out_of_store)


async def _each_output(devices: Sequence[DeviceCollection], change: _Change) -> tuple[DeviceCollection, ...]:
    """Side by side, a few at one time; the first error ends the others."""
    at_one_time = asyncio.Semaphore(_AT_ONE_TIME)

    async def one(label: str, output: CommandOutput) -> CommandOutput:
        async with at_one_time:
            return await change(label, output)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [
                [group.create_task(one(device.node_label, output)) for output in device.outputs] for device in devices
            ]
    except* LcmError as errors:
        raise errors.exceptions[0] from None
    return tuple(
        device.model_copy(update={"outputs": tuple(task.result() for task in outputs)})
        for device, outputs in zip(devices, tasks, strict=True)
    )


def _within_limit(devices: Sequence[DeviceCollection]) -> tuple[DeviceCollection, ...]:
    """Short texts whole; of the long ones each as much as there is room for, evenly."""
    sizes = sorted(_bytes(output.output) for device in devices for output in device.outputs if output.output)
    most, left = MOST_INLINE_BYTES, MOST_INLINE_BYTES
    for number, size in enumerate(sizes):
        most = left // (len(sizes) - number)
        if size > most:
            break
        left -= size
    else:
        return tuple(devices)

    def cut(output: CommandOutput) -> CommandOutput:
        size = _bytes(output.output)
        if size <= most:
            return output
        room = len(output.output) * most // size
        told = f"cut: the output has {len(output.output)} characters, {room} could be kept without an object store"
        return output.model_copy(update={"output": output.output[:room], "error": output.error or told})

    return tuple(
        device.model_copy(update={"outputs": tuple(cut(output) for output in device.outputs)}) for device in devices
    )


def _bytes(text: str) -> int:
    """As JSON: control characters, of which consoles are full, take six bytes there."""
    return len(orjson.dumps(text)) - 2
