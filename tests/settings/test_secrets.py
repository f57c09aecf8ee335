"""Secrets: read when they are used, refused where others could read them, and never shown."""

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from incidentd.errors import ConfigError
from incidentd.secret import LARGEST_SECRET_BYTES, SecretReference, reference
from incidentd.settings import effective, effective_lines, load_settings
from incidentd.settings.checks import secret_paths
from tests.settings.written import EDGE, load, refusal, write

CANARY = "canary-7f3a/91+c0"
FORMS = (CANARY, base64.b64encode(CANARY.encode()).decode(), quote(CANARY, safe=""), CANARY.encode().hex())
PAGER = f"trackers: {{oncall: {{kind: pagerduty, routing_key: {CANARY}, write_only: true}}}}\n"
EVERYWHERE = f"""
state: {{url: "postgresql://someone:{quote(CANARY, safe="")}@db.example/incidentd"}}
trackers:
  oncall:
    kind: pagerduty
    routing_key: {CANARY}
    api_token: {CANARY}
    from_email: oncall@example.net
    webhook_secrets: [{CANARY}, {CANARY}2]
  queue: {{kind: jira, base_url: "https://jira.example", api_token: {CANARY}, project: OPS}}
routes: [{{tracker: queue}}]
"""


def _shows_canary(text: str) -> bool:
    return any(form in text for form in FORMS)


def test_nothing_that_is_shown_holds_a_secret(tmp_path: Path) -> None:
    """Neither what is printed for people nor what a debugger prints."""
    loaded = load(tmp_path, EDGE + EVERYWHERE)
    shown = [
        str(effective(loaded.settings)),
        "\n".join(effective_lines(loaded.settings, loaded.origins)),
        repr(loaded),
        str(loaded.settings),
        repr(loaded.settings.state),
        repr(loaded.settings.trackers["queue"]),
    ]
    assert not [text for text in shown if _shows_canary(text)]
    assert "someone:**********@db.example" in shown[0]


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:canary/a#b?c@h/d", "postgresql://u:**********@h/d"),
        ("postgresql://u:canary@canary:5@h/d", "postgresql://u:**********@h/d"),
        ("postgresql://h/d?user=u&password=canary", "postgresql://h/d?user=u&password=**********"),
        ("postgresql://u@h/d?sslpassword=canary&sslkey=k", "postgresql://u@h/d?sslpassword=**********&sslkey=k"),
        ("postgresql+psycopg://u@h/d?passwrod=canary", "postgresql+psycopg://u@h/d?passwrod=**********"),
        ("postgresql://u@/d?host=/run/pg&target_session_attrs=any", None),
        ("postgresql://u@h/d?options=-csearch_path%3Dx", None),
        ("sqlite:////srv/a:b@c?password=d", None),
    ],
)
def test_a_password_of_the_state_is_masked_wherever_it_stands(tmp_path: Path, url: str, shown: str | None) -> None:
    """In the query as well, and with whatever is in it; what holds none is shown as it is, and is no secret."""
    loaded = load(tmp_path, f"{EDGE}state: {{url: {json.dumps(url)}}}")
    assert effective(loaded.settings)["state"]["url"] == loaded.shown_state == (shown or url)
    assert (("state", "url") in secret_paths(loaded.settings)) is (shown is not None)


PLACES = (
    "instance: {}",
    "mode: {}",
    "sources: {}",
    "sources: {{edge: {{kind: {}}}}}",
    "sources: {{edge: {{kind: tls, targets: [a.example], interval: {}}}}}",
    "sources: {{edge: {{kind: tls, targets: ['x {}']}}}}",
    "policy: {{threshold: {}}}",
    "policy: {{exemptions: [{{fingerprint: {0}, until: {0}, reason: x, owner: x}}]}}",
    "trackers: {{q: {{kind: jira, base_url: {0}, project: {0}, api_token: {0}, flavour: {0}, email: {0}}}}}",
    "trackers: {{q: {{kind: jira, base_url: 'https://a:{0}@b.example', project: A, api_token: x, index_lag: {0}}}}}",
    "trackers: {{q: {{kind: pagerduty, routing_key: [{0}], api_token: {{{0}: {0}}}}}}}",
    "trackers: {{q: {{kind: pagerduty, routing_key: {}}}}}",
    "web: {{listen: {}}}",
    "state: {{url: 'mysql://u:{}@h/d'}}",
    "api: *{}",
    "api: !{} x",
    'api: "{}',
    "[{}: {}",
    "api: {0}: {0}",
    "%{}",
)


