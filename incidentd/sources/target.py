"""Targets: how people write down an endpoint, and the location that it is. Pure."""

import ipaddress
import re
from dataclasses import dataclass
from typing import get_args
from urllib.parse import parse_qsl, urlsplit

from incidentd.model.hostname import ascii_name
from incidentd.model.location import Labels, Location, Role
from incidentd.ports import Starttls

DEFAULT_PORTS: dict[Starttls | None, int] = {
    None: 443,
    "smtp": 25,
    "imap": 143,
    "pop3": 110,
    "ftp": 21,
    "ldap": 389,
    "postgres": 5432,
    "mysql": 3306,
    "xmpp": 5222,
}
"""The port that is meant when none is written: as registered with IANA (Service Name and Port Number Registry)."""

_EXAMPLE = "write host, host:port or [address]:port"
# Underscores are no host names by RFC 952, but they resolve and are in use.
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
# `127.1` and `0x7f000001` are addresses to the resolver and names to everybody else (WHATWG URL, "ends in a number").
_NUMERIC_LABEL = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True, slots=True)
class Target:
    """One endpoint: a lower-case name or a literal address, a port, and how it is asked."""

    host: str
    port: int
    server_name: str | None = None
    """The name to ask for where it is not the host's own; empty: none is asked for."""
    starttls: Starttls | None = None
    """None for TLS from the first byte."""
    labels: Labels = ()

    @property
    def asked_name(self) -> str | None:
        """The name sent to the server; none for a literal address (RFC 6066 3 allows DNS names only)."""
        if self.server_name is not None:
            return self.server_name or None
        return None if is_address(self.host) else self.host.rstrip(".")

    @property
    def uri(self) -> str:
        """The stable address: `tls://host:443?sni=name`, with the name only where it is not the host's own."""
        shown = f"[{self.host}]" if ":" in self.host else self.host
        unsaid = None if is_address(self.host) else self.host.rstrip(".")
        query = "" if self.asked_name == unsaid else f"?sni={self.asked_name or ''}"
        return f"{self.starttls or 'tls'}://{shown}:{self.port}{query}"

    def location(self, source: str, labels: Labels = ()) -> Location:
        """The location of this target in a source; its own labels win over the source's."""
        merged = tuple(sorted({**dict(labels), **dict(self.labels)}.items()))
        return Location(self.uri, source, Role.SERVED, merged, self.asked_name)


def is_address(host: str) -> bool:
    """True for a literal IPv4 or IPv6 address."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_target(text: str) -> Target:
    """`host`, `host:port`, `[v6]:port`, a bare IPv6 address, `smtp://host:25`, or a location's own URI.

    Schemes are `tls` and the protocols of STARTTLS; `?sni=` asks for no name.

    Raises ValueError with what to write instead.
    """
    scheme, separator, rest = text.strip().rpartition("://")
    if not separator:
        return _target_of(rest, None, None)
    starttls = next((one for one in get_args(Starttls) if one == scheme), None)
    if starttls is None and scheme != "tls":
        raise ValueError(f"no such kind of target; {_EXAMPLE}, or smtp://host:25 ({', '.join(get_args(Starttls))})")
    parts = urlsplit(f"//{rest}")
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if parts.path or parts.fragment or set(options) - {"sni"}:
        raise ValueError(f"a target has no path; {_EXAMPLE}")
    server_name = parse_server_name(options["sni"]) if "sni" in options else None
    return _target_of(parts.netloc, starttls, server_name)


def _target_of(authority: str, starttls: Starttls | None, server_name: str | None) -> Target:
    host, port_text = _split(authority)
    port = parse_port(port_text) if port_text else DEFAULT_PORTS[starttls]
    return Target(parse_host(host), port, server_name, starttls)


def _split(authority: str) -> tuple[str, str]:
    """Host and port as written; the port is empty where none is."""
    if authority.startswith("["):
        host, bracket, rest = authority[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")) or rest == ":":
            raise ValueError(f"a bracket that is not closed, or no port after the colon; {_EXAMPLE}")
        return host, rest[1:]
    if is_address(authority):
        return authority, ""
    host, colon, port = authority.partition(":")
    if colon and not port:
        raise ValueError(f"no port after the colon; {_EXAMPLE}")
    return host, port


def parse_port(text: str) -> int:
    """A port from 1 to 65535. Raises ValueError."""
    digits = text.lstrip("0") if text.isascii() and text.isdigit() else ""
    if len(digits) > 5 or (digits and int(digits) > 65535):
        raise ValueError("a port is at most 65535")
    if not digits:
        raise ValueError("a port is a number from 1 to 65535")
    return int(digits)


def parse_host(text: str) -> str:
    """A name or a literal address in one spelling: lower case, IPv6 compressed. Raises ValueError."""
    if is_address(text):
        return str(ipaddress.ip_address(text))
    return parse_name(text)


def parse_server_name(text: str) -> str:
    """A name to ask for, or nothing at all: then none is asked for, as by clients that know none. Raises ValueError."""
    return parse_name(text) if text else ""


def parse_name(text: str) -> str:
    """A DNS name in lower-case ASCII (IDNA); a dot at its end stays. Raises ValueError."""
    try:
        name = ascii_name(text)
    except UnicodeError:
        raise ValueError(f"not a host name; {_EXAMPLE}") from None
    labels = name.removesuffix(".").split(".")
    if len(name) > 254 or not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"not a host name; {_EXAMPLE}")
    if _NUMERIC_LABEL.fullmatch(labels[-1]):
        raise ValueError("neither an address nor a name: write all four numbers of an IPv4 address")
    return name
