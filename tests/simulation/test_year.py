"""A month of a fleet, hour by hour: what was done is what the truth asks for, and a quiet pass writes nothing.

How long a whole year takes is measured by `python -m tests.simulation.year`, not here: a slow machine is no defect.
"""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.model.incident import IncidentState
from tests.simulation.virtual import run_in_virtual_time
from tests.simulation.year.checks import quiet_passes, wrong
from tests.simulation.year.renewals import DAY, START
from tests.simulation.year.running import Pass, Year, run

DAYS = 30
ENDS = START + DAYS * DAY


@pytest.fixture(scope="module")
def lived(in_memory: Path) -> tuple[Year, Path]:
    """Two hundred certificates on the built-in queue."""
    return run(in_memory, "local", certificates=200, days=DAYS), in_memory


def test_each_certificate_gets_one_incident_and_a_quiet_pass_writes_nothing(lived: tuple[Year, Path]) -> None:
    """Opened and closed in the very passes that the truth names; and there was something to see."""
    year, folder = lived
    assert wrong(year, folder, ENDS) == []
    states = {record.state for record, _ in year.history}
    assert states == {IncidentState.OPEN, IncidentState.CLOSED}
    assert len(quiet_passes(year, ENDS)) > len(year.passes) / 4


@pytest.mark.parametrize("tracker", ["pagerduty", "jira"])
def test_a_tracker_far_away_holds_the_same(tracker: str, in_memory: Path) -> None:
    """A smaller fleet, ten days: one ticket for each incident, and no call in a quiet pass that asks for a change."""
    folder = in_memory / tracker
    folder.mkdir()
    year = run(folder, tracker, certificates=40, days=10)
    assert wrong(year, folder, START + 10 * DAY) == []
    assert sum(one.calls for one in year.passes) > 0


def test_what_is_wrong_is_found(lived: tuple[Year, Path]) -> None:
    """A closing too early, a reopening, a second incident, a missing one, rows and calls where nothing changed."""
    year, folder = lived
    (row, events), *others = ((row, events) for row, events in year.history if row.closed_at is not None)
    assert row.closed_at is not None
    open_rows = tuple((one, told) for one, told in year.history if one.closed_at is None)
    quiet = min(quiet_passes(year, ENDS))
    noisy = [Pass(quiet, {"incidents": 1}, 0, ()), Pass(quiet, {}, 1, ()), Pass(quiet, {}, 0, ("it failed",))]
    early = replace(row, closed_at=row.closed_at - timedelta(hours=1))
    found = {
        "too early": replace_history(year, (early, events), *others, *open_rows),
        "reopened": replace_history(year, (replace(row, reopenings=1), events), *others, *open_rows),
        "twice": replace_history(year, (row, events), (row, events), *others, *open_rows),
        "missing": replace_history(year, *others, *open_rows),
        **{f"noise {number}": replace(year, passes=[one]) for number, one in enumerate(noisy)},
    }
    assert [name for name, one in found.items() if not wrong(one, folder, ENDS)] == []


def replace_history(year: Year, *history: object) -> Year:
    """The same year with other rows in its ledger."""
    return replace(year, history=history)  # type: ignore[arg-type]  # rows with their events, as the ledger told them


def test_time_goes_on_after_half_a_year() -> None:
    """Beyond 2^24 seconds, where a float holds no nanosecond, what is waited for still comes."""

    async def wait() -> float:
        for seconds in (2.0**24, 3600.0, 0.1, 2.0**24, 3.0):
            await asyncio.sleep(seconds)  # noqa: TID251 - virtual time
        return asyncio.get_running_loop().time()

    assert run_in_virtual_time(wait()) == pytest.approx(2.0**25 + 3603.1)
