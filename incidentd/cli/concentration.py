"""`concentration`: what would fail together, from what the state holds; and with `--spread`, how to pull it apart."""

from collections.abc import Iterator
from typing import Annotated

import typer

from incidentd.cli.output import AsJson, Form, InForm, print_document, print_table
from incidentd.cli.work import loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.model.concentration import Finding, Review
from incidentd.planning.concentrating import concentration_document, remarks, said, spread_document, then_words, told
from incidentd.planning.documents import Document
from incidentd.planning.phrases import counted
from incidentd.policy.assess import assess_all
from incidentd.policy.concentration import review
from incidentd.policy.concentration_spread import spread
from incidentd.policy.sightings import Sightings

FINDINGS_SHOWN = 100
INCLUDED_SHOWN = 5
PROPOSALS_SHOWN = 500
_JSON_HAS_ALL = "`--json` has them all"


def concentration(
    context: typer.Context,
    spread_out: Annotated[bool, typer.Option("--spread", help="Propose renewal dates that pull them apart.")] = False,
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Show what would fail together: one certificate, key, issuer, store or week on which too much depends."""
    loaded = loaded_settings(context)
    found, proposals = with_installation(loaded, _reviewed, read_only=True)
    if as_json or form is Form.JSON:
        print_document({**concentration_document(found), **({"spread": proposals} if spread_out else {})})
        return
    for line in _lines(found):
        typer.echo(line)
    if spread_out:
        _print_spread(proposals)


async def _reviewed(installation: Installation) -> tuple[Review, list[Document]]:
    inventory, now = await installation.worker.run(installation.store.inventory), installation.clock.now()
    assessments = assess_all(Sightings(inventory), installation.policy, now)
    found = review(inventory, assessments, installation.policy, now)
    proposed = (each for one in found.findings if not one.waiver for each in spread(one, inventory.certificates, now))
    return found, spread_document(proposed)


def _lines(found: Review) -> Iterator[str]:
    for finding in found.findings[:FINDINGS_SHOWN]:
        yield from _told(finding)
    if len(found.findings) > FINDINGS_SHOWN:
        yield f"and {len(found.findings) - FINDINGS_SHOWN} more: {_JSON_HAS_ALL}"
    accepted = sum(one.waiver is not None for one in found.findings)
    yield f"{counted(len(found.findings), 'concentration')}, {accepted} accepted."
    for remark in remarks(found):
        yield f"{remark[:1].upper()}{remark[1:]}{'' if remark.endswith('?') else '.'}"


def _told(finding: Finding) -> Iterator[str]:
    yield finding.id
    yield f"  {told(finding.concentration)}."
    if said(finding):
        yield f"  {said(finding)}."
    for each in finding.includes[:INCLUDED_SHOWN]:
        yield f"  includes {each.id}: {told(each.concentration)}."
    if len(finding.includes) > INCLUDED_SHOWN:
        yield f"  and includes {len(finding.includes) - INCLUDED_SHOWN} more: {_JSON_HAS_ALL}"


def _print_spread(proposals: list[Document]) -> None:
    if not proposals:
        typer.echo("Nothing to pull apart.")
        return
    typer.echo("\nRenew, so that they do not end together again:")
    rows = [
        [one["not_after"], _when(one), _then(one), one["name"], one["finding"]] for one in proposals[:PROPOSALS_SHOWN]
    ]
    print_table(["ends", "renew on", "and then on", "name", "concentration"], rows)
    if len(proposals) > PROPOSALS_SHOWN:
        typer.echo(f"and {len(proposals) - PROPOSALS_SHOWN} more: {_JSON_HAS_ALL}")


def _when(proposal: Document) -> str:
    return "at once" if proposal["at_once"] else str(proposal["renew_on"])


def _then(proposal: Document) -> str:
    return then_words(proposal["then_on"], at_once=proposal["at_once"])
