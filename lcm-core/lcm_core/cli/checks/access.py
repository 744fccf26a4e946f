"""Whether one gets in at all: issuer, sign-in, clock, certificates."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from lcm_core.cli.checks.findings import Finding, Patient, broken, doubtful, well
from lcm_core.cli.identity.contexts import Context
from lcm_core.cli.resources.cells import span

_SKEW_WARNS_SECONDS, _SKEW_FAILS_SECONDS = 5.0, 60.0
_CERTIFICATE_WARNS = timedelta(days=21)
_HANDSHAKE_SECONDS = 5


async def issuer_answers(patient: Patient) -> AsyncIterator[Finding]:
    keys = await patient.issuer.keys()
    if keys:
        yield well("issuer", f"{patient.issuer.url} with {len(keys)} keys")
    else:
        yield broken("issuer", f"{patient.issuer.url} publishes no keys", "Look at the keys of the issuer's realm.")


async def signed_in(patient: Patient) -> AsyncIterator[Finding]:
    me = await patient.api.get("/auth/me")
    roles = ", ".join(me["roles"])
    if roles:
        yield well("sign-in", f"{me['name'] or me['subject']} ({roles})")
    else:
        yield doubtful("sign-in", f"{me['subject']} has no role", "Ask an admin for one at the issuer.")


async def clock_agrees(patient: Patient) -> AsyncIterator[Finding]:
    skew = await patient.api.clock_skew_seconds()
    if skew is None:
        yield doubtful("clock", "the API does not tell its time", "Look for a proxy that drops Date.")
        return
    # the header has whole seconds
    if abs(skew) <= _SKEW_WARNS_SECONDS:
        yield well("clock", "agrees with the API's")
        return
    told = f"is {span(abs(skew))} {'ahead of' if skew > 0 else 'behind'} the API's"
    say = broken if abs(skew) > _SKEW_FAILS_SECONDS else doubtful
    yield say("clock", told, "Have both machines follow a time server (NTP).")


async def api_certificate_lasts(patient: Patient) -> AsyncIterator[Finding]:
    async for finding in _certificate("API certificate", patient.context.url, patient.context):
        yield finding


async def issuer_certificate_lasts(patient: Patient) -> AsyncIterator[Finding]:
    async for finding in _certificate("issuer certificate", patient.context.issuer, patient.context):
        yield finding


async def _certificate(what: str, address: str, context: Context) -> AsyncIterator[Finding]:
    """Nothing where it is not reached over TLS."""
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        return
    left = await _certificate_end(parts.hostname, parts.port or 443, context) - datetime.now(UTC)
    told = f"good for {span(left.total_seconds())}"
    yield well(what, told) if left > _CERTIFICATE_WARNS else doubtful(what, told, "Renew it.")


async def _certificate_end(host: str, port: int, context: Context) -> datetime:
    from lcm_core.integration.http_policy import tls_context

    async with asyncio.timeout(_HANDSHAKE_SECONDS):
        _, writer = await asyncio.open_connection(host, port, ssl=tls_context(context.ca_path), server_hostname=host)
    try:
        certificate: dict[str, Any] = writer.get_extra_info("peercert")
        return datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
    finally:
        writer.close()
