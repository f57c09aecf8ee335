"""Two replicas on a real PostgreSQL, under the same faults: what must hold holds there, too."""

from __future__ import annotations

import pytest

from tests.simulation.apart import run_apart

LIVES = 20


@pytest.mark.timeout(200)
def test_nothing_is_violated_where_two_replicas_share_a_server() -> None:
    """Random lives of both trackers, the server's clock going by theirs; many more are lived by hand."""
    asked = ("--schedules", f"{LIVES}", "--seed", "1", "--replicas", "2", "--postgres")
    assert f"{LIVES} schedules" in (said := run_apart("tests.simulation", asked, 190.0))
    assert " 0 with violations" in said
