"""Inventory: all certificates and, for every member of every location, the looks that were had at it, run by run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from types import MappingProxyType

from incidentd.model.certificate import Certificate
from incidentd.model.location import Location
from incidentd.model.observation import AbsenceKind, GapReason


@dataclass(frozen=True, slots=True)
class Word:
    """A person's word that something is gone for good. It stands until something is seen there again."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken series of looks at one member that all showed the same chain. A gap neither counts nor breaks it."""

    chain: tuple[str, ...]
    """Fingerprints as presented; empty: looked, completely, and nothing is there."""
    first_at: datetime
    last_at: datetime
    looks: int
    absence: AbsenceKind | None = None
    """Set exactly when the chain is empty."""
    suspect: bool = False
    """An absence that came with a suspiciously emptied folder or source: no proof until a person approves."""
    cut: bool = False
    """The clock was set after its last look: nobody knows how much later the next one was."""
    word: Word | None = None
    """Set exactly for an absence that a person said."""
    others: tuple[int, ...] = ()
    """Where in the chain those begin that clients get who want a key of another type."""
    share: tuple[int, int] | None = None
    """By how many of how many handshakes of the last look it was shown; None where all of them agreed."""

    @property
    def chains(self) -> tuple[tuple[str, ...], ...]:
        """Each chain by itself: first what every client is offered, then those for other key types."""
        if not self.others:
            return (self.chain,) if self.chain else ()
        bounds = (0, *self.others, len(self.chain))
        return tuple(self.chain[begin:end] for begin, end in pairwise(bounds))

    @property
    def heads(self) -> tuple[str, ...]:
        """The first of each chain: what clients judge a server by."""
        return tuple(chain[0] for chain in self.chains)


@dataclass(frozen=True, slots=True)
class OpenGap:
    """What cannot be seen of a place now: one address, or the whole of it (`address` empty)."""

    address: str
    since: datetime
    reason: GapReason | None
    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """One address of a served location, or the whole of a stored one (`address` empty)."""

    address: str
    runs: tuple[Run, ...]
    """Oldest first, never empty; neighbours differ, or were dated by clocks that do. Old runs are dropped once a newer
    one shows the same chain."""
    unseen_since: datetime | None = None
    """When the open gap began; None while looks succeed."""
    unseen_reason: GapReason | None = None
    unseen_text: str = ""

    @property
    def open_gap(self) -> OpenGap | None:
        """Its gap, while it cannot be seen. Nobody is blind to what is gone by a person's word."""
        if self.unseen_since is None or self.current.word is not None:
            return None
        return OpenGap(self.address, self.unseen_since, self.unseen_reason, self.unseen_text)

    @property
    def current(self) -> Run:
        """The latest run: what was there at the last look that succeeded."""
        return self.runs[-1]

    @property
    def last_look_at(self) -> datetime:
        """The last look that succeeded."""
        return self.runs[-1].last_at

    def showed(self, fingerprint: str) -> bool:
        """True when any remembered look showed this certificate."""
        return any(fingerprint in run.chain for run in self.runs)

    def handshakes_showing(self, fingerprint: str) -> tuple[int, int] | None:
        """By how many of how many handshakes of the last look it was shown; None where none did, and where all agreed.

        Counted over its runs: the last of each chain, as far back as that look goes.
        """
        if self.current.share is None:
            return None
        _, of = self.current.share
        found: dict[tuple[str, ...], int] = {}
        for run in reversed(self.runs):
            if run.share is None or sum(found.values()) >= of:
                break
            found[run.chain] = run.share[0]
        still = sum(number for chain, number in found.items() if fingerprint in chain)
        return (still, of) if still else None


@dataclass(frozen=True, slots=True)
class SilentAddress:
    """An address that a location's name resolves to and that never answered: what it serves is not known."""

    address: str
    unseen_since: datetime
    """When it was first asked."""
    reason: GapReason
    """Why it did not answer then; later failures change nothing."""
    text: str = ""
    left_at: datetime | None = None
    """The first answer without it, while there was none with it since."""
    word: Word | None = None
    """A person's, that it is gone: then nothing is expected of it until it answers."""


@dataclass(frozen=True, slots=True)
class Place:
    """A location as it is remembered: its members and since when it is known."""

    location: Location
    members: tuple[Member, ...] = ()
    known_since: datetime | None = None
    unseen_since: datetime | None = None
    """Set while a place that never answered, so that it has no members, cannot be seen."""
    unseen_reason: GapReason | None = None
    unseen_text: str = ""
    silent: tuple[SilentAddress, ...] = ()
    """Addresses that never answered, and so are no members."""

    @property
    def key(self) -> tuple[str, str]:
        """What identifies a place: its source and its address."""
        return (self.location.source, self.location.uri)

    @property
    def open_gaps(self) -> tuple[OpenGap, ...]:
        """All that cannot be seen of it. Where nothing ever answered, the gap of the whole speaks for each address."""
        whole = OpenGap("", self.unseen_since, self.unseen_reason, self.unseen_text) if self.unseen_since else None
        silent = (
            OpenGap(each.address, each.unseen_since, each.reason, each.text)
            for each in self.silent
            if each.word is None
        )
        return (
            *((whole,) if whole else ()),
            *(gap for member in self.members if (gap := member.open_gap)),
            *(silent if self.members else ()),
        )

    def showed(self, fingerprint: str) -> bool:
        """True when any member ever showed this certificate, as far as is remembered."""
        return any(member.showed(fingerprint) for member in self.members)


@dataclass(frozen=True, slots=True)
class SweepRecord:
    """The last sweep of a source: the one row that says that all else was seen again."""

    source: str
    sequence: int
    started_at: datetime
    finished_at: datetime
    complete: bool
    failure: str | None = None
    failing_since: datetime | None = None
    last_complete_at: datetime | None = None


PlaceKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that was seen, as it stands after the last sweep."""

    certificates: Mapping[str, Certificate] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[PlaceKey, Place] = field(default_factory=lambda: MappingProxyType({}))
    sweeps: Mapping[str, SweepRecord] = field(default_factory=lambda: MappingProxyType({}))
    first_seen: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """When each certificate was first seen anywhere, by fingerprint."""

    def places_of(self, source: str) -> Iterator[Place]:
        """The places that one source sweeps."""
        return (place for place in self.places.values() if place.location.source == source)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one sweep changes in the inventory. All members that saw the same again are implied by `sweep` alone."""

    sweep: SweepRecord
    places: tuple[Place, ...]
    """Places of which something beside "seen the same again" is new, whole."""
    certificates: tuple[Certificate, ...]
    """Certificates that were never seen before."""

    @property
    def has_news(self) -> bool:
        """False where everything was seen the same again."""
        return bool(self.places or self.certificates)
