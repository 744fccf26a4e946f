from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any

import pytest

from control_plane_api.application.live.interest import Interest, Subject
from control_plane_api.application.live.latest_rows import LatestRows
from control_plane_api.application.live.live_event import LiveChange
from control_plane_api.application.live.live_event_hub import HEARTBEAT_SECONDS, LiveEventHub, Place
from control_plane_api.application.live.live_feed import LiveFeed
from control_plane_api.application.live.snapshot import SnapshotCache
from control_plane_api.testing.live_commits import a_commit
from lcm_core.testing.manual_clock import ManualClock
from lcm_core.testing.virtual_time import run_in_virtual_time


def a_hub(*, replay_commits: int = 100, queue_events: int = 100) -> LiveEventHub:
    return LiveEventHub(
        lambda change: [f"<{change.commit.aggregate_id}>".encode()],
        replay_commits=replay_commits,
        queue_events=queue_events,
    )


def publish(hub: LiveEventHub, *numbers: int, kind: str = "lablet_session") -> None:
    for number in numbers:
        hub.publish(LiveChange(a_commit(number, kind), None))


async def test_a_reader_gets_everything_after_its_position_as_one_piece() -> None:
    hub = a_hub()
    publish(hub, 1, 2, 3)
    with hub.subscribe(after=Place(1)) as subscription:
        publish(hub, 4)
        assert await subscription.next_frames() == b"<id-2><id-3><id-4>"


async def test_a_reader_gets_its_kinds_only() -> None:
    hub = a_hub()
    with hub.subscribe(after=Place(0), interest=Interest(kinds=frozenset({"cml_worker"}))) as subscription:
        publish(hub, 1)
        publish(hub, 2, kind="cml_worker")
        assert await subscription.next_frames() == b"<id-2>"


async def test_a_reader_that_lags_too_far_behind_is_dropped_and_the_others_are_not() -> None:
    hub = a_hub(queue_events=2)
    with hub.subscribe(after=Place(0)) as slow, hub.subscribe(after=Place(0)) as quick:
        for number in (1, 2, 3):
            publish(hub, number)
            assert await quick.next_frames() == f"<id-{number}>".encode()
        assert await slow.next_frames() is None
        assert slow.closed == "slow reader"


async def test_what_a_reader_missed_does_not_make_it_a_slow_one() -> None:
    hub = a_hub(queue_events=2)
    publish(hub, 1, 2, 3, 4)
    with hub.subscribe(after=Place(0)) as subscription:
        publish(hub, 5)
        assert await subscription.next_frames() == b"<id-1><id-2><id-3><id-4><id-5>"


async def test_a_reader_that_missed_very_much_gets_it_in_several_pieces() -> None:
    hub = a_hub(replay_commits=1_000)
    publish(hub, *range(1, 501))
    with hub.subscribe(after=Place(0)) as subscription:
        pieces = [await subscription.next_frames() for _ in range(3)]
        assert await subscription.next_frames(0.01) == b"", "nothing is left"
    told = b"".join(piece or b"" for piece in pieces)
    assert told == b"".join(f"<id-{number}>".encode() for number in range(1, 501))
    assert max(len(piece or b"") for piece in pieces) < len(told) / 2


async def test_readers_with_and_without_a_filter_are_told_in_one_go() -> None:
    hub = a_hub()
    workers = Interest(kinds=frozenset({"cml_worker"}))
    with (
        hub.subscribe(after=Place(0), interest=workers) as one,
        hub.subscribe(after=Place(0), interest=Interest(kinds=frozenset({"cml_worker"}))) as another,
        hub.subscribe(after=Place(0)) as everything,
    ):
        with hub.subscribe(after=Place(0), interest=workers):
            assert hub.streams == 4
        publish(hub, 1)
        publish(hub, 2, kind="cml_worker")
        assert [await each.next_frames() for each in (one, another)] == [b"<id-2>", b"<id-2>"]
        assert await everything.next_frames() == b"<id-1><id-2>"
    assert hub.streams == 0


async def test_an_id_is_known_as_long_as_its_commit_is_kept() -> None:
    hub = a_hub(replay_commits=3)
    publish(hub, 1, 2, 3, 4)
    assert hub.place_of(a_commit(1).id) is None
    assert hub.place_of(a_commit(3).id) == Place(3)
    assert hub.place_of(f"{a_commit(3).id}#²") == Place(3), "a digit, but no number"
    assert [hub.still_has_after(position) for position in range(6)] == [False, True, True, True, True, False]


