"""Abbreviations: the words that devices complete, and the names of interfaces."""

import re

EXEC_PHRASES = (
    "enable", "disable", "exit", "logout", "quit", "configure terminal", "write memory", "write terminal", "reload",
    "copy running-config startup-config", "terminal length", "terminal pager", "terminal width", "terminal monitor",
    "ping", "traceroute", "clear", "debug", "undebug all", "no", "clock", "show running-config interface",
    "show running-config", "show startup-config", "show version", "show clock", "show ip interface brief",
    "show ip route", "show ip ospf neighbor", "show ip protocols", "show interfaces status",
    "show interfaces description", "show interfaces trunk", "show inventory", "show users", "show history",
    "show vlan brief", "show cdp neighbors", "show lldp neighbors", "show arp", "show logging", "show privilege",
    "show flash:", "show mac address-table", "show access-lists", "show spanning-tree", "show etherchannel summary",
)  # fmt: skip

CONFIG_WORDS = (
    "aaa", "access-list", "accounting", "address", "address-family", "allowed-vlan", "area", "arp", "archive",
    "authentication", "auto-summary", "bandwidth", "banner", "bfd", "bgp", "boot", "bridge", "bridge-domain", "cdp",
    "channel-group", "channel-protocol", "class", "class-map", "client-id", "clock", "config-register",
    "control-plane", "crypto", "deadtime", "debug", "default", "default-information", "default-router", "delay",
    "deny", "description", "destination", "dialer", "distance", "distribute-list", "dns-server", "do",
    "domain-name", "dot1x", "duplex", "eigrp", "enable", "encapsulation", "encryption", "end", "errdisable",
    "event", "exec-timeout", "exit", "exporter", "fair-queue", "feature", "flow", "flow-control", "group", "hash",
    "hello-interval", "host", "hostname", "interface", "inspect", "ip", "ipv4", "ipv6", "is-type", "isis",
    "keepalive", "key", "key-string", "lacp", "lease", "length", "license", "lifetime", "line", "lldp",
    "load-interval", "logging", "login", "mac", "map", "match", "maximum-paths", "media-type", "metric", "mls",
    "mode", "monitor", "mpls", "mtu", "multilink", "name", "nameif", "nat", "negotiation", "neighbor", "net",
    "netconf-yang", "network", "no", "ntp", "object", "object-group", "ospf", "ospfv3", "parser",
    "passive-interface", "passwd", "password", "peer", "permit", "platform", "police", "policy-map", "port",
    "port-channel", "power", "pre-shared-key", "priority", "privilege", "protocol", "qos", "queue-limit", "radius",
    "radius-server", "random-detect", "rd", "record", "redistribute", "redundancy", "remark", "restconf", "route",
    "route-map", "route-policy", "route-target", "router", "router-id", "sdm", "security-level", "sequence",
    "serial", "server", "service", "service-policy", "set", "shape", "shutdown", "snmp-server", "source",
    "spanning-tree", "speed", "ssh", "stackwise-virtual", "standby", "stopbits", "storm-control", "subnet",
    "summary-address", "switch", "switchport", "system", "tacacs", "tacacs-server", "telemetry", "tcp", "template",
    "timers", "track", "transport", "trust", "tunnel", "udld", "username", "version", "vlan", "vrf", "vrrp", "vtp",
    "vty", "xconnect",
)  # fmt: skip
"""First words that configuration mode knows."""

