"""Blindness: what incidentd cannot see or do, and since when. Each cause is one self-incident, whatever hangs on it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from incidentd.model.assessment import Step


class CauseKind(StrEnum):
    """What kind of trouble it is. Stable: never renamed, people alert on them."""

    SOURCE = "source"
    """A source's last sweep failed as a whole."""
    STALLED = "stalled"
    """The sweeps of a source hang, or have not ended for far longer than their interval."""
    BLIND = "blind"
    """Production places of a source have been unseen for longer than the policy bears."""
    TRACKER = "tracker"
    """A tracker cannot be read: what people did there is not known."""
    OUTBOX = "outbox"
    """What was decided for a tracker has been waiting for too long."""
    AUTOMATION = "automation"
    """An automation in a tracker closed an incident for the second time: it waits for its next step."""


@dataclass(frozen=True, slots=True, order=True)
class CauseId:
    """Which cause it is: its kind, and the source or tracker it is about."""

    kind: CauseKind
    subject: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject}"

    @property
    def failing_tracker(self) -> str | None:
        """The tracker that cannot be relied on while this lasts, and so is not told of it."""
        return self.subject if self.kind in (CauseKind.TRACKER, CauseKind.OUTBOX) else None


@dataclass(frozen=True, slots=True)
class Trace:
    """One thing that a cause concerns, in outside words: a place, or a ticket."""

    what: str
    role: str
    state: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """One thing that is wrong with incidentd's own sight or reach."""

    id: CauseId
    since: datetime
    step: Step
    scale: int
    """How many places or tickets it concerns."""
    of: int = 0
    """Of how many; 0 where that says nothing."""
    why: str = ""
    """What the failing side said, in its own words."""
    first: tuple[Trace, ...] = ()
    """The first of what it concerns, capped."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """A cause as it is kept from pass to pass, so that what comes and goes is one trouble, not many."""

    kind: CauseKind
    subject: str
    since: datetime
    gone_since: datetime | None = None
    """Set while it does not hold, and has not been gone for long enough to be over."""

    @property
    def id(self) -> CauseId:
        """Which cause it is."""
        return CauseId(self.kind, self.subject)


@dataclass(frozen=True, slots=True)
class Signs:
    """What the loop of a daemon knows of its own sweeps."""

    began_at: datetime
    """Since when it has been at work: what is older is not its doing."""
    hanging: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Sources whose sweep shows no sign of life any more, with when the last one came."""


@dataclass(frozen=True, slots=True)
class Judged:
    """All causes at one instant."""

    holding: tuple[Cause, ...] = ()
    """Those that hold now, and for long enough to be told; sorted by id."""
    lasting: frozenset[CauseId] = frozenset()
    """Those that are not over: they hold, or cannot be judged, or have not been gone for long."""
    ended: Mapping[CauseId, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Those that are over in this pass, with since when they had been gone."""
    memory: tuple[Remembered, ...] = ()
    """What is to be remembered for the next pass, sorted by id."""
    blind_places: int = 0
    """Production places unseen for too long, whatever the cause."""
