"""`report`: what was opened, acted on, closed, how much time was to spare; by owner. From the ledger alone."""

import csv
import sys
from datetime import datetime
from enum import StrEnum
from typing import Annotated, assert_never

import typer

from incidentd.cli.checking.as_csv import outside
from incidentd.cli.decisions import instant_meant
from incidentd.cli.output import AsJson, print_document, print_table
from incidentd.cli.work import announced, loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.planning.documents import Document
from incidentd.planning.phrases import instant
from incidentd.planning.reporting import report as reported
from incidentd.planning.reporting import report_document
from incidentd.policy.assess import assess
from incidentd.policy.sightings import Sightings

COLUMNS = (
    "owner",
    "opened",
    "acted_on",
    "closed",
    "closed_on_proof",
    "closed_by_machines",
    "reopenings",
    "spare_days_min",
    "spare_days_median",
)
ALL = "(all)"


class ReportForm(StrEnum):
    """How it is printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"


InForm = Annotated[ReportForm, typer.Option("--output", "-o", help="How to print it.")]


def report(
    context: typer.Context,
    since: Annotated[
        str | None, typer.Option("--since", help="A day (its first moment, UTC) or a time; else from the beginning.")
    ] = None,
    as_json: AsJson = False,
    form: InForm = ReportForm.TEXT,
) -> None:
    """Count what became of incidents: opened, acted on, closed, days to spare, reopenings; by owner."""
    begins = None if since is None else instant_meant(since, "--since", what="a beginning")
    loaded = loaded_settings(context)
    document = with_installation(loaded, lambda installation: _report(installation, begins), read_only=True)
    match ReportForm.JSON if as_json else form:
        case ReportForm.JSON:
            print_document(document)
        case ReportForm.CSV:
            rows = ([outside(owner), *counts] for owner, *counts in _rows(document))
            csv.writer(sys.stdout, lineterminator="\n").writerows([COLUMNS, *rows])
        case ReportForm.TEXT:
            typer.echo(f"Since {instant(begins) if begins else 'the beginning'}:")
            print_table([column.replace("_", " ") for column in COLUMNS], _rows(document))
        case never:
            assert_never(never)


async def _report(installation: Installation, since: datetime | None) -> Document:
    history = await installation.worker.run(installation.store.history)
    inventory = await installation.worker.run(installation.store.inventory)
    sightings, now = Sightings(inventory), installation.clock.now()
    wanted = {row.fingerprint for row, _ in history} & inventory.certificates.keys()
    releases = await announced(installation)
    assessed = {fp: assess(fp, sightings, installation.policy, now, releases=releases) for fp in sorted(wanted)}
    owners = {fp: installation.routing.of(one, inventory.certificates[fp]).owner.name for fp, one in assessed.items()}
    total, by_owner = reported(history, owners, since)
    return report_document(total, by_owner, since, now)


def _rows(document: Document) -> list[list[str]]:
    """One an owner, and one of all; a cell of what is not known stays empty."""
    lines = [*document["owners"], {"owner": ALL, **document["total"]}]
    return [["" if line[column] is None else str(line[column]) for column in COLUMNS] for line in lines]
