"""The sets of values under test: each option at least once, and every rung of the ladder of rights."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml

from tests.config.chart import RENDERED, ROOT, Values


def shown(name: str) -> Values:
    """Values that config/kubernetes shows with what they render."""
    values: Values = yaml.safe_load((RENDERED / "values" / f"{name}.yaml").read_text())
    return values


def of_the_readme() -> Values:
    """The values that README's installation begins with."""
    (text,) = re.findall(r"^```yaml\n(image: .*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    values: Values = yaml.safe_load(text)
    return values


def reading(rbac: Mapping[str, Any] | None = None, **source: Any) -> Values:
    """One source of a cluster, and what the values allow it."""
    cluster = {"kind": "kubernetes", "cluster": "prod", "namespaces": ["shop"], **source}
    return {"config": {"sources": {"in_cluster": cluster}}, "rbac": dict(rbac or {})}


SHOWN = ("sqlite", "postgresql", "cluster")
SETS: Mapping[str, Values] = {
    "defaults": {},
    "readme": of_the_readme(),
    **{name: shown(name) for name in SHOWN},
    "digest_and_extras": {
        "image": {"digest": "sha256:" + "0a" * 32},
        "imagePullSecrets": [{"name": "pull"}],
        "extraEnv": [{"name": "INCIDENTD_MODE", "value": "observe"}],
        "extraVolumes": [{"name": "pki", "secret": {"secretName": "pki"}}],
        "extraVolumeMounts": [{"name": "pki", "mountPath": "/srv/pki", "readOnly": True}],
        "config": {
            "owners": {"file": "OWNERS"},
            "sources": {"disk": {"kind": "files", "paths": ["/srv/pki"]}},
            "web": {"listen": "[::]:9000"},
        },
        "files": {"OWNERS": "*.example.com web-platform\n"},
        "restartOnConfigChange": True,
        "podAnnotations": {"example.com/team": "edge"},
        "podLabels": {"team": "edge"},
        "priorityClassName": "system-cluster-critical",
        "nodeSelector": {"kubernetes.io/os": "linux"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "nameOverride": "certs",
    },
    "watched": {
        "web": {"token": {"existingSecret": "web", "key": "t"}},
        "serviceMonitor": {"enabled": True, "labels": {"release": "prometheus"}},
        "prometheusRule": {"enabled": True, "labels": {"release": "prometheus"}},
        "grafanaDashboard": {"enabled": True},
        "networkPolicy": {"enabled": True, "from": [{"namespaceSelector": {}}]},
        "ingress": {"enabled": True, "host": "certs.example.com", "className": "nginx", "tlsSecretName": "certs-tls"},
    },
    "behind_a_proxy": {
        "config": {"web": {"trusted_proxies": ["10.0.0.7/32"]}},
        "web": {"token": {"generate": False}},
        "networkPolicy": {"enabled": True},
        "serviceMonitor": {"enabled": True},
    },
    "lost_with_the_pod": {"state": {"persistence": {"enabled": False}}, "serviceAccount": {"create": False}},
    "three_replicas": {
        "state": {"kind": "postgresql"},
        "replicas": 3,
        "config": {"state": {"url": "postgresql://incidentd@db.example.com/incidentd"}},
        "topologySpread": False,
    },
    "rung_exposed": reading(read=["ingresses", "gateways", "httproutes", "services"]),
    "rung_cert_manager": reading(read=["certificates"], watch=False),
    "rung_named": reading({"secrets": "named"}, read=[], secrets={"names": ["shop/tls", "pay/a", "pay/b"]}),
    "rung_listed": reading({"secrets": "listed"}, namespaces=["shop", "pay"], read=["secrets", "configmaps"]),
    "rung_cluster": reading(
        {"secrets": "listed", "clusterWide": True}, namespaces=[], read=["secrets", "customresourcedefinitions"]
    ),
}
