"""How long EC2 may know of an instance without showing it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lcm_core.domain.read_models import CMLWorkerReadModel


def may_be_invisible(worker: CMLWorkerReadModel, now: datetime, within: timedelta) -> bool:
    """Whether a launch whose answer nobody saw may have made an instance that EC2 does not list yet.

    EC2 lists an instance *within* that time. The same launch may have been asked for again and again since it was
    recorded; nobody asks any more once the worker is no longer wanted, or has failed, and that is recorded, too.
    """
    attempt = worker.launch_under_way
    return attempt is not None and now - max(attempt.at, worker.updated_at) < within
