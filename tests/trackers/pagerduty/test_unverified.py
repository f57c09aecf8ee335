"""PagerDuty without a token: events go out, and nothing is ever read back."""

import pytest

from incidentd.model.ticket import Rejected, Retryable, Standing, TicketRef, TicketStatus, Uncertain
from incidentd.sandbox import faults
from incidentd.trackers.pagerduty.unverified import UnverifiedPagerDutyTracker
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.pagerduty.stage import ENQUEUE, PagerDutyStage
from tests.trackers.stage import confirmed, ids


@pytest.fixture
def unverified(stage: PagerDutyStage) -> UnverifiedPagerDutyTracker:
    """The same account without a token."""
    return stage.unverified()


async def test_without_a_token_only_events_go_out(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker
) -> None:
    """Triggers to open and at a step, one resolve; a change of words alone sends nothing; everything counts as open."""
    made = confirmed(await unverified.open(content()))
    assert (made.ref.id, made.ref.key, made.ref.url) == (content().key, "unverified", "")
    confirmed(await unverified.update(made.ref, content(impact="other words"), made.written, (STEP_UP,)))
    assert stage.writes() == 1
    confirmed(await unverified.comment(made.ref, (STEP_UP,)))
    confirmed(await unverified.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
    [ticket] = await unverified.read([made.ref])
    assert ticket.status is TicketStatus.OPEN
    assert await unverified.find(content().key, content().marker) == ()
    assert await unverified.duplicates([Standing(content().key, content().marker, made.ref)]) == {}
    assert isinstance(await unverified.merge(made.ref, [made.ref], content().key, FIXED), Rejected)
    assert await unverified.clock() is None
    confirmed(await unverified.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []
    assert {entry.request.path for entry in stage.world.journal} == {ENQUEUE}
    assert stage.writes() == 3
    confirmed(await unverified.reopen(made.ref, content(), made.written, ()))
    assert len(stage.open_refs()) == 1


async def test_a_token_that_comes_later_finds_what_was_unverified(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker
) -> None:
    """An unverified ref is looked up by its key, and updated into a true one."""
    made = confirmed(await unverified.open(content()))
    [ticket] = await stage.tracker.read([made.ref])
    assert ticket.status is TicketStatus.OPEN
    updated = confirmed(await stage.tracker.update(made.ref, content(), made.written, ()))
    assert ids([updated.ref]) == ids(stage.refs())


@pytest.mark.parametrize("fault", [faults.too_many(30), faults.unavailable(), faults.lost_answer()])
async def test_without_a_token_trouble_is_said(
    stage: PagerDutyStage, unverified: UnverifiedPagerDutyTracker, fault: faults.Fault
) -> None:
    """Nothing is confirmed that was not accepted."""
    stage.world.faults.add(fault, "POST", ENQUEUE)
    assert isinstance(await unverified.open(content()), Retryable | Uncertain)


async def test_an_unverified_incident_that_never_was_is_missing(stage: PagerDutyStage) -> None:
    """The trigger was accepted and swallowed: once there is a token, that comes out."""
    [ticket] = await stage.tracker.read([TicketRef(content().key, "unverified")])
    assert ticket.status is TicketStatus.MISSING
