"""`adopt`: a ticket that people made becomes the incident's own. The one that it had, if any, is closed for it."""

from dataclasses import dataclass
from typing import Annotated

import typer

from incidentd.cli.decisions import (
    By,
    Cert,
    Reason,
    between_passes,
    incident_fields,
    incident_meant,
    left_by,
    refuse_in_flight,
    who,
    why,
    write_down,
)
from incidentd.cli.output import AsJson, Form, InForm, tell
from incidentd.cli.work import done_by
from incidentd.daemon.installation import Installation
from incidentd.daemon.sending import contained
from incidentd.errors import IncidentdError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event, HeldBy, IncidentRecord
from incidentd.model.ticket import Ticket, TicketRef, TicketStatus, same_ticket
from incidentd.planning.duplicates import adopted
from incidentd.planning.moving import left_behind
from incidentd.planning.sanitize import sanitize
from incidentd.store.interface import Decided
from incidentd.trackers.interface import Adopting, Census


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was decided."""

    before: IncidentRecord
    ticket: TicketRef


def adopt(
    context: typer.Context,
    cert: Cert,
    ticket: Annotated[str, typer.Argument(metavar="TICKET", help="Its key, number or id in the incident's tracker.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Make a ticket that people opened the incident's own: marked, kept true and closed on proof from then on."""
    named = ticket.strip()
    done = done_by(context, lambda installation: adopted_as(installation, cert, named, why(reason), who(by)))
    said = f"Adopted: {done.before.name} has the ticket {sanitize(done.ticket.key)}. {_what_follows(done)}"
    tell(_document(done), said, as_json=as_json, form=form)


async def adopted_as(installation: Installation, cert: str, named: str, reason: str, by: str) -> Adopted:
    """Decides it; the next pass marks the ticket, and closes the other one for it. Raises IncidentdError."""
    async with between_passes(installation) as held:
        before, now = await incident_meant(installation, cert), installation.clock.now()
        if before.held_by is HeldBy.ACCEPTANCE:
            raise IncidentdError("its risk is accepted: it needs no ticket now", before.name, "nothing was changed")
        refuse_in_flight(await installation.worker.run(installation.store.unfinished), before)
        found = await _adoptable(installation, before, named)
        rows = await installation.worker.run(lambda: installation.store.records(now))
        _refuse_the_ticket(found, before, rows)
        had = before.ticket.key if before.ticket else "no ticket yet"
        text = f"{found.ref.key} instead of {had}"
        event = Event(now, "taken_up", f"{text} by {by}: {reason}")
        entry = AuditEntry(now, by, "adopt", before.key, reason, text)
        left = await _left(installation, rows, before, f"Another ticket was chosen for its incident: {reason} ({by}).")
        decided = [Decided(adopted(before, found), None, (event,), drop_intent=True)]
        decided += [Decided(left, None, (event,))] if left is not None else []
        await write_down(installation, held, decided, entry)
        return Adopted(before, found.ref)


async def _adoptable(installation: Installation, before: IncidentRecord, named: str) -> Ticket:
    tracker = installation.trackers.get(before.tracker)
    if not isinstance(tracker, Adopting):
        what = f"nothing can be adopted in {before.tracker}: people make no tickets there, or it cannot be read"
        raise IncidentdError(what, where=before.name, hint="`incidentd move` leads it to another tracker")
    return await contained(tracker, tracker.adoptable(named, before.key))


async def _left(
    installation: Installation, rows: tuple[IncidentRecord, ...], before: IncidentRecord, words: str
) -> IncidentRecord | None:
    """The row of the ticket that it had, where each has a mark of its own. Those that share one key are merged."""
    tracker = installation.trackers[before.tracker]
    if before.ticket is None or not (isinstance(tracker, Census) and tracker.marks_tickets):
        return None
    [had] = await contained(tracker, tracker.read([before.ticket]))
    if had.status is not TicketStatus.OPEN:
        return None
    left_by(installation, rows, before)
    return left_behind(before, words)


def _refuse_the_ticket(found: Ticket, before: IncidentRecord, rows: tuple[IncidentRecord, ...]) -> None:
    if found.status is not TicketStatus.OPEN:
        raise IncidentdError("it is closed", where=sanitize(found.ref.key), hint="open it first: an incident is open")
    of = next((row for row in rows if row.active and row.ticket and same_ticket(row.ticket, found.ref)), None)
    if of is not None:
        whose = "this incident" if of.key == before.key else of.name or of.key
        raise IncidentdError(f"it is the ticket of {whose} already", sanitize(found.ref.key), "nothing was changed")


def _what_follows(done: Adopted) -> str:
    before = done.before
    merged = f", and closes {before.ticket.key} for it where that is open" if before.ticket else ""
    return f"The next pass marks it{merged}."


def _document(done: Adopted) -> dict[str, object]:
    fields = incident_fields(done.before)
    return {**fields, "ticket": done.ticket.key, "instead_of": fields["ticket"]}
