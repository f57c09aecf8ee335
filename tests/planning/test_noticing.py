"""Noticing: who closed a ticket, where the tracker names a machine and the outbox knows better."""

from dataclasses import replace

import pytest

from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, Comment
from incidentd.planning.noticing import closed_as_sent
from tests.planning.desk import key_of, opened


@pytest.mark.parametrize(
    ("kind", "says", "attempts", "by", "read_as"),
    [
        (ActionKind.CLOSE, "closed:1", 1, Closer.AUTOMATION, Closer.OURSELVES),
        (ActionKind.CLOSE, "closed:1", 0, Closer.AUTOMATION, Closer.AUTOMATION),
        (ActionKind.UPDATE, "step:error", 1, Closer.AUTOMATION, Closer.AUTOMATION),
        (ActionKind.CLOSE, "closed:1", 1, Closer.PERSON, Closer.PERSON),
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
    assert closed_as_sent({key: ticket}, [sent])[key].closed_by is read_as
