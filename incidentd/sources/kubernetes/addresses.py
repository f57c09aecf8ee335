"""Addresses: what one really reaches, in all its disguises, and which may never be reached on a tenant's word. Pure.

An IPv6 address may stand for an IPv4 one: then both are judged, and the worse of both counts.
"""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Range = IPv4Network | IPv6Network

ALWAYS_DENIED: tuple[Range, ...] = tuple(
    ip_network(each)
    for each in (
        "0.0.0.0/8",  # this host (RFC 1122 3.2.1.3); Linux takes 0.0.0.0 for loopback
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local: the metadata of most clouds
        "100.100.100.200/32",  # metadata of Alibaba Cloud
        "168.63.129.16/32",  # the wire server of Azure
        "192.0.0.192/32",  # metadata of Oracle Cloud, before it was link-local
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
        "::/128",  # unspecified
        "::1/128",  # loopback
        "fe80::/10",  # link-local
        "64:ff9b:1::/48",  # NAT64 of one's own (RFC 8215): which of its bits are an IPv4 address, only its owner knows
        "ff00::/8",  # multicast
        "fd00:ec2::/32",  # metadata of AWS, and what it gives to pods
        "fd20:ce::/32",  # metadata of Google Cloud
        "fd00:42::42/128",  # metadata of Scaleway
    )
)
"""Nobody can allow these: what answers there is the machine itself, its neighbours, or who hands out its rights."""

_PREFIXED = tuple(
    (IPv6Network(network), shift)
    for network, shift in (
        ("::/96", 0),  # IPv4-compatible (RFC 4291 2.5.5.1)
        ("::ffff:0:0:0/96", 0),  # IPv4-translated (RFC 2765 2.1)
        ("64:ff9b::/96", 0),  # NAT64 (RFC 6052 2.1)
        ("2002::/16", 80),  # 6to4 (RFC 3056 2)
        ("2001::/32", 64),  # Teredo: its server (RFC 4380 4)
    )
)
_TEREDO = IPv6Network("2001::/32")
_ISATAP = (0x00005EFE, 0x02005EFE)
_ALL_32 = 0xFFFFFFFF


def readings_of(address: Address) -> tuple[Address, ...]:
    """The address itself, without a zone, and each IPv4 address that it may lead to."""
    if isinstance(address, IPv4Address):
        return (address,)
    plain = IPv6Address(int(address))
    if plain.ipv4_mapped is not None:
        return (plain.ipv4_mapped,)  # RFC 4291 2.5.5.2; the system connects to that one, in every case
    return (plain, *dict.fromkeys(_embedded(plain)))


def is_always_denied(address: Address) -> bool:
    """True where any reading of it may never be reached."""
    return any(reading in denied for reading in readings_of(address) for denied in ALWAYS_DENIED)


def is_public(address: Address) -> bool:
    """True where every reading of it is an address of the internet at large."""
    return all(reading.is_global for reading in readings_of(address))


def parsed(text: str) -> Address | None:
    """A literal address; None for all else, however much it looks like one."""
    try:
        return ip_address(text)
    except ValueError:
        return None


def _embedded(address: IPv6Address) -> Iterator[IPv4Address]:
    number = int(address)
    if number in (0, 1):
        return  # unspecified and loopback stand for themselves
    for network, shift in _PREFIXED:
        if address in network:
            yield IPv4Address(number >> shift & _ALL_32)
    if address in _TEREDO:
        yield IPv4Address(~number & _ALL_32)  # the client, its bits turned round
    if number >> 32 & _ALL_32 in _ISATAP:
        yield IPv4Address(number & _ALL_32)  # RFC 5214 6.1
