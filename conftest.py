"""For every test: how many examples a property is tried on unless it says so itself, and whom TLS trusts."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
import trustme
from hypothesis import settings

from lcm_core.testing.examples import examples

settings.register_profile("usual", max_examples=examples(60), deadline=None)
settings.load_profile("usual")


def pytest_configure(config: pytest.Config) -> None:
    """Of all authorities of the world a test needs none, and each client of HTTP would read them for 20 ms."""
    if hasattr(config, "workerinput"):
        return  # it has the environment of the process that started it, as the processes of a stack have
    folder = tempfile.TemporaryDirectory(prefix="lcm-authority-")
    config.add_cleanup(folder.cleanup)
    file = Path(folder.name) / "nobody.pem"
    trustme.CA(organization_name="Nobody").cert_pem.write_to_path(str(file))
    os.environ["SSL_CERT_FILE"] = str(file)