@pytest.mark.parametrize("place", PLACES)
def test_no_error_repeats_a_value(tmp_path: Path, place: str) -> None:
    """Any value may be a secret in the wrong place."""
    assert not _shows_canary("\n".join(refusal(tmp_path, place.format(CANARY, CANARY))))


def test_no_error_repeats_a_variable_or_a_secret_file(tmp_path: Path) -> None:
    """The same for what comes from elsewhere."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "policy__threshold").write_text(CANARY)
    variables = {
        "INCIDENTD_WEB__LISTEN": CANARY,
        "INCIDENTD_SECRETS_DIR": str(folder),
        "INCIDENTD_ROUTES": f"[{CANARY}",
    }
    lines = refusal(tmp_path, EDGE, variables)
    assert [line.split(":")[0] for line in lines] == [
        "environment INCIDENTD_ROUTES",
        "environment INCIDENTD_WEB__LISTEN",
        "secrets directory run/policy__threshold",
    ]
    assert not _shows_canary("\n".join(lines))


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(CANARY),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["kind", "a", "url"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["sources", "trackers", "routes", "policy", "web", "state", "guard", "mode"]), _ANY)
def test_whatever_stands_where_it_does_not_belong_is_not_repeated(tmp_path: Path, section: str, value: object) -> None:
    """Every shape of data, in every section: read, or refused without a word of it."""
    path = write(tmp_path, json.dumps({section: value}))
    try:
        load_settings(path, {})
    except ConfigError as error:
        assert not _shows_canary(str(error))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_secret_in_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Group or others: either is somebody else."""
    path = tmp_path / "incidentd.yaml"
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, EDGE + PAGER, mode=mode)
    assert str(caught.value) == (
        f"{path}:2: trackers.oncall.routing_key: a secret stands in a file that group or others can read "
        f"(chmod 600 {path}, or give it by file, environment or secrets directory)"
    )


def test_a_database_password_is_a_secret(tmp_path: Path) -> None:
    """It opens the state to whoever reads it."""
    found = refusal(tmp_path, EDGE + "state: {url: 'postgresql://u:p@h/d'}", mode=0o644)
    assert found[0].startswith("incidentd.yaml:2: state.url: a secret stands in a file that group or others can read")


def test_a_readable_file_without_secrets_is_fine(tmp_path: Path) -> None:
    """A mounted ConfigMap is readable by all; its secrets come by other ways."""
    (tmp_path / "key").write_text("k\n")
    text = EDGE + "trackers: {oncall: {kind: pagerduty, routing_key_file: key, write_only: true}}\n"
    assert load(tmp_path, text, mode=0o644).settings.trackers["oncall"].kind == "pagerduty"
    pager = "trackers: {oncall: {kind: pagerduty, write_only: true}}\n"
    variables = {"INCIDENTD_TRACKERS__ONCALL__ROUTING_KEY": "k"}
    assert load(tmp_path, EDGE + pager, variables, mode=0o644).settings.trackers["oncall"].kind == "pagerduty"


def test_a_secret_file_is_read_anew_at_each_use(tmp_path: Path) -> None:
    """A rotated token counts at once, without a restart."""
    file = tmp_path / "token"
    file.write_text("first\n")
    token = reference(None, "token", tmp_path)
    assert token is not None
    assert token.read() == "first"
    file.write_text("second\n")
    assert token.read() == "second"


def test_a_reference_shows_where_and_never_what(tmp_path: Path) -> None:
    """Its text form goes into logs by accident."""
    assert repr(SecretReference(inline=SecretStr(CANARY))) == "SecretReference(inline)"
    assert repr(SecretReference(path=tmp_path / "t")) == f"SecretReference({tmp_path}/t)"
    assert reference(None, None, tmp_path) is None


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "the secret file holds no text (it is one line of UTF-8)"),
        (b" \n", "the secret file holds no text (it is one line of UTF-8)"),
        (b"\xff\xfe", "the secret file holds no text (it is one line of UTF-8)"),
        (b"x" * (LARGEST_SECRET_BYTES + 1), "the secret file has more than 65536 bytes"),
    ],
)
def test_a_secret_file_without_a_secret_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    """An empty token would be sent and refused somewhere far away."""
    (tmp_path / "token").write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        SecretReference(path=tmp_path / "token").read()
    assert str(caught.value) == f"{tmp_path}/token: {what}"


def test_a_reference_to_nothing_says_so() -> None:
    """It is a mistake of the caller's, and no secret."""
    with pytest.raises(ConfigError, match="neither inline nor by file"):
        SecretReference().read()
