"""Accounts: what one sweep says of each place, sorted out. In doubt between a gap and an absence, it is a gap."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from incidentd.model.inventory import PlaceKey
from incidentd.model.location import Location
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep

ANSWERED = (GapReason.NO_CERTIFICATE, GapReason.UNREADABLE, GapReason.TORN, GapReason.TOO_LARGE)
"""Gaps of one object in an answer that was whole: what could not be read was listed."""


@dataclass(slots=True)
class Evidence:
    """What one sweep says of one place, by member address; None: of all its members that nothing else is said of."""

    location: Location
    seen: dict[str, list[Observation]] = field(default_factory=lambda: defaultdict(list))
    gaps: dict[str | None, Gap] = field(default_factory=dict)
    absences: dict[str | None, Absence] = field(default_factory=dict)

    def of_unshown(self, address: str) -> Gap | Absence | None:
        """What is said of a member that showed nothing, or None. Its own word first, and a gap before an absence."""
        for whose in (address, None):
            said = self.gaps.get(whose) or self.absences.get(whose)
            if said is not None:
                return said
        return None

    def first_gap(self) -> Gap | None:
        """The gap that stands for the whole place, else the first of its members."""
        return self.gaps.get(None) or min(self.gaps.values(), key=_order_of_gaps, default=None)


def evidence_by_place(sweep: Sweep) -> dict[PlaceKey, Evidence]:
    """All that was brought home, by place, in an order that does not depend on the order in which it came."""
    found: dict[PlaceKey, Evidence] = {}
    gaps = (*sweep.gaps, *_unproven(sweep))
    absences = (absence for absence in sweep.absences if _counts(absence, sweep))
    for absence in sorted(absences, key=_order_of_absences):
        _at(found, absence.location).absences.setdefault(absence.member, absence)
    for gap in sorted(gaps, key=_order_of_gaps):
        _at(found, gap.location).gaps.setdefault(gap.member, gap)
    for observation in sorted(sweep.observations, key=lambda each: _order_of_locations(each.location)):
        _at(found, observation.location).seen[observation.member].append(observation)
    return found


def answered_completely(sweep: Sweep) -> bool:
    """True when nothing was kept from the source: it did not fail, and it was refused no part of what it asked for.

    What an endpoint keeps from it is no part of a listing: where a cluster is read, one name that does not resolve, as
    any tenant may write, must not keep every Secret that was deleted in place.
    """
    return sweep.failure is None and all(gap.reason in ANSWERED or _is_of_an_endpoint(gap) for gap in sweep.gaps)


def _is_of_an_endpoint(gap: Gap) -> bool:
    """True for an address that was asked, and for a name that has none."""
    return bool(gap.member) or gap.reason in (GapReason.UNRESOLVED, GapReason.NOT_ALLOWED)


def _counts(absence: Absence, sweep: Sweep) -> bool:
    """A deletion is believed of a source that answered completely; DNS and the configuration answer for themselves."""
    return absence.kind is not AbsenceKind.REMOVED or answered_completely(sweep)


def _unproven(sweep: Sweep) -> Iterable[Gap]:
    text = sweep.failure or "the source did not answer completely, so what is missing from its answer proves nothing"
    reason = GapReason.SOURCE_FAILED if sweep.failure else GapReason.NOT_LOOKED_AT
    return (
        Gap(absence.location, absence.member, reason, text, absence.at)
        for absence in sweep.absences
        if not _counts(absence, sweep)
    )


def _at(found: dict[PlaceKey, Evidence], location: Location) -> Evidence:
    evidence = found.setdefault((location.source, location.uri), Evidence(location))
    evidence.location = location
    return evidence


def _order_of_absences(absence: Absence) -> tuple[object, ...]:
    return (absence.at, absence.kind, absence.group, *_order_of_locations(absence.location))


def _order_of_gaps(gap: Gap) -> tuple[object, ...]:
    return (gap.at, gap.reason, gap.text, *_order_of_locations(gap.location))


def _order_of_locations(location: Location) -> tuple[str, ...]:
    return (location.role, location.asked_name or "", *(text for label in location.labels for text in label))
