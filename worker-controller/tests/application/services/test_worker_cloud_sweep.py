"""Regions are swept as one, as seldom as their workers allow."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from lcm_core.domain.enums import CMLWorkerStatus, WorkerServiceStatus
from lcm_core.domain.errors import FarEndError
from lcm_core.reconcile import Done
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.placement_builders import NOW, a_worker_row
from worker_controller.application.services.cloud_book import CloudBook
from worker_controller.application.services.cloud_sweep import CloudSweepReconciler
from worker_controller.domain.cloud import CloudFigures, InstanceStatus
from worker_controller.domain.observing import ObservingPolicy


class Aws:
    def __init__(self) -> None:
        self.asked: list[tuple[str, list[str], list[str]]] = []
        self.down: set[str] = set()

    async def figures(self, region: str, ids: Iterable[str], burstable: Iterable[str] = ()) -> dict[str, CloudFigures]:
        self.asked.append((region, list(ids), list(burstable)))
        self._answer("cloudwatch")
        return {each: CloudFigures(cpu_percent=1.0) for each in self.asked[-1][1]}

    async def statuses(self, region: str, ids: Iterable[str]) -> dict[str, InstanceStatus]:
        self._answer("status")
        return {each: InstanceStatus("system") for each in ids}

    def _answer(self, what: str) -> None:
        if what in self.down:
            raise FarEndError(what, "throttled", retryable=True)


class Fleet:
    def __init__(self) -> None:
        self.aws, self.clock = Aws(), ManualClock(NOW)
        self.book = CloudBook(self.clock)
        self.rows = [self.worker("w-1", "us-east-1"), self.worker("w-2", "us-east-1"), self.worker("w-3", "eu-west-1")]
        policy = ObservingPolicy(cloud_close_seconds=60, cloud_seconds=120, cloud_idle_seconds=300)
        workers: Any = SimpleNamespace(list=self._serving)
        self.sweep = CloudSweepReconciler(workers, self.aws, self.aws, self.book, clock=self.clock, policy=policy)

    @staticmethod
    def worker(worker_id: str, region: str) -> Any:
        changes = {"region": region, "ec2_instance_id": f"i-{worker_id}", "allocations": (), "metrics": None}
        return a_worker_row(worker_id).model_copy(update=changes)

    async def _serving(self, statuses: Any = ()) -> list[Any]:
        return [row for row in self.rows if row.status in statuses]

    async def pass_by(self, seconds: int) -> None:
        """Woken every ten seconds, as resync and changes may do."""
        for _ in range(seconds // 10):
            for region in await self.sweep.list_keys():
                await self.sweep.reconcile(region)
            self.clock.advance(10)


@pytest.fixture
def fleet() -> Fleet:
    return Fleet()


async def test_all_workers_of_a_region_are_asked_about_in_one_sweep(fleet: Fleet) -> None:
    fleet.rows[1] = fleet.rows[1].model_copy(update={"instance_type": "t3.large"})
    await fleet.pass_by(10)
    assert fleet.aws.asked == [("eu-west-1", ["i-w-3"], []), ("us-east-1", ["i-w-1", "i-w-2"], ["i-w-2"])]
    assert fleet.book.figures("i-w-1") == CloudFigures(cpu_percent=1.0)
    assert fleet.book.status("i-w-3") == InstanceStatus("system")


@pytest.mark.parametrize(("changes", "sweeps"), [({}, 2), ({"service_status": WorkerServiceStatus.UNAVAILABLE}, 10)])
async def test_the_worker_most_worth_attention_sets_the_pace(
    fleet: Fleet, changes: dict[str, Any], sweeps: int
) -> None:
    fleet.rows = [fleet.rows[0].model_copy(update=changes), fleet.rows[1]]
    await fleet.pass_by(600)
    assert len(fleet.aws.asked) == sweeps


async def test_what_one_source_does_not_answer_the_other_does(fleet: Fleet) -> None:
    fleet.aws.down = {"cloudwatch"}
    await fleet.pass_by(10)
    assert fleet.book.figures("i-w-1") is None
    assert fleet.book.status("i-w-1") is not None
    fleet.aws.down = {"status"}
    await fleet.pass_by(600)
    assert fleet.book.figures("i-w-1") is not None


async def test_a_region_without_serving_workers_is_left_alone_and_forgotten(fleet: Fleet) -> None:
    await fleet.pass_by(10)
    fleet.rows = [row.model_copy(update={"status": CMLWorkerStatus.STOPPED}) for row in fleet.rows]
    assert await fleet.sweep.list_keys() == []
    fleet.clock.advance(600)
    assert isinstance(await fleet.sweep.reconcile("us-east-1"), Done)
    assert fleet.book.figures("i-w-1") is None
