"""A person's browser at a control plane that people can log in to."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx2

from control_plane_api.testing.login_issuer import LoginIssuer
from control_plane_api.testing.running_control_plane import RunningControlPlane

TEMPLATE = {
    "name": "metal",
    "region": "us-east-1",
    "instance_type": "m5zn.metal",
    "capacity": {"cpu_cores": 16, "memory_gb": 64, "storage_gb": 400, "nodes": 40, "ports": 200},
    "license_type": "PERSONAL",
    "cost_per_hour_usd": 3.9,
}


@dataclass
class Browser:
    """Keeps cookies and follows redirects by hand, so that each step can be looked at."""

    http: httpx2.AsyncClient
    control_plane: RunningControlPlane
    issuer: LoginIssuer

    async def begin(self, next: str = "/") -> str:
        """Where the control plane sends the browser."""
        answer = await self.http.get(f"{self.control_plane.url}/auth/login", params={"next": next})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    async def at_issuer(self, location: str) -> str:
        """The address, on the control plane, to which the issuer sends the browser back."""
        back = (await self.http.get(location)).headers["Location"]
        return f"{self.control_plane.url}/auth/callback?{urlsplit(back).query}"

    async def log_in(self, next: str = "/") -> httpx2.Response:
        return await self.http.get(await self.at_issuer(await self.begin(next)))

    async def me(self) -> httpx2.Response:
        return await self.http.get(f"{self.control_plane.url}/auth/me")

    async def is_logged_in(self) -> bool:
        return (await self.me()).json()["authenticated"]

    @property
    def csrf(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.http.cookies["lcm_csrf"]}

    async def create_template(self, **headers: str) -> httpx2.Response:
        return await self.http.post(f"{self.control_plane.url}/api/v1/worker-templates", json=TEMPLATE, headers=headers)


@asynccontextmanager
async def new_browser(control_plane: RunningControlPlane, issuer: LoginIssuer) -> AsyncGenerator[Browser]:
    async with httpx2.AsyncClient(follow_redirects=False, timeout=15) as http:
        yield Browser(http, control_plane, issuer)
