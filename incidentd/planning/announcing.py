"""Announcing: what somebody says of a release, made harmless; and which incidents' certificates it renews. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from incidentd.errors import UsageError
from incidentd.model.assessment import Assessment
from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Inventory
from incidentd.model.release import Announcement, Carried, Release
from incidentd.planning.documents import SCHEMA_VERSION, Document
from incidentd.planning.phrases import counted, instant, listed, rfc3339
from incidentd.planning.sanitize import sanitize
from incidentd.planning.shipping import lateness
from incidentd.policy.releases import Releases

MOST_CARRIED = 1000
"""Certificates of one release; a trust store that is updated has two hundred."""
SERVICE_CHARACTERS = 128
URL_CHARACTERS = 1000
NAMES_SHOWN = 5
ABANDONED = "abandoned"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,99}", re.ASCII)
_TICKET = re.compile(r"#?[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A certificate with an incident that a release renews."""

    certificate: Certificate
    late: str
    """Why that comes too late, in one sentence; empty where it comes in time, or another release does."""


def release_id(text: str) -> str:
    """An id as its makers write it. Raises UsageError for what is none."""
    if not _ID.fullmatch(text):
        hint = "up to 100 letters, digits and . _ : / @ + -, as in 2026.12-payments"
        raise UsageError("that is no id of a release", where="id", hint=hint)
    return text


def announcement(
    id: str,
    at: datetime,
    *,
    service: str | None = None,
    planned_at: datetime | None = None,
    carried: Carried | None = None,
    ticket: str | None = None,
    url: str | None = None,
) -> Announcement:
    """What is said, where all of it can be believed to be meant so. Raises UsageError."""
    if ticket and not _TICKET.fullmatch(ticket):
        raise UsageError("that is no ticket", where="ticket", hint="as in OPS-7 or #123")
    if url and not _is_address(url):
        raise UsageError("that is no http or https address", where="url")
    if carried is not None and len(carried.added) + len(carried.changed) + len(carried.removed) > MOST_CARRIED:
        raise UsageError(
            f"a release carries {MOST_CARRIED} certificates at most", where=id, hint="name fewer artefacts"
        )
    named = None if service is None else sanitize(" ".join(service.split()), SERVICE_CHARACTERS)
    return Announcement(release_id(id), at, named, planned_at, carried, ticket, url)


def renewals(
    releases: Sequence[Release], assessments: Mapping[str, Assessment], inventory: Inventory
) -> dict[str, tuple[Renewal, ...]]:
    """By release, the certificates with incidents that it renews, soonest end first."""
    known, found = Releases(tuple(releases)), dict[str, list[Renewal]]()
    wanted = (one for one in assessments.values() if one.wants_incident)
    for assessment in sorted(
        wanted, key=lambda one: (inventory.certificates[one.fingerprint].not_after, one.fingerprint)
    ):
        certificate = inventory.certificates[assessment.fingerprint]
        for id in dict.fromkeys(release.id for _, release in known.carrying(certificate)):
            travels = assessment.carrier is not None and assessment.carrier.id == id
            late = lateness(certificate, assessment) if travels else ""
            found.setdefault(id, []).append(Renewal(certificate, late))
    return {id: tuple(renewed) for id, renewed in found.items()}


def told(said: Document) -> str:
    """What an announcement came to, by the release's document, for a person and for the log of a build.

    A hub's document is a stranger's: whatever stands in it does nothing to a terminal.
    """
    return "\n".join(_told(said))


def _told(said: Document) -> Iterator[str]:
    about = counted(sum(len(said.get(part) or ()) for part in ("added", "changed", "removed")), "certificate")
    planned = f"; planned {planned_words(said)}" if said.get("planned_at") else ""
    state = _harmless(said.get("state"))
    yield f"Release {_harmless(said.get('id'))} is {state}: {about} added, changed or removed{planned}."
    if said.get("unread"):
        yield f"Not readable: {listed([_harmless(text) for text in said['unread']], NAMES_SHOWN)}."
    if state == ABANDONED:
        yield "It carries nothing any more."
        return
    if not said.get("renews"):
        yield "It renews no certificate that has an incident."
    for one in said.get("renews") or ():
        expires = f", which expires {_moment(one['not_after'])}" if one.get("not_after") else ""
        yield f"It renews {_harmless(one.get('name'))}{expires}. {_harmless(one.get('late') or '')}".rstrip()


def planned_words(said: Document) -> str:
    """When a release ships, by its document, as people read it; empty where nobody said so."""
    return _moment(said["planned_at"]) if said.get("planned_at") else ""


def _moment(text: object) -> str:
    try:
        return instant(datetime.fromisoformat(str(text)))
    except ValueError:
        return _harmless(text)


def _harmless(text: object) -> str:
    return sanitize(str(text))


def state_of(release: Release) -> str:
    """`announced`, `shipped` or `abandoned`, as it was last said."""
    if release.abandoned_at is not None:
        return ABANDONED
    return "announced" if release.shipped_at is None else "shipped"


def release_document(release: Release, renewed: Sequence[Renewal]) -> Document:
    """One release as JSON."""
    carried = release.carried
    return {
        "id": release.id,
        "service": release.service,
        "state": state_of(release),
        "announced_at": rfc3339(release.announced_at),
        "planned_at": _time(release.planned_at),
        "shipped_at": _time(release.shipped_at),
        "abandoned_at": _time(release.abandoned_at),
        "ticket": release.ticket or None,
        "url": release.url or None,
        "added": [_certificate(one) for one in carried.added],
        "changed": [{"old": _certificate(old), "new": _certificate(new)} for old, new in carried.changed],
        "removed": [_certificate(one) for one in carried.removed],
        "unread": [sanitize(text) for text in carried.unread],
        "renews": [{**_certificate(one.certificate), "late": one.late or None} for one in renewed],
    }


def releases_document(releases: Iterable[Release], renewed: Mapping[str, Sequence[Renewal]]) -> Document:
    """`releases --json`: the one that was announced last first."""
    rows = [release_document(one, renewed.get(one.id, ())) for one in releases]
    return {"schema_version": SCHEMA_VERSION, "releases": rows}


def _certificate(certificate: Certificate) -> Document:
    return {
        "fingerprint": certificate.fingerprint,
        "name": sanitize(certificate.display_name),
        "not_after": rfc3339(certificate.not_after),
    }


def _time(at: datetime | None) -> str | None:
    return rfc3339(at) if at else None


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        fine = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not set(text) & set(' "<>`\\^{|}')
    return fine and plain and len(text) <= URL_CHARACTERS
