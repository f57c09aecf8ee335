"""Every pod of the chart is "restricted" (kubernetes.io/docs/concepts/security/pod-security-standards), by rule."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.config.chart import Document, of_kind
from tests.config.values import SETS

Pod = dict[str, Any]
Rendered = dict[str, list[Document]]

VOLUMES = {
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
}


def _containers(pod: Pod) -> Iterator[Pod]:
    yield from pod["containers"]
    yield from pod.get("initContainers", [])
    yield from pod.get("ephemeralContainers", [])


def _each(holds: Callable[[Pod], bool]) -> Callable[[Pod], bool]:
    """It holds for each container by what is said of it, which goes before what is said of the pod."""

    def of_all(pod: Pod) -> bool:
        said = pod.get("securityContext", {})
        return all(holds({**said, **one.get("securityContext", {})}) for one in _containers(pod))

    return of_all


RULES: dict[str, Callable[[Pod], bool]] = {
    "no namespace of the host": lambda pod: not any(pod.get(one) for one in ("hostNetwork", "hostPID", "hostIPC")),
    "no port of the host": lambda pod: (
        not any(port.get("hostPort") for one in _containers(pod) for port in one.get("ports", []))
    ),
    "only volumes that are safe": lambda pod: all(set(one) - {"name"} <= VOLUMES for one in pod.get("volumes", [])),
    "not privileged": _each(lambda said: not said.get("privileged")),
    "no way to more rights": _each(lambda said: said.get("allowPrivilegeEscalation") is False),
    "every capability dropped": _each(lambda said: "ALL" in said.get("capabilities", {}).get("drop", [])),
    "none added": _each(lambda said: set(said.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"}),
    "not root": _each(lambda said: said.get("runAsNonRoot") is True and said.get("runAsUser") != 0),
    "a filter of system calls": _each(
        lambda said: said.get("seccompProfile", {}).get("type") in ("RuntimeDefault", "Localhost")
    ),
    "no type of SELinux of its own": _each(
        lambda said: said.get("seLinuxOptions", {}).get("type") in (None, "", "container_t", "container_init_t")
    ),
    "no other user of SELinux": _each(
        lambda said: not any(said.get("seLinuxOptions", {}).get(one) for one in ("user", "role"))
    ),
    "AppArmor as it is": _each(
        lambda said: said.get("appArmorProfile", {}).get("type") in (None, "RuntimeDefault", "Localhost")
    ),
    "/proc as it is": _each(lambda said: said.get("procMount") in (None, "Default")),
    "no system control": lambda pod: not pod.get("securityContext", {}).get("sysctls"),
    "no process of the host": _each(lambda said: not said.get("windowsOptions", {}).get("hostProcess")),
    # Beyond the standard: security.md, 15.
    "a root that is read-only": _each(lambda said: said.get("readOnlyRootFilesystem") is True),
    "a high user id": _each(lambda said: said.get("runAsUser", 0) >= 10000),
    "no link of a service in the environment": lambda pod: pod.get("enableServiceLinks") is False,
    "a limit of memory": lambda pod: all("memory" in one["resources"]["limits"] for one in _containers(pod)),
}


def pod_of(found: list[Document]) -> Pod:
    """The pod of the deployment."""
    (deployment,) = of_kind(found, "Deployment")
    pod: Pod = deployment["spec"]["template"]["spec"]
    return pod


@pytest.mark.parametrize("rule", RULES)
def test_every_pod_keeps_the_rule(rendered: Rendered, rule: str) -> None:
    """Whatever the values."""
    assert [name for name, found in rendered.items() if not RULES[rule](pod_of(found))] == []


LOOSE: dict[str, Callable[[Pod], object]] = {
    "no namespace of the host": lambda pod: pod.update(hostPID=True),
    "no port of the host": lambda pod: pod["containers"][0]["ports"][0].update(hostPort=80),
    "only volumes that are safe": lambda pod: pod["volumes"].append({"name": "x", "hostPath": {"path": "/"}}),
    "not privileged": lambda pod: _said(pod).update(privileged=True),
    "no way to more rights": lambda pod: _said(pod).pop("allowPrivilegeEscalation"),
    "every capability dropped": lambda pod: _said(pod).pop("capabilities"),
    "none added": lambda pod: _said(pod)["capabilities"].update(add=["SYS_ADMIN"]),
    "not root": lambda pod: _said(pod).update(runAsUser=0),
    "a filter of system calls": lambda pod: pod["securityContext"].pop("seccompProfile"),
    "no type of SELinux of its own": lambda pod: _said(pod).update(seLinuxOptions={"type": "spc_t"}),
    "no other user of SELinux": lambda pod: _said(pod).update(seLinuxOptions={"user": "system_u"}),
    "AppArmor as it is": lambda pod: _said(pod).update(appArmorProfile={"type": "Unconfined"}),
    "/proc as it is": lambda pod: _said(pod).update(procMount="Unmasked"),
    "no system control": lambda pod: pod["securityContext"].update(sysctls=[{"name": "x", "value": "1"}]),
    "no process of the host": lambda pod: _said(pod).update(windowsOptions={"hostProcess": True}),
    "a root that is read-only": lambda pod: _said(pod).pop("readOnlyRootFilesystem"),
    "a high user id": lambda pod: _said(pod).update(runAsUser=1000),
    "no link of a service in the environment": lambda pod: pod.pop("enableServiceLinks"),
    "a limit of memory": lambda pod: pod["initContainers"][0]["resources"]["limits"].pop("memory"),
}
"""How a pod breaks each rule."""


def _said(pod: Pod) -> Pod:
    """What is said of its init container, which is easily forgotten."""
    said: Pod = pod["initContainers"][0]["securityContext"]
    return said


@pytest.mark.parametrize("rule", RULES)
def test_a_pod_that_breaks_the_rule_is_found(rendered: Rendered, rule: str) -> None:
    """A rule that finds nothing would prove nothing."""
    pod = copy.deepcopy(pod_of(rendered["defaults"]))
    LOOSE[rule](pod)
    assert not RULES[rule](pod)


@pytest.mark.parametrize("name", SETS)
def test_it_is_asked_whether_it_lives_and_is_ready(rendered: Rendered, name: str) -> None:
    """By two questions, at a port that it has; both need no token."""
    (container,) = pod_of(rendered[name])["containers"]
    ports = [one["name"] for one in container["ports"]]
    asked = {one: container[one]["httpGet"] for one in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {one: get["path"] for one, get in asked.items()} == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert {get["port"] for get in asked.values()} == set(ports) == {"http"}


@pytest.mark.parametrize("name", SETS)
def test_every_mount_has_its_volume(rendered: Rendered, name: str) -> None:
    """And no volume stands there for nothing; none is a single file, which would never change."""
    pod = pod_of(rendered[name])
    mounts = [mount for one in _containers(pod) for mount in one["volumeMounts"]]
    assert {one["name"] for one in mounts} == {one["name"] for one in pod["volumes"]}
    assert not any("subPath" in one for one in mounts)


def test_one_replica_on_a_volume_is_replaced_and_several_follow_each_other(rendered: Rendered) -> None:
    """SQLite has one writer; on PostgreSQL one more replica comes before one goes, and a disruption takes one."""
    (one,), (two,) = (of_kind(rendered[name], "Deployment") for name in ("sqlite", "postgresql"))
    assert (one["spec"]["replicas"], one["spec"]["strategy"]) == (1, {"type": "Recreate"})
    assert (two["spec"]["replicas"], two["spec"]["strategy"]["rollingUpdate"]) == (
        2,
        {"maxUnavailable": 0, "maxSurge": 1},
    )
    assert [of_kind(rendered["sqlite"], kind) != [] for kind in ("PersistentVolumeClaim", "PodDisruptionBudget")] == [
        True,
        False,
    ]
    assert [
        of_kind(rendered["postgresql"], kind) != [] for kind in ("PersistentVolumeClaim", "PodDisruptionBudget")
    ] == [
        False,
        True,
    ]


def test_a_digest_goes_before_a_tag(rendered: Rendered) -> None:
    """What was checked is what runs."""
    image = pod_of(rendered["digest_and_extras"])["containers"][0]["image"]
    assert image == "incidentd@sha256:" + "0a" * 32
