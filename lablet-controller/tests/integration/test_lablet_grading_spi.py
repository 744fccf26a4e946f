from __future__ import annotations

from datetime import UTC, datetime

import pytest

from lablet_controller.application.ports.grading import GradingState
from lablet_controller.integration.services.grading_spi import GradingSpiClient
from lcm_core.contracts.sessions import CommandOutput, DeviceCollection
from lcm_core.domain.errors import InvalidInput

NOW = datetime(2026, 12, 1, tzinfo=UTC)
RULES = {
    "cut_score": 1,
    "sections": [
        {
            "name": "Routing",
            "items": [
                {
                    "name": "OSPF",
                    "device": "R1",
                    "command": "show running-config",
                    "pattern": "^router ospf 1$",
                    "points": 2,
                }
            ],
        }
    ],
}


def evidence(output: str) -> DeviceCollection:
    result = CommandOutput(command="show running-config", output=output, collected_at=NOW)
    return DeviceCollection(node_label="R1", node_definition="iosv", outputs=(result,))


async def test_evidence_becomes_a_score(grading: GradingSpiClient) -> None:
    await grading.synchronize_ruleset("Form 1 abc", RULES)
    ref = await grading.open_session("session-1", "Form 1", "Form 1 abc")
    await grading.submit_pod(ref, [evidence("hostname R1\nrouter ospf 1\nend")])
    await grading.grade(ref)
    while (result := await grading.result(ref)).state is GradingState.GRADING:
        continue
    assert result.score is not None
    assert (result.score.score, result.score.max_score, result.score.passed) == (2, 2, True)
    assert result.score.sections[0].name == "Routing"


async def test_asking_twice_opens_one_session_with_one_part(grading: GradingSpiClient) -> None:
    first = await grading.open_session("session-1", "Form 1", "Form 1 abc")
    assert await grading.open_session("session-1", "Form 1", "Form 1 abc") == first


async def test_rules_that_the_engine_cannot_use_are_refused_with_the_reason(grading: GradingSpiClient) -> None:
    with pytest.raises(InvalidInput, match="sections"):
        await grading.synchronize_ruleset("Form 1 abc", {"cut_score": 1})


async def test_a_device_that_could_not_be_read_goes_with_its_reason(grading: GradingSpiClient) -> None:
    ref = await grading.open_session("session-1", "Form 1", "Form 1 abc")
    missing = CommandOutput(command="show running-config", error="no prompt", collected_at=NOW)
    await grading.synchronize_ruleset("Form 1 abc", RULES)
    await grading.submit_pod(ref, [DeviceCollection(node_label="R1", node_definition="iosv", outputs=(missing,))])
    await grading.grade(ref)
    while (result := await grading.result(ref)).state is GradingState.GRADING:
        continue
    assert result.score is not None
    assert result.score.score == 0
