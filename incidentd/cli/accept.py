"""`accept`: a person takes the risk until an end. The incident is held until then, and comes back by itself."""

from datetime import datetime
from typing import Annotated

import typer

from incidentd.cli.decisions import (
    NAME_CHARACTERS,
    By,
    Cert,
    Reason,
    between_passes,
    incident_fields,
    incident_meant,
    instant_meant,
    refuse_in_flight,
    who,
    why,
    write_down,
)
from incidentd.cli.output import AsJson, Form, InForm, tell
from incidentd.cli.work import done_by
from incidentd.daemon.installation import Installation
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event, IncidentRecord
from incidentd.planning.acceptance import accepted, latest_end
from incidentd.planning.phrases import instant, rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.store.interface import Decided


def accept(
    context: typer.Context,
    cert: Cert,
    until: Annotated[str, typer.Option("--until", help="A day (its first moment, UTC) or a time with its zone.")],
    owner: Annotated[str, typer.Option("--owner", help="Who owns the risk.")],
    reason: Reason,
    through_expiry: Annotated[
        bool, typer.Option("--through-expiry", help="Let it hold later than 7 days before expiry.")
    ] = False,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Accept the risk of a certificate: its ticket is closed with a note, and it is held until the acceptance ends."""
    end, owned_by = instant_meant(until, "--until"), _owner(owner)
    done = done_by(
        context,
        lambda installation: accepted_until(
            installation, cert, end, owned_by, why(reason), who(by), through_expiry=through_expiry
        ),
    )
    said = f"Accepted: {done.name}, until {instant(end)}, owned by {owned_by}. {_what_follows(done)}"
    document = {**incident_fields(done), "held_until": rfc3339(end), "owner": owned_by}
    tell(document, said, as_json=as_json, form=form)


async def accepted_until(
    installation: Installation, cert: str, until: datetime, owner: str, reason: str, by: str, *, through_expiry: bool
) -> IncidentRecord:
    """Decides it; the next pass closes the ticket. The row as it was before. Raises IncidentdError."""
    async with between_passes(installation) as held:
        before = await incident_meant(installation, cert)
        now = installation.clock.now()
        _refuse_the_end(before, until, now, through_expiry=through_expiry)
        refuse_in_flight(await installation.worker.run(installation.store.unfinished), before)
        after = accepted(before, until, owner, f"{reason} ({by})", now)
        text = f"until {instant(until)}, owned by {owner}"
        event = Event(now, "accepted", f"{text}, by {by}: {reason}")
        entry = AuditEntry(now, by, "accept", before.key, reason, text)
        await write_down(installation, held, [Decided(after, None, (event,), drop_intent=True)], entry)
        return before


def _owner(owner: str) -> str:
    named = sanitize(" ".join(owner.split()), NAME_CHARACTERS)
    if not named:
        raise UsageError("a risk that is accepted has an owner", where="--owner", hint="name a person or a team")
    return named


def _refuse_the_end(before: IncidentRecord, until: datetime, now: datetime, *, through_expiry: bool) -> None:
    if until <= now:
        raise UsageError("that has passed", where=f"--until {rfc3339(until)}", hint="name an end that is to come")
    if through_expiry or before.not_after is None or until <= latest_end(before.not_after):
        return
    raise IncidentdError(
        f"{before.name} expires {instant(before.not_after)}: an acceptance ends 7 days before, "
        f"{instant(latest_end(before.not_after))}",
        where=f"--until {rfc3339(until)}",
        hint="name an earlier end; or, to let it expire in place, say --through-expiry",
    )


def _what_follows(before: IncidentRecord) -> str:
    if before.ticket is None:
        return "It has no ticket yet, and gets none until then."
    return f"The next pass says so on {before.ticket.key} and closes it; it comes back by itself."
