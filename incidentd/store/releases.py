"""Releases in rows: each whole, by its id. What is still on its way with certificates is found however old it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, or_, select

from incidentd.model.audit import AuditEntry
from incidentd.model.release import Carried, Release, ReleaseChange
from incidentd.store import tables
from incidentd.store.audit import write_entries
from incidentd.store.codec import dump, load
from incidentd.store.inventory import bare
from incidentd.store.revisions import Kind, move_on
from incidentd.store.upsert import insert_or_replace

_ROWS = tables.releases.c
_OF_ID = select(_ROWS.body).where(_ROWS.id == bindparam("wanted"))
_SINCE = (
    select(_ROWS.body)
    .where(or_(_ROWS.announced_at > bindparam("after"), _ROWS.carries_on))
    .order_by(_ROWS.announced_at.desc(), _ROWS.id)
)


@dataclass(frozen=True, slots=True)
class KnownReleases:
    """What was read: those announced after an instant, and those on their way with certificates; the latest first."""

    announced_after: datetime
    releases: tuple[Release, ...]

    def since(self, announced_after: datetime) -> tuple[Release, ...]:
        """The same of a later instant."""
        if announced_after == self.announced_after:
            return self.releases
        return tuple(one for one in self.releases if one.announced_at > announced_after or _carries_on(one))


def releases_since(connection: Connection, announced_after: datetime) -> KnownReleases:
    """Reads them."""
    bodies = connection.execute(_SINCE, {"after": announced_after}).scalars()
    return KnownReleases(announced_after, tuple(load(Release, body) for body in bodies))


def change_release(connection: Connection, id: str, change: ReleaseChange, audited: Iterable[AuditEntry]) -> Release:
    """The release as `change` makes it of what stands there, None for one that nobody announced; with its audit."""
    body = connection.execute(_OF_ID, {"wanted": id}).scalar()
    changed = change(None if body is None else load(Release, body))
    body = dump(replace(changed, carried=_bare(changed.carried)))
    row = {"id": id, "announced_at": changed.announced_at, "carries_on": _carries_on(changed), "body": body}
    insert_or_replace(connection, tables.releases, [row])
    write_entries(connection, audited)
    move_on(connection, Kind.RELEASES)
    return changed


def _bare(carried: Carried) -> Carried:
    return replace(
        carried,
        added=tuple(map(bare, carried.added)),
        changed=tuple((bare(old), bare(new)) for old, new in carried.changed),
        removed=tuple(map(bare, carried.removed)),
    )


def _carries_on(release: Release) -> bool:
    return release.on_its_way and release.carried.changes_certificates
