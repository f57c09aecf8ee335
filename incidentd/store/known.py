"""Known: what a process has read of the state, and at which revision. At any other revision it is read again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import Intent, IntentState

LATER = timedelta(days=1)
"""Rows that nobody asks for any more are let go of once in so long."""


@dataclass(frozen=True, slots=True)
class KnownRows:
    """The ledger's rows that were active at a revision, or closed after an instant, by id."""

    revision: int
    closed_after: datetime
    rows: Mapping[int, IncidentRecord]

    def holds(self, revision: int, closed_after: datetime) -> bool:
        """True when all that is asked for is among them."""
        return self.revision == revision and self.closed_after <= closed_after

    def since(self, closed_after: datetime) -> tuple[IncidentRecord, ...]:
        """The active rows, and those closed after a later instant, oldest first."""
        return tuple(row for row in self.rows.values() if row.active or _closed_after(row, closed_after))

    def after(self, revision: int, written: Iterable[IncidentRecord]) -> "KnownRows":
        """As they stand after one more write, which made or changed these."""
        rows = {**self.rows, **{row.id: row for row in written}}
        return KnownRows(revision, self.closed_after, dict(sorted(rows.items())))

    def without_older(self, closed_after: datetime) -> "KnownRows":
        """Without what was closed too long ago, now and then."""
        if closed_after - self.closed_after < LATER:
            return self
        return KnownRows(self.revision, closed_after, {row.id: row for row in self.since(closed_after)})


def with_intent(waiting: Iterable[Intent], changed: Intent) -> tuple[Intent, ...]:
    """What waits in the outbox, with one intent as it stands now; what is done waits no more."""
    stays = () if changed.state is IntentState.DONE else (changed,)
    return tuple(one for before in waiting for one in (stays if before.id == changed.id else (before,)))


def _closed_after(row: IncidentRecord, instant: datetime) -> bool:
    return row.closed_at is not None and row.closed_at > instant
