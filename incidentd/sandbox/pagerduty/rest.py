"""REST v2: the calls that an incident daemon needs. Reading and judging is here; doing is the world's.

Rules: developer.pagerduty.com, REST reference; reopening by PUT since the change of 2025-09-18.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from incidentd.sandbox.pagerduty import find
from incidentd.sandbox.pagerduty.answers import Refusal, already_resolved, invalid, not_found, unknown_requester
from incidentd.sandbox.pagerduty.records import Incident, Service, User
from incidentd.sandbox.pagerduty.render import Render
from incidentd.sandbox.pagerduty.world import World

MAX_NOTES, MAX_BULK, MAX_ALERTS = 2000, 250, 1000
LONGEST_SNOOZE_SECONDS = 604_800
ABILITIES = ["teams", "urgencies", "priorities", "event_rules"]


class Rest:
    """The endpoints over one world. `token_owner` is None for an account key, which is nobody's."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token_owner: User | None = None
        self.has_priorities = True  # a matter of the account's plan; without it 402

    def routes(self, guarded: Callable[[Callable[[Request], Any]], Callable[[Request], Any]]) -> list[Route]:
        """Every route, each behind the door that `guarded` puts before it."""
        table: list[tuple[str, str, Callable[[Request], Any]]] = [
            ("GET", "/incidents", self.list_incidents),
            ("POST", "/incidents", self.create),
            ("PUT", "/incidents", self.update_many),
            ("GET", "/incidents/{id}", self.show),
            ("PUT", "/incidents/{id}", self.update),
            ("PUT", "/incidents/{id}/merge", self.merge),
            ("POST", "/incidents/{id}/snooze", self.snooze),
            ("GET", "/incidents/{id}/alerts", self.list_alerts),
            ("PUT", "/incidents/{id}/alerts", self.update_alerts),
            ("GET", "/incidents/{id}/log_entries", self.list_log),
            ("GET", "/incidents/{id}/notes", self.list_notes),
            ("POST", "/incidents/{id}/notes", self.add_note),
            ("GET", "/services", self.list_services),
            ("GET", "/services/{id}", self.show_service),
            ("GET", "/services/{id}/integrations/{door}", self.show_integration),
            ("GET", "/priorities", self.list_priorities),
            ("GET", "/users", self.list_users),
            ("GET", "/users/me", self.show_me),
            ("GET", "/abilities", self.list_abilities),
        ]
        return [Route(path, guarded(endpoint), methods=[method]) for method, path, endpoint in table]

    # Reading

    async def list_incidents(self, request: Request) -> Response:
        found = find.matching(self.world, request.query_params)
        return self._page(request, "incidents", found, self._render(request).incident)

    async def show(self, request: Request) -> Response:
        return JSONResponse({"incident": self._render(request).incident(self._incident(request))})

    async def list_alerts(self, request: Request) -> Response:
        key, statuses = request.query_params.get("alert_key"), request.query_params.getlist("statuses[]")
        alerts = [alert for alert in self._incident(request).alerts if key in (None, alert.alert_key)]
        alerts = [alert for alert in alerts if not statuses or alert.status in statuses]
        return self._page(request, "alerts", alerts, self._render(request).alert)

    async def list_log(self, request: Request) -> Response:
        incident, render = self._incident(request), self._render(request)
        newest_first = incident.log[::-1]
        return self._page(request, "log_entries", newest_first, lambda entry: render.log_entry(incident, entry))

    async def list_notes(self, request: Request) -> Response:
        return JSONResponse({"notes": [self._render(request).note(note) for note in self._incident(request).notes]})

    async def list_services(self, request: Request) -> Response:
        full, render = _with_integrations(request), self._render(request)
        wanted = request.query_params.get("query", "").casefold()
        services = [service for service in self.world.services.values() if wanted in service.name.casefold()]
        return self._page(request, "services", services, lambda service: render.service(service, full))

    async def show_service(self, request: Request) -> Response:
        shown = self._render(request).service(self._service(request), _with_integrations(request))
        return JSONResponse({"service": shown})

    async def show_integration(self, request: Request) -> Response:
        doors = {door.id: door for door in self._service(request).integrations}
        door = doors.get(request.path_params["door"])
        if door is None:
            raise not_found()
        return JSONResponse({"integration": self._render(request).integration(door)})

    async def list_priorities(self, request: Request) -> Response:
        if not self.has_priorities:
            raise Refusal(402, 2014, "Account does not have the abilities to perform the action")
        return self._page(request, "priorities", self.world.priorities, self._render(request).priority)

    async def list_users(self, request: Request) -> Response:
        wanted = request.query_params.get("query", "").casefold()
        found = [user for user in self.world.users if wanted in f"{user.name}\n{user.email}".casefold()]
        return self._page(request, "users", found, self._render(request).user)

    async def show_me(self, request: Request) -> Response:
        if self.token_owner is None:
            raise invalid("The current user cannot be told from an account-level API key")
        return JSONResponse({"user": self._render(request).user(self.token_owner)})

    async def list_abilities(self, _: Request) -> Response:
        return JSONResponse({"abilities": ABILITIES})

    # Writing: all of it needs a From that names a user.

    async def create(self, request: Request) -> Response:
        user, wish = self._requester(request), await _body(request, "incident")
        service = self.world.services.get(str((wish.get("service") or {}).get("id")))
        if not wish.get("title") or service is None:
            raise invalid("Title cannot be empty" if service else "Service cannot be found")
        key, now = wish.get("incident_key"), self.world.now()
        if key and any(open_.service_id == service.id for open_ in self.world.open_incidents(key)):
            raise invalid("Open incident with matching dedup key already exists on this service")
        incident = self.world.open_incident(
            service, wish["title"], wish.get("urgency") or "high", user.agent, now, {"type": "api"}
        )
        incident.incident_key = key or incident.id.lower()
        incident.body = (wish.get("body") or {}).get("details")
        self._prioritise(incident, wish)
        return JSONResponse({"incident": self._render(request).incident(incident)}, status_code=201)

    async def update(self, request: Request) -> Response:
        user, wish = self._requester(request), await _body(request, "incident")
        incident = self._incident(request)
        self._change(incident, wish, user, self.world.now())
        return JSONResponse({"incident": self._render(request).incident(incident)})

    async def merge(self, request: Request) -> Response:
        user, wishes = self._requester(request), await _body(request, "source_incidents")
        target, sources = self._incident(request), [self._by_id(str(wish.get("id"))) for wish in wishes]
        if not target.is_open:
            raise invalid("Open incidents cannot be merged into a resolved incident")
        if any(not source.is_open or source.id == target.id for source in sources):
            raise invalid("Only other incidents that are open can be merged")
        if any(not source.alerts for source in sources):
            raise invalid("Only incidents that have alerts can be merged")
        if len(target.alerts) + sum(len(source.alerts) for source in sources) > MAX_ALERTS:
            raise invalid("An incident cannot have more than 1000 alerts")
        for source in sources:
            self.world.join(source, target, user.agent, self.world.now())
        shown = self._render(request).reference("incident_reference", target.id, target.title, "incidents")
        return JSONResponse({"incident": shown})

    async def snooze(self, request: Request) -> Response:
        user, seconds = self._requester(request), await _body(request, "duration")
        incident = self._incident(request)
        if not incident.is_open:
            raise already_resolved()
        if not isinstance(seconds, int) or not 1 <= seconds <= LONGEST_SNOOZE_SECONDS:
            raise invalid("Duration must be between 1 and 604800")
        self.world.quiet(incident, user.agent, seconds, self.world.now())
        return JSONResponse({"incident": self._render(request).incident(incident)}, 201)

    async def update_many(self, request: Request) -> Response:
        user, wishes = self._requester(request), await _body(request, "incidents")
        if not isinstance(wishes, list):
            raise invalid("incidents must be a list")
        if len(wishes) > MAX_BULK:
            raise Refusal(413, 2001, "Too many incidents", "At most 250 incidents can be updated at a time")
        pairs = [(self._by_id(str(wish.get("id"))), wish) for wish in wishes]
        for incident, wish in pairs:
            self._change(incident, wish, user, self.world.now())
        return JSONResponse({"incidents": [self._render(request).incident(incident) for incident, _ in pairs]})

    async def update_alerts(self, request: Request) -> Response:
        user, wishes = self._requester(request), await _body(request, "alerts")
        if not isinstance(wishes, list) or len(wishes) > MAX_BULK:
            raise Refusal(413, 2001, "Too many alerts", "At most 250 alerts can be updated at a time")
        known = {alert.id: alert for alert in self._incident(request).alerts}
        alerts = [known.get(str(wish.get("id"))) for wish in wishes]
        found = [alert for alert in alerts if alert is not None]
        if len(found) < len(wishes) or any(wish.get("status") != "resolved" for wish in wishes):
            raise invalid("Only alerts of this incident can be updated here, and only to resolved")
        for alert in found:
            self.world.resolve_alert(alert, user.agent, self.world.now())
        return self._page(request, "alerts", found, self._render(request).alert)

    async def add_note(self, request: Request) -> Response:
        user, wish = self._requester(request), await _body(request, "note")
        incident, content = self._incident(request), wish.get("content")
        if not isinstance(content, str) or not content:
            raise invalid("Content cannot be empty")
        if len(incident.notes) >= MAX_NOTES:
            raise invalid("The incident has reached its limit of 2000 notes")
        note = self.world.annotate(incident, user, content, self.world.now())
        return JSONResponse({"note": self._render(request).note(note)})

    def _change(self, incident: Incident, wish: Mapping[str, Any], user: User, now: datetime) -> None:
        self._move(incident, wish.get("status"), user, now)
        if wish.get("title"):
            incident.title, incident.updated_at = wish["title"], now
        if wish.get("urgency") and wish["urgency"] != incident.urgency:
            incident.urgency = wish["urgency"]
            self.world.log(incident, "urgency_change", user.agent, now, f"Urgency: {incident.urgency}")
        if wish.get("assignments"):
            named = [self.world.user(item["assignee"]["id"]) for item in wish["assignments"]]
            incident.assignees = [assignee for assignee in named if assignee is not None]
        self._prioritise(incident, wish)

    def _move(self, incident: Incident, status: str | None, user: User, now: datetime) -> None:
        if status is None:
            return
        if status == "resolved":
            if not incident.is_open:
                raise already_resolved()
            return self.world.resolve(incident, user.agent, now)
        if status == "acknowledged":
            return self.world.acknowledge(incident, user.agent, now)
        if status != "triggered":
            raise Refusal(400, 1003, "Invalid Status Provided", f"Status {status!r} is not valid")
        if incident.status != "triggered":
            self.world.trigger_again(incident, user.agent, now)

    def _prioritise(self, incident: Incident, wish: Mapping[str, Any]) -> None:
        if "priority" not in wish:
            return
        wanted = wish["priority"]
        if wanted is None:
            incident.priority_id = None
            return
        named = wanted if isinstance(wanted, str) else wanted.get("id")
        steps = [step for step in self.world.priorities if named in (step.id, step.name)]
        if not steps:
            raise Refusal(400, 1020, "Invalid Priority Provided", f"Priority {named!r} cannot be found")
        incident.priority_id, incident.updated_at = steps[0].id, self.world.now()

    # Finding what the request means

    def _requester(self, request: Request) -> User:
        user = self.world.user(request.headers.get("from", ""))
        if user is None:
            raise unknown_requester()
        return user

    def _incident(self, request: Request) -> Incident:
        return self._by_id(request.path_params["id"])

    def _by_id(self, ident: str) -> Incident:
        incidents = self.world.incidents
        by_number = {str(incident.number): incident for incident in incidents.values()} if ident.isdecimal() else {}
        found = incidents.get(ident) or by_number.get(ident)
        if found is None:
            raise Refusal(404, 2100, "Not Found", "Incident Not Found")
        return found

    def _service(self, request: Request) -> Service:
        service = self.world.services.get(request.path_params["id"])
        if service is None:
            raise not_found()
        return service

    def _render(self, request: Request) -> Render:
        return Render(self.world, str(request.base_url).rstrip("/"))

    def _page(self, request: Request, name: str, items: list[Any], show: Callable[[Any], Any]) -> Response:
        shown, about = find.page(items, request.query_params)
        return JSONResponse({name: [show(item) for item in shown], **about})


def _with_integrations(request: Request) -> bool:
    return "integrations" in request.query_params.getlist("include[]")


async def _body(request: Request, name: str) -> Any:
    try:
        return json.loads(await request.body())[name]
    except (ValueError, KeyError, TypeError):
        raise invalid(f"The request body must be a JSON object with {name!r}") from None
