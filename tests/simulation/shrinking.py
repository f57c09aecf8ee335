"""Shrinks a schedule that fails to the fewest faults and happenings with which it still fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any

from tests.simulation.schedule import PLAINLY_DUE, Beside, Fault, Happening, Schedule

Fails = Callable[[Schedule], bool]


def shrunk(schedule: Schedule, fails: Fails) -> Schedule:
    """The shortest that was found: nothing in it can be left out, and no simpler setting does."""
    smaller = next((each for each in _smaller(schedule) if fails(each)), None)
    return schedule if smaller is None else shrunk(smaller, fails)


def _smaller(schedule: Schedule) -> Iterator[Schedule]:
    for left in _without_one(schedule.happenings):
        yield replace(schedule, happenings=left)
    for fewer in _without_one(schedule.faults):
        yield replace(schedule, faults=fewer)
    simpler = (
        replace(schedule, replicas=1),
        replace(schedule, addresses=1),
        replace(schedule, lag_seconds=0),
        replace(schedule, files=0, quota=50),
        replace(schedule, quota=50),
        replace(schedule, ends_in_minutes=PLAINLY_DUE),
        replace(schedule, on_server=False),
    )
    yield from (each for each in simpler if each != schedule)


def _without_one(several: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    for position in range(len(several)):
        yield several[:position] + several[position + 1 :]


def as_python(schedule: Schedule) -> str:
    """The literal to paste into a test."""
    said = []
    for field in fields(schedule):
        value = getattr(schedule, field.name)
        if value != field.default or field.name in ("seed", "tracker"):
            said.append(f"{field.name}={_literal(value)}")
    return f"Schedule({', '.join(said)})"


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))},)" if value else "()"
    if isinstance(value, Fault):
        counted = f", Counted.{value.counted.name}" if value.counted.name != "ANY" else ""
        return f"Fault({value.nth}, Misfortune.{value.misfortune.name}{counted})"
    if isinstance(value, Happening):
        place = f", {value.place}" if value.place else ""
        return f"Happening({value.minute}, Event.{value.event.name}{place})"
    return f"Beside.{value.name}" if isinstance(value, Beside) else repr(value)
