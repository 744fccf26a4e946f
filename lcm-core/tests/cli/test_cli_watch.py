"""What a watched table holds: rows that fit, in their newest version, and nothing that has left."""

from __future__ import annotations

from typing import Any

import pytest

from lcm_core.cli.commands.watch import Board, Change, Look
from lcm_core.cli.resources.catalogue import SESSIONS
from lcm_core.cli.resources.fitting import fits


def session(version: int, status: str = "RUNNING", id: str = "s-1") -> dict[str, Any]:
    return {"id": id, "version": version, "status": status, "candidate": {"username": "ada"}}


def test_a_row_that_no_longer_fits_leaves_the_table_and_is_told_once():
    board = Board(SESSIONS)
    assert list(board.apply(Look([session(1), session(1, id="s-2")], is_first=True))) != []
    stopped = session(3, "STOPPING")
    assert board.apply(Change("s-1", session(0, "READY"), stays=False)) == []
    assert board.apply(Change("s-1", stopped, stays=False)) == [{**stopped, "left": True}]
    assert board.apply(Change("s-1", stopped, stays=False)) == []
    assert board.table().title == "1 sessions"


def test_a_thing_that_is_gone_leaves_as_it_was_known_last():
    board = Board(SESSIONS)
    list(board.apply(Look([session(1)], is_first=True)))
    assert board.apply(Change("s-1", None, stays=False)) == [{**session(1), "left": True}]


def test_what_another_look_does_not_find_has_left():
    board = Board(SESSIONS)
    list(board.apply(Look([session(1), session(1, id="s-2")], is_first=True)))
    news = board.apply(Look([session(2, id="s-2"), session(1, id="s-3")], is_first=False))
    assert [(row["id"], row.get("left", False)) for row in news] == [("s-1", True), ("s-2", False), ("s-3", False)]


def test_nothing_has_left_a_look_that_may_not_show_everything():
    board = Board(SESSIONS)
    list(board.apply(Look([session(1), session(1, id="s-2")], is_first=True)))
    news = board.apply(Look([session(2, id="s-2")], is_first=False, whole=False))
    assert [(row["id"], row.get("left", False)) for row in news] == [("s-2", False)]


def test_an_older_version_does_not_replace_a_newer_one():
    board = Board(SESSIONS)
    list(board.apply(Look([session(5)], is_first=True)))
    assert board.apply(Change("s-1", session(4), stays=True)) == []


@pytest.mark.parametrize(
    ("filters", "holds"),
    [
        ({"status": "RUNNING", "sort": "-created_at"}, True),
        ({"status": "READY"}, False),
        ({"username": "ada"}, True),
        ({"username": "ben"}, False),
        ({"name": "first-hop"}, True),
        ({"name": "another"}, False),
        ({"search": "HOP 1.2"}, True),
        ({"search": "hop 1.3"}, False),
        ({"from": "2030-01-01T09:00:00Z", "to": "2030-01-01T10:00:00Z"}, True),
        ({"from": "2030-01-01T09:00:01Z"}, False),
        ({"to": "2030-01-01T09:00:00Z"}, False),
    ],
)
def test_a_row_fits_as_the_api_filters(filters: dict[str, str], holds: bool):
    row = {
        **session(1),
        "name": "first-hop",
        "semantic_version": "1.2.0",
        "timeslot": {"start": "2030-01-01T09:00:00Z"},
    }
    assert fits(row, filters) is holds
