"""A release's own incident: people's. Told once by a note, by its number or its id, and never touched otherwise."""

import pytest

from incidentd.model.ticket import Comment, Confirmed, Retryable, TicketRef
from incidentd.sandbox import faults
from incidentd.trackers.interface import TellsReleases
from tests.trackers.examples import content
from tests.trackers.pagerduty.stage import PagerDutyStage
from tests.trackers.stage import confirmed

LATE = Comment("late", "RELEASE LATE at 2026-11-01 12:00 UTC:\napi expires 2026-12-01.")


def teller(stage: PagerDutyStage) -> TellsReleases:
    """The tracker, which must be one."""
    assert isinstance(stage.tracker, TellsReleases)
    return stage.tracker


def theirs(stage: PagerDutyStage) -> TicketRef:
    """An incident that a person made."""
    world = stage.world
    made = world.open_incident(world.service, "Release R", "low", world.on_call.agent, world.now(), {"type": "api"})
    made.incident_key = made.id.lower()
    return TicketRef(made.id, f"#{made.number}")


@pytest.mark.parametrize(
    ("named", "ours"),
    [
        ("#12", True),
        ("12", True),
        ("Q0ABCDEFGHIJ12", True),
        ("PT4KHLK", True),
        ("OPS-7", False),
        ("#Q1", False),
        ("", False),
    ],
)
def test_what_is_shaped_as_a_number_or_an_id_is_an_incident(stage: PagerDutyStage, named: str, ours: bool) -> None:
    """As people type it."""
    assert teller(stage).holds(named) is ours


async def test_it_is_told_once_by_number_or_id(stage: PagerDutyStage) -> None:
    """One note, whatever the incident's status; a passing failure is tried again."""
    ref = theirs(stage)
    stage.app.faults.add(faults.unavailable(), "POST", ".*/notes", times=None)
    assert isinstance(await teller(stage).tell_release(ref, content(), [LATE]), Retryable)
    stage.app.faults.clear()
    for named in (ref.key.removeprefix("#"), ref.id):
        told = confirmed(await teller(stage).tell_release(TicketRef(named, named), content(), [LATE]))
        assert (told.ref.id, told.ref.key) == (ref.id, ref.key)
    assert stage.comments(ref) == [LATE.text]


async def test_an_incident_of_a_certificate_is_no_release_s(stage: PagerDutyStage) -> None:
    """Whoever announces a release under its number: nothing is said there, and no second attempt is made."""
    ref = (await stage.opened()).ref
    for named in (ref.key.removeprefix("#"), ref.id):
        told = confirmed(await teller(stage).tell_release(TicketRef(named, named), content(), [LATE]))
        assert "an incident's own" in told.left_out[0]
    stage.world.incidents[ref.id].alerts.clear()
    stage.world.incidents[ref.id].incident_key = "incidentd:elsewhere:0"
    assert confirmed(await teller(stage).tell_release(ref, content(), [LATE])).left_out
    assert stage.comments(ref) == []


async def test_an_incident_that_is_not_there_is_left_out(stage: PagerDutyStage) -> None:
    """Once: it is people's, and worth no second attempt."""
    made = await teller(stage).tell_release(TicketRef("4711", "#4711"), content(), [LATE])
    assert isinstance(made, Confirmed) and "#4711" in made.left_out[0]
