"""Scenarios: the life of an incident in short pieces, each with the minute from which its steps are swept.

What happens later happens so much later that no misfortune delays the piece before it until then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.simulation.drawing import DAY, TRACKERS
from tests.simulation.schedule import Beside, Event, Happening, Schedule

RENEWED = Happening(2, Event.RENEW)
BACK = Happening(33, Event.ROLL_BACK)
"""After the closing, which two sweeps a quarter of an hour apart allow."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One piece of a life."""

    name: str
    schedule: Schedule
    since_minute: int
    until_minute: int
    """Steps of this minute and later are swept in another scenario, or are no concern of this one."""
    trackers: tuple[str, ...]
    with_rest: bool
    """Whether a pass that changes nothing is swept too."""

    def at(self, tracker: str, replicas: int = 1) -> Schedule:
        """Its life with all going well."""
        return replace(self.schedule, tracker=tracker, replicas=replicas)


def _scenario(
    name: str,
    *happenings: Happening,
    since: int = 0,
    until: int = DAY,
    ends: int = 50 * DAY,
    addresses: int = 1,
    trackers: tuple[str, ...] = TRACKERS,
    with_rest: bool = False,
    beside: Beside = Beside.NOTHING,
) -> Scenario:
    """`since`, `until` and `ends` (when the certificate expires) are minutes from the beginning."""
    schedule = Schedule(1, TRACKERS[0], 1, addresses, ends, happenings=happenings, beside=beside)
    return Scenario(name, schedule, since, until, trackers, with_rest)


SCENARIOS = (
    # A ticket is opened; then a pass that changes nothing.
    _scenario("open", with_rest=True),
    # Severity steps: up, up again though a person has taken it on, and expiry.
    _scenario("error", since=10, ends=14 * DAY + 10),
    _scenario("critical", Happening(3, Event.PERSON_TAKES), since=10, ends=3 * DAY + 10),
    _scenario("expired", since=10, ends=10),
    # Updates: one of two addresses is renewed; and it is rolled back.
    _scenario("update", RENEWED, since=2, until=30, addresses=2),
    _scenario("back", RENEWED, Happening(18, Event.ROLL_BACK), since=18, addresses=2),
    _scenario("renamed", Happening(5, Event.PERSON_RETITLES), RENEWED, since=5, until=30, addresses=2),
    # The second look that makes the proof, and the closing.
    _scenario("close", RENEWED, since=18),
    # The old certificate is back after the closing.
    _scenario("reopen", RENEWED, BACK, since=33),
    # What a person closed is left so, and comes back at the next step.
    _scenario("person", Happening(20, Event.PERSON_CLOSES), since=20, ends=14 * DAY + 65),
    # What a machine closed is opened again.
    _scenario("machine", Happening(20, Event.MACHINE_CLOSES), since=20),
    # A second ticket of ours is merged into the first.
    _scenario("twin", Happening(20, Event.TWIN), since=20, trackers=("jira",)),
    # At error a page is raised beside the ticket, and each names the other; both end with the same proof.
    _scenario("page", since=10, ends=14 * DAY + 10, beside=Beside.PAGES),
    _scenario("paged", RENEWED, since=18, ends=10 * DAY, beside=Beside.PAGES),
    # A person moves the incident to the other tracker: opened there, then closed here.
    _scenario("move", Happening(20, Event.MOVE), since=20, beside=Beside.MOVES),
)
TWO_REPLICAS = ("open", "close")
"""Swept with two replicas as well."""


def named(name: str) -> Scenario:
    """The scenario of a name. Raises StopIteration."""
    return next(each for each in SCENARIOS if each.name == name)
