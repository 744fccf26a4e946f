"""Command lines of simulated devices, without any socket."""

import pytest

from lcm_simulators.cml.device.ios_device import IosDevice
from lcm_simulators.cml.device.ios_shell import IosShell
from lcm_simulators.cml.device.linux_shell import LinuxShell, LinuxSystem
from lcm_simulators.cml.device.serial_line import MORE, SerialLine, Shell
from lcm_simulators.cml.device.vocabulary import EXEC_PHRASES, expand, interface_name, interface_range
from lcm_simulators.cml.model.elements import ConfigFile, Interface, Node


def router(configuration: str = "hostname R1\n", definition: str = "iosv") -> Node:
    interfaces = [Interface(f"i{n}", f"GigabitEthernet0/{n}", "physical", n) for n in range(4)]
    return Node(
        "id", "R1", definition, configuration=[ConfigFile("ios_config.txt", configuration)], interfaces=interfaces
    )


class Screen:
    """A terminal on a line: what was typed goes in, what was shown comes out."""

    def __init__(self, shell: Shell) -> None:
        self.shown = b""
        self.line = SerialLine(shell, lambda: 42)
        self.line.attach(self._show)
        self.line.boot([(1, "booting")], True)

    def _show(self, data: bytes) -> None:
        self.shown += data

    def type(self, text: str) -> str:
        self.shown = b""
        self.line.receive(text.encode())
        return self.shown.decode()

    def enter(self, *lines: str) -> str:
        return "".join(self.type(line + "\r") for line in lines)


@pytest.fixture
def device() -> IosDevice:
    return IosDevice(router(), lambda: 60.0, lambda: None)


@pytest.fixture
def console(device: IosDevice) -> Screen:
    screen = Screen(IosShell(device))
    screen.enter("terminal length 0")
    return screen


@pytest.mark.parametrize(
    ("lines", "prompt"),
    [
        (["enable"], "R1#"),
        (["enable", "disable"], "R1>"),
        (["enable", "conf t"], "R1(config)#"),
        (["enable", "conf t", "int g0/1"], "R1(config-if)#"),
        (["enable", "conf t", "int g0/1.10"], "R1(config-subif)#"),
        (["enable", "conf t", "int range g0/1-2"], "R1(config-if-range)#"),
        (["enable", "conf t", "router ospf 1"], "R1(config-router)#"),
        (["enable", "conf t", "router bgp 1", "address-family ipv4"], "R1(config-router-af)#"),
        (["enable", "conf t", "router bgp 1", "address-family ipv4", "exit"], "R1(config-router)#"),
        (["enable", "conf t", "line vty 0 4"], "R1(config-line)#"),
        (["enable", "conf t", "ip access-list extended WEB"], "R1(config-ext-nacl)#"),
        (["enable", "conf t", "int g0/1", "exit", "exit"], "R1#"),
        (["enable", "conf t", "int g0/1", "end"], "R1#"),
        (["enable", "conf t", "int g0/1", "hostname R9"], "R9(config)#"),
        (["enable", "exit"], "R1>"),
    ],
)
def test_prompt_follows_the_mode(console: Screen, lines: list[str], prompt: str) -> None:
    assert console.enter(*lines).endswith(f"\r\n{prompt}")


def test_control_z_leaves_configuration(console: Screen) -> None:
    console.enter("enable", "conf t", "int g0/1")
    assert console.type("\x1a").endswith("R1#")


def test_work_of_a_learner_appears_in_the_running_configuration(console: Screen) -> None:
    console.enter("en", "conf t", "int g0/0", "desc to R2", "ip add 10.0.0.1 255.255.255.252", "no shut")
    console.enter("router ospf 1", "network 10.0.0.0 0.0.0.3 area 0", "int lo0", "ip address 1.1.1.1 255.255.255.255")
    shown = console.enter("end", "show running-config")
    for block in (
        "interface GigabitEthernet0/0\r\n description to R2\r\n ip address 10.0.0.1 255.255.255.252\r\n!",
        "interface Loopback0\r\n ip address 1.1.1.1 255.255.255.255\r\n!",
        "router ospf 1\r\n network 10.0.0.0 0.0.0.3 area 0\r\n!",
    ):
        assert block in shown


def test_interface_range_configures_every_member(console: Screen) -> None:
    console.enter("en", "conf t", "int range g0/1 - 3", "switchport mode access", "switchport access vlan 7")
    shown = console.enter("end", "show run | section interface")
    assert shown.count(" switchport access vlan 7") == 3


def test_command_do_runs_exec_commands_while_configuring(console: Screen) -> None:
    assert "GigabitEthernet0/3" in console.enter("en", "conf t", "do show ip interface brief")


@pytest.mark.parametrize("line", ["foo", "conf t", "show running-config"])
def test_user_mode_refuses_what_needs_privilege_or_is_unknown(console: Screen, line: str) -> None:
    assert "% Invalid input detected at '^' marker." in console.enter(line)


def test_unknown_configuration_command_is_refused(console: Screen) -> None:
    assert "% Invalid input" in console.enter("en", "conf t", "frobnicate all")


def test_enable_asks_for_the_secret_without_echo() -> None:
    screen = Screen(IosShell(IosDevice(router("hostname R1\nenable secret 0 s3cret\n"), lambda: 1.0, lambda: None)))
    asked = screen.enter("enable")
    assert (asked.endswith("Password: "), screen.enter("s3cret").endswith("R1#")) == (True, True)
    assert "s3cret" not in screen.line.log()