async def test_a_reader_that_saw_half_of_a_commit_goes_on_in_the_middle_of_it() -> None:
    hub = LiveEventHub(lambda change: [b"<a>", b"<b>", b"<c>"], replay_commits=10, queue_events=10)
    publish(hub, 1)
    half = hub.place_of(f"{a_commit(1).id}#0")
    assert half is not None
    with hub.subscribe(after=half) as subscription:
        publish(hub, 2)
        assert await subscription.next_frames() == b"<b><c><a><b><c>"


@pytest.mark.parametrize(
    ("interest", "told"),
    [
        (Interest(owner="lms-1"), [True, False, False, False, False]),
        (Interest(owner="lms-2", private_owner="lms-2"), [False, True, False, True, False]),
        (Interest(private_owner="lms-1"), [True, True, True, False, False]),
        (Interest(kinds=frozenset({"cml_worker"})), [False, False, True, False, False]),
        (Interest(resources=frozenset({("lablet_session", "b")})), [False, True, False, False, False]),
        (Interest(owner="lms-1", resources=frozenset({("lablet_session", "b")})), [False] * 5),
        (Interest(), [True] * 5),
    ],
    ids=["owner", "LMS", "viewer", "kind", "resource", "another's resource", "everything"],
)
def test_a_reader_is_told_what_it_asked_for_and_may_see(interest: Interest, told: list[bool]) -> None:
    subjects = [
        Subject("lablet_session", "a", "lms-1"),
        Subject("lablet_session", "b", "lms-2"),
        Subject("cml_worker", "w"),
        Subject("subscription", "s", "lms-2"),
        Subject("audit_export", "e"),
    ]
    assert [interest.includes(subject) for subject in subjects] == told


async def test_missed_commits_send_every_reader_back_to_a_snapshot() -> None:
    hub = a_hub()
    publish(hub, 1, 2)
    with hub.subscribe(after=Place(2)) as subscription:
        hub.forget()
        assert await subscription.next_frames() is None
    assert hub.place_of(a_commit(2).id) is None
    assert not hub.still_has_after(2)
    assert hub.still_has_after(hub.position)


async def test_stopping_ends_every_stream_those_to_come_included() -> None:
    hub = a_hub()
    with hub.subscribe(after=Place(0)) as before:
        hub.stop()
        assert await before.next_frames() is None
    with hub.subscribe(after=Place(0)) as after:
        assert await after.next_frames() is None


def in_virtual_time(main: Coroutine[Any, Any, None]) -> None:
    run_in_virtual_time(main)


def test_silence_is_broken_by_a_heartbeat() -> None:
    async def main() -> None:
        hub = a_hub()
        started = asyncio.get_running_loop().time()
        with hub.subscribe(after=Place(0)) as subscription:
            assert await subscription.next_frames() == b""
        assert asyncio.get_running_loop().time() - started == pytest.approx(HEARTBEAT_SECONDS)

    in_virtual_time(main())


def test_a_heartbeat_comes_after_silence_and_not_after_events() -> None:
    async def main() -> None:
        hub, loop = a_hub(), asyncio.get_running_loop()
        with hub.subscribe(after=Place(0)) as subscription:
            for number in range(1, 6):
                loop.call_later(10, publish, hub, number)
                assert await subscription.next_frames() == f"<id-{number}>".encode()
            assert loop.time() == pytest.approx(50)
            assert await subscription.next_frames() == b""
            assert loop.time() == pytest.approx(50 + HEARTBEAT_SECONDS)
            assert await subscription.next_frames(1) == b""
            assert loop.time() == pytest.approx(51 + HEARTBEAT_SECONDS)

    in_virtual_time(main())


class CountedSource:
    def __init__(self) -> None:
        self.reads = 0

    async def __call__(self) -> list[Any]:
        self.reads += 1
        await asyncio.sleep(0)
        return []


async def test_streams_that_begin_together_share_one_snapshot() -> None:
    hub, source, clock = a_hub(), CountedSource(), ManualClock()
    snapshots = SnapshotCache(hub, {"sessions": source}, clock)
    await asyncio.gather(*(snapshots.get() for _ in range(50)))
    clock.advance(0.5)
    publish(hub, 1)
    assert (await snapshots.get()).position == 0
    assert source.reads == 1


