"""What subscriptions may and may not, and sinks that bookings name."""

from __future__ import annotations

from datetime import timedelta

import pytest

from control_plane_api.application.commands.reservation.create_reservation_batch_command import (
    CreateReservationBatchCommand,
)
from control_plane_api.application.commands.reservation.create_reservation_command import CreateReservationCommand
from control_plane_api.application.commands.subscription.change_subscription_command import ChangeSubscriptionCommand
from control_plane_api.application.commands.subscription.create_subscription_command import (
    CreateSubscriptionCommand,
    CreateSubscriptionCommandHandler,
)
from control_plane_api.application.commands.subscription.end_subscription_command import EndSubscriptionCommand
from control_plane_api.application.commands.subscription.follow_configured_sink_command import (
    FollowConfiguredSinkCommand,
)
from control_plane_api.application.commands.subscription.pause_subscription_command import PauseSubscriptionCommand
from control_plane_api.application.commands.subscription.request_replay_command import RequestReplayCommand
from control_plane_api.application.commands.subscription.resume_subscription_command import ResumeSubscriptionCommand
from control_plane_api.application.commands.subscription.rotate_subscription_key_command import (
    RotateSubscriptionKeyCommand,
)
from control_plane_api.application.commands.subscription.validate_subscription_command import (
    ValidateSubscriptionCommand,
)
from control_plane_api.application.webhooks.addressees import Addressees
from control_plane_api.domain.events.registry import EVENTS
from control_plane_api.domain.identities import CONFIGURED_SINK_ID, sink_id
from control_plane_api.integration.webhooks.subscribers import MongoAudiences, MongoSubscribers
from control_plane_api.testing.command_world import START, CommandWorld
from lcm_core.application.context import CommandContext
from lcm_core.contracts.reservations import CreateReservation, CreateReservationBatch, Seat
from lcm_core.contracts.subscriptions import ChangeSubscription, CreateSubscription, RotateKey
from lcm_core.domain.enums import SubscriptionStatus
from lcm_core.domain.errors import Conflict, IllegalTransition, NotFound, RuleViolation
from lcm_core.domain.subscriptions import EventFilter
from lcm_core.domain.values import Candidate
from lcm_core.eventstore.unit_of_work import MongoUnitOfWorkFactory
from lcm_core.sealing import NoSealingKey, Vault

HOOK = "https://lms.example.com/hook"
_S = SubscriptionStatus


async def a_subscription(world: CommandWorld, url: str = HOOK) -> str:
    made = await world.do(CreateSubscriptionCommand("lms-1", "lms-1", CreateSubscription(url=url)))
    await world.do(ValidateSubscriptionCommand(made.subscription.id, None))
    return made.subscription.id


async def status(world: CommandWorld, id: str) -> SubscriptionStatus:
    return (await world.read.subscriptions.get(id)).status


