"""Does without a bin: what was in it is put elsewhere, throwing out what is easier to place again.

Ejection search with a memory (after Nagata and Bräysy's fleet minimisation): each time that an item finds no room its
penalty grows, and what is thrown out for it is what has the least penalty; between, random moves stir the bins.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from lcm_core.placement.packing_model import Effort, Layout, Model

STIRS = 6


class Ejection:
    """One search over a layout of its own; penalties live as long as it does."""

    def __init__(self, model: Model, effort: Effort, random: Random) -> None:
        self.model = model
        self._effort = effort
        self._random = random
        self._penalties = [1] * len(model.needs)

    def settle(self, layout: Layout, pool: list[int], patience: int, stirs: int = STIRS) -> bool:
        """Put all of *pool* into the bins of *layout*; false when patience or effort ends before.

        After each ejection *stirs* random moves are tried; without them few items change place.
        """
        for _ in range(patience):
            if not pool:
                return True
            item = pool.pop()
            if self._effort.spent(len(layout.free)):
                return False
            at = self._room_for(layout, item)
            if at is not None:
                layout.add(self.model, at, item)
                continue
            self._penalties[item] += 1
            found = self._cheapest_ejection(layout, item)
            if found is None:
                return False
            at, thrown_out = found
            for each in thrown_out:
                layout.take(self.model, at, each)
            layout.add(self.model, at, item)
            pool.extend(sorted(thrown_out, key=lambda each: -self._penalties[each]))
            for _ in range(stirs):
                self._stir(layout)
        return not pool

    def settle_directly(self, layout: Layout, pool: Iterable[int]) -> bool:
        """Put each of *pool*, in order, where it fits as things are; false when one of them fits nowhere."""
        for item in pool:
            at = self._room_for(layout, item)
            if at is None or self._effort.spent(len(layout.free)):
                return False
            layout.add(self.model, at, item)
        return True

    def _room_for(self, layout: Layout, item: int) -> int | None:
        need, allowed, guards = self.model.needs[item], self.model.allowed[item], self.model.guards
        kinds = layout.kinds
        for at, free in enumerate(layout.free):
            if (free - need) & guards == guards and allowed >> kinds[at] & 1:
                return at
        return None

    def _cheapest_ejection(self, layout: Layout, item: int) -> tuple[int, tuple[int, ...]] | None:
        """Where *item* goes in by throwing out what has the least penalty together; equal ones by chance."""
        model, random = self.model, self._random
        best, ties = 1 << 60, 0
        found: tuple[int, tuple[int, ...]] | None = None
        for at, inside in enumerate(layout.items):
            if not model.allowed[item] >> layout.kinds[at] & 1:
                continue
            for price, thrown_out in self._ways_in(item, layout.free[at] - model.needs[item], inside, best):
                if price < best:
                    best, ties, found = price, 1, (at, thrown_out)
                elif price == best:
                    ties += 1
                    if random.random() * ties < 1.0:
                        found = (at, thrown_out)
        return found

    def _ways_in(self, item: int, short: int, inside: list[int], most: int) -> list[tuple[int, tuple[int, ...]]]:
        """(penalty, thrown out): each single one that is enough, else pairs, else several; none dearer than *most*."""
        penalties, needs, guards = self._penalties, self.model.needs, self.model.guards
        ways: list[tuple[int, tuple[int, ...]]] = []
        not_enough: list[int] = []
        for one in inside:
            if (short + needs[one]) & guards != guards:
                not_enough.append(one)
            elif penalties[one] <= most:
                ways.append((penalties[one], (one,)))
        if not ways:
            for place, one in enumerate(not_enough):
                with_one, left = short + needs[one], most - penalties[one]
                ways.extend(
                    (penalties[one] + penalties[other], (one, other))
                    for other in not_enough[:place]
                    if penalties[other] <= left and (with_one + needs[other]) & guards == guards
                )
        self._effort.spent(len(inside) * (1 if ways else 2))
        if not ways:
            several = self._several(item, short, not_enough)
            price = sum(penalties[each] for each in several)
            if several and price <= most:
                ways.append((price, several))
        return ways

    def _several(self, item: int, short: int, inside: list[int]) -> tuple[int, ...]:
        """Those of *inside* to throw out for *item*, the easiest first; none when all of them are not enough."""
        model, needs, guards = self.model, self.model.needs, self.model.guards
        first, last = model.starts[item], model.starts[item] + model.lengths[item]
        thrown_out: list[int] = []
        for each in sorted(inside, key=lambda one: (self._penalties[one], one)):
            start = model.starts[each]
            if start < last and start + model.lengths[each] > first:
                thrown_out.append(each)
                short += needs[each]
                if short & guards == guards:
                    break
        else:
            return ()
        for each in reversed(thrown_out.copy()):
            if (short - needs[each]) & guards == guards:
                thrown_out.remove(each)
                short -= needs[each]
        return tuple(thrown_out)

    def _stir(self, layout: Layout) -> None:
        """Move one item, or swap two, between bins picked by chance, when they fit."""
        model, random = self.model, self._random
        here, there = int(random.random() * len(layout.items)), int(random.random() * len(layout.items))
        if here == there or not layout.items[here]:
            return
        item = layout.items[here][int(random.random() * len(layout.items[here]))]
        if not model.allowed[item] >> layout.kinds[there] & 1:
            return
        left = layout.free[there] - model.needs[item]
        if left & model.guards == model.guards:
            layout.take(model, here, item)
            layout.add(model, there, item)
        elif layout.items[there]:
            other = layout.items[there][int(random.random() * len(layout.items[there]))]
            back = layout.free[here] + model.needs[item] - model.needs[other]
            fits = (left + model.needs[other]) & back & model.guards == model.guards
            if fits and model.allowed[other] >> layout.kinds[here] & 1:
                layout.take(model, here, item)
                layout.take(model, there, other)
                layout.add(model, there, item)
                layout.add(model, here, other)
