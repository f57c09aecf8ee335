"""The seam to what we remember: inventory, ledger, outbox, leases, approvals. Blocking; each call is one transaction.

Every write names the lease it is made under and is refused, with LeaseLost, once another owner holds that lease.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from incidentd.errors import StoreError
from incidentd.model.audit import AuditEntry
from incidentd.model.blindness import Remembered
from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.inventory import Inventory, Recorded
from incidentd.model.places import Kept
from incidentd.model.plan import Intent
from incidentd.model.release import Release, ReleaseChange


class LeaseLost(StoreError):
    """Another process took the lease over: whatever was being done must stop without a further write."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to do one kind of work, until a time; a higher generation fences off every lower one."""

    name: str
    owner: str
    generation: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """Work that comes round, and is done once in so long by whoever holds its lease."""

    every: timedelta
    done_as: str
    """How it is done, as a digest: whoever would do it otherwise need not wait until it is due."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A person let these held incidents through."""

    hash: str
    keys: tuple[str, ...]
    approved_at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """One row of the ledger with what is to be sent about it, committed together: intent before effect."""

    record: IncidentRecord
    """With id 0: a new row."""
    intent: Intent | None
    """With id 0: new; it takes the place of an unfinished, certainly unsent one of the same incident."""
    events: tuple[Event, ...] = ()
    drop_intent: bool = False
    """True: an unfinished, certainly unsent intent of this incident is no longer wanted."""


class Store(Protocol):
    """State on SQLite or PostgreSQL."""

    @property
    def shared(self) -> bool:
        """True where processes of several machines work on it: then leases go by its own clock, whatever `now` says."""
        ...

    def heard(self) -> bool:
        """True when another process told of something new since this was asked last, or may have. Does not wait."""
        ...

    def inventory(self) -> Inventory:
        """Everything that was seen, as after the last sweep of each source."""
        ...

    def revision(self) -> int:
        """Changes exactly when the inventory does."""
        ...

    def record(self, recorded: Recorded, lease: Lease, now: datetime) -> int:
        """One sweep; the new revision. Writes no row for what was seen the same again."""
        ...

    def amend(self, changed: Sequence[Kept], lease: Lease, now: datetime, audited: Sequence[AuditEntry] = ()) -> None:
        """Places as a person's word changed them, with its audit; no sweep, so that all others stand as they stood.

        Raises StoreError where a later sweep than they are as of was recorded meanwhile.
        """
        ...

    def records(self, closed_after: datetime) -> tuple[IncidentRecord, ...]:
        """The active rows of the ledger, and those closed after an instant, oldest first."""
        ...

    def history(self, key: str | None = None) -> tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]:
        """Every row ever, with its events, newest first; of one key, or all."""
        ...

    def lives(self, key: str) -> tuple[IncidentRecord, ...]:
        """Every row that one key ever had, without its events, newest first."""
        ...

    def row(self, id: int) -> IncidentRecord:
        """One row as it is now. Raises StoreError for an unknown one."""
        ...

    def commit(
        self, decided: Sequence[Decided], lease: Lease, now: datetime, audited: Sequence[AuditEntry] = ()
    ) -> None:
        """A plan: rows and intents, and for what a person decided its audit; all or nothing."""
        ...

    def audit(self) -> tuple[AuditEntry, ...]:
        """What people decided, newest first."""
        ...

    def unfinished(self) -> tuple[Intent, ...]:
        """Intents that are pending, sending or uncertain, in the order they are to be sent."""
        ...

    def mark_sending(self, intent: Intent, lease: Lease, now: datetime) -> Intent:
        """Committed before the request goes out; counts the attempt."""
        ...

    def settle(
        self, intent: Intent, record: IncidentRecord | None, events: Iterable[Event], lease: Lease, now: datetime
    ) -> None:
        """What became of an intent, and the ledger's row as it then stands, in one transaction."""
        ...

    def acquire(self, name: str, owner: str, lasts: timedelta, now: datetime) -> Lease | None:
        """The lease, or None while another owner holds it. One from well ahead of now holds nothing."""
        ...

    def renew(self, lease: Lease, lasts: timedelta, now: datetime) -> Lease:
        """Longer; raises LeaseLost."""
        ...

    def release(self, lease: Lease) -> None:
        """Given back; nothing happens if it was lost."""
        ...

    def rest(self, lease: Lease, turn: Turn, now: datetime) -> timedelta:
        """How long until what this lease is for is due; zero when it is. Raises LeaseLost."""
        ...

    def done(self, lease: Lease, turn: Turn, spent: timedelta, now: datetime) -> None:
        """It was done just so, and began `spent` ago. Raises LeaseLost."""
        ...

    def going_round(self, late: timedelta, now: datetime) -> frozenset[str]:
        """The leases that somebody holds, or whose work was done and is not overdue by more than `late`."""
        ...

    def approve(self, approval: Approval) -> None:
        """Remember what a person let through."""
        ...

    def approvals(self, after: datetime) -> tuple[Approval, ...]:
        """Those given after an instant."""
        ...

    def causes(self) -> tuple[Remembered, ...]:
        """The causes of blindness that were not over after the last pass, in the order they were given."""
        ...

    def remember_causes(self, causes: Sequence[Remembered], lease: Lease, now: datetime) -> None:
        """In the place of those before."""
        ...

    def releases(self, announced_after: datetime) -> tuple[Release, ...]:
        """Those last announced after an instant, and all that are on their way with certificates; the latest first."""
        ...

    def change_release(self, id: str, change: ReleaseChange, audited: Sequence[AuditEntry]) -> Release:
        """The release as `change` makes it of what stands (None: nobody announced it), with the audit of who said so.

        One transaction: what `change` raises leaves all as it was. No lease: what two say at once is said in turn.
        """
        ...

    def take_call(self, name: str, most: int, window: timedelta, now: datetime) -> timedelta:
        """Zero, and one call of this name is written down; or how long until there is room, and nothing is.

        Shared by all processes; no lease, since who may call is not the question. What is dated well ahead of now was
        written under a clock that ran ahead, and takes no room.
        """
        ...

    def instance(self, name: str) -> str:
        """The name this state was first used with; `name` itself, and remembered, the first time."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...
