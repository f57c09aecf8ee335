"""Jira's preflight, Cloud and Data Center: each trap is told with its fix, and nothing is ever written."""

from datetime import timedelta
from typing import Any

import pytest

from incidentd.model.preflight import Verdict
from incidentd.sandbox import faults
from incidentd.sandbox.jira.workflow import Status, Transition, Workflow, default_workflow
from incidentd.trackers.jira.cloud import Cloud
from incidentd.trackers.jira.datacenter import DataCenter
from incidentd.trackers.jira.preflight import JiraPreflight
from tests.trackers.examples import FIXED, content
from tests.trackers.jira.stage import BASE_URL, DataCenterStage, JiraStage
from tests.trackers.preflights import looked, not_ok
from tests.trackers.stage import confirmed

OK, WARNING, PROBLEM, UNKNOWN = Verdict.OK, Verdict.WARNING, Verdict.PROBLEM, Verdict.UNKNOWN
NOT_YET = {"jira.to_done": UNKNOWN, "jira.from_done": UNKNOWN, "jira.edit_screen": UNKNOWN}
"""What only an issue can tell."""


def preflight(stage: JiraStage, **changes: Any) -> JiraPreflight:
    """A look with the sandbox's own credentials."""
    is_cloud = not isinstance(stage, DataCenterStage)
    settings: dict[str, Any] = {
        "base_url": BASE_URL,
        "api_token": lambda: stage.world.api_token,
        "email": stage.world.email if is_cloud else None,
        "project": stage.world.project_key,
        "dialect": Cloud() if is_cloud else DataCenter(),
    }
    return JiraPreflight("queue", stage.transport, stage.clock, **{**settings, **changes})


@pytest.fixture(params=[JiraStage, DataCenterStage], ids=["cloud", "datacenter"])
def stage(request: pytest.FixtureRequest) -> JiraStage:
    """A site as it should be."""
    built: JiraStage = request.param()
    return built


async def lived(stage: JiraStage) -> None:
    """An issue that is done and one that is open; what was written for it is forgotten."""
    done = await stage.opened(content())
    confirmed(await stage.tracker.close(done.ref, content().key, FIXED))
    stage.world.clone(done.ref.id)
    stage.world.person_transitions(stage.refs()[-1].id, "To Do")
    stage.world.journal.clear()


async def test_a_healthy_project_has_nothing_to_mend(stage: JiraStage) -> None:
    """Before the first ticket what only a ticket can tell is not known; afterwards it is."""
    early = await looked(preflight(stage), stage.world)
    assert not_ok(early) == NOT_YET
    assert len({early[id].text for id in NOT_YET}) == len(NOT_YET)
    await lived(stage)
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {}
    assert "critical: Highest, error: High, warning: Medium" in checks["jira.priorities"].text


SETTINGS: list[tuple[dict[str, Any], str, Verdict, str]] = [
    ({"api_token": lambda: "another"}, "credentials", PROBLEM, "HTTP 401"),
    ({"project": "NOPE"}, "project", PROBLEM, "HTTP 404"),
    ({"issue_type": "Epic"}, "issue_type", PROBLEM, "no issue of the type Epic"),
    ({"fields": {"customfield_1": "x"}}, "fields", WARNING, "is not on the create screen"),
    ({"fields": {"priority": {"name": "Urgent"}}}, "fields", PROBLEM, "priority a value that Jira does not offer"),
    ({"fields": {"priority": {"name": "high"}}}, "fields", OK, "is on the create screen"),
    ({"fields": {"components": [{"name": "edge"}], "watchers": ["x"]}}, "fields", OK, "is on the create screen"),
]


@pytest.mark.parametrize(("settings", "id", "verdict", "text"), SETTINGS)
async def test_each_wrong_setting_is_told_with_its_fix(
    stage: JiraStage, settings: dict[str, Any], id: str, verdict: Verdict, text: str
) -> None:
    """And no secret stands in a text."""
    checks = await looked(preflight(stage, **settings), stage.world)
    check = checks[f"jira.{id}"]
    assert (check.verdict, text in check.text) == (verdict, True), check
    said = " ".join(f"{one.text} {one.fix}" for one in checks.values())
    assert not any(secret in said for secret in (stage.world.api_token, "another"))


