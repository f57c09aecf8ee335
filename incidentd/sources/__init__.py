"""Where certificates are. Each source knows one kind of place and none of its siblings; the union is the registry.

Importing this package reads settings models only: what talks to the world is imported where it is built.
"""

from typing import Annotated

from pydantic import Field

from incidentd.sources.files.settings import FilesSettings
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.pushed.settings import PushedSettings
from incidentd.sources.tls.settings import TlsSettings

SOURCE_KINDS = (TlsSettings, FilesSettings, KubernetesSettings, PushedSettings)
"""One settings model a kind of source."""

SourceSettings = Annotated[
    TlsSettings | FilesSettings | KubernetesSettings | PushedSettings, Field(discriminator="kind")
]
"""The settings of any source, told apart by `kind`."""

__all__ = ["SOURCE_KINDS", "FilesSettings", "KubernetesSettings", "PushedSettings", "SourceSettings", "TlsSettings"]
