"""Matching: which certificates a person means by a fingerprint, serial, host, path, or ticket key."""

import os
from collections.abc import Iterator

from incidentd.model.incident import Event, IncidentRecord
from incidentd.model.inventory import Inventory
from incidentd.policy.names import covers

SHORTEST_PREFIX = 8
History = tuple[tuple[IncidentRecord, tuple[Event, ...]], ...]


def matching(cert: str, inventory: Inventory, history: History) -> Iterator[str]:
    """Their fingerprints, some of them twice; empty for a ticket about incidentd itself."""
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
