"""Fewer moves to a layout that is as good: what need not have moved is taken back."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

from lcm_core.placement.packing_model import Effort, Layout, Model


def move_back(model: Model, before: Layout, after: Layout, effort: Effort) -> None:
    """Change *after*, of which each bin is of a kind of its own, so that fewer items are elsewhere than in *before*.

    Bins that changed places are changed back first, apart for what lies apart in time (the days of a week, mostly);
    then single items go home where there is room. When *effort* is spent, what has been taken back by then stays so.
    """
    here = before.whereabouts()
    for together in _apart_in_time(model):
        for one, other in combinations(range(len(after.kinds)), 2):
            if effort.spent(1):
                return
            _exchange(model, here, after, (one, other), together)
    place = {kind: at for at, kind in enumerate(after.kinds)}
    moved = True
    while moved:
        moved = False
        for item, kind in sorted(after.whereabouts().items()):
            home = place.get(here.get(item, kind))
            if home is None or after.kinds[home] == kind:
                continue
            if effort.spent(1):
                return
            if model.fits(after.free[home], item):
                after.take(model, place[kind], item)
                after.add(model, home, item)
                moved = True


def _exchange(
    model: Model, here: Mapping[int, int], after: Layout, bins: tuple[int, int], together: frozenset[int]
) -> None:
    """Those *together* in two bins change places when fewer have moved then, and each may be where it goes."""
    one, other = bins
    first, second = after.kinds[one], after.kinds[other]
    ones = [item for item in after.items[one] if item in together]
    others = [item for item in after.items[other] if item in together]
    homes = [(here.get(item), 1) for item in ones] + [(here.get(item), -1) for item in others]
    if sum(sign * ((home == second) - (home == first)) for home, sign in homes) <= 0:
        return
    less, more = (sum(model.needs[item] for item in inside) for inside in (ones, others))
    free = after.free[one] + less - more, after.free[other] + more - less
    allowed = all(model.allowed[item] >> second & 1 for item in ones)
    allowed = allowed and all(model.allowed[item] >> first & 1 for item in others)
    if allowed and min(free) >= 0 and free[0] & free[1] & model.guards == model.guards:
        after.free[one], after.free[other] = free
        after.items[one] = [item for item in after.items[one] if item not in together] + others
        after.items[other] = [item for item in after.items[other] if item not in together] + ones


def _apart_in_time(model: Model) -> list[frozenset[int]]:
    """Items in groups: no item of one lies at the same time as one of another."""
    groups: list[list[int]] = []
    until = 0
    for item in sorted(range(len(model.needs)), key=lambda each: model.starts[each]):
        if not groups or model.starts[item] >= until:
            groups.append([])
        groups[-1].append(item)
        until = max(until, model.starts[item] + model.lengths[item])
    return [frozenset(group) for group in groups]
