"""How the command line of each node definition is spoken to. Data: add a row to support another platform."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CliDialect:
    """*enter* are sent once a prompt is there, *leave* before letting go; *show_configuration* is the default command.

    ``leave`` takes the device back to user exec, so that the next one on the line finds it as it was.
    """

    name: str
    enter: tuple[str, ...]
    show_configuration: str
    leave: tuple[str, ...]
    privileged: bool = True
    """Whether ``enable`` is needed before the configuration can be shown."""
    configure: str = "configure terminal"
    commit: tuple[str, ...] = ()
    """What makes typed configuration count, on devices where it does not at once."""


IOS = CliDialect("ios", ("terminal length 0", "terminal width 0"), "show running-config", ("disable",))
IOS_XR = CliDialect("ios-xr", ("terminal length 0",), "show running-config", (), privileged=False, commit=("commit",))
NX_OS = CliDialect("nx-os", ("terminal length 0",), "show running-config", (), privileged=False)
ASA = CliDialect("asa", ("terminal pager 0",), "show running-config", ("disable",))

DIALECTS: dict[str, CliDialect] = {
    "iosv": IOS,
    "iosvl2": IOS,
    "iol-xe": IOS,
    "ioll2-xe": IOS,
    "csr1000v": IOS,
    "cat8000v": IOS,
    "cat9000v-q200": IOS,
    "cat9000v-uadp": IOS,
    "cat9800": IOS,
    "iosxrv": IOS_XR,
    "iosxrv9000": IOS_XR,
    "nxosv": NX_OS,
    "nxosv9000": NX_OS,
    "asav": ASA,
}


def dialect_of(node_definition: str) -> CliDialect | None:
    """None for nodes without a router-like command line: of those the console log is the evidence."""
    return DIALECTS.get(node_definition)
