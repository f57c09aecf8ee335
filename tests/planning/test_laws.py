"""Laws of planning, for any fleet, any people and any order: done once is done, and only proof closes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import IncidentState
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.model.plan import Action, ActionKind
from incidentd.model.policy import GuardLimits
from incidentd.model.ticket import Closer, TicketStatus
from incidentd.planning.diff import diff
from incidentd.planning.resting import Resting
from incidentd.planning.sayings import Sayings
from incidentd.policy.assess import assess_all
from incidentd.policy.sightings import Sightings
from tests.planning.desk import Desk, due, found, kinds, out_of_scope, settled
from tests.policy.builders import (
    DAY,
    HOUR,
    MINUTE,
    START,
    A,
    B,
    C,
    Fleet,
    Item,
    absent,
    certificate,
    gap,
    place,
    seen,
    store,
)

OLD, OTHER, NEW = certificate(), certificate("b.example.net", ends=9 * DAY), certificate(ends=400 * DAY)
WHERE = st.sampled_from([place(f"{name}.example.net", env=name, owner=name) for name in "abc"])
UNSEEN = st.one_of(st.none(), st.integers(-30, 30 * 24).map(lambda hours: START + hours * HOUR))
FINDINGS = st.lists(
    st.builds(
        found,
        WHERE,
        st.sampled_from(list(PlaceStatus)),
        successor=st.just(NEW.fingerprint),
        unseen_since=UNSEEN,
    ),
    min_size=1,
    max_size=3,
)
STAGES = st.sampled_from([Stage.DUE, Stage.RENEWED_NOT_DEPLOYED, Stage.PARTLY_DEPLOYED, Stage.MISMATCH, Stage.EXPIRED])


@st.composite
def assessments(draw: st.DrawFn, judged: Certificate) -> Assessment:
    """What the policy may say of one certificate at some moment."""
    match draw(st.integers(0, 5)):
        case 0:
            return settled(judged, by=draw(st.sampled_from([NEW, None])))
        case 1:
            return out_of_scope(judged, draw(st.sampled_from(list(Reason))), opens_at=START + 40 * DAY)
        case _:
            suspect = draw(st.booleans())
            step, stage = draw(st.sampled_from(list(Step))), draw(STAGES)
            return due(judged, *draw(FINDINGS), step=step, stage=stage, successor=NEW.fingerprint, suspect=suspect)


def somebody(desk: Desk, judged: Certificate, deed: str) -> None:
    """A person or a machine does something to the ticket, where there is one."""
    if deed in ("person", "automation"):
        desk.close_ticket(judged, Closer(deed), accepted=len(deed) % 2 == 0)
    elif deed == "deletes":
        desk.delete_ticket(judged)
    elif deed == "opens":
        desk.reopen_ticket(judged)
    elif deed == "moves":
        desk.move_ticket(judged, "PAY-1")


DEEDS = st.sampled_from(["nothing", "nothing", "person", "automation", "deletes", "opens", "moves", "undelivered"])
MOMENTS = st.lists(
    st.tuples(st.timedeltas(timedelta(), timedelta(days=16)), assessments(OLD), assessments(OTHER), DEEDS, DEEDS),
    min_size=1,
    max_size=6,
)
Moment = tuple[timedelta, Assessment, Assessment, str, str]


def live(moments: Sequence[Moment]) -> Desk:
    """A desk after some history, at rest."""
    desk = Desk(limits=GuardLimits(removals_free=1)).know(OLD, OTHER, NEW)
    for span, of_old, of_other, to_old, to_other in moments:
        desk.wait(span).judge(OLD, of_old).judge(OTHER, of_other)
        for judged, deed in ((OLD, to_old), (OTHER, to_other)):
            if any(key.endswith(judged.fingerprint) for key in desk.tickets):
                somebody(desk, judged, deed)
        desk.commit()
        if "undelivered" not in (to_old, to_other):
            desk.deliver()
    return desk


@given(MOMENTS)
def test_a_plan_that_was_applied_and_is_made_again_is_empty(moments: list[Moment]) -> None:
    """No action, no row, at the same instant; what is held stays held."""
    desk = live(moments)
    desk.run()
    again = desk.plan()
    assert (again.actions, again.records, desk.commitments(again)) == ((), (), [])


@given(MOMENTS, st.lists(st.sampled_from([timedelta(microseconds=1), HOUR, 5 * HOUR, DAY, -HOUR]), max_size=9))
def test_what_was_said_or_found_at_rest_before_makes_no_difference(
    moments: list[Moment], waits: list[timedelta]
) -> None:
    """Whatever time goes by with nothing new: the plan is the one that somebody makes who remembers nothing."""
    desk = live(moments)
    for wait in (timedelta(), *waits):
        facts = desk.wait(wait).facts()
        assert facts.incidents == desk.desired()
        assert diff(facts) == diff(replace(facts, sayings=Sayings(), resting=Resting()))


@given(MOMENTS)
def test_what_waits_in_the_outbox_is_not_written_again(moments: list[Moment]) -> None:
    """Tracker down: the next pass decides the same, and has nothing to write."""
    desk = live(moments)
    desk.commit()
    assert desk.commitments(desk.plan()) == []


@given(MOMENTS)
def test_severity_only_climbs_and_one_row_at_most_is_active(moments: list[Moment]) -> None:
    """Within each life of an incident, whatever anybody does."""
    desk = Desk().know(OLD, OTHER, NEW)
    steps: dict[int, Step] = {}
    for moment in moments:
        before = set(desk.rows)
        _step(desk, moment)
        for id in before:
            assert desk.rows[id].step >= steps[id]
        steps = {id: row.step for id, row in desk.rows.items()}
        active = [row.key for row in desk.rows.values() if row.active]
        assert len(active) == len(set(active))


def _step(desk: Desk, moment: Moment) -> Sequence[Action]:
    span, of_old, of_other, deed, _ = moment
    desk.wait(span).judge(OLD, of_old).judge(OTHER, of_other)
    if any(key.endswith(OLD.fingerprint) for key in desk.tickets):
        somebody(desk, OLD, deed)
    return desk.run().actions


@given(MOMENTS)
def test_no_comment_is_said_twice_and_entries_into_stages_not_twice_a_day(moments: list[Moment]) -> None:
    """On one ticket, whatever happens to it."""
    desk = Desk().know(OLD, OTHER, NEW)
    told: set[tuple[int, str]] = set()
    entered_at: dict[int, datetime] = {}
    for moment in moments:
        ids = {row.key: id for id, row in desk.rows.items()}
        for action in _step(desk, moment):
            for comment in action.comments:
                row = ids[action.key]
                assert (row, comment.id) not in told
                told.add((row, comment.id))
                if comment.id.startswith("stage:"):
                    assert desk.now - entered_at.get(row, START - DAY) >= DAY
                    entered_at[row] = desk.now


LOOKS = st.permutations(
    [
        seen(place("a.example.net"), OLD, member=A),
        seen(place("a.example.net"), NEW, member=B),
        seen(place("b.example.net"), OTHER, member=C),
        seen(place("c.example.net", env="prod", owner="x"), OLD),
        gap(place("c.example.net", env="prod", owner="x"), member=B),
    ]
)


@given(LOOKS)
def test_the_order_of_looks_and_places_does_not_matter(looks: list[Item]) -> None:
    """The same rows and intents are written."""
    ordered = sorted(looks, key=repr)
    assert _decided(looks, turned=True) == _decided(ordered, turned=False)


def _decided(looks: Sequence[Item], *, turned: bool) -> object:
    fleet = Fleet().sweep(*looks).wait(HOUR).sweep(*looks)
    if turned:
        turned_round = dict(reversed(list(fleet.inventory.places.items())))
        certificates = dict(reversed(list(fleet.inventory.certificates.items())))
        fleet.inventory = replace(fleet.inventory, places=turned_round, certificates=certificates)
    desk = desk_for(fleet)
    return [(made.record, made.intent) for made in desk.commitments(desk.plan())]


def desk_for(fleet: Fleet, desk: Desk | None = None) -> Desk:
    """A desk whose assessments are the policy's own."""
    desk = desk or Desk()
    desk.now, desk.inventory = fleet.now, fleet.inventory
    desk.certificates = dict(fleet.inventory.certificates)
    desk.assessments = assess_all(Sightings(fleet.inventory), fleet.policy, fleet.now)
    return desk


