"""How the command line of each node definition is spoken to, and what it is asked. Data: add a row for a platform."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lcm_core.domain.read_only import CommandLanguage

CLI_PROMPT = re.compile(r"(?:^|[\r\n])(?P<prompt>[A-Za-z0-9][\w.\-:/@]{0,80}[>#]) ?$")
SHELL_PROMPT = re.compile(r"(?:^|[\r\n])(?P<prompt>[\w.\-@:~/\[\] ]{0,120}[$#]) ?$")


@dataclass(frozen=True, slots=True)
class CliDialect:
    """*enter* are sent once a prompt is there and *leave* before letting go: both change this terminal only.

    ``leave`` takes the device back to user exec, so that the next one on the line finds it as it was. *log_out* ends a
    login that we made ourselves. *commands* are what every such device is asked.
    """

    name: str
    enter: tuple[str, ...]
    show_configuration: str
    leave: tuple[str, ...]
    privileged: bool = True
    """Whether ``enable`` is needed before the configuration can be shown."""
    also: tuple[str, ...] = ()
    prompt: re.Pattern[str] = CLI_PROMPT
    language: CommandLanguage = CommandLanguage.CLI
    log_out: str = "exit"
    extracts: bool = True
    """Whether CML can take the configuration over by itself (extract_configuration)."""
    configure: str = "configure terminal"
    """Empty where no configuration can be typed."""
    commit: tuple[str, ...] = ()
    """What makes typed configuration count, on devices where it does not at once."""

    @property
    def commands(self) -> tuple[str, ...]:
        """The default command set, the configuration first."""
        return (self.show_configuration, *self.also)


_ADDRESSES = ("show version", "show ip interface brief", "show ip route")
_SWITCHING = ("show version", "show vlan brief", "show interfaces status", "show ip interface brief")

IOS = CliDialect("ios", ("terminal length 0", "terminal width 0"), "show running-config", ("disable",), also=_ADDRESSES)
IOS_SWITCH = replace(IOS, also=_SWITCHING)
IOS_XR = CliDialect(
    "ios-xr",
    ("terminal length 0",),
    "show running-config",
    (),
    privileged=False,
    also=("show version",),
    commit=("commit",),
)
NX_OS = CliDialect(
    "nx-os", ("terminal length 0",), "show running-config", (), privileged=False, also=("show version", "show vlan")
)
ASA = CliDialect("asa", ("terminal pager 0",), "show running-config", ("disable",), also=("show version",))
LINUX = CliDialect(
    "linux",
    (),
    "ip addr show",
    (),
    privileged=False,
    also=("hostname", "uname -a"),
    prompt=SHELL_PROMPT,
    language=CommandLanguage.SHELL,
    extracts=False,
    configure="",
)

DIALECTS: dict[str, CliDialect] = {
    "iosv": IOS,
    "iosvl2": IOS_SWITCH,
    "iol-xe": IOS,
    "ioll2-xe": IOS_SWITCH,
    "csr1000v": IOS,
    "cat8000v": IOS,
    "cat9000v-q200": IOS_SWITCH,
    "cat9000v-uadp": IOS_SWITCH,
    "cat9800": IOS,
    "iosxrv": IOS_XR,
    "iosxrv9000": IOS_XR,
    "nxosv": NX_OS,
    "nxosv9000": NX_OS,
    "asav": ASA,
    "alpine": LINUX,
    "ubuntu": LINUX,
    "server": LINUX,
    "desktop": LINUX,
    "coreos": LINUX,
}


def dialect_of(node_definition: str) -> CliDialect | None:
    """None for nodes without a command line that we speak: of those the console log is the evidence."""
    return DIALECTS.get(node_definition)
