"""`run --once`: one whole pass as a user runs it, its exit codes, and what it says where."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.cli.site import Site

TROUBLES = [{"down": True}, {"unauthorized": True}, {"forbidden": True}]


def test_applied_is_zero_and_twice_is_once(either: Site) -> None:
    """One ticket; the second pass changes nothing and sends nothing."""
    due = either.certificate("api.pem", 30)
    first = either.run("run", "--once")
    assert (first.code, first.out) == (0, "1 action sent, 0 incidents as they should be.\n")
    state = either.asked(either.kind, "state")
    second = either.run("run", "--once", "--json")
    assert second.code == 0
    assert second.document == {
        "schema_version": 1,
        "sent": 0,
        "undelivered": 0,
        "held": 0,
        "left": 1,
        "observes_only": False,
        "problems": [],
    }
    assert either.asked(either.kind, "state") == state
    assert len(either.tickets(due)) == 1


@pytest.mark.parametrize("trouble", TROUBLES, ids=str)
def test_a_tracker_that_fails_is_said_once_and_nothing_is_lost_or_doubled(
    either: Site, trouble: dict[str, bool]
) -> None:
    """Exit 1 while it fails, with an opening and with an open ticket; then one ticket each."""
    first = either.certificate("api.pem", 30)
    either.asked(either.kind, "switches", trouble)
    failed = either.run("run", "--once", "--deadline", "1s")
    assert failed.code == 1
    assert failed.err.count("HTTP") == 1, failed.err
    assert "1 not delivered" in failed.out
    either.asked(either.kind, "switches", dict.fromkeys(trouble, False))
    assert either.run("run", "--once").code == 0
    either.asked(either.kind, "switches", trouble)
    second = either.certificate("other.pem", 30, "other.example.test")
    failed = either.run("run", "--once", "--deadline", "1s")
    assert failed.code == 1
    assert failed.err.count("cannot be read") == 1, failed.err
    either.asked(either.kind, "switches", dict.fromkeys(trouble, False))
    assert either.run("run", "--once").code == 0
    assert [len(either.tickets(one)) for one in (first, second)] == [1, 1]


@pytest.mark.parametrize("status", [404, 500])
def test_any_other_answer_is_no_crash(either: Site, status: int) -> None:
    """As from a proxy that knows nothing of the tracker: for a while, then as always."""
    due = either.certificate("api.pem", 30)
    fault = {"kind": "answer", "status": status, "headers": {"Content-Type": "text/html"}, "body": "<html>no</html>"}
    either.asked(either.kind, "faults", {"fault": fault, "times": 4})
    either.run("run", "--once", "--deadline", "1s")
    assert either.run("run", "--once").code == 0
    assert len(either.tickets(due)) == 1


@pytest.mark.parametrize("fault", ["lost_answer", "answer_after_commit", "half_answer", "lost_request"])
def test_an_answer_that_is_lost_makes_no_second_ticket(either: Site, fault: str) -> None:
    """Found again within the same run where the tracker answers, with the index up to date."""
    due = either.certificate("api.pem", 30)
    path = "/v2/enqueue" if either.kind == "pagerduty" else "/rest/api/3/issue"
    either.asked(either.kind, "faults", {"fault": {"kind": fault}, "method": "POST", "path": path})
    deadline = "1s" if (either.kind, fault) == ("pagerduty", "lost_request") else "30s"
    either.run("run", "--once", "--deadline", deadline)
    assert len(either.tickets(due)) == (0 if deadline == "1s" else 1)


def test_an_unreachable_target_alone_is_zero_and_a_gap(site: Site) -> None:
    """And a whole source that fails is one."""
    edge = {"kind": "tls", "targets": ["127.0.0.1:9"]}
    site.configure(sources={"edge": edge})
    assert site.run("run", "--once").code == 0
    gaps = site.run("list", "--gaps", "--json").document["gaps"]
    assert [gap["location"] for gap in gaps] == ["tls://127.0.0.1:9"]
    for command in (["run", "--once"], ["run", "--once", "--json"], ["plan"], ["plan", "--json"]):
        said = site.run(*command)
        assert said.code == 0
        lines = [line for line in said.err.splitlines() if "state" not in line]
        assert lines[0] == "incidentd: 1 place could not be seen:"
        assert lines[1].startswith("  tls://127.0.0.1:9: refused: ")
        assert len(lines) == 2
    site.configure(sources={"edge": {"kind": "tls", "targets": [f"127.0.0.1:{port}" for port in range(2, 9)]}})
    lines = site.run("plan").err.splitlines()
    assert lines[0] == "incidentd: 7 places could not be seen:"
    assert [len(lines), lines[-1]] == [7, "  and 2 more (incidentd list --gaps)"]
    site.configure(sources={"edge": {"kind": "tls", "targets_file": "nowhere.txt"}})
    failed = site.run("run", "--once")
    assert failed.code == 1
    assert failed.err.count("source edge failed") == 1


def test_observing_sends_nothing_and_is_no_error(site: Site) -> None:
    """Even with something left in the outbox from the time before."""
    due = site.certificate("api.pem", 30)
    site.asked(site.kind, "switches", {"down": True})
    assert site.run("run", "--once", "--deadline", "0s").code == 1
    site.asked(site.kind, "switches", {"down": False})
    site.configure(mode="observe")
    said = site.run("run", "--once")
    assert said.code == 0
    assert "1 action would be" in said.out
    assert site.tickets(due) == []


def test_what_waits_is_tried_at_once_and_what_waits_for_long_is_not_waited_for(site: Site) -> None:
    """Whatever its back-off; but a run does not sit out a Retry-After that ends after its deadline."""
    due = site.certificate("api.pem", 30)
    slow_down = {"fault": {"kind": "too_many", "retry_after_seconds": 3000}, "method": "POST", "times": None}
    site.asked(site.kind, "faults", slow_down)
    began = time.monotonic()  # noqa: TID251 - it is the command's own time that is judged
    assert site.run("run", "--once", "--deadline", "50s").code == 1
    assert time.monotonic() - began < 25  # noqa: TID251 - the same
    site.reset(site.kind)
    assert site.run("run", "--once").code == 0
    assert len(site.tickets(due)) == 1


def test_wrong_configurations_are_two(site: Site) -> None:
    """Another instance on the same state, a file that is not there, a deadline that is none."""
    site.certificate("api.pem", 30)
    assert site.run("run", "--once").code == 0
    site.configure(instance="another")
    renamed = site.run("run", "--once")
    assert (renamed.code, renamed.out) == (2, "")
    assert "belongs to the instance 'default'" in renamed.err
    site.configure(instance=None)
    assert site.run("run", "--once", "--deadline", "soon").code == 2
    assert site.run("run", "--json").code == 2
    endless = site.run("run", "--deadline", "5s")
    assert (endless.code, "say --once too" in endless.err) == (2, True)
    site.path.unlink()
    assert site.run("run", "--once").code == 2


def test_a_tracker_that_left_the_configuration_is_said_with_what_is_in_it(either: Site) -> None:
    """Once, without waiting for it; back in the configuration, all is as it was."""
    due = either.certificate("api.pem", 30)
    either.run("run", "--once")
    other = "jira" if either.kind == "pagerduty" else "pagerduty"
    either.configure(trackers={"elsewhere": either.tracker(other)})
    said = either.run("run", "--once")
    assert said.code == 1
    assert said.err.count("tracker queue left the configuration, but 1 open incident is in it") == 1
    assert either.tickets(due, other) == []
    either.configure(trackers={"queue": either.tracker(either.kind)})
    assert either.run("run", "--once").code == 0
    assert len(either.tickets(due)) == 1


@pytest.mark.parametrize("broken", [b"SQLite format 3\0" + b"junk" * 1000, b"hello" * 1000])
def test_a_state_that_cannot_be_read_is_one_and_stays_as_it_is(site: Site, broken: bytes) -> None:
    """Said in words by every command, and never written over."""
    site.state.parent.mkdir()
    site.state.write_bytes(broken)
    for command in (["run", "--once"], ["plan"], ["list"], ["incidents"], ["explain", "abcdef12"], ["approve", "00"]):
        said = site.run(*command)
        assert (said.code, said.out) == (1, ""), command
        assert "this file is no database" in said.err
    assert site.state.read_bytes() == broken


def test_a_state_folder_that_cannot_be_made_is_one(site: Site) -> None:
    """Something else stands where it should be."""
    site.state.parent.write_text("a file")
    said = site.run("run", "--once")
    assert (said.code, said.out) == (1, "")
    assert "cannot be opened: Not a directory" in said.err


def test_a_secret_that_disappears_while_it_runs_is_that_trackers_failure(site: Site, tmp_path: Path) -> None:
    """At the start it is a wrong configuration: exit 2, before anything is swept."""
    secret = tmp_path / "token"
    tracker = {**site.tracker("pagerduty"), "api_token_file": str(secret)}
    del tracker["api_token"]
    site.configure(trackers={"queue": tracker})
    assert site.run("run", "--once").code == 2
    assert not site.state.exists()
