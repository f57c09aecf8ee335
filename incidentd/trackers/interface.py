"""The seam to where tickets live. A tracker reads before it writes: run twice, a write changes nothing the second time.

Only `open` may meet an uncertain outcome that must not be repeated blindly; the outbox deals with that, by `find`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from incidentd.model.preflight import Check
from incidentd.model.ticket import Comment, Outcome, Owned, Standing, Ticket, TicketContent, TicketRef

NOTHING_WRITTEN: Mapping[str, str] = MappingProxyType({})


class Tracker(Protocol):
    """PagerDuty, Jira, or the built-in local queue."""

    @property
    def name(self) -> str:
        """The configuration's name for it."""
        ...

    @property
    def settle_window(self) -> timedelta:
        """How long after an uncertain create a search that finds nothing proves nothing."""
        ...

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """The tickets as they are, in the order asked for; at most one call per 100 open ones. Raises TrackerError."""
        ...

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """Every ticket of ours that carries the marker, open or closed, oldest first. Raises TrackerError."""
        ...

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """Of each incident with an open ticket of ours beside the one that stands: all open ones.

        With a person's last activity on each.
        By incident key; called after `read`, of the same incidents. What is told was confirmed by id. It asks anew
        where that is free, else at most once in a while, but always in a fresh process. Raises TrackerError.
        """
        ...

    async def open(self, content: TicketContent) -> Outcome:
        """Create the ticket: one attempt, one write. Never raises for what the tracker answers."""
        ...

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """Make the ticket say `content`, but for fields that no longer hold what `written` says we last wrote."""
        ...

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """Say these, each once, on a ticket that may be closed; nothing else of it changes."""
        ...

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """Bring it back: the same ticket where the tracker can, else a new one that names it (other ref confirmed)."""
        ...

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """Say the note on each of the duplicates, link it to `ref` and close it; confirmed once none is open.

        What turns out to be no ticket of ours, or to stand for other incidents too, is left alone.
        """
        ...

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """Say the note and close. Confirmed only when the tracker itself says that the ticket is closed.

        `written` is what we last wrote there, as far as the ledger knows.
        """
        ...

    async def clock(self) -> datetime | None:
        """The tracker's own time (Date header) of a harmless read; None where it has none. Raises TrackerError."""
        ...


class Preflight(Protocol):
    """A look at a tracker before anything depends on it: credentials, permissions, and settings that would do harm."""

    async def preflight(self) -> tuple[Check, ...]:
        """What was looked at, by reads alone. Never raises for what the tracker answers, or does not."""
        ...


@dataclass(frozen=True, slots=True)
class ChangeContent:
    """A change in production that has been made: a release with certificates in it, say. It asks nobody to act."""

    summary: str
    source: str
    at: datetime
    details: tuple[tuple[str, str], ...] = ()
    """Names and values, in the order in which they are read."""
    links: tuple[tuple[str, str], ...] = ()
    """Text and address."""


@runtime_checkable
class Census(Protocol):
    """A tracker that can tell of every open ticket of ours, also of those that nobody remembers."""

    @property
    def marks_tickets(self) -> bool:
        """True where tickets carry the marker in a place from which people can take it away."""
        ...

    async def ours(self, instance: str) -> tuple[Owned, ...]:
        """Every open ticket of this installation, by id; read only, and slow. Raises TrackerError."""
        ...


@runtime_checkable
class Adopting(Protocol):
    """A tracker in which a ticket that people made may become an incident's own."""

    async def adoptable(self, named: str, key: str) -> Ticket:
        """The ticket that a person names by key, number or id, as it is. Read only.

        Raises TrackerError: REJECTED, with the reason, where it cannot stand for the incident of this key.
        """
        ...


@runtime_checkable
class TellsChanges(Protocol):
    """A tracker that has a timeline for changes beside its incidents."""

    async def tell_change(self, change: ChangeContent) -> None:
        """Returns once it was accepted; one attempt. Raises TrackerError: UNCLEAR when it may have been."""
        ...


@runtime_checkable
class TellsReleases(Protocol):
    """A tracker in which releases have tickets of their own, made by others."""

    def holds(self, named: str) -> bool:
        """True where a ticket of its could be called so, as people type it. Asks nobody."""
        ...

    async def tell_release(self, ref: TicketRef, content: TicketContent, comments: Sequence[Comment]) -> Outcome:
        """Say these, each once, and link what the content links to; nothing is changed but what its labels ask for.

        With labels also those, a raised priority and an earlier due date, where the ticket takes them. A ticket that is
        not there, or not for us, is confirmed with that left out: it is people's, and worth no second attempt.
        """
        ...


class CallLog(Protocol):
    """What a tracker with a budget of calls needs of a state database; the store implements it by shape. Blocking."""

    def take_call(self, name: str, most: int, window: timedelta, now: datetime) -> timedelta:
        """Zero, and one call of this name is written down; or how long until there is room, and nothing is."""
        ...


class LocalQueue(Protocol):
    """What the local tracker needs of a state database; the store implements it by shape. Blocking."""

    def local_open(self, content: TicketContent, at: datetime) -> Ticket:
        """A new ticket, or the open one that carries the marker already."""
        ...

    def local_find(self, marker: str) -> tuple[Ticket, ...]:
        """All tickets with the marker, oldest first."""
        ...

    def local_read(self, ids: Sequence[str]) -> tuple[Ticket, ...]:
        """The tickets by id; MISSING for unknown ones."""
        ...

    def local_write(
        self,
        id: str,
        at: datetime,
        content: TicketContent | None,
        comments: Sequence[Comment],
        closed: bool | None,
    ) -> Ticket:
        """New content, new comments (by id, each once), closed or opened again; None leaves as it is."""
        ...
