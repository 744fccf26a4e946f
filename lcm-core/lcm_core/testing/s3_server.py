"""S3 over HTTP for tests: moto's server, in a thread, with buckets of their own for each test."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from uuid import uuid4

from moto.server import ThreadedMotoServer

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@contextmanager
def s3_server() -> Generator[str]:
    """The endpoint's URL; credentials for it are in the environment meanwhile. moto has one memory per process."""
    before = {name: os.environ.get(name) for name in _CREDENTIALS}
    os.environ.update(_CREDENTIALS)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def a_bucket_name(prefix: str = "test") -> str:
    return f"{prefix}-{uuid4().hex[:12]}"
