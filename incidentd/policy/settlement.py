"""Settlement: how each place stands towards one certificate. Only looks are proof; what was not seen is not judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from incidentd.model.assessment import MemberFinding, PlaceFinding, PlaceStatus
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Member, Place, Run, SilentAddress
from incidentd.model.location import Role
from incidentd.model.observation import AbsenceKind
from incidentd.model.policy import CloseAfter
from incidentd.policy.looks import AHEAD, is_back_unseen
from incidentd.policy.replacement import OVER_AFTER, Succeeds, standing_for, successor_rule
from incidentd.policy.stretches import Says, Stretch, stretches_since

RETURNED_WITHIN = timedelta(days=14)
"""A return after a successor makes a mixed backend, for so long."""
MIXED_PROOF = CloseAfter(observations=20, apart=timedelta(hours=24))
"""What a place needs that showed the old certificate again after a successor."""
ADDRESS_PROOF = CloseAfter(observations=3, apart=timedelta(hours=24))
"""Complete DNS answers without an address, before the address counts as retired."""

WORST_FIRST = (
    PlaceStatus.MISMATCH,
    PlaceStatus.PRESENT,
    PlaceStatus.MIXED,
    PlaceStatus.UNKNOWN,
    PlaceStatus.REPLACING,
    PlaceStatus.LEAVING,
    PlaceStatus.REPLACED,
    PlaceStatus.RETIRED,
)

PENDING = {
    Says.SUCCESSOR: PlaceStatus.REPLACING,
    Says.GONE: PlaceStatus.LEAVING,
    Says.STRANGER: PlaceStatus.MISMATCH,
}


@dataclass(frozen=True, slots=True)
class Standard:
    """By what a settlement is judged: the proof it takes, the time, and whether suspicious removals are believed."""

    now: datetime
    close_after: CloseAfter
    believes_suspects: bool = False


@dataclass(frozen=True, slots=True)
class _Judged:
    """One place, and all that its members are judged by."""

    old: Certificate
    place: Place
    succeeds: Succeeds
    mixed: bool
    standard: Standard
    unseen_elsewhere: bool
    certificates: Mapping[str, Certificate]

    def proven(self, stretch: Stretch) -> bool:
        """True when the looks of a stretch are proof."""
        if stretch.says is Says.SUCCESSOR:
            return stretch.meets(MIXED_PROOF if self.mixed else self.standard.close_after)
        if stretch.absence is AbsenceKind.SAID:
            return True
        if stretch.absence is AbsenceKind.UNRESOLVED_ADDRESS:
            return stretch.meets(ADDRESS_PROOF) and self._others_resolved(stretch)
        return stretch.says is Says.GONE and stretch.meets(self.standard.close_after)

    def stranger_in(self, run: Run) -> str | None:
        """What its clients get instead of it, and is no successor."""
        heads = standing_for(self.old, run, self.certificates)
        return next((head.fingerprint for head in heads), None)

    def _others_resolved(self, stretch: Stretch) -> bool:
        """An answer without any address is an empty listing where there had been things: no proof."""
        if any(member.current.absence is None for member in self.place.members):
            return True
        last_shown = max(run.last_at for member in self.place.members for run in member.runs if run.chain)
        return last_shown - stretch.runs[0].first_at >= ADDRESS_PROOF.apart

    def _only_moved(self, member: Member) -> bool:
        """True for what left one source for another, as when a source gets another name: it is still to be seen."""
        return self.unseen_elsewhere and member.current.absence is AbsenceKind.UNCONFIGURED

    def settling(self, member: Member, stretches: Sequence[Stretch]) -> Stretch | None:
        """The stretch that is proof, of those that no stranger followed or that lasted long.

        The first one, as that is when it was over; but rather a successor than a removal, and no suspect one if any.
        A removal proves nothing of what is there again and cannot be seen.
        """
        strangers = [index for index, stretch in enumerate(stretches) if stretch.says is Says.STRANGER]
        unbroken_from = strangers[-1] + 1 if strangers else 0
        stored = self.place.location.role is Role.STORED
        proofs = [
            stretch
            for index, stretch in enumerate(stretches)
            if (index >= unbroken_from or stored or stretch.lasted >= OVER_AFTER) and self.proven(stretch)
        ]
        if is_back_unseen(member) or self._only_moved(member):
            proofs = [proof for proof in proofs if proof.says is Says.SUCCESSOR]
        return max(proofs, key=lambda proof: (not proof.suspect, proof.says is Says.SUCCESSOR), default=None)


def place_finding(
    old: Certificate,
    place: Place,
    certificates: Mapping[str, Certificate],
    standard: Standard,
    *,
    production: bool,
    blocks: bool,
    unseen_elsewhere: bool = False,
    silent: Sequence[SilentAddress] = (),
) -> PlaceFinding:
    """How a place that showed `old` stands now: as its worst member does.

    `unseen_elsewhere`: another source is to look at the same address, and has not seen it yet. `silent`: those of its
    addresses that never answered, and may serve anything.
    """
    place = _not_ahead(place, standard.now)
    succeeds = successor_rule(old, place, certificates, standard.now)
    mixed = any(came_back(old.fingerprint, member, succeeds, standard.now) for member in place.members)
    judged = _Judged(old, place, succeeds, mixed, standard, unseen_elsewhere, certificates)
    answered = [_member_finding(member, judged) for member in place.members]
    findings = _without_newcomers(place, [*answered, *map(_silent_finding, silent)], standard.now)
    status = min((finding.status for finding in findings), key=WORST_FIRST.index)
    return PlaceFinding(place.location, production, blocks, status, findings)


def _not_ahead(place: Place, now: datetime) -> Place:
    """Looks that lie ahead were written under a clock that was wrong, and count as now: no time has passed since."""
    if all(run.last_at <= now for member in place.members for run in member.runs):
        return place
    members = (replace(member, runs=tuple(_until(now, run) for run in member.runs)) for member in place.members)
    return replace(place, members=tuple(members))


def _until(now: datetime, run: Run) -> Run:
    """Of what is dated well ahead, nobody knows how long before now it was."""
    first_at = min(run.first_at, now)
    return replace(run, first_at=first_at, last_at=first_at if run.last_at - now > AHEAD else min(run.last_at, now))


def came_back(fingerprint: str, member: Member, succeeds: Succeeds, now: datetime) -> bool:
    """True when the old one was shown again after a successor, in the 14 days before the last look.

    Counted from looks, so that time spent blind does not forget it.
    """
    succeeded = False
    until = min(now, member.last_look_at)
    for run in member.runs:
        if fingerprint not in run.chain:
            succeeded = succeeded or succeeds(run) is not None
        elif succeeded and until - run.last_at <= RETURNED_WITHIN:
            return True
    return False


def _without_newcomers(place: Place, findings: Sequence[MemberFinding], now: datetime) -> tuple[MemberFinding, ...]:
    """Leaves out addresses that never showed it and came when it had been proven gone from all others for 14 days."""
    shown = [finding for finding in findings if finding.showed]
    final = [finding.first_at + OVER_AFTER for finding in shown if finding.first_at and finding.status.settled]
    if len(final) < len(shown) or any(finding.suspect for finding in shown):
        return tuple(findings)
    came = {member.address: member.runs[0].first_at for member in place.members}
    came |= {silent.address: min(silent.unseen_since, now) for silent in place.silent}
    return tuple(finding for finding in findings if finding.showed or came[finding.address] <= max(final))


def _silent_finding(silent: SilentAddress) -> MemberFinding:
    return MemberFinding(silent.address, PlaceStatus.UNKNOWN, unseen_since=silent.unseen_since, showed=False)


def _member_finding(member: Member, judged: _Judged) -> MemberFinding:
    stretches = stretches_since(judged.old, member, judged.place.location.role, judged.succeeds)
    # What some handshakes of the last look still showed is there, whichever of them came last.
    still = member.handshakes_showing(judged.old.fingerprint) is not None
    if not stretches or (still and stretches[-1].says is not Says.STRANGER):
        status = PlaceStatus.MIXED if judged.mixed else PlaceStatus.PRESENT
        return _finding(member, status, Stretch(Says.STRANGER, member.runs[-1:]), judged)
    settling = judged.settling(member, stretches)
    if settling is not None:
        status = PlaceStatus.REPLACED if settling.says is Says.SUCCESSOR else PlaceStatus.RETIRED
        return _finding(member, status, settling, judged)
    latest = stretches[-1]
    returns = judged.mixed and latest.says is Says.SUCCESSOR
    return _finding(member, PlaceStatus.MIXED if returns else PENDING[latest.says], latest, judged)


def _finding(member: Member, status: PlaceStatus, stretch: Stretch, judged: _Judged) -> MemberFinding:
    run, gap = stretch.runs[-1], member.open_gap
    stranger = judged.stranger_in(run) if status is PlaceStatus.MISMATCH else None
    return MemberFinding(
        address=member.address,
        status=status,
        successor=judged.succeeds(run) if stretch.says is Says.SUCCESSOR else stranger,
        looks=stretch.looks,
        first_at=stretch.runs[0].first_at,
        last_at=run.last_at,
        unseen_since=gap.since if gap else None,
        suspect=stretch.suspect and not judged.standard.believes_suspects,
        removed=stretch.says is Says.GONE,
        word=run.word,
        showed=member.showed(judged.old.fingerprint),
        handshakes=member.handshakes_showing(judged.old.fingerprint),
    )
