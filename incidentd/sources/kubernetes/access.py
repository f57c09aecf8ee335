"""How the cluster is reached: a kubeconfig or the pod's own service account, by lightkube. Imported late: an extra.

The API server is always verified. Nothing that a kubeconfig would have run is run.
"""

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from lightkube.config.client_adapter import AsyncClient, ConnectionParams, verify_cluster
from lightkube.config.kubeconfig import KubeConfig, SingleConfig
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError as LightkubeConfigError
from yaml import YAMLError

from incidentd.errors import SourceError
from incidentd.sources.kubernetes.pipe import Deadlines, cleansing
from incidentd.sources.kubernetes.settings import KubernetesSettings
from incidentd.sources.kubernetes.wire import Wire

_UNUSABLE = (LightkubeConfigError, OSError, ValueError, LookupError, TypeError, AttributeError, YAMLError)
"""What lightkube lets through for files that are not there, or are not what they should be."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where the credentials are; relative paths begin at `folder`."""

    settings: KubernetesSettings
    folder: Path
    deadlines: Deadlines

    def client(self) -> httpx2.AsyncClient:
        """A client with the credentials as they are now; a token's file is read again after a 401. Blocking.

        Raises SourceError where they cannot be used.
        """
        try:
            return self._client(self._config())
        except _UNUSABLE as error:
            said = f"the credentials cannot be used: {_said(error)}"
            raise SourceError(said, self._where(), "mend or renew them") from None

    def _where(self) -> str:
        return self.settings.kubeconfig or self.settings.service_account

    def _config(self) -> SingleConfig:
        if self.settings.kubeconfig is None:
            chosen = KubeConfig.from_service_account(self.folder / self.settings.service_account).get()
        else:
            chosen = KubeConfig.from_file(self.settings.credentials_file(self.folder)).get(self.settings.context)
        if chosen is None:
            raise LightkubeConfigError("no context is chosen")
        return chosen

    def _client(self, config: SingleConfig) -> httpx2.AsyncClient:
        user = config.user or User()
        if user.exec is not None:
            raise LightkubeConfigError("it runs a command for a token, which incidentd does not: use a token's file")
        if user.token_file is not None:
            user.token_file = str(config.abs_file(user.token_file))
        used = config._replace(user=user)
        wire = Wire(self._tls(used, user), self.deadlines)
        params = ConnectionParams(
            trust_env=False,
            transport=wire,  # type: ignore[arg-type]  # lightkube names only the synchronous kind, and passes both on
        )
        return AsyncClient(used, params)

    def _tls(self, config: SingleConfig, user: User) -> ssl.SSLContext | None:
        server = urlsplit(config.cluster.server)
        if server.scheme == "http" and _is_loopback(server.hostname or ""):
            return None
        if server.scheme != "https":
            raise LightkubeConfigError("its server is not reached by https (plain http is for loopback only)")
        if config.cluster.insecure:
            raise LightkubeConfigError("it skips verification, which incidentd never does: give certificate-authority")
        return cleansing(verify_cluster(config.cluster, user, config.abs_file, trust_env=False))


def _said(error: Exception) -> str:
    """Never what stood in a file, which may be a key; a name that is missed there, or in the environment, may be."""
    if isinstance(error, KeyError):
        return f"{error} is missing"
    return str(error) if isinstance(error, LightkubeConfigError) else type(error).__name__


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
