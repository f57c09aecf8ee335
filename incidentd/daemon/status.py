"""Status: what the running daemon knows of itself, for health, readiness, metrics and the board."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from incidentd.daemon.deciding import Decision
from incidentd.daemon.passes import Reconciled
from incidentd.model.inventory import SweepRecord

OUTBOX_OLD = timedelta(minutes=15)
STALL_FACTOR = 5
LEAST_STALL = timedelta(minutes=5)


@dataclass
class Status:
    """Kept up by the loop; read by the web. Nothing in it is needed after a restart."""

    started_at: datetime
    own_tracker: bool
    """False: the built-in queue stands in, because no tracker is configured."""
    expected_sources: frozenset[str]
    reconcile_every: timedelta
    sweeps: dict[str, SweepRecord] = field(default_factory=dict)
    last: Reconciled | None = None
    last_reconciled_at: datetime | None = None
    beat_at: datetime | None = None
    """When the loop last went round."""
    trouble: str = ""
    """What stopped the last round, if anything did."""
    outbox_oldest_at: datetime | None = None
    draining: bool = False

    @property
    def decision(self) -> Decision | None:
        """The last decision, with the inventory it was made from."""
        return self.last.decision if self.last else None

    def stalled(self, now: datetime) -> bool:
        """True when the loop has not gone round for far too long."""
        limit = max(STALL_FACTOR * self.reconcile_every, LEAST_STALL)
        return now - (self.beat_at or self.started_at) > limit

    def not_ready(self, now: datetime) -> list[str]:
        """Why it is not ready, each cause once; empty when it is."""
        causes = [f"source {name}: first sweep not done" for name in sorted(self.expected_sources - set(self.sweeps))]
        if self.last is None:
            causes.append("first reconcile not done")
        if self.trouble:
            causes.append(self.trouble)
        if self.outbox_oldest_at is not None and now - self.outbox_oldest_at > OUTBOX_OLD:
            causes.append(f"outbox: its oldest intent waits since {self.outbox_oldest_at:%Y-%m-%dT%H:%M:%SZ}")
        if self.stalled(now):
            causes.append("the loop stalls")
        if self.draining:
            causes.append("shutting down")
        return causes

    def warnings(self) -> list[str]:
        """What deserves saying loudly, though it works."""
        said = [f"source {name} fails: {record.failure}" for name, record in self.sweeps.items() if record.failure]
        if not self.own_tracker:
            said.append("no tracker is configured: incidents stay in the built-in local queue, nobody is told")
        if self.last is not None:
            said.extend(self.last.problems)
            if self.last.decision.distrust:
                said.append(f"the clock is not believed: {self.last.decision.distrust}")
            if self.last.decision.plan.held:
                said.append(f"the guard holds {len(self.last.decision.plan.held)} actions")
        return said
