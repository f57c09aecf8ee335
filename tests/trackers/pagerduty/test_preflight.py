"""PagerDuty's preflight: each trap is told with its fix, a healthy account has none, and nothing is ever written."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from incidentd.errors import ConfigError
from incidentd.model.preflight import Subject, Verdict
from incidentd.model.ticket import Closer, TicketStatus
from incidentd.sandbox import faults
from incidentd.sandbox.pagerduty import PagerDuty
from incidentd.trackers.clocks import clock_check
from incidentd.trackers.pagerduty.preflight import PagerDutyPreflight, region_check, routing_key_check
from incidentd.trackers.pagerduty.service import service_checks
from tests.trackers.examples import content
from tests.trackers.pagerduty.stage import API_URL, EVENTS_URL, PagerDutyStage
from tests.trackers.preflights import looked, not_ok
from tests.transport.clocks import HeldClock

WARNING, PROBLEM, UNKNOWN = Verdict.WARNING, Verdict.PROBLEM, Verdict.UNKNOWN
SUBJECT = Subject("tracker oncall")
KEY = "0123456789abcdef0123456789abcdef"


def preflight(stage: PagerDutyStage, **changes: Any) -> PagerDutyPreflight:
    """A look with the sandbox's own credentials."""
    settings: dict[str, Any] = {
        "routing_key": lambda: stage.routing_key,
        "api_token": lambda: stage.world.api_token,
        "from_email": stage.world.from_email,
        "service": stage.world.service.id,
        "events_url": EVENTS_URL,
        "api_url": API_URL,
    }
    return PagerDutyPreflight("oncall", stage.transport, stage.clock, **{**settings, **changes})


@pytest.fixture
def stage() -> PagerDutyStage:
    """An account as it should be."""
    return PagerDutyStage()


async def test_a_healthy_account_has_nothing_to_mend(stage: PagerDutyStage) -> None:
    """With the service configured, and found through its integration."""
    for service in (stage.world.service.id, None):
        checks = await looked(preflight(stage, service=service), stage.world)
        assert not_ok(checks) == {}
        assert {"pagerduty.credentials", "pagerduty.service_status", "pagerduty.urgency"} <= set(checks)


TRAPS: list[tuple[dict[str, Any], str, Verdict, str]] = [
    ({"service_auto_resolve_timeout": 14400}, "auto_resolve_timeout", PROBLEM, "resolve by themselves after 4 h"),
    ({"service_acknowledgement_timeout": 1800}, "acknowledgement_timeout", WARNING, "up to 48 times a day"),
    ({"service_status": "disabled"}, "service_status", PROBLEM, "it is disabled"),
    ({"service_status": "maintenance"}, "service_status", PROBLEM, "in maintenance"),
    ({"service_alert_grouping": True}, "alert_grouping", WARNING, "grouped (intelligent)"),
    ({"service_alert_creation": "create_incidents"}, "alert_creation", PROBLEM, "without alerts"),
    ({"service_urgency": "high"}, "urgency", WARNING, "a warning pages at night"),
    ({"service_urgency": "low"}, "urgency", WARNING, "may page nobody"),
    ({"service_urgency_outside_hours": "high"}, "urgency", WARNING, "a warning pages at night"),
    ({"integration_kind": "generic_email_inbound_integration"}, "integration", PROBLEM, "another kind"),
    ({"integration_routing_key": KEY}, "integration", PROBLEM, "no integration of the service"),
    ({"integration_shows_key": False}, "integration", UNKNOWN, "not shown the integrations' keys"),
    ({"account_key": True}, "token_scope", UNKNOWN, "an account's key"),
]


@pytest.mark.parametrize(("switches", "id", "verdict", "text"), TRAPS)
async def test_each_trap_of_the_account_is_told_with_its_fix(
    stage: PagerDutyStage, switches: dict[str, Any], id: str, verdict: Verdict, text: str
) -> None:
    """That one alone."""
    known = stage.world.switches()
    for name, value in switches.items():
        known[name](value)
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {f"pagerduty.{id}": verdict}
    assert text in checks[f"pagerduty.{id}"].text


async def test_priorities_are_not_missed(stage: PagerDutyStage) -> None:
    """402: the plan has none."""
    stage.world.switches()["has_priorities"](False)
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {}
    assert "none is missed" in checks["pagerduty.priorities"].text


