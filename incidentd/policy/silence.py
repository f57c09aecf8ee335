"""Silence: the addresses of a name that never answered. Nothing is known of them, so none is taken to be settled."""

from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.inventory import Inventory, Place, SilentAddress
from incidentd.model.observation import Gap, GapReason
from incidentd.model.places import kept_places
from incidentd.policy.accounts import Evidence

FORGOTTEN_AFTER = timedelta(hours=24)
"""How long an address that never answered is remembered once its name no longer resolves to it."""


def silent_after(place: Place, evidence: Evidence, at: datetime) -> tuple[SilentAddress, ...]:
    """The addresses that never answered, after what a sweep that began `at` says of a place with these members."""
    if not place.silent and not evidence.gaps:
        return ()
    members = {member.address for member in place.members}
    before = {silent.address: silent for silent in place.silent}
    named = {address: gap for address, gap in evidence.gaps.items() if address and address not in members}
    known = [_still(silent, evidence, at) for silent in place.silent if silent.address not in members]
    new = [_newly(address, gap) for address, gap in sorted(named.items()) if address not in before]
    return (*(silent for silent in known if silent is not None), *new)


def sees_ipv6(inventory: Inventory) -> bool:
    """True when any IPv6 address ever answered: then whoever looks has IPv6."""
    return any(map(has_ipv6, kept_places(inventory)))


def has_ipv6(place: Place) -> bool:
    """True when an IPv6 address of the place ever answered."""
    return any(_is_ipv6(member.address) for member in place.members)


def may_serve(silent: SilentAddress, has_ipv6: bool) -> bool:
    """False for an IPv6 address that has no route where nothing was ever seen by IPv6: a monitor may not have it."""
    return has_ipv6 or silent.reason is not GapReason.UNREACHABLE or not _is_ipv6(silent.address)


def _newly(address: str, gap: Gap) -> SilentAddress:
    return SilentAddress(address, gap.at, gap.reason, gap.text)


def _still(silent: SilentAddress, evidence: Evidence, at: datetime) -> SilentAddress | None:
    """It stays while it is named or nothing is said of it, and for a day of answers without it."""
    if silent.address in evidence.gaps:
        return replace(silent, left_at=None)
    if not _answered(evidence):
        return silent
    # A beginning that lies ahead was written under a clock that was wrong.
    left_at = min(silent.left_at or at, at)
    return None if at - left_at >= FORGOTTEN_AFTER else replace(silent, left_at=left_at)


def _answered(evidence: Evidence) -> bool:
    """True when the name was resolved, as addresses are spoken of, or when its target left the configuration."""
    return None not in evidence.gaps and bool(evidence.seen or evidence.gaps or evidence.absences)


def _is_ipv6(address: str) -> bool:
    return ":" in address
