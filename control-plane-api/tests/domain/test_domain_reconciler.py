"""What is wanted of a reconciling service, as it is kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from control_plane_api.domain.entities.reconciler import Reconciler
from control_plane_api.domain.events.registry import Stamp
from lcm_core.domain.steering import KEPT_TRIGGERS

START = datetime(2030, 1, 1, tzinfo=UTC)


def test_the_last_triggers_are_kept_in_their_order_and_a_pause_changes_nothing_about_them() -> None:
    reconciler = Reconciler("lablet-controller")
    for number in range(KEPT_TRIGGERS + 3):
        reconciler.trigger(f"key-{number}", None, "test", Stamp(START + timedelta(seconds=number), "ada"))
    reconciler.pause("test", Stamp(START + timedelta(hours=1), "ada"))
    assert [each.key for each in reconciler.state.triggers] == [f"key-{n}" for n in range(3, KEPT_TRIGGERS + 3)]
