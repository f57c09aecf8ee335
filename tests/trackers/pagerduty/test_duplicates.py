"""Duplicates in PagerDuty: whose an incident is only its alerts tell, and a merge moves them."""

import pytest

from incidentd.errors import TrackerError
from incidentd.model.ticket import TicketRef, TicketStatus, Uncertain
from incidentd.sandbox import faults
from incidentd.trackers.pagerduty.reading import alerts_in, key_of_all, touched_at
from tests.trackers.contract_healing import NOTE, standing
from tests.trackers.examples import FIXED, WORSE, content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.stage import confirmed, ids


def calls(stage: PagerDutyStage, ending: str) -> int:
    """How many requests went to paths with that ending."""
    return sum(entry.request.path.endswith(ending) for entry in stage.world.journal)


async def test_a_merged_duplicate_leaves_its_alert_to_the_one_that_stays(stage: PagerDutyStage) -> None:
    """The ledger's one stays true and can be closed, and a reading by the old id follows."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    merged = confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert merged.unfinished, "the alert that came over may say less than the incident should by now"
    kept = stage.world.incidents[made.ref.id]
    assert (len(kept.alerts), stage.world.incidents[other.id].merged_into) == (2, made.ref.id)
    [ticket] = await stage.tracker.read([other])
    assert ticket.status is TicketStatus.OPEN
    assert await stage.tracker.duplicates([standing(other)]) == {}, "it is not a duplicate of itself"
    confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, ()))
    first = await stage.tracker.close(made.ref, content().key, FIXED)
    assert isinstance(first, Uncertain), "a resolve event ends the alert of its own routing key only"
    confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
    assert stage.open_refs() == []


async def test_an_incident_that_others_share_is_no_duplicate(stage: PagerDutyStage) -> None:
    """Alert grouping, or a person, put several certificates into it: it is not closed for one of them."""
    made, third = await stage.opened(), await stage.opened(content("c" * 64))
    other = stage.duplicate(made.ref)
    stage.world.merge(third.ref.id, other.id)
    await stage.tracker.read([made.ref])
    assert await stage.tracker.duplicates([standing(made.ref)]) == {}
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert set(ids(stage.open_refs())) == {made.ref.id, other.id}


async def test_an_incident_without_alerts_is_a_persons(stage: PagerDutyStage) -> None:
    """Whatever its title and its key; and it is not asked for alerts that it has not."""
    made = await stage.opened()
    title = stage.world.incidents[made.ref.id].title
    by_hand = stage.world.open_incident(
        stage.world.service, title, "high", stage.world.on_call.agent, stage.clock.now(), {"type": "web_trigger"}
    )
    by_hand.incident_key = content().key
    assert await stage.tracker.duplicates([standing(made.ref)]) == {}
    assert calls(stage, f"{by_hand.id}/alerts") == 0


async def test_a_refused_merge_is_a_resolve(stage: PagerDutyStage) -> None:
    """An incident may be full, for one: the note says what it stood beside."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.world.faults.add(faults.answer(400), "PUT", ".*/merge")
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert (ids(stage.open_refs()), stage.comments(other)) == ([made.ref.id], [NOTE.text])


async def test_a_merge_whose_trouble_may_pass_is_not_made_a_resolve(stage: PagerDutyStage) -> None:
    """It is tried again as it was."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.world.faults.add(faults.unavailable(), "PUT", ".*/merge")
    await stage.tracker.merge(made.ref, [other], content().key, NOTE)
    assert stage.world.incidents[other.id].is_open
    confirmed(await stage.tracker.merge(made.ref, [other], content().key, NOTE))
    assert (stage.world.incidents[other.id].merged_into, stage.comments(other)) == (made.ref.id, [NOTE.text])


async def test_what_stands_for_it_may_be_gone(stage: PagerDutyStage) -> None:
    """Nothing can be merged into it: the duplicate is resolved."""
    made = await stage.opened()
    gone = TicketRef("Q9999999999999", "#9")
    confirmed(await stage.tracker.merge(gone, [made.ref], content().key, NOTE))
    assert stage.open_refs() == []


async def test_the_one_that_stands_is_never_merged_into_itself(stage: PagerDutyStage) -> None:
    """Opened while there was no token: only its key is known, and that finds the very incident."""
    made = await stage.opened()
    unverified = TicketRef(content().key, "unverified")
    before = stage.writes()
    confirmed(await stage.tracker.merge(unverified, [made.ref], content().key, NOTE))
    assert (ids(stage.open_refs()), stage.writes()) == ([made.ref.id], before)


async def test_a_merge_is_done_when_the_duplicate_is_seen_resolved(stage: PagerDutyStage) -> None:
    """Not when it was accepted."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    stage.world.faults.add(faults.answer(200, body='{"incident": {"id": "X"}}'), "PUT", ".*/merge")
    assert isinstance(await stage.tracker.merge(made.ref, [other], content().key, NOTE), Uncertain)