async def test_a_snapshot_is_read_anew_after_a_second_or_a_gap() -> None:
    hub, source, clock = a_hub(), CountedSource(), ManualClock()
    snapshots = SnapshotCache(hub, {"sessions": source}, clock)
    await snapshots.get()
    clock.advance(1.5)
    await snapshots.get()
    assert source.reads == 2
    hub.forget()
    await snapshots.get()
    assert source.reads == 3


class _Rows:
    """Every row exists, at *version*."""

    def __init__(self, version: int = 5) -> None:
        self.version = version
        self.reads: list[list[str]] = []
        self.error: Exception | None = None

    async def by_ids(self, ids: Sequence[str]) -> list[Any]:
        self.reads.append(list(ids))
        if self.error is not None:
            raise self.error
        return [type("Row", (), {"id": id, "version": self.version})() for id in ids]


def a_feed(hub: LiveEventHub, rows: Any, told: list[str]) -> LiveFeed:
    return LiveFeed(
        hub,
        LatestRows({"lablet_session": rows}, {}),
        noticed=lambda commits: told.extend(commit.id for commit in commits),
        gap=lambda: told.append("gap"),
    )


async def test_the_feed_reads_a_row_once_for_a_burst_of_commits() -> None:
    told: list[str] = []
    rows = _Rows()
    feed = a_feed(a_hub(), rows, told)
    for _ in range(3):
        await feed.handle([a_commit(1)])
    await feed.on_gap()
    assert rows.reads == [["id-1"]]
    assert told == [a_commit(1).id] * 3 + ["gap"]


async def test_the_feed_reads_the_rows_of_a_burst_together() -> None:
    hub, rows = a_hub(), _Rows()
    feed = a_feed(hub, rows, [])
    with hub.subscribe(after=Place(0)) as reader:
        await feed.handle([a_commit(number) for number in range(1, 6)])
        assert await reader.next_frames() == b"<id-1><id-2><id-3><id-4><id-5>"
    assert rows.reads == [[f"id-{number}" for number in range(1, 6)]]


async def test_a_burst_that_fails_is_told_to_nobody_until_it_comes_again() -> None:
    hub, rows = a_hub(), _Rows()
    feed = a_feed(hub, rows, [])
    rows.error = ConnectionError("away")
    with pytest.raises(ConnectionError):
        await feed.handle([a_commit(1), a_commit(2)])
    assert hub.position == 0
    rows.error = None
    await feed.handle([a_commit(1), a_commit(2)])
    assert hub.position == 2


async def test_the_others_of_this_process_hear_of_a_burst_whose_rows_cannot_be_read() -> None:
    rows, told = _Rows(), list[str]()
    rows.error = ConnectionError("away")
    with pytest.raises(ConnectionError):
        await a_feed(a_hub(), rows, told).handle([a_commit(1)])
    assert told == [a_commit(1).id]


async def test_commits_of_which_one_cannot_be_encoded_are_all_left_out() -> None:
    def encode(change: LiveChange) -> list[bytes]:
        if change.commit.aggregate_id == "id-2":
            raise ValueError("no such form")
        return [b"x"]

    hub = LiveEventHub(encode, replay_commits=10, queue_events=10)
    with hub.subscribe(after=Place(0)) as reader, pytest.raises(ValueError, match="no such form"):
        hub.publish(LiveChange(a_commit(1), None), LiveChange(a_commit(2), None))
    assert (hub.position, await reader.next_frames(0.01)) == (0, None)


async def test_a_commit_is_encoded_when_somebody_reads_it_and_once() -> None:
    encoded: list[str] = []

    def encode(change: LiveChange) -> list[bytes]:
        encoded.append(change.commit.aggregate_id)
        return [b"x"]

    hub = LiveEventHub(encode, replay_commits=10, queue_events=10)
    hub.publish(LiveChange(a_commit(1), None), LiveChange(a_commit(2), None))
    before = list(encoded)
    with hub.subscribe(after=Place(1)) as one, hub.subscribe(after=Place(1)) as other:
        assert [await one.next_frames(), await other.next_frames()] == [b"x", b"x"]
    assert (before, encoded) == ([], ["id-2"])
