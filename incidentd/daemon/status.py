"""Status: what the running daemon knows of itself, for health, readiness, metrics and the board."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidentd.daemon.blindness import OwnSight
from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.deciding import Decision
from incidentd.daemon.installation import Installation, pushed_sources
from incidentd.daemon.passes import Reconciled
from incidentd.model.blindness import Signs
from incidentd.model.incident import IncidentRecord
from incidentd.model.inventory import SweepRecord
from incidentd.model.plan import Intent
from incidentd.planning.holding import what_is_held
from incidentd.planning.phrases import rfc3339
from incidentd.policy.blindness import OUTBOX_OLD

SWEEP_OF = "sweep of "
"""How the loop's tasks that sweep are called, with the source behind it."""
SILENT_SECONDS = 900.0
"""A task that has shown no sign of life for so long hangs: a probe takes 15 s, an exchange with a tracker a minute."""
GIVE_ALL_THE_SAME = "each writes what it thinks right, in turn, until all are given the same"


@dataclass
class Status:
    """Kept up by the loop; read by the web. Nothing in it is needed after a restart."""

    started_at: datetime
    own_tracker: bool
    """False: the built-in queue stands in, because no tracker is configured."""
    expected_sources: frozenset[str]
    configured_at: datetime
    """When the configuration that holds took over."""
    pushed_sources: frozenset[str] = frozenset()
    """Those of them that nobody here sweeps."""
    sweeps: dict[str, SweepRecord] = field(default_factory=dict)
    last: Reconciled | None = None
    last_reconciled_at: datetime | None = None
    records: tuple[IncidentRecord, ...] = ()
    """The ledger after the last reconcile: active rows, and those closed lately."""
    outbox: tuple[Intent, ...] = ()
    """What was waiting after the last reconcile."""
    own: OwnSight = field(default_factory=OwnSight)
    """What incidentd was blind to at the last reconcile."""
    heartbeat_at: datetime | None = None
    """When the heartbeat was last heard."""
    heartbeat_problem: str = ""
    """Why the last call of it was not heard; empty when it was."""
    trouble: str = ""
    """What stopped the last round, if anything did."""
    preflight: tuple[str, ...] = ()
    """What the look at the trackers found wrong at the start."""
    reload_refused: str = ""
    """Why the configuration on disk does not hold; empty when it does."""
    decided_otherwise: bool = False
    """Another process on this state has another configuration."""
    draining: bool = False
    watch: ClockWatch | None = None
    """Whether the clock is believed: a configuration that takes over does not make it right."""
    signs: dict[str, float] = field(default_factory=dict)
    """By task, the monotonic second of its last sign of life."""

    def heard_of(self, sweeps: Mapping[str, SweepRecord]) -> None:
        """What was pushed, whichever process it came to."""
        self.sweeps |= {name: sweeps[name] for name in self.pushed_sources if name in sweeps}

    @property
    def decision(self) -> Decision | None:
        """The last decision, with the inventory it was made from."""
        return self.last.decision if self.last else None

    @property
    def outbox_oldest_at(self) -> datetime | None:
        """Since when the oldest unfinished intent has been waiting."""
        return min((intent.created_at for intent in self.outbox), default=None)

    def loop_signs(self, now: datetime, monotonic: float) -> Signs:
        """What a reconcile may know of the sweeps beside it."""
        hanging = {
            task.removeprefix(SWEEP_OF): now - timedelta(seconds=monotonic - self.signs[task])
            for task in self.stalled(monotonic)
            if task.startswith(SWEEP_OF)
        }
        return Signs(self.configured_at, hanging)

    def stalled(self, monotonic: float) -> tuple[str, ...]:
        """The tasks of the loop that hang, sorted."""
        return tuple(sorted(task for task, sign in self.signs.items() if monotonic - sign > SILENT_SECONDS))

    def not_ready(self, now: datetime, monotonic: float) -> list[str]:
        """Why it is not ready, each cause once; empty when it is."""
        causes = [f"source {name}: first sweep not done" for name in sorted(self.expected_sources - set(self.sweeps))]
        if self.last is None:
            causes.append("first reconcile not done")
        if self.trouble:
            causes.append(self.trouble)
        oldest = self.outbox_oldest_at
        if oldest is not None and now - oldest > OUTBOX_OLD:
            causes.append(f"outbox: its oldest intent waits since {rfc3339(oldest.replace(microsecond=0))}")
        causes.extend(f"the loop stalls: {task} hangs" for task in self.stalled(monotonic))
        if self.draining:
            causes.append("shutting down")
        return causes

    def warnings(self) -> list[str]:
        """What deserves saying loudly, though it works."""
        said = []
        if not self.own_tracker:
            said.append("no tracker is configured: incidents stay in the built-in local queue, nobody is told")
        if self.reload_refused:
            said.append(f"the configuration on disk is refused, the one before it holds: {self.reload_refused}")
        if self.decided_otherwise:
            said.append(f"another replica works with another configuration: {GIVE_ALL_THE_SAME}")
        said.extend(f"source {name} fails: {record.failure}" for name, record in self.sweeps.items() if record.failure)
        said.extend(self.preflight)
        said.extend(self.own.unsaid)
        if self.heartbeat_problem:
            said.append(f"the heartbeat is not heard: {self.heartbeat_problem}")
        return [*said, *_of_the_last(self.last)]


def _of_the_last(last: Reconciled | None) -> list[str]:
    if last is None:
        return []
    said = list(last.problems)
    if last.decision.distrust:
        said.append(f"the clock is not believed: {last.decision.distrust}")
    return [*said, *what_is_held(last.decision.plan.held)]


def status_of(installation: Installation, *, own_tracker: bool, before: Status | None = None) -> Status:
    """What is known when a configuration takes over: at first nothing, after a reload what still holds of before."""
    now = installation.clock.now()
    pushed = frozenset(pushed_sources(installation))
    status = Status(now, own_tracker, frozenset(installation.sources), now, pushed)
    if before is not None:
        status.started_at, status.watch = before.started_at, before.watch
        status.sweeps = _kept(before.sweeps, installation.sources)
        status.last, status.last_reconciled_at = before.last, before.last_reconciled_at
        status.records, status.outbox, status.own = before.records, before.outbox, before.own
        status.heartbeat_at, status.heartbeat_problem = before.heartbeat_at, before.heartbeat_problem
    return status


def _kept(sweeps: Mapping[str, SweepRecord], sources: Mapping[str, object]) -> dict[str, SweepRecord]:
    return {name: record for name, record in sweeps.items() if name in sources}
