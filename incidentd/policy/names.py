"""Which names a certificate covers: RFC 6125 6.4, wildcard as the whole leftmost label only."""

from collections.abc import Iterable
from ipaddress import ip_address


def normal(name: str) -> str:
    """Lower case, without the root's dot, addresses in their canonical form, labels in ASCII (IDNA) where possible."""
    try:
        return str(ip_address(name.strip("[]")))
    except ValueError:
        pass
    lowered = name.rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        return lowered.encode("idna").decode("ascii")
    except UnicodeError:
        return lowered


def wildcard_for(name: str) -> str | None:
    """The one wildcard that would cover a host name; None for addresses, wildcards and single labels."""
    first, dot, rest = name.partition(".")
    if not dot or first == "*" or "." not in rest or _is_address(name):
        return None
    return f"*.{rest}"


def covers(names: Iterable[str], asked: str) -> bool:
    """True when one of `names` covers the asked name. An asked wildcard is covered only by itself."""
    wanted = normal(asked)
    accepted = {wanted, wildcard_for(wanted)}
    return any(normal(name) in accepted for name in names)


def covers_all(names: Iterable[str], wanted: Iterable[str]) -> bool:
    """True when there is at least one wanted name and each is covered."""
    held = tuple(names)
    asked = tuple(wanted)
    return bool(asked) and all(covers(held, name) for name in asked)


def covers_any(names: Iterable[str], wanted: Iterable[str]) -> bool:
    """True when at least one wanted name is covered."""
    held = tuple(names)
    return any(covers(held, name) for name in wanted)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
