"""Sweeps of a cluster: what is stored in it is seen, what it forbids is a gap, only a whole answer proves a removal."""

from pathlib import Path

from incidentd.model.inventory import Place
from incidentd.model.observation import AbsenceKind, GapReason
from incidentd.sources.kubernetes.account import Address, address_of
from incidentd.sources.kubernetes.confirming import MOST_AT_ONCE
from incidentd.sources.kubernetes.objects import Kind, object_uri
from tests.sources.kubernetes.stage import (
    SHOP,
    WEB,
    coded,
    gone,
    held,
    opaque,
    seen,
    swept_by,
    tls_secret,
    unseen,
    uri,
)
from tests.sources.kubernetes.standin import Cluster


async def test_each_tls_secret_is_a_place(cluster: Cluster, tmp_path: Path) -> None:
    """Its chain, under the name of the cluster; a Secret of another type is none unless a label selects it."""
    tls_secret(cluster, "web")
    tls_secret(cluster, "api", SHOP, "pay")
    opaque(cluster, "other", cert_pem=WEB.chain_pem)
    async with swept_by(cluster, tmp_path, labels={"env": "prod"}) as source:
        sweep = await source.sweep([])
    assert seen(sweep) == {uri("web"): [WEB.fingerprint], uri("api", namespace="pay"): [SHOP.fingerprint]}
    assert (sweep.complete, sweep.observations[0].location.labels) == (True, (("env", "prod"), ("namespace", "pay")))


async def test_a_secret_that_is_named_and_listed_is_seen_once(cluster: Cluster, tmp_path: Path) -> None:
    """One look is one look."""
    tls_secret(cluster, "web")
    names, where = ["shop/web", "shop/web"], ["shop", "shop"]
    async with swept_by(cluster, tmp_path, secrets={"names": names}, namespaces=where) as source:
        sweep = await source.sweep([])
    assert ([one.location.uri for one in sweep.observations], sweep.complete) == ([uri("web")], True)


async def test_a_deleted_secret_is_removed_from_its_namespace(cluster: Cluster, tmp_path: Path) -> None:
    """The namespace is the whole that might have been emptied."""
    tls_secret(cluster, "web")
    async with swept_by(cluster, tmp_path) as source:
        sweep = await source.sweep(held(uri("web"), uri("old")))
    assert gone(sweep) == {uri("old"): (AbsenceKind.REMOVED, "k8s://test/shop")}


async def test_a_forbidden_list_is_a_degraded_source_and_never_empty(cluster: Cluster, tmp_path: Path) -> None:
    """403 in one namespace: what is known there goes unseen; where nothing is known, the list itself does."""
    tls_secret(cluster, "web")
    cluster.forbidden = {(Kind.SECRETS, "pay"), (Kind.SECRETS, "new")}
    async with swept_by(cluster, tmp_path, namespaces=["shop", "pay", "new"]) as source:
        sweep = await source.sweep(held(uri("web"), uri("api", namespace="pay")))
    new = "k8s://test/new/secret"
    assert unseen(sweep) == {new: GapReason.PERMISSION, uri("api", namespace="pay"): GapReason.PERMISSION}
    assert (gone(sweep), sweep.complete, sweep.failure, list(seen(sweep))) == ({}, False, None, [uri("web")])


async def test_a_source_that_may_read_nothing_fails_as_a_whole_and_says_why(cluster: Cluster, tmp_path: Path) -> None:
    """With the API server's own words; once it may, nothing remains of the gap."""
    cluster.forbidden = {(Kind.SECRETS, None)}
    async with swept_by(cluster, tmp_path) as source:
        blind = await source.sweep([])
        cluster.forbidden = set()
        seeing = await source.sweep([Place(gap.location) for gap in blind.gaps])
    assert unseen(blind) == {"k8s://test/-/secret": GapReason.PERMISSION}
    assert blind.failure is not None and 'User "incidentd" cannot list' in blind.failure
    assert gone(seeing) == {"k8s://test/-/secret": (AbsenceKind.UNCONFIGURED, "kube")}


async def test_what_is_not_installed_is_missed_only_where_it_was_known(cluster: Cluster, tmp_path: Path) -> None:
    """Without its definition nothing is to be read; but a definition that went is no proof that its objects did."""
    cluster.not_served, place = {Kind.CERTIFICATES}, "k8s://test/shop/certificate/web"
    async with swept_by(cluster, tmp_path, read=["secrets", "certificates"]) as source:
        fresh = await source.sweep([])
        known = await source.sweep(held(place))
    assert (fresh.complete, unseen(known)) == (True, {place: GapReason.MISSING_FOLDER})


async def test_a_server_that_does_not_know_what_every_cluster_has_is_none(cluster: Cluster, tmp_path: Path) -> None:
    """404 for ConfigMaps: it is something else that answers."""
    cluster.not_served = {Kind.CONFIGMAPS}
    async with swept_by(cluster, tmp_path, read=["secrets", "configmaps"]) as source:
        sweep = await source.sweep([])
    assert (unseen(sweep), sweep.complete) == ({"k8s://test/-/configmap": GapReason.MISSING_FOLDER}, False)


