"""Several sources of one machine become one push: each place is spoken of by the first source that has it. Pure.

Every source is told of all places, as none can tell which were its own. One that only says of a place that it does not
look there, or that could look at nothing, has no say where another one looked. That nobody looks there any more is what
all of them say, each for itself: where one did not get so far, nothing is said.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from incidentd.model.location import Location
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation, Sweep

SEEN = 3


@dataclass(frozen=True, slots=True)
class Account:
    """What is said of one place."""

    location: Location
    seen: tuple[Observation, ...] = ()
    unseen: tuple[Gap, ...] = ()
    gone: tuple[Absence, ...] = ()

    @property
    def weight(self) -> int:
        """How much it says: seen; gone, or why it was not seen; that all of a source failed; that it is nobody's."""
        if self.seen:
            return SEEN
        if any(absence.kind is not AbsenceKind.UNCONFIGURED for absence in self.gone):
            return 2
        if any(gap.reason is not GapReason.SOURCE_FAILED for gap in self.unseen):
            return 2
        return 1 if self.unseen else 0


@dataclass(frozen=True, slots=True)
class Joined:
    """All that is pushed, but for the certificates."""

    accounts: tuple[Account, ...]
    failure: str | None
    """What failed as a whole, source by source."""
    twice: tuple[str, ...]
    """Places that several sources have: the first one's word is pushed."""


def joined(sweeps: Sequence[Sweep]) -> Joined:
    """In the order of the sources."""
    chosen: dict[str, Account] = {}
    twice: dict[str, None] = {}
    spoken_of: Counter[str] = Counter()
    for sweep in sweeps:
        for uri, account in _accounts(sweep).items():
            before = chosen.get(uri)
            spoken_of[uri] += 1
            if before is None or account.weight > before.weight:
                chosen[uri] = account
            elif account.weight == before.weight == SEEN:
                twice[uri] = None
    failed = [f"{sweep.source}: {sweep.failure}" for sweep in sweeps if sweep.failure is not None]
    said = tuple(one for uri, one in chosen.items() if one.weight or spoken_of[uri] == len(sweeps))
    return Joined(said, "; ".join(failed) or None, tuple(twice))


def _accounts(sweep: Sweep) -> Mapping[str, Account]:
    by_uri: dict[str, tuple[Location, list[Observation], list[Gap], list[Absence]]] = {}
    for observation in sweep.observations:
        by_uri.setdefault(observation.location.uri, (observation.location, [], [], []))[1].append(observation)
    for gap in sweep.gaps:
        by_uri.setdefault(gap.location.uri, (gap.location, [], [], []))[2].append(gap)
    for absence in sweep.absences:
        by_uri.setdefault(absence.location.uri, (absence.location, [], [], []))[3].append(absence)
    return {
        uri: Account(at, tuple(seen), tuple(unseen), tuple(gone)) for uri, (at, seen, unseen, gone) in by_uri.items()
    }
