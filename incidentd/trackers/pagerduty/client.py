"""PagerDuty on the wire: Events v2 and REST v2, each answer read or turned into a TrackerError.

One attempt for whatever writes; no error holds a secret.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure, TransportError
from incidentd.ports import Clock
from incidentd.trackers.exchange import Pause, Secret, failure_of, identified, listed, revealed
from incidentd.trackers.pagerduty.budget import EventBudget
from incidentd.transport import Answer, Transport

EVENTS_URL = "https://events.pagerduty.com"
API_URL = "https://api.pagerduty.com"
PAGE_SIZE = 100
REACH = 10_000
"""offset + limit may not go beyond this (REST v2, pagination)."""

STATUSES = ("triggered", "acknowledged", "resolved")

CROWDED_SECONDS = 30.0
"""Events are refused with a bare 429; the vendor's advice is to come back after this long (Events API v2, limits)."""

_NOT_TAKEN = 503
_UNKNOWN_REQUESTER = 1008
_ACCEPT = "application/vnd.pagerduty+json;version=2"
_REGION = "check api_token, and that api_url is your account's region: the wrong one answers 401 too"
_NOBODY = "from_email has to be the login address of a user of the account"
_READ_ONLY = "check what api_token may do: writing notes and resolving needs more than a read-only key"
_DOOR = "check routing_key and events_url"

Json = dict[str, Any]


class PagerDutyEvents:
    """Events API v2: asynchronous; a 202 says accepted, not done."""

    def __init__(self, transport: Transport, clock: Clock, routing_key: Secret, url: str = EVENTS_URL) -> None:
        self._transport = transport
        self._clock = clock
        self._routing_key = routing_key
        self._url = url.rstrip("/")
        self._budget = EventBudget(clock)
        self._pause = Pause(clock)

    def door(self, key: str) -> str:
        """Tells the routing key of today from another one, and tells nobody the key. Raises TrackerError."""
        return hashlib.sha256(f"{revealed(self._routing_key, 'routing_key')}\n{key}".encode()).hexdigest()[:16]

    async def send(self, event: Json) -> None:
        """Returns when the event was accepted; one attempt. Raises TrackerError: UNCLEAR when it may have been."""
        routing_key = revealed(self._routing_key, "routing_key")
        self._pause.check("PagerDuty events")
        wait_seconds = self._budget.wait_seconds()
        if wait_seconds:
            what = "the integration's budget of 120 events a minute is used up"
            raise TrackerError(TrackerFailure.RATE_LIMITED, what, "PagerDuty", retry_after_seconds=wait_seconds)
        body = {"routing_key": routing_key, **event}
        answer = await _exchange(self._transport, "POST", f"{self._url}/v2/enqueue", {}, body=body)
        if not answer.ok:
            failure = self._failure(answer)
            self._pause.heed(failure)
            raise failure

    def _failure(self, answer: Answer) -> TrackerError:
        """A gateway's error may hide an event that was taken: it is not called undone."""
        if answer.status == 413:
            return TrackerError(TrackerFailure.REJECTED, "the event is too large (HTTP 413)", answer.where)
        hint = _DOOR if answer.status in (400, 401, 403, 404) else ""
        failure = failure_of(answer, _said(answer), self._clock.now(), hint)
        if answer.status >= 500 and answer.status != _NOT_TAKEN:
            failure.kind = TrackerFailure.UNCLEAR
        if answer.status == 429 and failure.retry_after_seconds is None:
            failure.retry_after_seconds = CROWDED_SECONDS
        return failure


