"""What the world does on its own in a life: deployments, outages, people, upgrades, accidents with the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tests.simulation.schedule import Event, Happening

if TYPE_CHECKING:
    from tests.simulation.life import Life

DARK_SECONDS = 1800.0
DOWN_SECONDS = 1200.0
TITLE = "Renamed by a person"
STORED_AS = "new.pem"
SHELVED: Mapping[Event, Callable[[Life, int], None]] = {
    Event.FILE_RENEWED: lambda life, number: life.shelf.renew(number),
    Event.FILE_REMOVED: lambda life, number: life.shelf.remove(number),
    Event.FILE_SPOILT: lambda life, number: life.shelf.spoil(number),
    Event.FILE_TORN: lambda life, number: life.shelf.tear(number),
    Event.FILE_STRAY: lambda life, _: life.shelf.stray(),
    Event.FOLDER_EMPTIED: lambda life, _: life.shelf.empty(),
    Event.FOLDER_HALVED: lambda life, _: life.shelf.halve(),
    Event.FOLDER_GONE: lambda life, _: life.shelf.vanish(),
    Event.FOLDER_BACK: lambda life, _: life.shelf.put_back(),
    Event.STORED: lambda life, _: life.shelf.add(STORED_AS, life.fleet.new),
}
"""What happens to the folder, where there is one."""


async def happen(life: Life, happening: Happening) -> None:
    """It takes place."""
    fleet, actual = life.fleet, life.actual
    address = fleet.addresses[happening.place % len(fleet.addresses)]
    match happening.event:
        case Event.RENEW | Event.ROLL_BACK | Event.MISDEPLOY:
            fleet.deploy(happening.event, address)
        case Event.UNREACHABLE:
            fleet.dark_until[address] = life.seconds() + DARK_SECONDS
        case Event.TRACKER_DOWN:
            actual.frame.down, life.down_until = True, life.seconds() + DOWN_SECONDS
            life.later(DOWN_SECONDS, lambda: _up(life))
        case Event.RESTART | Event.RESTART_BEHIND:
            life.restart(happening.place % life.schedule.replicas, behind=happening.event is Event.RESTART_BEHIND)
        case Event.MOVE:
            # Not before it happens: the nursery draws schedules, and must not have imported the product.
            from tests.simulation.persons import moves

            await moves(life)
        case Event.STATE_LOST:
            life.backups.lose()
        case Event.STATE_OLD:
            life.backups.set_back()
        case event if event in SHELVED:
            if life.shelf.files:
                SHELVED[event](life, happening.place)
        case _:
            _people(life, happening.event, happening.place)


async def _up(life: Life) -> None:
    life.actual.frame.down = False


def _people(life: Life, event: Event, place: int) -> None:
    actual = life.actual
    match event:
        case Event.PERSON_CLOSES | Event.MACHINE_CLOSES:
            life.checks.somebody_closes(person=event is Event.PERSON_CLOSES)
            actual.close_as(event is Event.PERSON_CLOSES)
        case Event.PERSON_RETITLES:
            life.checks.somebody_retitles(TITLE)
            actual.retitle(TITLE)
        case Event.PERSON_COMMENTS:
            actual.say("We are on it.", place)
        case Event.PERSON_CLONES:
            actual.clone()
        case Event.PERSON_TAKES:
            actual.take()
        case Event.TWIN:
            life.checks.somebody_doubles()
            actual.twin()
        case _:
            raise AssertionError(f"{event} is no person's doing")
