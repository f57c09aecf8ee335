"""Announcing: a release is written down as somebody says it, with the audit of who did; and what follows is told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidentd.daemon.installation import Installation
from incidentd.errors import IncidentdError
from incidentd.model.assessment import Assessment
from incidentd.model.audit import AuditEntry
from incidentd.model.inventory import Inventory
from incidentd.model.release import (
    ANNOUNCES_WITHIN,
    Announcement,
    Release,
    ReleaseChange,
    abandoned,
    announced,
    shipped,
)
from incidentd.planning.announcing import Renewal, renewals
from incidentd.planning.phrases import counted, instant
from incidentd.policy.assess import assess
from incidentd.policy.releases import Releases
from incidentd.policy.sightings import Sightings


class NotAnnounced(IncidentdError):
    """Something is said of a release that nobody knows."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A release as it stands, and which certificates with incidents it renews."""

    release: Release
    renewals: tuple[Renewal, ...]


async def announce(installation: Installation, said: Announcement, by: str) -> Announced:
    """On its way, with what is said of it. Raises StoreError."""
    carried = "" if said.carried is None else f"carries {counted(len(said.carried.brings), 'certificate')}"
    planned = "" if said.planned_at is None else f"planned {instant(said.planned_at)}"
    text = ", ".join(filter(None, (said.service, carried, planned, said.ticket)))
    entry = AuditEntry(said.at, by, "release announce", said.id, "", text)
    return await _changed(installation, said.id, lambda before: announced(before, said), entry)


async def ship(installation: Installation, id: str, by: str) -> Announced:
    """Somebody says that it shipped. Raises NotAnnounced for one that nobody announced."""
    now = installation.clock.now()
    entry = AuditEntry(now, by, "release shipped", id, "")
    return await _changed(installation, id, lambda before: shipped(_known(before, id), now), entry)


async def abandon(installation: Installation, id: str, by: str) -> Announced:
    """Somebody says that it will not ship. Raises NotAnnounced for one that nobody announced."""
    now = installation.clock.now()
    entry = AuditEntry(now, by, "release abandoned", id, "")
    return await _changed(installation, id, lambda before: abandoned(_known(before, id), now), entry)


async def announced_releases(installation: Installation) -> tuple[tuple[Release, ...], dict[str, tuple[Renewal, ...]]]:
    """Those of the last 90 days and all on their way, and by id which certificates with incidents each renews."""
    return await installation.worker.run(lambda: _looked_up(installation))


async def _changed(installation: Installation, id: str, change: ReleaseChange, entry: AuditEntry) -> Announced:
    store = installation.store
    release = await installation.worker.run(lambda: store.change_release(id, change, [entry]))
    _, renewed = await announced_releases(installation)
    return Announced(release, renewed.get(id, ()))


def _known(before: Release | None, id: str) -> Release:
    if before is None:
        raise NotAnnounced("nobody announced it", where=id, hint="`incidentd releases` shows those that there are")
    return before


def _looked_up(installation: Installation) -> tuple[tuple[Release, ...], dict[str, tuple[Renewal, ...]]]:
    """Judged by what the state holds now: a pass may not have come by since."""
    store, now = installation.store, installation.clock.now()
    releases, inventory = store.releases(now - ANNOUNCES_WITHIN), store.inventory()
    fingerprints = {row.fingerprint for row in store.records(now) if row.active and row.of_certificate}
    judged = _judged(installation, inventory, fingerprints & inventory.certificates.keys(), Releases(releases), now)
    return releases, renewals(releases, judged, inventory)


def _judged(
    installation: Installation, inventory: Inventory, fingerprints: Iterable[str], releases: Releases, now: datetime
) -> dict[str, Assessment]:
    sightings = Sightings(inventory)
    return {fp: assess(fp, sightings, installation.policy, now, releases=releases) for fp in sorted(fingerprints)}
