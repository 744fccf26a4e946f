"""Node definitions: sizes, interfaces, boot behaviour. The table itself is in ``definition_table``."""

from dataclasses import dataclass, field

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InterfaceNaming:
    """Labels of the physical interfaces: ``leading`` ones first, then ``pattern`` numbered from ``first``.

    ``per_group`` > 0 numbers as group/port ("Ethernet0/3", "Ethernet1/0").
    """

    pattern: str
    first: int = 0
    leading: tuple[str, ...] = ()
    per_group: int = 0

    def label(self, slot: int) -> str:
        if slot < len(self.leading):
            return self.leading[slot]
        number = slot - len(self.leading)
        if self.per_group:
            return self.pattern.format(number // self.per_group, number % self.per_group)
        return self.pattern.format(number + self.first)


@dataclass(frozen=True, slots=True)
class NodeDefinition:
    id: str
    family: str
    """Which command line answers: ios, nxos, iosxr, asa, linux, none."""
    naming: InterfaceNaming
    cpus: int = 1
    ram_mib: int = 512
    boot_disk_gib: int | None = None
    boot_timeout_seconds: float = 60.0
    serial_ports: int = 1
    max_interfaces: int = 4
    default_interfaces: int = 1
    min_interfaces: int = 0
    has_loopback: bool = False
    extract_command: str | None = None
    driver: str = "kvm"
    completed: tuple[str, ...] = ()
    config_files: tuple[str, ...] = ()
    pyats: tuple[str, str] | None = None
    """pyATS os and series."""
    image: str | None = None
    has_vnc: bool = False
    nature: str = "router"
    licensed: bool = True
    """Counts against the node limit of the licence."""
    switching: bool = False
    """Ports come up without configuration, as on a switch."""
    description: str = field(default="")

    @property
    def main_file(self) -> str | None:
        return self.config_files[0] if self.config_files else None

    @property
    def image_id(self) -> str:
        return self.image or f"{self.id}-sim"
