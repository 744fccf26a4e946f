"""A crowd of bookings is admitted in few commits, and each of them is answered as if it had come alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, cast

import pytest

from control_plane_api.application.commands.reservation.book_together_command import BookTogetherCommand
from control_plane_api.application.conditions import Conditions, KeptAnswer, OnlyOnce, under
from control_plane_api.application.hosted_services.admission_desk import DESK, AdmissionDesk
from control_plane_api.application.idempotency import KeyedRequest, Once
from control_plane_api.integration.repositories.idempotency_keys import MongoIdempotencyKeys
from control_plane_api.testing.command_world import START, CommandWorld, command_world
from lcm_core.application.context import CommandContext
from lcm_core.application.mediator import Mediator
from lcm_core.contracts.reservations import CreateReservation, ReservationAnswer
from lcm_core.domain.errors import CapacityRefused, DuplicateDocument, FarEndError, NotFound
from lcm_core.testing.mongo_server import MongoServer

TOMORROW = START + timedelta(days=1)


@pytest.fixture
async def world(mongo: MongoServer) -> AsyncIterator[CommandWorld]:
    async with command_world(mongo) as made:
        await MongoIdempotencyKeys(made.db).ensure_indexes()
        await made.a_template()
        yield made


@asynccontextmanager
async def open_desk(world: CommandWorld, largest_group: int = 32) -> AsyncIterator[AdmissionDesk]:
    desk = AdmissionDesk(world.mediator, largest_group=largest_group)
    running = asyncio.create_task(desk.run())
    yield desk
    running.cancel()
    await asyncio.wait([running])


def a_wish(definition_id: str, **changes: Any) -> CreateReservation:
    wish = {"definition_id": definition_id, "candidate": {"username": "ada"}, "duration_minutes": 60}
    return CreateReservation.model_validate({**wish, "start": TOMORROW, **changes})


def by(name: str) -> CommandContext:
    return CommandContext(actor=name, correlation_id=f"of-{name}")


async def test_a_crowd_is_admitted_in_few_commits_each_in_its_own_name(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    async with open_desk(world) as desk:
        answers = await asyncio.gather(
            *(desk.book(f"lms-{n}", a_wish(definition_id), by(f"lms-{n}")) for n in range(60))
        )

    assert len({answer.reservation.id for answer in answers}) == 60
    commits = {each["_id"]: each async for each in world.db["events"].find({})}
    for number, answer in enumerate(answers):
        for stream in (f"reservation-{answer.reservation.id}@1", f"lablet_session-{answer.session.id}@1"):
            told = commits[stream]["metadata"]
            assert (told["actor"], told["correlation_id"]) == (f"lms-{number}", f"of-lms-{number}")
    of_workers = [each for each in commits.values() if each["kind"] == "cml_worker"]
    assert len(of_workers) < 20
    promised = [event["data"] for each in of_workers for event in each["events"] if "promised" in event["type"]]
    assert {each["by"] for each in promised} == {f"lms-{n}" for n in range(60)}
    assert DESK in {each["metadata"]["actor"] for each in of_workers}
    assert await world.audit() == []


async def test_a_booking_that_fails_is_its_own_affair(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    too_large = await world.a_definition("large", requirements={"cpu_cores": 99, "memory_gb": 1, "storage_gb": 1})
    async with open_desk(world) as desk:
        answers = await asyncio.gather(
            desk.book("a", a_wish(definition_id), by("a")),
            desk.book("b", a_wish("no-such-lab"), by("b")),
            desk.book("c", a_wish(too_large), by("c")),
            desk.book("d", a_wish(definition_id), by("d")),
            return_exceptions=True,
        )

    assert [type(answer) for answer in answers] == [ReservationAnswer, NotFound, CapacityRefused, ReservationAnswer]


async def test_one_external_id_in_a_crowd_is_one_booking(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    async with open_desk(world) as desk:
        answers = await asyncio.gather(
            *(desk.book("lms", a_wish(definition_id, external_id=f"e{n % 3}"), by("lms")) for n in range(30))
        )

    assert len({answer.reservation.id for answer in answers}) == 3
    assert len(await world.documents("reservations")) == 3


async def test_one_key_in_a_crowd_is_one_booking_and_each_is_answered_with_it(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    once = Once(MongoIdempotencyKeys(world.db), kept_hours=1, clock=world.clock, patience_seconds=0)
    async with open_desk(world) as desk:

        async def send(key: int) -> str:
            async def book() -> str:
                return (await desk.book("lms", a_wish(definition_id), by("lms"))).reservation.id

            async def again(created: Any) -> str:
                return created["reservation"]

            answer, _ = await once.run(KeyedRequest("lms", f"k{key}", b"same"), book, again)
            return answer

        made = await asyncio.gather(*(send(n % 4) for n in range(24)))

    assert len(set(made)) == 4
    assert len(await world.documents("reservations")) == 4


async def test_a_key_that_was_used_does_not_spoil_the_others(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    used = Conditions(only_once=OnlyOnce("used", "f", START))
    async with open_desk(world) as desk:

        async def under_the_used_key() -> ReservationAnswer:
            with under(used):
                return await desk.book("lms", a_wish(definition_id), by("lms"))

        await under_the_used_key()
        *others, refused = await asyncio.gather(
            *(desk.book("lms", a_wish(definition_id), by("lms")) for _ in range(5)),
            under_the_used_key(),
            return_exceptions=True,
        )

    assert isinstance(refused, DuplicateDocument)
    assert all(isinstance(answer, ReservationAnswer) for answer in others)
    assert len(await world.documents("reservations")) == 6


async def test_the_answer_to_a_booking_is_kept_by_the_commit_that_makes_it(world: CommandWorld) -> None:
    definition_id = await world.a_definition()

    def told(answer: ReservationAnswer) -> KeptAnswer:
        return KeptAnswer(201, {"etag": f'"{answer.reservation.version}"'}, answer.reservation.id.encode())

    async with open_desk(world) as desk:
        with under(Conditions(only_once=OnlyOnce("key", "f", START, told))):
            answer = await desk.book("lms", a_wish(definition_id), by("lms"))
    (kept,) = await world.documents("idempotency_keys")
    assert (kept["answer"]["body"], kept["answer"]["headers"]) == (answer.reservation.id.encode(), {"etag": '"1"'})


async def test_who_waits_at_the_desk_keeps_it_from_being_idle_until_the_answer(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    async with open_desk(world) as desk:
        booking = asyncio.create_task(desk.book("lms", a_wish(definition_id), by("lms")))
        await asyncio.sleep(0)
        waited = desk.idle.is_set()
        await booking
        async with asyncio.timeout(10):
            await desk.idle.wait()
    assert not waited


class StepByStep:
    """In place of the mediator: the first group is booked at once, the second when told to go on."""

    def __init__(self) -> None:
        self.groups = 0
        self.second_began, self.decide, self.write = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def execute(self, command: BookTogetherCommand, _ctx: CommandContext) -> list[str]:
        self.groups += 1
        assert command.decided is not None
        if self.groups > 1:
            self.second_began.set()
            await self.decide.wait()
            command.decided()
            await self.write.wait()
        return [each.owner_id for each in command.bookings]


@asynccontextmanager
async def two_groups_of_two(steps: StepByStep) -> AsyncIterator[list[asyncio.Task[Any]]]:
    """The bookings, when the first two are written and the others are being decided."""
    desk = AdmissionDesk(cast("Mediator", steps), largest_group=2)
    running = asyncio.create_task(desk.run())
    crowd = [asyncio.create_task(desk.book(name, a_wish("lab"), by(name))) for name in "abcd"]
    async with asyncio.timeout(10):
        await steps.second_began.wait()
        yield crowd
        running.cancel()
        await asyncio.wait([running, *crowd])


async def test_a_crowd_is_answered_while_the_next_are_written() -> None:
    steps = StepByStep()
    async with two_groups_of_two(steps) as crowd:
        before = [each.done() for each in crowd]
        steps.decide.set()
        answered = await asyncio.gather(*crowd[:2])
        others = [each.done() for each in crowd[2:]]
    assert (before, answered, others) == ([False] * 4, ["a", "b"], [False, False])


async def test_who_is_booked_does_not_wait_long_for_the_next_to_be_decided() -> None:
    async with two_groups_of_two(StepByStep()) as crowd:
        assert await asyncio.gather(*crowd[:2]) == ["a", "b"]


async def test_who_is_booked_is_told_so_when_the_service_stops() -> None:
    async with two_groups_of_two(StepByStep()) as crowd:
        pass
    assert [each.result() for each in crowd[:2]] == ["a", "b"]
    assert all(isinstance(each.exception(), FarEndError) for each in crowd[2:])


async def test_who_still_waits_when_the_service_stops_is_told_to_come_again(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    async with open_desk(world, largest_group=1) as desk:
        crowd = [asyncio.create_task(desk.book("lms", a_wish(definition_id), by("lms"))) for _ in range(5)]
        await asyncio.wait([crowd[0]])

    answers = await asyncio.gather(*crowd, return_exceptions=True)
    turned_away = [answer for answer in answers if isinstance(answer, FarEndError)]
    assert all(answer.retryable for answer in turned_away)
    assert len(turned_away) + sum(isinstance(answer, ReservationAnswer) for answer in answers) == 5
