"""A disk that is full, for real: said in words, exit 1, nothing lost; with space again everything is made up for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.process import running
from tests.processes.fleet import Fleet
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock
from tests.processes.small_disk import NoSmallDisk, SmallDisk, mounted
from tests.processes.tripwire import Moment

MINUTE = timedelta(minutes=1)
pytestmark = pytest.mark.timeout(300)
SIZE_BYTES = 8 * 2**20
FIRST_RUN_PAGES = (0, 4, 50)
"""From no space for the file itself to too little for the last rows of a first run."""
LATER_RUN_PAGES = (4, 20, 40)


@pytest.fixture
def disk(fleet: Fleet) -> Iterator[SmallDisk]:
    """The state lies on it."""
    folder = fleet.site.state.parent
    folder.mkdir()
    try:
        with mounted(folder, SIZE_BYTES) as small:
            fleet.site.within = small.within
            yield small
    except NoSmallDisk:
        pytest.skip("nothing can be mounted here, neither as root nor in a namespace of one's own: no disk can be full")


def fails(fleet: Fleet, pages: int) -> None:
    """A run with so little space: exit 1, said in words with what to do, no traceback."""
    said = fleet.site.run("run", "--once", "--deadline", "2s")
    assert said.code == 1, (pages, said)
    assert "the disk is full" in said.err, (pages, said)
    assert "hint: free some space" in said.err


def is_whole(fleet: Fleet, clock: ShiftedClock, pages: int) -> None:
    """A minute later, with space, one run makes up for everything."""
    clock.pass_by(MINUTE)
    said = fleet.site.run("run", "--once")
    assert (said.code, fleet.wrong()) == (0, []), (pages, said)


def test_a_first_run_without_space_is_said_and_made_up_for(
    fleet: Fleet, ground: Ground, disk: SmallDisk, clock: ShiftedClock
) -> None:
    """The trackers remember what the state could not: in the end there is one ticket each, ever."""
    for pages in FIRST_RUN_PAGES:
        disk.clear()
        disk.leave_free(pages)
        fails(fleet, pages)
        disk.give_way()
        is_whole(fleet, clock, pages)
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [1, 1]


def test_a_later_run_without_space_is_said_and_made_up_for(fleet: Fleet, disk: SmallDisk, clock: ShiftedClock) -> None:
    """An opening and a closing for each tracker at each level."""
    assert fleet.site.run("run", "--once").code == 0
    for pages in LATER_RUN_PAGES:
        fleet.succeed_all()
        disk.leave_free(pages)
        fails(fleet, pages)
        disk.give_way()
        is_whole(fleet, clock, pages)


def test_a_disk_that_fills_up_while_a_ticket_is_made_doubles_nothing(
    tmp_path: Path, fleet: Fleet, ground: Ground, disk: SmallDisk, clock: ShiftedClock
) -> None:
    """The tracker has it, the daemon cannot write that down: it says so, lives on, and finds out with space again."""
    site = fleet.site
    ground.wires["jira"].arm(Moment.DONE, lambda: disk.leave_free(0), line="POST /rest/api/3/issue")
    with running(site.path, log_path=tmp_path / "log", environment=site.environment, within=site.within) as daemon:
        daemon.until(lambda: "the disk is full" in daemon.get("/readyz").text)
        answer = daemon.get("/readyz")
        assert (answer.status_code, daemon.get("/healthz").status_code) == (503, 200)
        daemon.until(lambda: '"event": "failed"' in daemon.log)
        assert "the disk is full" in daemon.log
        disk.give_way()
        clock.shift(MINUTE)
        daemon.until_ready()
        daemon.until(lambda: not fleet.wrong())
        fleet.succeed_all()
        daemon.until(lambda: not fleet.wrong())
    assert [len(ground.jira.issues), len(ground.pagerduty.incidents)] == [2, 2]
