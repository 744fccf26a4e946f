"""A transaction that its client left open does not hold its documents for long."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

DEFAULT_SECONDS = 60


@pytest.fixture
def client(tmp_path: Path, unused_tcp_port: int) -> Iterator[MongoClient[dict[str, Any]]]:
    command = [sys.executable, "-m", "local_stack.mongo_server", "--port", str(unused_tcp_port)]
    command += ["--storage-path", str(tmp_path / "db"), "--transaction-seconds", "1"]
    process = subprocess.Popen(command)
    uri = f"mongodb://127.0.0.1:{unused_tcp_port}/?retryWrites=false&directConnection=true"
    try:
        with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=30_000) as connected:
            connected.admin.command("ping")
            yield connected
    finally:
        process.terminate()
        assert process.wait(timeout=10) == 0


@pytest.mark.timeout(90)
def test_what_a_dead_client_left_open_gives_way_to_the_next_one(client: MongoClient[dict[str, Any]]) -> None:
    sessions = client["test"]["sessions"]
    sessions.insert_one({"_id": "s", "by": "nobody"})
    dead = client.start_session()
    dead.start_transaction()
    sessions.update_one({"_id": "s"}, {"$set": {"by": "the dead"}}, session=dead)
    began = time.monotonic()
    refusals = 0

    def take(session: ClientSession) -> None:
        nonlocal refusals
        try:
            sessions.update_one({"_id": "s"}, {"$set": {"by": "the living"}}, session=session)
        except PyMongoError:
            refusals += 1
            raise

    with client.start_session() as living:
        living.with_transaction(take)

    assert refusals > 0
    assert sessions.find_one({"_id": "s"}) == {"_id": "s", "by": "the living"}
    assert time.monotonic() - began < DEFAULT_SECONDS / 2
