"""`snooze`: a person wants to hear nothing of an incident for a while; never past its next critical step."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer

from incidentd.cli.decisions import (
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
from incidentd.durations import parse_duration
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.audit import AuditEntry
from incidentd.model.incident import Event, IncidentRecord, IncidentState
from incidentd.planning.phrases import instant, rfc3339
from incidentd.planning.snoozing import latest_end, snoozed
from incidentd.policy.severity import step_instants
from incidentd.store.interface import Decided


@dataclass(frozen=True, slots=True)
class Snoozed:
    """What was decided."""

    record: IncidentRecord
    until: datetime
    cut: bool
    """It ends earlier than was asked for: at the next critical step."""


def snooze(
    context: typer.Context,
    cert: Cert,
    reason: Reason,
    until: Annotated[
        str | None, typer.Option("--until", help="A day (its first moment, UTC) or a time with its zone.")
    ] = None,
    lasts: Annotated[str | None, typer.Option("--for", help="Or how long, as in 8h or 3d.")] = None,
    by: By = None,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Hear nothing of an incident for a while: no comment, no page, until then or its next critical step."""
    done = done_by(
        context,
        lambda installation: snoozed_until(
            installation, cert, _end(until, lasts, installation.clock.now()), why(reason), who(by)
        ),
    )
    cut = " (its next critical step)" if done.cut else ""
    said = f"Snoozed: {done.record.name}, until {instant(done.until)}{cut}. Its severity climbs all the same."
    document = {**incident_fields(done.record), "snoozed_until": rfc3339(done.until), "cut": done.cut}
    tell(document, said, as_json=as_json, form=form)


async def snoozed_until(installation: Installation, cert: str, wanted: datetime, reason: str, by: str) -> Snoozed:
    """Decides it; the next pass says so on the ticket. Raises IncidentdError."""
    async with between_passes(installation) as held:
        before, now = await incident_meant(installation, cert), installation.clock.now()
        if wanted <= now:
            raise UsageError("that has passed", where=instant(wanted), hint="name an end that is to come")
        if before.state is not IncidentState.OPEN:
            what = f"it is held by {before.held_by}: nothing is said of it now"
            raise IncidentdError(what, where=before.name, hint="nothing was changed")
        refuse_in_flight(await installation.worker.run(installation.store.unfinished), before)
        inventory = await installation.worker.run(installation.store.inventory)
        certificate = inventory.certificates[before.fingerprint]
        steps = step_instants(certificate.not_after, certificate.lifetime, installation.policy.severities)
        until = min(wanted, latest_end(steps, now) or wanted)
        after = snoozed(before, until, f"{reason} ({by})")
        text = f"until {instant(until)}"
        event = Event(now, "snoozed", f"{text} by {by}: {reason}")
        await write_down(
            installation,
            held,
            [Decided(after, None, (event,))],
            AuditEntry(now, by, "snooze", before.key, reason, text),
        )
        return Snoozed(before, until, until < wanted)


def _end(until: str | None, lasts: str | None, now: datetime) -> datetime:
    if (until is None) == (lasts is None):
        raise UsageError("say until when", where="snooze", hint="by one of the two: --until DATE, or --for 3d")
    if until is not None:
        return instant_meant(until, "--until")
    try:
        return now + parse_duration(lasts)
    except (ValueError, OverflowError) as error:
        raise UsageError(str(error), where="--for", hint="for example 8h or 3d") from None
