"""Stage: what the ticket shows, the first that holds: expired, mismatch, release late, partly or not deployed, due."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice, takewhile

from incidentd.model.assessment import MemberFinding, PlaceFinding, PlaceStatus, Reason, Stage
from incidentd.model.certificate import Certificate
from incidentd.model.lineage import NEAREST_FIRST, Successor, SuccessorBy
from incidentd.model.location import Role
from incidentd.policy.sightings import Sightings
from incidentd.policy.succession import ends_later, lineage_across, lineage_in_place, succeeds_across

SHOWING_SUCCESSOR = (PlaceStatus.REPLACED, PlaceStatus.REPLACING)


def deployment(blocking: Sequence[PlaceFinding]) -> tuple[int, int]:
    """k of n members show a successor; mixed backends are not deployed.

    Members that were removed, and addresses that never answered, count in neither.
    """
    members = [m for m in _members(blocking) if not m.removed and m.status is not PlaceStatus.UNKNOWN]
    return sum(member.status in SHOWING_SUCCESSOR for member in members), len(members)


def newest_successor(old: Certificate, findings: Sequence[PlaceFinding], sightings: Sightings) -> Successor | None:
    """The certificate with the latest end that succeeds this one, at its own places or anywhere else, and by what.

    Of several with one end that which stands nearest; of those the one with the last fingerprint.
    """
    certificates = sightings.inventory.certificates
    found = [
        Successor(member.successor, _by(certificates[member.successor], old, finding))
        for finding in findings
        for member in finding.members
        if member.successor is not None and member.status is not PlaceStatus.MISMATCH
    ]
    # Latest first: none that follows the first successor, or one that ends no later than the old one, can be newer.
    later = takewhile(lambda new: new.not_after > old.not_after, sightings.related(old))
    beside = sightings.beside(old.fingerprint)
    across = ((new.fingerprint, lineage_across(new, old)) for new in later if new.fingerprint not in beside)
    found.extend(islice((Successor(fingerprint, by) for fingerprint, by in across if by), 1))
    return max(found, key=lambda one: _rank(one, certificates[one.fingerprint]), default=None)


def may_replace(new: Certificate, sightings: Sightings) -> Iterator[Certificate]:
    """Every certificate of which it can be the successor: what it was seen in one place with, and its lineage."""
    members = (member for place in sightings.places_of(new.fingerprint) for member in place.members)
    beside = {fingerprint for member in members for run in member.runs for fingerprint in run.chain}
    for old in sightings.inventory.certificates.values():
        if ends_later(new, old) and (old.fingerprint in beside or succeeds_across(new, old)):
            yield old


def _by(new: Certificate, old: Certificate, finding: PlaceFinding) -> SuccessorBy:
    if finding.location.role is Role.STORED:
        return SuccessorBy.SAME_OBJECT
    if old.is_authority:
        return SuccessorBy.CHAIN_WITHOUT_IT
    return lineage_in_place(new, old, finding.location.asked_name)


def _rank(one: Successor, certificate: Certificate) -> tuple[datetime, int, str]:
    return certificate.not_after, -NEAREST_FIRST.index(one.by), one.fingerprint


def stage_of(
    certificate: Certificate,
    blocking: Sequence[PlaceFinding],
    deployed: tuple[int, int],
    late: Reason | None,
    now: datetime,
    *,
    renewed: bool,
) -> tuple[Stage, list[Reason]]:
    """The stage to show, and every stage's reason that holds.

    `late`: why its renewal comes too late. `renewed`: a successor is known.
    """
    done, of = deployed
    statuses = [member.status for member in _members(blocking)]
    holds: list[tuple[Stage, Reason]] = []
    if now > certificate.not_after:
        holds.append((Stage.EXPIRED, Reason.EXPIRED))
    if PlaceStatus.MISMATCH in statuses:
        holds.append((Stage.MISMATCH, Reason.MISMATCH))
    if late is not None:
        holds.append((Stage.RELEASE_LATE, late))
    if done:
        holds.append((Stage.PARTLY_DEPLOYED, Reason.PROOF_PENDING if done == of else Reason.PARTLY_DEPLOYED))
    elif renewed:
        holds.append((Stage.RENEWED_NOT_DEPLOYED, Reason.RENEWED_NOT_DEPLOYED))
    reasons = [reason for _, reason in holds]
    if PlaceStatus.MIXED in statuses:
        reasons.append(Reason.MIXED_BACKEND)
    return (holds[0][0] if holds else Stage.DUE), reasons


def _members(findings: Sequence[PlaceFinding]) -> list[MemberFinding]:
    return [member for finding in findings for member in finding.members]
