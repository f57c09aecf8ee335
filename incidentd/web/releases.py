"""Releases over HTTP: what a build announces, shipped or gave up. The one thing that is written here.

Bodies are JSON of a bounded size and say so (`content-type`): a form on somebody else's page can send no such thing
without asking first, and is never answered that it may.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from incidentd.daemon.announcing import Announced, abandon, announce, ship
from incidentd.errors import IncidentdError, UsageError
from incidentd.model.certificate import Certificate
from incidentd.model.release import ANNOUNCES_WITHIN, Carried, Release
from incidentd.planning.announcing import (
    Renewal,
    announcement,
    release_document,
    release_id,
    releases_document,
    renewals,
)
from incidentd.planning.documents import SCHEMA_VERSION
from incidentd.planning.sanitize import sanitize
from incidentd.settings.judgement import parse_end
from incidentd.web.api import MOST_ROWS, encoded
from incidentd.web.reads import Reads
from incidentd.x509.bundles import read_blob

BODY_BYTES = 2 * 1024 * 1024
BODY_SECONDS = 20.0
"""Whoever says a release slowly, or for ever, keeps a connection from others so long at most."""
STATES = ("announced", "shipped", "abandoned")
TEXTS = ("id", "state", "service", "planned_at", "ticket", "url", "by")
PARTS = ("added", "changed", "removed")
SENDER_CHARACTERS = 64


class _TooLarge(IncidentdError):
    """More than a release has to say."""


class _Unsaid(IncidentdError):
    """It was not said to its end."""


class ReleasesApi:
    """The releases, told and asked for."""

    def __init__(self, reads: Reads, path: str, body_seconds: float = BODY_SECONDS) -> None:
        self._reads = reads
        self._path = path
        self._body_seconds = body_seconds

    def routes(self) -> list[Route]:
        """Where they are."""
        return [Route(self._path, self.told, methods=["POST"]), Route(self._path, self.asked, methods=["GET"])]

    async def asked(self, request: Request) -> Response:
        """Those of the last 90 days and all on their way."""
        releases, renewed = await shown_releases(self._reads)
        document = {**releases_document(releases[:MOST_ROWS], renewed), "left_off": max(len(releases) - MOST_ROWS, 0)}
        return Response(encoded(document), media_type="application/json")

    async def told(self, request: Request) -> Response:
        """One that is announced, shipped or abandoned; answered with the release as it stands by now."""
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _refused(415, "a release is told as application/json")
        try:
            done = await self._said(_document(await _body(request, self._body_seconds)))
        except _TooLarge as error:
            return _refused(413, str(error))
        except _Unsaid as error:
            return _refused(408, str(error))
        except UsageError as error:
            return _refused(400, str(error))
        document = {"schema_version": SCHEMA_VERSION, **release_document(done.release, done.renewals)}
        return Response(encoded(document), media_type="application/json")

    async def _said(self, said: dict[str, Any]) -> Announced:
        installation, by = self._reads.installation, sanitize(said.get("by") or "api", SENDER_CHARACTERS)
        match said.get("state") or "announced":
            case "shipped":
                return await ship(installation, release_id(said["id"]), by)
            case "abandoned":
                return await abandon(installation, release_id(said["id"]), by)
            case _:
                told = announcement(
                    said["id"],
                    installation.clock.now(),
                    service=said.get("service"),
                    planned_at=_time(said.get("planned_at")),
                    carried=await self._reads.aside(lambda: _carried(said.get("certificates"))),
                    ticket=said.get("ticket"),
                    url=said.get("url"),
                )
                return await announce(installation, told, by)


async def shown_releases(reads: Reads) -> tuple[tuple[Release, ...], Mapping[str, Sequence[Renewal]]]:
    """The releases, and by id what the last reconcile knows of what each renews."""
    decision, since = reads.status.decision, reads.now - ANNOUNCES_WITHIN

    def look() -> tuple[tuple[Release, ...], Mapping[str, Sequence[Renewal]]]:
        releases = reads.installation.store.releases(since)
        return releases, renewals(releases, decision.assessments, decision.inventory) if decision else {}

    return await reads.aside(look)


async def _body(request: Request, seconds: float) -> bytes:
    """What was sent, as far as it is not too much. Raises _TooLarge; _Unsaid where it does not come to its end."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > BODY_BYTES:
                    raise _TooLarge(f"a release is told in {BODY_BYTES} bytes at most")
    except (TimeoutError, ClientDisconnect):
        raise _Unsaid(f"a release is told in {seconds:g} seconds, to its end") from None
    return bytes(body)


def _document(body: bytes) -> dict[str, Any]:
    """The JSON object, with texts where texts belong. Raises UsageError."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        _refuse("the body is no JSON document")
    if not isinstance(document, dict):
        _refuse("the body is no JSON object")
    unknown = sorted(set(document) - {*TEXTS, "certificates"})
    if unknown:
        _refuse(f"there is no field {sanitize(unknown[0], 40)}")
    for name in TEXTS:
        if not isinstance(document.get(name), str | None):
            _refuse(f"{name} is a text")
    if not document.get("id"):
        _refuse("id is missing")
    if document.get("state") not in (None, *STATES):
        _refuse(f"state is one of {', '.join(STATES)}")
    return document


def _time(text: str | None) -> Any:
    try:
        return None if text is None else parse_end(text, what="planned_at")
    except ValueError as error:
        _refuse(str(error))


def _carried(parts: object) -> Carried | None:
    """The certificates, in PEM. Raises UsageError for what is none: a build must not believe that it was understood."""
    if parts is None:
        return None
    if not isinstance(parts, dict) or set(parts) - set(PARTS):
        _refuse(f"certificates are {', '.join(PARTS)}")
    listed = {name: parts.get(name) or [] for name in PARTS}
    if not all(isinstance(one, list) for one in listed.values()):
        _refuse("certificates are listed")
    return Carried(
        added=tuple(dict.fromkeys(one for text in listed["added"] for one in _certificates(text))),
        changed=tuple(_pair(one) for one in listed["changed"]),
        removed=tuple(dict.fromkeys(one for text in listed["removed"] for one in _certificates(text))),
    )


def _pair(changed: object) -> tuple[Certificate, Certificate]:
    """The leaves: of a chain the first."""
    if not isinstance(changed, dict) or set(changed) != {"old", "new"}:
        _refuse("what is changed has an old and a new certificate")
    return _certificates(changed["old"])[0], _certificates(changed["new"])[0]


def _certificates(text: object) -> tuple[Certificate, ...]:
    blob = read_blob(text.encode("utf-8", "replace")) if isinstance(text, str) else None
    if blob is None or blob.unread or blob.torn or not blob.certificates:
        _refuse("a certificate cannot be read: PEM is expected")
    return blob.certificates


def _refuse(what: str) -> NoReturn:
    raise UsageError(what)


def _refused(status_code: int, why: str) -> Response:
    document = {"schema_version": SCHEMA_VERSION, "error": sanitize(why, 500)}
    return JSONResponse(document, status_code, {"connection": "close"})  # what was not read is not waited for
