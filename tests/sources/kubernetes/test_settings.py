"""Settings of a cluster: the least by default, and what makes no sense is said before anything is asked."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.pipe import cleansing
from incidentd.sources.kubernetes.settings import KubernetesSettings


def settings(**written: Any) -> KubernetesSettings:
    """With what every source needs."""
    return KubernetesSettings.model_validate({"kind": "kubernetes", "cluster": "prod-eu", **written})


def test_by_default_nothing_that_holds_a_secret_is_read() -> None:
    """No kind, no name; and no tenant decides what is connected to."""
    plain = settings()
    assert not {Kind.SECRETS, Kind.CONFIGMAPS} & set(plain.read)
    assert (plain.secrets.names, plain.secrets.selector, plain.targets.allow, plain.trust_annotations) == (
        (),
        None,
        (),
        (),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ({"cluster": "Prod/EU"}, "cluster"),
        ({"context": "one"}, "say which file"),
        ({"read": []}, "something to read"),
        ({"read": ["pods"]}, "read"),
        ({"secrets": {"selector": "scan=yes"}}, "needs `secrets` under read"),
        ({"secrets": {"names": ["web"]}}, "names"),
        ({"secrets": {"names": ["shop/../web"]}}, "names"),
        ({"namespaces": ["Shop"]}, "namespaces"),
        ({"namespaces": ["a/b"]}, "namespaces"),
        ({"page_size": 501}, "page_size"),
    ],
)
def test_what_makes_no_sense_is_refused(written: dict[str, Any], said: str) -> None:
    """By the key, or in words."""
    with pytest.raises(ValidationError, match=said):
        settings(**written)


def test_a_source_may_read_named_secrets_alone() -> None:
    """The least right to Secrets that there is."""
    assert settings(read=[], secrets={"names": ["shop/web.tls"]}).secrets.names == ("shop/web.tls",)


def test_credentials_stand_where_the_configuration_says(tmp_path: Path) -> None:
    """Relative to its folder; without a kubeconfig it is the token of the pod."""
    assert settings(kubeconfig="a/b").credentials_file(tmp_path) == tmp_path / "a" / "b"
    assert settings(kubeconfig="~/x").credentials_file(tmp_path) == Path.home() / "x"
    mounted = "/var/run/secrets/kubernetes.io/serviceaccount/token"
    assert str(settings().credentials_file(tmp_path)) == mounted


def test_a_connection_that_does_not_verify_cannot_be_made() -> None:
    """And none is older than TLS 1.2, or keeps what it decrypted."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    assert cleansing(context).minimum_version is ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    with pytest.raises(ValueError, match="always verified"):
        cleansing(context)
