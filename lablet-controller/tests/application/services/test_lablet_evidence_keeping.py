"""Texts of evidence: into the store and out of it, and what happens without one."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lablet_controller.application.services.evidence_keeping import MOST_INLINE_BYTES, EvidenceKeeper
from lcm_core.contracts.evidence import artefact_of, manifest_sha256
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection, EvidenceArtefact
from lcm_core.domain.errors import FarEndError, NotFound

NOW = datetime(2030, 1, 1, tzinfo=UTC)


class Store:
    """Implements ``EvidenceStore`` in memory."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.asked = 0
        self.away = False

    async def keep(self, session_id: str, node_label: str, text: str) -> EvidenceArtefact:
        self.asked += 1
        if self.away:
            raise FarEndError("s3", "away", retryable=True)
        made = artefact_of(text).model_copy(update={"key": f"{session_id}/{node_label}/{hash(text)}"})
        self.texts[made.key] = text
        return made

    async def read(self, artefact: EvidenceArtefact) -> str:
        if self.away:
            raise FarEndError("s3", "away", retryable=True)
        if artefact.key not in self.texts:
            raise NotFound("object", artefact.key)
        return self.texts[artefact.key]


def a_device(label: str, *texts: str) -> DeviceCollection:
    outputs = tuple(CommandOutput(command=f"show {n}", output=text, collected_at=NOW) for n, text in enumerate(texts))
    return DeviceCollection(node_label=label, node_definition="iosv", outputs=outputs)


async def test_every_text_goes_into_the_store_and_comes_back_as_it_was() -> None:
    store, devices = Store(), (a_device("R1", "a", "b"), a_device("R2", "", "c"))
    keeper = EvidenceKeeper(store)

    kept = await keeper.keep("s", devices)

    assert [output.output for device in kept for output in device.outputs] == ["", "", "", ""]
    texts = await keeper.texts_of(kept)
    assert [[output.output for output in device.outputs] for device in texts] == [["a", "b"], ["", "c"]]
    assert all(device.was_read for device in kept)


async def test_where_a_text_is_kept_does_not_change_the_hash_of_the_whole() -> None:
    devices = (a_device("R1", "a"), a_device("R2", "b"))
    kept = await EvidenceKeeper(Store()).keep("s", devices)
    assert manifest_sha256(kept) == manifest_sha256(devices)
    assert manifest_sha256(kept) != manifest_sha256((a_device("R1", "a"), a_device("R2", "c")))


async def test_a_store_that_is_away_costs_no_evidence() -> None:
    store = Store()
    store.away = True
    devices = (a_device("R1", *("x" * 10 for _ in range(40))),)
    assert await EvidenceKeeper(store).keep("s", devices) == devices
    assert store.asked <= 8, "it is not asked again for every text"


async def test_a_store_that_never_answers_costs_its_time_and_no_evidence() -> None:
    class Silent(Store):
        async def keep(self, session_id: str, node_label: str, text: str) -> EvidenceArtefact:
            await asyncio.Event().wait()
            raise AssertionError(text)

    devices = (a_device("R1", *("x" for _ in range(40))),)
    assert await EvidenceKeeper(Silent()).keep("s", devices, 0.05) == devices


async def test_a_console_full_of_control_characters_is_counted_as_it_is_sent() -> None:
    (kept,) = await EvidenceKeeper(None).keep("s", (a_device("R1", "\x1b" * MOST_INLINE_BYTES),))
    assert len(json.dumps(kept.outputs[0].output)) <= MOST_INLINE_BYTES + 2


@given(st.lists(st.integers(0, MOST_INLINE_BYTES), max_size=6))
async def test_without_a_store_short_texts_stay_whole_and_the_report_stays_within_its_limit(sizes: list[int]) -> None:
    devices = (a_device("R1", *("x" * size for size in sizes)),)
    [kept] = await EvidenceKeeper(None).keep("s", devices)
    lengths = [len(output.output) for output in kept.outputs]
    assert sum(lengths) <= MOST_INLINE_BYTES
    shares = MOST_INLINE_BYTES // max(1, len(sizes))
    for size, output in zip(sizes, kept.outputs, strict=True):
        assert len(output.output) == size or len(output.output) >= shares
        assert (len(output.output) < size) == (output.error is not None)


async def test_a_text_that_is_not_kept_any_more_is_missing_with_the_reason() -> None:
    store = Store()
    kept = await EvidenceKeeper(store).keep("s", (a_device("R1", "a"),))
    store.texts.clear()
    [device] = await EvidenceKeeper(store).texts_of(kept)
    assert "not kept any more" in (device.outputs[0].error or "")


async def test_a_store_that_is_away_is_no_reason_to_grade_without_evidence() -> None:
    store = Store()
    kept = await EvidenceKeeper(store).keep("s", (a_device("R1", "a", "b"),))
    store.away = True
    with pytest.raises(FarEndError, match="away"):
        await EvidenceKeeper(store).texts_of(kept)
