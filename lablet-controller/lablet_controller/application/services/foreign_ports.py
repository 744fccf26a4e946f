"""Ports that labs of other people on the host forward already: CML lets the first one have them and tells nobody."""

from __future__ import annotations

from collections.abc import Iterable

from lablet_controller.application.ports.cml_labs import CmlError, CmlHost, CmlLabs, CmlNotFound
from lablet_controller.domain.lab_title import session_id_of
from lcm_core.domain.port_tags import parse
from lcm_core.domain.values import PortBinding

_MOST_LABS = 50


class PortsTaken(CmlError):
    """Tried again, since the lab may go; what to do is said for whoever reads it meanwhile."""


async def refuse_taken_ports(labs: CmlLabs, host: CmlHost, ports: Iterable[PortBinding]) -> None:
    """Raises ``PortsTaken``. Labs that are named after a session have ports that the record knows."""
    wanted = {each.outer: each for each in ports}
    if not wanted:
        return
    foreign = [lab for lab, title in (await labs.lab_titles(host)).items() if session_id_of(title) is None]
    for lab_id in sorted(foreign)[:_MOST_LABS]:
        taken = sorted(await _forwarded_by(labs, host, lab_id) & wanted.keys())
        if taken:
            told = ", ".join(f"{port} ({wanted[port].name})" for port in taken)
            raise PortsTaken(
                host,
                f"lab {lab_id}, which is no session's, forwards {told}; remove it, or give the worker another range",
                retryable=True,
                code="ports-taken",
            )


async def _forwarded_by(labs: CmlLabs, host: CmlHost, lab_id: str) -> set[int]:
    try:
        nodes = await labs.nodes(host, lab_id)
    except CmlNotFound:
        return set()
    tags = (parse(tag) for node in nodes for tag in node.tags)
    return {tag.outer for tag in tags if tag is not None and tag.outer is not None}
