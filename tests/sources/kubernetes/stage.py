"""A source and the cluster that it sweeps, for the tests of this folder."""

import base64
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from incidentd.model.inventory import Place
from incidentd.model.location import Location, Role
from incidentd.model.observation import AbsenceKind, GapReason, Sweep
from incidentd.ports import ThreadWorker
from incidentd.sandbox.ca import Issued
from incidentd.sources.interface import Look, Looker, Progress, no_progress
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.pipe import Deadlines
from incidentd.sources.kubernetes.reflector import Pace
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.source import KubernetesSource
from incidentd.sources.target import Target
from tests.sources.kubernetes.standin import TOKEN, Cluster, serving_cluster
from tests.sources.world import NOW, issued, remembered

WEB, SHOP = issued("web.test"), issued("shop.test")
HASTY = Deadlines(connect_seconds=20, read_seconds=20)
"""Long enough for a busy machine."""


@dataclass
class Hands:
    """A clock that stands still until it is moved."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


def coded(value: bytes) -> str:
    """As a Secret's data has it."""
    return base64.b64encode(value).decode()


def tls_secret(cluster: Cluster, name: str, of: Issued = WEB, namespace: str = "shop", **data: bytes) -> None:
    """A Secret of type kubernetes.io/tls; `data` are further keys."""
    held = {"tls.crt": of.chain_pem, "tls.key": of.key_pem, **{key.replace("_", "."): one for key, one in data.items()}}
    values = {key: coded(value) for key, value in held.items()}
    cluster.put(Kind.SECRETS, namespace, name, type="kubernetes.io/tls", data=values)


def opaque(cluster: Cluster, name: str, namespace: str = "shop", scan: str = "yes", **data: bytes) -> None:
    """A Secret of another type, with a label."""
    values = {key.replace("_", "."): coded(value) for key, value in data.items()}
    cluster.put(Kind.SECRETS, namespace, name, type="Opaque", data=values, metadata={"labels": {"scan": scan}})


def write_kubeconfig(folder: Path, url: str, *, roots: bytes | None = None, **user: str) -> Path:
    """A kubeconfig with one context; `roots` are trusted alone."""
    path = folder / "kubeconfig"
    trusted = {} if roots is None else {"certificate-authority-data": coded(roots)}
    document = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": url, **trusted}}],
        "users": [{"name": "u", "user": user or {"token": TOKEN}}],
    }
    path.write_text(json.dumps(document))
    return path


class Nowhere:
    """Looks at no endpoint; there is none to look at."""

    async def look_at_all(
        self, targets: Sequence[Target], known: Mapping[str, Place], on_progress: Progress = no_progress
    ) -> list[Look]:
        """Nothing for nothing."""
        assert not targets
        return []


def source_of(
    folder: Path,
    clock: Hands,
    deadlines: Deadlines,
    pace: Pace | None,
    looker: Looker | None = None,
    **settings: Any,
) -> KubernetesSource:
    """A source with a kubeconfig in the folder."""
    written = {"kind": "kubernetes", "cluster": "test", "kubeconfig": "kubeconfig", "read": ["secrets"], **settings}
    model = KubernetesSettings.model_validate(written)
    return KubernetesSource("kube", model, folder, clock, ThreadWorker(), deadlines, pace, looker=looker or Nowhere())


@asynccontextmanager
async def swept_by(
    cluster: Cluster,
    folder: Path,
    *,
    clock: Hands | None = None,
    deadlines: Deadlines = HASTY,
    pace: Pace | None = None,
    looker: Looker | None = None,
    **settings: Any,
) -> AsyncIterator[KubernetesSource]:
    """The source, while the cluster is served."""
    async with serving_cluster(cluster) as url:
        if not (folder / "kubeconfig").exists():
            write_kubeconfig(folder, url)
        source = source_of(folder, clock or Hands(), deadlines, pace, looker, **settings)
        try:
            yield source
        finally:
            await source.close()


def uri(name: str, part: str = "tls.crt", namespace: str = "shop", kind: str = "secret") -> str:
    """The address of a place."""
    return f"k8s://test/{namespace}/{kind}/{name}#{part}"


def held(*uris: str) -> list[Place]:
    """Places where certificates were seen."""
    return [remembered(Location(one, "kube", Role.STORED), "") for one in uris]


def seen(sweep: Sweep) -> dict[str, list[str]]:
    """Fingerprints by address."""
    return {one.location.uri: [each.fingerprint for each in one.chain] for one in sweep.observations}


def unseen(sweep: Sweep) -> dict[str, GapReason]:
    """Reasons by address."""
    return {gap.location.uri: gap.reason for gap in sweep.gaps}


def gone(sweep: Sweep) -> dict[str, tuple[AbsenceKind, str]]:
    """Kinds and groups by address."""
    return {one.location.uri: (one.kind, one.group) for one in sweep.absences}
