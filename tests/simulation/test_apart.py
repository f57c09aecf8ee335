"""Modules run apart: what they print comes back, and a failure says all."""

from __future__ import annotations

import pytest

from tests.simulation.apart import Failed, run_apart, untraced


def test_what_is_printed_comes_back() -> None:
    """A module's standard output is the result."""
    assert "usage: python -m tests.simulation" in run_apart("tests.simulation", ("--help",))


def test_no_tracer_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tells a child to trace itself stays behind."""
    monkeypatch.setenv("COVERAGE_PROCESS_CONFIG", "this would be read")
    assert "COVERAGE_PROCESS_CONFIG" not in untraced()
    assert "PATH" in untraced()


def test_a_failure_says_what_was_said() -> None:
    """Exit status and output stand in the error."""
    with pytest.raises(Failed, match=r"exit 2[\s\S]*--schedules"):
        run_apart("tests.simulation", ("--schedules", "many"))


def test_what_does_not_end_is_ended() -> None:
    """The time-out holds, and is told."""
    with pytest.raises(Failed, match=r"not done after 0 s"):
        run_apart("tests.simulation", ("--schedules", "100000"), timeout_seconds=0.4)
