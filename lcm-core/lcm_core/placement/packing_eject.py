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
        """Where *item* goes in by throwing out one or two with the least penalty; equal ones by chance."""
        model, penalties, needs, guards = self.model, self._penalties, self.model.needs, self.model.guards
        best, found, ties, tests = 1 << 60, None, 0, 0
        for at, inside in enumerate(layout.items):
            if not model.allowed[item] >> layout.kinds[at] & 1:
                continue
            short = layout.free[at] - needs[item]
            tests += len(inside)
            stubborn: list[int] = []
            for one in inside:
                if penalties[one] > best:
                    continue
                if (short + needs[one]) & guards == guards:
                    best, found, ties = self._better(best, found, ties, penalties[one], (at, (one,)))
                else:
                    stubborn.append(one)
            for place, one in enumerate(stubborn):
                for other in stubborn[:place]:
                    price = penalties[one] + penalties[other]
                    if price <= best:
                        tests += 1
                        if (short + needs[one] + needs[other]) & guards == guards:
                            best, found, ties = self._better(best, found, ties, price, (at, (one, other)))
        self._effort.spent(tests)
        return found

    def _better(
        self,
        best: int,
        found: tuple[int, tuple[int, ...]] | None,
        ties: int,
        price: int,
        candidate: tuple[int, tuple[int, ...]],
    ) -> tuple[int, tuple[int, tuple[int, ...]] | None, int]:
        if price < best:
            return price, candidate, 1
        if price == best and self._random.random() * (ties + 1) < 1.0:
            return best, candidate, ties + 1
        return best, found, ties + 1

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
