from __future__ import annotations

import gc

from lcm_core.hosting.collector import start_set_aside


def test_what_was_there_at_the_start_is_left_alone_and_all_is_as_before_afterwards() -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    there = [[] for _ in range(10)]
    with start_set_aside():
        assert gc.get_freeze_count() > frozen
        assert all(each is not there for each in gc.get_objects())
        assert gc.get_threshold()[0] > before[0]
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0
    assert any(each is there for each in gc.get_objects())
