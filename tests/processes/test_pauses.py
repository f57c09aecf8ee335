"""A process that is stopped for longer than its lease, and goes on while another one has taken over its work."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

import pytest

from incidentd.sandbox.journal import JournalEntry
from tests.cli.process import PATIENCE_SECONDS, Daemon, running
from tests.processes.fleet import Fleet, new_fleet
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock
from tests.processes.tripwire import Moment

MOST_TRIES = 200
GOES_ON_SECONDS = 0.005
UNDER_WAY_SECONDS = 2.0


def beside(fleet: Fleet, folder: Path, clock: ShiftedClock) -> Fleet:
    """The same services and the same state, by a configuration that calls the trackers at doors of its own."""
    state = fleet.site.config["state"]
    other = new_fleet(folder, fleet.ground, clock, state=state)
    other.services = fleet.services
    other.configure()
    return other


def writes_of(fleet: Fleet) -> Sequence[JournalEntry]:
    """What came in by a fleet's own doors."""
    doors = {fleet.site.trackers["jira"]["base_url"], fleet.site.trackers["pagerduty"]["api_url"]}
    written = (entry for frame in fleet.ground.frames.values() for entry in frame.writes)
    return [entry for entry in written if entry.request.origin in doors]


def goes_round(daemon: Daemon) -> None:
    """Waits for a sweep from now on."""
    before = daemon.log.count('"event": "swept"')
    daemon.until(lambda: daemon.log.count('"event": "swept"') > before)


def stop_between_transactions(daemon: Daemon, state: Path) -> None:
    """Stopped while it holds no lock on the database: as long as a stopped process holds one, nobody can write."""
    for _ in range(MOST_TRIES):
        daemon.tell(signal.SIGSTOP)
        if is_free(state):
            return
        daemon.tell(signal.SIGCONT)
        with suppress(subprocess.TimeoutExpired):  # so long it may go on, and end its transaction
            daemon.process.wait(GOES_ON_SECONDS)
    pytest.fail("it holds a lock all the time")


def is_free(state: Path) -> bool:
    """True when somebody could write to the database now."""
    with closing(sqlite3.connect(state, isolation_level=None, timeout=0)) as connection, suppress(sqlite3.Error):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        return True
    return False


def test_who_wakes_after_a_takeover_writes_nothing_under_its_old_lease(
    tmp_path: Path, fleet: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """Stopped while its create is under way; then both do their turns again.

    For real: a clock that leaps meanwhile shortens the time for which a create whose answer was lost is looked for.
    """
    taking_over = beside(fleet, tmp_path / "beside", clock)
    for each in (fleet, taking_over):
        each.expect_lag("5s")  # what is under way when it is stopped arrives all the same
    environment = fleet.site.environment
    arrived = ground.wires["jira"]
    arrived.arm(Moment.ARRIVING, lambda: None, line="POST /rest/api/3/issue")
    slow = {
        "fault": {"kind": "delayed", "after_seconds": UNDER_WAY_SECONDS},
        "method": "POST",
        "path": "/rest/api/3/issue",
    }
    fleet.site.asked("jira", "faults", slow)
    with running(fleet.site.path, log_path=tmp_path / "stopped", environment=environment) as stopped:
        assert arrived.tripped.wait(PATIENCE_SECONDS)
        try:
            stop_between_transactions(stopped, fleet.site.state)
            with running(taking_over.site.path, log_path=tmp_path / "other", environment=environment) as other:
                other.until(lambda: not fleet.wrong())
                other.until_ready()
                before = len(writes_of(fleet))
                stopped.tell(signal.SIGCONT)
                stopped.until(lambda: "another process goes on" in stopped.log)
                goes_round(stopped)
                goes_round(stopped)
                assert len(writes_of(fleet)) == before
                assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [1, 1]
                fleet.succeed_all()
                stopped.until(lambda: not fleet.wrong())
                goes_round(other)
        finally:
            stopped.tell(signal.SIGCONT)
    assert fleet.wrong() == []
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 2]
