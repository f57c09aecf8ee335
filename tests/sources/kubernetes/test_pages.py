"""Lists of a cluster: page by page to their end, begun again where they expire, and proof only when they are whole."""

from pathlib import Path

import pytest

from incidentd.model.observation import GapReason
from incidentd.sources.kubernetes.reflector import Pace
from tests.sources.kubernetes.stage import (
    gone,
    held,
    swept_by,
    tls_secret,
    unseen,
    uri,
)
from tests.sources.kubernetes.standin import Cluster


async def test_many_secrets_come_in_pages(cluster: Cluster, tmp_path: Path) -> None:
    """As many at once as is configured, each once."""
    for number in range(7):
        tls_secret(cluster, f"web-{number}")
    async with swept_by(cluster, tmp_path, page_size=3) as source:
        sweep = await source.sweep([])
    assert (len(sweep.observations), len(cluster.requests("list"))) == (7, 3)


async def test_each_page_is_a_sign_of_life(cluster: Cluster, tmp_path: Path) -> None:
    """However many come: a long list is no sweep that hangs."""
    for number in range(7):
        tls_secret(cluster, f"web-{number}")
    told: list[tuple[int, int]] = []
    async with swept_by(cluster, tmp_path, page_size=3, secrets={"names": ["shop/web-1"]}) as source:
        await source.sweep([], lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 3), (3, 4), (4, 5)]


async def test_a_list_that_expires_between_two_pages_is_begun_again(cluster: Cluster, tmp_path: Path) -> None:
    """410 on a continue token: half a list is no list."""
    for number in range(4):
        tls_secret(cluster, f"web-{number}")
    cluster.expired_pages = 1
    async with swept_by(cluster, tmp_path, page_size=3) as source:
        sweep = await source.sweep(held(uri("web-3"), uri("gone")))
    assert (len(sweep.observations), list(gone(sweep))) == (4, [uri("gone")])


async def test_a_list_that_keeps_expiring_proves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """After a few attempts it is a gap."""
    for number in range(4):
        tls_secret(cluster, f"web-{number}")
    cluster.expired_pages = 99
    async with swept_by(cluster, tmp_path, page_size=3) as source:
        sweep = await source.sweep(held(uri("web-0"), uri("gone")))
    assert (unseen(sweep), gone(sweep)) == (
        {uri("web-0"): GapReason.NOT_LOOKED_AT, uri("gone"): GapReason.NOT_LOOKED_AT},
        {},
    )


async def test_an_answer_that_is_cut_proves_nothing(cluster: Cluster, tmp_path: Path) -> None:
    """Neither at the first page nor at a later one."""
    tls_secret(cluster, "web")
    cluster.cut = ["list"]
    async with swept_by(cluster, tmp_path) as source:
        sweep = await source.sweep(held(uri("web"), uri("old")))
    assert (unseen(sweep), gone(sweep)) == ({uri("web"): GapReason.RESET, uri("old"): GapReason.RESET}, {})


NO_LISTS = (
    "{}",
    '{"kind": "SecretList", "metadata": {}, "items": [{}]}',
    '{"kind": "SecretList", "metadata": {"remainingItemCount": 3}, "items": []}',
    '{"kind": "SecretList", "metadata": {"continue": "again"}, "items": []}',
    '{"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 503}',
    '{"kind": "ConfigMapList", "metadata": {}, "items": []}',
    '{"metadata": {}, "items": null}',
    "<html>",
)


@pytest.mark.parametrize("answer", NO_LISTS)
async def test_an_answer_that_is_no_list_is_a_gap(cluster: Cluster, tmp_path: Path, answer: str) -> None:
    """Whether a list, an object by its name, or what left its list was asked for."""
    cluster.instead = answer
    async with swept_by(cluster, tmp_path, secrets={"names": ["pay/api"]}) as source:
        sweep = await source.sweep(held(uri("web"), uri("api", namespace="pay")))
    assert unseen(sweep) == dict.fromkeys((uri("web"), uri("api", namespace="pay")), GapReason.UNREADABLE)
    assert sweep.failure is not None


async def test_a_page_beyond_its_cap_is_asked_for_in_smaller_parts(cluster: Cluster, tmp_path: Path) -> None:
    """Halved until it fits, and remembered; nothing is missed, nothing asked for twice once it is known."""
    for number in range(9):
        tls_secret(cluster, f"web-{number}")
    pace = Pace(page_size=8, most_page_bytes=4000)
    async with swept_by(cluster, tmp_path, pace=pace, watch=False) as source:
        first = await source.sweep([])
        limits = [one.query["limit"] for one in cluster.asked]
        await source.sweep([])
    assert (len(first.observations), first.complete, limits) == (9, True, ["8", "4", "2", "2", "2", "2", "2"])
    assert [one.query["limit"] for one in cluster.asked[7:]] == ["2"] * 5


async def test_an_object_beyond_the_cap_is_a_gap(cluster: Cluster, tmp_path: Path) -> None:
    """It cannot be asked for in parts."""
    tls_secret(cluster, "web")
    async with swept_by(cluster, tmp_path, pace=Pace(most_page_bytes=1000)) as source:
        sweep = await source.sweep(held(uri("web")))
    assert unseen(sweep) == {uri("web"): GapReason.TOO_LARGE}
    assert sweep.failure is not None and "single object" in sweep.failure
