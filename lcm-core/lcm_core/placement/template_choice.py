"""Which template a new worker is made from: what room for the demand that can be seen costs an hour.

The cheapest worker that holds one lab is the right one for one lab. For a class it is the one that holds most of it for
the money; and where others fill workers at that time already, as much again is expected to come (doubling what is
there costs at the worst a constant factor more than knowing the future).
"""

from __future__ import annotations

from collections.abc import Iterable

from lcm_core.domain.values import ResourceVector
from lcm_core.placement.fleet import TemplateSnapshot
from lcm_core.placement.rearrangement import usable_capacity


def best_template(
    offered: Iterable[TemplateSnapshot], need: ResourceVector, wanted: int = 1
) -> TemplateSnapshot | None:
    """The one of *offered*, each of which can hold *need*, whose workers hold *wanted* such labs for the least money.

    Of equal ones the one that holds a single worker cheapest, then the fastest, then by name.
    """

    def price(template: TemplateSnapshot) -> tuple[float, float, int, str]:
        workers = -(-max(wanted, 1) // max(labs_on(template, need), 1))
        cost = template.cost_per_hour_usd
        return cost * workers, cost, template.startup_seconds, template.name

    return min(offered, key=price, default=None)


def labs_on(template: TemplateSnapshot, need: ResourceVector) -> int:
    """How many labs of *need* an empty worker of *template* holds at once."""
    return labs_in(usable_capacity(template.as_worker(template.name)), need)


def labs_in(amounts: ResourceVector, need: ResourceVector) -> int:
    """How many times *amounts* are *need*."""
    pairs = zip(amounts.dimensions(), need.dimensions(), strict=True)
    return min((have // each for (_, have), (_, each) in pairs if each), default=0)
