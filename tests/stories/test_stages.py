"""Each stage as it comes about, at real TLS servers: whether a ticket is open, and what it says."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from incidentd.model.assessment import Stage
from incidentd.sandbox.ca import Issued
from tests.stories.life import ADDRESSES, NAME, Life
from tests.stories.test_releases import announced, carried

DAY = timedelta(days=1)
Arranged = Callable[[Life], Awaitable[Issued]]


async def served(life: Life, ends_in: timedelta) -> Issued:
    """The same certificate everywhere, seen for the first time."""
    issued = life.issue(ends_in=ends_in)
    await life.scene.serve(NAME, issued, *ADDRESSES)
    await life.run_once()
    return issued


async def fine(life: Life) -> Issued:
    """Four months are left."""
    return await served(life, 120 * DAY)


async def due(life: Life) -> Issued:
    """Less than three months are left, and that is all."""
    return await served(life, 50 * DAY)


async def renewed(life: Life) -> Issued:
    """A store holds the new one."""
    old = await due(life)
    life.scene.store("api.pem", life.issue(ends_in=400 * DAY, begins=-DAY))
    return old


async def half_way(life: Life) -> Issued:
    """One server of three has it."""
    old = await due(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME, ADDRESSES[0])
    return old


async def wrong(life: Life) -> Issued:
    """Something for another name stands in its place."""
    old = await due(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, names=("parked.example.test",)), NAME)
    return old


async def late(life: Life) -> Issued:
    """The release that carries the new one comes after the end."""
    old = await due(life)
    new = life.issue(ends_in=400 * DAY, begins=-DAY)
    life.scene.store("api.pem", new)
    await announced(life, 55 * DAY, carried=carried(new))
    return old


async def over(life: Life) -> Issued:
    """It ended, and is served."""
    old = await served(life, DAY)
    life.scene.clock.advance(DAY + timedelta(seconds=1))
    return old


async def replaced(life: Life) -> Issued:
    """Every server has the new one, and was seen with it often enough."""
    old = await due(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(3)
    return old


async def let_off(life: Life) -> Issued:
    """Somebody answers for it, until a day that they named."""
    issued = life.issue(ends_in=50 * DAY)
    until = f"{life.scene.clock.now() + 30 * DAY:%Y-%m-%d}"
    listed = {"fingerprint": issued.fingerprint, "until": until, "owner": "storage", "reason": "moves in May"}
    life.configure(policy={"exemptions": [listed]})
    await life.scene.serve(NAME, issued, *ADDRESSES)
    return issued


STAGES: dict[Stage, tuple[Arranged, str]] = {
    Stage.FINE: (fine, ""),
    Stage.DUE: (due, "no renewal found|No newer certificate found"),
    Stage.RENEWED_NOT_DEPLOYED: (renewed, "RENEWED, NOT DEPLOYED at"),
    Stage.PARTLY_DEPLOYED: (half_way, "PARTLY DEPLOYED at"),
    Stage.MISMATCH: (wrong, "MISMATCH at"),
    Stage.RELEASE_LATE: (late, "RELEASE LATE at"),
    Stage.EXPIRED: (over, "EXPIRED at"),
    Stage.SETTLED: (replaced, ""),
    Stage.EXEMPT: (let_off, ""),
}
"""How it comes about, and words of the open ticket, in one tracker or the other; none where there is none."""


def text_of(life: Life, ticket: Any) -> str:
    """Everything that a ticket says."""
    if life.kind == "pagerduty":
        events = json.dumps([alert.event for alert in ticket.alerts])
        return " ".join((events, *life.comments(ticket)))
    return " ".join((json.dumps(ticket.fields), *life.comments(ticket)))


@pytest.mark.parametrize("stage", Stage)
async def test_a_stage_is_what_its_ticket_says(life: Life, stage: Stage) -> None:
    """One open ticket where something is to be done, none where not; its words are those of the stage."""
    arrange, words = STAGES[stage]
    issued = await arrange(life)
    passed = await life.run_once()
    assert passed.reconciled.decision.assessments[issued.fingerprint].stage is stage
    tickets = life.open_tickets(issued)
    assert [bool(re.search(words, text_of(life, ticket))) for ticket in tickets] == ([True] if words else [])
