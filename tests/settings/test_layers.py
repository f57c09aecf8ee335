"""Where a value comes from: environment over secrets directory over file over default, and each says so."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.errors import ConfigError
from incidentd.settings import effective_origins, load_settings
from tests.settings.written import EDGE, HOME, load, write

PACKAGE = Path(__file__).resolve().parent.parent.parent / "incidentd"
DEFAULTS: dict[str, object] = {
    "instance": "default",
    "mode": "act",
    "schedule": {"sweep_every": "1h", "reconcile_every": "1m"},
    "guard": {"open_per_hour": 50, "urgent_per_hour": 20, "close_share": 0.2},
    "self_tracker": None,
    "heartbeat": {"url": None},
    "releases": {"edit_tickets": False},
    "web": {"listen": "127.0.0.1:8580", "token_file": None, "trusted_proxies": [], "public_url": None},
    "routes": [],
    "trackers": {},
}


def _secrets(folder: Path, **files: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    return {"INCIDENTD_SECRETS_DIR": str(folder)}


def test_the_defaults_are_those_that_are_promised(tmp_path: Path) -> None:
    """A configuration of one source behaves as the documentation says."""
    shown = load(tmp_path, EDGE).settings.model_dump(mode="json")
    assert {key: shown[key] for key in DEFAULTS} == DEFAULTS
    assert shown["policy"]["threshold"] == "3mo"
    assert shown["policy"]["close_after"] == {"observations": 3, "apart": "10m"}


def test_each_layer_goes_before_the_one_below(tmp_path: Path) -> None:
    """File, then secrets directory, then environment."""
    text = EDGE + "schedule: {sweep_every: 2h}\ninstance: file\nmode: observe\n"
    secrets = _secrets(tmp_path / "run", schedule__sweep_every="3h\n", instance="secrets")
    settings = load(tmp_path, text, {**secrets, "INCIDENTD_INSTANCE": "environment"}).settings
    assert settings.schedule.sweep_every == timedelta(hours=3)
    assert (settings.instance, settings.mode) == ("environment", "observe")


def test_layers_join_key_by_key_and_lists_are_replaced(tmp_path: Path) -> None:
    """A variable sets its own key and leaves the neighbours; half a list would be nobody's."""
    variables = {
        "INCIDENTD_SOURCES__EDGE__TARGETS": '["b.example", {"host": "c.example", "port": 8443}]',
        "INCIDENTD_SOURCES__EDGE__LABELS__REGION": "east",
        "INCIDENTD_SOURCES__DISK__KIND": "files",
        "INCIDENTD_SOURCES__DISK__PATHS": '["/etc/pki"]',
        "INCIDENTD_POLICY__THRESHOLD": "90d",
    }
    text = "sources: {edge: {kind: tls, labels: {env: prod}, targets: [a.example]}}"
    settings = load(tmp_path, text, variables).settings
    shown = settings.model_dump(mode="json")["sources"]
    assert [target["host"] for target in shown["edge"]["targets"]] == ["b.example", "c.example"]
    assert shown["edge"]["labels"] == {"env": "prod", "region": "east"}
    assert shown["disk"]["paths"] == ["/etc/pki"]
    assert str(settings.policy.threshold) == "90d"


def test_a_whole_section_as_json_goes_below_its_single_keys(tmp_path: Path) -> None:
    """The narrower variable wins, whatever order the environment is in."""
    variables = {"INCIDENTD_GUARD__OPEN_PER_HOUR": "7", "INCIDENTD_GUARD": '{"open_per_hour": 3, "close_share": 0.5}'}
    guard = load(tmp_path, EDGE, variables).settings.guard
    assert (guard.open_per_hour, guard.close_share) == (7, 0.5)


@pytest.mark.parametrize("token", ["12345", "true", "null", "{abc", '["a', '"quoted"'])
def test_text_stays_text(tmp_path: Path, token: str) -> None:
    """A token that looks like a number or like JSON is still the token."""
    variables = {
        "INCIDENTD_TRACKERS__QUEUE__KIND": "jira",
        "INCIDENTD_TRACKERS__QUEUE__BASE_URL": "https://jira.example/",
        "INCIDENTD_TRACKERS__QUEUE__PROJECT": "OPS",
        "INCIDENTD_TRACKERS__QUEUE__API_TOKEN": token,
    }
    tracker = load(tmp_path, EDGE, variables).settings.trackers["queue"]
    assert tracker.kind == "jira"
    assert tracker.base_url == "https://jira.example"
    read_back = tracker.api_token_reference(tmp_path)
    assert read_back is not None and read_back.read() == token


