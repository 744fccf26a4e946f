"""Which SSH host key each worker's console server must show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Protocol

import structlog

log = structlog.stdlib.get_logger(__name__)


class HostKeyPolicy(Protocol):
    def accepts(self, worker_id: str, address: str, fingerprint: str) -> bool:
        """Whether a key that no known_hosts file vouches for is taken from *worker_id*."""
        ...


class RefuseUnknownKeys:
    """For use with a known_hosts file: what is not in it is not trusted."""

    def accepts(self, worker_id: str, address: str, fingerprint: str) -> bool:
        log.error("console_host_key_unknown", worker_id=worker_id, address=address, fingerprint=fingerprint)
        return False


class PinnedOnFirstUse:
    """Takes the first key that a worker shows and no other one afterwards.

    A worker keeps its key through stop and start; a new host is a new worker. With *file* the pins outlive the process.
    The first connection is not protected: it is made on the fleet's own network, right after the host was launched.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._pins: dict[str, str] = _read(file) if file is not None else {}

    def accepts(self, worker_id: str, address: str, fingerprint: str) -> bool:
        pinned = self._pins.get(worker_id)
        if pinned is None:
            self._pins[worker_id] = fingerprint
            self._save()
            log.info("console_host_key_pinned", worker_id=worker_id, address=address, fingerprint=fingerprint)
            return True
        if pinned != fingerprint:
            log.error(
                "console_host_key_changed",
                worker_id=worker_id,
                address=address,
                pinned=pinned,
                fingerprint=fingerprint,
            )
        return pinned == fingerprint

    def _save(self) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self._pins, indent=1, sort_keys=True))
        fresh.replace(self._file)


def _read(file: Path) -> dict[str, str]:
    if not file.exists():
        return {}
    content = json.loads(file.read_text())
    return {str(worker_id): str(fingerprint) for worker_id, fingerprint in content.items()}
