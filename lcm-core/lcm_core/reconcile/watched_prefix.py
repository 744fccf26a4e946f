"""Which keys in etcd wake which keys in the queue."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from typing import Protocol, Self

from lcm_core.coordination import WatchBatch, WatchEvent, WatchResync


class WatchSource(Protocol):
    """What a loop needs of ``EtcdClient``."""

    def watch_prefix(
        self, prefix: str, start_revision: int | None = None
    ) -> AsyncGenerator[WatchBatch | WatchResync]: ...


@dataclass(frozen=True, slots=True)
class WatchedPrefix:
    """*key_of* says which key an event is about, None for one that matters to nobody."""

    prefix: str
    key_of: Callable[[WatchEvent], str | None]

    @classmethod
    def by_id(cls, prefix: str, *leaves: str) -> Self:
        """Keys ``<prefix>/<id>/<leaf>`` wake ``<id>``; any leaf unless some are named."""
        root = prefix.rstrip("/") + "/"

        def key_of(event: WatchEvent) -> str | None:
            identifier, _, leaf = event.kv.key.removeprefix(root).partition("/")
            return identifier if identifier and (not leaves or leaf in leaves) else None

        return cls(root, key_of)

    @classmethod
    def to_one_key(cls, prefix: str, key: str) -> Self:
        """Any event wakes *key*."""
        return cls(prefix, lambda _event: key)
