"""Pushes that come twice, late, or two at once: one sweep is one sweep, and no clock but the hub's dates it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from incidentd.sandbox.clock import MovedClock
from tests.postgres import Server
from tests.stories.askew import Askew
from tests.web.pushing import (
    NEW,
    OLD,
    URI,
    der,
    inventory,
    lines,
    place,
    push,
    pushed,
    pushed_to,
)
from tests.web.world import START, Lived


async def test_a_replay_changes_nothing_and_a_lost_answer_is_given_again(world: Lived) -> None:
    """The same push twice is one sweep; once another one stands, it is refused."""
    first = await lines(world, der(OLD), place(OLD))
    assert (await push(world, first)).json()["again"] is False
    before = inventory(world)
    for _ in range(3):
        world.clock.advance(timedelta(hours=1))
        answer = await push(world, first)
        assert (answer.status_code, answer.json()["again"], answer.json()["sequence"]) == (200, True, 1)
    assert inventory(world) == before
    await pushed(world, place(OLD))
    assert (await push(world, first)).status_code == 409
    assert inventory(world).sweeps["branch"].sequence == 2


async def test_of_two_pushers_with_one_token_the_first_is_taken(world: Lived) -> None:
    """The second one is told to begin anew."""
    one, two = await lines(world, der(OLD), place(OLD)), await lines(world, der(NEW), place(NEW))
    assert [(await push(world, body)).status_code for body in (one, two)] == [200, 409]
    assert NEW.fingerprint not in inventory(world).certificates


async def test_three_pushes_at_once_are_no_proof_however_they_are_dated(world: Lived) -> None:
    """What lies between two looks is what passed here; nothing in a push can stretch it."""
    await pushed(world, der(OLD), place(OLD))
    for turn in range(3):
        claimed = (world.clock.now() - timedelta(hours=20 - turn)).isoformat()
        middle = (der(NEW), place(NEW))
        answer = await push(world, await lines(world, *middle, since=claimed))
        assert answer.status_code == 200
    run = inventory(world).places[("branch", URI)].members[0].current
    assert run.looks == 3
    assert run.last_at - run.first_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        ({"after": 7}, 409),
        ({"since": (START - timedelta(days=2)).isoformat()}, 409),
        ({"since": (START + timedelta(days=400)).isoformat()}, 200),
        ({"since": "2026-03-01T12:00:00"}, 400),
        ({"since": 1772366400}, 400),
        ({"after": -1}, 400),
        ({"after": "0"}, 400),
        ({"by": "me"}, 400),
    ],
)
async def test_a_push_follows_what_the_hub_holds(world: Lived, begun: dict[str, Any], status: int) -> None:
    """From the hub's own answer of today; a time to come counts as now."""
    answer = await push(world, await lines(world, der(OLD), place(OLD), **begun))
    assert answer.status_code == status
    if status == 200:
        now = world.clock.now()
        assert inventory(world).sweeps["branch"].started_at <= now


async def test_a_push_may_come_to_any_replica(tmp_path: Path, postgres: Server) -> None:
    """Asked of one, pushed to another, and pushed again to a third: nothing of it is kept in a process."""
    state = {"url": postgres.url(postgres.migrated())}
    async with (
        pushed_to(tmp_path, state=state) as first,
        pushed_to(tmp_path, state=state) as second,
        pushed_to(tmp_path, state=state) as third,
    ):
        for replica in (second, third):
            replica.clock.advance(timedelta(minutes=1))
        body = await lines(first, der(OLD), place(OLD))
        recorded = (await push(second, body)).json()
        assert recorded["again"] is False
        assert (await push(third, body)).json() == {**recorded, "again": True}
        assert (await push(first, await lines(third, place(OLD)))).json()["sequence"] == 2
        assert (await push(second, body)).status_code == 409
        assert second.status.sweeps["branch"].sequence == 1
        await second.goes_round()
        assert second.status.sweeps["branch"].sequence == 2


@pytest.mark.parametrize(
    ("leap", "status"), [(timedelta(hours=-5), 200), (timedelta(days=400), 409), (timedelta(minutes=-1), 200)]
)
async def test_a_hub_whose_clock_is_set_goes_on_taking_pushes(tmp_path: Path, leap: timedelta, status: int) -> None:
    """Between its answer and the push, too; and what passed is what its even clock says."""
    right = MovedClock(START)
    wall = Askew(right, timedelta())
    async with pushed_to(tmp_path, wall) as world:
        for one in (OLD, NEW):
            assert (await push(world, await lines(world, der(one), place(one)))).status_code == 200
            right.advance(timedelta(minutes=5))
        body = await lines(world, place(NEW))
        wall.off = leap
        answer = await push(world, body)
        assert answer.status_code == status
        for _ in range(2):
            right.advance(timedelta(minutes=5))
            assert (await push(world, await lines(world, place(NEW)))).status_code == 200
        run = inventory(world).places[("branch", URI)].members[0].current
        assert run.chain == (NEW.fingerprint,)
        assert run.last_at - run.first_at <= timedelta(minutes=16)