TRAPS: list[tuple[dict[str, Any], str, Verdict, str]] = [
    ({"project_archived": True}, "project", PROBLEM, "archived"),
    ({"project_type_key": "service_desk"}, "service_project", OK, "customers never see them"),
    ({"project_issue_types": {"1": "Bug"}}, "issue_type", PROBLEM, "no issue of the type Task"),
    ({"captcha": True}, "credentials", PROBLEM, "HTTP 403"),
    ({"unauthorized": True}, "credentials", PROBLEM, "HTTP 401"),
    ({"down": True}, "reachable", PROBLEM, "HTTP 503"),
    ({"workflow": {"hidden": ["Done"]}}, "to_done", PROBLEM, "no transition that this account can take"),
    ({"workflow": {"resolution": "required"}}, "to_done", OK, "can be moved to a status"),
    ({"workflow": {"reopen": False}}, "from_done", WARNING, "gets a new, linked issue"),
    ({"workflow": {"names": {"Done": "Erledigt"}}}, "to_done", OK, "can be moved to a status"),
]


@pytest.mark.parametrize(("switches", "id", "verdict", "text"), TRAPS)
async def test_each_trap_of_the_site_is_told_with_its_fix(
    stage: JiraStage, switches: dict[str, Any], id: str, verdict: Verdict, text: str
) -> None:
    """Whatever else is told beside it."""
    await lived(stage)
    known = stage.world.switches()
    for name, value in switches.items():
        known[name](value)
    checks = await looked(preflight(stage), stage.world)
    assert (checks[f"jira.{id}"].verdict, text in checks[f"jira.{id}"].text) == (verdict, True), checks


async def test_a_captcha_is_told_apart_from_wrong_credentials(stage: JiraStage) -> None:
    """By X-Seraph-LoginReason: no other token would help."""
    stage.world.switches()["captcha"](True)
    checks = await looked(preflight(stage), stage.world)
    assert "answer the CAPTCHA" in checks["jira.credentials"].fix


@pytest.mark.parametrize(
    ("missing", "id", "verdict"),
    [
        ("CREATE_ISSUES", "permissions", PROBLEM),
        ("EDIT_ISSUES", "permissions", PROBLEM),
        ("TRANSITION_ISSUES", "permissions", PROBLEM),
        ("ADD_COMMENTS", "permissions", PROBLEM),
        ("LINK_ISSUES", "permissions_beside", WARNING),
        ("MANAGE_WATCHERS", "permissions_beside", WARNING),
        ("BROWSE_PROJECTS", "project", PROBLEM),
    ],
)
async def test_each_missing_permission_is_named(stage: JiraStage, missing: str, id: str, verdict: Verdict) -> None:
    """With where to grant it; that of browsing makes the project invisible."""
    stage.world.revoke_permission(missing)
    checks = await looked(preflight(stage, fields={"watchers": ["bot-1"]}), stage.world)
    assert checks[f"jira.{id}"].verdict is verdict
    assert id == "project" or missing in checks[f"jira.{id}"].text


async def test_a_field_that_nobody_fills_is_named(stage: JiraStage) -> None:
    """Until `fields` fills it with what may be chosen."""
    world = stage.world
    world.actions()["add_field"]("customfield_10050", "Team", kind="option", required=True, options=("red", "blue"))
    checks = await looked(preflight(stage), world)
    assert "Team (customfield_10050)" in checks["jira.required_fields"].text
    for value, verdict in (("red", OK), ("green", PROBLEM)):
        checks = await looked(preflight(stage, fields={"customfield_10050": {"value": value}}), world)
        assert checks["jira.required_fields"].verdict is OK
        assert checks["jira.fields"].verdict is verdict


SCREENS: list[tuple[str, dict[str, Verdict]]] = [
    ("labels", {"jira.labels": PROBLEM, "jira.edit_screen": WARNING}),
    ("duedate", {"jira.create_screen": WARNING, "jira.edit_screen": WARNING}),
    ("priority", {"jira.create_screen": WARNING, "jira.priorities": WARNING, "jira.edit_screen": WARNING}),
]


@pytest.mark.parametrize(("field", "told"), SCREENS)
async def test_what_is_on_no_screen_is_told(stage: JiraStage, field: str, told: dict[str, Verdict]) -> None:
    """Labels above all: by them an issue is found again."""
    await lived(stage)
    stage.world.actions()["take_off_screen"](field)
    assert not_ok(await looked(preflight(stage), stage.world)) == told


