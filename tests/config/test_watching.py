"""Alerts and dashboard: every expression is PromQL, about metrics and labels that the daemon really serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from incidentd.daemon.telemetry import METRICS
from incidentd.daemon.telemetry_concentration import STATES
from incidentd.model.assessment import Severity, Stage
from incidentd.model.blindness import CauseKind
from incidentd.model.concentration import ConcentrationKind
from incidentd.model.plan import ActionKind, Hold
from tests.config.chart import CHART, ROOT
from tests.web.world import lived

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((ROOT / "config" / "prometheus" / "incidentd.rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "config" / "grafana" / "incidentd.json").read_text())
PANELS: list[dict[str, Any]] = DASHBOARD["panels"]
ASKED = {
    **{f"alert {rule['alert']}": rule["expr"] for rule in RULES},
    **{f"panel {one['title']} {target['refId']}": target["expr"] for one in PANELS for target in one["targets"]},
}
"""Every expression, by where it stands."""
LABELS = {f"incidentd_{metric.name}": set(metric.labels) for metric in METRICS}
OF_THE_TARGET = {"job", "namespace", "pod", "instance"}
"""What Prometheus adds to all that it reads from one place."""
WORDS: dict[str, set[str]] = {
    "reason": {*Hold},
    "severity": {*Severity},
    "stage": {*Stage},
    "cause": {*CauseKind},
    "action": {*ActionKind},
    "kind": {*ConcentrationKind},
    "state": {"open", "held", *STATES},
}
"""What a label may say, where that is fixed."""


def _parsed(expression: str) -> Any:
    """Its tree; Grafana's variables stand for what they are replaced by."""
    return promql_parser.parse(expression.replace("$job", ".*"))


def _nodes(tree: Any, kind: type) -> Iterator[Any]:
    found: list[Any] = []
    promql_parser.walk(tree, lambda node: found.append(node) if isinstance(node, kind) else None)
    return iter(found)


def _selected(tree: Any) -> list[Any]:
    return [*_nodes(tree, promql_parser.VectorSelector)]


@pytest.mark.parametrize("where", ASKED)
def test_every_metric_is_one_that_the_daemon_serves(where: str, served: set[str]) -> None:
    """By the text that Prometheus reads."""
    names = {one.name for one in _selected(_parsed(ASKED[where]))}
    assert names
    assert names <= served


@pytest.mark.parametrize("where", ASKED)
def test_every_label_is_one_of_its_metric(where: str) -> None:
    """In matchers, in `by`, and in `on`; and what is matched are words that the label says."""
    tree = _parsed(ASKED[where])
    for one in _selected(tree):
        for matcher in one.matchers.matchers:
            assert matcher.name in LABELS.get(one.name, set()) | OF_THE_TARGET
            assert matcher.name not in WORDS or matcher.value in WORDS[matcher.name]
    for aggregate in _nodes(tree, promql_parser.AggregateExpr):
        for label in aggregate.modifier.labels if aggregate.modifier else ():
            assert all(label in LABELS.get(one.name, set()) | OF_THE_TARGET for one in _selected(aggregate))
    for binary in _nodes(tree, promql_parser.BinaryExpr):
        for label in binary.modifier.matching.labels if binary.modifier and binary.modifier.matching else ():
            assert all(label in LABELS.get(one.name, set()) | OF_THE_TARGET for one in _selected(binary))


def test_a_label_in_a_text_is_one_that_the_alert_has() -> None:
    """`{{ $labels.source }}` of an alert that has none would say nothing."""
    for rule in RULES:
        kept = {label for node in _nodes(_parsed(rule["expr"]), promql_parser.AggregateExpr) for label in _by(node)}
        said = {word.split("}}")[0].strip() for word in str(rule["annotations"]).split("$labels.")[1:]}
        assert said <= kept, rule["alert"]


def _by(node: Any) -> list[str]:
    return list(node.modifier.labels) if node.modifier else []


def test_each_alert_says_what_it_is_and_what_to_do() -> None:
    """Whoever is paged at night has the runbook in the page."""
    for rule in RULES:
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert all(len(rule["annotations"][text]) >= 20 for text in ("summary", "description", "runbook")), rule[
            "alert"
        ]
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


def test_what_a_platform_team_asks_for_is_there() -> None:
    """Dead, without a leader, not delivering, stale, blind, and a promise that is not kept."""
    assert {rule["alert"] for rule in RULES} >= {
        "IncidentdDown",
        "IncidentdNobodyReconciles",
        "IncidentdNotDelivering",
        "IncidentdSourceStale",
        "IncidentdBlind",
        "IncidentdCertificateWithoutIncident",
    }


def test_a_metric_that_is_not_there_and_a_label_of_another_are_found() -> None:
    """What judges the expressions can fail."""
    tree = _parsed('max by (source) (incidentd_ready{tracker="x"}) > 0')
    (one,) = _selected(tree)
    assert [matcher.name for matcher in one.matchers.matchers] == ["tracker"]
    assert "source" not in LABELS[one.name] | OF_THE_TARGET
    with pytest.raises(ValueError, match="invalid promql"):
        _parsed("max by (job) incidentd_ready")


def test_the_chart_carries_the_same_files() -> None:
    """They are held once."""
    for room, name in (("prometheus", "incidentd.rules.yaml"), ("grafana", "incidentd.json")):
        assert (ROOT / "config" / room / name).resolve() == CHART / "files" / name


def test_no_two_panels_overlap() -> None:
    """Each has its place and its own number."""
    cells = [
        (x, y)
        for one in PANELS
        for x in range(one["gridPos"]["x"], one["gridPos"]["x"] + one["gridPos"]["w"])
        for y in range(one["gridPos"]["y"], one["gridPos"]["y"] + one["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({one["id"] for one in PANELS}) == len(PANELS)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the samples in a daemon's /metrics, and of families that have none yet."""
    families = list(text_string_to_metric_families(asyncio.run(_metrics(tmp_path_factory.mktemp("served")))))
    return {one.name for one in families} | {sample.name for one in families for sample in one.samples}


async def _metrics(folder: Path) -> str:
    async with lived(folder) as world, world.client() as client:
        return (await client.get("/metrics")).text
