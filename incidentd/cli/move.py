"""`move`: an open incident goes on in another tracker. One ticket stands for it at all times."""

from dataclasses import dataclass
from typing import Annotated

import typer

from incidentd.cli.decisions import (
    By,
    Cert,
    Reason,
    between_passes,
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
from incidentd.errors import IncidentdError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event, IncidentRecord, IncidentState
from incidentd.planning.moving import ended, moved, moved_back
from incidentd.store.interface import Decided


@dataclass(frozen=True, slots=True)
class Move:
    """What was decided."""

    before: IncidentRecord
    tracker: str
    leaves: bool
    """The ticket that it had is closed by itself once the new one stands."""


def move(
    context: typer.Context,
    cert: Cert,
    tracker: Annotated[str, typer.Argument(metavar="TRACKER", help="The tracker's name in the configuration.")],
    reason: Reason,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Move an open incident to another tracker: its new ticket is opened first, then the old one is closed."""
    done = done_by(context, lambda installation: moved_to(installation, cert, tracker, why(reason), who(by)))
    said = f"Moved: {done.before.name}, from {done.before.tracker} to {done.tracker}. {_what_follows(done)}"
    tell(_document(done), said, as_json=as_json, form=form)


async def moved_to(installation: Installation, cert: str, tracker: str, reason: str, by: str) -> Move:
    """Decides it; the next pass sends what has to be sent. Raises IncidentdError."""
    async with between_passes(installation) as held:
        before = await incident_meant(installation, cert)
        _refuse_the_tracker(installation, before, tracker)
        now, worker = installation.clock.now(), installation.worker
        rows = await worker.run(lambda: installation.store.records(now))
        refuse_in_flight(await worker.run(installation.store.unfinished), before)
        earlier = left_by(installation, rows, before)
        after, beside = _moved(installation, before, earlier, tracker, f"{reason} ({by})")
        about = f"{before.ticket.key if before.ticket else 'no ticket yet'} in {before.tracker}"
        event = Event(now, "moved", f"from {about} to {tracker} by {by}: {reason}")
        decided = [Decided(row, None, () if row.id else (event,), drop_intent=bool(row.id)) for row in beside]
        decided += [Decided(after, None, (event,), drop_intent=True)]
        entry = AuditEntry(now, by, "move", before.key, reason, f"from {about} to {tracker}")
        await write_down(installation, held, decided, entry)
        return Move(before, tracker, any(row.active for row in beside))


def _moved(
    installation: Installation, before: IncidentRecord, earlier: IncidentRecord | None, tracker: str, words: str
) -> tuple[IncidentRecord, list[IncidentRecord]]:
    """The incident's row, and those of the tickets that it leaves or left, as far as they change."""
    now = installation.clock.now()
    if earlier is not None and earlier.tracker == tracker:
        back, stays = moved_back(before, earlier, now)
        return back, [stays]
    after, left = moved(before, tracker, words, now, leaves=before.tracker in installation.trackers)
    over = [ended(earlier, now)] if earlier is not None and earlier.tracker not in installation.trackers else []
    return after, [*over, *([left] if left is not None else [])]


def _refuse_the_tracker(installation: Installation, before: IncidentRecord, tracker: str) -> None:
    if tracker not in installation.trackers:
        there = ", ".join(installation.trackers)
        raise IncidentdError(f"there is no tracker {tracker}", where="move", hint=f"there are: {there}")
    if before.tracker == tracker:
        raise IncidentdError("it stands there already", where=f"{before.name} in {tracker}", hint="nothing was changed")


def _what_follows(done: Move) -> str:
    ticket = done.before.ticket
    if ticket is None or done.before.state is IncidentState.HELD:
        return "The next pass goes on there."
    if done.leaves:
        return f"The next pass opens its ticket there, and then closes {ticket.key} with a note."
    where = f"{ticket.key} {ticket.url}".strip()
    return f"{done.before.tracker} is not configured any more: where {where} is not the same ticket, close it by hand."


def _document(done: Move) -> dict[str, object]:
    before = done.before
    return {
        "key": before.key,
        "fingerprint": before.fingerprint,
        "name": before.name,
        "from": {"tracker": before.tracker, "ticket": before.ticket.key if before.ticket else None},
        "to": {"tracker": done.tracker},
        "closes_by_itself": done.leaves,
    }