EDGE, DISK = place(), store()
BLIND: list[tuple[Item, ...]] = [
    (gap(EDGE),),
    (gap(EDGE, reason=GapReason.UNRESOLVED),),
    (absent(EDGE, kind=AbsenceKind.REMOVED), gap(place("x.example.net"), reason=GapReason.PERMISSION)),
    (seen(place("new.example.net"), NEW), gap(EDGE, member=A, reason=GapReason.REFUSED)),
]


@given(st.lists(st.tuples(st.sampled_from(BLIND), st.booleans()), min_size=3, max_size=8))
def test_sweeps_that_could_not_see_close_nothing(sweeps: list[tuple[tuple[Item, ...], bool]]) -> None:
    """Time-outs, refusals, failed sources, absences in an answer that was not whole: day after day."""
    fleet = Fleet().sweep(seen(EDGE, OLD))
    desk = desk_for(fleet)
    desk.run()
    for items, fails in sweeps:
        fleet.wait(DAY).sweep(*items, source="edge", failure="down" if fails else None)
        plan = desk_for(fleet, desk).run()
        assert ActionKind.CLOSE not in kinds(plan)
        assert {row.state for row in desk.rows.values()} == {IncidentState.OPEN}


def test_a_whole_life_from_the_policys_own_word() -> None:
    """Opened, renewed in the store, deployed, proven, closed; back, and reopened on the same ticket."""
    fleet = Fleet().sweep(seen(EDGE, OLD)).sweep(seen(DISK, OLD))
    desk = desk_for(fleet)
    assert kinds(desk.run()) == [ActionKind.OPEN]
    fleet.wait(DAY).sweep(seen(DISK, NEW))
    plan = desk_for(fleet, desk).run()
    assert [comment.id for comment in plan.actions[0].comments] == ["stage:renewed_not_deployed"]
    fleet.proven(seen(EDGE, NEW))
    assert kinds(desk_for(fleet, desk).run()) == [ActionKind.CLOSE]
    fleet.wait(DAY).sweep(seen(EDGE, OLD))
    assert kinds(desk_for(fleet, desk).run()) == [ActionKind.REOPEN]
    assert [ticket.status for ticket in desk.tickets.values()] == [TicketStatus.OPEN]


@given(st.lists(st.booleans(), min_size=1, max_size=20))
def test_a_place_that_blinks_writes_nothing(looks: list[bool]) -> None:
    """Seen and unseen by turns, every hour: not one update."""
    fleet = Fleet().sweep(seen(EDGE, OLD))
    desk = desk_for(fleet)
    desk.run()
    for shows in looks:
        fleet.wait(HOUR).sweep(seen(EDGE, OLD) if shows else gap(EDGE))
        desk_for(fleet, desk)
        assert desk.plan().empty


def test_another_place_of_another_certificate_rewrites_no_ticket() -> None:
    """A fleet that grows is no news to an incident that it has nothing to do with."""
    fleet = Fleet().sweep(seen(EDGE, OLD))
    desk = desk_for(fleet)
    desk.run()
    fleet.wait(MINUTE).sweep(
        seen(EDGE, OLD), seen(place("b.example.net"), certificate("b.example.net", ends=200 * DAY))
    )
    assert desk_for(fleet, desk).plan().empty
