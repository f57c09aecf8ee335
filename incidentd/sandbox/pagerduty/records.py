"""What a PagerDuty account holds. Plain mutable records: the world's rules change them, tests read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

OPEN = ("triggered", "acknowledged")


@dataclass(frozen=True, slots=True)
class Agent:
    """Who did something: `user_reference` is a person or a token's user, anything else a machine."""

    type: str
    id: str
    summary: str


@dataclass(slots=True)
class User:
    """A login of the account."""

    id: str
    name: str
    email: str
    role: str = "user"  # admin | limited_user | observer | owner | read_only_user | restricted_access | user

    @property
    def agent(self) -> Agent:
        """The user as the author of something."""
        return Agent("user_reference", self.id, self.name)


@dataclass(slots=True)
class Integration:
    """A door of one service, of Events v2 unless `kind` says otherwise."""

    id: str
    name: str
    routing_key: str
    service_id: str
    kind: str = "events_api_v2_inbound_integration"
    shows_key: bool = True

    @property
    def agent(self) -> Agent:
        """The integration as the author of something."""
        return Agent("integration_reference", self.id, self.name)


@dataclass(slots=True)
class Service:
    """A service and its settings; the two timeouts are None where the vendor's defaults were switched off."""

    id: str
    name: str
    created_at: datetime
    status: str = "active"  # active | warning | critical | maintenance | disabled
    auto_resolve_timeout: int | None = None  # seconds since the trigger; the vendor's default is 14400
    acknowledgement_timeout: int | None = None  # seconds; the vendor's default is 1800
    urgency: str = "severity_based"  # high | low | severity_based
    urgency_outside_hours: str | None = None  # where it differs outside support hours: shown only
    alert_creation: str = "create_alerts_and_incidents"  # or the deprecated create_incidents: shown only
    alert_grouping: bool = False  # every open alert of the service in one incident
    integrations: list[Integration] = field(default_factory=list)

    @property
    def agent(self) -> Agent:
        """The service as the author of something (time-outs)."""
        return Agent("service_reference", self.id, self.name)

    @property
    def swallows(self) -> bool:
        """Whether events are accepted and then dropped."""
        return self.status in ("disabled", "maintenance")


@dataclass(slots=True)
class Alert:
    """One dedup_key of one routing_key, from its trigger to its resolve."""

    id: str
    routing_key: str
    alert_key: str
    incident_id: str
    integration_id: str
    summary: str
    source: str
    severity: str
    created_at: datetime
    event: Mapping[str, Any]
    status: str = "triggered"  # triggered | resolved
    resolved_at: datetime | None = None
    triggers: int = 1


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One line of an incident's history; never changed."""

    id: str
    type: str
    at: datetime
    agent: Agent
    summary: str
    channel: Mapping[str, Any]


@dataclass(slots=True)
class Note:
    """What somebody wrote on an incident."""

    id: str
    at: datetime
    user: User
    content: str


@dataclass(slots=True)
class Incident:
    """An incident; `incident_key` is None where it was made of alerts."""

    id: str
    number: int
    title: str
    service_id: str
    urgency: str
    created_at: datetime
    updated_at: datetime
    triggered_at: datetime
    last_status_change_at: datetime
    last_status_change_by: Agent
    incident_key: str | None = None
    status: str = "triggered"
    priority_id: str | None = None
    body: str | None = None
    resolved_at: datetime | None = None
    merged_into: str | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: Agent | None = None
    snoozed_until: datetime | None = None
    assignees: list[User] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    log: list[LogEntry] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it still asks for somebody."""
        return self.status in OPEN

    def has_key(self, key: str) -> bool:
        """Whether a read-back by this incident_key finds it."""
        return self.incident_key == key or any(alert.alert_key == key for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class Priority:
    """A step of the account's priority scheme."""

    id: str
    name: str
    description: str


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A change that was told to a service; it never opens anything."""

    routing_key: str
    at: datetime
    summary: str
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QueuedEvent:
    """An accepted event that waits to be processed."""

    due_at: datetime
    integration: Integration
    event: Mapping[str, Any]


def due(start: datetime, seconds: int | None) -> datetime | None:
    """`start` plus some seconds, or None where there is no time-out."""
    return None if seconds is None else start + timedelta(seconds=seconds)
