"""Where events may be sent: rules on addresses, and the port that finds them."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

from lcm_core.domain.errors import FarEndError, InputProblem, InvalidInput

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IpNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""Where hosts without IPv4 find those that have nothing else; as public as the address that is written at its end."""
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")


NOT_PUBLIC = "is not found, or does not lead to public addresses alone"
"""Which of both, and where it leads, stays here: whoever names a receiver must not learn what our resolvers know."""


class Resolver(Protocol):
    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """IP addresses of *host* as texts. Raises OSError when there is none, TimeoutError when it took too long."""
        ...


class AddressRefused(FarEndError):
    """A receiver's name leads to an address that events are not sent to."""

    def __init__(self, host: str, why: str, *, ours: bool = False) -> None:
        super().__init__(
            "webhook", f"Nothing is sent to {host}: {why}.", retryable=True, code="webhook-address-refused"
        )
        self.ours = ours
        """Our resolver did not answer in time: nothing against the receiver."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """*allowed*: networks that events may be sent to although they are not public."""

    allowed: tuple[IpNetwork, ...] = ()
    allow_http: bool = False

    def permits(self, text: str) -> bool:
        """Whether events may be sent to the IP address *text*."""
        address = ipaddress.ip_address(text.partition("%")[0])
        embedded = _embedded(address)
        checked = (address, embedded) if embedded is not None else (address,)
        if any(each in network for each in checked for network in self.allowed if each.version == network.version):
            return True
        return all(each in _NAT64 or _is_public(each) for each in checked)

    def permits_all(self, found: Sequence[str]) -> bool:
        """Whether events may be sent to a name that leads there; not to one that leads nowhere."""
        return bool(found) and all(self.permits(each) for each in found)


class WebhookAddresses:
    """Checks an address when somebody names it; each connection is checked once more, when it is made."""

    def __init__(self, rules: AddressRules, resolver: Resolver) -> None:
        self._rules = rules
        self._resolver = resolver

    async def require_allowed(self, url: str, pointer: str = "/url") -> None:
        """Raises ``InvalidInput`` for an address that nothing is sent to, or that is not found."""
        parts = self._parts(url, pointer)
        host = parts.hostname or ""
        try:
            found = await self._resolver.addresses(host, parts.port or (443 if parts.scheme == "https" else 80))
        except OSError:
            found = []
        if not self._rules.permits_all(found):
            raise _refused(pointer, f"{host} {NOT_PUBLIC}; events are sent to public addresses only")

    def _parts(self, url: str, pointer: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            _ = parts.port
        except ValueError as error:
            raise _refused(pointer, f"is not a URL: {error}") from None
        if parts.scheme != "https" and not (parts.scheme == "http" and self._rules.allow_http):
            raise _refused(pointer, "must begin with https://")
        if not parts.hostname:
            raise _refused(pointer, "names no host")
        if parts.username is not None or parts.password is not None:
            raise _refused(pointer, "must hold no user name and no password; receivers verify the signature")
        if parts.fragment:
            raise _refused(pointer, "must have no fragment")
        return parts


def _is_public(address: IpAddress) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return isinstance(address, ipaddress.IPv4Address) or address in _GLOBAL_UNICAST


def _embedded(address: IpAddress) -> IpAddress | None:
    """The IPv4 address that an IPv6 address stands for."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo is not None else None)


def _refused(pointer: str, problem: str) -> InvalidInput:
    return InvalidInput([InputProblem(pointer, problem)], what="webhook address", code="webhook-address-refused")
