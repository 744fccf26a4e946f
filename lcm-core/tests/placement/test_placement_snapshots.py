from datetime import timedelta

from lcm_core.domain.enums import CMLWorkerStatus
from lcm_core.placement.snapshots import FleetSnapshots
from lcm_core.testing.placement_builders import NOW, a_template_row, a_worker_row, an_allocation

LATER = NOW + timedelta(minutes=1)


def test_a_worker_about_which_nothing_changed_is_the_same_object_in_the_next_snapshot() -> None:
    snapshots, rows, templates = FleetSnapshots(), [a_worker_row("w-1"), a_worker_row("w-2")], [a_template_row()]
    before = snapshots.take(NOW, rows, templates, {})
    after = snapshots.take(LATER, rows, templates, {"w-2": [an_allocation()]})
    assert after.at == LATER
    assert after.workers[0] is before.workers[0]
    assert after.workers[1].allocations == (an_allocation(),)


def test_a_row_that_was_replaced_is_taken_anew() -> None:
    snapshots, row = FleetSnapshots(), a_worker_row()
    snapshots.take(NOW, [row], [], {})
    changed = row.model_copy(update={"allocations": (an_allocation(),)})
    assert snapshots.take(NOW, [changed], [], {}).workers[0].allocations == (an_allocation(),)


def test_a_proposal_that_was_withdrawn_is_forgotten() -> None:
    snapshots, row = FleetSnapshots(), a_worker_row()
    snapshots.take(NOW, [row], [], {row.id: [an_allocation()]})
    assert snapshots.take(NOW, [row], [], {}).workers[0].allocations == ()


def test_when_a_stopped_worker_would_be_ready_moves_with_the_time() -> None:
    snapshots, asleep = FleetSnapshots(), a_worker_row(status=CMLWorkerStatus.STOPPED)
    before = snapshots.take(NOW, [asleep], [a_template_row()], {}).workers[0].available_from
    after = snapshots.take(LATER, [asleep], [a_template_row()], {}).workers[0].available_from
    assert before is not None
    assert after == before + timedelta(minutes=1)
