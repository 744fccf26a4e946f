"""MongoDB commands are measured and traced."""

from __future__ import annotations

import subprocess
import sys

from lcm_core.testing.mongo_server import mongo_server

SCRIPT = """
import asyncio, sys
from opentelemetry.sdk.resources import Resource
from pymongo import AsyncMongoClient
from lcm_core.observability import instrument_mongo, prometheus_text
from lcm_core.observability.metrics import configure_metrics

async def main():
    configure_metrics(Resource.get_empty())
    instrument_mongo()
    instrument_mongo()
    async with AsyncMongoClient(sys.argv[1]) as client:
        await client.measured.things.insert_one({"_id": 1})
        await client.measured.things.find_one({"_id": 1})
    print(prometheus_text().decode())

asyncio.run(main())
"""


def test_each_command_is_measured_once() -> None:
    with mongo_server() as server:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, server.uri], capture_output=True, text=True, timeout=60, check=True
        )
    counts = [line for line in done.stdout.splitlines() if line.startswith("lcm_mongo_command_duration_seconds_count")]
    assert sorted(line.split("{")[1] for line in counts) == [
        'command="find",outcome="ok"} 1.0',
        'command="insert",outcome="ok"} 1.0',
    ]
