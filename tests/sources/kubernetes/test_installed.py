"""A cluster as one source of an installation: what is due in it has an incident, and at the end nothing stays open."""

from pathlib import Path

from incidentd.sources.kubernetes.objects import Kind
from tests.sources.kubernetes.stage import coded, write_kubeconfig
from tests.sources.kubernetes.standin import Cluster, serving_cluster
from tests.web.world import built, issue, until

KUBE = {
    "kind": "kubernetes",
    "cluster": "test",
    "kubeconfig": "kubeconfig",
    "read": ["secrets"],
    "labels": {"env": "prod"},
}


async def test_a_secret_that_runs_out_has_an_incident_and_the_watch_ends_with_the_daemon(tmp_path: Path) -> None:
    """The loop lists, a second sweep watches; who gives everything back waits for no watch."""
    cluster, due, fine = Cluster(), issue("due.test", 60), issue("fine.test", 300)
    for name, one in (("due", due), ("fine", fine)):
        data = {"tls.crt": coded(one.chain_pem), "tls.key": coded(one.key_pem)}
        cluster.put(Kind.SECRETS, "shop", name, type="kubernetes.io/tls", data=data)
    async with serving_cluster(cluster) as url:
        write_kubeconfig(tmp_path, url)
        async with built(tmp_path, sources={"kube": KUBE}) as lived:
            await lived.goes_round()
            await lived.installation.sources["kube"].sweep(())
            await until(lambda: bool(cluster.watchers))
            records = lived.status.records
        await until(lambda: not cluster.watchers)
    assert [record.fingerprint for record in records] == [due.fingerprint]
