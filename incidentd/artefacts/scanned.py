"""Scanned: the certificates of a build with where in it they are, and what of it was not read. Frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from incidentd.model.certificate import Certificate
from incidentd.model.release import Carried


class UnreadReason(StrEnum):
    """Why a part of a build was not read. Stable: people alert on these."""

    CERTIFICATE = "certificate"
    """What should be a certificate is none, or cannot be read."""
    KEYSTORE = "keystore"
    TORN = "torn"
    """It ends before its end."""
    DAMAGED = "damaged"
    TOO_LARGE = "too_large"
    TOO_MUCH = "too_much"
    """A cap was met: what follows was not looked at."""
    TOO_DEEP = "too_deep"
    """An archive in an archive in an archive."""
    NOT_ACCESSIBLE = "not_accessible"
    """The disk, or git, did not give it."""
    UNSUPPORTED = "unsupported"
    """The build itself, or a layer of it, is of a kind that is not opened."""
    UNOPENED = "unopened"
    """What merely lies in it is of a kind that is not opened."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a build that was not read: nobody may take it for empty."""

    place: str
    reason: UnreadReason
    text: str
    """What is wrong, and what can be done. Made by us; `place` is not, and is made harmless where it is shown."""


@dataclass(frozen=True, slots=True)
class Held:
    """What one file of a build holds, in its order; never none."""

    place: str
    certificates: tuple[Certificate, ...]


Event = Held | Unread
"""What looking at a part of a build brings home."""


@dataclass(frozen=True, slots=True)
class InBuild:
    """A certificate and where in the build it is: the first places in their order, and how many more there are."""

    certificate: Certificate
    places: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, slots=True)
class Changed:
    """One certificate that takes another's place."""

    old: InBuild
    new: InBuild


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a build does to certificates. Without a base to compare with, all that it holds is `added`."""

    added: tuple[InBuild, ...] = ()
    changed: tuple[Changed, ...] = ()
    removed: tuple[InBuild, ...] = ()
    trust: tuple[InBuild, ...] = ()
    """CA certificates that are there to vouch for others: trust bundles, and, without a base, roots by themselves."""
    unread: tuple[Unread, ...] = ()
    """What should have been read: with any of it, nobody knows what the build carries."""
    unopened: tuple[Unread, ...] = ()
    """Archives of other kinds that merely lie in it: said, and held against nobody."""
    unread_more: int = 0
    unopened_more: int = 0
    """How many more there are than are listed."""
    ders: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    """The certificates that it brings and takes, by fingerprint, as they stand (DER)."""

    @property
    def carried(self) -> Carried:
        """What a release says of it."""
        return Carried(
            tuple(one.certificate for one in self.added),
            tuple((one.old.certificate, one.new.certificate) for one in self.changed),
            tuple(one.certificate for one in self.removed),
            tuple(f"{one.place}: {one.text}" for one in self.unread),
        )

    @property
    def brought(self) -> tuple[InBuild, ...]:
        """The certificates that are there with this build and were not before, as far as there is a before."""
        return (*self.added, *(one.new for one in self.changed))

    @property
    def taken(self) -> tuple[InBuild, ...]:
        """The certificates that were there before and are gone with this build."""
        return (*self.removed, *(one.old for one in self.changed))
