"""A clock that is wrong, or leaps under a running daemon: nothing opens, rises or closes by it, and it is said."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.cli.process import Daemon, running
from tests.processes.fleet import Fleet
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
ROUNDS = 3
CLOCKS = """
import threading, time
from datetime import datetime, UTC
monotonic, wall = time.monotonic(), datetime.now(UTC)
threading.Event().wait(0.1)
with open(__import__("os").environ["SHIFTED_CLOCK_FILE"], "r+b") as file:
    file.write((7200 * 10**9).to_bytes(8, "little", signed=True))
threading.Event().wait(0.1)
print(time.monotonic() - monotonic, (datetime.now(UTC) - wall).total_seconds(), time.time() - time.clock_gettime(0))
"""


def rounds(daemon: Daemon) -> int:
    """How many sweeps it has told of."""
    return daemon.log.count('"event": "swept"')


def goes_round(daemon: Daemon) -> None:
    """Waits for a few whole rounds."""
    before = rounds(daemon)
    daemon.until(lambda: rounds(daemon) >= before + ROUNDS)


def writes(ground: Ground) -> int:
    """How much was written to the trackers so far."""
    return sum(len(frame.writes) for frame in ground.frames.values())


def is_distrusted(daemon: Daemon, so: bool) -> None:
    """Waits until the metric says so."""
    daemon.until(lambda: f"incidentd_clock_distrusted {float(so)}" in daemon.get("/metrics").text)


def test_only_the_real_time_clock_is_shifted(clock: ShiftedClock) -> None:
    """Two hours on the wall, a moment on the monotonic clock, and waits take as long as they should."""
    done = subprocess.run(
        [sys.executable, "-c", CLOCKS], env=clock.environment, capture_output=True, text=True, check=True, timeout=20
    )
    monotonic, wall, between = map(float, done.stdout.split())
    assert 0.2 <= monotonic < 10
    assert 7200.2 <= wall < 7210
    assert abs(between) < 1


def test_leaps_open_raise_and_close_nothing_are_said_and_pass(
    tmp_path: Path, fleet: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """On stderr, /readyz and as a metric, as long as it lasts; then everything is made up for. An hour is borne."""
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        daemon.until(lambda: not fleet.wrong())
        for told, leap in enumerate((400 * DAY, -HOUR - MINUTE, 2 * HOUR), 1):
            clock.shift(leap)
            is_distrusted(daemon, True)
            before = writes(ground)
            fleet.succeed_all()
            goes_round(daemon)
            assert writes(ground) == before
            assert "the clock is not believed" in daemon.get("/readyz").text
            assert daemon.log.count('"event": "the clock is not believed"') == told
            clock.shift(-leap)
            daemon.until(lambda: not fleet.wrong())
            is_distrusted(daemon, False)
            assert daemon.log.count('"event": "the clock is believed again"') == told
        clock.shift(59 * MINUTE)
        fleet.succeed(fleet.services[0])
        daemon.until(lambda: not fleet.wrong())


def test_a_leap_is_no_time_that_passed_since_an_answer_was_lost(
    tmp_path: Path, fleet: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """The index still lags: what may have been created is neither sent again under the wrong clock nor after it."""
    fleet.site.asked("jira", "switches", {"index_lag_seconds": 600})
    fleet.site.asked("jira", "faults", {"fault": {"kind": "lost_answer"}, "path": "/rest/api/3/issue"})
    fleet.expect_lag("10m")
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        daemon.until(lambda: len(ground.jira.issues) == 1)
        for leap in (2 * HOUR, -2 * HOUR):
            clock.shift(leap)
            is_distrusted(daemon, leap > timedelta(0))
            goes_round(daemon)
        assert len(ground.jira.issues) == 1
        fleet.site.asked("jira", "switches", {"index_lag_seconds": 0})
        daemon.until(lambda: 'incidentd_outbox_waiting{tracker="jira"} 0.0' in daemon.get("/metrics").text)
    assert fleet.wrong() == []


def test_who_died_under_a_clock_that_ran_ahead_holds_nothing_up(
    tmp_path: Path, fleet: Fleet, ground: Ground, clock: ShiftedClock
) -> None:
    """It opened nothing; its looks and waits from 400 days ahead count as now for the next one."""
    clock.shift(400 * DAY)
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        is_distrusted(daemon, True)
        daemon.process.kill()
        daemon.process.wait()
    assert writes(ground) == 0
    clock.shift(-400 * DAY)
    clock.pass_by(MINUTE)
    said = fleet.site.run("run", "--once", "--deadline", "5s")
    assert (said.code, fleet.wrong()) == (0, [])
