"""What a hub is told of a release. Pure."""

from ssl import DER_cert_to_PEM_cert
from typing import Any

from incidentd.artefacts.scanned import Scanned


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