async def test_a_sink_is_one_subscription_of_its_owner_however_many_bookings_name_it(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    await world.a_template()
    await world.a_ready_worker("w-1")
    terms = {"definition_id": definition_id, "duration_minutes": 45, "sink": HOOK}
    seats = (Seat(candidate=Candidate(username="ben")), Seat(candidate=Candidate(username="cleo")))

    one = await world.do(
        CreateReservationCommand("lms-1", CreateReservation(candidate=Candidate(username="ada"), **terms))
    )
    batch = await world.do(CreateReservationBatchCommand("lms-1", CreateReservationBatch(seats=seats, **terms)))
    plain = {**terms, "sink": None}
    without = await world.do(
        CreateReservationCommand("lms-1", CreateReservation(candidate=Candidate(username="dan"), **plain))
    )

    id = sink_id("lms-1", HOOK)
    named = [one.reservation.sink_id, *(each.reservation.sink_id for each in batch.accepted)]
    assert named == [id] * 3
    row = await world.read.subscriptions.get(id)
    assert (row.status, row.purpose.value, row.owner_id, row.version) == (_S.PENDING, "sink", "lms-1", 1)
    addressees = Addressees(MongoSubscribers(world.db, world.vault), MongoAudiences(world.db))
    events = [
        (f"lablet_session-{one.session.id}", "lablet_session.created.v1"),
        (f"reservation-{one.reservation.id}", "reservation.accepted.v1"),
        (f"lablet_session-{without.session.id}", "lablet_session.created.v1"),
        ("cml_worker-w-1", "cml_worker.ready.v1"),
    ]
    assert [[each.id for each in found] for found in await addressees.of(events)] == [[id], [id], [], []]
    assert await world.audit() == []


async def test_a_sink_that_ended_is_asked_anew_when_a_booking_names_it(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    await world.a_template()
    await world.a_ready_worker("w-1")
    terms = {"definition_id": definition_id, "duration_minutes": 45, "sink": HOOK}
    id = sink_id("lms-1", HOOK)

    await world.do(CreateReservationCommand("lms-1", CreateReservation(candidate=Candidate(username="ada"), **terms)))
    await world.do(EndSubscriptionCommand(id, "deleted"))
    await world.do(CreateReservationCommand("lms-1", CreateReservation(candidate=Candidate(username="ben"), **terms)))

    assert await status(world, id) is _S.PENDING
    with pytest.raises(RuleViolation, match="book with another sink"):
        await world.do(ChangeSubscriptionCommand(id, "lms-1", ChangeSubscription(url="https://other.example.com/")))


async def test_the_same_external_id_with_another_sink_is_another_booking(world: CommandWorld) -> None:
    definition_id = await world.a_definition()
    await world.a_template()
    await world.a_ready_worker("w-1")
    ada, first = Candidate(username="ada"), {"definition_id": definition_id, "duration_minutes": 45}
    booking = CreateReservation(candidate=ada, external_id="e-1", sink=HOOK, **first)

    made = await world.do(CreateReservationCommand("lms-1", booking))
    again = await world.do(CreateReservationCommand("lms-1", booking))

    assert again.reservation.id == made.reservation.id
    with pytest.raises(Conflict, match="stands for another booking"):
        await world.do(CreateReservationCommand("lms-1", CreateReservation(candidate=ada, external_id="e-1", **first)))


async def test_another_address_has_to_agree_and_a_late_answer_of_the_old_one_counts_no_more(
    world: CommandWorld,
) -> None:
    id = await a_subscription(world)

    await world.do(ChangeSubscriptionCommand(id, "lms-1", ChangeSubscription(url="https://other.example.com/")))
    late = await world.do(ValidateSubscriptionCommand(id, None, url=HOOK))

    assert (late.applied, late.why, await status(world, id)) == (False, "late", _S.PENDING)
    with pytest.raises(NotFound):
        await world.do(ValidateSubscriptionCommand(id, None, token="t" * 43))


async def test_what_an_earlier_address_answers_neither_ends_nor_pauses_the_one_of_now(world: CommandWorld) -> None:
    id = await a_subscription(world)
    await world.do(ChangeSubscriptionCommand(id, "lms-1", ChangeSubscription(url="https://other.example.com/")))
    await world.do(ValidateSubscriptionCommand(id, None))

    gone = await world.do(EndSubscriptionCommand(id, "410", HOOK))
    dead = await world.do(PauseSubscriptionCommand(id, "dead", automatic=True, url=HOOK))

    assert [gone.why, dead.why, await status(world, id)] == ["late", "late", _S.ACTIVE]
    await world.do(EndSubscriptionCommand(id, "410", "https://other.example.com/"))
    assert await status(world, id) is _S.ENDED


async def test_a_subscription_is_paused_and_resumed_until_it_has_ended(world: CommandWorld) -> None:
    id = await a_subscription(world)

    await world.do(PauseSubscriptionCommand(id, "dead", automatic=True))
    assert await status(world, id) is _S.PAUSED
    await world.do(ResumeSubscriptionCommand(id, "repaired"))
    assert await status(world, id) is _S.PENDING
    await world.do(ValidateSubscriptionCommand(id, None))
    assert await status(world, id) is _S.ACTIVE
    await world.do(EndSubscriptionCommand(id, "deleted"))
    await world.do(PauseSubscriptionCommand(id, "dead", automatic=True))

    assert await status(world, id) is _S.ENDED
    with pytest.raises(IllegalTransition):
        await world.do(PauseSubscriptionCommand(id, "again"))
    for command in (ResumeSubscriptionCommand(id, "again"), RotateSubscriptionKeyCommand(id, RotateKey())):
        with pytest.raises(RuleViolation, match="has ended"):
            await world.do(command)


async def the_question(world: CommandWorld, id: str) -> str:
    """The token that its receiver would bring now."""
    row = await world.read.subscriptions.get(id)
    return (await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())).callback_token


async def test_a_receiver_that_is_asked_again_cannot_agree_with_the_question_of_before(world: CommandWorld) -> None:
    id = await a_subscription(world)
    before = await the_question(world, id)
    await world.do(PauseSubscriptionCommand(id, "maintenance"))
    await world.do(ResumeSubscriptionCommand(id, "done"))

    with pytest.raises(NotFound):
        await world.do(ValidateSubscriptionCommand(id, None, token=before))
    await world.do(ValidateSubscriptionCommand(id, None, token=await the_question(world, id)))
    assert await status(world, id) is _S.ACTIVE


async def test_another_address_leaves_a_paused_subscription_paused(world: CommandWorld) -> None:
    id = await a_subscription(world)
    await world.do(PauseSubscriptionCommand(id, "maintenance"))

    await world.do(ChangeSubscriptionCommand(id, "lms-1", ChangeSubscription(url="https://other.example.com/")))
    row = await world.read.subscriptions.get(id)
    early = await world.do(ValidateSubscriptionCommand(id, None))

    assert (row.status, row.status_reason, row.validated_at, row.tasks) == (_S.PAUSED, "maintenance", None, ())
    assert (early.applied, await status(world, id)) == (False, _S.PAUSED)


async def test_one_that_was_resumed_too_early_is_paused_again_and_one_that_nobody_ever_took_is_not(
    world: CommandWorld,
) -> None:
    resumed, new = await a_subscription(world, f"{HOOK}/1"), await a_subscription(world, f"{HOOK}/2")
    await world.do(PauseSubscriptionCommand(resumed, "dead", automatic=True))
    await world.do(ResumeSubscriptionCommand(resumed, "repaired"))
    await world.do(ChangeSubscriptionCommand(new, "lms-1", ChangeSubscription(url=f"{HOOK}/3")))

    for id in (resumed, new):
        await world.do(PauseSubscriptionCommand(id, "no answer", automatic=True))

    assert [await status(world, id) for id in (resumed, new)] == [_S.PAUSED, _S.PENDING]


async def test_the_sink_of_the_settings_is_resumed_without_a_question(world: CommandWorld) -> None:
    await world.do(FollowConfiguredSinkCommand("https://sink.example.com/"))
    await world.do(PauseSubscriptionCommand(CONFIGURED_SINK_ID, "maintenance"))
    await world.do(FollowConfiguredSinkCommand("https://moved.example.com/"))
    between = await status(world, CONFIGURED_SINK_ID)

    await world.do(ResumeSubscriptionCommand(CONFIGURED_SINK_ID, "done"))

    row = await world.read.subscriptions.get(CONFIGURED_SINK_ID)
    assert (between, row.status, row.url, row.tasks) == (_S.PAUSED, _S.ACTIVE, "https://moved.example.com/", ())


async def test_a_fourth_key_waits_until_one_of_three_ends_unless_it_ends_them_all(world: CommandWorld) -> None:
    id = await a_subscription(world)
    for hours in (1, 24):
        await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=hours)))

    with pytest.raises(Conflict, match=r"3 keys that sign, .* ends at 2030-01-01T10:00:00Z") as refused:
        await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=24)))
    assert refused.value.code == "too-many-signing-keys"
    world.clock.advance(2 * 3600)
    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=24)))
    assert len((await world.read.subscriptions.get(id)).keys) == 3
    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=0)))
    row = await world.read.subscriptions.get(id)
    assert len((await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())).secrets) == 1


