"""What objects hold: whatever a tenant, or whoever installed something, wrote into them is read or passed over."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidentd.sources.kubernetes.holdings import keeper
from incidentd.sources.kubernetes.lists import HOLDING
from incidentd.sources.kubernetes.objects import Kind
from incidentd.x509.parse import parse_certificate
from tests.sources.kubernetes.stage import WEB, coded

PEM = WEB.chain_pem.decode()
TEXTS = st.sampled_from(["", "x", "=", "ünï", "\ud800", PEM, coded(WEB.chain_pem)])
LEAVES = st.none() | st.booleans() | st.integers() | TEXTS
NAMES = st.sampled_from(  # of every kind's fields
    [
        "data",
        "binaryData",
        "tls.crt",
        "webhooks",
        "name",
        "clientConfig",
        "caBundle",
        "spec",
        "conversion",
        "webhook",
        "type",
    ]
)
STRANGE = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOLDING), st.dictionaries(NAMES, STRANGE, max_size=4), st.booleans())
def test_no_object_however_strange_stops_the_others(kind: Kind, written: dict[str, Any], trust: bool) -> None:
    """Something is kept of each; its name always is, and each of its parts is there once."""
    thing = {**written, "metadata": {"name": "web", "annotations": written.get("spec")}}
    holding = keeper(kind, parse_certificate, trust=trust)(thing)
    names = [part.name for part in holding.parts]
    assert holding.about["metadata"]["name"] == "web"
    assert kind is Kind.CONFIGMAPS or len(set(names)) == len(names)


@pytest.mark.parametrize("trust", [True, False])
def test_of_a_tls_secret_only_what_is_wanted_is_looked_at(trust: bool) -> None:
    """Of the others it is known that they are there."""
    data = {"tls.crt": coded(WEB.chain_pem), "ca.crt": coded(WEB.chain_pem), "tls-combined.pem": ""}
    thing = {"metadata": {"name": "web"}, "type": "kubernetes.io/tls", "data": data}
    holding = keeper(Kind.SECRETS, parse_certificate, trust=trust)(thing)
    assert [part.name for part in holding.parts] == ["tls.crt", *(["ca.crt"] if trust else [])]
    assert set(holding.passed_over) == {"tls-combined.pem", *(() if trust else ("ca.crt",))}


def test_only_our_annotations_are_kept_of_what_is_said_about_an_object() -> None:
    """Thousands of objects are remembered between two sweeps."""
    annotations = {"incidentd.io/owner": "shop", "example.test/blob": "x" * 1000}
    metadata = {"name": "web", "namespace": "shop", "uid": "1", "labels": {"a": "b"}, "annotations": annotations}
    about = keeper(Kind.CONFIGMAPS, parse_certificate, trust=False)({"metadata": metadata}).about
    kept = {"name": "web", "namespace": "shop", "annotations": {"incidentd.io/owner": "shop"}}
    assert about == {"metadata": kept}
