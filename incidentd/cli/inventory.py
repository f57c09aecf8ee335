"""`list` and `incidents`: what was seen, and what became of it."""

from typing import Annotated

import typer

from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table
from incidentd.cli.work import announced, loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.model.assessment import Assessment, Reason
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.inventory import Inventory
from incidentd.planning.documents import Document, gaps_document, incidents_document, list_document
from incidentd.planning.phrases import listed
from incidentd.policy.assess import assess_all
from incidentd.policy.sightings import Sightings

PLACES_SHOWN = 1
_HELD_WORDS = {
    HeldBy.PERSON: "closed by a person",
    HeldBy.AUTOMATION: "closed by an automation",
    HeldBy.ACCEPTANCE: "accepted",
    HeldBy.DELETION: "deleted",
}


def list_certificates(
    context: typer.Context,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
    stale: Annotated[bool, typer.Option("--stale", help="Old archives: expired long before first seen.")] = False,
    gaps: Annotated[bool, typer.Option("--gaps", help="Places that cannot be seen, since when and why.")] = False,
) -> None:
    """Show the inventory: every certificate that was seen, soonest end first."""
    as_json = as_json or form is Form.JSON
    loaded = loaded_settings(context)
    inventory, assessments = with_installation(loaded, _assessed, read_only=True)
    if gaps:
        _show(gaps_document(inventory), "gaps", ("location", "member", "unseen_since", "reason", "text"), as_json)
        return
    chosen = {fp: one for fp, one in assessments.items() if not stale or Reason.STALE_ARCHIVE in one.reasons}
    document = list_document(inventory, chosen)
    columns = ("not_after", "stage", "name", "fingerprint", "where")
    _show(document if as_json else with_places(document), "certificates", columns, as_json)


def incidents(context: typer.Context, as_json: AsJson = False, form: InForm = Form.TEXT) -> None:
    """Show the incidents: open, held and closed, newest first."""
    loaded = loaded_settings(context)
    document = with_installation(loaded, _incidents, read_only=True)
    as_json = as_json or form is Form.JSON
    columns = ("state", "severity", "stage", "not_after", "name", "tracker", "ticket")
    _show(document if as_json else in_words(document), "incidents", columns, as_json)
    if document["self_incidents"] and not as_json:
        typer.echo("\nOf incidentd itself:")
        _show(in_words(document), "self_incidents", ("state", "severity", "name", "tracker", "ticket"), as_json)


def with_places(document: Document) -> Document:
    """The inventory as the table says it: of each certificate the first place, and how many more there are."""
    rows = ((row, [place["location"] for place in row["locations"]]) for row in document["certificates"])
    return {**document, "certificates": [{**row, "where": listed(places, PLACES_SHOWN)} for row, places in rows]}


def in_words(document: Document) -> Document:
    """The incidents as the table says them: on whose word one is held, and which ticket is still to be made."""
    kinds = ("incidents", "self_incidents")
    rows = {
        kind: [{**row, "state": _state(row), "ticket": _ticket(row)} for row in document[kind]]
        for kind in kinds
        if kind in document
    }
    return {**document, **rows}


def _state(row: Document) -> str:
    held = row["state"] == IncidentState.HELD and row["held_by"]
    if row["state"] == IncidentState.OPEN and row.get("snoozed_until"):
        return f"snoozed until {_moment(row['snoozed_until'])}"
    until = f" until {_moment(row['held_until'])}" if row.get("held_until") else ""
    return f"{_HELD_WORDS[HeldBy(row['held_by'])]}{until}" if held else str(row["state"])


def _moment(at: str) -> str:
    """A day where it is the day's first moment: what ends within hours shows when."""
    day, time = at[:10], at[11:16]
    return day if time == "00:00" else f"{day} {time} UTC"


def _ticket(row: Document) -> str:
    if row["ticket"]:
        return str(row["ticket"])
    return "" if row["state"] == IncidentState.CLOSED else "waiting"


async def _assessed(installation: Installation) -> tuple[Inventory, dict[str, Assessment]]:
    inventory = await installation.worker.run(installation.store.inventory)
    releases, now = await announced(installation), installation.clock.now()
    return inventory, assess_all(Sightings(inventory), installation.policy, now, releases=releases)


async def _incidents(installation: Installation) -> Document:
    inventory, assessments = await _assessed(installation)
    history = await installation.worker.run(installation.store.history)
    concerned = {record.fingerprint for record, _ in history if record.fingerprint in assessments}
    owners = {fp: installation.routing.of(assessments[fp], inventory.certificates[fp]).owner for fp in concerned}
    return incidents_document(history, assessments, owners)


def _show(document: Document, rows: str, columns: tuple[str, ...], as_json: bool) -> None:
    if as_json:
        print_document(document)
    elif document[rows]:
        print_table(columns, [[str(row[column] or "") for column in columns] for row in document[rows]])
    else:
        typer.echo(f"No {rows}.")
