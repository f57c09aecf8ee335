"""What points at something in the chart points at what is there: selectors, ports, names, and files that it carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.config.chart import CHART, Document, of_kind
from tests.config.values import SETS

Rendered = dict[str, list[Document]]
Labels = dict[str, str]


def _pod_labels(found: list[Document]) -> Labels:
    (deployment,) = of_kind(found, "Deployment")
    labels: Labels = deployment["spec"]["template"]["metadata"]["labels"]
    return labels


def _selectors_of_pods(found: list[Document]) -> Iterator[Labels]:
    for one in found:
        spec: dict[str, Any] = one.get("spec", {})
        match one["kind"]:
            case "Deployment":
                yield spec["selector"]["matchLabels"]
                for spread in spec["template"]["spec"].get("topologySpreadConstraints", []):
                    yield spread["labelSelector"]["matchLabels"]
            case "Service":
                yield spec["selector"]
            case "PodDisruptionBudget":
                yield spec["selector"]["matchLabels"]
            case "NetworkPolicy":
                yield spec["podSelector"]["matchLabels"]


@pytest.mark.parametrize("name", SETS)
def test_every_selector_finds_the_pod(rendered: Rendered, name: str) -> None:
    """By labels that no value can take away."""
    labels = _pod_labels(rendered[name])
    selectors = [*_selectors_of_pods(rendered[name])]
    assert len(selectors) >= 2
    assert all(selector.items() <= labels.items() for selector in selectors)


def test_a_label_of_yours_does_not_take_the_place_of_the_charts(rendered: Rendered) -> None:
    """It stands beside them."""
    assert _pod_labels(rendered["digest_and_extras"])["team"] == "edge"
    assert _pod_labels(rendered["digest_and_extras"])["app.kubernetes.io/name"] == "certs"


def test_what_watches_and_what_leads_there_find_the_service(rendered: Rendered) -> None:
    """Prometheus by its labels and its port, with the token that the daemon asks for; the ingress by its name."""
    found = rendered["watched"]
    (service,), (monitor,), (ingress,) = (of_kind(found, kind) for kind in ("Service", "ServiceMonitor", "Ingress"))
    assert monitor["spec"]["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert monitor["metadata"]["labels"]["release"] == "prometheus"
    (port,) = service["spec"]["ports"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert (endpoint["port"], endpoint["path"]) == (port["name"], "/metrics")
    assert endpoint["authorization"]["credentials"] == {"name": "web", "key": "t"}
    (path,) = ingress["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"] == {"name": service["metadata"]["name"], "port": {"name": port["name"]}}


def test_the_token_that_prometheus_has_is_the_one_that_is_asked_for(rendered: Rendered) -> None:
    """The same key of the same Secret is mounted where the configuration looks for it."""
    (deployment,) = of_kind(rendered["watched"], "Deployment")
    (volume,) = [one for one in deployment["spec"]["template"]["spec"]["volumes"] if one["name"] == "web"]
    assert volume["secret"]["secretName"] == "web"
    assert volume["secret"]["items"] == [{"key": "t", "path": "token"}]


def test_alerts_and_dashboard_are_carried_whole(rendered: Rendered) -> None:
    """As they stand in the files, with their braces."""
    (rule,) = of_kind(rendered["watched"], "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((CHART / "files" / "incidentd.rules.yaml").read_text())
    (dashboard,) = [one for one in of_kind(rendered["watched"], "ConfigMap") if "incidentd.json" in one["data"]]
    assert json.loads(dashboard["data"]["incidentd.json"]) == json.loads(
        (CHART / "files" / "incidentd.json").read_text()
    )
    assert dashboard["metadata"]["labels"]["grafana_dashboard"] == "1"


def test_a_change_of_the_configuration_starts_new_pods_only_where_that_is_asked_for(rendered: Rendered) -> None:
    """By default the daemon takes it over by itself."""
    annotations = {
        name: of_kind(found, "Deployment")[0]["spec"]["template"]["metadata"].get("annotations", {})
        for name, found in rendered.items()
    }
    assert "checksum/config" in annotations["digest_and_extras"]
    assert [name for name, said in annotations.items() if "checksum/config" in said] == ["digest_and_extras"]