def test_wrong_secret_is_refused() -> None:
    screen = Screen(IosShell(IosDevice(router("enable secret s3cret\n"), lambda: 1.0, lambda: None)))
    assert "% Bad secrets" in screen.enter("enable", "guess")


def test_long_output_is_paged(device: IosDevice) -> None:
    screen = Screen(IosShell(device))
    assert screen.enter("enable", "show running-config").endswith(MORE)
    assert screen.type(" ").endswith("R1#")


def test_page_can_be_abandoned(device: IosDevice) -> None:
    screen = Screen(IosShell(device))
    screen.enter("enable", "show running-config")
    assert screen.type("q").endswith("R1#")


def test_next_line_only_is_shown_for_return(device: IosDevice) -> None:
    screen = Screen(IosShell(device))
    screen.enter("enable", "show running-config")
    assert screen.type("\r").count("\r\n") == 1


@pytest.mark.parametrize("ending", ["\r", "\n", "\r\n", "\r\x00"])
def test_any_line_ending_is_one_return(console: Screen, ending: str) -> None:
    assert console.type(f"enable{ending}").count("R1#") == 1


def test_telnet_negotiation_is_not_input(console: Screen) -> None:
    console.line.receive(b"\xff\xfd\x01\xff\xfb\x1fenable\r")
    assert console.line.shell.prompt == "R1#"


def test_backspace_and_line_kill_edit_the_line(console: Screen) -> None:
    assert console.type("xyz\x15enabke\x7f\x7fle\r").endswith("R1#")


def test_copy_to_startup_asks_for_the_file_name(console: Screen, device: IosDevice) -> None:
    console.enter("enable", "copy run start", "")
    assert "hostname R1" in (device.startup or "")


def test_save_makes_the_startup_configuration(console: Screen, device: IosDevice) -> None:
    console.enter("enable", "write memory")
    assert "hostname R1" in (device.startup or "")


def test_privileged_console_of_the_configuration_is_honoured() -> None:
    configured = router("hostname R1\nline con 0\n privilege level 15\n")
    assert Screen(IosShell(IosDevice(configured, lambda: 1.0, lambda: None))).enter("").endswith("R1#")


@pytest.mark.parametrize(
    ("definition", "prompt"), [("nxosv9000", "R1#"), ("iosxrv9000", "RP/0/RP0/CPU0:R1#"), ("asav", "R1>")]
)
def test_families_have_their_own_prompt(definition: str, prompt: str) -> None:
    assert IosShell(IosDevice(router(definition=definition), lambda: 1.0, lambda: None)).prompt == prompt


def test_noisy_device_logs_the_end_of_configuration_after_its_prompt(device: IosDevice) -> None:
    screen = Screen(IosShell(device, noisy=True))
    assert "R1#\r\n%SYS-5-CONFIG_I" in screen.enter("enable", "conf t", "end")


def test_filters_select_lines(console: Screen) -> None:
    shown = console.enter("en", "sh run | include hostname")
    assert shown.splitlines()[-2] == "hostname R1"


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("sh ip int br", "show ip interface brief"),
        ("sh run", "show running-config"),
        ("conf t", "configure terminal"),
        ("co t", "co t"),
        ("term len 0", "terminal length 0"),
    ],
)
def test_abbreviations_are_completed_when_they_are_clear(typed: str, full: str) -> None:
    assert expand(typed, EXEC_PHRASES) == full


@pytest.mark.parametrize(
    ("typed", "full"),
    [
        ("g0/1", "GigabitEthernet0/1"),
        ("Gi 0/1", "GigabitEthernet0/1"),
        ("e0/0", "Ethernet0/0"),
        ("fa0/1", "FastEthernet0/1"),
        ("lo0", "Loopback0"),
        ("vl10", "Vlan10"),
        ("po1", "Port-channel1"),
        ("te1/1", "TenGigabitEthernet1/1"),
    ],
)
def test_interface_names_are_completed(typed: str, full: str) -> None:
    assert interface_name(typed) == full


def test_interface_ranges_are_spelt_out() -> None:
    assert interface_range("g0/1-2, lo3") == ["GigabitEthernet0/1", "GigabitEthernet0/2", "Loopback3"]


@pytest.fixture
def server() -> Screen:
    text = "# boot\nhostname web\nip address add 10.0.0.5/24 dev eth0\n"
    node = Node("id", "web-1", "server", configuration=[ConfigFile("iosxe_config.txt", text)])
    node.interfaces = [Interface("i0", "eth0", "physical", 0)]
    return Screen(LinuxShell(LinuxSystem(node, lambda: None)))


@pytest.mark.parametrize(
    ("lines", "last"),
    [
        (["hostname"], "web"),
        (["echo hello > note", "cat note"], "hello"),
        (["echo a > n", "echo 'b c' >> n", "cat n"], "b c"),
        (["ip addr | grep inet"], "    inet 10.0.0.5/24 scope global eth0"),
        (["sudo hostname db", "hostname"], "db"),
        (["cat missing"], "cat: can't open 'missing': No such file or directory"),
        (["frobnicate"], "-sh: frobnicate: not found"),
        (["echo x > a; ls"], "a"),
        (["pwd"], "/home/cisco"),
    ],
)
def test_shell_answers(server: Screen, lines: list[str], last: str) -> None:
    assert server.enter(*lines).splitlines()[-2] == last


def test_files_are_kept_on_the_disk_of_the_node(server: Screen) -> None:
    server.enter("echo evidence > proof")
    shell = server.line.shell
    assert isinstance(shell, LinuxShell)
    assert shell.system.node.disk.files == {"/home/cisco/proof": "evidence\n"}