def test_a_variable_that_matches_nothing_is_named_and_ignored(tmp_path: Path) -> None:
    """A typo must not pass in silence, and a stranger's variable must not stop the daemon."""
    variables = {
        "INCIDENTD_INSTNACE": "x",
        "INCIDENTD_FOO__BAR": "x",
        "INCIDENTD_WEB__LISTENN": "x",
        "INCIDENTD_SOURCES__EDGE__TARGETSS": "[]",
    }
    loaded = load(tmp_path, EDGE + "trackers: {local: {kind: local}}", variables)
    assert set(loaded.warnings) == {f"the variable {name} matches no setting and is ignored" for name in variables}
    assert loaded.settings.instance == "default"


def test_an_unknown_key_inside_a_known_variable_is_an_error(tmp_path: Path) -> None:
    """Who writes a whole section means every key of it."""
    with pytest.raises(ConfigError, match=r"environment INCIDENTD_WEB: web.listenn: unknown key"):
        load(tmp_path, EDGE, {"INCIDENTD_WEB": '{"listenn": "x"}'})


@pytest.mark.parametrize(
    "name",
    [
        "INCIDENTD_CONFIG",
        "INCIDENTD_SPECS",
        "INCIDENTD_CORPORA",
        "INCIDENTD_PORT",
        "INCIDENTD_PORT_8580_TCP",
        "INCIDENTD_PORT_8580_TCP_ADDR",
        "INCIDENTD_SERVICE_HOST",
        "INCIDENTD_SERVICE_PORT",
        "INCIDENTD_SERVICE_PORT_HTTP",
        "OTHER__THING",
    ],
)
def test_what_is_no_setting_is_passed_over(tmp_path: Path, name: str) -> None:
    """Kubernetes injects variables for a service called incidentd; nobody needs to be told."""
    path = write(tmp_path, EDGE + "trackers: {local: {kind: local}}")
    assert load_settings(path, {**HOME, name: str(path)}).warnings == ()


def test_hidden_files_of_the_secrets_directory_are_passed_over(tmp_path: Path) -> None:
    """Kubernetes keeps its own links beside the secrets; a file that matches nothing is named."""
    secrets = _secrets(tmp_path / "run", **{"..data": "x", "instance": "b", "nonsense": "x"})
    loaded = load(tmp_path, EDGE + "trackers: {local: {kind: local}}", secrets)
    assert loaded.settings.instance == "b"
    assert loaded.warnings == (f"the file {tmp_path}/run/nonsense matches no setting and is ignored",)


def test_a_secrets_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """A volume that was not mounted must not look like one without secrets."""
    with pytest.raises(ConfigError, match=r"INCIDENTD_SECRETS_DIR=.*gone: the secrets directory cannot be read"):
        load(tmp_path, EDGE, {"INCIDENTD_SECRETS_DIR": str(tmp_path / "gone")})


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"STATE_DIRECTORY": "/var/lib/incidentd:/b"}, "sqlite:////var/lib/incidentd/incidentd.db"),
        ({"XDG_STATE_HOME": "/home/a/state", "HOME": "/home/a"}, "sqlite:////home/a/state/incidentd/incidentd.db"),
        ({"XDG_STATE_HOME": "state", "HOME": "/home/a"}, "sqlite:////home/a/.local/state/incidentd/incidentd.db"),
        ({}, "sqlite:///incidentd.db"),
    ],
)
def test_the_state_has_a_place_by_default(tmp_path: Path, variables: dict[str, str], url: str) -> None:
    """systemd's directory, else the user's, by their own rules."""
    assert load_settings(write(tmp_path, EDGE), variables).settings.state.url == url


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("sqlite:///st/incidentd.db", "sqlite:///{folder}/a%20b/st/incidentd.db"),
        ("sqlite:////var/lib/incidentd.db", "sqlite:////var/lib/incidentd.db"),
    ],
)
def test_a_relative_state_stands_beside_the_configuration(tmp_path: Path, written: str, url: str) -> None:
    """Whoever calls from another folder must find the same ledger."""
    folder = tmp_path / "a b"
    folder.mkdir()
    loaded = load(folder, f"{EDGE}state: {{url: '{written}'}}\n")
    assert loaded.state_url == url.format(folder=tmp_path)