async def test_a_priority_that_the_account_does_not_have_is_named(stage: PagerDutyStage) -> None:
    """With those that it has."""
    assert not_ok(await looked(preflight(stage, priorities=("P1", "P2")), stage.world)) == {}
    checks = await looked(preflight(stage, priorities=("P1", "Sev 1")), stage.world)
    assert not_ok(checks) == {"pagerduty.priorities": WARNING}
    assert "no priority called Sev 1" in checks["pagerduty.priorities"].text
    assert "P1, P2, P3" in checks["pagerduty.priorities"].fix


async def test_a_user_who_may_only_read_is_told(stage: PagerDutyStage) -> None:
    """Whether the user is named by from_email or owns the token."""
    stage.world.switches()["requester_role"]("read_only_user")
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {"pagerduty.from_email": PROBLEM, "pagerduty.token_scope": PROBLEM}


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"api_token": lambda: "another"}, "credentials", "HTTP 401"),
    ({"from_email": "nobody@example.net"}, "from_email", "no user of the account"),
    ({"service": "PNOTHERE"}, "service", "not there, or is not shown"),
    ({"service": None, "routing_key": lambda: KEY}, "service", "no service that this token sees"),
    ({"routing_key": lambda: "short", "service": None}, "routing_key", "32 letters and digits"),
]


@pytest.mark.parametrize(("settings", "id", "text"), WRONG)
async def test_each_wrong_setting_is_told_with_its_fix(
    stage: PagerDutyStage, settings: dict[str, Any], id: str, text: str
) -> None:
    """And no secret stands in a text."""
    checks = await looked(preflight(stage, **settings), stage.world)
    check = checks[f"pagerduty.{id}"]
    assert (check.verdict, text in check.text) == (PROBLEM, True)
    said = " ".join(f"{one.text} {one.fix}" for one in checks.values())
    assert not any(secret in said for secret in (*stage.secrets(), KEY, "another"))


async def test_a_401_ends_the_look_and_names_the_region(stage: PagerDutyStage) -> None:
    """Everything else would say the same; the wrong region answers 401 too."""
    checks = await looked(preflight(stage, api_token=lambda: "another"), stage.world)
    assert "region" in checks["pagerduty.credentials"].fix
    assert "pagerduty.service" not in checks


async def test_out_of_reach_is_a_problem_and_no_crash(stage: PagerDutyStage) -> None:
    """503 to everything."""
    stage.world.down = True
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {"pagerduty.reachable": PROBLEM}
    assert "HTTP 503" in checks["pagerduty.reachable"].text


async def test_what_one_call_would_not_tell_is_unknown_and_the_rest_is_told(stage: PagerDutyStage) -> None:
    """A gateway's error on one path, a scope that is missing on another."""
    stage.world.faults.add(faults.answer(500), "GET", "/priorities", times=None)
    stage.world.faults.add(faults.answer(500), "GET", "/users/me", times=None)
    stage.world.faults.add(faults.answer(403), "GET", "/users", times=None)
    stage.world.faults.add(faults.answer(200, body="{}"), "GET", "/services/.*", times=None)
    checks = await looked(preflight(stage), stage.world)
    wanted = {"priorities": UNKNOWN, "token_scope": UNKNOWN, "from_email": PROBLEM, "service": UNKNOWN}
    assert not_ok(checks) == {f"pagerduty.{id}": verdict for id, verdict in wanted.items()}


async def test_a_service_beyond_the_first_page_is_found(stage: PagerDutyStage) -> None:
    """A hundred at a time."""
    for number in range(101):
        stage.world.add_service(f"other {number}", f"{number:0>32}")
    last = stage.world.add_service("last", KEY)
    checks = await looked(preflight(stage, service=None, routing_key=lambda: KEY), stage.world)
    assert last.id in checks["pagerduty.service"].text


async def test_an_orchestration_s_key_is_unknown_not_wrong(stage: PagerDutyStage) -> None:
    """It belongs to no service."""
    key = f"R{KEY[1:]}"
    for service, id in ((None, "pagerduty.service"), (stage.world.service.id, "pagerduty.integration")):
        checks = await looked(preflight(stage, service=service, routing_key=lambda: key), stage.world)
        assert not_ok(checks) == {id: UNKNOWN}


async def test_without_a_token_it_says_what_is_given_up(stage: PagerDutyStage) -> None:
    """And asks nothing of anybody."""
    checks = await looked(preflight(stage, api_token=None), stage.world)
    assert not_ok(checks) == {"pagerduty.write_only": WARNING}
    assert not stage.world.journal


