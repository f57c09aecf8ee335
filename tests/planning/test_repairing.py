"""What ledger and trackers disagree about is found, mended where that is safe, and left to a person where it is not."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, Reason
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState, incident_marker, left_key, page_key
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import Closer, Owned, Ticket, TicketRef, TicketStatus
from incidentd.planning.repairing import Case, Finding, Flaw, findings
from tests.planning.desk import INSTANCE, Desk, due, key_of, kinds, opened, out_of_scope, settled, state_of
from tests.policy.builders import DAY, START, certificate

OLD = START - 3 * DAY


def owned(judged: Certificate, id: str = "77", key: str = "") -> Owned:
    """An open ticket of ours for it."""
    ref = TicketRef(id, f"OPS-{id}", f"https://queue.example/OPS-{id}")
    return Owned(key or key_of(judged), Ticket(ref, "", TicketStatus.OPEN, OLD))


def found(desk: Desk, *tickets: Owned, tracker: str = "queue", in_flight: Sequence[str] = ()) -> list[Finding]:
    """What a repair would find at this desk."""
    facts = desk.facts()
    case = Case(
        INSTANCE,
        desk.now,
        desk.certificates,
        desk.assessments,
        facts.incidents,
        facts.records,
        facts.tickets,
        desk.plan(),
        {tracker: tickets},
        {"marking"},
        in_flight,
    )
    return list(findings(case))


def adopt(desk: Desk, finding: Finding, one: Owned) -> None:
    """The row is written, and the tracker has the ticket."""
    assert finding.row is not None
    desk.rows[len(desk.rows) + 1] = replace(finding.row, id=len(desk.rows) + 1)
    desk.tickets[finding.key] = one.ticket


def forgotten(assessment: Assessment | None = None) -> tuple[Desk, Certificate]:
    """A certificate whose ticket the ledger does not know."""
    judged = certificate(ends=50 * DAY)
    return Desk((judged, assessment or due(judged))), judged


def test_a_forgotten_ticket_of_what_is_due_is_taken_up() -> None:
    """It is the incident's ticket from then on, since it was made; the next pass makes it say what it should."""
    desk, judged = forgotten()
    [one] = found(desk, owned(judged))
    assert (one.flaw, one.mends, one.ticket.key) == (Flaw.ORPHAN, True, "OPS-77")
    adopt(desk, one, owned(judged))
    assert kinds(desk.run()) == [ActionKind.UPDATE]
    assert (desk.record(judged).opened_at, desk.record(judged).not_after) == (OLD, judged.not_after)
    assert found(desk, owned(judged)) == []


def test_a_forgotten_ticket_of_what_is_settled_is_closed_with_its_note() -> None:
    """On the proof that closes any incident."""
    desk, judged = forgotten()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    [one] = found(desk, owned(judged))
    assert "settled on proof" in one.text
    adopt(desk, one, owned(judged))
    plan = desk.run()
    assert kinds(plan) == [ActionKind.CLOSE]
    assert plan.actions[0].comments[0].text.startswith("Fixed.")
    assert state_of(desk, judged) is IncidentState.CLOSED


def test_one_in_another_tracker_than_its_incident_is_closed_there_as_after_a_move() -> None:
    """The row of a ticket that was left, with a note that leads to the other one."""
    desk, judged = opened()
    [one] = found(desk, owned(judged), tracker="oncall")
    assert one.row is not None
    assert (one.row.key, one.row.tracker, one.row.close_text) == (
        left_key(key_of(judged)),
        "oncall",
        "Its incident stands in queue.",
    )


def test_the_same_ticket_seen_through_another_name_of_its_site_is_no_orphan() -> None:
    """Its address tells."""
    desk, judged = opened()
    ref = desk.tickets[key_of(judged)].ref
    same = Owned(key_of(judged), Ticket(ref, "", TicketStatus.OPEN))
    assert found(desk, same, tracker="oncall") == []
    assert found(desk, same) == []


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (Reason.NON_PRODUCTION, "is fine, and nothing proves"),
        (Reason.EXEMPT_BY_POLICY, "is exempt, and nothing proves"),
    ],
)
def test_what_is_not_settled_on_proof_is_left_to_a_person(reason: Reason, why: str) -> None:
    """The policy of today is no proof of what became of a forgotten ticket."""
    desk, judged = forgotten()
    desk.judge(judged, out_of_scope(judged, reason))
    [one] = found(desk, owned(judged))
    assert (one.mends, one.row) == (False, None)
    assert why in one.text


def test_what_was_never_seen_what_stands_for_none_and_what_is_on_its_way_is_left() -> None:
    """Named, with the reason; hostile keys are harmless."""
    desk, judged = forgotten()
    keys = {
        "incidentd:default:beef\x1b[31m": "never seen",
        page_key(key_of(judged)): "stands for no certificate",
        "incidentd:default:self:source:edge": "stands for no certificate",
    }
    for key, why in keys.items():
        [one] = found(desk, owned(judged, key=key))
        assert not one.mends
        assert why in one.text
        assert "\x1b" not in one.name
    [waits] = found(desk, owned(judged), in_flight=[key_of(judged)])
    assert "on its way" in waits.text


