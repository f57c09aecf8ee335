"""What is read of a cluster: kinds of objects, and what one kind showed at one time. Frozen values, without any key.

A private key is taken out of an object before it is decoded, so that nothing here ever holds one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from incidentd.model.observation import GapReason

Object = Mapping[str, Any]
"""A decoded object, as the API describes it. A tenant may have written anything in it: no type is to be relied on."""

NO_NAMESPACE = "-"
"""Stands where the namespace would, in the address of an object that has none; no namespace can be called so."""


@dataclass(frozen=True, slots=True)
class Resource:
    """Where the API serves a kind (kubernetes.io/docs/reference/using-api/api-concepts)."""

    group: str
    """Empty for the core group."""
    version: str
    plural: str
    singular: str
    namespaced: bool = True

    @property
    def group_version(self) -> str:
        """As `apiVersion` says it: `v1`, `networking.k8s.io/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None) -> str:
        """Of the list in one namespace, or in all where it is None; of one object where a name is given."""
        parts = ["apis" if self.group else "api", self.group_version]
        if namespace is not None and self.namespaced:
            parts += ["namespaces", namespace]
        parts.append(self.plural)
        if name is not None:
            parts.append(name)
        return "/" + "/".join(parts)


class Kind(StrEnum):
    """What can be read, by the name that stands in the configuration under `read`."""

    SECRETS = "secrets"
    CONFIGMAPS = "configmaps"
    SERVICES = "services"
    INGRESSES = "ingresses"
    GATEWAYS = "gateways"
    HTTPROUTES = "httproutes"
    CERTIFICATES = "certificates"
    """cert-manager's."""
    MUTATING_WEBHOOKS = "mutatingwebhookconfigurations"
    VALIDATING_WEBHOOKS = "validatingwebhookconfigurations"
    APISERVICES = "apiservices"
    CUSTOM_RESOURCES = "customresourcedefinitions"

    @property
    def resource(self) -> Resource:
        """Where the API serves it."""
        return _RESOURCES[self]

    @property
    def is_optional(self) -> bool:
        """True for what somebody has to install: a cluster without it is none that hides something."""
        return self in (Kind.GATEWAYS, Kind.HTTPROUTES, Kind.CERTIFICATES)


_RESOURCES = {
    Kind.SECRETS: Resource("", "v1", "secrets", "secret"),
    Kind.CONFIGMAPS: Resource("", "v1", "configmaps", "configmap"),
    Kind.SERVICES: Resource("", "v1", "services", "service"),
    Kind.INGRESSES: Resource("networking.k8s.io", "v1", "ingresses", "ingress"),
    Kind.GATEWAYS: Resource("gateway.networking.k8s.io", "v1", "gateways", "gateway"),
    Kind.HTTPROUTES: Resource("gateway.networking.k8s.io", "v1", "httproutes", "httproute"),
    Kind.CERTIFICATES: Resource("cert-manager.io", "v1", "certificates", "certificate"),
    Kind.MUTATING_WEBHOOKS: Resource(
        "admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration", False
    ),
    Kind.VALIDATING_WEBHOOKS: Resource(
        "admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "validatingwebhookconfiguration", False
    ),
    Kind.APISERVICES: Resource("apiregistration.k8s.io", "v1", "apiservices", "apiservice", False),
    Kind.CUSTOM_RESOURCES: Resource(
        "apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition", False
    ),
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Where a kind could not be read, and why. What is known there goes unseen: a gap, never an absence."""

    namespace: str | None
    """None: nowhere in the cluster."""
    reason: GapReason
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What one kind showed at one time, and where it could not be read.

    Without a failure that covers its namespace, an object that is not in it is not there: the answer was complete.
    """

    objects: tuple[Object, ...] = ()
    failures: tuple[Failure, ...] = ()

    def failure_in(self, namespace: str | None) -> Failure | None:
        """Why objects in a namespace could not be read; None where they were. None asks for objects without one."""
        return next((one for one in self.failures if one.namespace is None or one.namespace == namespace), None)


def object_uri(cluster: str, kind: Kind, namespace: str | None, name: str, part: str = "") -> str:
    """The address of an object, or of a part of it: `k8s://cluster/ns/secret/name#tls.crt`."""
    address = f"{kind_uri(cluster, kind, namespace)}/{name}"
    return f"{address}#{part}" if part else address


def kind_uri(cluster: str, kind: Kind, namespace: str | None) -> str:
    """The address of all objects of a kind in one namespace; with None, of those of the cluster: `k8s://c/-/secret`."""
    return f"{namespace_uri(cluster, namespace)}/{kind.resource.singular}"


def namespace_uri(cluster: str, namespace: str | None) -> str:
    """The whole that can be emptied, by which removals are judged: `k8s://cluster/ns`."""
    return f"k8s://{cluster}/{namespace or NO_NAMESPACE}"


def name_of(thing: Object) -> tuple[str | None, str]:
    """Namespace (None where it has none) and name of an object; empty texts where it says nothing usable."""
    metadata = thing.get("metadata")
    if not isinstance(metadata, Mapping):
        return None, ""
    namespace, name = metadata.get("namespace"), metadata.get("name")
    return (namespace if isinstance(namespace, str) and namespace else None), name if isinstance(name, str) else ""
