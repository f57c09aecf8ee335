"""Evidence: one line for each member of each place, in words that do not change while nothing changes."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from incidentd.model.assessment import MemberFinding, PlaceFinding, PlaceStatus
from incidentd.model.inventory import Inventory
from incidentd.model.ticket import PlaceLine
from incidentd.planning.phrases import counted, instant, short
from incidentd.planning.sanitize import sanitize

STATE = {
    PlaceStatus.PRESENT: "this certificate",
    PlaceStatus.MIXED: "this one and a newer one by turns",
    PlaceStatus.UNKNOWN: "never answered",
    PlaceStatus.REPLACING: "newer",
    PlaceStatus.REPLACED: "newer",
    PlaceStatus.MISMATCH: "another, not a replacement",
    PlaceStatus.LEAVING: "removed",
    PlaceStatus.RETIRED: "removed",
}
NOT_YET_REPLACED = (PlaceStatus.PRESENT, PlaceStatus.MIXED, PlaceStatus.MISMATCH)


def in_order(findings: Iterable[PlaceFinding]) -> list[PlaceFinding]:
    """By address, so that texts do not depend on the order in which places became known."""
    return sorted(findings, key=lambda finding: (finding.location.uri, finding.location.source))


def place_lines(
    findings: Iterable[PlaceFinding], inventory: Inventory, now: datetime, blind_after: timedelta
) -> tuple[PlaceLine, ...]:
    """The evidence table, what still blocks first."""
    rows = [
        (not finding.blocks, member.status.settled, _line(finding, member, inventory, now, blind_after))
        for finding in findings
        for member in finding.members
    ]
    rows.sort(key=lambda row: (row[0], row[1], row[2].place, row[2].role, row[2].state, row[2].seen))
    return tuple(line for _, _, line in rows)


def served_count(blocking: Iterable[PlaceFinding]) -> tuple[int, int]:
    """At how many members of the blocking places it is not replaced, and of how many that answered and stayed."""
    members = [member for finding in blocking for member in finding.members if not member.removed]
    statuses = [member.status for member in members if member.status is not PlaceStatus.UNKNOWN]
    return sum(status in NOT_YET_REPLACED for status in statuses), len(statuses)


def unreplaced_places(findings: Iterable[PlaceFinding]) -> list[str]:
    """The places where it is not replaced, with what their handshakes said; of those with several addresses, each."""
    members = ((finding, member) for finding in findings for member in finding.members)
    return [_now_at(finding, member) for finding, member in members if member.status in NOT_YET_REPLACED]


def mixed_places(findings: Iterable[PlaceFinding]) -> list[str]:
    """The places of which the handshakes did not agree, in the same words."""
    members = ((finding, member) for finding in findings for member in finding.members)
    return [_now_at(finding, member) for finding, member in members if member.handshakes]


def _now_at(finding: PlaceFinding, member: MemberFinding) -> str:
    words = by_handshakes(member)
    return _place(finding, member if len(finding.members) > 1 else None) + (f" ({words})" if words else "")


def by_handshakes(member: MemberFinding) -> str:
    """How many handshakes of the last look still showed it, where they did not agree: for what is said at a moment."""
    if member.handshakes is None:
        return ""
    still, of = member.handshakes
    return f"{still} of {counted(of, 'handshake')} still old"


def _place(finding: PlaceFinding, member: MemberFinding | None) -> str:
    return sanitize(finding.location.uri) + (f" [{member.address}]" if member and member.address else "")


def _line(
    finding: PlaceFinding, member: MemberFinding, inventory: Inventory, now: datetime, blind_after: timedelta
) -> PlaceLine:
    role = finding.location.role.value if finding.production else f"{finding.location.role.value}, not production"
    return PlaceLine(
        place=_place(finding, member),
        role=role,
        state=_state(member, inventory),
        seen=_seen(member, now, blind_after),
    )


def state_of(member: MemberFinding) -> str:
    """How a member stands, in words; by whose word it is gone."""
    return f"{STATE[member.status]}, says {sanitize(member.word.by)}" if member.word else STATE[member.status]


def _state(member: MemberFinding, inventory: Inventory) -> str:
    state = state_of(member)
    if member.successor is None or member.status is PlaceStatus.MIXED:
        return state
    end = inventory.certificates[member.successor].not_after
    return f"{state}: {short(member.successor)}, expires {end:%Y-%m-%d}"


def _seen(member: MemberFinding, now: datetime, blind_after: timedelta) -> str:
    """When it began to be so; a gap is told only once it is long, so that flapping does not rewrite tickets.

    What never answered does not flap, and is told at once. Of what still shows the certificate no beginning is told: it
    would change with every other chain around it.
    """
    since = member.unseen_since
    if since is not None and (member.status is PlaceStatus.UNKNOWN or now - since > blind_after):
        return f"not seen since {instant(since)}"
    if member.first_at is None or member.status in (PlaceStatus.PRESENT, PlaceStatus.MIXED):
        return "lately"
    return f"since {instant(member.first_at)}"
