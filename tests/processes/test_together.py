"""Four processes at once on one state: two daemons and two single passes, from the first row on."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.cli.nursery import PATIENCE_SECONDS
from tests.cli.process import running
from tests.processes.fleet import Fleet
from tests.processes.ground import Ground


def test_four_at_once_make_one_ticket_each(tmp_path: Path, fleet: Fleet, ground: Ground) -> None:
    """They make the state together, take turns, and open and close once; nobody meets an error."""
    path, environment = fleet.site.path, fleet.site.environment
    with (
        running(path, log_path=tmp_path / "one", environment=environment) as one,
        running(path, log_path=tmp_path / "two", environment=environment) as two,
    ):
        passes = [fleet.site.start("run", "--once") for _ in range(2)]
        ended = [process.communicate(timeout=PATIENCE_SECONDS) for process in passes]
        assert [process.returncode for process in passes] == [0, 0], ended
        assert fleet.wrong() == []
        for daemon in (one, two):
            daemon.until_ready()
        fleet.succeed_all()
        one.until(lambda: not fleet.wrong())
        for daemon in (one, two):
            daemon.tell(signal.SIGTERM)
            assert daemon.ended() == 0
            assert '"level": "error"' not in daemon.log
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 2]
