"""The search of a packing: many first layouts, then bins are done without or made cheaper while the effort lasts."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from lcm_core.placement.packing_construct import first_fit, openings, orders, regrouped, right_size
from lcm_core.placement.packing_eject import Ejection
from lcm_core.placement.packing_model import Effort, Layout, Model

SEED = 20300101
FIRST_LAYOUTS = 10
PATIENCE = 1_500
"""Steps of an ejection search for one bin before another is tried; it grows with each round over all bins."""
_MOST_PATIENCE = 2_000


def search(model: Model, effort: Effort, enough: float) -> Layout:
    """The best layout found; stops when nothing is left out and the cost is *enough*, or when the effort is spent."""
    random = Random(SEED)
    best = _first_layouts(model, effort, random, enough)
    if len(best.kinds) == model.rooms and not best.unplaced:
        return best
    patience = PATIENCE
    ejection = Ejection(model, effort, random)
    while not (_reached(model, best, enough) or effort.spent(1)):
        for trial, pool in _with_less(model, best, random):
            if ejection.settle(trial, pool, patience):
                right_size(model, trial)
                if trial.rank(model) < best.rank(model):
                    best = trial
                    break
            if effort.spent(0):
                break
        else:
            patience = min(2 * patience, _MOST_PATIENCE)
            best = _regrouped(model, best, effort, random)
    return best


def _reached(model: Model, layout: Layout, enough: float) -> bool:
    return not layout.unplaced and layout.cost(model) <= enough + 1e-9


def _first_layouts(model: Model, effort: Effort, random: Random, enough: float) -> Layout:
    """Best of plain and weighted orders; bins are opened by price, by price for what they hold, or as chance has it."""
    worth = _worth(model)
    policies = [openings(model, [1.0] * len(model.kinds)), openings(model, worth)]
    if len(model.offers) > 1:
        policies += [openings(model, [each * random.uniform(0.5, 2.0) for each in worth]) for _ in range(4)]
    best: Layout | None = None
    for number, order in enumerate(orders(model, random)):
        layout = first_fit(model, order, policies[number % len(policies)], effort)
        if best is None or layout.rank(model) < best.rank(model):
            best = layout
        if number + 1 >= FIRST_LAYOUTS or effort.spent(0) or _reached(model, best, enough):
            break
    return best or Layout(model)


def _worth(model: Model) -> list[float]:
    """How many average items of those allowed a kind could hold: by its first-fit fill."""
    worth: list[float] = []
    for number, kind in enumerate(model.kinds):
        free, held = kind.free, 0.0
        for item, need in enumerate(model.needs):
            left = free - need
            if model.allowed[item] >> number & 1 and left & model.guards == model.guards:
                free, held = left, held + sum(model.shares[item]) * model.lengths[item]
        worth.append(held or 1.0)
    return worth


def _regrouped(model: Model, layout: Layout, effort: Effort, random: Random) -> Layout:
    """Lay the groups out again a few times; what costs no more is taken, so that the next round begins elsewhere."""
    policy = openings(model, _worth(model))
    for _ in range(4):
        again = first_fit(model, regrouped(model, layout, random), policy, effort)
        if again.rank(model) <= layout.rank(model):
            layout = again
    return layout


def _with_less(model: Model, layout: Layout, random: Random) -> Iterator[tuple[Layout, list[int]]]:
    """Layouts that would be cheaper, each with the items that have yet to be put somewhere, most promising first."""
    if layout.unplaced:
        trial = layout.copy(model)
        trial.unplaced = layout.unplaced[1:]
        yield trial, layout.unplaced[:1]
    filled = [sum(sum(model.shares[item]) for item in inside) for inside in layout.items]
    emptiest = sorted(range(model.rooms, len(layout.items)), key=lambda at: (filled[at], at))
    for place, at in enumerate(emptiest):
        yield _without(model, layout, (at,), None)
        for other in (None, *emptiest[place + 1 : place + 4]):
            given_up = (at,) if other is None else (at, other)
            price = sum(model.kinds[layout.kinds[each]].cost for each in given_up)
            for kind in model.offers:
                # With one kind alone there is nothing to exchange: a bin for two is then a bin less.
                worth_it = model.kinds[kind].cost < price and len(model.offers) > 1
                if worth_it and layout.may_open(model, kind):
                    yield _without(model, layout, given_up, kind)


def _without(model: Model, layout: Layout, given_up: tuple[int, ...], instead: int | None) -> tuple[Layout, list[int]]:
    """The layout without these bins, with an empty one of another kind, and what is to be put somewhere."""
    trial = layout.copy(model)
    pool = [item for at in sorted(given_up, reverse=True) for item in trial.close(at)]
    if instead is not None:
        trial.open(model, instead)
    return trial, pool
