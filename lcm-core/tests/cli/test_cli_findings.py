"""What a check of the doctor has found is told, whatever becomes of the rest of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from lcm_core.cli.checks.findings import Finding, Patient, Verdict, doubtful, findings_of

PATIENT = cast("Patient", None)


async def breaks(_: Any) -> AsyncIterator[Finding]:
    yield doubtful("letters", "one", "look")
    raise OSError("gone")


async def hangs(_: Any) -> AsyncIterator[Finding]:
    yield doubtful("letters", "one", "look")
    await asyncio.Event().wait()


@pytest.mark.parametrize("check", [breaks, hangs])
async def test_what_was_found_before_a_check_broke_off_is_told(check: Any) -> None:
    found = await findings_of("letters", check, PATIENT, 0.05)
    assert [each.verdict for each in found] == [Verdict.WARNING, Verdict.FAILED]
