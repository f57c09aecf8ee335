"""Records of the account as the REST API shows them (developer.pagerduty.com, REST reference)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from incidentd.sandbox.pagerduty.records import (
    Agent,
    Alert,
    Incident,
    Integration,
    LogEntry,
    Note,
    Priority,
    Service,
    User,
)
from incidentd.sandbox.pagerduty.world import World

ESCALATION_POLICY = {"id": "PESCAL1", "type": "escalation_policy_reference", "summary": "Default"}
MAY_BE_NULL = ("alert_counts", "last_status_change_by", "priority", "html_url", "resolve_reason", "description")
"""Any field may be null but arrays, booleans and ids (REST v2, types)."""
FOLDERS = {"user_reference": "users", "service_reference": "services"}


def moment(at: datetime | None) -> str | None:
    """A time as the API writes it, or null."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Render:
    """Renders for one request: every URL begins with the base that the caller used."""

    def __init__(self, world: World, base: str) -> None:
        self.world = world
        self.base = base

    def reference(self, kind: str, ident: str, summary: str, folder: str) -> dict[str, Any]:
        """What stands for another record."""
        url = f"{self.base}/{folder}/{ident}"
        return {"id": ident, "type": kind, "summary": summary, "self": url, "html_url": url}

    def agent(self, agent: Agent) -> dict[str, Any]:
        """Who did something."""
        return self.reference(agent.type, agent.id, agent.summary, FOLDERS.get(agent.type, "integrations"))

    def user(self, user: User) -> dict[str, Any]:
        """A user in full."""
        known = {"name": user.name, "email": user.email, "role": user.role, "time_zone": "UTC"}
        return {**self.reference("user", user.id, user.name, "users"), **known}

    def incident(self, incident: Incident) -> dict[str, Any]:
        """An incident in full."""
        service = self.world.services[incident.service_id]
        full = {
            **self.reference("incident", incident.id, f"[#{incident.number}] {incident.title}", "incidents"),
            "incident_number": incident.number,
            "title": incident.title,
            "description": incident.title,
            "created_at": moment(incident.created_at),
            "updated_at": moment(incident.updated_at),
            "status": incident.status,
            "incident_key": None if incident.alerts else incident.incident_key,
            "service": self.reference("service_reference", service.id, service.name, "services"),
            "assignments": [self._assignment(incident, user) for user in incident.assignees],
            "assigned_via": "direct_assignment" if incident.assignees else "escalation_policy",
            "last_status_change_at": moment(incident.last_status_change_at),
            "last_status_change_by": self.agent(incident.last_status_change_by),
            "resolved_at": moment(incident.resolved_at),
            "first_trigger_log_entry": self._log_reference(incident, incident.log[0]),
            "alert_counts": _counts(incident),
            "is_mergeable": incident.is_open,
            "escalation_policy": {**ESCALATION_POLICY, "self": f"{self.base}/escalation_policies/PESCAL1"},
            "teams": [],
            "pending_actions": self._pending(incident),
            "acknowledgements": self._acknowledgements(incident),
            "priority": self.priority_of(incident),
            "resolve_reason": self._resolve_reason(incident),
            "urgency": incident.urgency,
            "incident_type": {"name": "incident_default"},
        }
        return {**full, **dict.fromkeys(MAY_BE_NULL)} if self.world.nulls else full

    def _assignment(self, incident: Incident, user: User) -> dict[str, Any]:
        assignee = self.reference("user_reference", user.id, user.name, "users")
        return {"at": moment(incident.updated_at), "assignee": assignee}

    def _pending(self, incident: Incident) -> list[dict[str, Any]]:
        return [{"type": "unacknowledge", "at": moment(incident.snoozed_until)}] if incident.snoozed_until else []

    def _acknowledgements(self, incident: Incident) -> list[dict[str, Any]]:
        if incident.acknowledged_by is None or incident.status != "acknowledged":
            return []
        return [{"at": moment(incident.acknowledged_at), "acknowledger": self.agent(incident.acknowledged_by)}]

    def _resolve_reason(self, incident: Incident) -> dict[str, Any] | None:
        if incident.merged_into is None:
            return None
        target = {"id": incident.merged_into, "type": "incident_reference"}
        return {"type": "merge_resolve_reason", "incident": target}

    def _log_reference(self, incident: Incident, entry: LogEntry) -> dict[str, Any]:
        return self.reference(f"{entry.type}_reference", entry.id, entry.summary, "log_entries")

    def priority_of(self, incident: Incident) -> dict[str, Any] | None:
        """The incident's priority in full, or null."""
        found = (step for step in self.world.priorities if step.id == incident.priority_id)
        return next((self.priority(step) for step in found), None)

    def priority(self, step: Priority) -> dict[str, Any]:
        """A step of the priority scheme."""
        named = {"name": step.name, "description": step.description}
        return {**self.reference("priority", step.id, step.name, "priorities"), **named}

    def alert(self, alert: Alert) -> dict[str, Any]:
        """An alert in full, with what its latest trigger said."""
        incident = self.world.incidents[alert.incident_id]
        service = self.world.services[incident.service_id]
        payload = alert.event["payload"]
        door = next(door for door in service.integrations if door.id == alert.integration_id)
        return {
            **self.reference("alert", alert.id, alert.summary, "alerts"),
            "self": f"{self.base}/incidents/{alert.incident_id}/alerts/{alert.id}",
            "created_at": moment(alert.created_at),
            "resolved_at": moment(alert.resolved_at),
            "status": alert.status,
            "alert_key": alert.alert_key,
            "service": self.reference("service_reference", service.id, service.name, "services"),
            "body": {
                "type": "alert_body",
                "contexts": [{"type": "link", **link} for link in alert.event.get("links") or []],
                "details": payload.get("custom_details") or {},
                "cef_details": {"severity": alert.severity, "source_origin": alert.source},
            },
            "incident": {"id": alert.incident_id, "type": "incident_reference"},
            "suppressed": False,
            "severity": alert.severity,
            "integration": self._integration_reference(door),
        }

    def log_entry(self, incident: Incident, entry: LogEntry) -> dict[str, Any]:
        """One line of an incident's history."""
        return {
            **self.reference(entry.type, entry.id, entry.summary, "log_entries"),
            "created_at": moment(entry.at),
            "agent": self.agent(entry.agent),
            "channel": dict(entry.channel),
            "incident": self.reference("incident_reference", incident.id, incident.title, "incidents"),
            "service": self.agent(self.world.services[incident.service_id].agent),
            "teams": [],
            "contexts": [],
        }

    def note(self, note: Note) -> dict[str, Any]:
        """A note."""
        author = self.reference("user_reference", note.user.id, note.user.name, "users")
        channel = {"summary": "The PagerDuty website or APIs"}
        return {
            "id": note.id,
            "user": author,
            "channel": channel,
            "content": note.content,
            "created_at": moment(note.at),
        }

    def service(self, service: Service, with_integrations: bool) -> dict[str, Any]:
        """A service with its settings; its integrations by reference, or in full where they were asked for."""
        show = self.integration if with_integrations else self._integration_reference
        return {
            **self.reference("service", service.id, service.name, "services"),
            "name": service.name,
            "auto_resolve_timeout": service.auto_resolve_timeout,
            "acknowledgement_timeout": service.acknowledgement_timeout,
            "created_at": moment(service.created_at),
            "status": service.status,
            "alert_creation": service.alert_creation,
            "integrations": [show(door) for door in service.integrations],
            "escalation_policy": {**ESCALATION_POLICY, "self": f"{self.base}/escalation_policies/PESCAL1"},
            "teams": [],
            "incident_urgency_rule": _urgency_rule(service),
            "alert_grouping_parameters": _grouping(service),
        }

    def _integration_reference(self, door: Integration) -> dict[str, Any]:
        folder = f"services/{door.service_id}/integrations"
        return self.reference(f"{door.kind}_reference", door.id, door.name, folder)

    def integration(self, door: Integration) -> dict[str, Any]:
        """An integration in full, with its routing key."""
        service = self.world.services[door.service_id]
        return {
            **self._integration_reference(door),
            "type": door.kind,
            "name": door.name,
            **({"integration_key": door.routing_key} if door.shows_key else {}),
            "created_at": moment(service.created_at),
            "service": self.reference("service_reference", service.id, service.name, "services"),
        }


def _counts(incident: Incident) -> dict[str, int]:
    resolved = sum(alert.status == "resolved" for alert in incident.alerts)
    return {"all": len(incident.alerts), "triggered": len(incident.alerts) - resolved, "resolved": resolved}


def _urgency_rule(service: Service) -> dict[str, Any]:
    if service.urgency_outside_hours is None:
        return {"type": "constant", "urgency": service.urgency}
    inside, outside = service.urgency, service.urgency_outside_hours
    return {
        "type": "use_support_hours",
        "during_support_hours": {"type": "constant", "urgency": inside},
        "outside_support_hours": {"type": "constant", "urgency": outside},
    }


def _grouping(service: Service) -> dict[str, Any]:
    return {"type": "intelligent", "config": {"time_window": 300}} if service.alert_grouping else {"type": None}
