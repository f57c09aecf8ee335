"""Laws of what stands beside a ticket: one page at most, one ticket at all times, and rest."""

from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.model.assessment import Step
from incidentd.model.incident import IncidentState, page_key
from incidentd.model.plan import ActionKind
from incidentd.model.ticket import TicketStatus
from tests.planning.beside_desk import BesideDesk, about_pages
from tests.planning.desk import due, key_of, settled
from tests.planning.test_laws import NEW, OLD, Moment, assessments, somebody
from tests.policy.builders import DAY

DEEDS = st.sampled_from(["nothing", "nothing", "person", "automation", "deletes", "opens", "undelivered", "resolves"])
MOMENTS = st.lists(
    st.tuples(st.timedeltas(timedelta(), timedelta(days=16)), assessments(OLD), st.just(None), DEEDS, st.just("")),
    min_size=1,
    max_size=6,
)


def step_of(desk: BesideDesk, moment: Moment) -> None:
    """Time goes by, the policy's word is another, somebody does something, and a pass follows."""
    span, assessment, _, deed, _ = moment
    desk.wait(span).judge(OLD, assessment)
    if deed == "resolves" and page_key(key_of(OLD)) in desk.tickets:
        desk.person_resolves_page(OLD)
    elif key_of(OLD) in desk.tickets:
        somebody(desk, OLD, deed)
    desk.commit()
    if deed != "undelivered":
        desk.deliver()


@settings(max_examples=50)
@given(MOMENTS)
def test_with_pages_too_a_plan_that_was_applied_is_empty(moments: Sequence[Moment]) -> None:
    """After a few passes at one instant there is nothing left to say."""
    desk = BesideDesk().know(OLD, NEW)
    assert isinstance(desk, BesideDesk)
    for moment in moments:
        step_of(desk, moment)
    desk.settle()
    plan = desk.plan()
    assert (plan.actions, plan.records) == ((), ())


@settings(max_examples=50)
@given(MOMENTS)
def test_there_is_one_page_at_most_its_severity_climbs_and_it_outlives_no_incident(moments: Sequence[Moment]) -> None:
    """Whatever anybody does."""
    desk = BesideDesk().know(OLD, NEW)
    assert isinstance(desk, BesideDesk)
    steps: dict[int, Step] = {}
    for moment in moments:
        before = set(desk.rows)
        step_of(desk, moment)
        assert all(desk.rows[id].step >= steps[id] for id in before)
        steps = {id: row.step for id, row in desk.rows.items()}
        active = [row.key for row in desk.rows.values() if row.active]
        assert len(active) == len(set(active))
    desk.settle()
    page, incident = desk.page(OLD), desk.records().get(key_of(OLD))
    if page is not None and page.state is IncidentState.OPEN:
        assert incident is not None
        assert incident.active


@settings(max_examples=50)
@given(MOMENTS)
def test_a_page_is_closed_with_its_incident_or_by_an_accepted_risk(moments: Sequence[Moment]) -> None:
    """Never for want of anything."""
    desk = BesideDesk().know(OLD, NEW)
    assert isinstance(desk, BesideDesk)
    for moment in moments:
        desk.wait(moment[0]).judge(OLD, moment[1])
        plan = desk.plan()
        for action in about_pages(plan):
            if action.kind is ActionKind.CLOSE:
                closing = [one for one in plan.actions if one.key == key_of(OLD) and one.kind is ActionKind.CLOSE]
                incident = desk.records().get(key_of(OLD))
                over = incident is None or not incident.active or any(row.id == incident.id for row in plan.records)
                assert closing or over or (incident is not None and incident.state is IncidentState.HELD)
        step_of(desk, (timedelta(), *moment[1:]))


@settings(max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["queue", "oncall", ""]), st.booleans()), max_size=8))
def test_an_incident_that_is_moved_has_one_ticket_at_all_times(moves: Sequence[tuple[str, bool]]) -> None:
    """To and fro, whether or not either tracker takes what is sent: never none, never more than two, one at rest."""
    desk = BesideDesk((OLD, due(OLD))).know(NEW)
    assert isinstance(desk, BesideDesk)
    desk.run()
    for tracker, delivers in moves:
        unfinished = [row for row in desk.aside().values() if row.active]
        if tracker and tracker != desk.record(OLD).tracker and not unfinished:
            desk.move(OLD, tracker)
        desk.wait(DAY).commit()
        if delivers:
            desk.deliver()
        assert 1 <= len(desk.standing(OLD)) <= 2
    desk.settle()
    assert len(desk.standing(OLD)) == 1
    assert desk.tickets[key_of(OLD)].status is TicketStatus.OPEN
    desk.judge(OLD, settled(OLD, by=NEW))
    desk.settle()
    assert desk.standing(OLD) == []