class PagerDutyRest:
    """REST API v2: reading back, notes, and what events cannot do."""

    def __init__(
        self, transport: Transport, clock: Clock, api_token: Secret, from_email: str, url: str = API_URL
    ) -> None:
        self._transport = transport
        self._clock = clock
        self._api_token = api_token
        self._from_email = from_email
        self._pause = Pause(clock)
        self._url = url.rstrip("/")
        self._user_id: str | None = None

    async def incident(self, id: str) -> Json:
        """One incident by id. Raises TrackerError."""
        return _incident(await self._get(f"/incidents/{id}"), TrackerFailure.UNAVAILABLE)

    async def incidents(self, params: Sequence[tuple[str, str]], offset: int = 0) -> tuple[tuple[Json, ...], bool]:
        """A page of incidents of all times, and whether there are more. Raises TrackerError."""
        page = (("date_range", "all"), ("limit", str(PAGE_SIZE)), ("offset", str(offset)))
        answer = await self._get("/incidents", (*params, *page))
        more = bool(answer.get("more")) and offset + 2 * PAGE_SIZE <= REACH
        return listed(answer, "incidents"), more

    async def alerts(self, incident_id: str, key: str) -> tuple[Json, ...]:
        """The incident's alerts with this dedup key: the authority on whether it is ours. Raises TrackerError."""
        params = (("alert_key", key), ("limit", str(PAGE_SIZE)))
        alerts = listed(await self._get(f"/incidents/{incident_id}/alerts", params), "alerts")
        return tuple(alert for alert in alerts if alert.get("alert_key") == key)

    async def all_alerts(self, incident_id: str) -> tuple[Json, ...]:
        """The incident's alerts, a hundred at most. Raises TrackerError."""
        params = (("limit", str(PAGE_SIZE)),)
        return listed(await self._get(f"/incidents/{incident_id}/alerts", params), "alerts")

    async def user_id(self) -> str:
        """Whom our own writes are put down to; empty where the account does not tell. Raises TrackerError."""
        if self._user_id is None:
            ours = (user for user in await self._users() if _folded(user.get("email")) == _folded(self._from_email))
            self._user_id = str(next(ours, {}).get("id") or "")
        return self._user_id

    async def _users(self) -> tuple[Json, ...]:
        try:
            return listed(await self._get("/users", (("query", self._from_email),)), "users")
        except TrackerError as error:
            if error.kind is not TrackerFailure.FORBIDDEN:
                raise
            return ()

    async def log_entries(self, incident_id: str) -> tuple[Json, ...]:
        """The newest entries of the incident's history, newest first. Raises TrackerError."""
        answer = await self._get(f"/incidents/{incident_id}/log_entries", (("limit", str(PAGE_SIZE)),))
        return listed(answer, "log_entries")

    async def notes(self, incident_id: str) -> tuple[str, ...]:
        """The texts of the incident's notes. Raises TrackerError."""
        notes = listed(await self._get(f"/incidents/{incident_id}/notes"), "notes")
        return tuple(str(note.get("content") or "") for note in notes)

    async def add_note(self, incident_id: str, text: str) -> None:
        """One more note. Raises TrackerError: UNCLEAR when it may stand there."""
        answer = await self._write("POST", f"/incidents/{incident_id}/notes", {"note": {"content": text}})
        identified(answer.get("note"), "note", TrackerFailure.UNCLEAR)

    async def resolve(self, incident_id: str) -> Json:
        """The incident, resolved in the name of the From user. Raises TrackerError."""
        try:
            return await self._put(incident_id, {"status": "resolved"})
        except TrackerError as error:
            if error.kind is not TrackerFailure.REJECTED:
                raise
            seen = await self.incident(incident_id)
            if seen.get("status") == "resolved":
                return seen  # somebody was quicker (code 1001)
            raise

    async def merge(self, target_id: str, source_id: str) -> None:
        """The source's alerts go into the target, and the source is resolved. Raises TrackerError."""
        body = {"source_incidents": [{"id": source_id, "type": "incident_reference"}]}
        await self._write("PUT", f"/incidents/{target_id}/merge", body)

    async def set_back(self, incident_id: str) -> None:
        """Triggered again, high urgency: whoever is on call is called. Raises TrackerError."""
        await self._put(incident_id, {"status": "triggered", "urgency": "high"})

    async def _put(self, incident_id: str, change: Json) -> Json:
        body = {"incident": {"type": "incident_reference", **change}}
        return _incident(await self._write("PUT", f"/incidents/{incident_id}", body), TrackerFailure.UNCLEAR)

    async def look(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Json:
        """Any other read. Raises TrackerError."""
        return await self._get(path, params)

    async def service_visible(self, service: str | None) -> bool:
        """Whether the token can see the service, or, where none is configured, the account. Raises TrackerError."""
        try:
            await self._get(f"/services/{service}" if service else "/abilities")
        except TrackerError as error:
            if error.kind in (TrackerFailure.NOT_FOUND, TrackerFailure.FORBIDDEN):
                return False
            raise
        return True

    async def date(self) -> datetime | None:
        """PagerDuty's own time, from a harmless read. Raises TrackerError."""
        return (await self._call("GET", "/abilities")).date

    async def _get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Json:
        return _document(await self._call("GET", path, params), TrackerFailure.UNAVAILABLE)

    async def _write(self, method: str, path: str, body: Json) -> Json:
        return _document(await self._call(method, path, body=body), TrackerFailure.UNCLEAR)

    async def _call(
        self, method: str, path: str, params: Sequence[tuple[str, str]] = (), body: Json | None = None
    ) -> Answer:
        headers = {"Authorization": f"Token token={revealed(self._api_token, 'api_token')}", "Accept": _ACCEPT}
        self._pause.check("PagerDuty")
        if body is not None:
            headers["From"] = self._from_email
        answer = await _exchange(self._transport, method, f"{self._url}{path}", headers, params, body)
        if not answer.ok:
            failure = failure_of(answer, _said(answer), self._clock.now(), _hint(answer))
            self._pause.heed(failure)
            raise failure
        return answer


async def _exchange(
    transport: Transport,
    method: str,
    url: str,
    headers: dict[str, str],
    params: Sequence[tuple[str, str]] = (),
    body: Json | None = None,
) -> Answer:
    reading = method == "GET"
    try:
        return await transport.request(method, url, headers=headers, params=params, json=body, idempotent=reading)
    except TransportError as error:
        lost = error.sent and not reading
        kind = TrackerFailure.UNCLEAR if lost else TrackerFailure.UNREACHABLE
        raise TrackerError(kind, error.what, error.where, error.hint) from error


def _document(answer: Answer, unreadable: TrackerFailure) -> Json:
    try:
        return _record(answer.json())
    except TransportError as error:
        raise TrackerError(unreadable, error.what, error.where, error.hint) from error


def _hint(answer: Answer) -> str:
    if _told(answer).get("code") == _UNKNOWN_REQUESTER:
        return _NOBODY
    return {401: _REGION, 403: _READ_ONLY}.get(answer.status, "")


def _folded(text: Any) -> str:
    return str(text).casefold()


def _told(answer: Answer) -> Json:
    """The vendor's complaint: REST nests it in `error`, Events does not."""
    try:
        document = _record(answer.json())
    except TransportError:
        return {}
    return _record(document.get("error")) or document


def _said(answer: Answer) -> str:
    """The vendor's own words."""
    told = _told(answer)
    errors = told.get("errors")
    parts = [told.get("message"), *(errors if isinstance(errors, list) else [errors])]
    return "; ".join(str(part) for part in parts if part)


def _record(value: Any) -> Json:
    """Any field may be null (REST v2, types)."""
    return value if isinstance(value, dict) else {}


def _incident(document: Json, unreadable: TrackerFailure) -> Json:
    incident = identified(document.get("incident"), "incident", unreadable)
    if incident.get("status") not in STATUSES:
        raise TrackerError(unreadable, "the answer does not say the incident's status")
    return incident
