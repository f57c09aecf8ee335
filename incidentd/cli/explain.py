"""`explain`: why a certificate has an incident, or has none."""

from datetime import datetime
from typing import Annotated

import typer

from incidentd.cli.matching import History, matching, near, or_meant
from incidentd.cli.output import AsJson, Form, InForm, print_document
from incidentd.cli.work import announced, loaded_settings, with_installation
from incidentd.daemon.installation import Installation
from incidentd.errors import IncidentdError
from incidentd.model.assessment import Assessment
from incidentd.model.incident import incident_key, incident_of
from incidentd.planning.documents import SCHEMA_VERSION
from incidentd.planning.explaining import Explanation
from incidentd.planning.explaining import explain as explained
from incidentd.planning.phrases import instant, rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.planning.wording import name_of
from incidentd.policy.assess import assess
from incidentd.policy.releases import Releases
from incidentd.policy.sightings import Sightings
from incidentd.policy.stage import may_replace


def explain(
    context: typer.Context,
    cert: Annotated[
        str, typer.Argument(metavar="CERT", help="Fingerprint (8 digits or more), serial, host, path, or ticket.")
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
    found = list(dict.fromkeys(matching(cert, inventory, history)))
    if "" in found:
        raise IncidentdError(
            "this ticket is about incidentd itself, not about a certificate",
            where=cert,
            hint="`incidentd incidents` shows it, and the board how it stands",
        )
    if not found:
        names = (name for one in inventory.certificates.values() for name in one.covered_names)
        hint = or_meant(near(cert, names), "`incidentd list` shows what was seen")
        raise IncidentdError("no certificate that was seen matches", where=cert, hint=hint)
    releases = await announced(installation)
    return [_explained(installation, fingerprint, sightings, history, releases, now) for fingerprint in found]


def _explained(
    installation: Installation,
    fingerprint: str,
    sightings: Sightings,
    history: History,
    releases: Releases,
    now: datetime,
) -> Explanation:
    inventory, key = sightings.inventory, incident_key(installation.instance, fingerprint)

    def assessed(fingerprint: str) -> Assessment:
        return assess(fingerprint, sightings, installation.policy, now, releases=releases)

    assessment, certificate = assessed(fingerprint), inventory.certificates[fingerprint]
    earlier = [assessed(old.fingerprint) for old in may_replace(certificate, sightings)]
    replaced = [one for one in earlier if one.successor == fingerprint]
    lives = [life for life in history if incident_of(life[0].key) == key]
    routed = installation.routing.of(assessment, certificate)
    return explained(fingerprint, assessment, inventory, installation.policy, lives, now, routed, replaced)


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
