"""Explaining: every check has its inputs, its rule and an answer, and every reason has words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from incidentd.model.assessment import Assessment, PlaceStatus, Reason, Stage, Step
from incidentd.model.certificate import Certificate
from incidentd.model.incident import Event, HeldBy, IncidentRecord, IncidentState, page_key
from incidentd.model.inventory import Inventory
from incidentd.model.location import Controller
from incidentd.model.policy import Page, Policy, Route
from incidentd.model.release import Carrier
from incidentd.planning.evidence import unreplaced_places
from incidentd.planning.explaining import OVERDUE, WHY, Explanation, explain
from incidentd.planning.routing import Routing
from tests.planning.desk import ROUTES, due, found, opened, out_of_scope, settled
from tests.policy.builders import DAY, START, A, certificate, place, store

ANYWHERE = Routing(ROUTES)
History = list[tuple[IncidentRecord, tuple[Event, ...]]]


def explained(
    judged: Certificate,
    assessment: Assessment,
    *others: Certificate,
    history: History | None = None,
    routing: Routing = ANYWHERE,
    replaced: Sequence[Assessment] = (),
) -> Explanation:
    """What `explain` has to say at START."""
    known = {each.fingerprint: each for each in (judged, *others)}
    routed = routing.of(assessment, judged)
    return explain(judged.fingerprint, assessment, Inventory(known), Policy(), history or [], START, routed, replaced)


def test_every_reason_has_words() -> None:
    """Nobody has to look a code up."""
    assert set(WHY) == set(Reason)


def test_the_checks_name_their_inputs_and_rules() -> None:
    """In production, due, how severe, and why this stage."""
    judged = certificate()
    answers = {check.question: (check.answer, check.rule) for check in explained(judged, due(judged)).checks}
    assert answers["Is it in production?"][0] == "1 of 1 place"
    assert "env=dev|development" in answers["Is it in production?"][1]
    assert answers["Is it due?"] == (
        "yes: its window opens 2026-09-02 12:00 UTC",
        "due when now is later than notAfter (2026-12-01 12:00 UTC) minus 3mo",
    )
    assert answers["How severe is it?"][0] == "warning"
    assert answers["How severe is it?"][1].endswith("expired from 2026-12-01 12:00 UTC")
    assert answers["Why this stage?"] == ("due (threshold_passed)", "its window has opened")


@pytest.mark.parametrize(
    ("opens_at", "answer"), [(None, "never: no end"), (START, "no: its window opens 2026-11-01 12:00 UTC")]
)
def test_what_is_not_due_says_when_it_will_be(opens_at: object, answer: str) -> None:
    """At the instant itself it is not yet due; a severity that nobody sees is said to be one."""
    judged = certificate()
    told = explained(judged, out_of_scope(judged, Reason.NOT_YET_DUE, opens_at=opens_at))
    answers = {check.question: check.answer for check in told.checks}
    assert answers["Is it due?"] == answer
    assert answers["How severe is it?"] == "would be warning"
    assert list(told.changes) == ([] if opens_at is None else ["2026-11-01 12:00 UTC: its incident opens, in 0 s"])


@pytest.mark.parametrize(("proof", "answer"), [("", "no proof that automation renews it"), ("policy", "policy")])
def test_a_short_lived_one_is_asked_for_its_proof(proof: str, answer: str) -> None:
    """And only a short-lived one."""
    judged = certificate(lasts=90 * DAY)
    told = explained(judged, due(judged, proof=proof))
    assert {check.question: check.answer for check in told.checks}["Is it short-lived and automated?"] == answer


@pytest.mark.parametrize("reason", [Reason.EXEMPT_BY_POLICY, Reason.EXEMPT_BY_ANNOTATION])
def test_who_lets_it_off_is_named(reason: Reason) -> None:
    """Of a short-lived one, too: that is no automation."""
    judged = certificate(lasts=90 * DAY)
    told = explained(judged, out_of_scope(judged, reason, proof="alice: moved\x1b", next_change_at=START + DAY))
    answers = {check.question: check.answer for check in told.checks}
    assert answers["On whose word is it let off?"] == "alice: moved\\x1b"
    assert "Is it short-lived and automated?" not in answers
    assert told.changes[0] == "2026-11-02 12:00 UTC: it is let off no longer, in 1 d 0 h"


def test_a_controller_that_is_not_ready_is_why_there_is_no_proof() -> None:
    """In its own words."""
    judged = certificate(lasts=90 * DAY)
    failing = replace(place(), controller=Controller("cert-manager", ready=False, trouble="not ready: Expired"))
    told = explained(judged, due(judged, found(failing)))
    answers = {check.question: check.answer for check in told.checks}
    assert answers["Is it short-lived and automated?"] == "cert-manager owns it: not ready: Expired"


def test_changes_to_come_are_listed_and_those_that_are_past_are_not() -> None:
    """Each step with its instant, and what would close it."""
    judged = certificate(ends=10 * DAY)
    told = explained(judged, due(judged)).changes
    assert [line.split(": ")[0] for line in told[:-1]] == [
        "2026-11-08 12:00 UTC",
        "2026-11-10 12:00 UTC",
        "2026-11-11 12:00 UTC",
    ]
    assert told[-1].startswith("it closes when each blocking place shows a successor in 3 looks in a row")
    fine = explained(judged, out_of_scope(judged, Reason.NON_PRODUCTION, stage=Stage.FINE))
    assert fine.changes == ()


def severity_of(judged: Certificate, assessment: Assessment, history: History | None = None) -> tuple[str, str]:
    """The answer, and what its rule says beside the ladder."""
    checks = explained(judged, assessment, history=history).checks
    severe = next(check for check in checks if check.question == "How severe is it?")
    return severe.answer, severe.rule.partition("; ")[2]


def steps_of(judged: Certificate, assessment: Assessment, history: History | None = None) -> list[str]:
    """The changes that are severity steps, or say that none comes."""
    return [line for line in explained(judged, assessment, history=history).changes if "severity step" in line]


@pytest.mark.parametrize("reason", [Reason.RENEWED_BY_AUTOMATION, Reason.RENEWAL_OVERDUE])
def test_what_automation_renews_is_due_by_another_rule(reason: Reason) -> None:
    """Three months before the end are not the instant that stands beside it."""
    judged = certificate()
    told = explained(judged, replace(due(judged), reasons=(reason,))).checks
    assert next(check.rule for check in told if check.question == "Is it due?") == OVERDUE


def test_what_is_capped_climbs_no_step() -> None:
    """It is not said to become critical when it will not."""
    judged = certificate()
    spare = due(judged, reasons=(Reason.THRESHOLD_PASSED, Reason.CAPPED_SPARE))
    assert steps_of(judged, spare) == ["no severity step comes: it stays at warning: it is a spare, or archived"]
    assert severity_of(judged, spare) == ("warning", "stays at warning: it is a spare, or archived")


def test_a_late_release_brings_the_steps_forward() -> None:
    """As the ticket says it: error now, critical when it would be error, and not critical twice."""
    judged = certificate()
    late = due(judged, step=Step.ERROR, stage=Stage.RELEASE_LATE)
    assert severity_of(judged, late) == ("error", "one severity up while its release is late")
    assert steps_of(judged, late) == [
        "2026-11-17 12:00 UTC: severity step critical, in 16 d 0 h",
        "2026-11-30 12:00 UTC: severity step last_day, in 29 d 0 h",
        "2026-12-01 12:00 UTC: severity step expired, in 30 d 0 h",
    ]


def test_what_was_reached_is_not_to_come() -> None:
    """A release that is in time again takes no severity back."""
    desk, judged = opened()
    before: History = [(replace(desk.record(judged), step=Step.ERROR), ())]
    kept = "it was error before, and does not fall while the certificate is in place"
    assert severity_of(judged, due(judged), before) == ("error", kept)
    assert steps_of(judged, due(judged), before)[0].startswith("2026-11-28 12:00 UTC: severity step critical")


def test_what_cannot_be_seen_may_be_called_gone() -> None:
    """Each place as it is pasted into a shell, a few of them, and only what keeps it open."""
    judged = certificate()
    unseen = [found(place(f"{n}.example.net"), unseen_since=START) for n in range(5)]
    hostile = found(replace(place(), uri="tls://a;reboot:443"), unseen_since=START)
    other = found(place("z.example.net"), unseen_since=START, blocks=False)
    told = explained(judged, due(judged, hostile, other, *unseen)).changes[-3:]
    said = "what is gone for good stops no closing once a person says so: incidentd retire "
    assert told == tuple(
        f"{said}{uri}" for uri in ("'tls://a;reboot:443'", "tls://0.example.net:443", "tls://1.example.net:443")
    )


def test_the_evidence_says_of_each_member_what_was_seen() -> None:
    """And whether it stands in the way of a closing; outside text is harmless."""
    judged, new = certificate(), certificate(ends=400 * DAY)
    done = found(place(), PlaceStatus.REPLACED, successor=new.fingerprint)
    aside = found(replace(store(), uri="file:///a\n"), address="", blocks=False)
    dark = found(place("dark.example.net"), unseen_since=START, first_at=None)
    told = explained(judged, due(judged, done, aside, dark), new).evidence
    edge, disk = place().source, store().source
    assert edge != disk
    assert told[0] == (
        f"tls://api.example.net:443 [{A}] (served, source {edge}, does not block closing): replaced: newer, "
        f"{new.fingerprint[:8]}…{new.fingerprint[-4:]} until {new.not_after:%Y-%m-%d %H:%M} UTC; "
        "3 looks in a row, 2026-10-31 12:00 UTC to 2026-11-01 12:00 UTC"
    )
    assert told[1].startswith(
        f"file:///a\\x0a (stored, source {disk}, does not block closing): present: this certificate; "
    )
    assert told[2].endswith(
        f"(served, source {edge}, blocks closing): present: this certificate; UNSEEN since 2026-11-01 12:00 UTC"
    )


def test_handshakes_that_did_not_agree_are_counted() -> None:
    """As they were at the last look; each address is named where there are several."""
    judged = certificate()
    where = found(place(), PlaceStatus.MIXED, handshakes=(1, 5))
    (line,) = explained(judged, due(judged, where)).evidence
    assert "mixed: this one and a newer one by turns, 1 of 5 handshakes still old; 3 looks" in line
    assert unreplaced_places([where]) == ["tls://api.example.net:443 (1 of 5 handshakes still old)"]


def test_a_successor_says_what_it_takes_the_place_of() -> None:
    """The last end first, and how far that is."""
    judged, old, older = (certificate(ends=days * DAY, fingerprint=f"{days:064}") for days in (400, 20, 9))
    told = explained(judged, out_of_scope(judged, Reason.NOT_YET_DUE), old, older, replaced=[settled(older), due(old)])
    (answer,) = [check.answer for check in told.checks if check.question == "What does it take the place of?"]
    said = ("00000000…0020 until 2026-11-21 12:00 UTC (due)", "00000000…0009 until 2026-11-10 12:00 UTC (settled)")
    assert answer == ", ".join(said)


def test_its_lives_are_told_with_their_events() -> None:
    """Delivered or not."""
    desk, judged = opened()
    row = desk.record(judged)
    history: History = [
        (row, (Event(START + timedelta(days=1), "held", "by person"),)),
        (replace(row, ticket=None), ()),
    ]
    assert explained(judged, due(judged), history=history).lives == (
        "open in queue (OPS-1), step warning, opened 2026-11-01 12:00 UTC",
        "  2026-11-02 12:00 UTC held: by person",
        "open in queue (not delivered yet), step warning, opened 2026-11-01 12:00 UTC",
    )


def test_it_says_whose_it_is_where_it_goes_and_who_is_paged() -> None:
    """And by which rule; an incident that is open stands where it was opened."""
    routing = Routing((Route((("team", "pay*"),), "queue", Page("oncall", Step.ERROR)), Route((), "rest")))
    judged = certificate()
    told = explained(judged, due(judged, found(place(team="payers"))), routing=routing)
    answers = {check.question: (check.answer, check.rule) for check in told.checks}
    assert answers["Whose is it?"] == ("payers", "label team= on tls://api.example.net:443")
    assert answers["Where does its incident go?"] == (
        "queue",
        "the first route that most places match: {team: pay*} -> queue",
    )
    assert answers["Who is paged?"] == ("oncall", "page: from error on, beside the ticket")
    desk, other = opened()
    page = replace(desk.record(other), key=page_key(desk.record(other).key), tracker="oncall")
    told = explained(other, due(other), history=[(page, ()), (desk.record(other), ())])
    answers = {check.question: (check.answer, check.rule) for check in told.checks}
    assert answers["Whose is it?"][0] == "nobody's"
    assert answers["Where does its incident go?"] == ("queue", "where its incident was opened, or moved to")
    assert told.lives[0].startswith("page: open in oncall (OPS-1), step warning")
    assert told.lives[1].startswith("open in queue (OPS-1), step warning")


@pytest.mark.parametrize(
    ("decided", "words"),
    [
        ({"snoozed_until": START + DAY}, f"open, snoozed until {START + DAY:%Y-%m-%d %H:%M} UTC, in queue"),
        (
            {"state": IncidentState.HELD, "held_by": HeldBy.ACCEPTANCE, "held_until": START + DAY},
            f"held, accepted until {START + DAY:%Y-%m-%d %H:%M} UTC, in queue",
        ),
        ({"state": IncidentState.HELD, "held_by": HeldBy.PERSON, "snoozed_until": START + DAY}, "held in queue"),
        ({}, "open in queue"),
    ],
)
def test_a_life_tells_until_when_a_person_wants_it_so(decided: dict[str, object], words: str) -> None:
    """Snoozed or accepted; a snooze is of no account while it is held."""
    desk, judged = opened()
    row = replace(desk.record(judged), **decided)  # type: ignore[arg-type]  # fields by name, as each case needs them
    [line] = explained(judged, due(judged), history=[(row, ())]).lives
    assert line.startswith(words)


def test_a_release_is_explained_where_one_has_to_do_with_it() -> None:
    """Where the renewal is, and when a release would be late."""
    judged = certificate()
    carrier = Carrier("2026.12", START, "f" * 64, planned_at=START + 2 * DAY)
    answers = {check.question: check for check in explained(judged, due(judged, carrier=carrier)).checks}
    assert "in release 2026.12" in answers["Where is its renewal?"].answer
    assert "7 d 0 h" in answers["Where is its renewal?"].rule
    assert "Where is its renewal?" not in {check.question for check in explained(judged, due(judged)).checks}
