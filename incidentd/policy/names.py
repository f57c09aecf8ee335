"""Which names a certificate covers: RFC 6125 6.4, wildcard as the whole leftmost label only."""

from collections.abc import Iterable
from ipaddress import ip_address

from incidentd.model.hostname import ascii_name


def normal(name: str) -> str:
    """Lower case, without the root's dot, addresses in their canonical form, labels in ASCII (IDNA) where possible."""
    address = _address(name.strip("[]"))
    if address is not None:
        return address
    lowered = name.rstrip(".").lower()
    if lowered.isascii():
        return lowered
    try:
        return normal(ascii_name(lowered))
    except UnicodeError:
        return lowered


def wildcard_for(name: str) -> str | None:
    """The one wildcard that would cover a host name; None for addresses, wildcards and single labels."""
    first, dot, rest = name.partition(".")
    if not dot or not first or first == "*" or "." not in rest or _address(name) is not None:
        return None
    return f"*.{rest}"


def covers(names: Iterable[str], asked: str) -> bool:
    """True when one of `names` covers the asked name. An asked wildcard is covered only by itself."""
    accepted = _covering(asked)
    return any(normal(name) in accepted for name in names)


def covers_all(names: Iterable[str], wanted: Iterable[str]) -> bool:
    """True when there is at least one wanted name and each is covered."""
    held = {normal(name) for name in names}
    asked = [_covering(name) for name in wanted]
    return bool(asked) and all(not held.isdisjoint(covering) for covering in asked)


def covers_any(names: Iterable[str], wanted: Iterable[str]) -> bool:
    """True when at least one wanted name is covered."""
    held = {normal(name) for name in names}
    return any(not held.isdisjoint(_covering(name)) for name in wanted)


def uncovered(names: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Of the wanted names those that none covers, in normal form, sorted."""
    held = {normal(name) for name in names}
    return tuple(sorted({normal(name) for name in wanted if held.isdisjoint(_covering(name))}))


def _covering(asked: str) -> frozenset[str]:
    """The names, in normal form, of which one has to be held: the name itself and its wildcard. Nothing covers ""."""
    wanted = normal(asked)
    return frozenset(name for name in (wanted, wildcard_for(wanted)) if name)


def _address(name: str) -> str | None:
    """An IP address in its canonical form; None for all else. They end in a digit or hold a colon."""
    if not name or not (name[-1].isdigit() or ":" in name):
        return None
    try:
        return str(ip_address(name))
    except ValueError:
        return None