async def test_a_secret_of_the_settings_that_changes_often_ends_the_ones_before_instead_of_a_start(
    world: CommandWorld,
) -> None:
    secrets = [f"whsec_{letter * 43}=" for letter in "ABCD"]
    signing: list[tuple[str, ...]] = []
    for secret in secrets:
        await world.do(FollowConfiguredSinkCommand("https://sink.example.com/", secret))
        row = await world.read.subscriptions.get(CONFIGURED_SINK_ID)
        subscriber = await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())
        signing.append(subscriber.secrets)
    first, second, third, fourth = secrets
    assert signing == [(first,), (second, first), (third, second, first), (fourth,)]


async def test_keys_end_with_their_overlap_and_never_later_than_was_said_before(world: CommandWorld) -> None:
    id = await a_subscription(world)

    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=1)))
    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=24)))
    ends = [key.expires_at for key in (await world.read.subscriptions.get(id)).keys]
    assert ends == [None, START + timedelta(hours=24), START + timedelta(hours=1)]

    world.clock.advance(2 * 3600)
    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=0)))
    row = await world.read.subscriptions.get(id)
    kept = await world.db["subscription_secrets"].find_one({"_id": id})

    assert kept is not None
    assert set(kept["sealed"]) == {"callback", *(key.id for key in row.keys)}
    subscriber = await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())
    assert len(subscriber.secrets) == 1


