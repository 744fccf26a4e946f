from __future__ import annotations

import asyncio

from lcm_core.application.right_of_way import RightOfWay

LONG = 3600.0


async def _settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Road:
    """Who has gone on, in order; everybody leaves when told."""

    def __init__(self, way: RightOfWay) -> None:
        self.way = way
        self.gone: list[str] = []
        self.leave = {name: asyncio.Event() for name in "abc"}

    async def shared(self, name: str) -> None:
        async with self.way.shared():
            self.gone.append(name)
            await self.leave[name].wait()

    async def alone(self, name: str) -> None:
        async with self.way.alone():
            self.gone.append(name)
            await self.leave[name].wait()


async def test_one_goes_alone_after_those_under_way_and_before_those_who_come() -> None:
    road = Road(RightOfWay(LONG))
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(road.shared("a"))
        await _settled()
        group.create_task(road.alone("b"))
        await _settled()
        group.create_task(road.shared("c"))
        await _settled()
        before = list(road.gone)
        road.leave["a"].set()
        await _settled()
        alone = list(road.gone)
        road.leave["b"].set()
        road.leave["c"].set()
    assert (before, alone, road.gone) == (["a"], ["a", "b"], ["a", "b", "c"])


async def test_nobody_waits_longer_than_allowed() -> None:
    road = Road(RightOfWay(0.02))
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(road.shared("a"))
        await _settled()
        group.create_task(road.alone("b"))
        group.create_task(road.shared("c"))
        for name in "cba":
            while name not in road.gone:  # noqa: ASYNC110 - the order in which they go on is free
                await asyncio.sleep(0.005)
        for left in road.leave.values():
            left.set()
    assert sorted(road.gone) == ["a", "b", "c"]


async def test_work_within_work_belongs_to_it() -> None:
    way = RightOfWay(LONG)
    async with asyncio.timeout(10):
        async with way.alone(), way.shared(), way.alone():
            pass
        async with way.shared(), way.alone():
            pass


async def test_the_way_is_open_again_when_the_one_alone_has_failed() -> None:
    way = RightOfWay(LONG)
    try:
        async with way.alone():
            raise ConnectionError("lost")
    except ConnectionError:
        pass
    async with asyncio.timeout(10), way.shared():
        pass
