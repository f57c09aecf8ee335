"""Noticing: who closed a ticket, where the tracker names a machine and the outbox knows better."""

from dataclasses import replace

import pytest

from incidentd.model.incident import HeldBy
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, Comment
from incidentd.planning.closing import sent_id
from incidentd.planning.noticing import closed_as_sent, respected
from tests.planning.desk import due, key_of, opened, settled


@pytest.mark.parametrize(
    ("kind", "says", "attempts", "by", "read_as"),
    [
        (ActionKind.CLOSE, "closed:1", 1, Closer.AUTOMATION, Closer.OURSELVES),
        (ActionKind.CLOSE, "closed:1", 0, Closer.AUTOMATION, Closer.AUTOMATION),
        (ActionKind.UPDATE, "step:error", 1, Closer.AUTOMATION, Closer.AUTOMATION),
        (ActionKind.CLOSE, "closed:1", 1, Closer.PERSON, Closer.PERSON),
        (ActionKind.CLOSE, "closed:1", 1, Closer.OUR_LOGIN, Closer.OURSELVES),
        (ActionKind.CLOSE, "closed:1", 0, Closer.OUR_LOGIN, Closer.OUR_LOGIN),
        (ActionKind.REOPEN, "reopened:1", 0, Closer.AUTOMATION, Closer.OURSELVES),
        (ActionKind.REOPEN, "undone:1", 0, Closer.AUTOMATION, Closer.AUTOMATION),
    ],
)
def test_a_closing_that_was_sent_is_ours_when_it_is_worked_off(
    kind: ActionKind, says: str, attempts: int, by: Closer, read_as: Closer
) -> None:
    """And as long as the reopening waits that it may need. A person's word stays a person's."""
    desk, judged = opened()
    desk.close_ticket(judged, Closer.AUTOMATION)
    desk.commit()
    (intent,) = desk.outbox.values()
    sent = replace(intent, kind=kind, attempts=attempts, comments=(Comment(says, "…"),))
    key = key_of(judged)
    ticket = replace(desk.facts().tickets[key], closed_by=by)
    assert closed_as_sent({key: ticket}, [sent], [])[key].closed_by is read_as


@pytest.mark.parametrize(("attempts", "held_by"), [(1, None), (0, HeldBy.PERSON)])
def test_a_closing_that_was_given_up_is_ours_when_it_turns_out_to_be_done(
    attempts: int, held_by: HeldBy | None
) -> None:
    """The certificate came back before it was known what became of it. What was never sent can only be a person's."""
    desk, judged = opened()
    desk.judge(judged, settled(judged)).commit()
    desk.outbox = {id: replace(intent, attempts=attempts) for id, intent in desk.outbox.items()}
    desk.distrust = "the wall clock moved"
    desk.judge(judged, due(judged)).commit()
    assert desk.outbox == {}
    desk.close_ticket(judged, Closer.OUR_LOGIN)
    tickets = closed_as_sent(desk.facts().tickets, [], desk.rows.values())
    row, _ = respected(desk.record(judged), replace(desk.facts(), tickets=tickets))
    assert row is not None and row.held_by is held_by


def test_a_closing_that_was_given_up_twice_is_written_down_once() -> None:
    """The row says that one of ours may be on its way."""
    desk, judged = opened()
    for _ in range(2):
        desk.distrust = ""
        desk.judge(judged, settled(judged)).commit()
        desk.outbox = {id: replace(intent, attempts=1) for id, intent in desk.outbox.items()}
        desk.distrust = "the wall clock moved"
        desk.judge(judged, due(judged)).commit()
        assert desk.outbox == {}
    record = desk.record(judged)
    assert record.told.count(sent_id(record)) == 1