async def test_a_crowded_service_is_looked_through_bit_by_bit(stage: PagerDutyStage) -> None:
    """Twenty incidents that nobody knows in one pass, the newest first, each once; the duplicate is found in time."""
    made = await stage.opened()
    stage.clock.pass_by(5)
    stage.duplicate(made.ref)
    for number in range(30):
        stage.clock.pass_by(5)
        await stage.opened(content(f"{number:040x}{0:024x}"))
    known = [standing(made.ref), standing((await stage.opened(content("e" * 64))).ref, "e" * 64)]
    told = []
    for _ in range(4):
        before = calls(stage, "/alerts")
        await stage.tracker.read([one.ref for one in known if one.ref])
        told.append((bool(await stage.tracker.duplicates(known)), calls(stage, "/alerts") - before))
    assert told == [(False, 20), (True, 11), (True, 0), (True, 0)]


async def test_the_service_is_learnt_from_an_incident_that_was_opened_late(stage: PagerDutyStage) -> None:
    """Where it is not configured, and nothing of ours was ever seen."""
    made = await stage.opened()
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, service=None)
    told = await tracker.duplicates([standing(None)])
    assert [ticket.ref.id for ticket in told[content().key]] == [made.ref.id]


async def test_with_one_incident_the_list_is_read_once_in_five_minutes(stage: PagerDutyStage) -> None:
    """It is read by its id in between; and where the service is not configured, that tells which one it is."""
    made = await stage.opened()
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL, service=None)
    for _ in range(10):
        await tracker.read([made.ref])
        assert await tracker.duplicates([standing(made.ref)]) == {}
        stage.clock.pass_by(60)
    assert calls(stage, "/incidents") == 1 + 2  # the one is of the opening
    assert len({entry.request.query for entry in stage.world.journal if entry.request.path == "/incidents"}) == 2


async def test_our_own_notes_are_no_persons_work(stage: PagerDutyStage) -> None:
    """They bear the From user, whom the account tells; where it does not tell, it was a person."""
    made = await stage.opened()
    other = stage.duplicate(made.ref)
    confirmed(await stage.tracker.comment(other, (FIXED,)))
    stage.clock.pass_by(60)
    assert await _touched(stage, made.ref, faults_first=False) == set()
    assert await _touched(stage, made.ref, faults_first=True) == {other.id}


async def _touched(stage: PagerDutyStage, ref: TicketRef, *, faults_first: bool) -> set[str]:
    """Which ones a fresh process takes for worked on."""
    if faults_first:
        stage.world.faults.add(faults.answer(403), "GET", "/users")
    tracker = stage.over(stage.transport, EVENTS_URL, API_URL)
    told = await tracker.duplicates([standing(ref)])
    return {ticket.ref.id for ticket in told[content().key] if ticket.touched_at is not None}


async def test_an_account_that_cannot_tell_now_is_asked_again(stage: PagerDutyStage) -> None:
    """Nothing is decided without it."""
    made = await stage.opened()
    stage.duplicate(made.ref)
    stage.world.faults.add(faults.answer(404), "GET", "/users")
    with pytest.raises(TrackerError):
        await stage.tracker.duplicates([standing(made.ref)])
    assert content().key in await stage.tracker.duplicates([standing(made.ref)])


USER = {"type": "user_reference", "id": "P1"}
AT = "2026-11-22T12:00:00Z"


@pytest.mark.parametrize(
    ("entry", "by_a_person"),
    [
        ({"type": "annotate_log_entry", "agent": {**USER, "id": "P2"}, "created_at": AT}, True),
        ({"type": "annotate_log_entry", "agent": USER, "created_at": AT}, False),
        ({"type": "acknowledge_log_entry_reference", "agent": USER, "created_at": AT}, True),
        ({"type": "resolve_log_entry", "agent": {"type": "service_reference", "id": "P2"}, "created_at": AT}, False),
        ({"type": None, "agent": {"type": None}, "created_at": AT}, False),
        ({"agent": None}, False),
        ({"type": "annotate_log_entry", "agent": {**USER, "id": "P2"}, "created_at": None}, False),
    ],
)
def test_whose_work_an_entry_of_the_history_tells(entry: dict[str, object], by_a_person: bool) -> None:
    """Any user but ours; and ours, for what incidentd does not do. Any field may be null."""
    assert (touched_at([entry], "P1") is not None) is by_a_person


def test_what_an_incident_says_of_its_alerts() -> None:
    """Where it does not say how many there are, it is looked at."""
    assert [alerts_in(one) for one in ({}, {"alert_counts": {"all": 3}}, {"alert_counts": {"all": None}})] == [1, 3, 0]
    assert key_of_all([]) is None
    assert key_of_all([{"alert_key": None}]) is None
    assert key_of_all([{"alert_key": "k"}, {"alert_key": "k"}]) == "k"
    assert key_of_all([{"alert_key": "k"}, {"alert_key": "l"}]) is None
