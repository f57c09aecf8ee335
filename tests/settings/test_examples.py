"""The configurations that we hand out work, and the schema agrees with the loader."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema_rs import Draft202012Validator, meta

from incidentd.model.policy import Policy
from incidentd.settings import Settings, effective, effective_lines, json_schema, load_settings, policy_of
from incidentd.settings.written import parse_config
from tests.settings.test_mistakes import MISTAKES
from tests.settings.written import EDGE, load, write

CONFIG = Path(__file__).resolve().parent.parent.parent / "config"
EXAMPLE = (CONFIG / "incidentd.example.yaml").read_text()
QUICKSTART = (CONFIG / "quickstart.yaml").read_text()


def _schema_errors(text: str) -> list[str]:
    data: Any = parse_config(text, "example").data
    return [error.message for error in Draft202012Validator(json_schema()).iter_errors(data)]


def test_the_example_can_be_used(tmp_path: Path) -> None:
    """Without a warning, once its mode is right."""
    assert load(tmp_path, EXAMPLE).warnings == ()


def test_the_example_names_every_setting(tmp_path: Path) -> None:
    """It is the reference: a setting that it does not name is one that nobody finds."""
    sections = {"Settings", *(name for name in json_schema()["$defs"] if name.endswith("Settings"))}
    schemas = [json_schema(), *(json_schema()["$defs"][name] for name in sections - {"Settings"})]
    keys = {key for schema in schemas for key in schema.get("properties", ())}
    twins = {key for key in keys if key.endswith("_file") and key.removesuffix("_file") in keys}
    missing = {key for key in keys - twins if f"{key}:" not in EXAMPLE}
    assert missing - {"write_only"} == set()
    assert "write_only: true" in EXAMPLE


def test_the_defaults_in_the_example_are_the_defaults(tmp_path: Path) -> None:
    """What it shows for a section without examples is what holds without it."""
    shown, plain = effective(load(tmp_path, EXAMPLE).settings), effective(Settings())
    for document in (shown, plain):
        document["policy"]["non_production"]["env"].sort()
    for section in ("instance", "mode", "schedule", "policy", "guard", "self_tracker", "heartbeat", "releases", "web"):
        assert shown[section] == plain[section], section


def test_the_quickstart_can_be_used_as_it_lies_there() -> None:
    """It holds no secret, and tells where incidents go."""
    warnings = load_settings(CONFIG / "quickstart.yaml", {}).warnings
    assert warnings == (
        "NO TRACKER is configured: incidents stay in the built-in queue, and nobody is told (trackers: …)",
    )


@pytest.mark.parametrize("text", [EXAMPLE, QUICKSTART], ids=["example", "quickstart"])
def test_the_schema_takes_what_the_loader_takes(text: str) -> None:
    """An editor must not redden what runs."""
    meta.validate(json_schema())
    assert _schema_errors(text) == []


@pytest.mark.parametrize("text", [text for text, lines in MISTAKES.items() if "unknown key" in lines[0]])
def test_the_schema_refuses_unknown_keys_too(text: str) -> None:
    """A typo shows in the editor already."""
    assert _schema_errors(text)


def test_the_defaults_in_the_schema_are_written_as_in_a_file() -> None:
    """`10m`, as one would write it oneself."""
    close_after = json_schema()["$defs"]["CloseAfterSettings"]["properties"]
    assert close_after["apart"]["default"] == "10m"


def test_the_effective_values_are_a_configuration_again(tmp_path: Path) -> None:
    """What `config show` prints for one without secrets can be written down and means the same."""
    first = load(tmp_path, QUICKSTART)
    again = write(tmp_path, yaml.safe_dump(effective(first.settings)))
    second = load_settings(again, {}).settings
    assert second == first.settings
    assert policy_of(second) == policy_of(first.settings)


def test_what_is_shown_of_the_defaults_judges_like_the_defaults(tmp_path: Path) -> None:
    """Default severities shrink with the lifetime, those that are written do not: so they are not written."""
    plain = load(tmp_path, EDGE)
    again = write(tmp_path, yaml.safe_dump(effective(plain.settings)))
    assert policy_of(load_settings(again, {}).settings) == Policy()
    assert "policy.severities[1].at: 14d  # default" in effective_lines(plain.settings, plain.origins)
    set_ones = load(tmp_path, EDGE + "policy: {severities: [{severity: critical, at: 5d}]}").settings
    assert effective(set_ones)["policy"]["severities"] == [{"severity": "critical", "at": "5d"}]
