"""A desk's tracker may hold more than one ticket for a certificate: what stands beside the ledger's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from incidentd.model.certificate import Certificate
from incidentd.model.incident import incident_key
from incidentd.model.plan import Intent
from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus


class SecondTickets:
    """The tickets of a desk, by key: the ledger's own, and others."""

    now: datetime
    tickets: dict[str, Ticket]
    beside: dict[str, list[Ticket]]

    def all_tickets(self, key: str) -> list[Ticket]:
        """What the tracker holds under one key."""
        return [*self.beside.get(key, ()), *filter(None, (self.tickets.get(key),))]

    def turn_to(self, key: str, ref: TicketRef | None) -> None:
        """The ledger follows another one than before."""
        standing = [ticket for ticket in self.beside.get(key, ()) if ref is not None and ticket.ref.id == ref.id]
        if standing:
            others = [ticket for ticket in self.all_tickets(key) if ticket.ref.id != standing[0].ref.id]
            self.tickets[key], self.beside[key] = standing[0], others

    def merged(self, intent: Intent) -> TicketRef:
        """The duplicates are closed, and what is left is the ticket."""
        closed = {ref.id for ref in intent.duplicates}
        others = self.beside[intent.key]
        self.beside[intent.key] = [
            replace(each, status=TicketStatus.CLOSED, closed_by=Closer.OURSELVES, closed_at=self.now)
            if each.ref.id in closed
            else each
            for each in others
        ]
        return self.tickets[intent.key].ref

    def duplicate(self, judged: Certificate, **fields: object) -> Ticket:
        """Another ticket of ours turns up for it, made now unless said otherwise."""
        others = self.beside.setdefault(incident_key("default", judged.fingerprint), [])
        number = 900 + len(others)
        made = Ticket(TicketRef(str(number), f"OPS-{number}"), "", TicketStatus.OPEN, self.now)
        others.append(replace(made, **fields))  # type: ignore[arg-type]  # the fields are given by name, as each test needs them
        return others[-1]
