"""Where content packages come from.

Errors are those of lcm-core's tree: NotFound for a bucket or package that is not there, InvalidInput for a package that
cannot be used, FarEndError when the store does not answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lablet_controller.domain.package_files import PackageEntry


@dataclass(frozen=True, slots=True)
class FetchedPackage:
    entries: tuple[PackageEntry, ...]
    fingerprint: str


class ContentSource(Protocol):
    """Every call has a deadline and may be repeated."""

    async def fingerprint(self, bucket: str) -> str:
        """Changes whenever anything in *bucket* does; costs no reading of it."""
        ...

    async def fetch(self, bucket: str) -> FetchedPackage:
        """The package as it is, all of it from one moment."""
        ...
