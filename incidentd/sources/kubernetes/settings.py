"""Settings of a source that reads a Kubernetes cluster. The defaults ask for the least: no right to read Secrets."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from incidentd.sources.interface import SourceModel
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.tenants_settings import TargetsSettings, Trusted

LEAST = (Kind.INGRESSES, Kind.GATEWAYS, Kind.SERVICES, Kind.CERTIFICATES)
"""What anybody may look at: it holds no secret."""

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
ClusterName = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}(\.{_LABEL})*$", max_length=63)]
Namespace = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}$", max_length=63)]
"""RFC 1123 label (kubernetes.io/docs/concepts/overview/working-with-objects/names)."""
ObjectName = Annotated[str, StringConstraints(pattern=rf"^{_LABEL}/{_LABEL}(\.{_LABEL})*$", max_length=317)]
Selector = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[\x20-\x7e]+$")]
PathText = Annotated[str, StringConstraints(min_length=1, pattern=r"^[^\x00]+$")]


class SecretsSettings(BaseModel):
    """Which Secrets, beside those that `read: [secrets]` lists."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    names: tuple[ObjectName, ...] = Field(
        default=(),
        description="namespace/name: read one by one, with no more than the verb get for these resourceNames.",
    )
    selector: Selector | None = Field(
        default=None,
        description="Label selector: Secrets of any other type that are to be read too (needs `read: [secrets]`).",
    )


class KubernetesSettings(SourceModel):
    """Objects of one cluster: what is served by it, and certificates that are stored in it."""

    kind: Literal["kubernetes"]
    cluster: ClusterName = Field(
        description="Its name in every address, as in k8s://NAME/namespace/secret/web#tls.crt."
    )
    kubeconfig: PathText | None = Field(
        default=None, description="Relative to the configuration file; without it, the pod's own service account."
    )
    context: Annotated[str, StringConstraints(min_length=1)] | None = Field(
        default=None, description="A context of the kubeconfig; without it, its current one."
    )
    service_account: PathText = Field(
        default="/var/run/secrets/kubernetes.io/serviceaccount",
        description="Where the pod's token, ca.crt and namespace are mounted.",
    )
    namespaces: tuple[Namespace, ...] = Field(
        default=(), description="Only these, each asked for by itself; without any, the whole cluster in one list."
    )
    read: tuple[Kind, ...] = Field(default=LEAST, description="What is listed. By default nothing that holds a secret.")
    secrets: SecretsSettings = SecretsSettings()
    configmaps_selector: Selector | None = Field(
        default=None, description="Label selector of the ConfigMaps that are read; without it, all of them."
    )
    page_size: int = Field(default=250, ge=1, le=500, description="Objects in one answer.")
    watch: bool = Field(
        default=True, description="Keep a watch open between sweeps, so that a sweep need not list everything again."
    )
    targets: TargetsSettings = TargetsSettings()
    trust_annotations: tuple[Trusted, ...] = Field(
        default=(),
        description="Of the annotations incidentd.io/env, /tracker and /ignore-until those that count: who may edit an "
        "object may write them. incidentd.io/owner and /service always count.",
    )
    trust: bool = Field(default=False, description="true: trust bundles and the ca.crt of Secrets open incidents too.")

    def credentials_file(self, folder: Path) -> Path:
        """The kubeconfig, or the token that the pod was given."""
        if self.kubeconfig is not None:
            return folder / Path(self.kubeconfig).expanduser()
        return folder / self.service_account / "token"

    @model_validator(mode="after")
    def _context_of_a_file(self) -> Self:
        if self.context is not None and self.kubeconfig is None:
            raise ValueError("a context stands in a kubeconfig: say which file")
        return self

    @model_validator(mode="after")
    def _something_to_read(self) -> Self:
        if not self.read and not self.secrets.names:
            raise ValueError("a kubernetes source needs something to read")
        if self.secrets.selector is not None and Kind.SECRETS not in self.read:
            raise ValueError("secrets.selector lists Secrets: it needs `secrets` under read")
        return self
