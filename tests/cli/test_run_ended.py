"""Told to end in the middle of a create: within the 30 s that a pod is given, and with no second ticket after it."""

from __future__ import annotations

import signal

import pytest

from tests.cli.process import running
from tests.cli.site import Site

CREATE = {"method": "POST", "path": "/rest/api/3/issue"}


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("answers_after_seconds", "is_cut_off"), [(2.0, False), (600.0, True)])
def test_a_slow_tracker_is_waited_for_and_one_that_hangs_is_not(
    site: Site, answers_after_seconds: float, is_cut_off: bool
) -> None:
    """A create in Jira cannot be repeated: its answer is noted, or its outcome found out by the next process."""
    site.kind = "jira"
    site.configure(trackers={"queue": site.tracker("jira")}, web={"listen": "127.0.0.1:0"})
    issued = site.certificate("api.pem", 60)
    site.asked("jira", "faults", {"fault": {"kind": "delayed", "after_seconds": answers_after_seconds}, **CREATE})
    with running(site.path, log_path=site.folder / "log") as daemon:
        daemon.until(lambda: bool(site.tickets(issued)))
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0
        assert ("work in hand is cut off" in daemon.log) is is_cut_off
    (ticket,) = site.tickets(issued)
    (incident,) = site.run("incidents", "--json").document["incidents"]
    assert incident["ticket"] == (None if is_cut_off else ticket["key"])
    assert site.run("run", "--once").code == 0
    assert [one["key"] for one in site.tickets(issued)] == [ticket["key"]]
    (incident,) = site.run("incidents", "--json").document["incidents"]
    assert incident["ticket"] == ticket["key"]
