"""Settlement: how each place stands towards one certificate. Only looks are proof; what was not seen is not judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.assessment import MemberFinding, PlaceFinding, PlaceStatus
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import CloseAfter
from incidentd.policy.names import covers
from incidentd.policy.succession import succeeds_in_store, succeeds_served, valid_at

RETURNED_WITHIN = timedelta(days=14)
MIXED_PROOF = CloseAfter(observations=20, apart=timedelta(hours=24))
"""What a place needs that showed the old certificate again after a successor."""
ADDRESS_PROOF = CloseAfter(observations=3, apart=timedelta(hours=24))
"""Complete DNS answers without an address, before the address counts as retired."""

WORST_FIRST = (
    PlaceStatus.MISMATCH,
    PlaceStatus.PRESENT,
    PlaceStatus.MIXED,
    PlaceStatus.REPLACING,
    PlaceStatus.LEAVING,
    PlaceStatus.REPLACED,
    PlaceStatus.RETIRED,
)

Succeeds = Callable[[Run], str | None]
"""The fingerprint of the successor that a run shows, or None where it shows none."""


@dataclass(frozen=True, slots=True)
class Standard:
    """By what a settlement is judged: the proof it takes, the time, and whether suspicious removals are believed."""

    now: datetime
    close_after: CloseAfter
    believes_suspects: bool = False


def place_finding(
    old: Certificate,
    place: Place,
    certificates: Mapping[str, Certificate],
    standard: Standard,
    *,
    production: bool,
    blocks: bool,
) -> PlaceFinding:
    """How a place that showed `old` stands now: as its worst member does."""
    succeeds = _successor_rule(old, place.location, certificates, standard.now)
    mixed = any(came_back(old.fingerprint, member, succeeds, standard.now) for member in place.members)
    stored = place.location.role is Role.STORED
    findings = tuple(
        _member_finding(old.fingerprint, member, succeeds, mixed, stored, standard) for member in place.members
    )
    status = min((finding.status for finding in findings), key=WORST_FIRST.index)
    return PlaceFinding(place.location, production, blocks, status, findings)


def came_back(fingerprint: str, member: Member, succeeds: Succeeds, now: datetime) -> bool:
    """True when the old one was shown again after a successor, within the last 14 days."""
    succeeded = False
    for run in member.runs:
        if fingerprint not in run.chain:
            succeeded = succeeded or succeeds(run) is not None
        elif succeeded and now - run.first_at <= RETURNED_WITHIN:
            return True
    return False


def _member_finding(
    fingerprint: str, member: Member, succeeds: Succeeds, mixed: bool, stored: bool, standard: Standard
) -> MemberFinding:
    since = _runs_since(fingerprint, member)
    showed = len(since) < len(member.runs)
    if not since:
        status = PlaceStatus.MIXED if mixed else PlaceStatus.PRESENT
        return _finding(member, status, member.runs[-1:], None, showed)
    if since[-1].absence is not None:
        return _leaving(member, since, showed, standard)
    streak = _streak(since, succeeds)
    if not streak and stored and showed and _only_lost(member.runs[-len(since) - 1], since[-1]):
        return _leaving(member, since[-1:], showed, standard)
    if not streak:
        stranger = since[-1].chain[0]
        return _finding(member, PlaceStatus.MISMATCH, since[-1:], stranger, showed)
    needed = MIXED_PROOF if mixed else standard.close_after
    pending = PlaceStatus.MIXED if mixed else PlaceStatus.REPLACING
    status = PlaceStatus.REPLACED if _proves(streak, needed) else pending
    return _finding(member, status, streak, succeeds(streak[-1]), showed)


def _leaving(member: Member, since: tuple[Run, ...], showed: bool, standard: Standard) -> MemberFinding:
    gone = since[-1:]
    suspect = gone[0].suspect and not standard.believes_suspects
    address = gone[0].absence is AbsenceKind.UNRESOLVED_ADDRESS
    proven = _proves(gone, ADDRESS_PROOF if address else standard.close_after)
    status = PlaceStatus.RETIRED if proven else PlaceStatus.LEAVING
    return _finding(member, status, gone, None, showed, suspect=suspect, removed=True)


def _finding(
    member: Member,
    status: PlaceStatus,
    looks: tuple[Run, ...],
    successor: str | None,
    showed: bool,
    *,
    suspect: bool = False,
    removed: bool = False,
) -> MemberFinding:
    return MemberFinding(
        address=member.address,
        status=status,
        successor=successor,
        looks=sum(run.looks for run in looks),
        first_at=looks[0].first_at,
        last_at=looks[-1].last_at,
        unseen_since=member.unseen_since,
        suspect=suspect,
        removed=removed,
        showed=showed,
    )


def _runs_since(fingerprint: str, member: Member) -> tuple[Run, ...]:
    """The runs after the last one that showed the certificate; all of them where none did."""
    for index in range(len(member.runs) - 1, -1, -1):
        if fingerprint in member.runs[index].chain:
            return member.runs[index + 1 :]
    return member.runs


def _only_lost(before: Run, after: Run) -> bool:
    """True when a file holds nothing that it did not hold before: the certificate was taken out of a bundle."""
    return set(after.chain) < set(before.chain)


def _streak(runs: tuple[Run, ...], succeeds: Succeeds) -> tuple[Run, ...]:
    """The unbroken end of the runs in which every look showed a successor."""
    start = len(runs)
    while start > 0 and succeeds(runs[start - 1]) is not None:
        start -= 1
    return runs[start:]


def _proves(runs: tuple[Run, ...], needed: CloseAfter) -> bool:
    looks = sum(run.looks for run in runs)
    return looks >= needed.observations and runs[-1].last_at - runs[0].first_at >= needed.apart


def _successor_rule(
    old: Certificate, location: Location, certificates: Mapping[str, Certificate], now: datetime
) -> Succeeds:
    def in_store(run: Run) -> str | None:
        held = (certificates[fp] for fp in run.chain)
        return next((new.fingerprint for new in held if succeeds_in_store(new, old)), None)

    def at_the_head(run: Run) -> str | None:
        if not run.chain:
            return None
        leaf = certificates[run.chain[0]]
        return leaf.fingerprint if succeeds_served(leaf, old, location.asked_name, now) else None

    def behind_the_head(run: Run) -> str | None:
        return _chain_successor([certificates[fp] for fp in run.chain], old, location, now)

    if location.role is Role.STORED:
        return in_store
    return behind_the_head if old.is_ca else at_the_head


def _chain_successor(chain: list[Certificate], old: Certificate, location: Location, now: datetime) -> str | None:
    """For a CA in a served chain: a chain that no longer needs it and whose every CA ends later.

    A server that merely stopped sending the CA, while its leaf still names it as its issuer, has replaced nothing.
    """
    if not chain:
        return None
    leaf, authorities = chain[0], chain[1:]
    asked = location.asked_name
    if not valid_at(leaf, now) or (asked is not None and not covers(leaf.covered_names, asked)):
        return None
    if any(authority.not_after <= old.not_after for authority in authorities):
        return None
    if leaf.issuer == old.subject and all(authority.subject != old.subject for authority in authorities):
        return None
    return authorities[0].fingerprint if authorities else leaf.fingerprint
