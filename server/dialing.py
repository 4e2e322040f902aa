"""
Where the guarded client may dial: the public internet, or the sandbox on this machine. Never both.

The check stands where the socket is made, on the very address that is about to be dialled. So it makes no
difference how the address was written (decimal, octal, IPv4 within IPv6), what its name resolves to, or whether
it resolves to something else a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from typing import Any

import aiohttp
import structlog

SOCKETS_PER_HOST = 100
"""A platform that hangs must not use up what the others dial with, so there is no limit over all."""

NOT_PUBLIC = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # shared by carriers' customers; one cloud's metadata
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's metadata on an address that looks public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # Teredo and others that carry an address within
        "2001:db8::/32",
        "2002::/16",  # 6to4 carries an IPv4 address within
        "3fff::/20",
    )
)
PUBLIC_IPV6 = ipaddress.IPv6Network("2000::/3")
"""All that is given out of IPv6. Everything else (mapped, private, link-local, multicast) lies outside."""
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""How a machine without IPv4 reaches an IPv4 address, which stands in the last 32 bits."""

log = structlog.get_logger("linkroll.outgoing")


class NotDialled(OSError):
    """The address is none that the client may dial: nothing was sent. Holds no address: `os_error` is compared."""

    def __init__(self) -> None:
        super().__init__("not an address to be dialled")


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet. A text that is none does not."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in PUBLIC_IPV6:
            return False
    return not any(ip in network for network in NOT_PUBLIC)


def is_loopback(address: str) -> bool:
    """Whether an IP address is this machine's own loopback."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def open_connector(may_dial: Callable[[str], bool]) -> aiohttp.TCPConnector:
    """
    Connections to addresses that *may_dial* allows; to any other one `NotDialled`.

    Certificates are checked against the system's authorities, and nothing turns that off.
    """

    def make_socket(found: Any) -> socket.socket:
        family, kind, protocol, _, address = found
        if not may_dial(str(address[0])):
            log.warning("address not dialled", address=str(address[0]))
            raise NotDialled
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(limit=0, limit_per_host=SOCKETS_PER_HOST, socket_factory=make_socket)


def was_not_dialled(error: Exception) -> bool:
    """Whether a failed request failed for `NotDialled`."""
    return isinstance(getattr(error, "os_error", None), NotDialled)