def test_every_value_says_who_said_it(tmp_path: Path) -> None:
    """What nobody wrote inside a mapping that somebody wrote is a default."""
    secrets = _secrets(tmp_path / "run", instance="b")
    loaded = load(tmp_path, EDGE, {**secrets, "INCIDENTD_MODE": "observe"})
    said = effective_origins(loaded.settings, loaded.origins)
    assert said["sources.edge.kind"] == f"{loaded.path}:1"
    assert said["sources.edge.targets[0].host"] == f"{loaded.path}:1"
    assert said["sources.edge.samples"] == "default"
    assert said["instance"] == f"secrets directory {tmp_path}/run/instance"
    assert said["mode"] == "environment INCIDENTD_MODE"
    assert said["state.url"] == "default $HOME"


def test_the_configuration_is_searched_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--config` before INCIDENTD_CONFIG before the working directory."""
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        write(tmp_path / name, f"{EDGE}instance: {name}\n")
    write(tmp_path, f"{EDGE}instance: here\n")
    named = {**HOME, "INCIDENTD_CONFIG": "b/incidentd.yaml"}
    assert load_settings(Path("a/incidentd.yaml"), named).settings.instance == "a"
    assert load_settings(None, named).settings.instance == "b"
    here = load_settings(None, HOME)
    assert (here.settings.instance, here.folder) == ("here", tmp_path)


@pytest.mark.parametrize(
    ("path", "variables", "by"),
    [(Path("gone.yaml"), {}, "--config"), (None, {"INCIDENTD_CONFIG": "gone.yaml"}, "INCIDENTD_CONFIG")],
)
def test_a_named_file_that_is_not_there_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: Path | None, variables: dict[str, str], by: str
) -> None:
    """Falling back to another file would run what nobody asked for."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError) as caught:
        load_settings(path, variables)
    assert str(caught.value) == f"gone.yaml: there is no such file (it was named by {by})"


def test_without_any_configuration_the_way_to_one_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first thing that a newcomer meets."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"there is no configuration \(looked for .*incidentd init.*\)"):
        load_settings(None, HOME)


def test_the_environment_alone_is_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container needs no file."""
    monkeypatch.chdir(tmp_path)
    variables = {"INCIDENTD_SOURCES__EDGE__KIND": "tls", "INCIDENTD_SOURCES__EDGE__TARGETS": '["a.example"]'}
    loaded = load_settings(None, variables)
    assert loaded.path is None
    assert list(loaded.settings.sources) == ["edge"]


def test_what_is_probably_not_meant_is_warned_of(tmp_path: Path) -> None:
    """Nothing to watch, nobody to tell, a route that leads past everyone, a tracker that nothing leads to."""
    assert load(tmp_path, "mode: act").warnings == (
        "no source is configured: nothing is watched (sources: …)",
        "NO TRACKER is configured: incidents stay in the built-in queue, and nobody is told (trackers: …)",
    )
    text = EDGE + "trackers: {a: {kind: local}, b: {kind: local}}\nroutes: [{match: {env: prod}, tracker: a}]\n"
    assert load(tmp_path, text).warnings == (
        "no route takes what the others leave: end the list with one that has no `match`",
        "no route leads to the tracker b",
    )


def test_what_has_no_effect_yet_is_warned_of(tmp_path: Path) -> None:
    """Agreed on and not built: nobody may rely on it in silence."""
    text = EDGE + (
        "trackers: {a: {kind: jira, base_url: 'https://acme.example', email: a@b.example, api_token: x, project: OPS, "
        "webhook_secrets: [y]}, b: {kind: local}}\n"
        "routes: [{tracker: a, page: {tracker: b, from: error}}]\n"
        "self_tracker: b\nheartbeat: {url: 'https://beat.example/x'}\nreleases: {edit_tickets: true}\n"
    )
    ending = "is read, but has no effect in this version"
    assert load(tmp_path, text).warnings == (f"trackers.a.webhook_secrets {ending}",)


def test_nothing_else_reads_the_environment() -> None:
    """What a setting is must be seen in one place."""
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"\bos\.(environ|getenv)|from os import", path.read_text(encoding="utf-8"))
    }
    assert readers == {"settings/environment.py"}
