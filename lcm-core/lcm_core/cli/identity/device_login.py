"""Signing in with a code that is entered elsewhere (RFC 8628): for machines without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lcm_core.cli.api.problem import WaitedTooLong
from lcm_core.cli.identity.issuer import DEVICE_GRANT, Issuer, IssuerRefused

_LONGEST_WAIT_SECONDS = 900.0


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What the person needs: the page, and the code to enter there."""

    user_code: str
    page: str
    page_with_code: str | None


async def device_login(issuer: Issuer, client_id: str, show: Callable[[DeviceCode], None]) -> dict[str, Any]:
    """The granted tokens, once the person has agreed. Raises IssuerRefused when not, WaitedTooLong."""
    started = await issuer.start_device(client_id)
    show(DeviceCode(started["user_code"], started["verification_uri"], started.get("verification_uri_complete")))
    pause = float(started.get("interval", 5))
    form = {"grant_type": DEVICE_GRANT, "device_code": str(started["device_code"]), "client_id": client_id}
    try:
        async with asyncio.timeout(min(float(started.get("expires_in", 300)), _LONGEST_WAIT_SECONDS)):
            while True:
                try:
                    return await issuer.token(form)
                except IssuerRefused as error:
                    if error.error == "slow_down":
                        pause += 5
                    elif error.error != "authorization_pending":
                        raise
                await asyncio.sleep(pause)
    except TimeoutError:
        raise WaitedTooLong("The code was not entered in time; `lcm login --device` gives another one.") from None
