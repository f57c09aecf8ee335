"""The gates themselves: one that could not fail would guard nothing."""

import os
from pathlib import Path

import pytest

from tests.gates import LONGEST_FILE_LINES, Gate, failed_claims, long_files, main


def test_a_file_over_the_limit_is_named_with_its_lines(tmp_path: Path) -> None:
    """The longest file allowed passes; one line more does not."""
    for room in ("incidentd", "tests"):
        (tmp_path / room).mkdir()
    (tmp_path / "incidentd" / "fine.py").write_text("x\n" * LONGEST_FILE_LINES)
    (tmp_path / "tests" / "swallower.py").write_text("x\n" * (LONGEST_FILE_LINES + 1))
    assert list(long_files(tmp_path)) == ["tests/swallower.py: 301 lines"]


def test_a_failing_gate_does_not_hide_the_next(capsys: pytest.CaptureFixture[str]) -> None:
    """All that fails is named in one go."""
    gates = (Gate("one", lambda: False), Gate("two", lambda: True), Gate("three", lambda: False))
    assert failed_claims(gates) == ["one", "three"]
    assert "== three" in capsys.readouterr().out


def test_an_unknown_argument_runs_nothing() -> None:
    """A mistyped option must not look like a passing gate."""
    assert main(["--test-done"]) == 2


@pytest.mark.xdist_group("together")
def test_what_belongs_together_is_run_by_one_process(request: pytest.FixtureRequest) -> None:
    """Groups are told by the names of their tests: an image is built once, not in each process beside the others."""
    in_a_group = request.node.nodeid.endswith("@together")
    assert in_a_group is ("PYTEST_XDIST_WORKER" in os.environ), "this pytest does not suit xdist: see pyproject.toml"
