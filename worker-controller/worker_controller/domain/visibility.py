"""How long EC2 may know of an instance without showing it."""

from __future__ import annotations

from datetime import datetime, timedelta

from lcm_core.domain.read_models import CMLWorkerReadModel

NOT_VISIBLE_YET = timedelta(seconds=60)
"""EC2 may need this long before a new instance shows in its lists."""


def may_be_invisible(worker: CMLWorkerReadModel, now: datetime) -> bool:
    """Whether a launch whose answer nobody saw may have made an instance that EC2 does not list yet.

    The same launch may have been asked for again and again since it was recorded; nobody asks any more once the worker
    is no longer wanted, or has failed, and that is recorded, too.
    """
    attempt = worker.launch_under_way
    return attempt is not None and now - max(attempt.at, worker.updated_at) < NOT_VISIBLE_YET
