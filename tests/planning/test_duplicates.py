"""One certificate has one ticket: which of several stands for it, and what becomes of the others and of the row."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incidentd.model.assessment import Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import HeldBy, IncidentState
from incidentd.model.plan import ActionKind, Hold
from incidentd.model.ticket import Closer, TicketRef, TicketStatus
from incidentd.planning.documents import plan_document
from tests.planning.desk import Desk, closed_on_proof, due, key_of, kinds, opened, said, settled
from tests.policy.builders import DAY, HOUR, MINUTE, START, certificate

EARLIER = {"created_at": START - HOUR}


def still_open(desk: Desk, judged: Certificate) -> list[str]:
    """The ids of the open tickets."""
    return [ticket.ref.id for ticket in desk.all_tickets(key_of(judged)) if ticket.status is TicketStatus.OPEN]


def followed(desk: Desk, judged: Certificate) -> str:
    """The id of the ticket that the ledger follows."""
    ref = desk.record(judged).ticket
    assert ref is not None
    return ref.id


@pytest.mark.parametrize(
    ("fields", "wins"),
    [
        ({}, "1"),
        (EARLIER, "900"),
        ({"created_at": None}, "1"),
        ({"touched_at": START}, "900"),
        ({"ours": False}, "1"),
        ({"ours": False, **EARLIER}, "1"),
    ],
)
def test_the_one_that_a_person_touched_wins_else_the_oldest(fields: dict[str, object], wins: str) -> None:
    """What is not ours counts for nothing, and stays open."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged, **fields)
    desk.run()
    left = {wins} if fields.get("ours", True) else {"1", "900"}
    assert (followed(desk, judged), set(still_open(desk, judged))) == (wins, left)


def test_of_two_that_people_touched_the_latest_word_counts() -> None:
    """Whoever opened a duplicate again meant it."""
    desk, judged = opened()
    desk.wait(MINUTE).touch(judged)
    desk.wait(MINUTE).duplicate(judged, touched_at=desk.now)
    desk.run()
    assert still_open(desk, judged) == ["900"]
    desk, judged = opened()
    desk.duplicate(judged, touched_at=desk.now, **EARLIER)
    desk.wait(MINUTE).touch(judged)
    desk.run()
    assert still_open(desk, judged) == ["1"]


def test_a_merge_says_what_it_does_and_is_made_once() -> None:
    """In the plan it stands with what is closed; afterwards there is nothing to do."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged)
    plan = desk.plan()
    [item] = plan_document(plan)["close"]
    assert (item["action"], item["ticket"], item["duplicates"]) == ("merge", "OPS-1", ["OPS-900"])
    assert (item["reasons"], item["text"]) == (["duplicate"], "close OPS-900: OPS-1 stands for the same certificate")
    assert said(plan.actions) == ["duplicate:1"]
    assert "duplicate of OPS-1 https://queue.example/OPS-1" in plan.actions[0].comments[0].text
    before = desk.record(judged)
    desk.run()
    assert desk.record(judged) == before
    assert desk.plan().empty


def test_the_ledger_follows_before_anything_is_sent() -> None:
    """So that no closing of the other one is ever taken for a closing of the incident; what is there is made true."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged, touched_at=desk.now)
    desk.commit()
    row = desk.record(judged)
    assert (followed(desk, judged), row.content_digest, row.written, row.state) == ("900", "", {}, IncidentState.OPEN)
    assert [intent.duplicates for intent in desk.outbox.values()] == [(TicketRef("1", "OPS-1", row_url("1")),)]
    assert desk.commitments(desk.plan()) == []
    desk.deliver()
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert desk.plan().empty


def row_url(number: str) -> str:
    """As the desk's tracker has it."""
    return f"https://queue.example/OPS-{number}"


def test_the_history_tells_which_ticket_was_left_for_which() -> None:
    """Followed, then merged."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged, touched_at=desk.now)
    [made] = desk.commitments(desk.plan())
    assert [(event.what, event.text) for event in made.events] == [("adopted", "OPS-900 instead of OPS-1")]


@pytest.mark.parametrize("accepted", [False, True])
def test_what_a_person_closed_holds_and_its_duplicate_is_closed_too(accepted: bool) -> None:
    """One incident, one word. The row follows the ticket that it was said on."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged)
    desk.close_ticket(judged, accepted=accepted)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.MERGE]
    assert "somebody else closed that one" in plan.actions[0].comments[0].text
    row = desk.record(judged)
    assert (followed(desk, judged), row.state) == ("1", IncidentState.HELD)
    assert row.held_by is (HeldBy.ACCEPTANCE if accepted else HeldBy.PERSON)
    assert kinds(desk.run()) == [ActionKind.COMMENT]
    assert desk.plan().empty


