"""A cause that comes and goes is one trouble: told once, over once it has been gone for a while, and never for want of
sight."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.model.blindness import CauseId, CauseKind, Judged, Remembered, Signs
from incidentd.model.inventory import Inventory, SweepRecord
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.policy import Policy
from incidentd.policy.blindness import OUTBOX_OLD, Outlook
from incidentd.policy.lasting import QUIET, judge, why_incomplete
from tests.policy.builders import DAY, HOUR, MINUTE, START, Fleet, certificate, gap, place, seen

SOURCE = CauseId(CauseKind.SOURCE, "edge")
BLIND = CauseId(CauseKind.BLIND, "edge")
STALLED = CauseId(CauseKind.STALLED, "edge")
TRACKER = CauseId(CauseKind.TRACKER, "queue")
OUTBOX = CauseId(CauseKind.OUTBOX, "queue")


def outlook(now: datetime, *, fails: bool = False, unread: bool = False, **more: object) -> Outlook:
    """One source, swept just now, that fails or does not, and one tracker that can be read or not."""
    swept = SweepRecord("edge", 1, now, now, complete=not fails, failure="gone" if fails else None)
    fields = {"unread": {"queue": "401"} if unread else {}, "intervals": {"edge": HOUR}, **more}
    return Outlook(now, Inventory(sweeps={"edge": swept}), Policy(), **fields)  # type: ignore[arg-type]  # by name


def ids(judged: Judged) -> list[CauseId]:
    """Which causes hold."""
    return [cause.id for cause in judged.holding]


def lived(steps: Iterable[Outlook]) -> list[Judged]:
    """One pass after the other, each with what the one before remembered."""
    judged, memory = [], tuple[Remembered, ...]()
    for step in steps:
        judged.append(judge(step, memory))
        memory = judged[-1].memory
    return judged


def stuck(created_at: datetime) -> Sequence[Intent]:
    """An outbox with one thing in it."""
    return (Intent(1, 1, "k", "", ActionKind.OPEN, "queue", IntentState.PENDING, None, (), created_at, created_at),)


def test_a_source_that_fails_every_second_sweep_is_one_trouble_that_does_not_end() -> None:
    """Told at its first failure, and not over while another one comes within three intervals."""
    passes = lived(outlook(START + n * HOUR, fails=n % 2 == 0) for n in range(48))
    assert all(SOURCE in judged.lasting and not judged.ended for judged in passes)
    assert [ids(judged) for judged in passes[:3]] == [[SOURCE], [], [SOURCE]]
    assert {judged.memory[0].since for judged in passes} == {START}


def test_it_is_over_after_three_intervals_without_it() -> None:
    """And then says since when it had been gone."""
    passes = lived(outlook(START + n * HOUR, fails=n == 0) for n in range(6))
    assert [bool(judged.ended) for judged in passes] == [False, False, False, False, True, False]
    assert passes[4].ended == {SOURCE: START + HOUR}
    assert (passes[4].memory, passes[4].lasting) == ((), frozenset())


def test_a_source_that_left_the_configuration_ends_its_trouble_at_once() -> None:
    """That is deliberate."""
    first = judge(outlook(START, fails=True), ())
    assert judge(outlook(START + MINUTE, intervals={}), first.memory).ended == {SOURCE: START + MINUTE}


def test_a_tracker_is_told_of_after_a_quarter_of_an_hour() -> None:
    """Also where it could be read now and then in between."""
    passes = lived(outlook(START + n * 5 * MINUTE, unread=n != 1) for n in range(5))
    assert [ids(judged) for judged in passes] == [[], [], [], [TRACKER], [TRACKER]]
    assert passes[-1].holding[0].since == START


def test_a_tracker_that_was_unreadable_for_a_moment_is_never_told_of() -> None:
    """What is gone when the quarter of an hour is over is forgotten after another one."""
    passes = lived(outlook(START + n * 5 * MINUTE, unread=n == 0) for n in range(6))
    assert not any(judged.holding for judged in passes)
    assert [bool(judged.memory) for judged in passes] == [True, True, True, True, False, False]


def test_what_waits_for_a_tracker_that_cannot_be_read_is_the_same_trouble() -> None:
    """Once the tracker is told of; until then the outbox is."""
    waiting = stuck(START - HOUR)
    passes = lived(outlook(START + n * 10 * MINUTE, unread=True, unfinished=waiting) for n in range(3))
    assert [ids(judged) for judged in passes] == [[OUTBOX], [OUTBOX], [TRACKER]]
    assert OUTBOX in passes[-1].lasting


def blind_fleet() -> Fleet:
    """One place that has been unseen for a day and an hour."""
    where = place()
    fleet = Fleet().sweep(seen(where, certificate(ends=300 * DAY))).wait(HOUR).sweep(gap(where))
    return fleet.wait(25 * HOUR).sweep(gap(where))


def test_a_source_that_fails_makes_no_place_seen_again() -> None:
    """What it was blind to before is not judged while it fails, nor is it told anew."""
    fleet = blind_fleet()

    def look() -> Outlook:
        return Outlook(fleet.now, fleet.inventory, fleet.policy, {"edge": HOUR})

    blind = judge(look(), ())
    assert (ids(blind), blind.blind_places) == ([BLIND], 1)
    memory = (Remembered(CauseKind.BLIND, "edge", START, gone_since=fleet.now),)
    fleet.wait(10 * HOUR).sweep(source="edge", failure="gone")
    failing = judge(look(), memory)
    assert (ids(failing), failing.blind_places) == ([SOURCE], 1)
    assert failing.memory[0] == Remembered(CauseKind.BLIND, "edge", START)
    assert BLIND in failing.lasting


def test_only_who_has_a_loop_knows_that_a_sweep_does_not_hang() -> None:
    """A plan, made beside the daemon, leaves that open."""
    memory = (Remembered(CauseKind.STALLED, "edge", START),)
    assert judge(outlook(START + DAY), memory).memory == memory
    (known,) = judge(outlook(START + DAY, signs=Signs(START + DAY)), memory).memory
    assert known.gone_since == START + DAY


def test_times_that_lie_ahead_count_as_now() -> None:
    """They were written under a clock that was wrong, and hold nothing up."""
    memory = (Remembered(CauseKind.TRACKER, "queue", START + DAY, gone_since=START + DAY),)
    (known,) = judge(outlook(START), memory).memory
    assert (known.since, known.gone_since) == (START, START)
    assert judge(outlook(START + QUIET), (known,)).ended == {TRACKER: START}


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 240)), max_size=40))
def test_nothing_is_told_twice_without_having_been_over(steps: list[tuple[bool, bool, int]]) -> None:
    """Between two beginnings of one cause lies an end; what holds lasts, and what ended is neither."""
    now, passes = START, []
    for fails, unread, minutes in steps:
        now += timedelta(minutes=minutes)
        passes.append(outlook(now, fails=fails, unread=unread))
    standing: dict[CauseId, datetime] = {}
    for judged in lived(passes):
        assert set(ids(judged)) <= judged.lasting
        assert not judged.lasting & judged.ended.keys()
        assert {one.id for one in judged.memory} == set(judged.lasting)
        for id in judged.ended:
            standing.pop(id, None)
        for cause in judged.holding:
            assert standing.setdefault(cause.id, cause.since) == cause.since


@given(st.booleans(), st.booleans(), st.integers(0, 100))
def test_judging_the_same_again_changes_nothing(fails: bool, unread: bool, age: int) -> None:
    """Two passes in a row with nothing new remember the same: there is nothing to write."""
    step = outlook(START, fails=fails, unread=unread, unfinished=stuck(START - age * MINUTE))
    first = judge(step, ())
    again = judge(step, first.memory)
    assert (again.memory, again.holding) == (first.memory, first.holding)


@pytest.mark.parametrize(
    ("step", "distrust", "silent"),
    [
        (outlook(START), "", ""),
        (outlook(START), "it leapt", "the clock is not believed: it leapt"),
        (outlook(START, fails=True), "", "source:edge"),
        (outlook(START, unread=True), "", ""),
        (outlook(START, unfinished=stuck(START - OUTBOX_OLD)), "", ""),
        (outlook(START, unfinished=stuck(START - OUTBOX_OLD - MINUTE)), "", "outbox:queue"),
        (outlook(START, signs=Signs(START, {"edge": START - HOUR})), "", "stalled:edge"),
        (outlook(START, intervals={"edge": HOUR, "new": HOUR}), "", "not swept lately: new"),
    ],
)
def test_only_a_complete_pass_has_a_heartbeat(step: Outlook, distrust: str, silent: str) -> None:
    """Silent on a stall, a source that fails or is stale, an old outbox, and a clock that lies."""
    assert why_incomplete(judge(step, ()), step, distrust) == silent


def test_places_out_of_sight_silence_no_heartbeat() -> None:
    """An endpoint that is down says nothing about the daemon."""
    fleet = blind_fleet()
    step = Outlook(fleet.now, fleet.inventory, fleet.policy, {"edge": HOUR})
    assert why_incomplete(judge(step, ()), step, "") == ""


def test_after_a_restart_it_is_silent_until_every_source_was_swept_again() -> None:
    """A daemon that starts over and over never gets that far, and must not look alive."""
    swept = SweepRecord("edge", 1, START, START, complete=True)
    late = Outlook(START + DAY, Inventory(sweeps={"edge": swept}), Policy(), {"edge": HOUR}, signs=Signs(START + DAY))
    judged = judge(late, ())
    assert (judged.holding, why_incomplete(judged, late, "")) == ((), "not swept lately: edge")
    assert why_incomplete(judged, replace(late, pushed={"edge"}), "") == "", "others sweep it: it says so itself"


def test_what_another_process_judges_is_left_as_it_is() -> None:
    """A source that is not in this configuration but in another's: neither told, nor gone, nor over here."""
    began, went = (
        Remembered(SOURCE.kind, "theirs", START),
        Remembered(BLIND.kind, "theirs", START, gone_since=START + MINUTE),
    )
    seen_by_us = judge(outlook(START + 9 * DAY, others=frozenset({"theirs"})), (began, went))
    assert (set(seen_by_us.memory), seen_by_us.ended) == ({began, went}, {})
    assert {began.id, went.id} == seen_by_us.lasting
    left = judge(outlook(START + 9 * DAY), (began, went))
    assert left.ended.keys() == {began.id, went.id}
