"""The chart as a whole: linted, valid by the schemas of Kubernetes, and clear about what it does not take."""

from __future__ import annotations

import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from incidentd.settings import load_settings
from incidentd.settings.schema import Settings
from incidentd.sources.interface import SourceModel
from tests.config.chart import CHART, ROOT, Document, Helm, Values, of_kind
from tests.config.mounted import mount
from tests.config.values import SETS

Rendered = dict[str, list[Document]]

OLDEST, NEWEST = "1.25", "1.37"
"""The first with a stable restricted Pod Security, as Chart.yaml says; and the newest that there is a schema of."""
CUSTOM = ("ServiceMonitor", "PrometheusRule")
"""Kinds of the Prometheus Operator: Kubernetes itself has no schema of them."""


@pytest.mark.parametrize("name", SETS)
def test_lint_finds_nothing(helm: Helm, name: str) -> None:
    """Also nothing that is only a warning."""
    answer = helm.asked("lint", "--strict", str(CHART), values=SETS[name])
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
@pytest.mark.parametrize("name", SETS)
def test_every_object_is_valid(rendered: Rendered, name: str, version: str) -> None:
    """By the strict schemas: a field that Kubernetes does not know would be dropped in silence."""
    judged = [one for one in rendered[name] if one["kind"] not in CUSTOM]
    for one in judged:
        kubernetes_validate.validate(one, version, strict=True)
    assert len(judged) >= 3