async def test_a_routing_key_that_cannot_be_read_is_told(stage: PagerDutyStage) -> None:
    """And the rest is looked at."""

    def unreadable() -> str:
        raise ConfigError("the secret file cannot be read: No such file or directory", where="/run/key")

    checks = await looked(preflight(stage, routing_key=unreadable), stage.world)
    assert checks["pagerduty.routing_key"].verdict is PROBLEM
    assert checks["pagerduty.service"].verdict is Verdict.OK


@pytest.mark.parametrize(
    ("behind", "verdict"),
    [
        (timedelta(seconds=30), Verdict.OK),
        (timedelta(minutes=7), WARNING),
        (timedelta(hours=3), WARNING),
        (timedelta(days=2), PROBLEM),
    ],
)
async def test_our_clock_is_held_against_theirs(stage: PagerDutyStage, behind: timedelta, verdict: Verdict) -> None:
    """By the Date header, either way."""
    for apart in (behind, -behind):
        stage.world.now = partial(_apart, stage.clock.now, apart)
        assert (await looked(preflight(stage), stage.world))["pagerduty.clock"].verdict is verdict


def _apart(now: Callable[[], datetime], apart: timedelta) -> datetime:
    return now() + apart


def test_a_missing_date_is_unknown() -> None:
    """A proxy may take it away."""
    assert clock_check(SUBJECT, "pagerduty.clock", HeldClock().now(), None).verdict is UNKNOWN


@pytest.mark.parametrize(
    ("events", "api", "verdict"),
    [
        ("https://events.pagerduty.com", "https://api.pagerduty.com", Verdict.OK),
        ("https://events.eu.pagerduty.com", "https://api.eu.pagerduty.com", Verdict.OK),
        ("https://events.eu.pagerduty.com", "https://api.pagerduty.com", PROBLEM),
        ("http://127.0.0.1:1", "http://127.0.0.1:2", Verdict.OK),
    ],
)
def test_the_two_regions_are_not_mixed(events: str, api: str, verdict: Verdict) -> None:
    """Other hosts are nobody's region."""
    assert region_check(SUBJECT, events, api).verdict is verdict


def test_a_routing_key_is_judged_by_its_form() -> None:
    """32 letters and digits."""
    assert routing_key_check(SUBJECT, KEY).verdict is Verdict.OK
    assert routing_key_check(SUBJECT, KEY.replace("0", "-")).verdict is PROBLEM


def test_a_service_with_nulls_everywhere_is_judged_all_the_same() -> None:
    """Any field may be null (REST v2, types); the old grouping attribute counts too."""
    nothing: dict[str, Any] = {"id": "P1", "integrations": None, "incident_urgency_rule": None}
    verdicts = {check.id: check.verdict for check in service_checks(SUBJECT, nothing, KEY)}
    assert verdicts["pagerduty.urgency"] is UNKNOWN
    assert verdicts["pagerduty.integration"] is PROBLEM
    grouped = {check.id: check for check in service_checks(SUBJECT, {"alert_grouping": "time"}, KEY)}
    assert "grouped (time)" in grouped["pagerduty.alert_grouping"].text


async def test_a_crowded_service_resolves_like_a_machine_and_is_told(stage: PagerDutyStage) -> None:
    """100,000 open incidents make a service resolve by itself: no person's word; and the look at it says so."""
    stage.world.switches()["most_open_incidents"](2)
    made = await stage.opened()
    other = await stage.opened(content("b" * 64))
    verdicts = {check.id: check.verdict for check in await preflight(stage).preflight()}
    assert verdicts["pagerduty.auto_resolve_timeout"] is PROBLEM
    stage.clock.pass_by(84_600)
    tickets = await stage.tracker.read([made.ref, other.ref])
    assert [(ticket.status, ticket.closed_by) for ticket in tickets] == [
        (TicketStatus.CLOSED, Closer.AUTOMATION),
        (TicketStatus.CLOSED, Closer.AUTOMATION),
    ]


def test_the_switches_of_traps_end_with_a_reset() -> None:
    """A sandbox that is begun anew is healthy again."""
    world = PagerDuty(now=PagerDutyStage().clock.now)
    world.switches()["has_priorities"](False)
    world.switches()["requester_role"]("observer")
    world.switches()["puts_per_minute"](1)
    world.switches()["most_open_incidents"](1)
    world.reset()
    assert (world.put_window.per_minute, world.most_open_incidents) == (500, 100_000)
    assert world.rest.has_priorities
    assert world.rest.token_owner is world.users[0]
    assert world.users[0].role == "user"
