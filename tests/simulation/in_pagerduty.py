"""What the sandbox's PagerDuty really holds of one certificate."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from incidentd.model.incident import page_key
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.pagerduty.records import Incident
from tests.simulation.actual import RANKS, Seen, last_write_seconds, without_numbers

OTHER_ROUTING_KEY = "t" * 32


class InPagerDuty:
    """Incidents that hold an alert with our key."""

    origins: tuple[str, ...] = ("https://events.pagerduty.test", "https://api.pagerduty.test")
    at_most_open = 1

    def __init__(self, frame: PagerDuty, fingerprint: str, *, page: bool = False) -> None:
        self.frame: PagerDuty = frame
        key = f"incidentd:default:{fingerprint}"
        self._key = page_key(key) if page else key
        self._our_id = next(user.id for user in frame.users if user.email == frame.from_email)
        self.settings: Mapping[str, object] = {
            "kind": "pagerduty",
            "routing_key": frame.routing_key,
            "api_token": frame.api_token,
            "from_email": frame.from_email,
            "service": frame.service.id,
            "events_url": self.origins[0],
            "api_url": self.origins[1],
        }

    def _ours(self) -> list[Incident]:
        return [incident for incident in self.frame.incidents.values() if incident.has_key(self._key)]

    def _open(self) -> list[Incident]:
        return [incident for incident in self._ours() if incident.is_open]

    def tickets(self) -> list[Seen]:
        return [self._seen(incident) for incident in self._ours()]

    def _seen(self, incident: Incident) -> Seen:
        ranks = [RANKS.get(alert.severity, 0) for alert in incident.alerts if alert.alert_key == self._key]
        by = incident.last_status_change_by
        person = by.type == "user_reference" and by.id != self._our_id
        ours = not incident.is_open and not person and by.type != "service_reference"
        said = tuple(without_numbers(note.content) for note in incident.notes if note.user.id == self._our_id)
        title, rank = incident.title, max(ranks, default=0)
        signed = by.type != "user_reference"
        open_alerts = [alert for alert in incident.alerts if alert.status == "triggered"]
        listens = any(alert.routing_key != OTHER_ROUTING_KEY for alert in open_alerts)
        people = (entry.agent for entry in incident.log if entry.agent.type == "user_reference")
        worked_on = any(agent.id != self._our_id for agent in people)
        return Seen(
            incident.id, incident.is_open, title, rank, ours, said, worked_on=worked_on, signed=signed, listens=listens
        )

    def is_closing(self, method: str, path: str, body: bytes) -> bool:
        if b'"event_action":"resolve"' in body:
            return self._key.encode() in body
        ours = tuple(f"/{incident.id}{part}" for incident in self._ours() for part in ("", "/alerts"))
        return b'"status":"resolved"' in body and path.endswith(ours)

    def of(self, fingerprint: str) -> InPagerDuty:
        return InPagerDuty(self.frame, fingerprint)

    def page_of(self, fingerprint: str) -> InPagerDuty:
        return InPagerDuty(self.frame, fingerprint, page=True)

    def writes(self) -> int:
        return len(self.frame.writes)

    def budget(self, path: str) -> str:
        return "events" if path.endswith("/enqueue") else "rest"

    def close_as(self, person: bool) -> None:
        for incident in self._open():
            if person:
                self.frame.person_resolves(incident.id)
            else:
                self.frame.machine_resolves(incident.id)

    def retitle(self, title: str) -> None:
        for incident in self._open():
            self.frame.person_retitles(incident.id, title)

    def say(self, text: str, place: int) -> None:
        for incident in self._open():
            self.frame.person_notes(incident.id, text)

    def clone(self) -> None:
        """There is no such thing as a clone here."""

    def take(self) -> None:
        for incident in self._open():
            self.frame.person_acknowledges(incident.id)

    def twin(self) -> None:
        """The key makes it impossible, but for another routing key, as after a change of keys."""
        if self.frame.integration(OTHER_ROUTING_KEY) is None:
            self.frame.add_integration(self.frame.service, OTHER_ROUTING_KEY)
        for alert in [alert for incident in self._open() for alert in incident.alerts][:1]:
            self.frame.accept({**alert.event, "routing_key": OTHER_ROUTING_KEY})

    def plain(self, path: str) -> str:
        return re.sub(r"Q[0-9]{13}", "Q", path)

    def last_write_seconds(self, start: datetime) -> float:
        return last_write_seconds(self.frame, start)

    def documents(self) -> list[Mapping[str, object]]:
        return list(self.frame.state()["incidents"])

    def texts(self) -> str:
        return json.dumps(self.documents(), default=str)
