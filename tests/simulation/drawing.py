"""Draws a schedule from a seed: dense lives, in which what goes wrong meets what happens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from tests.simulation.events import SHELVED
from tests.simulation.schedule import Counted, Event, Fault, Happening, Misfortune, Schedule

TRACKERS = ("pagerduty", "jira")
ASKED = (*TRACKERS, "datacenter")
"""Those that a schedule may be asked for; the last one is Jira in another dialect, and drawn by nobody."""
DAY = 24 * 60
ENDINGS = (
    50 * DAY,  # due from the beginning
    50 * DAY,
    92 * DAY + 40,  # becomes due: three months before 06-02 06:40 are 03-02 06:40
    14 * DAY + 50,  # becomes an error
    3 * DAY + 45,  # becomes critical
    DAY + 55,  # 24 hours left
    70,  # expires
)
LAGS = (0, 0, 20, 240, 600)
LAST_MINUTE = 50
MOST_STEPS = 220
MOST_CALLS = 28
MOST_WRITES = 8
PEOPLE = (
    Event.PERSON_CLOSES,
    Event.MACHINE_CLOSES,
    Event.PERSON_RETITLES,
    Event.PERSON_COMMENTS,
    Event.PERSON_CLONES,
    Event.PERSON_TAKES,
)
SHELF = tuple(SHELVED)
FILES = (0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 6)
FIRST_SWEPT = 20
"""What is on the shelf by then has been seen once, if all goes well."""
ACCIDENTS = (
    Event.UNREACHABLE,
    Event.TRACKER_DOWN,
    Event.RESTART,
    Event.RESTART_BEHIND,
    Event.STATE_LOST,
    Event.STATE_OLD,
    Event.TWIN,
)


def drawn(seed: int, tracker: str | None = None, replicas: int | None = None) -> Schedule:
    """The schedule of a seed; `tracker` and `replicas` are drawn too where they are not given."""
    chance = random.Random(seed)
    chosen = tracker or chance.choice(TRACKERS)
    lag = min(chance.choice(LAGS), 600 if chosen == "pagerduty" else 300)
    schedule = Schedule(
        seed,
        chosen,
        replicas or chance.choice((1, 1, 1, 2)),
        chance.choice((1, 1, 2)),
        chance.choice(ENDINGS),
        lag,
    )
    happenings, faults = _happenings(chance, schedule.addresses), tuple(_faults(chance))
    files = chance.choice(FILES)
    happenings += _some(chance, SHELF, 0.6, FIRST_SWEPT) if files else []
    ordered = tuple(sorted(happenings, key=lambda one: one.minute))
    quota = chance.choice((2, 50)) if files == min(filter(None, FILES)) else 50
    return replace(schedule, happenings=ordered, faults=faults, files=files, quota=quota)


def _happenings(chance: random.Random, addresses: int) -> list[Happening]:
    found: list[Happening] = []
    if chance.random() < 0.7:
        found += _deployments(chance, addresses)
    found += _some(chance, PEOPLE, 0.5)
    found += _some(chance, ACCIDENTS, 0.5)
    return found


def _deployments(chance: random.Random, addresses: int) -> list[Happening]:
    minute = chance.randrange(5, 30)
    found = [Happening(minute + 7 * place, Event.RENEW, place) for place in range(addresses)]
    if chance.random() < 0.15:
        found = found[:1]  # one is forgotten
    if chance.random() < 0.25:
        found.append(Happening(minute + chance.randrange(15, 45), Event.ROLL_BACK, 0))
    if chance.random() < 0.15:
        found.append(Happening(chance.randrange(5, LAST_MINUTE), Event.MISDEPLOY, chance.randrange(addresses)))
    return found


def _some(chance: random.Random, events: Sequence[Event], share: float, first: int = 1) -> list[Happening]:
    found = []
    while chance.random() < share:
        found.append(Happening(chance.randrange(first, LAST_MINUTE), chance.choice(events), chance.randrange(2)))
    return found


def _faults(chance: random.Random) -> list[Fault]:
    return [_fault(chance) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 5)))]


def _fault(chance: random.Random) -> Fault:
    counted = chance.choice((Counted.ANY, Counted.CALL, Counted.WRITE, Counted.WRITE))
    most = {Counted.ANY: MOST_STEPS, Counted.CALL: MOST_CALLS, Counted.WRITE: MOST_WRITES}[counted]
    return Fault(1 + int(most * chance.random() ** 2), chance.choice(tuple(Misfortune)), counted)
