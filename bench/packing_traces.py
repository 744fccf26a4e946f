"""Generated days of bookings, with fixed seeds, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from lcm_core.domain.values import CAPACITY_SLOT, ResourceVector, Timeslot
from lcm_core.placement.packing import Booking, Offer

MONDAY = datetime(2030, 1, 7, tzinfo=UTC)
LARGE = Offer("large", ResourceVector(cpu_cores=48, memory_gb=192, storage_gb=900, nodes=120, ports=240), 4.0)
MEDIUM = Offer("medium", ResourceVector(cpu_cores=32, memory_gb=128, storage_gb=600, nodes=80, ports=160), 2.9)
PERSONAL = Offer("personal", ResourceVector(cpu_cores=24, memory_gb=96, storage_gb=400, nodes=20, ports=80), 1.9)


@dataclass(frozen=True, slots=True)
class Lab:
    """What one definition needs."""

    vector: ResourceVector
    places: frozenset[str] = frozenset({"large"})


@dataclass(frozen=True, slots=True)
class Trace:
    name: str
    offers: tuple[Offer, ...]
    bookings: tuple[Booking, ...]
    adversarial: bool


def lab(cpu: int, memory: int, nodes: int, places: frozenset[str] = frozenset({"large"})) -> Lab:
    vector = ResourceVector(cpu_cores=cpu, memory_gb=memory, storage_gb=8 * nodes, nodes=nodes, ports=2 * nodes)
    return Lab(vector, places)


CATALOGUE = (
    lab(2, 8, 3),
    lab(4, 12, 5),
    lab(4, 24, 6),
    lab(6, 20, 9),
    lab(8, 36, 12),
    lab(10, 28, 16),
    lab(8, 56, 16),
    lab(16, 48, 24),
)
"""Labs as courses have them: some want cores, some memory, some nodes."""


def at(hours: float, length: float) -> Timeslot:
    start = MONDAY + timedelta(hours=hours)
    return Timeslot(start=start, end=start + max(CAPACITY_SLOT, timedelta(hours=length))).on_grid()


def steady(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    for _ in range(220):
        yield random.choice(CATALOGUE), at(random.uniform(8, 17), random.uniform(1.0, 4.0))


def exam_day(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Two sittings of two exams, and those who study beside them."""
    for opens in (9.0, 13.5):
        for seat in (CATALOGUE[5], CATALOGUE[6]):
            for _ in range(24):
                yield seat, at(opens - 0.5, 4.0)
    for _ in range(50):
        yield random.choice(CATALOGUE[:5]), at(random.uniform(7, 16), random.uniform(1, 3))


def mixed_sizes(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """All at once: sixty of any shape."""
    for _ in range(90):
        yield lab(random.randint(2, 18), random.randint(8, 72), random.randint(4, 40)), at(9, 3)


def long_and_short(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    for _ in range(260):
        if random.random() < 0.2:
            yield random.choice(CATALOGUE), at(random.uniform(6, 9), random.uniform(10, 14))
        else:
            yield random.choice(CATALOGUE), at(random.uniform(7, 20), random.uniform(0.5, 1.5))


def small_before_large(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Adversarial: every small one is placed before the first large one is known."""
    for cpu in (7, 7, 9):
        for _ in range(12):
            yield lab(cpu, random.randint(16, 40), 10), at(9, 3)
    for _ in range(18):
        yield lab(25, random.randint(60, 90), 30), at(9, 3)


def triplets(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Adversarial: more than a half, about a third and the rest fill a worker to the last core; in any order."""
    sizes: list[int] = []
    for _ in range(14):
        half, third = random.randint(25, 28), random.randint(13, 16)
        sizes += [half, third, LARGE.capacity.cpu_cores - half - third]
    random.shuffle(sizes)
    for cpu in sizes:
        yield lab(cpu, 3 * cpu, cpu), at(9, 3)


def unlike_pairs(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Adversarial: those that want cores come first, then those that want memory; they go together well."""
    for _ in range(26):
        yield lab(random.randint(14, 22), random.randint(12, 30), 10), at(9, random.uniform(2, 3))
    for _ in range(26):
        yield lab(random.randint(3, 7), random.randint(60, 90), 10), at(9, random.uniform(2, 3))


def weekdays(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Five days with a morning and an afternoon peak, booked in no order."""
    for _ in range(500):
        hour = random.choice((random.gauss(9.5, 0.7), random.gauss(14, 0.8), random.uniform(8, 20)))
        yield random.choice(CATALOGUE), at(24 * random.randrange(5) + max(7.0, hour), random.uniform(1, 3))


def staircase(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Adversarial: each begins a little later and lasts a little longer, the shortest are booked first."""
    for step in range(150):
        yield random.choice(CATALOGUE), at(8 + step * 0.05, 0.5 + (step % 14) * 0.35)


def classes(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Classes of eight to sixteen equal seats."""
    for _ in range(16):
        seat, slot = random.choice(CATALOGUE), at(random.choice((8, 9, 10, 13, 14, 16)), random.choice((2, 3, 4)))
        for _ in range(random.randint(8, 16)):
            yield seat, slot


def evenings(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Self-study, wanted at once, in the order of time; most are small."""
    for start in sorted(random.triangular(16, 24, 20) for _ in range(220)):
        yield random.choice((*CATALOGUE, *CATALOGUE[:4])), at(start, random.expovariate(0.6) + 0.4)


def three_templates(random: Random) -> Iterator[tuple[Lab, Timeslot]]:
    """Three templates and labs that not each of them may take."""
    anywhere, licensed = frozenset({"large", "medium", "personal"}), frozenset({"large", "medium"})
    for _ in range(60):
        nodes = random.randint(4, 36)
        places = anywhere if nodes <= 20 and random.random() < 0.6 else licensed
        yield lab(random.randint(2, 20), random.randint(8, 72), nodes, places), at(random.choice((9, 9.5, 13)), 4)


Shape = Callable[[Random], Iterator[tuple[Lab, Timeslot]]]
NATURAL: tuple[Shape, ...] = (
    steady,
    exam_day,
    mixed_sizes,
    long_and_short,
    weekdays,
    classes,
    evenings,
)
ADVERSARIAL: tuple[Shape, ...] = (small_before_large, triplets, unlike_pairs, staircase)


def traces(seed: int = 1) -> list[Trace]:
    """Natural days first, then those made to mislead whoever places one booking after the other."""
    one = [_trace(shape, (LARGE,), seed) for shape in NATURAL]
    several = _trace(three_templates, (LARGE, MEDIUM, PERSONAL), seed)
    return [*one, several, *(_trace(shape, (LARGE,), seed, adversarial=True) for shape in ADVERSARIAL)]


def _trace(shape: Shape, offers: tuple[Offer, ...], seed: int, *, adversarial: bool = False) -> Trace:
    name = shape.__name__.replace("_", "-")
    drawn = shape(Random(f"{name}/{seed}"))
    bookings = tuple(
        Booking(f"s-{number:03}", lab.vector, slot, lab.places) for number, (lab, slot) in enumerate(drawn)
    )
    return Trace(name, offers, bookings, adversarial)
