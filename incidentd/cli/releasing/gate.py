"""The gate of a build: a certificate that it brings or takes has to be said by an announced release. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from incidentd.artefacts.scanned import Changed, InBuild, Scanned
from incidentd.model.certificate import Certificate
from incidentd.model.release import Release


class Act(StrEnum):
    """What a build does with a certificate. Stable: scripts rely on these."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class KnownRelease:
    """What the gate needs of a release that was announced and not given up: certificates by their fingerprints."""

    id: str
    service: str
    brings: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known beside the build."""

    releases: tuple[KnownRelease, ...] = ()
    served: Collection[str] = frozenset()
    """Certificates that an endpoint in production served at the last look, by their fingerprints."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which releases count; None: all."""

    id: str | None = None
    service: str | None = None

    def takes_in(self, release: KnownRelease) -> bool:
        """True for one that counts."""
        of_service = self.service is None or release.service.casefold() == self.service.strip().casefold()
        return of_service and self.id in (None, release.id)


@dataclass(frozen=True, slots=True)
class Movement:
    """One certificate that a build adds, changes or removes, and who says so."""

    act: Act
    held: InBuild
    """The new one; of a removal the old one."""
    old: Certificate | None = None
    """The one whose place it takes."""
    release: str | None = None
    """The release that says so."""
    is_served: bool = False
    """An endpoint in production serves it already: carrying it changes nothing."""

    @property
    def is_accounted(self) -> bool:
        """Nothing has to be announced for it."""
        return self.release is not None or self.is_served


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one build."""

    movements: tuple[Movement, ...]
    scanned: Scanned

    @property
    def unannounced(self) -> tuple[Movement, ...]:
        """What no announced release says."""
        return tuple(one for one in self.movements if not one.is_accounted)

    @property
    def passes(self) -> bool:
        """Everything could be read, and all of it is said."""
        return not self.unannounced and not self.scanned.unread


def verdict(scanned: Scanned, known: Known, asked: Asked) -> Verdict:
    """Each movement, with the first release that says so."""
    releases = [one for one in known.releases if asked.takes_in(one)]
    return Verdict(tuple(_movements(scanned, releases, known.served)), scanned)


def known_release(release: Release) -> KnownRelease:
    """A release out of the state; what was abandoned says nothing."""
    said = release.carried if release.abandoned_at is None else type(release.carried)()
    taken = (*said.removed, *(old for old, _ in said.changed))
    return KnownRelease(
        release.id,
        release.service,
        frozenset(one.fingerprint for one in said.brings),
        frozenset(one.fingerprint for one in taken),
    )


def _movements(scanned: Scanned, releases: Sequence[KnownRelease], served: Collection[str]) -> Iterator[Movement]:
    def bringing(fingerprint: str) -> str | None:
        return next((one.id for one in releases if fingerprint in one.brings), None)

    for added in scanned.added:
        fingerprint = added.certificate.fingerprint
        yield Movement(Act.ADDED, added, None, bringing(fingerprint), fingerprint in served)
    for changed in scanned.changed:
        release = _that_changes(changed, releases)
        yield Movement(Act.CHANGED, changed.new, changed.old.certificate, release)
    for removed in scanned.removed:
        fingerprint = removed.certificate.fingerprint
        release = next((one.id for one in releases if fingerprint in one.takes), None)
        yield Movement(Act.REMOVED, removed, None, release)


def _that_changes(changed: Changed, releases: Sequence[KnownRelease]) -> str | None:
    """The release that says so. A step back needs one that takes the newer away, too."""
    new, old = changed.new.certificate, changed.old.certificate
    steps_back = new.not_after < old.not_after
    found = (one for one in releases if new.fingerprint in one.brings)
    return next((one.id for one in found if not steps_back or old.fingerprint in one.takes), None)