def test_an_incident_that_ended_before_it_had_a_ticket_has_none_to_be_taken_for() -> None:
    """One that turns up late is an orphan like any: settled, so it is taken up and closed."""
    desk, judged = forgotten()
    desk.commit()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    desk.commit()
    assert (state_of(desk, judged), desk.record(judged).ticket) == (IncidentState.CLOSED, None)
    [one] = found(desk, owned(judged))
    assert "settled on proof" in one.text


def test_two_forgotten_tickets_are_taken_up_one_after_the_other() -> None:
    """The second is a duplicate then, and merged like any."""
    desk, judged = forgotten()
    first, second = found(desk, owned(judged, "77"), owned(judged, "78"))
    assert (first.mends, second.mends) == (True, False)
    assert "look again" in second.text


def test_what_a_person_opened_again_after_its_end_is_theirs() -> None:
    """People win."""
    desk, judged = opened()
    new = certificate(ends=400 * DAY)
    desk.know(new).judge(judged, settled(judged, by=new))
    desk.run()
    ref = desk.tickets[key_of(judged)].ref
    [one] = found(desk, Owned(key_of(judged), Ticket(ref, "", TicketStatus.OPEN)))
    assert (one.mends, "opened again" in one.text) == (False, True)


def test_an_incident_that_waits_for_its_ticket_or_has_another_one_is_let_alone() -> None:
    """What the next pass looks for, or merges, is not decided here."""
    desk, judged = forgotten()
    desk.commit()
    [waits] = found(desk, owned(judged))
    assert not waits.mends
    desk.deliver()
    [beside] = found(desk, owned(judged))
    assert (beside.mends, "has another ticket here" in beside.text) == (False, True)
    desk.rows[2] = replace(desk.record(judged), id=2, key=left_key(key_of(judged)), tracker="third")
    [moving] = [one for one in found(desk, owned(judged), tracker="oncall") if one.flaw is Flaw.ORPHAN]
    assert "an earlier move is not done" in moving.text


def test_duplicates_are_named_once_and_merged_by_the_pass() -> None:
    """What the next pass closes is not called an orphan too."""
    desk, judged = opened()
    other = desk.duplicate(judged)
    [one] = found(desk, Owned(key_of(judged), other))
    assert (one.flaw, one.mends, other.ref.key in one.text) == (Flaw.DUPLICATE, True, True)


@pytest.mark.parametrize(
    ("closed_by", "then"), [(Closer.PERSON, "held by person"), (Closer.AUTOMATION, "reopen"), (None, "held by person")]
)
def test_a_closed_ticket_of_an_open_incident_is_drift(closed_by: Closer | None, then: str) -> None:
    """What the next pass makes of it is said."""
    desk, judged = opened()
    desk.close_ticket(judged, closed_by)
    [one] = found(desk)
    assert (one.flaw, one.row) == (Flaw.DRIFT, None)
    assert then in one.text


def test_a_ticket_that_is_gone_is_drift_and_what_is_on_its_way_is_not() -> None:
    """Nothing is known of that yet."""
    desk, judged = opened()
    desk.delete_ticket(judged)
    [one] = found(desk)
    assert "the ticket is gone" in one.text
    assert found(desk, in_flight=[key_of(judged)]) == []


def test_a_marker_that_was_taken_away_is_put_back() -> None:
    """By an edit of the next pass; where trackers carry none in such a place, none is missed."""
    desk, judged = opened()
    assert found(desk) == []
    row = replace(desk.record(judged), tracker="marking")
    desk.rows[row.id] = row
    key = key_of(judged)
    desk.tickets[key] = replace(desk.tickets[key], marker="")
    [one] = found(desk)
    assert one.row == replace(row, content_digest="")
    desk.rows[row.id] = replace(one.row, tracker="queue")
    assert kinds(desk.plan()) == [ActionKind.UPDATE]
    desk.tickets[key] = replace(desk.tickets[key], marker=incident_marker(INSTANCE, judged.fingerprint))
    desk.rows[row.id] = row
    assert found(desk) == []


@given(
    due_ones=st.integers(0, 3),
    settled_ones=st.integers(0, 3),
    tickets=st.lists(st.tuples(st.integers(0, 7), st.integers(60, 64)), max_size=8, unique=True),
)
def test_a_repair_makes_one_row_a_certificate_and_closes_nothing_without_proof(
    due_ones: int, settled_ones: int, tickets: list[tuple[int, int]]
) -> None:
    """Whatever stands in the tracker: no two rows of one key, and only of what is due or settled."""
    fleet = [certificate(ends=50 * DAY) for _ in range(8)]
    new = certificate(ends=400 * DAY)
    desk = Desk().know(new)
    for index, one in enumerate(fleet[: due_ones + settled_ones]):
        desk.judge(one, due(one) if index < due_ones else settled(one, by=new))
    held = [owned(fleet[index], str(100 * index + number)) for index, number in tickets]
    rows = [one.row for one in found(desk, *held) if one.row is not None]
    assert len({row.key for row in rows}) == len(rows)
    assert {row.key for row in rows} <= {key_of(one) for one in fleet[: due_ones + settled_ones]}
    assert len(found(desk, *held)) == len(held)
