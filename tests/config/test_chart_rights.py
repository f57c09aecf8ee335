"""The ladder of rights: what the sources read is what is granted, and what is worth more has to be said twice."""

from __future__ import annotations

import pytest

from incidentd.sources.kubernetes.objects import Kind
from tests.config.chart import Document, Helm, Values, of_kind
from tests.config.test_chart_pods import pod_of
from tests.config.values import SETS, reading

Rendered = dict[str, list[Document]]
Right = tuple[str, str, str, str]
"""Namespace (`*`: everywhere), resource with its group, names (`*`: all), verbs."""


def rights(found: list[Document]) -> set[Right]:
    """Everything that is granted to the pod."""
    return {
        (role["metadata"].get("namespace", "*"), f"{resource}.{group}".strip("."), names, " ".join(rule["verbs"]))
        for role in found
        if role["kind"] in ("Role", "ClusterRole")
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for names in rule.get("resourceNames", ["*"])
    }


LADDER: dict[str, set[Right]] = {
    "defaults": set(),
    "sqlite": set(),
    "rung_exposed": {
        ("shop", "ingresses.networking.k8s.io", "*", "list watch"),
        ("shop", "gateways.gateway.networking.k8s.io", "*", "list watch"),
        ("shop", "httproutes.gateway.networking.k8s.io", "*", "list watch"),
        ("shop", "services", "*", "list watch"),
    },
    "rung_cert_manager": {("shop", "certificates.cert-manager.io", "*", "list")},
    "rung_named": {("shop", "secrets", "tls", "get"), ("pay", "secrets", "a", "get"), ("pay", "secrets", "b", "get")},
    "rung_listed": {
        (there, what, "*", "list watch") for there in ("shop", "pay") for what in ("secrets", "configmaps")
    },
    "rung_cluster": {
        ("*", "secrets", "*", "list watch"),
        ("*", "customresourcedefinitions.apiextensions.k8s.io", "*", "list watch"),
    },
}


@pytest.mark.parametrize("name", LADDER)
def test_each_rung_grants_what_it_says_and_no_more(rendered: Rendered, name: str) -> None:
    """Reading only: list and watch, or get by name."""
    assert rights(rendered[name]) == LADDER[name]


@pytest.mark.parametrize("name", [name for name in SETS if SETS[name].get("rbac", {}).get("secrets") is None])
def test_without_a_word_of_it_there_is_no_right_to_secrets(rendered: Rendered, name: str) -> None:
    """No rule names them, and none names everything."""
    assert not [right for right in rights(rendered[name]) if "secrets" in right[1] or "*" in right[1]]


@pytest.mark.parametrize("name", SETS)
def test_every_role_is_bound_to_the_pod_alone(rendered: Rendered, name: str) -> None:
    """In its own namespace; and a pod without rights has no token of the API server."""
    found = rendered[name]
    for scope in ("", "Cluster"):
        roles = {(one["metadata"]["name"], one["metadata"].get("namespace")) for one in of_kind(found, f"{scope}Role")}
        bound = of_kind(found, f"{scope}RoleBinding")
        assert {(one["roleRef"]["name"], one["metadata"].get("namespace")) for one in bound} == roles
        assert {one["roleRef"]["kind"] for one in bound} <= {f"{scope}Role"}
        for one in bound:
            account = pod_of(found)["serviceAccountName"]
            assert one["subjects"] == [{"kind": "ServiceAccount", "name": account, "namespace": "incidentd"}]
    assert pod_of(found)["automountServiceAccountToken"] is bool(rights(found))


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_that_can_be_read_can_be_granted(helm: Helm, kind: Kind) -> None:
    """In the group, and in the scope, where the source asks for it."""
    values = reading({"secrets": "listed", "clusterWide": True}, read=[kind.value])
    resource = kind.resource
    where = "shop" if resource.namespaced else "*"
    assert rights(helm.rendered(values)) == {
        (where, f"{resource.plural}.{resource.group}".strip("."), "*", "list watch")
    }


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (reading(read=["secrets"]), "allow it by rbac.secrets=listed"),
        (reading({"secrets": "named"}, read=["secrets"]), "allow it by rbac.secrets=listed"),
        (reading(secrets={"names": ["shop/tls"]}), "allow it by rbac.secrets=named"),
        (reading(namespaces=[]), "it reads the whole cluster: list them, or allow it by rbac.clusterWide=true"),
        (reading(read=["apiservices"]), "apiservices, which are in no namespace: allow it by rbac.clusterWide=true"),
    ],
)
def test_what_goes_beyond_is_refused_until_it_is_said(helm: Helm, values: Values, told: str) -> None:
    """A configuration alone cannot widen the rights."""
    refused = helm.refusal(values)
    assert told in refused
    assert "config.sources.in_cluster" in refused


@pytest.mark.parametrize(
    "values",
    [
        {**reading(namespaces=[], kubeconfig="/srv/kube/config", read=["secrets"])},
        {**reading(namespaces=[]), "rbac": {"create": False}},
    ],
)
def test_other_clusters_and_roles_of_your_own_need_none(helm: Helm, values: Values) -> None:
    """A kubeconfig brings its own rights."""
    assert rights(helm.rendered(values)) == set()


def test_what_is_not_said_is_read_as_the_source_does(helm: Helm) -> None:
    """Its defaults are the first two rungs."""
    found = rights(helm.rendered(reading()))
    assert {right[1].partition(".")[0] for right in found} == {"ingresses", "gateways", "services", "certificates"}
