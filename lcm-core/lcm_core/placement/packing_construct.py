"""First layouts: many orders of the bookings, each filled in by first fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from operator import mul
from random import Random

from lcm_core.placement.packing_model import Effort, Layout, Model

Openings = tuple[tuple[int, ...], ...]


def first_fit(model: Model, order: Iterable[int], openings: Openings, effort: Effort) -> Layout:
    """Each item into the first bin that takes it; when none does, into a new one of its first opening."""
    layout, guards, needs = Layout(model), model.guards, model.needs
    tests = len(model.needs)
    for item in order:
        need, allowed = needs[item], model.allowed[item]
        for at, free in enumerate(layout.free):
            left = free - need
            if left & guards == guards and allowed >> layout.kinds[at] & 1:
                layout.free[at] = left
                layout.items[at].append(item)
                tests += at + 1
                break
        else:
            tests += len(layout.free)
            full = model.max_new is not None and len(layout.kinds) - model.rooms >= model.max_new
            kind = next((each for each in openings[item] if layout.may_open(model, each)), None)
            if full or kind is None:
                layout.unplaced.append(item)
            else:
                layout.add(model, layout.open(model, kind), item)
    right_size(model, layout)
    effort.spent(tests // 4)
    return layout


def right_size(model: Model, layout: Layout) -> None:
    """Turn each new bin into the cheapest kind that holds what is in it."""
    for at in range(model.rooms, len(layout.kinds)):
        used = model.kinds[layout.kinds[at]].free - layout.free[at]
        may_be = -1
        for item in layout.items[at]:
            may_be &= model.allowed[item]
        for kind in model.offers:
            cheaper = model.kinds[kind].cost < model.kinds[layout.kinds[at]].cost
            left = model.kinds[kind].free - used
            if not cheaper or not layout.may_open(model, kind):
                continue
            if may_be >> kind & 1 and left & model.guards == model.guards:
                layout.kinds[at], layout.free[at] = kind, left


def openings(model: Model, worth: Sequence[float]) -> Openings:
    """Per item, the kinds of which a new bin may be opened for it, lowest cost for its *worth* first."""

    def price(kind: int) -> tuple[float, float, int]:
        return model.kinds[kind].cost / worth[kind], model.kinds[kind].cost, kind

    in_order = sorted(model.offers, key=price)
    return tuple(tuple(kind for kind in in_order if allowed >> kind & 1) for allowed in model.allowed)


def orders(model: Model, random: Random) -> Iterator[list[int]]:
    """Orders of the items without end: plain ones first, then by ever new random weights of the dimensions."""
    count, dimensions = len(model.needs), len(model.shares[0]) if model.shares else 0
    everything = range(count)
    equal = [1.0] * dimensions
    yield sorted(everything, key=lambda item: -max(model.shares[item], default=0.0))
    yield _by_size(model, equal, 0.0, 0.0)
    yield _by_size(model, equal, 1.0, 0.0)
    yield sorted(everything, key=lambda item: (model.starts[item], -sum(model.shares[item])))
    for one in range(dimensions):
        yield _by_size(model, [float(at == one) for at in range(dimensions)], 0.0, 0.0)
    while True:
        weights = [random.random() ** 2 for _ in range(dimensions)]
        yield _by_size(model, weights, random.choice((0.0, 0.5, 1.0)), random.choice((0.0, 0.1, 0.3)), random)


def _by_size(
    model: Model, weights: Sequence[float], stretch: float, noise: float, random: Random | None = None
) -> list[int]:
    """Largest weighted share first; *stretch* lets the length count, *noise* blurs the sizes."""

    sizes = [-sum(map(mul, shares, weights)) for shares in model.shares]
    if stretch:
        sizes = [size * length**stretch for size, length in zip(sizes, model.lengths, strict=True)]
    if random:
        sizes = [size * (1.0 + noise * random.uniform(-1.0, 1.0)) for size in sizes]
    return sorted(range(len(model.needs)), key=sizes.__getitem__)


def regrouped(model: Model, layout: Layout, random: Random) -> list[int]:
    """An order that keeps what lies together together: first fit in it opens no more bins of one kind than before."""
    new = list(range(model.rooms, len(layout.items)))
    if random.random() < 0.5:
        random.shuffle(new)
    else:
        filled = {at: sum(sum(model.shares[item]) for item in layout.items[at]) for at in new}
        new.sort(key=lambda at: -filled[at] * random.uniform(0.8, 1.2))
    groups = [layout.items[at] for at in (*range(model.rooms), *new)]
    return [item for group in groups for item in group] + layout.unplaced
