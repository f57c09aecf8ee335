"""Installation: everything that one running incidentd is made of, as wiring built it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from incidentd.daemon.heartbeat import Heartbeat
from incidentd.daemon.rows import RowsKept
from incidentd.model.policy import GuardLimits, Policy
from incidentd.planning.resting import Resting
from incidentd.planning.routing import Routing
from incidentd.planning.sayings import Sayings
from incidentd.policy.concentration_kept import Reviews
from incidentd.policy.judgements import Judgements
from incidentd.ports import Clock, Randomness, Worker
from incidentd.sources.interface import Source
from incidentd.sources.pushed.source import PushedSource
from incidentd.store.interface import Store
from incidentd.trackers.interface import Preflight, Tracker


@dataclass(frozen=True, slots=True)
class Installation:
    """Parts and settings of one incidentd; nothing in it is built or read again."""

    instance: str
    observes_only: bool
    """`mode: observe`: no tracker is written to."""
    clock: Clock
    randomness: Randomness
    worker: Worker
    store: Store
    sources: Mapping[str, Source]
    intervals: Mapping[str, timedelta]
    """Time between two sweeps, by source."""
    trackers: Mapping[str, Tracker]
    policy: Policy
    limits: GuardLimits
    routing: Routing
    reconcile_every: timedelta
    owner: str
    """This process's name in leases."""
    judgements: Judgements = field(default_factory=Judgements)
    """What was judged in the last pass, so that the next need not judge it again."""
    sayings: Sayings = field(default_factory=Sayings)
    """What tickets should say, as the last pass put it into words."""
    resting: Resting = field(default_factory=Resting)
    rows: RowsKept = field(default_factory=RowsKept)
    """The incidents that the last pass found nothing to do about."""
    reviews: Reviews = field(default_factory=Reviews)
    """The concentrations, as they were found when somebody asked last. No pass looks for them."""
    edits_release_tickets: bool = False
    """`releases.edit_tickets`: what a release's own ticket may be changed by, beside a comment and a link."""
    self_tracker: str | None = None
    """Where self-incidents go; None: they are said here only."""
    heartbeat: Heartbeat | None = None
    """What is called after each complete pass."""
    made_as: Mapping[str, str] = field(default_factory=dict)
    """All that the configuration says of each source, as a digest: so that who shares a state can tell theirs apart."""
    decides_as: str = ""
    """All that the configuration says of what is decided, as a digest: for the same."""
    preflights: Mapping[str, Preflight] = field(default_factory=dict)
    """A look at each tracker that is outside, by the tracker's name. Nobody's pass depends on it."""


def pushed_sources(installation: Installation) -> Mapping[str, PushedSource]:
    """Those that nobody here sweeps, by name."""
    return {name: source for name, source in installation.sources.items() if isinstance(source, PushedSource)}
