"""A watch between sweeps: what changes is seen without a new list, and whatever breaks it leads to one."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from incidentd.model.observation import AbsenceKind, GapReason, Sweep
from incidentd.ports import SystemClock
from incidentd.sources.kubernetes.objects import Kind
from incidentd.sources.kubernetes.pipe import Deadlines
from incidentd.sources.kubernetes.reflector import Pace
from incidentd.sources.kubernetes.source import KubernetesSource
from tests.sources.kubernetes.stage import SHOP, WEB, Hands, coded, gone, held, seen, swept_by, tls_secret, unseen, uri
from tests.sources.kubernetes.standin import Cluster


@pytest.fixture
def cluster() -> Cluster:
    cluster = Cluster()
    tls_secret(cluster, "web")
    tls_secret(cluster, "api", SHOP)
    return cluster


async def until(so: Callable[[], bool]) -> None:
    """Waits until it is so; the test's own time-out bounds it."""
    while not so():
        await SystemClock().sleep(0.002)


@asynccontextmanager
async def watching(cluster: Cluster, folder: Path, **options: Any) -> AsyncIterator[KubernetesSource]:
    """A source that has swept twice, and so watches."""
    async with swept_by(cluster, folder, **options) as source:
        await source.sweep([])
        await source.sweep([])
        await until(lambda: len(cluster.watchers) == 1)
        yield source


async def swept_until(source: KubernetesSource, so: Callable[[Sweep], bool], *known: str) -> Sweep:
    """The first sweep of which it is so."""
    while not so(sweep := await source.sweep(held(*known))):
        await SystemClock().sleep(0.002)
    return sweep


async def test_a_process_that_sweeps_once_opens_no_watch(cluster: Cluster, tmp_path: Path) -> None:
    """Its list is all it needs."""
    async with swept_by(cluster, tmp_path) as source:
        await source.sweep([])
    assert [one.verb for one in cluster.asked] == ["list"]


async def test_without_watch_each_sweep_lists(cluster: Cluster, tmp_path: Path) -> None:
    """For who does not grant the verb."""
    async with swept_by(cluster, tmp_path, watch=False) as source:
        for _ in range(3):
            await source.sweep([])
    assert [one.verb for one in cluster.asked] == ["list"] * 3


async def test_sweeps_of_an_unchanged_cluster_say_the_same(cluster: Cluster, tmp_path: Path) -> None:
    """Listed, listed again, or watched: what does not change causes no writes."""
    async with watching(cluster, tmp_path) as source:
        known = held(uri("web"), uri("api"), uri("old"))
        watched = await swept_until(source, lambda _: True, *(place.location.uri for place in known))
        await source.close()
        assert await source.sweep(known) == watched == await source.sweep(known)


async def test_what_changes_is_seen_without_a_new_list(cluster: Cluster, tmp_path: Path) -> None:
    """Created, replaced, deleted: each shows in a sweep that asks for nothing."""
    async with watching(cluster, tmp_path) as source:
        tls_secret(cluster, "new")
        tls_secret(cluster, "web", SHOP)
        cluster.delete(Kind.SECRETS, "shop", "api")
        sweep = await swept_until(source, lambda sweep: uri("api") not in seen(sweep), uri("api"))
    lists = [one for one in cluster.requests("list") if "metadata.name" not in one.query["fieldSelector"]]
    assert seen(sweep) == {uri("web"): [SHOP.fingerprint], uri("new"): [WEB.fingerprint]}
    assert (gone(sweep), len(lists)) == ({uri("api"): (AbsenceKind.REMOVED, "k8s://test/shop")}, 2)


async def test_a_watch_that_the_server_ends_goes_on_where_it_was(cluster: Cluster, tmp_path: Path) -> None:
    """From the last version that it heard of, which a bookmark may have said; without a new list."""
    async with watching(cluster, tmp_path) as source:
        cluster.version += 50
        cluster.bookmark()
        told = cluster.version
        await until(lambda: cluster.watchers[0][1].empty())
        cluster.end_watches()
        await until(lambda: len(cluster.requests("watch")) == 2 and bool(cluster.watchers))
        tls_secret(cluster, "new")
        await swept_until(source, lambda sweep: uri("new") in seen(sweep))
    assert cluster.requests("watch")[1].query["resourceVersion"] == str(told)
    assert len(cluster.requests("list")) == 2


async def test_deletes_that_a_watch_missed_are_found_after_410(cluster: Cluster, tmp_path: Path) -> None:
    """In the stream or at its beginning: the list is read anew, and what is not in it is removed."""
    async with watching(cluster, tmp_path) as source:
        cluster.forget_history()
        await until(lambda: not cluster.watchers)
        cluster.delete(Kind.SECRETS, "shop", "api")
        first = await source.sweep(held(uri("api"), uri("web")))
        await until(lambda: bool(cluster.watchers))
        cluster.oldest = cluster.version + 1
        cluster.end_watches()
        await until(lambda: len(cluster.requests("watch")) == 3)
        cluster.delete(Kind.SECRETS, "shop", "web")
        cluster.version += 1
        second = await swept_until(source, lambda sweep: uri("web") not in seen(sweep), uri("web"))
    assert (list(gone(first)), list(seen(first))) == ([uri("api")], [uri("web")])
    assert list(gone(second)) == [uri("web")]


