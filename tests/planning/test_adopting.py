"""A ticket that a person chose for an incident stands for it; the one that it had is a duplicate from then on."""

from incidentd.model.incident import IncidentState
from incidentd.model.plan import ActionKind
from incidentd.planning.duplicates import adopted
from tests.planning.desk import kinds, opened, state_of


def test_what_a_person_chose_is_kept_and_the_own_ticket_is_merged_into_it() -> None:
    """Then it is made to say what it should; and that is all."""
    desk, judged = opened()
    own, theirs = desk.record(judged).ticket, desk.duplicate(judged, ours=False)
    row = desk.record(judged)
    desk.rows[row.id] = adopted(row, theirs)
    plan = desk.run()
    assert kinds(plan) == [ActionKind.MERGE]
    assert plan.actions[0].duplicates == (own,)
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert desk.run().empty
    assert desk.record(judged).ticket == theirs.ref


def test_a_choice_ends_what_held_the_incident() -> None:
    """A person closed the one, and chose another that is open."""
    desk, judged = opened()
    desk.close_ticket(judged)
    desk.run()
    row, theirs = desk.record(judged), desk.duplicate(judged, ours=False)
    desk.rows[row.id] = adopted(row, theirs)
    desk.run()
    assert (state_of(desk, judged), desk.record(judged).ticket) == (IncidentState.OPEN, theirs.ref)
