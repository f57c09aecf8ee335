"""Concentration: many eggs in one basket: what would fail together, and when. It keeps its name while it stands."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from incidentd.model.policy import Waiver


class ConcentrationKind(StrEnum):
    """What is shared. Stable: waivers and alerts rely on them. In this order they speak for one another."""

    SAME_WINDOW = "same_window"
    SAME_KEY = "same_key"
    SAME_CERTIFICATE = "same_certificate"
    SHARED_ISSUER = "shared_issuer"
    SHARED_INTERMEDIATE = "shared_intermediate"
    SHARED_STORE = "shared_store"
    SHARED_ACCOUNT = "shared_account"


@dataclass(frozen=True, slots=True)
class Window:
    """Certificates that end within one span, and how many an even spread would let end in it."""

    begins_at: datetime
    """The first of their ends, and below the last."""
    ends_at: datetime
    fingerprints: tuple[str, ...]
    """Soonest end first."""
    unrenewed: int
    """Of how many neither a successor was seen, nor proof that automation renews them."""
    span: timedelta
    expected: float
    """Certificates that would end in a span of this length, if all were spread evenly over their lifetimes."""

    @property
    def score(self) -> float:
        """How many times as many as that end in it."""
        return len(self.fingerprints) / self.expected


@dataclass(frozen=True, slots=True)
class Share:
    """So many of the endpoints of a service."""

    service: str
    endpoints: int
    of: int

    @property
    def is_most(self) -> bool:
        """More than half of them, and more than one."""
        return self.endpoints > 1 and 2 * self.endpoints > self.of


@dataclass(frozen=True, slots=True)
class Concentration:
    """What would fail together. All in it is as it stands in the inventory, outside text included."""

    kind: ConcentrationKind
    subject: tuple[str, ...]
    """What it is about: the certificate's names, the key, the services, the issuer, the store, the account."""
    fingerprints: tuple[str, ...]
    """Of the certificates that fail, soonest end first."""
    services: tuple[str, ...]
    regions: tuple[str, ...]
    endpoints: int
    """At how many they are."""
    first_end: datetime
    shares: tuple[Share, ...] = ()
    """The services of which it is behind more than half."""
    windows: tuple[Window, ...] = ()
    """Set exactly for `same_window`, soonest first."""
    authority_ends_at: datetime | None = None
    """When the first CA certificate of that issuer or intermediate ends; None where none was seen."""

    @property
    def id(self) -> str:
        """Its name: from the kind and what it is about, so that dates, counts, regions and renewals leave it alone."""
        about = "\0".join((self.kind, *self.subject)).encode("utf-8", "surrogatepass")
        return f"{self.kind}-{sha256(about).hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Finding:
    """A concentration with what people said of it, and those that it speaks for."""

    concentration: Concentration
    waiver: Waiver | None = None
    """By which it is accepted now."""
    ended: Waiver | None = None
    """The last one that has ended, where none holds."""
    includes: tuple["Finding", ...] = ()
    """The same certificates would fail in the same places for these reasons, too."""

    @property
    def id(self) -> str:
        """The concentration's."""
        return self.concentration.id


@dataclass(frozen=True, slots=True)
class Unjudged:
    """What no concentration can be told of. What we could not see, we do not judge."""

    without_service: int = 0
    """Production endpoints without the label `service`, and below without `region`."""
    without_region: int = 0
    endpoints: int = 0
    """Of so many."""
    without_key: int = 0
    """Certificates whose public key is not known: unreadable, or remembered by a version that did not keep it."""


@dataclass(frozen=True, slots=True)
class StrayWaiver:
    """A waiver that names no concentration there is, and the id that may have been meant; empty: none is near."""

    waiver: Waiver
    nearest: str


@dataclass(frozen=True, slots=True)
class Review:
    """Everything there is to say at one instant."""

    findings: tuple[Finding, ...]
    """Those that stand by themselves: what others speak for is within them."""
    unjudged: Unjudged
    strays: tuple[StrayWaiver, ...]
    until: datetime
    """Until when it stands while inventory, assessments and policy do."""
