"""What incidentd cannot see or do is found, cause by cause; and what is one trouble is one cause."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from incidentd.model.assessment import Stage, Step
from incidentd.model.blindness import CauseId, CauseKind, Signs
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState
from incidentd.model.inventory import Inventory, Member, Place, Run, SilentAddress, SweepRecord
from incidentd.model.location import Location, Role
from incidentd.model.observation import GapReason
from incidentd.model.plan import ActionKind, Intent, IntentState
from incidentd.model.policy import Policy
from incidentd.model.ticket import Closer, Ticket, TicketRef, TicketStatus
from incidentd.policy.blindness import OUTBOX_OLD, TRACES_KEPT, Outlook, blind_gaps, causes, is_late
from tests.policy.builders import DAY, HOUR, MINUTE, START, Fleet, certificate, gap, place, seen

HOURLY = {"edge": HOUR}
NOW = START + 30 * DAY


def fleet_of(places: int, unseen: int, **labels: str) -> Fleet:
    """So many places of one source, some of which have been unseen for 25 hours."""
    one = certificate(ends=300 * DAY)
    where = [place(f"h{number:03}.example.net", **labels) for number in range(places)]
    fleet = Fleet().sweep(*(seen(each, one) for each in where))
    looks = [gap(each) if number < unseen else seen(each, one) for number, each in enumerate(where)]
    return fleet.wait(HOUR).sweep(*looks).wait(25 * HOUR).sweep(*looks)


def outlook_of(fleet: Fleet, **more: object) -> Outlook:
    """All of it as it stands now."""
    return Outlook(fleet.now, fleet.inventory, fleet.policy, HOURLY, **more)  # type: ignore[arg-type]  # by name


def found(outlook: Outlook) -> dict[str, tuple[Step, int, int]]:
    """The causes, with how bad they are."""
    blind = blind_gaps(outlook.inventory, outlook.policy, outlook.now)
    return {str(cause.id): (cause.step, cause.scale, cause.of) for cause in causes(outlook, blind)}


def row(name: str = "a", tracker: str = "queue", **more: Any) -> IncidentRecord:
    """A row of the ledger."""
    fields = {"name": name, "ticket": TicketRef(name, f"OPS-{name}"), **more}
    made = IncidentRecord(
        ord(name[0]), f"incidentd:default:{name}", name, tracker, IncidentState.OPEN, Step.WARNING, Stage.DUE, START
    )
    return replace(made, **fields)


def waiting(age: timedelta, tracker: str = "queue", error: str = "", key: str = "incidentd:default:a") -> Intent:
    """Something in the outbox."""
    return Intent(
        1, ord("a"), key, "", ActionKind.OPEN, tracker, IntentState.PENDING, None, (), NOW - age, NOW, error=error
    )


@pytest.mark.parametrize(
    ("places", "unseen", "expected"),
    [
        (10, 0, None),
        (10, 1, (Step.WARNING, 1, 10)),
        (10, 2, (Step.WARNING, 2, 10)),
        (10, 3, (Step.ERROR, 3, 10)),
        (5, 4, (Step.WARNING, 4, 5)),
        (5, 5, (Step.ERROR, 5, 5)),
        (1, 1, (Step.ERROR, 1, 1)),
    ],
)
def test_places_unseen_for_too_long_are_one_cause_a_source(
    places: int, unseen: int, expected: tuple[Step, int, int] | None
) -> None:
    """An error when it is all of them, or more than a fifth of more than five."""
    assert found(outlook_of(fleet_of(places, unseen))) == ({"blind:edge": expected} if expected else {})


def test_a_place_is_blind_after_the_policys_time_and_not_before() -> None:
    """At exactly 24 hours it is not too long yet."""
    one, where = certificate(ends=300 * DAY), place()
    fleet = Fleet().sweep(seen(where, one)).wait(HOUR).sweep(gap(where)).wait(24 * HOUR)
    assert found(outlook_of(fleet)) == {}
    assert list(found(outlook_of(fleet.wait(timedelta(microseconds=1))))) == ["blind:edge"]


def test_what_is_not_production_or_left_the_configuration_is_no_cause() -> None:
    """A laboratory may be switched off."""
    assert found(outlook_of(fleet_of(3, 3, env="dev"))) == {}
    fleet = fleet_of(3, 3)
    assert found(Outlook(fleet.now, fleet.inventory, fleet.policy, {"other": HOUR})) == {}


def test_the_first_places_are_named_longest_unseen_first() -> None:
    """Capped; the rest is counted."""
    fleet = fleet_of(40, 30)
    (cause,) = causes(outlook_of(fleet), blind_gaps(fleet.inventory, fleet.policy, fleet.now))
    assert (len(cause.first), cause.scale) == (TRACES_KEPT, 30)
    assert cause.first[0].what == "tls://h000.example.net:443 [192.0.2.1]"
    assert (cause.first[0].state, cause.first[0].since) == ("no answer", START + HOUR)
    assert cause.since == START + HOUR


@pytest.mark.parametrize(
    ("address", "reason", "blind"),
    [
        ("192.0.2.2", GapReason.UNREACHABLE, 1),
        ("2001:db8::2", GapReason.TIMED_OUT, 1),
        ("2001:db8::2", GapReason.UNREACHABLE, 0),
    ],
)
def test_addresses_that_never_answered_are_out_of_sight(address: str, reason: GapReason, blind: int) -> None:
    """But for IPv6 where the monitor has none."""
    member = Member("192.0.2.1", (Run(("11" * 32,), START, START, 1),))
    silent = SilentAddress(address, START, reason)
    known = Place(Location("tls://a.test:443", "edge", Role.SERVED), (member,), silent=(silent,))
    gaps = blind_gaps(Inventory(places={known.key: known}), Policy(), START + 25 * HOUR)
    assert len(gaps.get("edge", ())) == blind
    outlook = Outlook(START + 25 * HOUR, Inventory(places={known.key: known}), Policy(), HOURLY)
    assert [cause.first[0].what for cause in causes(outlook, gaps)] == [f"tls://a.test:443 [{address}]"] * blind
    assert [cause.first[0].state for cause in causes(outlook, gaps)] == [reason.value] * blind


def test_a_gap_without_any_reason_is_told_without_one() -> None:
    """Rows that an earlier version wrote may have none."""
    known = Place(Location("file:///a.pem", "edge", Role.STORED), unseen_since=START)
    inventory = Inventory(places={known.key: known})
    outlook = Outlook(START + 25 * HOUR, inventory, Policy(), HOURLY)
    (cause,) = causes(outlook, blind_gaps(inventory, Policy(), outlook.now))
    assert cause.first[0].state == ""


def test_a_failing_source_is_a_cause_and_its_places_are_not_another() -> None:
    """A warning at once; an error once it has lasted for as long as places may be unseen."""
    fleet = fleet_of(30, 30).sweep(source="edge", failure="the folder cannot be listed")
    assert found(outlook_of(fleet)) == {"source:edge": (Step.WARNING, 30, 0)}
    (cause,) = causes(outlook_of(fleet), {})
    assert (cause.why, cause.since) == ("the folder cannot be listed", fleet.now)
    assert (len(cause.first), cause.first[0].what) == (TRACES_KEPT, "tls://h000.example.net:443 [192.0.2.1]")
    assert cause.first[0].since == START + HOUR
    fleet.wait(25 * HOUR).sweep(source="edge", failure="the folder cannot be listed")
    assert found(outlook_of(fleet)) == {"source:edge": (Step.ERROR, 30, 0)}


def test_what_a_failing_source_could_look_at_all_the_same_is_not_counted() -> None:
    """A list of targets with one bad line fails, and its good lines are looked at."""
    one, where = certificate(ends=300 * DAY), [place(f"h{number}.example.net") for number in range(3)]
    fleet = Fleet().sweep(*(seen(each, one) for each in where)).wait(HOUR)
    fleet.sweep(*(seen(each, one) for each in where[:2]), failure="line 3")
    assert found(outlook_of(fleet)) == {"source:edge": (Step.WARNING, 1, 0)}


def test_a_source_that_failed_before_it_was_known_since_when_counts_from_its_sweep() -> None:
    """A row without the time that its failing began."""
    swept = SweepRecord("edge", 1, START, START, complete=False, failure="gone")
    (cause,) = causes(Outlook(NOW, Inventory(sweeps={"edge": swept}), Policy(), HOURLY), {})
    assert (cause.since, cause.first) == (START, ())


def test_a_sweep_that_hangs_is_a_cause_of_the_loop() -> None:
    """Since its last sign of life; whoever has no loop does not know."""
    fleet = fleet_of(10, 10)
    signs = Signs(START, {"edge": fleet.now - HOUR})
    assert found(outlook_of(fleet, signs=signs)) == {"stalled:edge": (Step.ERROR, 10, 0)}
    assert "stalled:edge" not in found(outlook_of(fleet))
    (cause,) = causes(outlook_of(fleet, signs=signs), {})
    assert cause.since == fleet.now - HOUR


def test_a_source_whose_sweeps_never_end_is_stalled_too() -> None:
    """Three intervals and a quarter of an hour after the last end, or after the loop began."""
    fleet = fleet_of(1, 0)
    swept_at = fleet.now
    fleet.wait(3 * HOUR + 15 * MINUTE)
    assert found(outlook_of(fleet, signs=Signs(START))) == {}
    fleet.wait(MINUTE)
    assert found(outlook_of(fleet, signs=Signs(START))) == {"stalled:edge": (Step.ERROR, 1, 0)}
    (cause,) = causes(outlook_of(fleet, signs=Signs(START)), {})
    assert (cause.since, cause.why) == (swept_at, "no sweep of it comes to an end")
    assert found(outlook_of(fleet, signs=Signs(fleet.now))) == {}
    never = Outlook(NOW, Inventory(), Policy(), HOURLY, signs=Signs(START))
    assert [(cause.since, cause.scale) for cause in causes(never, {})] == [(START, 0)]
    assert is_late(None, HOUR, NOW)


def test_a_source_that_others_sweep_is_late_by_its_own_measure() -> None:
    """What it fails with says so; a sweep of it that hangs, or any other source, is told as ever."""
    never = Outlook(NOW, Inventory(), Policy(), HOURLY, signs=Signs(START), pushed={"edge"})
    assert found(never) == {}
    assert found(replace(never, pushed={"disk"})) == {"stalled:edge": (Step.ERROR, 0, 0)}
    assert found(replace(never, signs=Signs(START, {"edge": START}))) == {"stalled:edge": (Step.ERROR, 0, 0)}


def test_a_tracker_that_cannot_be_read_is_one_cause_with_what_stands_there() -> None:
    """Worst first."""
    rows = [row("a"), row("b", step=Step.ERROR), row("c", tracker="other"), row("d", state=IncidentState.CLOSED)]
    outlook = Outlook(NOW, Inventory(), Policy(), HOURLY, records=rows, unread={"queue": "401"})
    (cause,) = causes(outlook, {})
    assert (str(cause.id), cause.step, cause.scale, cause.why) == ("tracker:queue", Step.ERROR, 2, "401")
    assert [(trace.what, trace.role, trace.state) for trace in cause.first] == [
        ("b", "OPS-b", "open"),
        ("a", "OPS-a", "open"),
    ]


def test_what_waits_for_longer_than_a_quarter_of_an_hour_is_one_cause_a_tracker() -> None:
    """By the name of its incident; at exactly 15 minutes it is young."""
    outbox = (
        waiting(OUTBOX_OLD + MINUTE, error="503"),
        waiting(OUTBOX_OLD),
        waiting(HOUR, "other", key="incidentd:default:self:source:edge"),
    )
    outlook = Outlook(NOW, Inventory(), Policy(), HOURLY, outbox, [row("a")])
    queue, other = causes(outlook, {})
    assert (str(queue.id), queue.scale, queue.why, queue.step) == ("outbox:queue", 1, "503", Step.ERROR)
    assert (queue.first[0].what, queue.since) == ("a", NOW - OUTBOX_OLD - MINUTE)
    assert (str(other.id), other.why) == ("outbox:other", "")
    nameless = Outlook(NOW, Inventory(), Policy(), HOURLY, outbox[2:])
    assert causes(nameless, {})[0].first[0].what == "incidentd:default:self:source:edge"


def test_an_automation_that_closed_twice_is_one_cause_a_tracker_and_is_named() -> None:
    """Only what is held on its word counts, not what a person closed."""
    held: dict[str, Any] = {"state": IncidentState.HELD, "held_at": START}
    rows = [
        row("a", held_by=HeldBy.AUTOMATION, **held),
        row("b", held_by=HeldBy.AUTOMATION, **{**held, "held_at": START - HOUR}, ticket=None),
        row("c", held_by=HeldBy.PERSON, **held),
        row("d"),
    ]
    tickets = {
        rows[0].key: Ticket(
            TicketRef("a", "OPS-a"), "", TicketStatus.CLOSED, closed_by=Closer.AUTOMATION, closer="Tidy"
        )
    }
    outlook = Outlook(NOW, Inventory(), Policy(), HOURLY, records=rows, tickets=tickets)
    (cause,) = causes(outlook, {})
    assert cause.id == CauseId(CauseKind.AUTOMATION, "queue")
    assert (cause.scale, cause.since, cause.why, cause.step) == (2, START - HOUR, "Tidy", Step.WARNING)
    assert [(trace.role, trace.state) for trace in cause.first] == [
        ("OPS-a", "closed by Tidy"),
        ("no ticket yet", "held"),
    ]


@pytest.mark.parametrize(
    ("kind", "tracker"), [(CauseKind.TRACKER, "x"), (CauseKind.OUTBOX, "x"), (CauseKind.BLIND, None)]
)
def test_only_a_tracker_that_fails_is_not_told_of_it(kind: CauseKind, tracker: str | None) -> None:
    """One whose tickets an automation closes still takes tickets."""
    assert CauseId(kind, "x").failing_tracker == tracker
    assert CauseId(CauseKind.AUTOMATION, "x").failing_tracker is None
