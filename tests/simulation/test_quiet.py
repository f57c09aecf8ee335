"""Quiet: ninety days of one certificate, hour by hour, and how often anybody hears of it.

Its host answers in every second hour only. It is due from the start, somebody takes it on, it becomes an error; one
address is renewed, is rolled back, is renewed again; the other follows days later, when all is critical: it closes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from incidentd.model.certificate import Certificate
from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role, labels_of
from incidentd.model.observation import Gap, GapReason, Observation, Sweep
from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.sandbox.pagerduty.records import Incident
from incidentd.sources.interface import Progress, no_progress
from tests.simulation.virtual import run_in_virtual_time
from tests.simulation.year.queues import Queue
from tests.simulation.year.renewals import DAY, HOUR, START, certificate_of, host_name
from tests.simulation.year.running import VirtualClock, passes, settled_in

DAYS = 90
MOST_COMMENTS, MOST_WRITES, MOST_PAGES = 6, 15, 4
ADDRESSES = ("192.0.2.1", "192.0.2.2")
NAME = host_name(1)
WHERE = Location(f"tls://{NAME}:443", "edge", Role.SERVED, labels_of({"env": "prod"}), NAME)
ISSUER = "CN=Issuing CA"
OLD = certificate_of(1, START - 300 * DAY, START + 88 * DAY, ISSUER)
NEW = certificate_of(1, START + 79 * DAY, START + 450 * DAY, ISSUER)
TAKEN_ON = 9
"""After so many passes somebody is at it."""
RENEWED = (80 * DAY, 85 * DAY + 12 * HOUR)
BACK = (81 * DAY, 81 * DAY + 12 * HOUR)
"""When the first address shows the old one again."""


@dataclass(frozen=True, slots=True)
class Host:
    """A source of one host, which answers in every second hour."""

    now: Callable[[], datetime]
    name: str = WHERE.source

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        """Both addresses, or neither."""
        at = self.now()
        since = at - START
        if (since // HOUR) % 2:
            gaps = (Gap(WHERE, each, GapReason.TIMED_OUT, "no answer within 10 s", at) for each in ADDRESSES)
            return Sweep(WHERE.source, at, at, gaps=tuple(gaps))
        seen = (Observation(WHERE, each, (self._shown(slot, since),), at) for slot, each in enumerate(ADDRESSES))
        return Sweep(WHERE.source, at, at, tuple(seen))

    def _shown(self, slot: int, since: timedelta) -> Certificate:
        first, last = BACK
        rolled_back = slot == 0 and first <= since < last
        return NEW if since >= RENEWED[slot] and not rolled_back else OLD


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of it."""

    comments: tuple[str, ...]
    writes: int
    pages: tuple[str, ...]
    still_open: int


@pytest.mark.parametrize("tracker", ["pagerduty", "jira"])
def test_ninety_days_are_quiet(tracker: str, in_memory: Path) -> None:
    """One ticket, closed on proof; few words, few writes, few pages."""
    heard = run_in_virtual_time(lived(in_memory / tracker, tracker))
    assert heard.still_open == 0
    assert 3 <= len(heard.comments) <= MOST_COMMENTS, heard.comments
    assert heard.writes <= MOST_WRITES
    assert (tracker == "pagerduty") <= len(heard.pages) <= MOST_PAGES, heard.pages


async def lived(folder: Path, tracker: str) -> Heard:
    """The ninety days."""
    folder.mkdir()
    clock = VirtualClock(asyncio.get_running_loop().time)
    queue, writes = Queue(tracker, clock.now), 0
    async with settled_in(folder, queue, clock, Host(clock.now)) as installation:
        async for number, one in passes(installation, queue, DAYS * 24):
            assert one.problems == ()
            writes += one.calls
            if number == TAKEN_ON:
                take_on(queue, clock.now())
    match queue.frame:
        case PagerDuty() as account:
            (incident,) = account.incidents.values()
            return Heard(tuple(said_on(incident)), writes, tuple(pages_of(incident)), int(incident.is_open))
        case Jira() as site:
            (issue,) = site.issues.values()
            return Heard(tuple(str(one.body) for one in issue.comments), writes, (), int(not site.is_done(issue)))
        case _:
            raise AssertionError("no sandbox")


def said_on(incident: Incident) -> Iterator[str]:
    """In notes, and beside the reason that an event gives; what it keeps of the event before it is not said again."""
    before: list[str] = []
    for entry in incident.log:
        details = entry.channel.get("details") or {}
        lines = str(details.get("4 why now", "")).splitlines()[1:]
        yield from (line for line in lines if line not in before)
        before = lines or before
    yield from (note.content for note in incident.notes)


def take_on(queue: Queue, at: datetime) -> None:
    """The engineer who was paged acknowledges it; a triager has nothing to acknowledge."""
    if isinstance(queue.frame, PagerDuty):
        (incident,) = queue.frame.incidents.values()
        queue.frame.acknowledge(incident, queue.frame.users[0].agent, at)


def pages_of(incident: Incident) -> Iterator[str]:
    """Each time somebody's phone rings: it is new, or triggered again. An event for what is open rings nowhere."""
    for number, entry in enumerate(incident.log):
        if number == 0 or entry.type == "unacknowledge_log_entry":
            yield f"{entry.type} at {entry.at}"