async def test_a_field_on_the_create_screen_only_is_told(stage: JiraStage) -> None:
    """It stays as it was made."""
    await lived(stage)
    stage.world.actions()["take_off_screen"]("priority", on_create=True)
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {"jira.edit_screen": WARNING}
    assert checks["jira.edit_screen"].text.startswith("priority cannot be edited")


async def test_the_other_flavour_is_told(stage: JiraStage) -> None:
    """Cloud's API is not there on Data Center; Data Center's is there on Cloud, which says what it is."""
    other = Cloud() if isinstance(stage, DataCenterStage) else DataCenter()
    unseen = {check.id: check for check in await preflight(stage, dialect=other).preflight()}
    assert not_ok(unseen) == {"jira.reachable": PROBLEM}
    assert "set flavour: " in unseen["jira.reachable"].fix
    told = {"Cloud": "Server", "Server": "Cloud"}[stage.world.desks.deployment]
    stage.world.switches()["deployment"](told)
    stage.world.journal.clear()
    checks = await looked(preflight(stage), stage.world)
    assert not_ok(checks) == {"jira.flavour": PROBLEM}
    assert f"says that it is {told}" in checks["jira.flavour"].text


async def test_nobody_is_not_taken_for_us(stage: JiraStage) -> None:
    """Bad credentials may turn into an anonymous caller."""
    stage.world.anonymous_downgrade = True
    checks = await looked(preflight(stage, api_token=lambda: "another"), stage.world)
    assert [id for id, verdict in not_ok(checks).items() if verdict is PROBLEM] == ["jira.credentials"]


async def test_a_deactivated_account_is_told(stage: JiraStage) -> None:
    """Its token may live on for a while."""
    stage.world.faults.add(faults.answer(200, body='{"accountId": "bot-1", "active": false}'), "GET", ".*/myself")
    checks = await looked(preflight(stage), stage.world)
    assert "deactivated" in checks["jira.credentials"].text


async def test_a_required_field_on_the_way_to_done_is_told(stage: JiraStage) -> None:
    """Unless `fields` fills it."""
    await lived(stage)
    stage.world.project.add_field("customfield_10051", "Root cause")
    done = Transition("31", "Done", "10001", ("10000", "3"), ("customfield_10051",), ("customfield_10051",))
    stage.world.project.workflow = Workflow(default_workflow().statuses, (done,))
    checks = await looked(preflight(stage), stage.world)
    assert "requires what nobody fills" in checks["jira.to_done"].text
    checks = await looked(preflight(stage, fields={"customfield_10051": "expiry"}), stage.world)
    assert checks["jira.to_done"].verdict is OK


async def test_a_workflow_without_done_is_told_before_the_first_ticket() -> None:
    """Cloud tells a project's statuses."""
    stage = JiraStage()
    stage.world.project.workflow = Workflow((Status("1", "Open", "new"), Status("2", "Shut", "indeterminate")), ())
    checks = await looked(preflight(stage), stage.world)
    assert checks["jira.to_done"].verdict is PROBLEM
    assert "no status of the category done" in checks["jira.to_done"].text


async def test_a_lag_that_is_too_short_for_cloud_is_told(stage: JiraStage) -> None:
    """Data Center's index is that of its own nodes."""
    checks = await looked(preflight(stage, index_lag=timedelta(0)), stage.world)
    assert checks["jira.index_lag"].verdict is (OK if isinstance(stage, DataCenterStage) else WARNING)


async def test_what_one_call_would_not_tell_is_unknown_and_the_rest_is_told(stage: JiraStage) -> None:
    """A gateway's errors on some paths."""
    for path in ("createmeta.*", "mypermissions", "search.*"):
        stage.world.faults.add(faults.answer(500, body="{}"), "*", f".*/{path}", times=None)
    told = not_ok(await looked(preflight(stage), stage.world))
    assert told == {"jira.permissions": UNKNOWN, "jira.issue_type": UNKNOWN, "jira.workflow": UNKNOWN}


async def test_a_login_page_where_statuses_were_asked_for_is_no_answer() -> None:
    """A proxy's page in place of a list."""
    stage = JiraStage()
    stage.world.faults.add(faults.answer(200, body="<html>"), "GET", ".*/statuses")
    assert not_ok(await looked(preflight(stage), stage.world))["jira.workflow"] is UNKNOWN