async def test_config_maps_are_read_by_label_and_namespace(cluster: Cluster, tmp_path: Path) -> None:
    """Each namespace is asked for by itself."""
    for namespace, scan in (("shop", "yes"), ("pay", "no"), ("other", "yes")):
        labels = {"labels": {"scan": scan}}
        cluster.put(Kind.CONFIGMAPS, namespace, "roots", data={"a": WEB.chain_pem.decode()}, metadata=labels)
    where = ["shop", "pay"]
    async with swept_by(
        cluster, tmp_path, read=["configmaps"], configmaps_selector="scan=yes", namespaces=where
    ) as source:
        sweep = await source.sweep([])
    assert list(seen(sweep)) == [uri("roots", "a", kind="configmap")]


async def test_secrets_of_other_types_are_read_where_a_label_selects_them(cluster: Cluster, tmp_path: Path) -> None:
    """Every data key with a certificate is a place; keys, passwords and keystores are none."""
    opaque(cluster, "mixed", a_pem=WEB.key_pem + WEB.chain_pem, b_der=SHOP.der, password=b"x" * 400, key=SHOP.key_pem)
    opaque(cluster, "left", scan="no", a_pem=WEB.chain_pem)
    opaque(cluster, "store", k_jks=b"\xfe\xed\xfe\xed" + b"x" * 400)
    async with swept_by(cluster, tmp_path, secrets={"selector": "scan=yes"}) as source:
        sweep = await source.sweep([])
    assert seen(sweep) == {uri("mixed", "a.pem"): [WEB.fingerprint], uri("mixed", "b.der"): [SHOP.fingerprint]}
    assert unseen(sweep) == {uri("store", "k.jks"): GapReason.UNREADABLE}


async def test_a_kubeconfig_in_a_secret_shows_its_certificates(cluster: Cluster, tmp_path: Path) -> None:
    """The client's and the authority's, from their fields alone."""
    kubeconfig = (
        f"users: [{{user: {{client-certificate-data: {coded(WEB.chain_pem)}, "
        f"client-key-data: {coded(WEB.key_pem)}}}}}]\n"
        f"clusters: [{{cluster: {{certificate-authority-data: {coded(SHOP.chain_pem)}}}}}]\n"
    )
    opaque(cluster, "remote", config=kubeconfig.encode())
    async with swept_by(cluster, tmp_path, secrets={"selector": "scan=yes"}) as source:
        sweep = await source.sweep([])
    assert seen(sweep) == {uri("remote", "config"): [WEB.fingerprint, SHOP.fingerprint]}


async def test_secrets_by_name_need_no_right_to_list(cluster: Cluster, tmp_path: Path) -> None:
    """Each is got by itself: seen, removed, never there, or forbidden."""
    tls_secret(cluster, "web")
    cluster.forbidden = {(Kind.SECRETS, "pay")}
    names = ["shop/web", "shop/old", "shop/slip", "pay/api"]
    async with swept_by(cluster, tmp_path, read=[], secrets={"names": names}) as source:
        sweep = await source.sweep(held(uri("web"), uri("old"), uri("unlisted")))
        again = await source.sweep([*held(uri("web")), *(Place(gap.location) for gap in sweep.gaps)])
    assert (list(seen(sweep)), [one.verb for one in cluster.asked]) == ([uri("web")], ["get"] * 8)
    assert gone(sweep) == {
        uri("old"): (AbsenceKind.REMOVED, "k8s://test/shop"),
        uri("unlisted"): (AbsenceKind.UNCONFIGURED, "kube"),
    }
    assert unseen(sweep) == {
        "k8s://test/shop/secret/slip": GapReason.MISSING_FOLDER,
        "k8s://test/pay/secret/api": GapReason.PERMISSION,
    }
    assert unseen(again)["k8s://test/shop/secret/slip"] is GapReason.MISSING_FOLDER


async def test_a_404_that_is_not_about_the_secret_proves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """A proxy in between says it of everything."""
    cluster.not_served = {Kind.SECRETS}
    async with swept_by(cluster, tmp_path, read=[], secrets={"names": ["shop/web", "shop/new"]}) as source:
        sweep = await source.sweep(held(uri("web")))
    assert unseen(sweep) == dict.fromkeys((uri("web"), "k8s://test/shop/secret/new"), GapReason.MISSING_FOLDER)
    assert gone(sweep) == {}


