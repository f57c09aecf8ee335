"""The fixtures are what they pass for: those of kinds that Kubernetes itself defines, by its own strict schemas."""

import kubernetes_validate

from tests.sources.kubernetes.fixtures import everything

NATIVE = ("networking.k8s.io/v1", "v1")
VERSION = "1.37"
"""Of Kubernetes: the newest that there is a schema of."""


def test_what_the_api_defines_is_valid() -> None:
    """A field that it does not know would be read by nobody."""
    native = [one for one in everything() if one["apiVersion"] in NATIVE]
    for one in native:
        kubernetes_validate.validate(one, VERSION, strict=True)
    assert {one["kind"] for one in native} == {"Ingress", "Service"}
