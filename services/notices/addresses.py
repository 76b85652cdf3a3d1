"""Where a webhook may go: http and https, to an address that is no door into our own house. Pure.

The name is looked up once and the connection goes to the address that was checked: a name that points elsewhere a
moment later gains nothing.
"""

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.contracts.errors import InvalidError

_PORTS = {"http": 80, "https": 443}
_METADATA = frozenset(
    ipaddress.ip_address(one) for one in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
)
"""Where clouds tell a machine its own secrets."""
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """What stands in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Take a webhook's URL apart. Raises InvalidError."""
    wrong = InvalidError("webhook: expected a URL such as https://example.org/hook, without a user name in it")
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise wrong
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        raise wrong from None
    if parts.scheme not in _PORTS or not host or "@" in parts.netloc or port == 0 or "%" in host:
        raise wrong
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port or _PORTS[parts.scheme], path)


def check_written(url: str, *, private: bool) -> None:
    """Refuse a URL that can be seen to be wrong before its name is looked up. Raises InvalidError."""
    target = target_of(url)
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        return
    if not allowed(address, private=private):
        raise InvalidError(refusal(target.host))


def allowed(address: Address, *, private: bool) -> bool:
    """Tell whether a webhook may go to an address; `private` lets it go into this house's own networks."""
    found = _plain(address)
    if found in _METADATA or found.is_link_local or found.is_multicast or found.is_unspecified:
        return False
    if found.version == 4 and found.is_reserved:
        return False
    return private or (found.is_global and not found.is_loopback)


def refusal(host: str) -> str:
    """Return why a webhook does not go there."""
    return (
        f"webhook: {host} is an address of this network or machine, which webhooks may not reach; "
        "FOLDSPACE_WEBHOOK_PRIVATE=yes allows private ones"
    )


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, if it does."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address
