"""The MongoDB-wire server of the local stack.

As its own launcher runs it, but for one thing that it has no option for: how long a transaction whose client is gone
may hold its documents. Production sets that to as many seconds (``transactionLifetimeLimitSeconds``).
"""

from __future__ import annotations

import argparse
import logging
import signal
from types import FrameType

from secantus.server import SecantusDBServer

from local_stack.plan import HOST

TRANSACTION_SECONDS = 10.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="local_stack.mongo_server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--storage-path", required=True)
    parser.add_argument("--transaction-seconds", type=float, default=TRANSACTION_SECONDS)
    given = parser.parse_args()
    logging.basicConfig(level="WARNING", format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server = SecantusDBServer(
        host=HOST,
        port=given.port,
        storage_path=given.storage_path,
        enable_test_commands=False,
        sync_on_commit=True,
        transaction_lifetime_seconds=given.transaction_seconds,
    )

    def stop(_signal: int, _frame: FrameType | None) -> None:
        server.stop()
        raise SystemExit(0)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    server.start()
    server.wait()


if __name__ == "__main__":
    main()
