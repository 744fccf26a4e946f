"""What each instance of each service last told that it runs with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from lcm_core.contracts.service_settings import ServiceSettingsReport

SERVICE_SETTINGS = "service_settings"
REPORTED_ON = "reported_on"
"""The same instant as ``reported_at``, as a date: only from those does the database count."""
KEPT = timedelta(hours=1)
"""An instance tells every ten minutes; one that has not for so long is gone."""


class ServiceSettingsBook(Protocol):
    async def reports(self) -> Sequence[ServiceSettingsReport]:
        """By service, and of each the last instance first. Raises ``StoreUnavailable``."""
        ...
