"""The terms of a worker template out of the request for it."""

from __future__ import annotations

from control_plane_api.domain.events.worker_template_events import WorkerTemplateTerms
from lcm_core.contracts.definitions import CreateWorkerTemplate


def terms_of(request: CreateWorkerTemplate) -> WorkerTemplateTerms:
    return WorkerTemplateTerms(**{name: getattr(request, name) for name in WorkerTemplateTerms.model_fields})