CONFIG_PHRASES = (
    "hostname", "enable secret", "enable password", "interface range", "interface", "description", "shutdown",
    "ip address", "ip route", "ip domain name", "ip domain lookup", "ip access-list standard",
    "ip access-list extended", "ip access-group", "ip default-gateway", "ip dhcp pool", "ip dhcp excluded-address",
    "ip nat inside source list", "ip nat outside", "ip ospf cost", "ip ospf priority", "ip ospf network",
    "ip ssh version", "ip http server", "ip http secure-server", "ip helper-address", "ip routing", "ipv6 address",
    "ipv6 unicast-routing", "ipv6 enable", "ipv6 route", "router ospf", "router eigrp", "router bgp", "router rip",
    "router-id", "network", "passive-interface default", "line console", "line vty", "line aux", "login local",
    "password", "exec-timeout", "transport input", "logging synchronous", "privilege level", "username",
    "switchport mode access", "switchport mode trunk", "switchport mode dynamic", "switchport access vlan",
    "switchport trunk native vlan", "switchport trunk allowed vlan", "switchport trunk encapsulation dot1q",
    "switchport port-security", "switchport voice vlan", "switchport nonegotiate", "spanning-tree mode",
    "spanning-tree vlan", "spanning-tree portfast", "spanning-tree bpduguard enable", "channel-group",
    "encapsulation dot1q", "vlan", "name", "vtp mode", "vtp domain", "banner motd", "access-list", "permit", "deny",
    "crypto key generate rsa", "service password-encryption", "no", "default", "end", "exit", "do",
    "default-router", "dns-server", "duplex full", "speed", "bandwidth", "clock rate", "standby", "cdp run",
    "cdp enable", "lldp run", "ntp server", "logging host", "snmp-server community",
)  # fmt: skip

_INTERFACE_TYPES = (
    "BVI", "Dialer", "Ethernet", "FastEthernet", "FortyGigabitEthernet", "GigabitEthernet", "HundredGigE", "Loopback",
    "Management", "MgmtEth", "Multilink", "Null", "Port-channel", "Serial", "TenGigabitEthernet", "TenGigE", "Tunnel",
    "TwentyFiveGigE", "Vlan", "mgmt", "nve",
)  # fmt: skip
_INTERFACE = re.compile(r"^([A-Za-z][A-Za-z-]*)\s*(\d[\d/.:]*(?:RP\d+/CPU\d+/\d+)?|\d\S*)$")


def expand(line: str, phrases: tuple[str, ...]) -> str:
    """Complete abbreviated words as far as they lead to one known phrase; the rest stays as typed."""
    words = line.split()
    candidates = [phrase.split() for phrase in phrases]
    for position, word in enumerate(words):
        reachable = [c for c in candidates if len(c) > position]
        exact = [c for c in reachable if c[position] == word.lower()]
        candidates = exact or [c for c in reachable if c[position].startswith(word.lower())]
        if len({c[position] for c in candidates}) != 1:
            break
        words[position] = candidates[0][position]
        if position + 1 < len(words) and line_tail_is_free(words, position):
            break
    return " ".join(words)


def line_tail_is_free(words: list[str], position: int) -> bool:
    """After these commands everything is the user's own text."""
    return words[position] in ("description", "remark") or words[position : position + 1] == ["motd"]


def first_word_known(word: str) -> bool:
    return any(known.startswith(word.lower()) for known in CONFIG_WORDS)


def interface_name(text: str) -> str:
    """``g0/1`` and ``gi 0/1`` are GigabitEthernet0/1; an unknown name comes back as typed."""
    match = _INTERFACE.match(text.strip())
    if not match:
        return text.strip()
    letters, number = match[1].lower(), match[2]
    for kind in (_PREFERRED.get(letters, ""), *_INTERFACE_TYPES):
        if kind and kind.lower().startswith(letters):
            return f"{kind}{number}"
    return text.strip()


_PREFERRED = {"m": "Management", "t": "TenGigabitEthernet", "f": "FastEthernet"}


def interface_range(text: str) -> list[str]:
    """``g0/1 - 3, g0/5`` are four interfaces."""
    names: list[str] = []
    for part in text.split(","):
        match = re.match(r"^\s*([A-Za-z-]+\s*(?:\d+/)*)(\d+)\s*-\s*(\d+)\s*$", part)
        if match:
            numbers = range(int(match[2]), min(int(match[3]), int(match[2]) + 64) + 1)
            names.extend(interface_name(f"{match[1]}{number}") for number in numbers)
        elif part.strip():
            names.append(interface_name(part))
    return names
