"""Replacement: which looks at a place show a successor there. Judged by what clients get, not by what is said."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Role
from incidentd.policy.succession import answers_for, ends_later, has_begun, succeeds_in_store

OVER_AFTER = timedelta(days=14)
"""Once something else has stood in a place for so long, what becomes of that place is the successor's affair and none
of the old one's. It is as long as what was closed reopens when it comes back."""

Succeeds = Callable[[Run], str | None]
"""The fingerprint of the successor that a run shows, or None where it shows none."""


def last_showing(fingerprint: str, member: Member) -> Run | None:
    """The last run of looks at a member that showed the certificate; None where none did."""
    return next((run for run in reversed(member.runs) if fingerprint in run.chain), None)


def successor_rule(old: Certificate, place: Place, certificates: Mapping[str, Certificate], now: datetime) -> Succeeds:
    """What counts as a successor of `old` at a place that showed it: in a store, at a chain's head, or behind it."""
    last = (last_showing(old.fingerprint, member) for member in place.members)
    showed = [chain for run in last if run for chain in run.chains if old.fingerprint in chain]
    if place.location.role is Role.STORED:
        return _in_store(old, {fp for chain in showed for fp in chain}, certificates)
    standing = {member.current for member in place.members}
    if old.is_authority and any(chain[0] != old.fingerprint for chain in showed):
        return _behind_the_head(old, place, showed, certificates, standing, now)
    return _at_the_head(old, place.location.asked_name, certificates, standing, now)


def _in_store(old: Certificate, beside: Collection[str], certificates: Mapping[str, Certificate]) -> Succeeds:
    def rule(run: Run) -> str | None:
        held = (certificates[fp] for fp in run.chain if not (old.is_authority and fp in beside))
        return next((new.fingerprint for new in held if succeeds_in_store(new, old)), None)

    return rule


def _at_the_head(
    old: Certificate,
    asked: str | None,
    certificates: Mapping[str, Certificate],
    standing: Collection[Run],
    now: datetime,
) -> Succeeds:
    def rule(run: Run) -> str | None:
        heads = standing_for(old, run, certificates)
        return heads[0].fingerprint if heads and all(fits(head, run) for head in heads) else None

    def fits(head: Certificate, run: Run) -> bool:
        return _valid(head, run, run in standing, now) and ends_later(head, old) and answers_for(head, old, asked)

    return rule


def standing_for(old: Certificate, run: Run, certificates: Mapping[str, Certificate]) -> tuple[Certificate, ...]:
    """What clients get where they got `old`: what has a key of its type; where nothing has, all that is served there.

    Where its type is not known, as it was seen before types were asked for, what all clients are offered first.
    """
    heads = tuple(certificates[head] for head in run.heads)
    if len(heads) < 2:
        return heads
    if old.key_type is None:
        return heads[:1]
    return tuple(head for head in heads if head.key_type is old.key_type) or heads


def _behind_the_head(
    old: Certificate,
    place: Place,
    showed: Collection[tuple[str, ...]],
    certificates: Mapping[str, Certificate],
    standing: Collection[Run],
    now: datetime,
) -> Succeeds:
    """For a CA in a served chain: the chain of a fit leaf that no longer needs it, whose every new CA ends later.

    A server that merely stopped sending the CA, while its leaf still names it as its issuer, has replaced nothing.
    """
    leaves = [certificates[chain[0]] for chain in showed]
    beside = {fp for chain in showed for fp in chain}

    types = {leaf.key_type for leaf in leaves}

    def rule(run: Run) -> str | None:
        of_type = [chain for chain in run.chains if certificates[chain[0]].key_type in types]
        instead = [goes_without(chain, run) for chain in of_type or run.chains]
        return instead[0] if instead and all(instead) else None

    def goes_without(chain: tuple[str, ...], run: Run) -> str | None:
        leaf, *authorities = (certificates[fp] for fp in chain)
        if not _valid(leaf, run, run in standing, now) or not _follows(leaf, leaves, place.location.asked_name):
            return None
        if any(each.not_after <= old.not_after for each in authorities if each.fingerprint not in beside):
            return None
        if leaf.issuer == old.subject and all(each.subject != old.subject for each in authorities):
            return None
        return authorities[0].fingerprint if authorities else leaf.fingerprint

    return rule


def _follows(leaf: Certificate, before: Collection[Certificate], asked: str | None) -> bool:
    """True for a leaf that stood there before, and for one that may stand in for it."""
    return any(
        leaf.fingerprint == earlier.fingerprint
        or (answers_for(leaf, earlier, asked) and (earlier.self_signed or not leaf.self_signed))
        for earlier in before
    )


def _valid(certificate: Certificate, run: Run, standing: bool, now: datetime) -> bool:
    """Valid at some look of the run; and, where it is what stands there now, not expired since.

    What earlier looks proved is not undone when that successor ends in its turn, in its place or replaced too late.
    """
    begun = has_begun(certificate, run.last_at)
    long = certificate.not_after - run.first_at >= OVER_AFTER
    return begun and certificate.not_after >= (now if standing and not long else run.first_at)
