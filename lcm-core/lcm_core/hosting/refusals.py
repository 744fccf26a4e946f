"""Who was refused what: every such answer becomes a ``RefusedAttempt`` for whoever keeps them."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lcm_core.application.refusals import RefusalSink, RefusedAttempt
from lcm_core.auth.principal import Principal, Role
from lcm_core.auth.rate_limits import Standing, remote_address
from lcm_core.clock import Clock
from lcm_core.hosting.problems import Problem
from lcm_core.observability.correlation import correlation_id
from lcm_core.observability.metrics import meter
from lcm_core.observability.redaction import redact_text
from lcm_core.observability.route_names import RouteNames

_refused = meter("lcm_core.hosting").create_counter(
    "lcm_refused_attempts_total", description="Requests that were refused, by code and status."
)
_ALWAYS = frozenset({401, 403, 413, 429})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST_ID = 200
_LONGEST_REASON = 500


def note_refusal(request: Request, *, status: int, code: str, reason: str) -> None:
    """Have an answer that is no problem document count as a refusal: a redirect after a login that failed, say."""
    request.state.refusal = (status, code, reason)


class RefusalMiddleware:
    """Tells *sink* of every refusal, and every caller what its rate limit leaves.

    Refused is what got 401, 403, 413 or 429; a change that got any other 4xx, except from a service of ours, for which
    being late is daily business; and a look at something that belongs to somebody else.
    """

    def __init__(self, app: ASGIApp, routes: RouteNames, clock: Clock, sink: RefusalSink | None) -> None:
        self._app = app
        self._routes = routes
        self._clock = clock
        self._sink = sink

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})

        async def send_and_note(message: Message) -> None:
            if message["type"] == "http.response.start":
                standing = state.get("rate_limit")
                if isinstance(standing, Standing):
                    told = [(name.lower().encode(), value.encode()) for name, value in standing.headers.items()]
                    message["headers"] = [*message["headers"], *told]
                self._note(scope, state, message["status"])
            await send(message)

        await self._app(scope, receive, send_and_note)

    def _note(self, scope: Scope, state: dict[str, Any], status: int) -> None:
        refusal = state.get("refusal") or self._refusal_in(scope["method"], state, status)
        if refusal is None:
            return
        told_status, code, reason = refusal
        _refused.add(1, {"code": code, "status": told_status})
        if self._sink is None:
            return
        principal: Principal | None = state.get("principal")
        identifiers = [str(value) for value in scope.get("path_params", {}).values()]
        self._sink.put(
            RefusedAttempt(
                at=self._clock.now(),
                actor=principal.subject if principal else None,
                client_id=principal.client_id if principal else None,
                roles=tuple(sorted(role.value for role in principal.roles)) if principal else (),
                method=scope["method"],
                route=f"{scope['method']} {self._routes.of(scope)}",
                resource=_one_line(identifiers[0], _LONGEST_ID) if identifiers else None,
                status=told_status,
                code=code,
                reason=_one_line(redact_text(reason), _LONGEST_REASON),
                remote_address=remote_address(Request(scope)),
                correlation_id=correlation_id(),
            )
        )

    @staticmethod
    def _refusal_in(method: str, state: dict[str, Any], status: int) -> tuple[int, str, str] | None:
        if not 400 <= status < 500:
            return None
        principal: Principal | None = state.get("principal")
        owner = state.get("hidden_owner")
        is_change = method not in _SAFE_METHODS and not (principal and Role.SERVICE in principal.roles)
        if status not in _ALWAYS and owner is None and not is_change:
            return None
        problem: Problem | None = state.get("problem")
        code = problem.code if problem else f"http-{status}"
        reason = f"It belongs to {owner}." if owner is not None else (problem.detail if problem else "")
        return status, code, reason


def _one_line(text: str, longest: int) -> str:
    """*text* without anything that could begin a line, move a cursor or fill a store."""
    return "".join(each if each.isprintable() else "�" for each in text[:longest])


def tell_refusals(app: FastAPI, clock: Clock, sink: RefusalSink | None) -> None:
    """Call before ``instrument_app``, so that refusals carry the correlation id of their request."""
    app.add_middleware(RefusalMiddleware, routes=RouteNames(app), clock=clock, sink=sink)
