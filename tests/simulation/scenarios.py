"""Scenarios: the life of an incident in short pieces, each with the minute from which its steps are swept.

What happens later happens so much later that no misfortune delays the piece before it until then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulation.drawing import DAY, TRACKERS
from tests.simulation.schedule import Event, Happening, Schedule

RENEWED = Happening(2, Event.RENEW)
BACK = Happening(33, Event.ROLL_BACK)
"""After the closing, which two sweeps a quarter of an hour apart allow."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One piece of a life."""

    name: str
    schedule: Schedule
    since_minute: int = 0
    trackers: tuple[str, ...] = TRACKERS

    def at(self, tracker: str, replicas: int = 1) -> Schedule:
        """Its life with all going well."""
        return replace(self.schedule, tracker=tracker, replicas=replicas)


def _scenario(
    name: str,
    *happenings: Happening,
    since_minute: int = 0,
    ends_in_minutes: int = 50 * DAY,
    addresses: int = 1,
    trackers: tuple[str, ...] = TRACKERS,
) -> Scenario:
    schedule = Schedule(1, TRACKERS[0], 1, addresses, ends_in_minutes, happenings=happenings)
    return Scenario(name, schedule, since_minute, trackers)


SCENARIOS = (
    _scenario("open"),
    _scenario("error", since_minute=10, ends_in_minutes=14 * DAY + 10),
    _scenario("critical", Happening(3, Event.PERSON_TAKES), since_minute=10, ends_in_minutes=3 * DAY + 10),
    _scenario("expired", since_minute=10, ends_in_minutes=10),
    _scenario("partly", RENEWED, since_minute=2, addresses=2),
    _scenario("back", RENEWED, Happening(18, Event.ROLL_BACK), since_minute=18, addresses=2),
    _scenario("close", RENEWED, since_minute=2),
    _scenario("reopen", RENEWED, BACK, since_minute=33),
    _scenario("person", Happening(20, Event.PERSON_CLOSES), since_minute=20, ends_in_minutes=14 * DAY + 65),
    _scenario("machine", Happening(20, Event.MACHINE_CLOSES), since_minute=20),
    _scenario("twin", Happening(20, Event.TWIN), since_minute=20, trackers=("jira",)),
    _scenario("renamed", Happening(5, Event.PERSON_RETITLES), RENEWED, since_minute=5, addresses=2),
)
"""`partly`: one of two addresses is renewed; `back`: and rolled back. `person`: what a person closed comes back at the
next step; `machine`: what a machine closed is opened again; `twin`: a second ticket of ours is merged."""
TWO_REPLICAS = ("open", "close")
"""Swept with two replicas as well."""


def named(name: str) -> Scenario:
    """The scenario of a name. Raises StopIteration."""
    return next(each for each in SCENARIOS if each.name == name)
