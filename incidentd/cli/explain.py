"""`explain`: why a certificate has an incident, or has none."""

import os
from collections.abc import Iterator
from typing import Annotated

import typer

from incidentd.cli.output import AsJson, Form, InForm, print_document
from incidentd.cli.work import loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.errors import IncidentdError
from incidentd.model.incident import Event, IncidentRecord, incident_key
from incidentd.model.inventory import Inventory
from incidentd.planning.documents import SCHEMA_VERSION
from incidentd.planning.explaining import Explanation
from incidentd.planning.explaining import explain as explained
from incidentd.planning.phrases import instant, rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.planning.wording import name_of
from incidentd.policy.assess import assess
from incidentd.policy.names import covers
from incidentd.policy.sightings import Sightings

SHORTEST_PREFIX = 8
History = tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]


def explain(
    context: typer.Context,
    cert: Annotated[
        str, typer.Argument(metavar="CERT", help="Fingerprint (8 digits or more), serial, host, path, or ticket key.")
    ],
    as_json: AsJson = False,
    form: InForm = Form.TEXT,
) -> None:
    """Show every check, its rule, the evidence, and what would change it. From the state, without a sweep."""
    loaded = loaded_settings(context)
    explanations = with_installation(loaded, lambda installation: _explain(installation, cert), read_only=True)
    if as_json or form is Form.JSON:
        documents = [_document(explanation) for explanation in explanations]
        print_document({"schema_version": SCHEMA_VERSION, "certificates": documents})
        return
    for explanation in explanations:
        _print(explanation)


async def _explain(installation: Installation, cert: str) -> list[Explanation]:
    inventory = await installation.worker.run(installation.store.inventory)
    history = await installation.worker.run(installation.store.history)
    now = installation.clock.now()
    sightings = Sightings(inventory)
    found = list(dict.fromkeys(_matching(cert, inventory, history)))
    if "" in found:
        raise IncidentdError(
            "this ticket is about incidentd itself, not about a certificate",
            where=cert,
            hint="`incidentd incidents` shows it, and the board how it stands",
        )
    if not found:
        raise IncidentdError(
            "no certificate that was seen matches", where=cert, hint="`incidentd list` shows what was seen"
        )
    return [
        explained(
            fingerprint,
            assess(fingerprint, sightings, installation.policy, now),
            inventory,
            installation.policy,
            [life for life in history if life[0].key == incident_key(installation.instance, fingerprint)],
            now,
        )
        for fingerprint in found
    ]


def _matching(cert: str, inventory: Inventory, history: History) -> Iterator[str]:
    wanted = cert.strip().lower()
    digits = wanted.replace(":", "")
    path = os.path.abspath(cert.strip()).lower()
    for record, _ in history:
        if record.ticket is not None and wanted in (record.ticket.key.lower(), record.ticket.id.lower()):
            yield record.fingerprint
    for fingerprint, certificate in inventory.certificates.items():
        prefix = len(digits) >= SHORTEST_PREFIX and fingerprint.startswith(digits)
        serial = certificate.serial != "" and digits.lstrip("0") == certificate.serial.lower()
        if prefix or serial or (wanted and covers(certificate.covered_names, wanted)):
            yield fingerprint
    for place in inventory.places.values():
        uri = place.location.uri.lower()
        address = uri.partition("://")[2]
        if wanted in (uri, address, address.partition("?")[0]) or path == address:
            yield from (fp for member in place.members for fp in member.current.chain)


def _document(explanation: Explanation) -> dict[str, object]:
    return {
        "fingerprint": explanation.certificate.fingerprint,
        "name": name_of(explanation.certificate),
        "not_after": rfc3339(explanation.certificate.not_after),
        "stage": explanation.stage.value,
        "checks": [{"question": c.question, "answer": c.answer, "rule": c.rule} for c in explanation.checks],
        "evidence": list(explanation.evidence),
        "changes": list(explanation.changes),
        "incidents": list(explanation.lives),
    }


def _print(explanation: Explanation) -> None:
    certificate = explanation.certificate
    typer.echo(f"{name_of(certificate)}  expires {instant(certificate.not_after)}  stage {explanation.stage}")
    typer.echo(f"  fingerprint {certificate.fingerprint}")
    typer.echo(f"  issuer {sanitize(certificate.issuer)}  serial {sanitize(certificate.serial)}")
    for check in explanation.checks:
        typer.echo(f"  {check.question} {check.answer}\n      rule: {check.rule}")
    for title, lines in (
        ("Evidence:", explanation.evidence),
        ("What would change it:", explanation.changes),
        ("Incidents:", explanation.lives),
    ):
        typer.echo(f"  {title}" if lines else f"  {title} none")
        for line in lines:
            typer.echo(f"    {line}")
