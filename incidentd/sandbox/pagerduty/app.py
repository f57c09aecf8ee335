"""PagerDuty as one ASGI application: Events v2 and REST v2 under one base URL, on a clock that is given."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from incidentd.sandbox.control import control_routes
from incidentd.sandbox.faults import Answer
from incidentd.sandbox.frame import Frame, Now, Sleep
from incidentd.sandbox.journal import Judge
from incidentd.sandbox.pagerduty import answers, events
from incidentd.sandbox.pagerduty.people import Peopled
from incidentd.sandbox.pagerduty.rates import FixedMinute, SlidingWindow
from incidentd.sandbox.pagerduty.records import Service
from incidentd.sandbox.pagerduty.render import Render
from incidentd.sandbox.pagerduty.rest import Rest
from incidentd.sandbox.pagerduty.world import CROWDED

PUTS_A_MINUTE = 500
"""Writes to incidents have a limit of their own, beside that of all calls (REST v2, changelog of 2022)."""
ROUTING_KEY = "sandbox0routing0key0000000000001"
API_TOKEN = "sandbox-pagerduty-token"  # noqa: S105 - opens nothing but the sandbox
FROM_EMAIL = "oncall@example.net"
OF_SERVICE = (
    "status",
    "auto_resolve_timeout",
    "acknowledgement_timeout",
    "urgency",
    "urgency_outside_hours",
    "alert_creation",
    "alert_grouping",
)
OF_ACCOUNT = ("bare_429", "down_retry_after_seconds", "most_open_incidents")
OF_DOOR = ("kind", "routing_key", "shows_key")
ACCEPT = "application/vnd.pagerduty+json;version=2"


class PagerDuty(Peopled, Frame):
    """The account and its HTTP face. One service, `service`, and its users stand ready."""

    service: Service

    def __init__(
        self,
        *,
        now: Now,
        sleep: Sleep | None = None,
        judge: Judge | None = None,
        routing_key: str = ROUTING_KEY,
        api_token: str = API_TOKEN,
        from_email: str = FROM_EMAIL,
        processing_delay: timedelta = timedelta(0),
    ) -> None:
        Frame.__init__(self, now=now, sleep=sleep, judge=judge)
        Peopled.__init__(self, now)
        self.routing_key, self.api_token, self.from_email = routing_key, api_token, from_email
        self.processing_delay = processing_delay
        self.events_window = SlidingWindow(per_minute=120)
        self.rest_window = FixedMinute(per_minute=960)
        self.put_window = FixedMinute(PUTS_A_MINUTE)
        self.bare_429 = False  # REST's 429 without headers and body
        self.rest = Rest(self)
        self._furnish()
        self._vendor = self._routes()
        self._control = control_routes(self)

    def _furnish(self) -> None:
        self.rest.token_owner = self.add_user(self.from_email, "Incident daemon")
        self.on_call = self.add_user("person@example.net", "On-call person")
        self.service = self.add_service("Certificates", self.routing_key)

    def vendor(self) -> ASGIApp:
        return self._vendor

    def control(self) -> ASGIApp:
        return self._control

    def refusal(self, status: int) -> Answer:
        known = {401: answers.bad_credentials(), 403: answers.forbidden()}
        refusal = known.get(status, answers.Refusal(status, 2000, "Internal Server Error"))
        response = JSONResponse(refusal.document(), status_code=status)
        return Answer(status, (("Content-Type", "application/json"),), bytes(response.body))

    def _routes(self) -> Starlette:
        doors = [
            Route("/v2/enqueue", events.enqueue(self, self.events_window), methods=["POST"]),
            Route("/v2/change/enqueue", events.enqueue_change(self, self.events_window), methods=["POST"]),
        ]
        return Starlette(routes=[*doors, *self.rest.routes(self._guarded)])

    def _guarded(self, endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            writes = request.method == "PUT"
            window = self.put_window if writes else self.rest_window
            if not self.rest_window.admits(self.now()) or (writes and not window.admits(self.now())):
                return self._too_many(window)
            try:
                self._check(request)
                response = await endpoint(request)
            except answers.Refusal as refusal:
                response = refusal.response()
            response.headers.update(window.headers(self.now()))
            return response

        return guarded

    def _check(self, request: Request) -> None:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        token = secret.removeprefix("token=") if scheme == "Token" else secret
        if scheme not in ("Token", "Bearer") or token != self.api_token:
            raise answers.bad_credentials()
        accept = request.headers.get("accept", "").replace(" ", "")
        if accept not in (ACCEPT, "application/json", "*/*"):
            raise answers.Refusal(406, 2001, "Not Acceptable", f"Accept must be {ACCEPT}")

    def _too_many(self, window: FixedMinute) -> Response:
        if self.bare_429:
            return Response(status_code=429)
        refusal = answers.Refusal(429, 2020, "Rate Limit Exceeded")
        return JSONResponse(refusal.document(), status_code=429, headers=window.headers(self.now()))

    # The control interface

    def reset(self) -> None:
        """Back to the first day: an empty account, an empty journal, no faults."""
        self.begin()
        self._furnish()
        self.journal.clear()
        self.faults.clear()
        self.down = self.unauthorized = self.forbidden = self.read_only = self.never_processed = self.nulls = False
        self.rest.has_priorities = True
        self.most_open_incidents, self.put_window = CROWDED, FixedMinute(PUTS_A_MINUTE)

    def state(self) -> dict[str, Any]:
        """Everything as plain values."""
        render = Render(self, "")
        return {
            "routing_key": self.routing_key,
            "incidents": [self._with_all(render, incident.id) for incident in self.incidents.values()],
            "services": [render.service(service, True) for service in self.services.values()],
            "change_events": [dict(change.event) for change in self.change_events],
            "dropped": [dict(event) for event in self.dropped],
        }

    def _with_all(self, render: Render, ident: str) -> dict[str, Any]:
        incident = self.incidents[ident]
        return {
            **render.incident(incident),
            "alerts": [render.alert(alert) for alert in incident.alerts],
            "notes": [render.note(note) for note in incident.notes],
            "log_entries": [render.log_entry(incident, entry) for entry in incident.log],
        }

    def switches(self) -> Mapping[str, Callable[[Any], None]]:
        """What may be set from outside; times in seconds."""
        plain = (
            "down",
            "unauthorized",
            "forbidden",
            "read_only",
            "never_processed",
            "reopening_revives_alerts",
            "nulls",
        )
        return {
            **{name: partial(setattr, self, name) for name in (*plain, *OF_ACCOUNT)},
            "puts_per_minute": partial(setattr, self.put_window, "per_minute"),
            **{f"service_{name}": partial(setattr, self.service, name) for name in OF_SERVICE},
            **{f"integration_{name}": partial(setattr, self.service.integrations[0], name) for name in OF_DOOR},
            "has_priorities": partial(setattr, self.rest, "has_priorities"),
            "account_key": self._give_to_nobody,
            "requester_role": partial(setattr, self.users[0], "role"),
            "processing_delay_seconds": self._delay,
        }

    def _give_to_nobody(self, wanted: bool) -> None:
        """The API token is the account's own, or the first user's."""
        self.rest.token_owner = None if wanted else self.users[0]

    def _delay(self, seconds: float) -> None:
        self.processing_delay = timedelta(seconds=seconds)

    def actions(self) -> Mapping[str, Callable[..., Any]]:
        """What people and machines may do."""
        done = (
            self.person_acknowledges,
            self.person_resolves,
            self.person_reopens,
            self.machine_resolves,
            self.person_reassigns,
            self.person_retitles,
            self.person_prioritises,
            self.snooze,
            self.merge,
        )
        return {act.__name__: act for act in done}
