"""The state is taken away, or put back, beneath a running daemon: it is said, and nothing is made twice."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path

from tests.cli.process import Daemon, running
from tests.processes.fleet import Fleet
from tests.processes.ground import Ground


def writes(ground: Ground) -> int:
    """How much was written to the trackers so far."""
    return sum(len(frame.writes) for frame in ground.frames.values())


def delete(fleet: Fleet) -> None:
    """The whole state, with what SQLite keeps beside it."""
    for path in fleet.site.state.parent.iterdir():
        path.unlink()


def has_noticed(daemon: Daemon) -> None:
    """Waits until it says that its state is no longer there."""
    daemon.until(lambda: "was taken away" in daemon.log)
    ready = daemon.get("/readyz")
    assert (ready.status_code, daemon.get("/healthz").status_code) == (503, 200)
    assert "was taken away" in ready.text


def test_a_state_that_is_deleted_stops_the_daemon_from_writing(tmp_path: Path, fleet: Fleet, ground: Ground) -> None:
    """It does not go on in a file that nobody will find again, beside another process that begins anew."""
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        daemon.until(lambda: not fleet.wrong())
        delete(fleet)
        has_noticed(daemon)
        before = writes(ground)
        said = fleet.site.run("run", "--once")
        assert (said.code, fleet.wrong()) == (0, [])
        assert "a new and empty state begins here" in said.err
        assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [1, 1]
        has_noticed(daemon)
        assert writes(ground) == before


def test_a_reload_that_finds_no_state_says_that_it_begins_anew(tmp_path: Path, fleet: Fleet, ground: Ground) -> None:
    """It adopts what the trackers hold, and goes on."""
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        daemon.until(lambda: not fleet.wrong())
        assert daemon.log.count("a new and empty state begins here") == 1
        delete(fleet)
        has_noticed(daemon)
        fleet.add("jira")
        daemon.until(lambda: not fleet.wrong())
        assert daemon.log.count("a new and empty state begins here") == 2
        assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 1]


def test_a_state_that_is_replaced_is_not_written_to_by_who_had_the_one_before(tmp_path: Path, fleet: Fleet) -> None:
    """A backup put back without stopping the daemon: it says so, and leaves both alone until it is started again."""
    backup = tmp_path / "backup.db"
    fleet.site.run("run", "--once")
    shutil.copy(fleet.site.state, backup)
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        daemon.until_ready()
        backup.replace(fleet.site.state)
        has_noticed(daemon)
        as_put_back = fleet.site.state.read_bytes()
        daemon.tell(signal.SIGTERM)
        assert daemon.ended() == 0
    assert fleet.site.state.read_bytes() == as_put_back
