"""The node definitions that a simulated host knows."""

from lcm_simulators.cml.model.definitions import InterfaceNaming, NodeDefinition

_GIGABIT = InterfaceNaming("GigabitEthernet0/{}")
_GIGABIT_FROM_ONE = InterfaceNaming("GigabitEthernet{}", first=1)
_IOL = InterfaceNaming("Ethernet{}/{}", per_group=4)
_ETH = InterfaceNaming("eth{}")
_ENS = InterfaceNaming("ens{}", first=2)
_XR = InterfaceNaming("GigabitEthernet0/0/0/{}", leading=("MgmtEth0/RP0/CPU0/0",))
_XR9K = InterfaceNaming("GigabitEthernet0/0/0/{}", leading=("MgmtEth0/RP0/CPU0/0", "donotuse1", "donotuse2"))
_NXOS = InterfaceNaming("Ethernet1/{}", first=1, leading=("mgmt0",))
_ASA = InterfaceNaming("GigabitEthernet0/{}", leading=("Management0/0",))
_PORT = InterfaceNaming("port{}")

_IOS_BOOTED = ("%PLATFORM-5-SIGNATURE_VERIFIED:", "Would you like to enter the initial configuration dialog")
_XE_BOOTED = ("Press RETURN to get started!", "%CVAC-4-CONFIG_DONE:")
_UBUNTU_BOOTED = ("Cloud-init target", "Welcome to Ubuntu")


def _ios(id_: str, ram: int, timeout: float, file: str = "ios_config.txt", **more: object) -> NodeDefinition:
    defaults: dict[str, object] = {
        "naming": _GIGABIT,
        "serial_ports": 2,
        "max_interfaces": 16,
        "default_interfaces": 4,
        "completed": _IOS_BOOTED,
        "pyats": ("ios", "iosv"),
    }
    return NodeDefinition(
        id=id_,
        family="ios",
        ram_mib=ram,
        boot_timeout_seconds=timeout,
        has_loopback=True,
        extract_command="show run",
        config_files=(file,),
        **{**defaults, **more},  # pyright: ignore[reportArgumentType]
    )


def _xe(id_: str, ram: int, timeout: float = 250, **more: object) -> NodeDefinition:
    options: dict[str, object] = {
        "naming": _GIGABIT_FROM_ONE,
        "max_interfaces": 26,
        "completed": _XE_BOOTED,
        "pyats": ("iosxe", "csr1000v"),
    }
    return _ios(id_, ram, timeout, "iosxe_config.txt", **{**options, **more})


def _linux(id_: str, ram: int, timeout: float, file: str = "node.cfg", **more: object) -> NodeDefinition:
    defaults: dict[str, object] = {
        "naming": _ETH,
        "completed": ("Welcome to Alpine Linux",),
        "config_files": (file,),
        "pyats": ("linux", "linux"),
        "nature": "server",
    }
    return NodeDefinition(
        id=id_,
        family="linux",
        ram_mib=ram,
        boot_timeout_seconds=timeout,
        **{**defaults, **more},  # pyright: ignore[reportArgumentType]
    )


def _docker(id_: str, *files: str, **more: object) -> NodeDefinition:
    options: dict[str, object] = {
        "serial_ports": 2,
        "driver": "docker",
        "config_files": files,
        "completed": ("READY",),
        **more,
    }
    return _linux(id_, 512, 30, **options)  # pyright: ignore[reportArgumentType]


