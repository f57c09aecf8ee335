"""Two tickets of ours for one certificate are merged at the next reconcile; what is a person's is left alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidentd.model.incident import HeldBy, IncidentState
from incidentd.planning.documents import plan_document
from tests.stories.doubles import (
    is_joined,
    ledger,
    made_by_a_person,
    made_by_us,
    opened,
    somebody_closes,
    somebody_says,
    somebody_takes,
)
from tests.stories.life import NAME, SWEEP, Life

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


async def test_a_second_ticket_of_ours_is_merged_into_the_older_one(life: Life) -> None:
    """At the next pass: a note, a link, closed; the plan said so before, and afterwards nothing more is written."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    assert len(life.open_tickets(due)) == 2
    [item] = plan_document((await life.plan()).plan)["close"]
    assert (item["action"], item["reasons"], len(item["duplicates"])) == ("merge", ["duplicate"], 1)
    await life.run_once()
    assert life.open_tickets(due) == [first]
    assert is_joined(life, second, first)
    assert len([text for text in life.comments(second) if "duplicate" in text]) == 1
    assert await ledger(life) == (IncidentState.OPEN, str(first.id))
    writes = len(life.tracker.writes)
    await life.passes(2)
    assert (len(life.tracker.writes), (await life.plan()).plan.empty) == (writes, True)
    assert "merged" in [event.what for event in await life.history()]


@pytest.mark.parametrize("properties", [False, True])
async def test_a_persons_copy_is_left_alone(life: Life, properties: bool) -> None:
    """Its labels, its title, even its property say nothing: a person made it."""
    due, first = await opened(life)
    copy = made_by_a_person(life, due, properties=properties)
    writes = len(life.tracker.writes)
    await life.passes(3)
    assert (len(life.tracker.writes), life.is_open(copy), life.is_open(first)) == (writes, True, True)


@pytest.mark.parametrize("deed", [somebody_says, somebody_takes])
async def test_the_one_that_a_person_works_on_wins(life: Life, deed: Any) -> None:
    """Even the younger one. The ledger follows it, keeps it true, and closes it on proof."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    life.scene.clock.advance(MINUTE)
    deed(life, second, *(("We are on it.",) if deed is somebody_says else ()))
    await life.run_once()
    assert life.open_tickets(due) == [second]
    assert is_joined(life, first, second)
    assert await ledger(life) == (IncidentState.OPEN, str(second.id))
    await life.run_once()
    assert (await life.plan()).plan.empty
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(4)
    assert life.open_tickets(due) == []
    assert await ledger(life) == (IncidentState.CLOSED, str(second.id))


async def test_three_are_merged_into_one(life: Life) -> None:
    """In one pass."""
    if life.kind == "pagerduty":
        life.scene.pagerduty.add_integration(life.scene.pagerduty.service, "z" * 32)
    due, first = await opened(life)
    made_by_us(life, due)
    if life.kind == "jira":
        life.scene.jira.clone(first.id, account=life.scene.jira.bot.account_id, properties=True)
    else:
        life.scene.pagerduty.accept({**first.alerts[0].event, "routing_key": "z" * 32})
    assert len(life.open_tickets(due)) == 3
    await life.run_once()
    assert life.open_tickets(due) == [first]


async def test_a_duplicate_of_what_a_person_closed_is_closed_too(life: Life) -> None:
    """Their word holds for the certificate: nothing is open until its next step, and then one ticket is."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    somebody_closes(life, first)
    await life.passes(3)
    assert life.open_tickets(due) == []
    record = (await life.records())[0]
    assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.PERSON)
    assert any("duplicate" in text for text in life.comments(second))
    life.scene.clock.advance(40 * DAY)
    await life.passes(2)
    assert len(life.open_tickets(due)) == 1


async def test_an_open_one_that_a_person_works_on_is_not_closed_for_one_that_was_closed(life: Life) -> None:
    """Who closes one of two and works on the other has merged them by hand: the incident goes on there."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    somebody_takes(life, second)
    life.scene.clock.advance(MINUTE)
    somebody_closes(life, first)
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await ledger(life) == (IncidentState.OPEN, str(second.id))


async def test_what_an_automation_closed_gives_way_to_the_open_one(life: Life) -> None:
    """It is not opened again beside it."""
    due, first = await opened(life)
    second = made_by_us(life, due)
    if life.kind == "jira":
        life.scene.jira.machine_transitions(first.key, "Done")
    else:
        life.scene.pagerduty.machine_resolves(first.id)
    await life.passes(3)
    assert life.open_tickets(due) == [second]
    assert await ledger(life) == (IncidentState.OPEN, str(second.id))


async def test_both_are_closed_when_the_certificate_is_replaced(life: Life) -> None:
    """First the duplicate, then, with its proof, the incident."""
    due, first = await opened(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(2)
    second = made_by_us(life, due)
    life.scene.clock.advance(SWEEP)
    await life.passes(2)
    assert life.open_tickets(due) == []
    assert any("Fixed." in text for text in life.comments(first))
    assert not any("Fixed." in text for text in life.comments(second))


async def test_one_that_turns_up_after_the_closing_is_closed_with_its_proof(life: Life) -> None:
    """Nobody would look at it any more."""
    due, first = await opened(life)
    life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
    await life.passes(4)
    assert life.open_tickets(due) == []
    second = made_by_us(life, due)
    await life.run_once()
    assert life.open_tickets(due) == []
    assert any("that one is closed. Fixed." in text for text in life.comments(second))
    assert await ledger(life) == (IncidentState.CLOSED, str(first.id))
