"""Simulating: what will be open, what opens until then, and what another policy would make of it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incidentd.model.assessment import Reason, Severity, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import HeldBy, IncidentRecord, IncidentState
from incidentd.model.plan import ActionKind
from incidentd.model.policy import Exemption, Policy, SeverityRule
from incidentd.model.threshold import Threshold
from incidentd.planning.routing import Routing
from incidentd.planning.simulating import Difference, Present, Simulation, difference, simulate, simulation_document
from incidentd.policy.releases import NO_RELEASES
from tests.planning.desk import INSTANCE, ROUTES, key_of
from tests.policy.builders import DAY, HOUR, START, Fleet, certificate, place, seen

ITEM = {"key", "fingerprint", "name", "not_after", "severity", "stage", "tracker", "ticket", "reasons", "text"}
SOON = certificate(ends=30 * DAY)
LATER = certificate("b.example.net", ends=120 * DAY)
FAR = certificate("c.example.net", ends=400 * DAY)
FLEET = Fleet().sweep(*(seen(place(one.names[0]), one) for one in (SOON, LATER, FAR)))


def row(judged: Certificate, **more: object) -> IncidentRecord:
    """An open incident of the ledger."""
    made = IncidentRecord(
        1, key_of(judged), judged.fingerprint, "oncall", IncidentState.OPEN, Step.WARNING, Stage.DUE, START - DAY,
        name="known", not_after=judged.not_after,
    )  # fmt: skip  # by position, as the ledger writes them
    return replace(made, **more)  # type: ignore[arg-type]  # the fields are given by name, as each test needs them


def present(fleet: Fleet = FLEET, rows: Iterable[IncidentRecord] = ()) -> Present:
    """What is known of a fleet that is swept every hour."""
    records = {each.key: each for each in rows}
    return Present(
        fleet.now, fleet.inventory, records, NO_RELEASES, INSTANCE, Routing(ROUTES), {"edge": HOUR, "disk": HOUR}
    )


def shown(simulation: Simulation) -> list[tuple[str, ActionKind, timedelta | None]]:
    """Whose incident it is, what becomes of it, and when it opens, from START."""
    return [
        (one.action.fingerprint, one.action.kind, one.opens_at - START if one.opens_at else None)
        for one in simulation.open
    ]


def test_what_is_due_then_is_open_then() -> None:
    """One that waits to be opened, one whose window opens meanwhile; not the one that has time left."""
    window = datetime(2026, 12, 1, 12, tzinfo=START.tzinfo) - START
    simulation = simulate(present(), Policy(), START + 60 * DAY)
    assert shown(simulation) == [
        (SOON.fingerprint, ActionKind.OPEN, timedelta()),
        (LATER.fingerprint, ActionKind.OPEN, window),
    ]
    assert simulation.opens == simulation.open
    assert [one.action.step for one in simulation.open] == [Step.EXPIRED, Step.WARNING]


def test_at_the_instant_of_a_window_it_is_not_open_yet() -> None:
    """Compared as instants, like everything."""
    window = datetime(2026, 12, 1, 12, tzinfo=START.tzinfo)
    opens = [len(simulate(present(), Policy(), at).open) for at in (window, window + timedelta(microseconds=1))]
    assert opens == [1, 2]


def test_what_is_open_already_keeps_its_ticket_tracker_and_step() -> None:
    """And does not open between now and then. A step never falls."""
    simulation = simulate(present(rows=[row(SOON, step=Step.CRITICAL)]), Policy(), START + DAY)
    [one] = simulation.open
    assert (one.action.kind, one.action.tracker, one.action.step) == (ActionKind.UPDATE, "oncall", Step.CRITICAL)
    assert simulation.opens == ()


def test_what_is_closed_by_then_is_not_open() -> None:
    """The rest of the proof comes, as all goes on to show what it shows."""
    new = certificate(ends=500 * DAY)
    fleet = Fleet().sweep(seen(place(), SOON)).wait(HOUR).sweep(seen(place(), new))
    rows = [row(SOON)]
    assert [one.action.fingerprint for one in simulate(present(fleet, rows), Policy(), fleet.now).open] == [
        SOON.fingerprint
    ]
    assert simulate(present(fleet, rows), Policy(), fleet.now + DAY).open == ()


def test_what_nothing_wants_and_nothing_proves_away_stays_open() -> None:
    """It left every place that is known, in no way that would be proof; what is forgotten whole cannot be told."""
    fleet = Fleet().sweep(seen(place(), SOON))
    orphan = certificate(ends=20 * DAY)
    certificates = {**fleet.inventory.certificates, orphan.fingerprint: orphan}
    fleet.inventory = replace(fleet.inventory, certificates=certificates)
    rows = [row(orphan), row(certificate(ends=3 * DAY))]
    [first, second] = simulate(present(fleet, rows), Policy(), START + DAY).open
    assert (first.action.fingerprint, first.action.reasons) == (orphan.fingerprint, (Reason.NOT_IN_PLACE,))
    assert first.action.text == "known stays open: not_in_place"
    assert second.action.fingerprint == SOON.fingerprint


@pytest.mark.parametrize(
    ("held", "held_at", "until", "returns_at"),
    [
        ({"held_by": HeldBy.PERSON, "held_step": Step.WARNING}, 0, 15, None),
        ({"held_by": HeldBy.PERSON, "held_step": Step.WARNING}, 0, 16, 16),
        ({"held_by": HeldBy.PERSON, "held_step": Step.WARNING}, 0, 17, 16),
        ({"held_by": HeldBy.PERSON, "held_step": Step.CRITICAL}, 27.5, 29, 28.5),
        ({"held_by": HeldBy.PERSON, "held_step": Step.LAST_DAY}, 29.5, 31, 30),
        ({"held_by": HeldBy.ACCEPTANCE, "held_step": Step.WARNING, "held_until": START + 9 * DAY}, 0, 10, 9),
        ({"held_by": HeldBy.ACCEPTANCE, "held_step": Step.WARNING, "held_until": START + 9 * DAY}, 0, 8, None),
        ({"held_by": HeldBy.PERSON, "held_step": None}, 3, 5, 3),
    ],
)
def test_what_a_person_closed_comes_back_when_its_time_has_come(
    held: dict[str, object], held_at: float, until: int, returns_at: float | None
) -> None:
    """At its next step, a day after it is critical, at expiry, or as an acceptance ends; until then it is not open."""
    fleet = Fleet().sweep(seen(place(), SOON)).wait(held_at * DAY)
    rows = [row(SOON, state=IncidentState.HELD, held_at=fleet.now, **held)]
    found = shown(simulate(present(fleet, rows), Policy(), START + until * DAY))
    wanted = [] if returns_at is None else [(SOON.fingerprint, ActionKind.REOPEN, returns_at * DAY)]
    assert found == wanted


def test_the_end_of_the_calendar_is_a_moment_like_others() -> None:
    """Everything has expired; and nothing overflows."""
    end = datetime.max.replace(tzinfo=START.tzinfo)
    rows = [row(SOON, state=IncidentState.HELD, held_at=START, held_by=HeldBy.PERSON, held_step=Step.WARNING)]
    simulation = simulate(present(rows=rows), Policy(), end)
    assert [one.action.step for one in simulation.open] == [Step.EXPIRED] * 3


def changed(policy: Policy, days: int = 40) -> Difference:
    """Against the default policy."""
    known = present(rows=[row(SOON)])
    at = START + days * DAY
    return difference(simulate(known, Policy(), at), simulate(known, policy, at))


def test_another_policy_is_told_as_a_difference_of_incidents() -> None:
    """What it opens, what it closes, what gets another severity; the same policy changes nothing."""
    assert changed(Policy()) == Difference((), (), ())
    wider = changed(Policy(threshold=Threshold(months=12)))
    assert [action.fingerprint for action in wider.opens] == [FAR.fingerprint]
    exempt = changed(Policy(exemptions=(Exemption(SOON.fingerprint, START + 90 * DAY, "moved", "me"),)))
    assert ([action.fingerprint for action in exempt.closes], exempt.opens) == ([SOON.fingerprint], ())
    assert [(action.kind, action.text.split(":")[0]) for action in exempt.closes] == [
        (ActionKind.CLOSE, f"close {SOON.display_name}")
    ]
    steeper = changed(Policy(severities=(SeverityRule(Step.ERROR, 85 * DAY, exact=True),)))
    [one] = steeper.changes
    assert (one.after.fingerprint, one.before.step, one.after.step) == (LATER.fingerprint, Step.WARNING, Step.ERROR)


def test_the_document_has_the_promised_keys() -> None:
    """ITEM as in `plan --json`; with a policy, what it changes."""
    known, at = present(rows=[row(SOON)]), START + 60 * DAY
    simulation = simulate(known, Policy(), at)
    document = simulation_document(simulation)
    assert set(document) == {"schema_version", "at", "open", "opens", "policy"}
    assert (document["schema_version"], document["at"], document["policy"]) == (1, "2026-12-31T12:00:00Z", None)
    assert all(set(item) >= ITEM for item in (*document["open"], *document["opens"]))
    assert [item["opens_at"] for item in document["opens"]] == ["2026-12-01T12:00:00Z"]
    steeper = simulate(known, Policy(severities=(SeverityRule(Step.ERROR, 85 * DAY, exact=True),)), at)
    told = simulation_document(steeper, difference(simulation, steeper))["policy"]
    [item] = told["changes"]
    assert item["before"] == {"severity": "warning", "step": "warning", "stage": "due"}
    assert (item["severity"], told["opens"], told["closes"]) == (Severity.ERROR, [], [])
    assert json.loads(json.dumps(document)) == document
