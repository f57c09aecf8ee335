"""Yesterday's state put back while the tickets moved on: nothing is doubled, undone or closed by it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.site import KINDS, is_open, tickets_in
from tests.processes.fleet import Fleet, Service
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock

MINUTE = timedelta(minutes=1)
TWO_LOOKS = {"close_after": {"observations": 2, "apart": "30s"}}


def goes_on(fleet: Fleet, clock: ShiftedClock, passes: int) -> None:
    """Whole passes, a minute apart."""
    for _ in range(passes):
        clock.pass_by(MINUTE)
        said = fleet.site.run("run", "--once", "--deadline", "10s")
        assert said.code == 0, said


def goes_on_unheard(fleet: Fleet, clock: ShiftedClock, passes: int) -> None:
    """The same while both trackers are down: what is decided waits."""
    for kind in KINDS:
        fleet.site.asked(kind, "switches", {"down": True})
    for _ in range(passes):
        clock.pass_by(MINUTE)
        assert fleet.site.run("run", "--once", "--deadline", "0s").code == 1
    for kind in KINDS:
        fleet.site.asked(kind, "switches", {"down": False})


def closed_by_a_person(fleet: Fleet, service: Service) -> None:
    """Somebody closes its ticket."""
    (ticket,) = fleet.site.open_tickets(service.current, service.kind)
    act: dict[str, object] = {"action": "person_resolves", "arguments": {"incident": ticket["id"]}}
    if service.kind == "jira":
        act = {"action": "person_transitions", "arguments": {"issue": ticket["key"], "status": "Done"}}
    fleet.site.asked(service.kind, "actions", act)


def standing(fleet: Fleet) -> Mapping[str, tuple[int, int]]:
    """Of every certificate how many tickets are open, and how many there ever were."""
    states = {kind: fleet.site.asked(kind, "state") for kind in KINDS}
    found = {}
    for service in fleet.services:
        for number, issued in enumerate(service.served):
            tickets = tickets_in(states[service.kind], service.kind, issued)
            opened = sum(is_open(ticket, service.kind) for ticket in tickets)
            found[f"{service.name} {service.kind} {number}"] = (opened, len(tickets))
    return found


@pytest.mark.timeout(300)
def test_yesterdays_state_changes_nothing_that_was_done_since(
    tmp_path: Path, fleet: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """What people closed, what was opened, closed on proof and opened again: all stays, and no stale intent is sent."""
    fleet.configure(policy=TWO_LOOKS)
    told, proven, back = (tuple(fleet.services), *(tuple(fleet.add(kind) for kind in KINDS) for _ in range(2)))
    goes_on(fleet, clock, 1)
    for kind in KINDS:
        fleet.add(kind)
    for service in back:
        fleet.succeed(service)
    goes_on_unheard(fleet, clock, 2)
    shutil.copytree(fleet.site.state.parent, tmp_path / "yesterday")
    goes_on(fleet, clock, 1)
    for service in told:
        closed_by_a_person(fleet, service)
    for service in proven:
        fleet.succeed(service)
    for service in back:
        fleet.roll_back(service)
    goes_on(fleet, clock, 2)
    today = standing(fleet)
    assert [today[f"{each.name} {each.kind} 0"] for each in (*told, *proven)] == [(0, 1)] * 4, today
    shutil.rmtree(fleet.site.state.parent)
    shutil.copytree(tmp_path / "yesterday", fleet.site.state.parent)
    for _ in range(2):
        goes_on(fleet, clock, 1)
        assert standing(fleet) == today
