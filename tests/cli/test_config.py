"""`incidentd config`: what it prints, and where."""

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from incidentd.cli.config import config_app
from incidentd.cli.options import CliOptions
from incidentd.errors import ConfigError
from tests.settings.written import EDGE, write

PAGER = "trackers: {oncall: {kind: pagerduty, routing_key: canary-1, write_only: true}}\n"


def _run(path: Path, *arguments: str) -> tuple[str, str]:
    result = CliRunner().invoke(config_app, list(arguments), obj=CliOptions(path), catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout, result.stderr


def test_validate_says_that_it_can_be_used_and_warns_aside(tmp_path: Path) -> None:
    """Data to stdout, hints to stderr."""
    path = write(tmp_path, EDGE)
    out, err = _run(path, "validate")
    assert out == f"{path}: the configuration can be used\n"
    assert err.startswith("warning: NO TRACKER is configured: incidents stay in the built-in queue")


def test_validate_raises_what_main_turns_into_exit_2(tmp_path: Path) -> None:
    """All of it, with places."""
    path = write(tmp_path, "mode: x")
    with pytest.raises(ConfigError, match=r"incidentd\.yaml:1: mode: must be act or observe"):
        _run(path, "validate")


def test_schema_is_json_schema(tmp_path: Path) -> None:
    """For editors: it needs no configuration."""
    out, _ = _run(tmp_path / "gone.yaml", "schema")
    assert json.loads(out)["additionalProperties"] is False


def test_show_prints_yaml_with_secrets_masked(tmp_path: Path) -> None:
    """Defaults included."""
    out, _ = _run(write(tmp_path, EDGE + PAGER), "show")
    document = yaml.safe_load(out)
    assert document["guard"]["open_per_hour"] == 50
    assert document["trackers"]["oncall"]["routing_key"] == "**********"
    assert "canary-1" not in out


def test_show_origin_says_who_said_it(tmp_path: Path) -> None:
    """One line a value."""
    path = write(tmp_path, EDGE + PAGER)
    out, _ = _run(path, "show", "--origin")
    assert f"trackers.oncall.write_only: true  # {path}:2\n" in out
    assert "releases.edit_tickets: false  # default\n" in out
    assert "self_tracker: null  # default\n" in out


def test_show_json_is_a_document(tmp_path: Path) -> None:
    """With its schema version, and the origins on demand."""
    path = write(tmp_path, EDGE + PAGER)
    plain = json.loads(_run(path, "show", "--json")[0])
    assert json.loads(_run(path, "show", "-o", "json")[0]) == plain
    assert plain["schema_version"] == 1
    assert "origins" not in plain
    document = json.loads(_run(path, "show", "--json", "--origin")[0])
    assert document["settings"] == plain["settings"]
    assert document["origins"]["trackers.oncall.kind"] == f"{path}:2"
