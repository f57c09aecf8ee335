"""What a hub is told of a release, and how its answer is told. Pure."""

from collections.abc import Iterator
from ssl import DER_cert_to_PEM_cert
from typing import Any

from incidentd.artefacts.scanned import Scanned
from incidentd.planning.announcing import NAMES_SHOWN
from incidentd.planning.phrases import counted, listed
from incidentd.planning.sanitize import sanitize


def certificates_said(scanned: Scanned) -> dict[str, Any]:
    """The certificates that a build brings and takes, in PEM: a hub reads them itself."""

    def pem(fingerprint: str) -> str:
        return DER_cert_to_PEM_cert(scanned.ders[fingerprint])

    return {
        "added": [pem(one.certificate.fingerprint) for one in scanned.added],
        "changed": [
            {"old": pem(one.old.certificate.fingerprint), "new": pem(one.new.certificate.fingerprint)}
            for one in scanned.changed
        ],
        "removed": [pem(one.certificate.fingerprint) for one in scanned.removed],
    }


def answer_told(answer: dict[str, Any]) -> str:
    """The release as the hub knows it now, for the log of a build."""
    return "\n".join(_lines(answer))


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    number = sum(len(answer.get(part) or ()) for part in ("added", "changed", "removed"))
    renewed = [sanitize(str(one.get("name"))) for one in answer.get("renews") or ()]
    about = f"{counted(number, 'certificate')} added, changed or removed"
    yield f"Release {sanitize(str(answer.get('id')))} is {sanitize(str(answer.get('state')))}: {about}."
    yield f"It renews {listed(renewed, NAMES_SHOWN)}." if renewed else "It renews no certificate that has an incident."
    yield from (sanitize(str(one["late"])) for one in answer.get("renews") or () if one.get("late"))
