"""Limits and extra steps of a definition: checked when it is made, and taken over by who books it."""

from __future__ import annotations

from typing import Any

import pytest

from control_plane_api.application.commands.system_settings.update_system_settings_command import (
    UpdateSystemSettingsCommand,
)
from control_plane_api.domain.events.system_settings_events import FleetPolicy
from control_plane_api.testing.command_world import CommandWorld
from lcm_core.domain.delivery_terms import PushConfiguration, WaitForPrompt, WaitingLimits
from lcm_core.domain.errors import InvalidInput
from lcm_core.domain.read_models import LabletSessionReadModel

PUSH = PushConfiguration(node_label="r1", lines=("hostname EDGE",))


async def booked(
    world: CommandWorld, booking: dict[str, Any] | None = None, **definition: Any
) -> LabletSessionReadModel:
    await world.a_template()
    await world.a_ready_worker()
    return await world.session(await world.a_pending_session(await world.a_definition(**definition), **(booking or {})))


async def test_a_session_has_the_limits_and_extra_steps_of_its_definition(world: CommandWorld) -> None:
    extras = (WaitForPrompt(node_labels=("r2",)), PUSH)
    session = await booked(world, limits=WaitingLimits(grading_seconds=60), extra_steps=extras)
    assert session.limits == WaitingLimits(grading_seconds=60)
    assert session.extra_steps == extras


async def test_what_a_definition_does_not_limit_the_system_settings_of_the_time_of_booking_do(
    world: CommandWorld,
) -> None:
    usual = FleetPolicy(limits=WaitingLimits(grading_seconds=600, review_seconds=900))
    await world.do(UpdateSystemSettingsCommand(usual, "as agreed"))
    session = await booked(world, limits=WaitingLimits(grading_seconds=60))
    assert session.limits == WaitingLimits(grading_seconds=60, review_seconds=900)


@pytest.mark.parametrize(("policy", "expected"), [({}, (300, 120)), ({"no_show_seconds": 10}, (10, 120))])
async def test_a_booking_may_bring_its_own_limits_for_room_and_learner(
    world: CommandWorld, policy: dict[str, int], expected: tuple[int, int]
) -> None:
    limits = WaitingLimits(no_show_seconds=300, placement_seconds=120)
    session = await booked(world, {"policy": policy}, limits=limits)
    assert (session.no_show_seconds, session.grace_seconds) == expected


@pytest.mark.parametrize(
    ("extras", "path"),
    [
        ((PUSH, PUSH.model_copy(update={"node_label": "r9", "name": "other"})), "/extra_steps/1"),
        ((PUSH, PUSH), "/extra_steps/1/name"),
        ((WaitForPrompt(node_labels=("nowhere",)),), "/extra_steps/0"),
    ],
)
async def test_extra_steps_that_cannot_be_done_are_refused_with_their_place(
    world: CommandWorld, extras: Any, path: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        await world.a_definition(extra_steps=extras)
    assert [problem.path for problem in refused.value.errors] == [path]
    assert await world.commits() == 0


@pytest.mark.parametrize("line", ["", "two\nlines", "bell\x07", "x" * 501])
def test_a_line_of_configuration_is_one_line_of_text(line: str) -> None:
    with pytest.raises(ValueError, match="lines"):
        PushConfiguration(node_label="r1", lines=(line,))
