"""The terms of a worker template out of the request for it, and what they must keep to beyond their own form."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator

from control_plane_api.domain.entities import WorkerTemplate
from control_plane_api.domain.events.worker_template_events import WorkerTemplateTerms
from control_plane_api.domain.identities import worker_template_id
from lcm_core.application.unit_of_work import UnitOfWork
from lcm_core.contracts.definitions import CreateWorkerTemplate
from lcm_core.domain.errors import InputProblem, InvalidInput
from lcm_core.observability.redaction import REDACTED, is_secret_name, redact_text

_ASSIGNMENT = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_-]*)\s*[=:]\s*(?P<value>[\"']?[^\s\"'$<{(]\S*)")
_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_REFERENCES = ("arn:", "/", "http://", "https://")
_HARMLESS = frozenset({"true", "false", "yes", "no", "none", "null"})


def terms_of(request: CreateWorkerTemplate) -> WorkerTemplateTerms:
    return WorkerTemplateTerms(**{name: getattr(request, name) for name in WorkerTemplateTerms.model_fields})


async def check_terms(request: CreateWorkerTemplate, uow: UnitOfWork) -> None:
    """Raises InvalidInput with everything that is wrong."""
    problems = [*_secret_problems(request), *[each async for each in _fallback_problems(request, uow)]]
    if problems:
        raise InvalidInput(problems, what="worker template")


def _secret_problems(request: CreateWorkerTemplate) -> Iterator[InputProblem]:
    """User data can be read by everybody on the instance, and by everybody who may read the template."""
    for number, line in enumerate(request.provisioning.user_data.splitlines(), start=1):
        if _PRIVATE_KEY.search(line) or REDACTED in redact_text(line) or any(_names_secret(line)):
            yield InputProblem(
                "/provisioning/user_data",
                f"line {number} looks as if it held a secret; let the host fetch it from a secret store instead",
            )


def _names_secret(line: str) -> Iterator[bool]:
    for found in _ASSIGNMENT.finditer(line):
        value = found["value"].strip("\"',;").lower()
        if value and value not in _HARMLESS and not value.startswith(_REFERENCES):
            yield is_secret_name(found["name"])


async def _fallback_problems(request: CreateWorkerTemplate, uow: UnitOfWork) -> AsyncIterator[InputProblem]:
    for number, name in enumerate(request.provisioning.fallback_templates):
        other = await uow.find(WorkerTemplate, worker_template_id(name))
        why = f"there is no worker template {name!r}" if other is None else _not_as_good(request, other)
        if why:
            yield InputProblem(f"/provisioning/fallback_templates/{number}", why)


def _not_as_good(request: CreateWorkerTemplate, other: WorkerTemplate) -> str:
    state = other.state
    if state.region != request.region:
        return f"{state.name!r} makes workers in {state.region}, not in {request.region}"
    if state.license_type is not request.license_type:
        return f"{state.name!r} is licensed {state.license_type.value}, not {request.license_type.value}"
    if not state.capacity.covers(request.capacity):
        return f"{state.name!r} has less room than this template"
    return ""
