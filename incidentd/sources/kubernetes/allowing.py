"""The allow-list: which of the endpoints that tenants name may be connected to. In doubt none. Pure.

A name that is allowed may lead anywhere on the internet; into private ranges only where a range allows that too.
"""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from ipaddress import ip_network

from incidentd.model.hostname import ascii_name
from incidentd.sources.kubernetes.addresses import (
    ALWAYS_DENIED,
    Address,
    Range,
    is_always_denied,
    is_public,
    parsed,
    readings_of,
)

_GLOB = re.compile(r"[a-z0-9_*?-]+(\.[a-z0-9_*?-]+)*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_EXAMPLE = "write a name like *.example.net, or a range like 10.0.0.0/8"


@dataclass(frozen=True, slots=True)
class AllowList:
    """Globs of names, in lower-case ASCII, and ranges of addresses."""

    names: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()

    def names_host(self, host: str) -> bool:
        """True for a name that a glob matches; `*` crosses dots. Literal addresses are never names."""
        name = host.rstrip(".").lower()
        return parsed(name) is None and any(fnmatchcase(name, glob) for glob in self.names)

    def refusal_of_host(self, host: str) -> str | None:
        """Why a host may not even be asked for; None where it may, as far as can be said without its addresses."""
        address = parsed(host)
        if address is not None:
            return self.refusal_of(address, host)
        if self.ranges or self.names_host(host):
            return None
        return "targets.allow does not name it"

    def refusal_of(self, address: Address, host: str) -> str | None:
        """Why this address may not be connected to, as one that `host` resolves to; None where it may."""
        if is_always_denied(address):
            return "it leads to the machine itself, its neighbours or a metadata server, which is never allowed"
        if self._is_in_range(address):
            return None
        if not is_public(address):
            return "it is private: targets.allow has no range that holds it"
        return None if self.names_host(host) else "targets.allow neither names the host nor has a range that holds it"

    def _is_in_range(self, address: Address) -> bool:
        """Itself, where it is public; else every private address that it may stand for."""
        readings = readings_of(address)
        deciding = [reading for reading in readings if not reading.is_global] or readings[:1]
        return all(any(reading in each for each in self.ranges) for reading in deciding)


def allow_list_of(entries: tuple[str, ...]) -> AllowList:
    """The list as it is written. Raises ValueError for an entry that allows nothing."""
    read = [parse_entry(entry) for entry in entries]
    return AllowList(
        tuple(one for one in read if isinstance(one, str)), tuple(one for one in read if not isinstance(one, str))
    )


def parse_entry(text: str) -> str | Range:
    """A glob of names, or a range of addresses (one address is a range, too). Raises ValueError."""
    try:
        network = ip_network(text)
    except ValueError:
        return _parse_glob(text)
    if any(_is_within(network, denied) for denied in ALWAYS_DENIED):
        raise ValueError("loopback, link-local, multicast and metadata addresses are never connected to")
    return network


def _parse_glob(text: str) -> str:
    try:
        glob = ascii_name(text)
    except UnicodeError:
        raise ValueError(f"neither a name nor a range; {_EXAMPLE}") from None
    if not _GLOB.fullmatch(glob) or _NUMBER.fullmatch(glob.rpartition(".")[2]):
        raise ValueError(f"neither a name nor a range; {_EXAMPLE}")
    return glob


def _is_within(network: Range, whole: Range) -> bool:
    return network.network_address in whole and network.broadcast_address in whole