@pytest.mark.parametrize("broken", ["newest", "oldest", "callback"])
async def test_a_rotation_helps_whatever_does_not_open(world: CommandWorld, broken: str) -> None:
    id = await a_subscription(world)
    await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=24)))
    newest, oldest = (await world.read.subscriptions.get(id)).keys
    name = {"newest": newest.id, "oldest": oldest.id}.get(broken, broken)
    moved = {f"sealed.{name}": world.vault.seal("whsec_x", "somewhere else")}
    await world.db["subscription_secrets"].update_one({"_id": id}, {"$set": moved})

    new = await world.do(RotateSubscriptionKeyCommand(id, RotateKey(overlap_hours=24)))

    row = await world.read.subscriptions.get(id)
    signing = await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())
    assert signing.secrets[0] == new.secret
    assert len(signing.secrets) == (3 if broken == "callback" else 1)


async def test_replays_wait_in_line_and_not_too_many_of_them(world: CommandWorld) -> None:
    id = await a_subscription(world)
    for _ in range(20):
        await world.do(RequestReplayCommand(id))

    with pytest.raises(Conflict, match="replays that have not finished"):
        await world.do(RequestReplayCommand(id))
    assert len((await world.read.subscriptions.get(id)).replays) == 20


async def test_the_sink_of_the_settings_follows_them(world: CommandWorld) -> None:
    first, second = "whsec_" + "A" * 43 + "=", "whsec_" + "B" * 43 + "="
    assert await world.do(FollowConfiguredSinkCommand(None)) is None
    await world.do(FollowConfiguredSinkCommand("https://sink.example.com/", first))
    same = await world.do(FollowConfiguredSinkCommand("https://sink.example.com/", first))
    await world.do(FollowConfiguredSinkCommand("https://moved.example.com/", second))

    row = await world.read.subscriptions.get(CONFIGURED_SINK_ID)
    signing = await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())
    assert (same and same.applied, row.status, row.url) == (False, _S.ACTIVE, "https://moved.example.com/")
    assert signing.secrets == (second, first)
    await world.do(FollowConfiguredSinkCommand(None))
    assert await status(world, CONFIGURED_SINK_ID) is _S.ENDED


async def test_a_secret_of_the_sink_of_the_settings_that_is_broken_is_replaced_and_keeps_nobody_from_starting(
    world: CommandWorld,
) -> None:
    url, given = "https://sink.example.com/", "whsec_" + "A" * 43 + "="
    await world.do(FollowConfiguredSinkCommand(url))
    (key,) = (await world.read.subscriptions.get(CONFIGURED_SINK_ID)).keys
    broken = {f"sealed.{key.id}": world.vault.seal("whsec_x", "somewhere else")}
    await world.db["subscription_secrets"].update_one({"_id": CONFIGURED_SINK_ID}, {"$set": broken})

    without = await world.do(FollowConfiguredSinkCommand(url))
    await world.do(FollowConfiguredSinkCommand(url, given))

    assert without is not None
    assert not without.applied
    row = await world.read.subscriptions.get(CONFIGURED_SINK_ID)
    signing = await MongoSubscribers(world.db, world.vault).subscriber(row, world.clock.now())
    assert signing.secrets == (given,)


async def test_an_owner_has_no_more_subscriptions_than_the_settings_say(world: CommandWorld) -> None:
    two_at_most = CreateSubscriptionCommandHandler(world.read.subscriptions, world.vault, lambda: "third", 2)
    another = CreateSubscriptionCommand("lms-1", "lms-1", CreateSubscription(url=HOOK))
    context = CommandContext(actor="lms-1", correlation_id="c", at=START)
    first = await a_subscription(world, f"{HOOK}/1")
    await a_subscription(world, f"{HOOK}/2")

    with pytest.raises(RuleViolation, match="as many as there may be"):
        await two_at_most.handle(another, MongoUnitOfWorkFactory(world.db, EVENTS)(context), context)
    await world.do(EndSubscriptionCommand(first, "deleted"))
    made = await two_at_most.handle(another, MongoUnitOfWorkFactory(world.db, EVENTS)(context), context)
    assert made.subscription.id == "third"


def test_a_filter_lets_through_what_it_names() -> None:
    some = EventFilter(types=("lablet_session.*", "score_report.created.v1"), owner_id="lms-1")

    assert some.lets_through("lablet_session.ready.v1", "lms-1")
    assert not some.lets_through("lablet_session.ready.v1", "lms-2")
    assert not some.lets_through("score_report.created.v2", "lms-1")
    assert EventFilter().lets_through("cml_worker.ready.v1", None)


def test_without_a_key_nothing_is_sealed() -> None:
    with pytest.raises(NoSealingKey):
        Vault(()).seal("whsec_x", "subscription/s/key_1")
