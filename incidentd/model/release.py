"""Release: a build or deployment on its way to production, with the certificates that it carries. Announced, believed
only when served: nothing here settles anything.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from incidentd.model.certificate import Certificate

ANNOUNCES_WITHIN = timedelta(days=90)
"""A service that announced a release within this is one whose renewals travel in announced releases."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the artefacts of a build do to certificates. Whole values, so that lineage can be judged without them."""

    added: tuple[Certificate, ...] = ()
    changed: tuple[tuple[Certificate, Certificate], ...] = ()
    """The old one and the new one that takes its place in the same file or object."""
    removed: tuple[Certificate, ...] = ()
    unread: tuple[str, ...] = ()
    """What looked like a certificate and could not be read, as `place: reason`."""

    @property
    def brings(self) -> tuple[Certificate, ...]:
        """Every certificate that it puts somewhere, each once."""
        return tuple({one.fingerprint: one for one in (*self.added, *(new for _, new in self.changed))}.values())

    @property
    def changes_certificates(self) -> bool:
        """True when a build with it is a certificate release, whatever anybody calls it."""
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What is said of a release at one time. None: nothing is said of that, and what was said before stands."""

    id: str
    at: datetime
    service: str | None = None
    planned_at: datetime | None = None
    carried: Carried | None = None
    ticket: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """What was announced, as it stands."""

    id: str
    """What its makers call it; its only identity."""
    first_announced_at: datetime
    announced_at: datetime
    """When it was last announced."""
    service: str = ""
    planned_at: datetime | None = None
    shipped_at: datetime | None = None
    """When somebody said so. It is believed only when the endpoints serve what it carries."""
    abandoned_at: datetime | None = None
    carried: Carried = field(default_factory=Carried)
    ticket: str = ""
    """Its own ticket as it was typed: a Jira key, a PagerDuty incident's number or id."""
    url: str = ""

    @property
    def brings(self) -> tuple[Certificate, ...]:
        """The certificates that it carries to production. What was abandoned carries nothing."""
        return () if self.abandoned_at is not None else self.carried.brings

    @property
    def on_its_way(self) -> bool:
        """Neither shipped nor abandoned."""
        return self.shipped_at is None and self.abandoned_at is None

    @property
    def ships_at(self) -> datetime | None:
        """When it shipped, by what was said, or is planned to; None where nobody said."""
        return self.shipped_at or self.planned_at


@dataclass(frozen=True, slots=True)
class Carrier:
    """The release in which the renewal of a certificate travels, as its incident shows it."""

    id: str
    announced_at: datetime
    """When it was first announced."""
    brings: str
    """Fingerprint of the new certificate."""
    issued_at: datetime | None = None
    """The new certificate's notBefore."""
    planned_at: datetime | None = None
    shipped_at: datetime | None = None
    """When somebody said that it shipped."""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseTicket:
    """The own ticket of a release that carries certificates, and where it may be."""

    named: str
    """As it was typed."""
    trackers: tuple[str, ...]
    """The names of those that have tickets of such names; never none."""


@dataclass(frozen=True, slots=True)
class Shipped:
    """A release that was said to have shipped, and to whom that is news."""

    release: Release
    tracker: str
    renewed: tuple[Certificate, ...]
    """The certificates of that tracker's incidents that it renews, soonest end first."""


ReleaseChange = Callable[[Release | None], Release]
"""What somebody says of a release, as the release that it makes of the one before; None: nobody announced it."""


def announced(before: Release | None, said: Announcement) -> Release:
    """The release as it stands after an announcement. Announced again it is on its way again, whatever became of it."""
    known = before or Release(said.id, said.at, said.at)
    return replace(
        known,
        announced_at=said.at,
        service=known.service if said.service is None else said.service,
        planned_at=said.planned_at or known.planned_at,
        carried=known.carried if said.carried is None else said.carried,
        ticket=known.ticket if said.ticket is None else said.ticket,
        url=known.url if said.url is None else said.url,
        shipped_at=None,
        abandoned_at=None,
    )


def shipped(release: Release, at: datetime) -> Release:
    """Somebody says that it shipped; said again, it shipped when that was first said."""
    return replace(release, shipped_at=release.shipped_at or at, abandoned_at=None)


def abandoned(release: Release, at: datetime) -> Release:
    """Somebody says that it will not ship, or was taken back; said again, the first time counts."""
    return replace(release, abandoned_at=release.abandoned_at or at)