async def test_ca_certificates_of_secrets_are_read_only_where_trust_counts(cluster: Cluster, tmp_path: Path) -> None:
    """Once it does not, the place has left the configuration: the key is still there."""
    tls_secret(cluster, "web", ca_crt=SHOP.chain_pem)
    async with swept_by(cluster, tmp_path, trust=True) as source:
        trusting = await source.sweep([])
    (tmp_path / "kubeconfig").unlink()
    async with swept_by(cluster, tmp_path) as source:
        plain = await source.sweep(held(uri("web", "ca.crt")))
    assert set(seen(trusting)) == {uri("web"), uri("web", "ca.crt")}
    assert (set(seen(plain)), gone(plain)) == ({uri("web")}, {uri("web", "ca.crt"): (AbsenceKind.UNCONFIGURED, "kube")})


async def test_a_place_whose_certificate_gave_way_to_something_else_is_unseen(cluster: Cluster, tmp_path: Path) -> None:
    """Only a key that is gone from the object is removed."""
    cluster.put(Kind.CONFIGMAPS, "shop", "roots", data={"a.crt": "nothing", "c.crt": WEB.chain_pem.decode()[:-30]})
    places = [uri("roots", part, kind="configmap") for part in ("a.crt", "b.crt", "c.crt")]
    async with swept_by(cluster, tmp_path, read=["configmaps"]) as source:
        sweep = await source.sweep(held(*places))
    assert unseen(sweep) == {places[0]: GapReason.UNREADABLE, places[2]: GapReason.TORN}
    assert gone(sweep) == {places[1]: (AbsenceKind.REMOVED, "k8s://test/shop")}


async def test_bundles_of_the_clusters_own_objects_are_places(cluster: Cluster, tmp_path: Path) -> None:
    """ConfigMaps, webhooks, API services and conversions: none of them needs a right to Secrets."""
    bundle = {"caBundle": coded(WEB.chain_pem)}
    hooks = [{"name": "a.test", "clientConfig": bundle}, {"name": "b.test", "clientConfig": {}}]
    cluster.put(
        Kind.CONFIGMAPS, "shop", "roots", data={"ca.crt": WEB.chain_pem.decode()}, binaryData={"x": coded(SHOP.der)}
    )
    cluster.put(Kind.VALIDATING_WEBHOOKS, "", "check", webhooks=hooks)
    cluster.put(Kind.APISERVICES, "", "v1.metrics.test", spec=bundle)
    cluster.put(Kind.CUSTOM_RESOURCES, "", "things.test", spec={"conversion": {"webhook": {"clientConfig": bundle}}})
    read = [kind.value for kind in Kind if "configuration" in kind.value] + [
        "configmaps",
        "apiservices",
        "customresourcedefinitions",
    ]
    async with swept_by(cluster, tmp_path, read=read) as source:
        sweep = await source.sweep([])
    assert set(seen(sweep)) == {
        "k8s://test/shop/configmap/roots#ca.crt",
        "k8s://test/shop/configmap/roots#x",
        "k8s://test/-/validatingwebhookconfiguration/check#a.test",
        "k8s://test/-/apiservice/v1.metrics.test#caBundle",
        "k8s://test/-/customresourcedefinition/things.test#caBundle",
    }


async def test_a_secret_that_lost_its_label_was_not_deleted(cluster: Cluster, tmp_path: Path) -> None:
    """Whoever edits labels cannot make a certificate count as removed: it has left the selection, no more."""
    opaque(cluster, "left", scan="no", a_pem=WEB.chain_pem)
    places = held(uri("left", "a.pem"), uri("old", "a.pem"))
    async with swept_by(cluster, tmp_path, secrets={"selector": "scan=yes"}) as source:
        sweep = await source.sweep(places)
    assert gone(sweep) == {
        uri("left", "a.pem"): (AbsenceKind.UNCONFIGURED, "kube"),
        uri("old", "a.pem"): (AbsenceKind.REMOVED, "k8s://test/shop"),
    }


async def test_what_cannot_be_asked_about_a_missing_secret_is_a_gap(cluster: Cluster, tmp_path: Path) -> None:
    """The right to list all namespaces at once may not be there for one of them; nor are thousands asked for."""
    cluster.forbidden = {(Kind.SECRETS, "shop")}
    many = [uri(f"web-{number}", namespace="pay") for number in range(MOST_AT_ONCE + 2)]
    async with swept_by(cluster, tmp_path) as source:
        sweep = await source.sweep(held(uri("old"), *many))
    assert unseen(sweep) == {
        uri("old"): GapReason.PERMISSION,
        **dict.fromkeys(many[-3:], GapReason.NOT_LOOKED_AT),
    }
    assert len(gone(sweep)) == MOST_AT_ONCE - 1


def test_addresses_are_read_as_they_are_written() -> None:
    """Of every kind, with a namespace and without; what is no address in this cluster is none."""
    for kind in Kind:
        namespace = "shop" if kind.resource.namespaced else None
        written = object_uri("test", kind, namespace, "v1.web.test", "a.b")
        assert address_of(written, "test") == Address(kind, namespace, "v1.web.test", "a.b")
        assert address_of(written, "other") is None
    for strange in ("k8s://test/shop/pod/web", "k8s://test/shop", "tls://test:443", "k8s://test/shop/secret"):
        assert address_of(strange, "test") is None
