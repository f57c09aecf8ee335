"""Who knows the releases: the state of this installation, or a hub."""

from collections.abc import Iterator
from typing import Any

from incidentd.cli.releasing.gate import Known, KnownRelease, known_release
from incidentd.cli.releasing.hub import Hub
from incidentd.cli.work import announced
from incidentd.daemon.installation import Installation
from incidentd.errors import TransportError
from incidentd.model.assessment import PlaceStatus
from incidentd.model.inventory import Inventory
from incidentd.model.location import Role
from incidentd.model.policy import Policy
from incidentd.policy.production import is_production
from incidentd.transport import Transport


async def known_to(installation: Installation) -> Known:
    """What the state knows. Raises StoreError."""
    releases = await announced(installation)
    inventory = await installation.worker.run(installation.store.inventory)
    served = frozenset(_served(inventory, installation.policy))
    return Known(tuple(map(known_release, releases.announced)), served)


async def known_to_hub(hub: Hub, transport: Transport) -> Known:
    """What a hub knows. Raises ConfigError for its token, and TransportError."""
    releases, certificates = await hub.releases(transport), await hub.certificates(transport)
    try:
        return Known(tuple(_releases(releases)), frozenset(_shown_served(certificates)))
    except (KeyError, TypeError, AttributeError):
        raise TransportError("no incidentd answers there, or another version", hub.url, sent=True) from None


def _served(inventory: Inventory, policy: Policy) -> Iterator[str]:
    """What clients get in production, as far as it was seen at the last look. Staging has the new one first."""
    for place in inventory.places.values():
        if place.location.role is Role.SERVED and is_production(place.location.labels, policy):
            yield from (fingerprint for member in place.members for fingerprint in member.current.chain)


def _releases(document: dict[str, Any]) -> Iterator[KnownRelease]:
    """The rows of `releases --json`. What was abandoned says nothing."""
    for row in document["releases"]:
        is_on = row["state"] != "abandoned"
        brings = [*row["added"], *(one["new"] for one in row["changed"])] if is_on else []
        takes = [*row["removed"], *(one["old"] for one in row["changed"])] if is_on else []
        yield KnownRelease(row["id"], row["service"], _fingerprints(brings), _fingerprints(takes))


def _fingerprints(rows: list[dict[str, Any]]) -> frozenset[str]:
    return frozenset(row["fingerprint"] for row in rows)


def _shown_served(document: dict[str, Any]) -> Iterator[str]:
    """The rows of `list --json` that an endpoint in production showed at the last look."""
    for row in document.get("certificates", ()):
        if any(_is_served(one) for one in row["locations"]):
            yield row["fingerprint"]


def _is_served(location: dict[str, Any]) -> bool:
    is_shown = location["role"] == Role.SERVED and location["status"] == PlaceStatus.PRESENT
    return is_shown and location["production"] is True
