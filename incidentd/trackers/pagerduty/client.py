"""REST API v2: reading back, notes, and what events cannot do. Each answer is read, or turned into a TrackerError.

One attempt for whatever writes; no error holds a secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidentd.errors import TrackerError, TrackerFailure
from incidentd.ports import Clock
from incidentd.trackers.exchange import Pause, Secret, failure_of, identified, listed, revealed
from incidentd.trackers.pagerduty.wire import Json, document_of, exchange, record, said, told
from incidentd.transport import Answer, Transport

API_URL = "https://api.pagerduty.com"
PAGE_SIZE = 100
REACH = 10_000
"""offset + limit may not go beyond this (REST v2, pagination)."""

STATUSES = ("triggered", "acknowledged", "resolved")

_UNKNOWN_REQUESTER = 1008
_ACCEPT = "application/vnd.pagerduty+json;version=2"
_REGION = "check api_token, and that api_url is your account's region: the wrong one answers 401 too"
_NOBODY = "from_email has to be the login address of a user of the account"
_READ_ONLY = "check what api_token may do: writing notes and resolving needs more than a read-only key"


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

    async def snooze(self, incident_id: str, seconds: int) -> None:
        """Acknowledged for so long, 604,800 s at most, then triggered again (REST v2, snooze). Raises TrackerError."""
        await self._write("POST", f"/incidents/{incident_id}/snooze", {"duration": seconds})

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

    async def change(self, incident_id: str, change: Json) -> None:
        """Status, urgency, title, priority. Raises TrackerError."""
        await self._put(incident_id, change)

    async def resolve_alerts(self, incident_id: str, alert_ids: Sequence[str]) -> None:
        """Resolves these alerts and no other; an incident without an open alert is resolved with its last one."""
        alerts = [{"id": id, "type": "alert", "status": "resolved"} for id in alert_ids]
        await self._write("PUT", f"/incidents/{incident_id}/alerts", {"alerts": alerts})

    async def priorities(self) -> tuple[Json, ...]:
        """The account's priorities, most severe first. Raises TrackerError: 402 where its plan has none."""
        return listed(await self._get("/priorities", (("limit", str(PAGE_SIZE)),)), "priorities")

    async def integration_key(self, service_id: str, integration_id: str) -> str | None:
        """The routing key of an integration; None where the account does not tell. Raises TrackerError."""
        try:
            answer = await self._get(f"/services/{service_id}/integrations/{integration_id}")
        except TrackerError as error:
            if error.kind not in (TrackerFailure.NOT_FOUND, TrackerFailure.FORBIDDEN):
                raise
            return None
        key = record(answer.get("integration")).get("integration_key")
        return str(key) if key else None

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
        return document_of(await self._call("GET", path, params), TrackerFailure.UNAVAILABLE)

    async def _write(self, method: str, path: str, body: Json) -> Json:
        return document_of(await self._call(method, path, body=body), TrackerFailure.UNCLEAR)

    async def _call(
        self, method: str, path: str, params: Sequence[tuple[str, str]] = (), body: Json | None = None
    ) -> Answer:
        headers = {"Authorization": f"Token token={revealed(self._api_token, 'api_token')}", "Accept": _ACCEPT}
        self._pause.check("PagerDuty")
        if body is not None:
            headers["From"] = self._from_email
        answer = await exchange(self._transport, method, f"{self._url}{path}", headers, params, body)
        if not answer.ok:
            failure = failure_of(answer, said(answer), self._clock.now(), _hint(answer))
            self._pause.heed(failure)
            raise failure
        return answer


def _hint(answer: Answer) -> str:
    if told(answer).get("code") == _UNKNOWN_REQUESTER:
        return _NOBODY
    return {401: _REGION, 403: _READ_ONLY}.get(answer.status, "")


def _folded(text: Any) -> str:
    return str(text).casefold()


def _incident(document: Json, unreadable: TrackerFailure) -> Json:
    incident = identified(document.get("incident"), "incident", unreadable)
    if incident.get("status") not in STATUSES:
        raise TrackerError(unreadable, "the answer does not say the incident's status")
    return incident
