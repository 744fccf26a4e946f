"""Does without a bin: what was in it is put elsewhere, throwing out what is easier to place again.

Ejection search with a memory (after Nagata and Bräysy's fleet minimisation): each time that an item finds no room its
penalty grows, and what is thrown out for it is what has the least penalty; between, random moves stir the bins.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from lcm_core.placement.packing_model import Effort, Layout, Model

STIRS = 6
NEVER = 1 << 60
LOOKED_INTO = 1
"""Bins in which more than one item is looked for, when one of them has a way."""


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
            self._stir(layout, stirs)
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
        """Where *item* goes in by throwing out what has little penalty together: one, a pair, or several.

        Bins are looked at from one picked by chance on. All of them are asked for one; for more, few of them.
        """
        allowed, count = self.model.allowed[item], len(layout.items)
        begin = int(self._random.random() * count)
        bins = [at for at in (*range(begin, count), *range(begin)) if allowed >> layout.kinds[at] & 1]
        best, found = self._single(layout, item, bins)
        if best == 1:
            return found
        for place, at in enumerate(bins):
            if place >= LOOKED_INTO and found:
                break
            price, thrown_out = self._more(item, layout.free[at] - self.model.needs[item], layout.items[at], best)
            if price < best:
                best, found = price, (at, thrown_out)
        return found

    def _single(self, layout: Layout, item: int, bins: list[int]) -> tuple[int, tuple[int, tuple[int, ...]] | None]:
        penalties, needs, guards = self._penalties, self.model.needs, self.model.guards
        best, found, tests = NEVER, None, 0
        for at in bins:
            short = layout.free[at] - needs[item]
            tests += len(layout.items[at])
            for one in layout.items[at]:
                if penalties[one] < best and (short + needs[one]) & guards == guards:
                    best, found = penalties[one], (at, (one,))
            if best == 1:
                break
        self._effort.spent(tests)
        return best, found

    def _more(self, item: int, short: int, inside: list[int], most: int) -> tuple[int, tuple[int, ...]]:
        """The cheapest pair that costs less than *most*; several when no pair is enough."""
        penalties, over = self._penalties, self.model.guards_over
        missing = self.model.guards & ~short
        able = [one for one in inside if over[one] & missing and penalties[one] < most]
        able.sort(key=penalties.__getitem__)
        price, thrown_out = self._pair(short, missing, able, most)
        return (price, thrown_out) if thrown_out else self._several(short, able, most)

    def _pair(self, short: int, missing: int, able: list[int], most: int) -> tuple[int, tuple[int, ...]]:
        penalties, needs, guards, over = self._penalties, self.model.needs, self.model.guards, self.model.guards_over
        tests, found = len(able), ()
        for place, one in enumerate(able):
            if penalties[one] + penalties[able[0]] >= most:
                break
            with_one, left = short + needs[one], missing & ~over[one]
            for other in able[:place]:
                if penalties[one] + penalties[other] >= most:
                    break
                if not left & ~over[other]:
                    tests += 1
                    if (with_one + needs[other]) & guards == guards:
                        most, found = penalties[one] + penalties[other], (one, other)
                        break
        self._effort.spent(tests)
        return most, found

    def _several(self, short: int, able: list[int], most: int) -> tuple[int, tuple[int, ...]]:
        """Those of *able*, easiest first, to throw out together, unless they cost *most*."""
        needs, guards, over, penalties = self.model.needs, self.model.guards, self.model.guards_over, self._penalties
        thrown_out: list[int] = []
        self._effort.spent(len(able))
        for each in able:
            if over[each] & ~short & guards:
                thrown_out.append(each)
                short += needs[each]
                if short & guards == guards:
                    break
        else:
            return NEVER, ()
        for each in reversed(thrown_out.copy()):
            if (short - needs[each]) & guards == guards:
                thrown_out.remove(each)
                short -= needs[each]
        price = sum(penalties[each] for each in thrown_out)
        return (price, tuple(thrown_out)) if price < most else (NEVER, ())

    def _stir(self, layout: Layout, times: int) -> None:
        """*times*, move one item or swap two between bins picked by chance, when they fit."""
        guards, needs, allowed = self.model.guards, self.model.needs, self.model.allowed
        free, items, kinds, random = layout.free, layout.items, layout.kinds, self._random.random
        count = len(items)
        for _ in range(times):
            here, there = int(random() * count), int(random() * count)
            inside = items[here]
            if here == there or not inside:
                continue
            item = inside[int(random() * len(inside))]
            if not allowed[item] >> kinds[there] & 1:
                continue
            need = needs[item]
            left = free[there] - need
            if left & guards == guards:
                inside.remove(item)
                items[there].append(item)
                free[here], free[there] = free[here] + need, left
                continue
            if not items[there]:
                continue
            other = items[there][int(random() * len(items[there]))]
            back, left = free[here] + need - needs[other], left + needs[other]
            if left & back & guards == guards and allowed[other] >> kinds[here] & 1:
                inside.remove(item)
                items[there].remove(other)
                items[there].append(item)
                inside.append(other)
                free[here], free[there] = back, left
