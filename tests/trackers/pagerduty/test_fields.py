"""Title, priority and urgency: set by REST, only as far as people left them as we wrote them."""

from collections.abc import Mapping
from typing import Any

import pytest

from incidentd.model.assessment import Severity, Step
from incidentd.model.ticket import Confirmed, Link, Retryable, TicketContent
from incidentd.sandbox import faults
from incidentd.sandbox.pagerduty.records import Incident
from incidentd.trackers.pagerduty.priorities import SCHEME_LASTS_SECONDS
from incidentd.transport.client import ATTEMPTS
from tests.trackers.examples import STEP_UP, WORSE, content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed

PAGE = "SIE api.example.com +1: certificate expires 2026-12-04 09:14 UTC, served in prod, no renewal found"
EXPIRED = "SIE api.example.com +1: certificate EXPIRED 2026-12-04 09:14 UTC, served in prod, no renewal found"


def only(stage: PagerDutyStage) -> Incident:
    [incident] = stage.world.incidents.values()
    return incident


def reason(stage: PagerDutyStage) -> str:
    return str(only(stage).alerts[-1].event["payload"]["custom_details"]["4 why now"])


def priority(stage: PagerDutyStage) -> str | None:
    names = {step.id: step.name for step in stage.world.priorities}
    return names.get(only(stage).priority_id or "")


async def updated(
    stage: PagerDutyStage, made: Confirmed, said: TicketContent, written: Mapping[str, str] | None = None
) -> Confirmed:
    return confirmed(await stage.tracker.update(made.ref, said, made.written if written is None else written, ()))


async def test_an_incident_gets_a_new_title_at_a_step(stage: PagerDutyStage) -> None:
    """No event changes a title; and once it is right, nothing is written."""
    made = await stage.opened(content(page=PAGE))
    assert only(stage).title == PAGE
    gone: dict[str, Any] = {"page": EXPIRED, "step": Step.EXPIRED}
    after = await updated(stage, made, content(**gone))
    assert only(stage).title == EXPIRED
    before = stage.writes()
    await updated(stage, after, content(**gone))
    assert stage.writes() == before


async def test_between_steps_the_title_stays(stage: PagerDutyStage) -> None:
    """A renewal that comes and goes is told by events and notes; the next step brings the title up to date."""
    made = await stage.opened(content(page=PAGE))
    after = await updated(stage, made, content(page=f"{PAGE}, in part"))
    assert only(stage).title == PAGE
    await updated(stage, after, content(page=f"{PAGE}, in part", step=Step.ERROR))
    assert only(stage).title == f"{PAGE}, in part"


async def test_a_title_that_a_person_gave_stays(stage: PagerDutyStage) -> None:
    """People win; the ledger still knows what we wrote last."""
    made = await stage.opened(content(page=PAGE))
    stage.world.person_retitles(made.ref.id, "pay gateway, call Kim")
    after = await updated(stage, made, content(page=EXPIRED, step=Step.EXPIRED))
    assert only(stage).title == "pay gateway, call Kim"
    assert after.written["title"] == PAGE


async def test_a_shared_incident_keeps_its_title(stage: PagerDutyStage) -> None:
    """Alert grouping: it was never ours."""
    stage.world.service.alert_grouping = True
    await stage.opened(content("a" * 64, page="first"))
    second = await stage.opened(content("b" * 64, page="second"))
    await updated(stage, second, content("b" * 64, page="other", step=Step.ERROR))
    assert only(stage).title == "first"


async def test_the_priority_climbs_with_the_severity(stage: PagerDutyStage) -> None:
    """By the names of the settings; at each step once, with what else is set in the same call."""
    made = await stage.opened()
    assert priority(stage) == "P4"
    before = stage.writes()
    after = await updated(stage, made, content(severity=Severity.ERROR, step=Step.ERROR))
    assert (priority(stage), stage.writes() - before) == ("P3", 2)
    worse = await updated(stage, after, content(**WORSE))
    assert (priority(stage), only(stage).urgency) == ("P2", "high")
    await updated(stage, worse, content(**{**WORSE, "impact": "more"}))
    assert priority(stage) == "P2"


