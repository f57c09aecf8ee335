"""The rules of a PagerDuty account: alerts by (routing key, dedup key), incidents made of them, and their time-outs.

Nothing runs in the background: whatever should have happened by now happens when somebody looks. Sources of the rules:
developer.pagerduty.com, Events API v2 (overview, dedup) and the REST reference.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from incidentd.sandbox.pagerduty import timeouts
from incidentd.sandbox.pagerduty.records import (
    Agent,
    Alert,
    ChangeEvent,
    Incident,
    Integration,
    LogEntry,
    Note,
    Priority,
    QueuedEvent,
    Service,
    User,
)

CROWDED, CROWDED_RESOLVES_SECONDS = 100_000, 84_600
"""A service with so many open incidents is made to resolve them by itself (REST v2, Service)."""
PRIORITIES = ("P1", "P2", "P3", "P4", "P5")


class World:
    """One account. Read `incidents` and `alerts`; they are brought up to date on access."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.now = now
        self.processing_delay = timedelta(0)
        self.most_open_incidents = CROWDED
        self.never_processed = False  # accepted events are dropped
        self.nulls = False  # whether incidents show nothing that may be null
        self.reopening_revives_alerts = False  # whether a reopened incident's alerts take events again
        self.begin()

    def begin(self) -> None:
        """An empty account."""
        self._ids = itertools.count(1)
        self._numbers = itertools.count(1)
        self._incidents: dict[str, Incident] = {}
        self._queue: list[QueuedEvent] = []
        self.has_snoozes = False
        self.users: list[User] = []
        self.services: dict[str, Service] = {}
        self.change_events: list[ChangeEvent] = []
        self.dropped: list[Mapping[str, Any]] = []  # accepted with 202 and of no effect
        self.priorities = [Priority(f"PPRIO0{name[1]}", name, f"Priority {name}") for name in PRIORITIES]

    def new_id(self, prefix: str = "Q") -> str:
        """The next identifier, in the vendor's look."""
        return f"{prefix}{next(self._ids):013d}"

    def add_user(self, email: str, name: str) -> User:
        """A new login."""
        self.users.append(User(self.new_id("P"), name, email))
        return self.users[-1]

    def add_service(self, name: str, routing_key: str) -> Service:
        """A new service with one Events v2 integration."""
        service = Service(self.new_id("P"), name, self.now())
        self.services[service.id] = service
        self.add_integration(service, routing_key)
        return service

    def add_integration(self, service: Service, routing_key: str) -> Integration:
        """One more door to a service."""
        service.integrations.append(Integration(self.new_id("P"), "Events API V2", routing_key, service.id))
        return service.integrations[-1]

    def integration(self, routing_key: str) -> Integration | None:
        """The door that this key opens, if any."""
        doors = (door for service in self.services.values() for door in service.integrations)
        return next((door for door in doors if door.routing_key == routing_key), None)

    def user(self, who: str) -> User | None:
        """The user with this id or e-mail address."""
        return next((user for user in self.users if who in (user.id, user.email)), None)

    @property
    def incidents(self) -> dict[str, Incident]:
        """All incidents by id, oldest first, as they are now."""
        self.settle()
        return self._incidents

    @property
    def alerts(self) -> list[Alert]:
        """All alerts, oldest incident first, as they are now."""
        return [alert for incident in self.incidents.values() for alert in incident.alerts]

    def open_incidents(self, dedup_key: str | None = None) -> list[Incident]:
        """Open incidents, all or those with an alert (or incident key) of that name."""
        candidates = (incident for incident in self.incidents.values() if incident.is_open)
        return [incident for incident in candidates if dedup_key is None or incident.has_key(dedup_key)]

    # Events: accepted now, processed later.

    def accept(self, event: Mapping[str, Any]) -> None:
        """Takes a valid event with 202; unknown keys and services that swallow drop it."""
        self.settle()
        door = self.integration(event["routing_key"])
        if door is None or self.never_processed or self.services[door.service_id].swallows:
            self.dropped.append(event)
            return
        self._queue.append(QueuedEvent(self.now() + self.processing_delay, door, event))
        self._queue.sort(key=lambda queued: queued.due_at)  # stable: equal times keep their order

    def settle(self) -> None:
        """Lets happen, in order, whatever should have happened by now."""
        now = self.now()
        while self._queue and self._queue[0].due_at <= now:
            queued = self._queue.pop(0)
            timeouts.run(self, self._incidents, queued.due_at)
            self._process(queued)
        timeouts.run(self, self._incidents, now)

    def _process(self, queued: QueuedEvent) -> None:
        event, at = queued.event, queued.due_at
        alert = self._open_alert(queued.integration.routing_key, event.get("dedup_key"))
        if event["event_action"] == "trigger":
            return self._trigger(queued, alert)
        if alert is None:
            self.dropped.append(event)
            return
        incident = self._incidents[alert.incident_id]
        if event["event_action"] == "acknowledge":
            return self.acknowledge(incident, queued.integration.agent, at)
        self.resolve_alert(alert, queued.integration.agent, at)

    def _open_alert(self, routing_key: str, key: str | None) -> Alert | None:
        alerts = (alert for incident in self._incidents.values() if incident.is_open for alert in incident.alerts)
        mine = (alert for alert in alerts if alert.routing_key == routing_key and alert.alert_key == key)
        return next((alert for alert in mine if alert.status == "triggered"), None)

    def _trigger(self, queued: QueuedEvent, alert: Alert | None) -> None:
        payload, at = queued.event["payload"], queued.due_at
        if alert is None:
            return self._open(queued)
        alert.summary, alert.severity, alert.event = payload["summary"], payload["severity"], queued.event
        alert.triggers += 1
        incident = self._incidents[alert.incident_id]
        self.log(incident, "trigger", queued.integration.agent, at, payload["summary"], _api(queued.event))

    def _open(self, queued: QueuedEvent) -> None:
        payload, door, at = queued.event["payload"], queued.integration, queued.due_at
        service = self.services[door.service_id]
        incident = self._group(service) or self.open_incident(
            service, payload["summary"], _urgency(service, payload["severity"]), door.agent, at, _api(queued.event)
        )
        incident.alerts.append(
            Alert(
                id=self.new_id(),
                routing_key=door.routing_key,
                alert_key=queued.event.get("dedup_key") or self.new_id(),
                incident_id=incident.id,
                integration_id=door.id,
                summary=payload["summary"],
                source=payload["source"],
                severity=payload["severity"],
                created_at=at,
                event=queued.event,
            )
        )

    def _group(self, service: Service) -> Incident | None:
        if not service.alert_grouping:
            return None
        opened = (incident for incident in self._incidents.values() if incident.is_open)
        return next((incident for incident in opened if incident.service_id == service.id and incident.alerts), None)

    def resolve_alert(self, alert: Alert, agent: Agent, at: datetime) -> None:
        """One alert; its incident with the last of them."""
        alert.status, alert.resolved_at = "resolved", at
        incident = self._incidents[alert.incident_id]
        if all(other.status == "resolved" for other in incident.alerts):
            self.resolve(incident, agent, at)

    # Incidents: what events, people, REST and the clock do to them.

    def open_incident(
        self, service: Service, title: str, urgency: str, agent: Agent, at: datetime, channel: Mapping[str, Any]
    ) -> Incident:
        """A new, triggered incident."""
        incident = Incident(
            id=self.new_id(),
            number=next(self._numbers),
            title=title,
            service_id=service.id,
            urgency=urgency,
            created_at=at,
            updated_at=at,
            triggered_at=at,
            last_status_change_at=at,
            last_status_change_by=agent,
        )
        self._incidents[incident.id] = incident
        if len(self._incidents) >= self.most_open_incidents and self._is_crowded(service):
            service.auto_resolve_timeout = CROWDED_RESOLVES_SECONDS
        self.log(incident, "trigger", agent, at, title, channel)
        return incident

    def _is_crowded(self, service: Service) -> bool:
        opened = sum(one.is_open and one.service_id == service.id for one in self._incidents.values())
        return opened >= self.most_open_incidents

    def acknowledge(self, incident: Incident, agent: Agent, at: datetime) -> None:
        """Somebody has seen it; one that was resolved is open again."""
        self._status(incident, "acknowledged", agent, at)
        incident.acknowledged_at, incident.acknowledged_by = at, agent
        self.log(incident, "acknowledge", agent, at, f"Acknowledged by {agent.summary}.")

    def quiet(self, incident: Incident, agent: Agent, seconds: int, at: datetime) -> None:
        """Acknowledged for so long; then it is triggered again."""
        self.acknowledge(incident, agent, at)
        self.has_snoozes, incident.snoozed_until = True, at + timedelta(seconds=seconds)
        self.log(incident, "snooze", agent, at, f"Snoozed for {seconds} seconds.")

    def trigger_again(self, incident: Incident, agent: Agent, at: datetime) -> None:
        """Back to triggered: an acknowledgement ended, or a resolved incident is opened again."""
        again = "unacknowledge" if incident.status == "acknowledged" else "trigger"
        self._status(incident, "triggered", agent, at)
        incident.acknowledged_at = incident.acknowledged_by = incident.snoozed_until = None
        incident.triggered_at = at
        self.log(incident, again, agent, at, f"Triggered again by {agent.summary}.")

    def resolve(self, incident: Incident, agent: Agent, at: datetime, channel: Mapping[str, Any] | None = None) -> None:
        """Closes it, and with it each of its alerts."""
        self._status(incident, "resolved", agent, at)
        incident.resolved_at, incident.snoozed_until = at, None
        for alert in incident.alerts:
            if alert.status != "resolved":
                alert.status, alert.resolved_at = "resolved", at
        self.log(incident, "resolve", agent, at, f"Resolved by {agent.summary}.", channel)

    def join(self, source: Incident, target: Incident, agent: Agent, at: datetime) -> None:
        """Puts one incident into another: its alerts move as they are, and it is resolved."""
        for alert in source.alerts:
            alert.incident_id = target.id
        target.alerts.extend(source.alerts)
        source.alerts = []
        source.merged_into = target.id
        self.resolve(source, agent, at)

    def _status(self, incident: Incident, status: str, agent: Agent, at: datetime) -> None:
        if incident.status == "resolved" and self.reopening_revives_alerts:
            for alert in incident.alerts:
                alert.status, alert.resolved_at = "triggered", None
        incident.status, incident.resolved_at = status, None
        incident.last_status_change_at = incident.updated_at = at
        incident.last_status_change_by = agent

    def annotate(self, incident: Incident, user: User, content: str, at: datetime) -> Note:
        """A note on it."""
        incident.notes.append(Note(self.new_id(), at, user, content))
        self.log(incident, "annotate", user.agent, at, content, {"type": "note", "summary": content})
        return incident.notes[-1]

    def log(
        self,
        incident: Incident,
        kind: str,
        agent: Agent,
        at: datetime,
        summary: str,
        channel: Mapping[str, Any] | None = None,
    ) -> None:
        """A line in the incident's history."""
        entry = LogEntry(self.new_id("R"), f"{kind}_log_entry", at, agent, summary, channel or {"type": "api"})
        incident.log.append(entry)
        incident.updated_at = at


def _api(event: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "api", "summary": event["payload"]["summary"], "details": event["payload"].get("custom_details")}


def _urgency(service: Service, severity: str) -> str:
    if service.urgency != "severity_based":
        return service.urgency
    return "high" if severity in ("critical", "error") else "low"
