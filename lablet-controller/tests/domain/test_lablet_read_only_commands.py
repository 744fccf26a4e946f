"""What may be typed on a learner's device, tried on devices that remember what was done to them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_core.domain.node_cli import DIALECTS
from lcm_core.domain.read_only import CommandLanguage, why_refused
from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.ios_shell import IosShell
from lcm_simulators.cml.device.linux_shell import LinuxShell, LinuxSystem

from ..devices import a_node

CLI, SHELL = CommandLanguage.CLI, CommandLanguage.SHELL

VERBS = ["show", "sh", "configure", "conf t", "write", "copy", "reload", "erase", "no", "clear", "debug", "do show"]
REST = ["run", "running-config", "startup-config", "ip route", "terminal", "memory", "tech-support", "version"]
JOINTS = [
    " | include x",
    " | redirect flash:x",
    " | tee flash:x",
    " | append flash:x",
    ";reload",
    " > x",
    "\r",
    "\n",
    "?",
]
WORDS = [
    "ip",
    "cat",
    "echo",
    "rm",
    "touch",
    "hostname",
    "x",
    "/etc/hostname",
    "addr",
    "add",
    "1.1.1.1/8",
    "dev",
    "eth0",
]
SIGNS = [" ", ";", "&&", "|", ">", ">>", "$(", ")", "`", "\n", " grep ", " tail -f "]


@pytest.mark.parametrize("definition", sorted(DIALECTS))
def test_every_command_of_the_table_is_allowed(definition: str) -> None:
    dialect = DIALECTS[definition]
    assert [why_refused(command, dialect.language) for command in dialect.commands] == [None] * len(dialect.commands)


@pytest.mark.parametrize(
    "command",
    ["show ip route | include 10.0.0", "sh run | section router", "ping 10.0.0.1 source Loopback0 repeat 3"],
)
def test_what_only_shows_is_allowed_on_a_router(command: str) -> None:
    assert why_refused(command, CLI) is None


@pytest.mark.parametrize(
    "command",
    [
        "configure terminal",
        "reload",
        "write",
        "copy running-config startup-config",
        "clear ip route *",
        "debug all",
        "do show run",
        "show run | redirect flash:x",
        "show run | tee flash:x",
        "show run > bootflash:x",
        "show clock ; reload",
        "show run | include x | vsh",
        "show tech-support ospf file disk0:x",
        "show version\rreload",
        "ping",
        "ping 1.1.1.1 repeat 100000",
        "",
        "show " + "x" * 300,
    ],
)
def test_what_could_change_a_router_is_refused(command: str) -> None:
    assert why_refused(command, CLI) is not None


@pytest.mark.parametrize("command", ["ip -br addr", "cat /etc/hosts | grep PC", "ping -c 3 10.0.0.1", "tail -n 5 /x"])
def test_what_only_shows_is_allowed_in_a_shell(command: str) -> None:
    assert why_refused(command, SHELL) is None


@pytest.mark.parametrize(
    "command",
    [
        "hostname other",
        "ip addr add 1.1.1.1/8 dev eth0",
        "ip -b /tmp/x",
        "cat x > y",
        "cat x; rm x",
        "cat $(rm x)",
        "cat x | tee y",
        "sudo cat /etc/shadow",
        "tail -f /var/log/messages",
        "date -s 12:00",
        "ss -K",
        "ping 10.0.0.1",
        "X=1 cat y",
        "cat x || rm x",
    ],
)
def test_what_could_change_a_machine_is_refused(command: str) -> None:
    assert why_refused(command, SHELL) is not None


@given(st.lists(st.sampled_from([*VERBS, *REST, *JOINTS]), min_size=1, max_size=5).map(" ".join))
def test_no_allowed_command_changes_a_router(command: str) -> None:
    changes: list[str] = []
    device = IosDevice(a_node("iosv", "R1"), lambda: 0.0, lambda: changes.append("changed"))
    shell = IosShell(device)
    shell.submit("enable")
    before, at = device.running_config(), shell.prompt
    if why_refused(command, CLI) is None:
        for line in command.splitlines():
            shell.submit(line)
    assert (device.running_config(), device.startup, shell.prompt, changes) == (before, None, at, [])


@given(st.lists(st.sampled_from([*WORDS, *SIGNS]), min_size=1, max_size=7).map(" ".join))
def test_no_allowed_command_changes_a_machine(command: str) -> None:
    changes: list[str] = []
    system = LinuxSystem(a_node("alpine", "PC"), lambda: changes.append("changed"))
    shell = LinuxShell(system)
    before = (system.files, system.addresses(), shell.prompt)
    if why_refused(command.strip(), SHELL) is None:
        shell.submit(command.strip())
    assert (system.files, system.addresses(), shell.prompt) == before
    assert changes == []


@given(st.text(max_size=40))
def test_nothing_that_is_not_printable_ever_reaches_a_device(text: str) -> None:
    for language in CommandLanguage:
        if why_refused(text, language) is None:
            assert text.isascii()
            assert text.isprintable()
