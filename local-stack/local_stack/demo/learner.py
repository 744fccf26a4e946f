"""A learner: logs in at the delivery system, types on real console ports, finishes."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import urlsplit

import httpx2

from local_stack.demo.api import DemoFailed

PROMPT_DEADLINE_SECONDS = 10.0

WORK: dict[str, dict[str, list[str]]] = {
    "first-hop-redundancy": {
        "R1": ["interface GigabitEthernet0/1", "standby 1 ip 10.1.0.254", "standby 1 priority 110"],
        "R2": ["interface GigabitEthernet0/1", "standby 1 ip 10.1.0.254"],
    },
    "branch-office": {
        "HQ-R1": ["router ospf 1", "exit", "ip route 0.0.0.0 0.0.0.0 10.0.1.1"],
        "B1-R": ["router ospf 1"],
    },
    "campus-and-data-centre": {"CORE1": ["router bgp 65001"]},
}


class Learner:
    """Acts on one session through its login URL and its devices' console addresses."""

    def __init__(self, login_url: str) -> None:
        parts = urlsplit(login_url)
        self._base = f"{parts.scheme}://{parts.netloc}"
        self._token = parts.path.rstrip("/").rsplit("/", 1)[-1] if not parts.query else parts.query.partition("=")[2]

    async def log_in(self) -> None:
        await self._act("login")

    async def finish(self) -> None:
        await self._act("finish")

    async def work(self, folder: str, devices: list[dict[str, Any]]) -> None:
        """Type this lab's configuration lines on the serial consoles of its devices."""
        consoles = {device["name"]: device for device in devices if device["protocol"] in ("serial", "telnet")}
        for label, lines in WORK[folder].items():
            device = consoles.get(label)
            if device is None:
                raise DemoFailed(f"{label} has no serial console among the learner's devices")
            await _configure(device["host"], int(device["port"]), lines)

    async def _act(self, action: str) -> None:
        async with httpx2.AsyncClient(timeout=10) as http:
            answer = await http.post(f"{self._base}/api/learner/{self._token}/{action}", json={})
        if answer.status_code >= 400:
            raise DemoFailed(f"delivery system refused to {action}: {answer.status_code} {answer.text[:300]}")


async def _configure(host: str, port: int, lines: list[str]) -> None:
    async with asyncio.timeout(PROMPT_DEADLINE_SECONDS):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            for line in ["", "enable", "configure terminal", *lines, "end"]:
                writer.write(f"{line}\r".encode())
                await writer.drain()
                await _until_prompt(reader)
        finally:
            writer.close()


async def _until_prompt(reader: asyncio.StreamReader) -> None:
    text = b""
    while not text.rstrip(b" ").endswith((b"#", b">")):
        chunk = await reader.read(4096)
        if not chunk:
            raise DemoFailed("the console closed while a prompt was awaited")
        text += chunk
