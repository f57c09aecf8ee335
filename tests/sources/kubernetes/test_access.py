"""How a cluster is reached: verified always, with a token that rotates, by a kubeconfig or the pod's own account."""

import json
from pathlib import Path
from typing import Any

import pytest

from incidentd.errors import ConfigError
from incidentd.model.observation import GapReason, Sweep
from incidentd.sources.kubernetes.extra import needs_extra
from tests.sources.kubernetes.stage import (
    HASTY,
    Hands,
    held,
    seen,
    source_of,
    tls_secret,
    unseen,
    uri,
    write_kubeconfig,
)
from tests.sources.kubernetes.standin import TOKEN, Cluster, serving_cluster
from tests.transport.authority import Authority


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    tls_secret(cluster, "web")
    return cluster


async def swept(folder: Path, **settings: Any) -> Sweep:
    """One sweep, of a source of its own."""
    source = source_of(folder, Hands(), HASTY, None, **settings)
    try:
        return await source.sweep(held(uri("web")))
    finally:
        await source.close()


async def test_a_token_is_read_again_once_it_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    """As the kubelet rotates it: one 401, and the same question with what the file holds then."""
    (tmp_path / "token").write_text(TOKEN)
    async with serving_cluster(cluster) as url:
        write_kubeconfig(tmp_path, url, tokenFile="token")
        source = source_of(tmp_path, Hands(), HASTY, None, watch=False)
        await source.sweep([])
        cluster.tokens = {"token-2"}
        (tmp_path / "token").write_text("token-2\n")
        sweep = await source.sweep([])
        await source.close()
    assert (list(seen(sweep)), [one.token for one in cluster.asked]) == ([uri("web")], [TOKEN, TOKEN, "token-2"])


async def test_a_token_that_stays_refused_is_asked_about_twice_and_is_a_gap(cluster: Cluster, tmp_path: Path) -> None:
    """Then a kubeconfig that was mended counts at the next sweep."""
    (tmp_path / "token").write_text("wrong")
    async with serving_cluster(cluster) as url:
        write_kubeconfig(tmp_path, url, tokenFile="token")
        source = source_of(tmp_path, Hands(), HASTY, None)
        refused = await source.sweep(held(uri("web")))
        asked = len(cluster.asked)
        write_kubeconfig(tmp_path, url)
        mended = await source.sweep(held(uri("web")))
        await source.close()
    assert (unseen(refused), asked) == ({uri("web"): GapReason.PERMISSION}, 2)
    assert list(seen(mended)) == [uri("web")]


async def test_a_pod_asks_with_its_own_account(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over TLS, trusting the mounted ca.crt alone."""
    vouching = Authority()
    for name, text in (("token", TOKEN), ("namespace", "incidentd"), ("ca.crt", vouching.pem.decode())):
        (tmp_path / name).write_text(text)
    async with serving_cluster(cluster, vouching.server("127.0.0.1")) as url:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", url.rpartition(":")[2])
        sweep = await swept(tmp_path, kubeconfig=None, service_account=str(tmp_path))
    assert (list(seen(sweep)), sweep.failure) == ([uri("web")], None)


@pytest.mark.parametrize("names", [("127.0.0.1",), ("other.test",)], ids=["unknown authority", "another name"])
async def test_a_server_that_cannot_be_verified_is_told_nothing(
    cluster: Cluster, tmp_path: Path, names: tuple[str, ...]
) -> None:
    """No request is sent, and so no token."""
    vouching = Authority()
    trusted = vouching if names == ("other.test",) else Authority()
    async with serving_cluster(cluster, vouching.server(*names)) as url:
        write_kubeconfig(tmp_path, url, roots=trusted.pem)
        sweep = await swept(tmp_path)
    assert (unseen(sweep), cluster.asked) == ({uri("web"): GapReason.UNREACHABLE}, [])


def _changed(**changes: Any) -> str:
    document: dict[str, Any] = {
        "current-context": "one",
        "contexts": [{"name": "one", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": {"token": TOKEN}}],
    }
    return json.dumps({**document, **changes})


def _cluster(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "c", "cluster": fields}]


UNUSABLE = {
    "no file": (None, "not found"),
    "not YAML": ("{[", ""),
    "a list": ("[]", ""),
    "no context": (_changed(**{"current-context": None}), "No current context"),
    "another context": (_changed(**{"current-context": "two"}), "'two' not found"),
    "no cluster": (_changed(clusters=[]), "'c' is missing"),
    "a wrong type": (_changed(clusters=[{"name": "c", "cluster": {"server": 7}}]), ""),
    "a command": (
        _changed(users=[{"name": "u", "user": {"exec": {"apiVersion": "v1", "command": "touch"}}}]),
        "runs a command",
    ),
    "plain http": (_changed(clusters=_cluster(server="http://192.0.2.1")), "not reached by https"),
    "no host's name": (_changed(clusters=_cluster(server="https://" + "x" * 70)), ""),
    "no URL": (_changed(clusters=_cluster(server="https://[")), ""),
    "unverified": (
        _changed(clusters=_cluster(**{"server": "https://127.0.0.1:1", "insecure-skip-tls-verify": True})),
        "skips verification",
    ),
    "bad roots": (
        _changed(clusters=_cluster(**{"server": "https://127.0.0.1:1", "certificate-authority-data": "AAAA"})),
        "",
    ),
    "no token's file": (_changed(users=[{"name": "u", "user": {"tokenFile": "no/such/file"}}]), "not found"),
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_credentials_that_cannot_be_used_fail_the_source_and_say_why(tmp_path: Path, name: str) -> None:
    """All that is known is unseen; nothing of what is secret is said."""
    text, said = UNUSABLE[name]
    if text is not None:
        (tmp_path / "kubeconfig").write_text(text)
    sweep = await swept(tmp_path)
    assert set(unseen(sweep)) == {uri("web")}
    assert sweep.failure is not None and said in sweep.failure and TOKEN not in sweep.failure


def test_without_its_extra_the_configuration_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says how to install it; with it, nothing is said."""
    needs_extra("cluster")
    monkeypatch.setitem(__import__("sys").modules, "lightkube", None)
    with pytest.raises(ConfigError, match=r"sources.cluster.*pip install 'incidentd\[kubernetes\]'"):
        needs_extra("cluster")
