"""The cast of 2013: three services in three regions, a certificate for each service, its renewal, and their setting.

Names and addresses are made up; the three ends are those of 22 February 2013.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from incidentd.errors import IncidentdError
from incidentd.sandbox.ca import CertificateAuthority, Issued
from incidentd.sandbox.scene import Scene

REGIONS = ("us", "eu", "asia")
ENDS: Mapping[str, datetime] = {
    "blob": datetime(2013, 2, 22, 20, 29, 53, tzinfo=UTC),
    "queue": datetime(2013, 2, 22, 20, 31, 22, tzinfo=UTC),
    "table": datetime(2013, 2, 22, 20, 32, 52, tzinfo=UTC),
}
"""When the certificate of each service ends."""
SERVICES = tuple(ENDS)
RENEWED_AT = datetime(2013, 1, 7, 9, 0, tzinfo=UTC)
TWO_YEARS = timedelta(days=730)
PAGED = "blob"
"""The service whose incidents page somebody; the others go to a queue of tickets."""


@dataclass(frozen=True, slots=True)
class Cast:
    """The certificates by service: those that end in February 2013, and their renewals."""

    old: Mapping[str, Issued]
    new: Mapping[str, Issued]


def cast() -> Cast:
    """Fresh certificates of an authority of their own."""
    began = RENEWED_AT - 2 * TWO_YEARS
    authority = CertificateAuthority("Storage Example CA", not_before=began, not_after=began + 10 * TWO_YEARS)
    return Cast(
        old={
            service: authority.issue(names_of(service), not_before=end - TWO_YEARS, not_after=end)
            for service, end in ENDS.items()
        },
        new={
            service: authority.issue(names_of(service), not_before=RENEWED_AT, not_after=RENEWED_AT + TWO_YEARS)
            for service in SERVICES
        },
    )


def names_of(service: str) -> tuple[str, ...]:
    """What the certificate of a service stands for: the service, and its name in each region."""
    return (f"{service}.storage.example", *(host(service, region) for region in REGIONS))


def host(service: str, region: str) -> str:
    """The name of a service in a region."""
    return f"{service}.{region}.storage.example"


async def furnish(scene: Scene, players: Cast) -> None:
    """Nine servers and a store, all with the certificates that end in February. Raises IncidentdError."""
    addresses = iter(f"127.0.0.{number}" for number in range(21, 100))
    for service in SERVICES:
        for region in REGIONS:
            await _serve(scene, host(service, region), players.old[service], next(addresses))
        scene.store(f"{service}.pem", players.old[service])


async def _serve(scene: Scene, name: str, issued: Issued, address: str) -> None:
    try:
        await scene.serve(name, issued, address)
    except OSError as error:
        raise IncidentdError(
            f"no server can listen here: {error.strerror}",
            where=address,
            hint="the replay needs the loopback addresses 127.0.0.21 to 127.0.0.29, as Linux has them by itself",
        ) from None


def configuration(scene: Scene) -> dict[str, Any]:
    """What incidentd is told: where to look, and that blob pages somebody while the others make tickets."""
    return {
        "state": {"url": f"sqlite:///{scene.folder}/incidentd.db"},
        "sources": {
            "servers": {
                "kind": "tls",
                "labels": {"env": "prod", "owner": "storage"},
                "targets": [
                    {"host": host(service, region), "labels": {"service": service, "region": region}}
                    for service in SERVICES
                    for region in REGIONS
                ],
            },
            "secrets": {"kind": "files", "labels": {"env": "prod", "owner": "storage"}, "paths": ["store"]},
        },
        "trackers": {name: dict(scene.tracker_settings(name)) for name in ("pagerduty", "jira")},
        "routes": [{"match": {"service": PAGED}, "tracker": "pagerduty"}, {"tracker": "jira"}],
    }