_DEFINITIONS = (
    _ios("iosv", 512, 180, image="iosv-159-3-m10"),
    _ios("iosvl2", 768, 300, switching=True, nature="switch", image="iosvl2-2020"),
    _ios("iol-xe", 1024, 60, naming=_IOL, driver="iol", completed=_XE_BOOTED, pyats=("iosxe", "iol")),
    _ios(
        "ioll2-xe",
        1024,
        60,
        naming=_IOL,
        driver="iol",
        completed=_XE_BOOTED,
        pyats=("iosxe", "iol"),
        switching=True,
        nature="switch",
    ),
    _xe("csr1000v", 3072),
    _xe("cat8000v", 4096),
    _xe("cat9800", 6144, 300, cpus=2),
    _xe("cat9000v-q200", 12288, 480, cpus=4, switching=True, nature="switch"),
    _xe("cat9000v-uadp", 18432, 480, cpus=4, switching=True, nature="switch"),
    _xe("vwlc", 4096, 300, nature="switch"),
    NodeDefinition(
        "iosxrv9000", "iosxr", _XR9K, 4, 20480, None, 1000, 4, 34, 4, 0, True, "show running-config",
        completed=("SYSTEM CONFIGURATION COMPLETED",), config_files=("iosxr_config.txt",), pyats=("iosxr", "iosxrv9k"),
    ),
    NodeDefinition(
        "iosxrv", "iosxr", _XR, 1, 3072, None, 300, 2, 9, 4, 0, True, "show running-config",
        completed=("SYSTEM CONFIGURATION COMPLETED",), config_files=("iosxr_config.txt",), pyats=("iosxr", "iosxrv"),
    ),
    NodeDefinition(
        "nxosv9000", "nxos", _NXOS, 2, 8192, None, 480, 2, 65, 4, 0, True, "show run",
        completed=("User Access Verification",), config_files=("nxos_config.txt",), pyats=("nxos", "n9k"),
        nature="switch", switching=True,
    ),
    NodeDefinition(
        "asav", "asa", _ASA, 1, 2048, None, 120, 1, 8, 2, 0, False, "show run",
        completed=("INFO: Power-On Self-Test complete.",), config_files=("day0-config",), pyats=("asa", "asav"),
        nature="firewall",
    ),
    NodeDefinition(
        "ftdv", "linux", _ASA, 4, 8192, None, 300, 1, 10, 4, completed=("firepower login:",),
        config_files=("day0-config",), nature="firewall",
    ),
    NodeDefinition(
        "fmcv", "linux", _ETH, 4, 32768, None, 1800, 1, 10, 1, completed=("firepower login:",),
        config_files=("day0-config",), nature="server",
    ),
    NodeDefinition(
        "ise", "linux", InterfaceNaming("GigabitEthernet{}"), 16, 16384, 300, 3600, 1, 6, 1,
        completed=("login:",), nature="server",
    ),
    _linux(
        "ubuntu", 2048, 180, naming=_ENS, boot_disk_gib=64, max_interfaces=8, completed=_UBUNTU_BOOTED,
        config_files=("user-data", "network-config"), image="ubuntu-24-04-20250503",
    ),
    _linux(
        "ubuntu-desktop-24-04-v2", 4096, 180, naming=_ENS, cpus=2, boot_disk_gib=64, max_interfaces=8,
        completed=_UBUNTU_BOOTED, config_files=("user-data", "network-config"), has_vnc=True,
    ),
    _linux("coreos", 2048, 60, "config.ign", cpus=2, boot_disk_gib=64, max_interfaces=8),
    _linux("alpine", 512, 60, boot_disk_gib=16, image="alpine-base-3-21-3"),
    _linux("desktop", 512, 60, boot_disk_gib=16, has_vnc=True, image="alpine-desktop-3-21-3"),
    _linux("mock-server", 512, 60, boot_disk_gib=16),
    _linux(
        "server", 128, 20, "iosxe_config.txt", boot_disk_gib=16, max_interfaces=10,
        completed=("###### BOOT CONFIG DONE ######",), image="server-tcl-14-1",
    ),
    _linux("trex", 512, 60, max_interfaces=3, default_interfaces=2),
    _linux("wan_emulator", 512, 60, max_interfaces=2, default_interfaces=2),
    _docker("chrome", "boot.sh", "environment", "mounts", has_vnc=True),
    _docker("firefox", "boot.sh", "environment", "mounts", has_vnc=True),
    _docker("nginx", "default.conf", "boot.sh"),
    _docker("dnsmasq", "dnsmasq.conf", "boot.sh"),
    _docker("splunk", "default.yml", "boot.sh"),
    NodeDefinition(
        "external_connector", "none", InterfaceNaming("port"), 0, 0, None, 5, 0, 1, 1, driver="none",
        config_files=("default",), nature="external_connector", licensed=False, switching=True,
    ),
    NodeDefinition(
        "unmanaged_switch", "none", _PORT, 0, 0, None, 5, 0, 32, 8, driver="none",
        nature="switch", licensed=False, switching=True,
    ),
)  # fmt: skip

DEFINITIONS: dict[str, NodeDefinition] = {definition.id: definition for definition in _DEFINITIONS}

_UNKNOWN = NodeDefinition("unknown", "linux", _ETH, config_files=("node.cfg",), nature="server")


def definition_of(definition_id: str) -> NodeDefinition:
    """The definition, or a small Linux stand-in when hosts are configured to accept unknown ones."""
    return DEFINITIONS.get(definition_id, _UNKNOWN)
