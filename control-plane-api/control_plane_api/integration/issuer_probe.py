"""Asks whether the token issuer is up."""

from __future__ import annotations

import httpx2


async def probe_issuer(http: httpx2.AsyncClient, issuer: str) -> str:
    """Raises when its discovery document cannot be had."""
    response = await http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    response.raise_for_status()
    return issuer
