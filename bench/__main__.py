"""`make bench`: every measurement, or those named on the command line."""

from __future__ import annotations

import sys

from bench import (
    api,
    booking_herd,
    command_throughput,
    committed_bookings,
    live_stream,
    many_sessions,
    pending_to_ready,
    placement,
    ui,
    warm_pool,
    workers,
)
from bench.machine import machine_facts
from bench.month import run as month
from bench.pipeline import run as pipeline

MEASUREMENTS = {
    "api": api.run,
    "booking-herd": booking_herd.run,
    "command-throughput": command_throughput.run,
    "month": month.run,
    "committed-bookings": committed_bookings.run,
    "live-stream": live_stream.run,
    "many-sessions": many_sessions.run,
    "pending-to-ready": pending_to_ready.run,
    "pipeline": pipeline.run,
    "placement": placement.run,
    "ui": ui.run,
    "warm-pool": warm_pool.run,
    "workers": workers.run,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(MEASUREMENTS)
    if unknown:
        sys.stderr.write(f"unknown: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}\n")
        return 2
    sys.stdout.write(machine_facts() + "\n")
    for name in names or MEASUREMENTS:
        sys.stdout.write(f"\n{name}\n" + "".join(f"  {line}\n" for line in MEASUREMENTS[name]()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
