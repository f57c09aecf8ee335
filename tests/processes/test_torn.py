"""A torn state is said in words with what to do, or harmless: never a silent fresh start, never a second ticket."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.processes.fleet import Fleet, new_fleet
from tests.processes.ground import laid
from tests.processes.shifted_clock import ShiftedClock
from tests.processes.tripwire import Moment

MINUTE = timedelta(minutes=1)
PAGE_BYTES = 4096
pytestmark = pytest.mark.xdist_group("torn")


@dataclass(frozen=True, slots=True)
class Kept:
    """A fleet, its state of yesterday, closed in peace, and that of today, whose process was killed at work."""

    fleet: Fleet
    clock: ShiftedClock
    yesterday: Path
    today: Path

    @property
    def state(self) -> Path:
        """Where the state is looked for."""
        return self.fleet.site.state

    @property
    def log(self) -> Path:
        """What SQLite wrote ahead."""
        return self.state.with_name("incidentd.db-wal")

    def put_back(self) -> None:
        """Today's state, as it was left; a minute has passed."""
        shutil.rmtree(self.state.parent)
        shutil.copytree(self.today, self.state.parent)
        self.clock.pass_by(MINUTE)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, clock_library: Path) -> Iterator[Kept]:
    """One world for all: every test leaves the trackers as they have to be."""
    folder = tmp_path_factory.mktemp("torn")
    clock = ShiftedClock(clock_library, folder / "offset")
    with laid() as ground:
        fleet = new_fleet(folder / "site", ground, clock)
        for kind in ("pagerduty", "jira", "jira"):
            fleet.add(kind)
        assert fleet.site.run("run", "--once").code == 0
        shutil.copytree(fleet.site.state.parent, folder / "yesterday")
        fleet.succeed_all()
        assert fleet.site.run("run", "--once").code == 0
        fleet.succeed_all()
        victim = fleet.site.start("run", "--once")
        ground.wires["jira"].arm(Moment.DONE, victim.kill, line="POST /rest/api/3/issue", nth=2)
        victim.communicate(timeout=60)
        shutil.copytree(fleet.site.state.parent, folder / "today")
        clock.pass_by(MINUTE)
        assert (fleet.site.run("run", "--once").code, fleet.wrong()) == (0, [])
        yield Kept(fleet, clock, folder / "yesterday", folder / "today")


def half(kept: Kept) -> None:
    """The copy broke off."""
    whole = kept.state.read_bytes()
    kept.state.write_bytes(whole[: len(whole) // 2 // PAGE_BYTES * PAGE_BYTES])
    kept.log.unlink()


def zeros_inside(kept: Kept) -> None:
    """Blocks that never reached the disk."""
    whole = kept.state.read_bytes()
    third = len(whole) // 3 // PAGE_BYTES * PAGE_BYTES
    kept.state.write_bytes(whole[:third] + bytes(third) + whole[2 * third :])
    kept.log.unlink()


def log_of_another_day(kept: Kept) -> None:
    """A backup put back beside the log of the state that it replaces: the commonest mistake."""
    shutil.copy(kept.yesterday / "incidentd.db", kept.state)


def emptied_beside_its_log(kept: Kept) -> None:
    """A copy onto a full disk."""
    kept.state.write_bytes(b"")


def gone_beside_its_log(kept: Kept) -> None:
    """Only the database was deleted."""
    kept.state.unlink()


def journal_of_another_day(kept: Kept) -> None:
    """The other kind of log, from a time before this file was written ahead."""
    kept.state.with_name("incidentd.db-journal").write_bytes(random.Random(8).randbytes(20_000))


def half_a_log(kept: Kept) -> None:
    """What was committed last is lost, as when a disk lies about what it has written."""
    whole = kept.log.read_bytes()
    kept.log.write_bytes(whole[: len(whole) // 2 + 100])


def noise_for_a_log(kept: Kept) -> None:
    """Nothing of it holds."""
    kept.log.write_bytes(random.Random(7).randbytes(50_000))


def everything_emptied(kept: Kept) -> None:
    """A new and empty state: it is said, and the trackers are asked before anything is created."""
    kept.state.write_bytes(b"")
    kept.log.unlink()


@pytest.mark.parametrize(
    ("tear", "says"),
    [
        (half, "the database is damaged"),
        (zeros_inside, "the database is damaged"),
        (log_of_another_day, "the database is damaged"),
        (emptied_beside_its_log, "the database is empty or gone"),
        (gone_beside_its_log, "the database is empty or gone"),
        (journal_of_another_day, "incidentd.db-journal lies beside it"),
    ],
)
def test_what_is_torn_is_said_and_nothing_is_written(kept: Kept, tear: Callable[[Kept], None], says: str) -> None:
    """Exit 1, what, where and what to do; no tracker hears of it, and the file stays as it is."""
    kept.put_back()
    tear(kept)
    before = kept.state.read_bytes() if kept.state.exists() else None
    writes = [len(frame.writes) for frame in kept.fleet.ground.frames.values()]
    said = kept.fleet.site.run("run", "--once")
    assert (said.code, said.out) == (1, "")
    assert f"{kept.state}: {says}" in said.err
    assert "hint: " in said.err
    assert writes == [len(frame.writes) for frame in kept.fleet.ground.frames.values()]
    assert before == (kept.state.read_bytes() if kept.state.exists() else None)


@pytest.mark.parametrize("tear", [half_a_log, noise_for_a_log, everything_emptied])
def test_what_is_merely_lost_is_found_out_again(kept: Kept, tear: Callable[[Kept], None]) -> None:
    """The trackers still know: one ticket each, and none is closed falsely."""
    kept.put_back()
    tear(kept)
    said = kept.fleet.site.run("run", "--once")
    assert said.code == 0, said.err
    assert ("a new and empty state begins here" in said.err) is (tear is everything_emptied)
    assert kept.fleet.wrong() == []
