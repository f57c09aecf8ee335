"""`incidentd db`: says what it found and did, and changes nothing unless it is asked to."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from incidentd.cli.db import db_app
from incidentd.cli.options import CliOptions
from incidentd.store.schema import HEAD


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration whose state lies beside it."""
    path = tmp_path / "incidentd.yaml"
    path.write_text(f"state: {{url: 'sqlite:///{tmp_path}/state.db'}}\n")
    return path


def db(config: Path, command: str) -> Result:
    """Runs one command with that configuration."""
    return CliRunner().invoke(db_app, [command], obj=CliOptions(config_path=config))


def test_check_before_upgrade_and_after(config: Path) -> None:
    """1 while there is nothing, without making it; 0 once it is there."""
    state = config.with_name("state.db")
    before = db(config, "check")
    assert (before.exit_code, state.exists()) == (1, False)
    assert "no database yet" in before.stderr
    made, again = db(config, "upgrade"), db(config, "upgrade")
    assert (made.exit_code, again.exit_code) == (0, 0)
    assert made.stdout == f"sqlite:///{state}: schema {HEAD} (made)\n"
    assert "already" in again.stdout
    after = db(config, "check")
    assert (after.exit_code, after.stdout) == (0, f"sqlite:///{state}: schema {HEAD}, sound\n")


def test_check_complains_of_what_others_may_read(config: Path) -> None:
    """With the command that mends it, and without doing so itself."""
    db(config, "upgrade")
    state = config.with_name("state.db")
    state.chmod(0o644)
    found = db(config, "check")
    assert (found.exit_code, found.stdout) == (1, "")
    assert f"chmod 600 {state}" in found.stderr
    assert state.stat().st_mode & 0o777 == 0o644
