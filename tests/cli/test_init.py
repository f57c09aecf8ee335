"""`init`: what it writes is private, explained, free of secrets, and read by our own loader; nothing is overwritten."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from incidentd.cli.main import run
from incidentd.cli.starting import Wishes, starter
from incidentd.settings import load_settings
from incidentd.settings.loading import judge_text

CLOUD = "https://acme.atlassian.net"


def init(path: Path, *arguments: str) -> int:
    """The exit code."""
    return run(["--config", str(path), "init", *arguments])


def test_without_options_it_can_be_run_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the built-in queue; 0600, and the next command is said."""
    path = tmp_path / "incidentd.yaml"
    assert init(path) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    loaded = load_settings(path, {"HOME": str(tmp_path)})
    assert not loaded.settings.has_own_tracker
    assert list(loaded.settings.sources) == ["edge"]
    assert f"incidentd --config {path} doctor" in capsys.readouterr().out


def test_in_a_folder_without_one_it_is_incidentd_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where every command looks for it; a path on the command line is the caller's, not the file's."""
    monkeypatch.chdir(tmp_path)
    assert run(["init", "--files", "pki/*.pem"]) == 0
    assert f'"{tmp_path}/pki/*.pem"' in (tmp_path / "incidentd.yaml").read_text()
    assert "  incidentd plan" in capsys.readouterr().out.splitlines()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither a file, nor what a link leads to, nor a link to nothing."""
    kept, link = tmp_path / "kept.yaml", tmp_path / "link.yaml"
    kept.write_text("mine")
    link.symlink_to(tmp_path / "elsewhere.yaml")
    for path in (kept, link):
        assert init(path) == 1
        assert "there is a file already" in capsys.readouterr().err
    assert kept.read_text() == "mine"
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_a_folder_that_is_not_there_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is not made."""
    assert init(tmp_path / "gone" / "a.yaml") == 1
    assert "make the folder first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value", "text"),
    [
        ("--target", "https://a.example/x", "no such kind of target"),
        ("--target", "a.example:99999", "a port is at most 65535"),
        ("--jira", "acme.atlassian.net", "this is no address"),
        ("--jira", "http://acme.example", "plain http"),
    ],
)
def test_what_nobody_could_use_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, value: str, text: str
) -> None:
    """Before anything is written."""
    path = tmp_path / "a.yaml"
    assert init(path, option, value) == 2
    assert text in capsys.readouterr().err
    assert not path.exists()


def test_with_everything_it_loads_once_the_secrets_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each secret in a file that the next steps name; a ticket in Jira, a page beside it from error on."""
    path = tmp_path / "a.yaml"
    wanted = ["--target", "a.example", "--target", "smtp://mx.example", "--files", str(tmp_path)]
    assert init(path, *wanted, "--jira", f"{CLOUD}/", "--pagerduty") == 0
    said = capsys.readouterr().out
    (tmp_path / "secrets").mkdir()
    for name in ("pagerduty_routing_key", "pagerduty_token", "jira_token"):
        assert f"secrets/{name}: " in said
        (tmp_path / "secrets" / name).write_text("s")
    settings = load_settings(path, {"HOME": str(tmp_path)}).settings
    assert (list(settings.trackers), settings.self_tracker) == (["oncall", "queue"], "queue")
    assert [route.page.tracker for route in settings.routes if route.page] == ["oncall"]


@pytest.mark.parametrize(
    ("wishes", "kinds"),
    [
        (Wishes(pagerduty=True), {"oncall": "pagerduty"}),
        (Wishes(jira=CLOUD), {"queue": "jira"}),
        (Wishes(jira="https://jira.example.net/jira"), {"queue": "jira"}),
    ],
)
def test_each_tracker_alone_is_judged_fit(tmp_path: Path, wishes: Wishes, kinds: dict[str, str]) -> None:
    """Cloud takes a mail address, Data Center none."""
    text = starter(wishes)
    judge_text(text, tmp_path / "a.yaml")
    written = yaml.safe_load(text)
    assert {name: one["kind"] for name, one in written["trackers"].items()} == kinds
    assert written["self_tracker"] == next(iter(kinds))
    if wishes.jira:
        assert ("email" in written["trackers"]["queue"]) == wishes.is_cloud


def test_every_setting_is_explained() -> None:
    """A comment above each key, or above the one it stands in."""
    lines = starter(Wishes(("a.example",), ("/srv",), CLOUD, pagerduty=True)).splitlines()
    tops = [number for number, line in enumerate(lines) if line and line[0].isalpha()]
    assert len(tops) > 5
    assert all(lines[number - 1].startswith("# ") for number in tops)


@given(st.lists(st.text(min_size=1).filter(lambda text: "\0" not in text), min_size=1, max_size=3))
def test_whatever_a_path_is_called_it_stays_a_path(paths: list[str]) -> None:
    """Quotes, brackets, line breaks: nothing of it becomes another setting."""
    written = yaml.safe_load(starter(Wishes(paths=tuple(paths))))
    assert written["sources"]["disk"]["paths"] == paths
