"""What reading one file means for the place that it is, or might be. Pure."""

import os
from dataclasses import dataclass
from datetime import datetime

from incidentd.model.inventory import Place
from incidentd.model.location import Location
from incidentd.model.observation import Absence, AbsenceKind, Gap, GapReason, Observation
from incidentd.sources.files.expand import Trouble
from incidentd.sources.files.read import FileRead
from incidentd.sources.files.remembered import Outcome

_KEY_NAMES = (".key", "key.pem")
"""How files are called that hold a key alone, and so are, rightly, not readable by us."""
_NO_LONGER = Trouble(GapReason.UNREADABLE, "no certificate is in it any more")
_NONE_IN_IT = Trouble(GapReason.UNREADABLE, "it is configured by its own name, and no certificate is in it")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that was read: where, whether the configuration names it, and what is remembered of it."""

    location: Location
    path: str
    named: bool
    place: Place | None

    @property
    def has_held(self) -> bool:
        """True when certificates were seen in it before."""
        return self.place is not None and bool(self.place.members)


def judge(candidate: Candidate, outcome: Outcome, at: datetime) -> Observation | Gap | Absence | None:
    """Seen, unseen, or None: not a place at all, and never was one."""
    if isinstance(outcome, FileRead):
        return Observation(candidate.location, "", outcome.certificates, at, outcome.unread)
    trouble = _expected(candidate) if outcome is None else outcome
    if trouble is not None and not _is_passed_over(candidate, trouble):
        return Gap(candidate.location, None, trouble.reason, trouble.text, at)
    if candidate.place is None:
        return None
    # It never held a certificate: what was reported of it, a torn write or a missing permission, is over.
    return Absence(candidate.location, None, AbsenceKind.UNCONFIGURED, candidate.location.source, at)


def _expected(candidate: Candidate) -> Trouble | None:
    """Where certificates should be, there being none is trouble."""
    if candidate.has_held:
        return _NO_LONGER
    return _NONE_IN_IT if candidate.named else None


def _is_passed_over(candidate: Candidate, trouble: Trouble) -> bool:
    """Files that merely lie in a folder and never held a certificate: huge ones, vanished ones, closed keys."""
    if candidate.has_held or candidate.named:
        return False
    if trouble.reason is GapReason.PERMISSION:
        return os.path.basename(candidate.path).casefold().endswith(_KEY_NAMES)
    return trouble.reason in (GapReason.TOO_LARGE, GapReason.MISSING_FOLDER)
