"""LDS inside a test."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from lcm_simulators.lds.app import build
from lcm_simulators.lds.settings import LdsSettings
from lcm_simulators.serving import serve_in_process


@dataclass(frozen=True)
class RunningLds:
    """A served simulator: base URL without trailing slash, and the user of its Reservations API."""

    url: str
    username: str
    password: str


@contextlib.asynccontextmanager
async def running_lds(state_dir: Path, **settings: object) -> AsyncIterator[RunningLds]:
    """Serve LDS on a free port, its state in `state_dir`; `settings` are fields of LdsSettings."""
    merged = LdsSettings.model_validate({"state_dir": state_dir, "password": SecretStr("lds-test"), **settings})
    async with serve_in_process(build(merged)) as url:
        yield RunningLds(url, merged.username, merged.password.get_secret_value())