@pytest.mark.parametrize(("accepted", "left"), [(False, ["900"]), (True, [])])
def test_an_open_one_that_a_person_works_on_is_not_closed_for_a_closed_one(accepted: bool, left: list[str]) -> None:
    """Unless the risk was accepted in so many words."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged, touched_at=START)
    desk.close_ticket(judged, accepted=accepted)
    desk.run()
    assert still_open(desk, judged) == left
    assert desk.record(judged).state is (IncidentState.HELD if accepted else IncidentState.OPEN)


@pytest.mark.parametrize("by", [Closer.AUTOMATION, Closer.OURSELVES])
def test_what_a_machine_closed_gives_way_to_the_open_one(by: Closer) -> None:
    """An automation, or ourselves in a life that the state does not know: nothing is opened again."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged)
    desk.close_ticket(judged, by)
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert (followed(desk, judged), still_open(desk, judged)) == ("900", ["900"])
    assert desk.plan().empty


def test_what_is_gone_gives_way_to_the_open_one() -> None:
    """Deleted or hidden: held for that, until an open one is seen."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    desk.run()
    assert desk.record(judged).held_by is HeldBy.DELETION
    desk.wait(MINUTE).duplicate(judged)
    desk.run()
    assert (followed(desk, judged), desk.record(judged).state) == ("900", IncidentState.OPEN)
    assert desk.record(judged).held_by is None


def test_what_a_person_chose_for_it_stands_although_it_is_not_ours() -> None:
    """It is never closed for one of ours, either."""
    desk, judged = opened()
    desk.tickets[key_of(judged)] = replace(desk.tickets[key_of(judged)], ours=False)
    desk.wait(MINUTE).duplicate(judged, **EARLIER)
    desk.run()
    assert (followed(desk, judged), still_open(desk, judged)) == ("1", ["1"])


def test_a_duplicate_goes_before_the_closing() -> None:
    """And the closing follows with its proof."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.duplicate(judged)
    assert kinds(closed_on_proof(desk, judged, new)) == [ActionKind.MERGE]
    assert kinds(desk.run()) == [ActionKind.CLOSE]
    assert still_open(desk, judged) == []


def test_a_duplicate_goes_before_a_row_ends_quietly() -> None:
    """Held by a person, and replaced meanwhile: nothing is left open."""
    desk, judged = opened()
    desk.close_ticket(judged)
    desk.run()
    desk.wait(MINUTE).duplicate(judged)
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new)).run()
    assert (still_open(desk, judged), desk.record(judged).state) == ([], IncidentState.HELD)
    desk.run()
    assert desk.record(judged).state is IncidentState.CLOSED


def test_a_merge_that_fails_keeps_back_no_severity_but_the_closing() -> None:
    """Tried and not done: what is to be said goes first; what is to be closed waits for it."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged)
    desk.commit()
    desk.outbox = {id: replace(intent, attempts=1) for id, intent in desk.outbox.items()}
    desk.judge(judged, due(judged, step=Step.ERROR))
    assert kinds(desk.plan()) == [ActionKind.UPDATE]
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    assert kinds(desk.plan()) == [ActionKind.MERGE]


def test_a_merge_that_is_no_longer_needed_is_dropped() -> None:
    """Somebody closed the duplicate before it was sent."""
    desk, judged = opened()
    desk.wait(MINUTE).duplicate(judged)
    desk.commit()
    desk.beside.clear()
    desk.commit()
    assert desk.outbox == {}


def test_a_merge_is_held_under_a_distrusted_clock_only() -> None:
    """It is no removal, however many there are at once."""
    judged = [certificate(f"{number}.example.net") for number in range(8)]
    desk = Desk(*((each, due(each)) for each in judged))
    desk.run()
    for each in judged:
        desk.duplicate(each)
    assert kinds(desk.plan()) == [ActionKind.MERGE] * 8
    desk.distrust = "it jumped"
    plan = desk.plan()
    assert (plan.actions, {held.hold for held in plan.held}) == ((), {Hold.CLOCK_DISTRUSTED})
    assert desk.commitments(plan) == []


def test_a_row_without_a_known_end_can_be_healed() -> None:
    """Whatever it stands for."""
    desk, judged = opened()
    [(id, row)] = desk.rows.items()
    desk.rows[id] = replace(row, not_after=None)
    desk.duplicate(judged)
    desk.run()
    assert still_open(desk, judged) == ["1"]
