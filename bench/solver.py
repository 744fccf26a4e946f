"""Runs the exact solver in an environment of its own, since it wants an older protobuf than the services run on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lcm_core.placement.packed_room import Claim, RoomCode
from lcm_core.placement.packing import Booking, Offer, PackingPlan

HOME = Path(".artifacts/solver")
LOCK = Path(__file__).with_name("solver.lock")
SCRIPT = Path(__file__).with_name("cp_sat.py")
CENTS = 100


@dataclass(frozen=True, slots=True)
class Proof:
    """What the solver found: no packing costs less than ``bound``; ``cost`` is the best that it or its hint has."""

    cost: float
    bound: float
    optimal: bool
    seconds: float


def ready() -> Path:
    """The solver's Python, installed from its lock when that has changed."""
    python, stamp = HOME / "bin" / "python", HOME / "installed.lock"
    if not stamp.exists() or stamp.read_text() != LOCK.read_text():
        uv = ".venv/bin/uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "-p", ".venv/bin/python", str(HOME)], check=True)
        wanted = ["--require-hashes", "-r", str(LOCK)]
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), *wanted], check=True)
        stamp.write_text(LOCK.read_text())
    return python


def prove(bookings: Sequence[Booking], offers: Sequence[Offer], plan: PackingPlan, seconds: float) -> Proof:
    """Look for a cheaper packing than *plan*, and for a proof that there is none."""
    claims = [Claim.over(booking.vector, booking.interval) for booking in bookings]
    code = RoomCode(claims, (), [offer.capacity for offer in offers])
    order = sorted(range(len(bookings)), key=lambda at: (-sum(code.amounts(bookings[at].vector)), bookings[at].id))
    place = {bookings[at].id: number for number, at in enumerate(order)}
    names = [offer.name for offer in offers]
    costs = [round(offer.cost_per_hour_usd * CENTS) for offer in offers]
    most = [round(plan.cost_per_hour_usd * CENTS) // cost for cost in costs]
    task = {
        "needs": [code.amounts(bookings[at].vector) for at in order],
        "instants": [code.span(claims[at]) for at in order],
        "instants_count": len(code.instants),
        "allowed": [[names.index(name) for name in sorted(bookings[at].places)] for at in order],
        "templates": [
            {"capacity": code.amounts(offer.capacity), "cost": cost, "most": each}
            for offer, cost, each in zip(offers, costs, most, strict=True)
        ],
        "hint": [
            {"template": names.index(each.offer), "bookings": [place[id] for id in each.booking_ids]}
            for each in plan.new_workers
        ],
        "at_least": round(plan.lower_bound_usd * CENTS),
        "seconds": seconds,
        "workers": 2,
    }
    done = subprocess.run([ready(), SCRIPT], input=json.dumps(task), capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return Proof(found["cost"] / CENTS, found["bound"] / CENTS, found["status"] == "OPTIMAL", found["seconds"])
