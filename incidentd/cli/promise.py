"""`promise`: every production certificate inside its window, with its incident or its exemption and what proves it."""

import typer

from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table
from incidentd.cli.unseen import say_the_age
from incidentd.cli.work import announced, loaded_settings, say, with_installation
from incidentd.daemon.installation import Installation
from incidentd.planning.diff import REOPENS_WITHIN
from incidentd.planning.phrases import counted, instant
from incidentd.planning.promise import Entry, promise_document, register
from incidentd.planning.wording import name_of
from incidentd.policy.assess import assess_all
from incidentd.policy.sightings import Sightings

COLUMNS = ("not_after", "name", "incident", "exemption")


def promise(context: typer.Context, as_json: AsJson = False, form: InForm = Form.TEXT) -> None:
    """Show every production certificate inside its window, with its incident or its exemption; exit 1: one has neither.

    From what the state holds, without a sweep.
    """
    loaded = loaded_settings(context)
    entries = with_installation(loaded, promised, read_only=True)
    if as_json or form is Form.JSON:
        print_document(promise_document(entries))
    elif entries:
        print_table(COLUMNS, [_cells(entry) for entry in entries])
    else:
        typer.echo("No certificates inside their window.")
    broken = [entry for entry in entries if not entry.is_kept]
    if broken:
        say(f"{counted(len(broken), 'certificate')} with neither incident nor exemption: `incidentd plan` says why")
        raise typer.Exit(1)


async def promised(installation: Installation) -> tuple[Entry, ...]:
    """The register, from what the state holds; how old that is, is said on stderr."""
    store, now = installation.store, installation.clock.now()
    inventory = await installation.worker.run(store.inventory)
    records = await installation.worker.run(lambda: store.records(now - REOPENS_WITHIN))
    say_the_age(inventory, now)
    releases = await announced(installation)
    assessments = assess_all(Sightings(inventory), installation.policy, now, releases=releases)
    return register(assessments.values(), inventory.certificates, records)


def _cells(entry: Entry) -> list[str]:
    certificate, incident, exemption = entry.certificate, entry.incident, entry.exemption
    about = "NONE" if not entry.is_kept else ""
    if incident is not None:
        ticket = incident.ticket.key if incident.ticket else "waiting"
        about = f"{incident.state.value}, {incident.step.severity.value}, {incident.tracker} {ticket}"
    ends = f"; until {instant(exemption.until)}" if exemption and exemption.until else ""
    return [
        instant(certificate.not_after),
        name_of(certificate),
        about,
        f"{exemption.proof}{ends}" if exemption else "",
    ]
