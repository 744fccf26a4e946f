"""Running configurations and the commands that edit them."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lcm_simulators.cml.device.config_tree import ConfigTree
from lcm_simulators.cml.model.topology_reader import parse_topology

REPOSITORY = Path(__file__).resolve().parents[3]
FOLDER = Path(os.environ.get("LCM_TOPOLOGIES", REPOSITORY.parent / "shared" / "topologies"))
FILES = sorted(FOLDER.glob("*.yaml"))

DAY0 = """Building configuration...

Current configuration : 99 bytes
!
hostname R1
banner motd ^C
  keep
out
^C
interface GigabitEthernet0/0
 description uplink
 ip address 10.0.0.1 255.255.255.0
 no shutdown
!
router bgp 65000
 address-family ipv4
  neighbor 10.0.0.2 activate
 exit-address-family
!
end
"""


def interface_lines(tree: ConfigTree, name: str = "GigabitEthernet0/0") -> list[str]:
    section = tree.find(f"interface {name}")
    assert section is not None
    return [entry.line for entry in section.children]


def test_sections_banners_and_nesting_survive_a_round_trip() -> None:
    assert ConfigTree(DAY0).render().split("\n") == [
        "!",
        "hostname R1",
        "!",
        "banner motd ^C",
        "  keep",
        "out",
        "^C",
        "!",
        "interface GigabitEthernet0/0",
        " description uplink",
        " ip address 10.0.0.1 255.255.255.0",
        "!",
        "router bgp 65000",
        " address-family ipv4",
        "  neighbor 10.0.0.2 activate",
        " exit-address-family",
        "!",
        "end",
    ]


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        (["ip address 10.9.9.9 255.0.0.0"], ["description uplink", "ip address 10.9.9.9 255.0.0.0"]),
        (["ip address 10.9.9.9 255.0.0.0 secondary"], ["description uplink", "ip address 10.0.0.1 255.255.255.0",
                                                       "ip address 10.9.9.9 255.0.0.0 secondary"]),
        (["no ip address"], ["description uplink", "no ip address"]),
        (["no ip address", "ip address dhcp"], ["description uplink", "ip address dhcp"]),
        (["no description"], ["ip address 10.0.0.1 255.255.255.0"]),
        (["no description whatever it says"], ["ip address 10.0.0.1 255.255.255.0"]),
        (["shutdown", "shutdown"], ["description uplink", "ip address 10.0.0.1 255.255.255.0", "shutdown"]),
        (["shutdown", "no shutdown"], ["description uplink", "ip address 10.0.0.1 255.255.255.0"]),
        (["default ip address"], ["description uplink"]),
        (["ip ospf cost 10", "ip ospf cost 20", "ip ospf priority 1"],
         ["description uplink", "ip address 10.0.0.1 255.255.255.0", "ip ospf cost 20", "ip ospf priority 1"]),
        (["no cdp enable", "cdp enable"],
         ["description uplink", "ip address 10.0.0.1 255.255.255.0", "cdp enable"]),
    ],
)  # fmt: skip
def test_interface_commands_replace_add_and_remove_lines(commands: list[str], expected: list[str]) -> None:
    tree = ConfigTree(DAY0)
    for command in commands:
        tree.apply(command, tree.find("interface GigabitEthernet0/0"))
    assert interface_lines(tree) == expected


def test_removing_an_interface_leaves_its_longer_namesakes() -> None:
    tree = ConfigTree("interface Loopback1\ninterface Loopback10\n")
    tree.apply("no interface Loopback1")
    assert [entry.line for entry in tree.root.children] == ["interface Loopback10"]


def test_new_interface_goes_to_the_other_interfaces() -> None:
    tree = ConfigTree("hostname R1\ninterface Ethernet0/0\nrouter ospf 1\nline con 0\n")
    tree.open_section("interface Loopback0")
    order = [entry.line for entry in tree.root.children]
    assert order.index("interface Loopback0") == order.index("interface Ethernet0/0") + 1


def test_user_is_replaced_by_name() -> None:
    tree = ConfigTree("username ada secret 0 old\nusername bob secret 0 x\n")
    tree.apply("username ada secret 0 new")
    assert [entry.line for entry in tree.root.children] == ["username ada secret 0 new", "username bob secret 0 x"]


@given(st.lists(st.sampled_from([
    "hostname A", "hostname B", "no hostname", "ip routing", "no ip routing", "ip route 0.0.0.0 0.0.0.0 10.0.0.1",
    "no ip route 0.0.0.0 0.0.0.0 10.0.0.1", "username ada secret x", "no username ada", "vtp mode transparent",
    "no ip domain lookup", "ip domain lookup", "ntp server 1.1.1.1",
]), max_size=30))  # fmt: skip
def test_rendered_configuration_reads_back_the_same(commands: list[str]) -> None:
    tree = ConfigTree()
    for command in commands:
        tree.apply(command)
    assert ConfigTree(tree.render()).render() == tree.render()


@pytest.mark.skipif(not FILES, reason=f"no topology files in {FOLDER} (set LCM_TOPOLOGIES to a folder of .yaml files)")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_configurations_from_the_wild_read_back_the_same(file: Path) -> None:
    for node in parse_topology(file.read_bytes()).nodes:
        files = node.configuration if isinstance(node.configuration, list) else []
        texts = [node.configuration] if isinstance(node.configuration, str) else [f.content for f in files]
        for text in texts:
            once = ConfigTree(text).render()
            assert ConfigTree(once).render() == once
