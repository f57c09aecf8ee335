"""What a sweep brings home: observations, gaps, absences. A gap is never an absence."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incidentd.model.certificate import Certificate
from incidentd.model.location import Location


class GapReason(StrEnum):
    """Why a place that should have been looked at could not be. Stable: people alert on these."""

    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    RESET = "reset"
    UNREACHABLE = "unreachable"
    NO_CERTIFICATE = "no_certificate"
    UNREADABLE = "unreadable"
    TORN = "torn"
    PERMISSION = "permission"
    MISSING_FOLDER = "missing_folder"
    TOO_LARGE = "too_large"
    STARTTLS_REFUSED = "starttls_refused"
    NOT_ALLOWED = "not_allowed"
    """No allow-list lets it be connected to, and it was named by somebody who is not trusted."""
    NOT_LOOKED_AT = "not_looked_at"
    SOURCE_FAILED = "source_failed"


class AbsenceKind(StrEnum):
    """How a source came to say, having answered completely, that there is nothing."""

    REMOVED = "removed"
    """The object was deleted from a place that could be read."""
    UNRESOLVED_ADDRESS = "unresolved_address"
    """A complete DNS answer no longer holds this member address."""
    UNCONFIGURED = "unconfigured"
    """The target left the configuration."""
    SAID = "said"
    """No source says so, but a person: it is gone for good."""


@dataclass(frozen=True, slots=True)
class Observation:
    """These certificates, at this location (member), at this time: one handshake, or one read of one file."""

    location: Location
    member: str
    """The address that answered, for a served location (`192.0.2.7`); empty for places that have no members."""
    chain: tuple[Certificate, ...]
    """As presented: leaf first for a handshake, file order for a file. Never empty."""
    at: datetime
    unread: tuple[str, ...] = ()
    """Blocks beside the readable ones that could not be read, each with its reason."""
    others: tuple[int, ...] = ()
    """Where in the chain further chains begin, which clients get that want a key of another type."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A place that should have been looked at and could not be."""

    location: Location
    member: str | None
    """One member address, or None: every member known there went unseen."""
    reason: GapReason
    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """Looked, completely, and nothing is there any more. `group` is what an emptied whole would be: folder, source."""

    location: Location
    member: str | None
    kind: AbsenceKind
    group: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Sweep:
    """One attempt at one source.

    Every location that the inventory knows of this source and that stands in none of the three tuples counts as not
    looked at: a gap.
    """

    source: str
    started_at: datetime
    finished_at: datetime
    observations: tuple[Observation, ...] = ()
    gaps: tuple[Gap, ...] = ()
    absences: tuple[Absence, ...] = ()
    failure: str | None = None
    """Set when the source as a whole failed: what, where and what to do."""
    clock_was_set: bool = False
    """The clock that it is dated by was set since the sweep before: what lies between them is no time that passed."""

    @property
    def complete(self) -> bool:
        """True when nothing that should have been looked at was missed."""
        return not self.gaps and self.failure is None
