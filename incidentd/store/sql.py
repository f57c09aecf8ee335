"""The store on SQLAlchemy Core: each call one transaction, each write behind its lease, each failure in plain words."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Engine

from incidentd.model.audit import AuditEntry
from incidentd.model.blindness import Remembered
from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.inventory import Inventory, Recorded
from incidentd.model.places import Kept, after_amendment, after_sweep
from incidentd.model.plan import Intent
from incidentd.model.release import Release, ReleaseChange
from incidentd.model.ticket import Closer, Comment, Ticket, TicketContent
from incidentd.store import agreements, audit, calls, inventory, leases, ledger, local, outbox, releases, revisions
from incidentd.store.database import Database
from incidentd.store.interface import Approval, Decided, Lease, Turn
from incidentd.store.known import KnownRows, with_intent
from incidentd.store.local import LocalStory
from incidentd.store.revisions import Kind
from incidentd.store.sqlite import FileVersion

T = TypeVar("T")


class SqlStore:
    """Implements Store, and LocalQueue and CallLog of the trackers by shape. May be used from any thread."""

    def __init__(
        self, engine: Engine, where: str, *, read_only: bool = False, version: FileVersion | None = None
    ) -> None:
        self._database = Database(engine, where, read_only=read_only, version=version)
        # What was read last, and at which revision. Replaced whole, so that looking needs no lock.
        self._known: tuple[int, Inventory] | None = None
        self._rows: KnownRows | None = None
        self._waiting: tuple[int, tuple[Intent, ...]] | None = None
        self._tickets: tuple[int, Mapping[str, Ticket]] | None = None
        self._approvals: tuple[int, tuple[Approval, ...]] | None = None
        self._causes: tuple[int, tuple[Remembered, ...]] | None = None
        self._releases: tuple[int, releases.KnownReleases] | None = None

    @property
    def where(self) -> str:
        """The database's URL, without a password."""
        return self._database.where

    @property
    def shared(self) -> bool:
        return self._database.shared

    def heard(self) -> bool:
        return self._database.heard()

    def inventory(self) -> Inventory:
        with self._database.in_turn(Kind.INVENTORY):
            self._known = self._database.unless_known(Kind.INVENTORY, self._known, inventory.load_inventory)
            return self._known[1]

    def revision(self) -> int:
        return self._database.read(lambda connection: revisions.revision(connection, Kind.INVENTORY))

    def record(self, recorded: Recorded, lease: Lease, now: datetime) -> int:
        def work(connection: Connection) -> tuple[int, int]:
            before = revisions.revision(connection, Kind.INVENTORY)
            inventory.record_sweep(connection, recorded)
            return before, revisions.revision(connection, Kind.INVENTORY)

        with self._database.in_turn(Kind.INVENTORY):
            before, revision = self._database.write(work, lease, tells=recorded.has_news)
            known = self._known
            if known is not None and known[0] == before:
                self._known = (revision, after_sweep(known[1], recorded))
            return revision

    def amend(self, changed: Sequence[Kept], lease: Lease, now: datetime, audited: Sequence[AuditEntry] = ()) -> None:
        def work(connection: Connection) -> int:
            inventory.amend_places(connection, changed)
            audit.write_entries(connection, audited)
            return revisions.move_on(connection, Kind.INVENTORY)

        with self._database.in_turn(Kind.INVENTORY):
            revision, known = self._database.write(work, lease, tells=True), self._known
            if known is not None and known[0] == revision - 1:
                self._known = (revision, after_amendment(known[1], changed))

    def records(self, closed_after: datetime) -> tuple[IncidentRecord, ...]:
        rows = self._rows
        if rows is not None and rows.closed_after <= closed_after and self._database.stands(Kind.LEDGER, rows.revision):
            self._rows = rows.without_older(closed_after)
            return rows.since(closed_after)

        def work(connection: Connection) -> tuple[IncidentRecord, ...]:
            revision, known = revisions.revision(connection, Kind.LEDGER), self._rows
            if known is None or not known.holds(revision, closed_after):
                rows = ledger.records_since(connection, closed_after)
                known = KnownRows(revision, closed_after, {row.id: row for row in rows})
            self._rows = known.without_older(closed_after)
            return known.since(closed_after)

        with self._database.in_turn(Kind.LEDGER):
            return self._database.read(work)

    def history(self, key: str | None = None) -> tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]:
        return self._database.read(lambda connection: ledger.full_history(connection, key))

    def lives(self, key: str) -> tuple[IncidentRecord, ...]:
        return self._database.read(lambda connection: ledger.lives_of(connection, key))

    def row(self, id: int) -> IncidentRecord:
        known = self._rows
        if known is not None and id in known.rows and self._database.stands(Kind.LEDGER, known.revision):
            return known.rows[id]
        return self._database.read(lambda connection: ledger.record_of(connection, id))

    def commit(
        self, decided: Sequence[Decided], lease: Lease, now: datetime, audited: Sequence[AuditEntry] = ()
    ) -> None:
        def work(connection: Connection) -> tuple[None, list[IncidentRecord]]:
            written = []
            audit.write_entries(connection, audited)
            for one in decided:
                written.append(ledger.write_record(connection, one.record, now))
                ledger.write_events(connection, written[-1].id, one.events)
                outbox.place_intent(connection, written[-1].id, one.intent, one.drop_intent, now)
            return None, written

        self._write_ledger(work, lease, tells=bool(audited))

    def audit(self) -> tuple[AuditEntry, ...]:
        return self._database.read(audit.all_entries)

    def unfinished(self) -> tuple[Intent, ...]:
        self._waiting = self._database.unless_known(Kind.LEDGER, self._waiting, outbox.unfinished_intents)
        return self._waiting[1]

    def mark_sending(self, intent: Intent, lease: Lease, now: datetime) -> Intent:
        def work(connection: Connection) -> tuple[Intent, tuple[()]]:
            return outbox.begin_sending(connection, intent, now), ()

        return self._write_ledger(work, lease, stands=lambda sent: sent)

    def settle(
        self, intent: Intent, record: IncidentRecord | None, events: Iterable[Event], lease: Lease, now: datetime
    ) -> None:
        def work(connection: Connection) -> tuple[None, list[IncidentRecord]]:
            outbox.end_sending(connection, intent, now)
            ledger.write_events(connection, intent.incident_id, events)
            return None, [] if record is None else [ledger.write_record(connection, record, now)]

        self._write_ledger(work, lease, stands=lambda _: intent)

    def acquire(self, name: str, owner: str, lasts: timedelta, now: datetime) -> Lease | None:
        return self._database.lease(lambda c, at: leases.acquire_lease(c, name, owner, lasts, at), now)

    def renew(self, lease: Lease, lasts: timedelta, now: datetime) -> Lease:
        return self._database.lease(lambda c, at: leases.renew_lease(c, lease, lasts, at), now)

    def release(self, lease: Lease) -> None:
        self._database.lease(lambda c, at: leases.release_lease(c, lease), lease.until)

    def rest(self, lease: Lease, turn: Turn, now: datetime) -> timedelta:
        return self._database.lease(lambda c, at: leases.rest_of(c, lease, turn, at), now)

    def done(self, lease: Lease, turn: Turn, spent: timedelta, now: datetime) -> None:
        self._database.lease(lambda c, at: leases.note_done(c, lease, turn, at - spent), now)

    def going_round(self, late: timedelta, now: datetime) -> frozenset[str]:
        return self._database.read(lambda c: leases.going_round(c, late, self._database.time(c, now)))

    def approve(self, approval: Approval) -> None:
        self._write_agreement(lambda connection: agreements.write_approval(connection, approval), tells=True)

    def approvals(self, after: datetime) -> tuple[Approval, ...]:
        self._approvals = self._database.unless_known(Kind.AGREEMENTS, self._approvals, agreements.all_approvals)
        return tuple(approval for approval in self._approvals[1] if approval.approved_at > after)

    def causes(self) -> tuple[Remembered, ...]:
        self._causes = self._database.unless_known(Kind.AGREEMENTS, self._causes, agreements.known_causes)
        return self._causes[1]

    def remember_causes(self, causes: Sequence[Remembered], lease: Lease, now: datetime) -> None:
        self._write_agreement(lambda connection: agreements.write_causes(connection, tuple(causes)), lease)

    def instance(self, name: str) -> str:
        known = self._database.read(agreements.known_instance)
        if known is not None or self._database.read_only:
            return known or name
        return self._database.write(lambda connection: agreements.remember_instance(connection, name))

    def releases(self, announced_after: datetime) -> tuple[Release, ...]:
        known = self._releases if self._releases and self._releases[1].announced_after <= announced_after else None
        self._releases = self._database.unless_known(
            Kind.RELEASES, known, lambda c: releases.releases_since(c, announced_after)
        )
        return self._releases[1].since(announced_after)

    def change_release(self, id: str, change: ReleaseChange, audited: Sequence[AuditEntry]) -> Release:
        return self._database.write(lambda c: releases.change_release(c, id, change, audited), tells=True)

    def take_call(self, name: str, most: int, window: timedelta, now: datetime) -> timedelta:
        def work(connection: Connection) -> timedelta:
            return calls.take_call(connection, name, most, window, self._database.time(connection, now))

        return self._database.write(work)

    def local_open(self, content: TicketContent, at: datetime) -> Ticket:
        return self._write_queue(lambda connection: local.open_ticket(connection, content, at))

    def local_find(self, marker: str) -> tuple[Ticket, ...]:
        return self._database.read(lambda connection: local.find_tickets(connection, marker))

    def local_read(self, ids: Sequence[str]) -> tuple[Ticket, ...]:
        tickets = self._tickets
        if tickets is not None and tickets[1].keys() >= set(ids) and self._database.stands(Kind.QUEUE, tickets[0]):
            return tuple(tickets[1][id] for id in ids)

        def work(connection: Connection) -> Mapping[str, Ticket]:
            revision, known = revisions.revision(connection, Kind.QUEUE), self._tickets
            if known is None or known[0] != revision or not known[1].keys() >= set(ids):
                known = self._tickets = (revision, local.read_tickets(connection, ids))
            return known[1]

        found = self._database.read(work)
        return tuple(found[id] for id in ids)

    def local_write(
        self,
        id: str,
        at: datetime,
        content: TicketContent | None,
        comments: Sequence[Comment],
        closed: bool | None,
        closer: Closer = Closer.OURSELVES,
    ) -> Ticket:
        """As LocalQueue says; `closer` is who closes it."""
        return self._write_queue(
            lambda connection: local.write_ticket(connection, id, at, content, comments, closed, closer)
        )

    def local_story(self, id: str) -> LocalStory | None:
        """One ticket of the built-in queue with all that was said on it; None for an unknown one."""
        return self._database.read(lambda connection: local.read_story(connection, id))

    def close(self) -> None:
        self._database.close()

    def _write_ledger(
        self,
        work: Callable[[Connection], tuple[T, Sequence[IncidentRecord]]],
        lease: Lease,
        *,
        stands: Callable[[T], Intent] | None = None,
        tells: bool = False,
    ) -> T:
        """A write to ledger or outbox. `work` says which of the ledger's rows it wrote: no other one changed.

        `stands`: the one intent that changed in the outbox, as it is then; without, the outbox is read again.
        """

        def whole(connection: Connection) -> tuple[T, int, Sequence[IncidentRecord]]:
            done, written = work(connection)
            return done, revisions.move_on(connection, Kind.LEDGER), written

        with self._database.in_turn(Kind.LEDGER):
            done, revision, written = self._database.write(whole, lease, tells=tells)
            known = self._rows
            if known is not None and known.revision == revision - 1:
                self._rows = known.after(revision, written)
            waiting = self._waiting
            if stands is not None and waiting is not None and waiting[0] == revision - 1:
                self._waiting = (revision, with_intent(waiting[1], stands(done)))
            return done

    def _write_queue(self, work: Callable[[Connection], Ticket]) -> Ticket:
        def whole(connection: Connection) -> tuple[Ticket, int]:
            return work(connection), revisions.move_on(connection, Kind.QUEUE)

        with self._database.in_turn(Kind.QUEUE):
            ticket, revision = self._database.write(whole)
            known = self._tickets
            if known is not None and known[0] == revision - 1:
                self._tickets = (revision, {**known[1], ticket.ref.id: ticket})
            return ticket

    def _write_agreement(
        self, work: Callable[[Connection], None], lease: Lease | None = None, *, tells: bool = False
    ) -> None:
        def whole(connection: Connection) -> None:
            work(connection)
            revisions.move_on(connection, Kind.AGREEMENTS)

        self._database.write(whole, lease, tells=tells)