@pytest.mark.parametrize("chosen", ["P1", "P5", None])
async def test_a_priority_that_a_person_chose_stays(stage: PagerDutyStage, chosen: str | None) -> None:
    """Higher, lower, or none: people win."""
    made = await stage.opened()
    stage.world.person_prioritises(made.ref.id, chosen)
    await updated(stage, made, content(**WORSE))
    assert priority(stage) == chosen


async def test_a_priority_is_only_raised(stage: PagerDutyStage) -> None:
    """What the account's own rules set higher before we ever looked stays; what they set lower is raised."""
    made = await stage.opened()
    for rules, after in (("P1", "P1"), ("P5", "P4")):
        stage.world.person_prioritises(made.ref.id, rules)
        await updated(stage, made, content(impact=rules), {"title": made.written["title"]})
        assert priority(stage) == after


async def test_an_account_without_priorities_is_fine(stage: PagerDutyStage) -> None:
    """402 is a matter of the plan: nothing is set, nothing fails, and it is not asked again at each incident."""
    stage.world.rest.has_priorities = False
    made = await stage.opened()
    await updated(stage, made, content(**WORSE))
    await stage.opened(content("b" * 64))
    assert [entry.status for entry in stage.world.journal if entry.request.path == "/priorities"] == [402]


async def test_a_scheme_without_our_names_is_left_alone(stage: PagerDutyStage) -> None:
    """And without any name nobody asks for the scheme."""
    stage.world.priorities = []
    await stage.opened()
    assert only(stage).priority_id is None
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, priorities={})
    before = len(stage.world.journal)
    confirmed(await tracker.open(content("b" * 64)))
    assert "/priorities" not in [entry.request.path for entry in stage.world.journal[before:]]


async def test_a_priority_that_is_refused_is_not_worth_the_opening(stage: PagerDutyStage) -> None:
    """The page went out; the priority is tried again with the next update."""
    stage.world.faults.add(faults.answer(403), "PUT", ".*", times=2)
    made = await stage.opened()
    assert (priority(stage), "priority" in made.written, made.unfinished) == (None, False, False)
    await updated(stage, made, content(severity=Severity.ERROR, step=Step.ERROR))
    assert priority(stage) == "P3"


async def test_a_single_refusal_is_asked_again(stage: PagerDutyStage) -> None:
    """It may be a gateway's."""
    stage.world.faults.add(faults.answer(403), "PUT", ".*")
    stage.world.faults.add(faults.answer(403), "GET", "/priorities")
    made = await stage.opened()
    assert (priority(stage), made.unfinished) == ("P4", False)


@pytest.mark.parametrize(("method", "path", "times"), (("PUT", ".*", 1), ("GET", "/priorities", ATTEMPTS)))
async def test_a_priority_that_failed_in_passing_is_for_the_next_pass(
    stage: PagerDutyStage, method: str, path: str, times: int
) -> None:
    """The page went out; the outcome says that something is left to be done, and once it is done, nothing is."""
    stage.world.faults.add(faults.answer(503), method, path, times=times)
    made = await stage.opened()
    assert (priority(stage), made.unfinished) == (None, True)
    after = await updated(stage, made, content())
    assert (priority(stage), after.unfinished) == ("P4", False)


async def test_what_is_to_be_said_is_said_by_the_event_though_the_priorities_cannot_be_read(
    stage: PagerDutyStage,
) -> None:
    """As it would have been with them: the priority alone comes later."""
    made = await stage.opened()
    stage.clock.pass_by(SCHEME_LASTS_SECONDS)
    stage.world.faults.add(faults.answer(503), "GET", "/priorities", times=2 * ATTEMPTS)
    error = content(severity=Severity.ERROR, step=Step.ERROR)
    fresh = stage.over(stage.transport, EVENTS_URL, API_URL)
    told = confirmed(await fresh.update(made.ref, error, made.written, (STEP_UP,)))
    assert (only(stage).notes, priority(stage), told.unfinished) == ([], "P4", True)
    assert STEP_UP.text in stage.said(made.ref)[0]
    known = confirmed(await stage.tracker.update(made.ref, error, told.written, ()))
    assert (priority(stage), known.unfinished) == ("P3", False), "an older scheme is better than none"