async def test_a_watch_that_falls_silent_is_not_believed(cluster: Cluster, tmp_path: Path) -> None:
    """The clock says that nothing was heard for too long: the next sweep lists; if that is silent too, it is a gap."""
    clock, pace = Hands(), Pace(page_size=250)
    async with watching(cluster, tmp_path, clock=clock, pace=pace, deadlines=Deadlines(20, 0.2)) as source:
        clock.seconds += pace.silence_seconds + 1
        await source.sweep([])
        lists = len(cluster.requests("list"))
        clock.seconds += pace.silence_seconds + 1
        cluster.silent = {"list"}
        sweep = await source.sweep(held(uri("web")))
    assert lists == 3
    assert (unseen(sweep), gone(sweep)) == ({uri("web"): GapReason.TIMED_OUT}, {})
    assert sweep.failure is not None and "silent" in sweep.failure


async def test_a_server_that_hangs_in_a_watch_is_left_after_the_deadline(cluster: Cluster, tmp_path: Path) -> None:
    """Another watch is opened from where it was."""
    pace = replace(Pace(), silence_seconds=0.2)
    async with watching(cluster, tmp_path, pace=pace):
        await until(lambda: len(cluster.requests("watch")) >= 2)
    versions = {one.query["resourceVersion"] for one in cluster.requests("watch")}
    assert len(versions) == 1


async def test_everything_is_listed_anew_from_time_to_time(cluster: Cluster, tmp_path: Path) -> None:
    """However well it was watched: what a watch lost is found then."""
    clock, pace = Hands(), replace(Pace(), resync_seconds=60)
    async with watching(cluster, tmp_path, clock=clock, pace=pace) as source:
        clock.seconds = 59
        await source.sweep([])
        before = len(cluster.requests("list"))
        clock.seconds = 61
        await source.sweep([])
    assert (before, len(cluster.requests("list")), Pace().resync_seconds) == (2, 3, 1800)


async def test_a_watch_that_is_refused_leaves_lists(cluster: Cluster, tmp_path: Path) -> None:
    """With the right to list alone, each sweep lists; nothing is a gap."""
    cluster.forbidden_verbs = {"watch"}
    async with swept_by(cluster, tmp_path) as source:
        await source.sweep([])
        await source.sweep([])
        await until(lambda: bool(cluster.requests("watch")))
        sweep = await source.sweep([])
    assert (sweep.complete, len(cluster.requests("list"))) == (True, 3)


async def test_a_cluster_that_restarts_is_unseen_meanwhile_and_seen_again(cluster: Cluster, tmp_path: Path) -> None:
    """Refused connections are waited out, longer each time, in the background; nothing is removed by them."""
    clock = Hands()
    async with watching(cluster, tmp_path, clock=clock) as source:
        async with cluster.down():
            await until(lambda: len(clock.waits) > 6)
            dark = await source.sweep(held(uri("web"), uri("api")))
        light = await source.sweep(held(uri("web"), uri("api")))
    assert (set(unseen(dark).values()), gone(dark)) == ({GapReason.REFUSED}, {})
    assert (set(seen(light)), clock.waits[:6]) == ({uri("web"), uri("api")}, [1, 2, 4, 8, 16, 30])


async def test_watches_that_end_at_once_are_not_opened_without_a_rest(cluster: Cluster, tmp_path: Path) -> None:
    """A proxy that gathers answers before it sends them has nothing to send: nothing was watched, so it is listed."""
    clock = Hands()
    cluster.hollow = True
    async with swept_by(cluster, tmp_path, clock=clock) as source:
        await source.sweep([])
        await source.sweep([])
        await until(lambda: len(clock.waits) > 6)
        assert len(cluster.requests("watch")) <= len(clock.waits) + 1
    assert clock.waits[:6] == [1, 2, 4, 8, 16, 30]


async def test_a_cluster_that_was_restored_from_a_backup_is_listed_anew(cluster: Cluster, tmp_path: Path) -> None:
    """Its versions begin again from before: until they have passed where the watch is, it tells nothing."""
    async with watching(cluster, tmp_path) as source:
        cluster.things[Kind.SECRETS]["shop", "web"]["data"]["tls.crt"] = coded(SHOP.chain_pem)
        cluster.version -= 50
        cluster.bookmark()
        await until(lambda: not cluster.watchers)
        sweep = await source.sweep([])
    assert seen(sweep)[uri("web")] == [SHOP.fingerprint]
