"""What people do at a desk: on a certificate's own ticket, and by command."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import datetime, timedelta

from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentRecord
from incidentd.model.plan import Intent
from incidentd.model.ticket import Closer, Ticket, TicketStatus
from incidentd.planning.acceptance import accepted
from incidentd.planning.snoozing import snoozed


class PeopleAtTheDesk(ABC):
    """Each does one thing, now."""

    now: datetime
    rows: dict[int, IncidentRecord]
    tickets: dict[str, Ticket]
    outbox: dict[int, Intent]

    @abstractmethod
    def record(self, judged: Certificate) -> IncidentRecord:
        """The row that counts of one certificate."""

    def touch(self, judged: Certificate) -> None:
        """A person does something on its own ticket that leaves it open."""
        self._change(judged, touched_at=self.now)

    def close_ticket(self, judged: Certificate, by: Closer | None = Closer.PERSON, *, accepted: bool = False) -> None:
        """Somebody closes the ticket, now."""
        self._change(judged, status=TicketStatus.CLOSED, closed_by=by, closed_at=self.now, accepted=accepted)

    def accept_ticket(self, judged: Certificate, *, dated: bool = True) -> None:
        """Somebody accepts the risk on its ticket, and leaves it open."""
        self._change(judged, accepted=True, accepted_at=self.now if dated else None)

    def accept(self, judged: Certificate, lasts: timedelta, why: str = "it is retired in May (alice)") -> None:
        """A person accepts the risk by command: the row alone changes, and nothing that waits is sent any more."""
        row = self.record(judged)
        self.rows[row.id] = accepted(row, self.now + lasts, "payments-sre", why, self.now)
        self.outbox.pop(row.id, None)

    def snooze(self, judged: Certificate, lasts: timedelta, why: str = "freeze week (alice)") -> None:
        """A person wants to hear nothing of it for so long."""
        row = self.record(judged)
        self.rows[row.id] = snoozed(row, self.now + lasts, why)

    def unaccept_ticket(self, judged: Certificate) -> None:
        """Somebody takes that back."""
        self._change(judged, accepted=False, accepted_at=None)

    def reopen_ticket(self, judged: Certificate) -> None:
        """Somebody opens it again."""
        self._change(judged, status=TicketStatus.OPEN, closed_by=None, closed_at=None)

    def delete_ticket(self, judged: Certificate) -> None:
        """Somebody deletes it."""
        self._change(judged, status=TicketStatus.MISSING)

    def move_ticket(self, judged: Certificate, key: str) -> None:
        """Somebody moves it to another project: the id stays."""
        self._change(judged, ref=replace(self.tickets[self.record(judged).key].ref, key=key))

    def _change(self, judged: Certificate, **fields: object) -> None:
        key = self.record(judged).key
        self.tickets[key] = replace(self.tickets[key], **fields)  # type: ignore[arg-type]  # fields of a ticket by name