async def test_what_was_said_with_a_step_stays_while_the_step_does(stage: PagerDutyStage) -> None:
    """A later event has nothing new to say, as one for the link to a page: the alert shows the last event's words."""
    made = await stage.opened()
    error: dict[str, Any] = {"severity": Severity.ERROR, "step": Step.ERROR}
    told = confirmed(await stage.tracker.update(made.ref, content(**error), made.written, (STEP_UP,)))
    linked = content(**error, links=(Link("ticket OPS-7", "https://jira.example/OPS-7"),))
    after = await updated(stage, told, linked)
    assert after.written["event"] != told.written["event"]
    assert STEP_UP.text in reason(stage)
    await updated(stage, after, content(**WORSE))
    assert STEP_UP.text not in reason(stage)


async def test_a_title_or_priority_that_is_refused_keeps_no_step_back(stage: PagerDutyStage) -> None:
    """It is told all the same, and set with the next change; a set-back that fails is no success."""
    made = await stage.opened(content(page=PAGE))
    stage.world.faults.add(faults.answer(503), "PUT", ".*")
    error: dict[str, Any] = {"severity": Severity.ERROR, "step": Step.ERROR, "page": f"{PAGE}, in part"}
    told = confirmed(await stage.tracker.update(made.ref, content(**error), made.written, (STEP_UP,)))
    assert (stage.said(made.ref), only(stage).title, priority(stage)) == ([STEP_UP.text], PAGE, "P4")
    after = await updated(stage, told, content(**{**error, "impact": "more"}))
    assert (only(stage).title, priority(stage)) == (f"{PAGE}, in part", "P3")
    stage.world.person_acknowledges(made.ref.id)
    stage.world.faults.add(faults.answer(503), "PUT", ".*")
    outcome = await stage.tracker.update(made.ref, content(**WORSE), after.written, ())
    assert isinstance(outcome, Retryable)


async def test_what_may_not_be_written_for_a_minute_is_written_after_it(stage: PagerDutyStage) -> None:
    """Writes to incidents have a limit of their own: a set-back that met it is tried again, and nothing is lost."""
    made = await stage.opened()
    stage.world.person_acknowledges(made.ref.id)
    stage.world.switches()["puts_per_minute"](0)
    outcome = await stage.tracker.update(made.ref, content(**WORSE), made.written, ())
    assert isinstance(outcome, Retryable)
    assert outcome.after_seconds is not None
    stage.world.switches()["puts_per_minute"](500)
    stage.clock.pass_by(outcome.after_seconds)
    after = await updated(stage, made, content(**WORSE))
    assert (only(stage).status, priority(stage), after.unfinished) == ("triggered", "P2", False)


async def test_an_opening_whose_urgency_is_refused_is_opened(stage: PagerDutyStage) -> None:
    """The page went out; the urgency is set with the next change."""
    stage.world.service.urgency = "low"
    stage.world.faults.add(faults.answer(503), "PUT", ".*")
    made = await stage.opened(content(**WORSE))
    assert (only(stage).urgency, "pressed" in made.written) == ("low", False)
    await updated(stage, made, content(**{**WORSE, "impact": "more"}))
    assert only(stage).urgency == "high"


async def test_a_page_at_critical_is_urgent(stage: PagerDutyStage) -> None:
    """Also where the service makes whatever comes in a low urgency."""
    stage.world.service.urgency = "low"
    made = await stage.opened(content(**WORSE))
    assert only(stage).urgency == "high"
    stage.world.person_acknowledges(made.ref.id)
    await updated(stage, made, content(**{**WORSE, "impact": "more"}))
    assert only(stage).status == "acknowledged"


async def test_notes_leave_room_for_people(stage: PagerDutyStage) -> None:
    """An incident takes 2,000: of the last hundred we take none, and nothing fails for it."""
    made = await stage.opened()
    for number in range(1_900):
        stage.world.person_notes(made.ref.id, f"{number}")
    confirmed(await stage.tracker.comment(made.ref, (STEP_UP,)))
    assert len(only(stage).notes) == 1_900
