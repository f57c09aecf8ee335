"""PagerDuty as a stage: the sandbox's account in process, and a tracker on it."""

from collections.abc import Callable
from typing import Any

from incidentd.model.assessment import Severity
from incidentd.model.ticket import TicketRef
from incidentd.sandbox import faults
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.store.sql import SqlStore
from incidentd.store.sqlite import memory_engine
from incidentd.store.tables import metadata
from incidentd.trackers.pagerduty.budget import EventBudget
from incidentd.trackers.pagerduty.keys import RoutingKeys
from incidentd.trackers.pagerduty.tracker import PagerDutyTracker
from incidentd.trackers.pagerduty.unverified import UnverifiedPagerDutyTracker
from incidentd.transport import Transport
from tests.conformance.judge import judged
from tests.trackers.in_line import InLine
from tests.trackers.stage import Stage
from tests.transport.clocks import EvenChance, HeldClock

EVENTS_URL, API_URL = "https://events.pagerduty.example", "https://api.pagerduty.example"
ENQUEUE = "/v2/enqueue"


class PagerDutyStage(Stage):
    """The sandbox's account, in process."""

    create_path = ENQUEUE

    def __init__(self) -> None:
        self.clock = HeldClock()
        self.world = judged(PagerDuty(now=self.clock.now, sleep=self.clock.sleep), "pagerduty")
        self.app = self.world
        self.routing_key = self.world.routing_key
        self.earlier_keys: list[str] = []
        engine = memory_engine()
        metadata.create_all(engine)
        self.store = SqlStore(engine, "memory")
        transport = Transport(self.clock, EvenChance(), apps={EVENTS_URL: self.world, API_URL: self.world})
        self.tracker = self.over(transport, EVENTS_URL, API_URL)
        self.transport = transport

    def over(self, transport: Transport, events_url: str, api_url: str, **changes: Any) -> PagerDutyTracker:
        """The same tracker by another way, or with other settings."""
        settings: dict[str, Any] = {
            "keys": self.keys(),
            "budget": self.budget(),
            "api_token": lambda: self.world.api_token,
            "from_email": self.world.from_email,
            "service": self.world.service.id,
            "priorities": {Severity.WARNING: "P4", Severity.ERROR: "P3", Severity.CRITICAL: "P2"},
            "events_url": events_url,
            "api_url": api_url,
        }
        return PagerDutyTracker("oncall", transport, self.clock, **{**settings, **changes})

    def keys(self) -> RoutingKeys:
        """Today's and the earlier ones, as they are set at each use."""
        return RoutingKeys(lambda: self.routing_key, lambda: tuple(self.earlier_keys))

    def budget(self) -> EventBudget:
        """Over the stage's own state."""
        return EventBudget(self.store, InLine(), self.clock)

    def unverified(self) -> UnverifiedPagerDutyTracker:
        """The same account without a token."""
        return UnverifiedPagerDutyTracker(
            "oncall", self.transport, self.clock, keys=self.keys(), budget=self.budget(), events_url=EVENTS_URL
        )

    def rotate_key(self) -> str:
        """Another integration of the same service is used from now on; the key of the one before."""
        before, self.routing_key = self.routing_key, f"{len(self.world.service.integrations):0>32}"
        self.world.add_integration(self.world.service, self.routing_key)
        return before

    def refs(self) -> list[TicketRef]:
        return [TicketRef(id, f"#{incident.number}") for id, incident in self.world.incidents.items()]

    def open_refs(self) -> list[TicketRef]:
        return [TicketRef(incident.id, f"#{incident.number}") for incident in self.world.open_incidents()]

    def comments(self, ref: TicketRef) -> list[str]:
        return [note.content for note in self.world.incidents[ref.id].notes]

    def said(self, ref: TicketRef) -> list[str]:
        alerts = self.world.incidents[ref.id].alerts
        reasons = [alert.event["payload"]["custom_details"]["4 why now"] for alert in alerts]
        return [*self.comments(ref), *(line for text in reasons for line in text.splitlines()[1:])]

    def person_closes(self, ref: TicketRef) -> None:
        self.world.person_resolves(ref.id)

    def machine_closes(self, ref: TicketRef) -> None:
        self.world.machine_resolves(ref.id)

    def duplicate(self, ref: TicketRef) -> TicketRef:
        """Under another routing key, as after a change of keys."""
        known, key = set(self.world.incidents), f"{len(self.world.incidents):0>32}"
        self.world.add_integration(self.world.service, key)
        self.world.accept({**self.world.incidents[ref.id].alerts[0].event, "routing_key": key})
        return next(made for made in self.refs() if made.id not in known)

    def person_takes(self, ref: TicketRef) -> None:
        self.world.person_acknowledges(ref.id)

    def by_url(self, transport: Transport, url: str) -> PagerDutyTracker:
        return self.over(transport, url, url)

    def with_token(self, token: Callable[[], str]) -> PagerDutyTracker:
        return self.over(self.transport, EVENTS_URL, API_URL, api_token=token)

    def secrets(self) -> tuple[str, ...]:
        return (self.world.api_token, self.routing_key)

    def hide(self) -> None:
        self.world.faults.add(faults.answer(404), "GET", "/incidents/.*", times=None)
        self.world.faults.add(faults.answer(404), "GET", "/services/.*", times=None)
        self.world.faults.add(faults.answer(200, body='{"incidents": []}'), "GET", "/incidents", times=None)
