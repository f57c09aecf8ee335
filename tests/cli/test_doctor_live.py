"""`doctor --live`, in process, before a PagerDuty, a Jira and TLS endpoints on loopback: reads alone, fixes said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from incidentd.cli.main import run
from incidentd.sandbox.endpoints import TlsEndpoint
from tests.cli.doctoring import SetUp, set_up
from tests.cli.process import configure, lay_out, running
from tests.processes.ground import Ground, laid
from tests.sources.world import issued


@pytest.fixture(scope="module")
def whole() -> Iterator[Ground]:
    """One ground for all: what a test changes there, it begins anew with."""
    with laid() as ground:
        yield ground


@pytest.fixture(scope="module")
def doors(whole: Ground) -> Any:
    """How its trackers are called."""
    return whole.doors()


@pytest.fixture
def ground(whole: Ground) -> Ground:
    """Both trackers as on their first day."""
    for frame in (whole.pagerduty, whole.jira):
        frame.reset()
    return whole


@pytest.fixture
def site(ground: Ground, doors: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> SetUp:
    """A set-up with both trackers, as it should be."""
    made = set_up(tmp_path, capsys)
    pager = {"kind": "pagerduty", **doors["pagerduty"], "service": ground.pagerduty.service.id}
    trackers = {"pager": pager, "queue": {"kind": "jira", **doors["jira"]}}
    made.configure(trackers=trackers, routes=[{"tracker": "queue"}], self_tracker="pager")
    return made


def no_writes(ground: Ground) -> None:
    """Whatever was asked, nothing was changed."""
    assert ground.pagerduty.journal
    assert not ground.pagerduty.writes
    assert not ground.jira.writes


UNKNOWN_YET = {"jira.to_done", "jira.from_done", "jira.edit_screen"}


def test_a_healthy_set_up_has_nothing_to_mend(site: SetUp, ground: Ground) -> None:
    """Exit 0; what only a first ticket can tell is said to be unknown."""
    code, found = site.checks("--live")
    assert code == 0
    assert {one["id"] for one in found if one["verdict"] != "ok"} == UNKNOWN_YET
    assert {"tracker pager", "tracker queue"} <= {one["subject"] for one in found}
    no_writes(ground)


TRAPS: list[tuple[str, dict[str, Any], str, str]] = [
    ("pagerduty", {"service_auto_resolve_timeout": 14400}, "pagerduty.auto_resolve_timeout", "Auto-resolution"),
    ("pagerduty", {"service_acknowledgement_timeout": 1800}, "pagerduty.acknowledgement_timeout", "Acknowledgement"),
    ("pagerduty", {"service_status": "maintenance"}, "pagerduty.service_status", "maintenance window"),
    ("pagerduty", {"service_alert_grouping": True}, "pagerduty.alert_grouping", "Alert grouping"),
    ("pagerduty", {"service_urgency": "high"}, "pagerduty.urgency", "based on alert severity"),
    ("pagerduty", {"requester_role": "read_only_user"}, "pagerduty.token_scope", "not read-only"),
    ("pagerduty", {"unauthorized": True}, "pagerduty.credentials", "region"),
    ("jira", {"unauthorized": True}, "jira.credentials", "api_token"),
    ("jira", {"captcha": True}, "jira.credentials", "CAPTCHA"),
    ("jira", {"deployment": "Server"}, "jira.flavour", "flavour: datacenter"),
    ("jira", {"project_archived": True}, "jira.project", "restore it"),
    ("jira", {"project_issue_types": {"1": "Bug"}}, "jira.issue_type", "one of these: Bug"),
]


@pytest.mark.parametrize(("kind", "switches", "id", "fix"), TRAPS)
def test_each_trap_is_a_line_with_its_fix(
    site: SetUp, ground: Ground, kind: str, switches: dict[str, Any], id: str, fix: str
) -> None:
    """As lines for people and by its id for machines; exit 1 where it is a problem."""
    known = (ground.pagerduty if kind == "pagerduty" else ground.jira).switches()
    for name, value in switches.items():
        known[name](value)
    code, found = site.checks("--live")
    [check] = [one for one in found if one["id"] == id]
    assert check["verdict"] != "ok"
    assert fix in check["fix"]
    assert code == (1 if check["verdict"] == "problem" else 0)
    no_writes(ground)


def test_lines_are_grouped_by_subject(site: SetUp, ground: Ground) -> None:
    """Verdict, what was seen, and below it the fix."""
    ground.pagerduty.switches()["service_status"]("disabled")
    code, out = site.doctor("--live")
    assert code == 1
    lines = out[out.index("tracker pager\n") : out.index("tracker queue\n")].splitlines()
    place = lines.index("  PROBLEM  it is disabled: events are accepted, and open nothing")
    assert lines[place + 1] == "           fix: enable the service"
    assert "1 problem, 0 warnings, 3 unknown" in out


def test_hostile_names_are_harmless(site: SetUp, ground: Ground) -> None:
    """A service's name may hold anything."""
    ground.pagerduty.service.name = "\x1b[31m\u202eevil\n  ok       forged"
    out = site.doctor("--live")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\n  ok       forged" not in out


def test_endpoints_are_reached_or_named(site: SetUp, ground: Ground) -> None:
    """By one handshake each; one that answers nobody is told with its address."""
    served: TlsEndpoint = ground.endpoint(issued("a.example.test"), "127.0.0.1")
    there, gone = f"127.0.0.1:{served.port}", "127.0.0.1:1"
    for targets, verdict in (([there], "ok"), ([there, gone], "warning"), ([gone], "problem")):
        edge = {"kind": "tls", "targets": targets, "labels": {"env": "prod"}}
        site.configure(sources={"edge": edge})
        [check] = [one for one in site.checks("--live")[1] if one["id"] == "source.reachable"]
        assert check["verdict"] == verdict
        assert (gone in check["text"]) == (gone in targets)


def test_a_pass_says_what_would_do_harm_and_goes_on(site: SetUp, ground: Ground) -> None:
    """Beside its own work, once; what is only unwise is not said."""
    ground.pagerduty.switches()["service_status"]("disabled")
    ground.pagerduty.switches()["service_urgency"]("high")
    (site.folder / "certs" / "a.pem").write_bytes(issued("a.example.test").chain_pem)
    assert run(["--config", str(site.path), "run", "--once"]) == 0
    said = site.capsys.readouterr().err
    assert said.count("tracker pager: it is disabled: events are accepted, and open nothing (enable the service)") == 1
    assert "high urgency" not in said


def test_the_daemon_shows_what_would_do_harm_and_is_ready(ground: Ground, doors: Any, tmp_path: Path) -> None:
    """On /readyz, on the board and in its log; it starts all the same."""
    ground.pagerduty.switches()["service_auto_resolve_timeout"](14400)
    lay_out(tmp_path, fine_example_test=300)
    pager = {"kind": "pagerduty", **doors["pagerduty"], "service": ground.pagerduty.service.id}
    with running(configure(tmp_path, trackers={"pager": pager})) as daemon:
        daemon.until_ready()
        daemon.until(lambda: "warning: tracker pager: incidents resolve by themselves" in daemon.get("/readyz").text)
        assert "incidents resolve by themselves" in daemon.get("/").text
        assert '"check": "pagerduty.auto_resolve_timeout"' in daemon.log
    no_writes(ground)