def test_a_field_that_kubernetes_does_not_know_is_found(rendered: Rendered) -> None:
    """The judge is strict indeed."""
    (deployment,) = of_kind(rendered["defaults"], "Deployment")
    wrong = {**deployment, "spec": {**deployment["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


@pytest.mark.parametrize("name", SETS)
def test_what_is_rendered_names_the_release(rendered: Rendered, name: str) -> None:
    """Each object belongs to it and no two are one."""
    found = rendered[name]
    names = [(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]) for one in found]
    assert len(set(names)) == len(names)
    assert {one["metadata"]["labels"]["app.kubernetes.io/instance"] for one in found} == {"incidentd"}


def test_the_chart_is_of_this_version() -> None:
    """The image it asks for by default is the one that this tree makes."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert chart["appVersion"] == project["version"]


KEYS = {
    "state__url": "postgresql://incidentd:canary@db.example.com/incidentd",
    "trackers__queue__api_token": "canary",
    "trackers__oncall__routing_key": "0123456789abcdef0123456789abcdef",
    "trackers__oncall__api_token": "canary",
}
"""What the Secret holds that `existingSecret` names, by the comments in config/kubernetes/values."""


@pytest.mark.parametrize("name", SETS)
def test_the_daemon_takes_the_configuration(rendered: Rendered, name: str, tmp_path: Path) -> None:
    """From the volumes of the pod, with the secrets beside it: nothing is wrong with it."""
    (config,) = [one["data"] for one in of_kind(rendered[name], "ConfigMap") if "incidentd.yaml" in one["data"]]
    mount(tmp_path / "web", {"token": "canary"})
    here = {file: text.replace("/run/incidentd", str(tmp_path)) for file, text in config.items()}
    mount(tmp_path / "config", here)
    trackers = SETS[name].get("config", {}).get("trackers", {})
    kept = {key: text for key, text in KEYS.items() if key.split("__")[1] in trackers}
    if SETS[name].get("state") == {"kind": "postgresql"} and "replicas" not in SETS[name]:
        kept["state__url"] = KEYS["state__url"]
    mount(tmp_path / "secrets", kept)
    load_settings(tmp_path / "config" / "incidentd.yaml", {"INCIDENTD_SECRETS_DIR": str(tmp_path / "secrets")})


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"replica": 3}, "additional properties 'replica' not allowed"),
        ({"web": {"tokn": {}}}, "at '/web'"),
        ({"state": {"kind": "mysql"}}, "at '/state/kind': value must be one of 'sqlite', 'postgresql'"),
        ({"image": {"digest": "latest"}}, "at '/image/digest'"),
        ({"terminationGracePeriodSeconds": 5}, "minimum: got 5, want 30"),
        ({"rbac": {"secrets": True}}, "value must be one of 'none', 'named', 'listed'"),
        ({"files": {"incidentd.yaml": ""}}, "invalid propertyName 'incidentd.yaml'"),
        ({"service": {"port": "http"}}, "at '/service/port': got string, want integer"),
        ({"config": {"souces": {}}}, "at '/config': additional properties 'souces' not allowed"),
        (
            {"config": {"sources": {"a": {"kind": "tsl"}}}},
            "at '/config/sources/a/kind': value must be one of 'files', ",
        ),
        ({"config": {"sources": {"a": {"kind": "tls", "tagets": []}}}}, "additional properties 'tagets' not allowed"),
        ({"config": {"schedule": {"sweep_every": "1 hour"}}}, "at '/config/schedule/sweep_every'"),
        ({"replicas": 2}, "several need state.kind=postgresql"),
        ({"state": {"kind": "postgresql"}}, "needs config.state.url=postgresql://"),
        ({"config": {"state": {"url": "postgresql://u@h/d"}}}, "set state.kind=postgresql too"),
        ({"config": {"web": {"listen": "127.0.0.1:8580"}}}, "it cannot be loopback"),
        ({"web": {"token": {"generate": False}}}, "config.web.trusted_proxies has to name who may ask"),
        ({"serviceMonitor": {"enabled": True}}, "set web.token.existingSecret"),
        ({"ingress": {"enabled": True}}, "set ingress.host"),
        (
            {"state": {"kind": "postgresql"}, "existingSecret": "s", "ingress": {"enabled": True, "host": "a.example"}},
            "each replica would ask for a token of its own",
        ),
    ],
)
def test_wrong_values_are_refused_with_a_clear_message(helm: Helm, values: Values, told: str) -> None:
    """Which value, and what to do: before anything is installed."""
    assert told in helm.refusal(values)


def test_everything_that_can_be_configured_is_taken(helm: Helm) -> None:
    """The example holds every key; its secrets and its addresses are the chart's."""
    example = yaml.safe_load((ROOT / "config" / "incidentd.example.yaml").read_text())
    for tracker in example["trackers"].values():
        for key in ("routing_key", "api_token", "earlier_routing_keys", "webhook_secrets"):
            tracker.pop(key, None)
    example["web"].pop("listen")
    example["web"].pop("token_file", None)
    rbac = {"clusterWide": True, "secrets": "listed"}
    assert len(helm.rendered({"config": example, "rbac": rbac})) >= 4


DEFINITIONS = Settings.model_json_schema()["$defs"].values()
SECRETS = [
    ("sources" if SourceModel.model_fields.keys() & one["properties"].keys() else "trackers", kind, key, field)
    for one in DEFINITIONS
    if (kind := one.get("properties", {}).get("kind", {}).get("const"))
    for key, field in one["properties"].items()
    if "password" in str(field)
]
"""Every secret that may stand inline, wherever it may."""


@pytest.mark.parametrize(("section", "kind", "key", "field"), SECRETS)
def test_a_secret_in_the_configuration_is_refused(
    helm: Helm, section: str, kind: str, key: str, field: Document
) -> None:
    """A ConfigMap is read by many; the message names the key that it has in a Secret."""
    given = ["canary"] if field.get("type") == "array" else "canary"
    refused = helm.refusal({"config": {section: {"one": {"kind": kind, key: given}}}})
    assert f"under the key {section}__one__{key}" in refused
    assert "canary" not in refused


def test_a_password_in_the_address_of_the_state_is_refused(helm: Helm) -> None:
    """An address without one may stand there."""
    state = {"url": "postgresql://incidentd:canary@db.example.com/incidentd"}
    refused = helm.refusal({"config": {"state": state}, "state": {"kind": "postgresql"}})
    assert "under the key state__url" in refused
    assert "canary" not in refused


def test_the_secrets_are_those_of_trackers_and_pushers() -> None:
    """The table above is not empty, and knows each kind."""
    assert {kind for _, kind, _, _ in SECRETS} >= {"pagerduty", "jira", "pushed"}


def test_the_notes_lead_to_the_next_command(helm: Helm) -> None:
    """What is missing is said first, then how to look at it."""
    bare = helm.asked("install", "incidentd", str(CHART), "--namespace", "certs", "--dry-run=client").stdout
    assert "NOTHING IS WATCHED YET" in bare
    assert "NOBODY IS TOLD YET" in bare
    assert "kubectl -n certs logs deployment/incidentd -c incidentd\n" in bare
    shown, forwarded = "python -c", "kubectl -n certs port-forward deployment/incidentd 8580:http"
    assert 0 < bare.index(shown) < bare.index(forwarded), "what does not end comes last"
    watched = helm.asked(
        "install", "incidentd", str(CHART), "--namespace", "certs", "--dry-run=client", values=SETS["postgresql"]
    ).stdout
    assert "YET" not in watched
    assert "2 replica(s), state on postgresql" in watched
    assert "get secret incidentd-web -o jsonpath='{.data.token}'" in watched
