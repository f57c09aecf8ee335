"""Replicas that do not have the same configuration, as while a change comes to one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.passes import reconcile
from incidentd.daemon.rounds import DECIDES_NO_MORE_AFTER, SWEPT_BY_NOBODY_AFTER, count_unconfigured, sweep_in_turn
from incidentd.errors import SourceError
from incidentd.model.blindness import CauseId, CauseKind, Signs
from incidentd.model.incident import IncidentState
from incidentd.model.inventory import Place, SweepRecord
from incidentd.model.observation import Sweep
from incidentd.sources.interface import Progress, no_progress
from tests.postgres import Server
from tests.store.server_time import ToldTimes
from tests.web.world import START, Lived, built, lay_out

APART = timedelta(minutes=6)
PASSES = 5
EVERY = timedelta(hours=1)
DIFFERS = "another replica works with another configuration"


class Failing:
    """A source of which nothing can be seen."""

    name = "lost"

    async def sweep(self, known: Sequence[Place], on_progress: Progress = no_progress) -> Sweep:
        raise SourceError("it is away")


@pytest.fixture
def times(postgres: Server) -> Iterator[ToldTimes]:
    """The clock of the server that two replicas share."""
    with closing(ToldTimes(postgres)) as told:
        yield told


class Replicas:
    """Two on one state, that go by one time: `knowing` has a source more than `other`."""

    def __init__(self, knowing: Lived, other: Lived, times: ToldTimes) -> None:
        self.knowing, self.other, self._times = knowing, other, times
        self.advance(timedelta(0))

    def advance(self, by: timedelta) -> None:
        """On every clock there is."""
        for one in (self.knowing, self.other):
            one.clock.advance(by)
        self._times.tell(self.knowing.clock.now())

    async def sweep(self, name: str) -> None:
        """By the one that knows of it, in its turn."""
        await sweep_in_turn(self.knowing.installation, _watch(self.knowing), name, None)

    async def pass_by(self, one: Lived) -> frozenset[CauseId]:
        """What a round of the loop does beside the sweeps; the causes of blindness that last after it."""
        watch = _watch(one)
        await count_unconfigured(one.installation, watch, one.clock.now())
        done = await reconcile(one.installation, watch, one.clock.now(), signs=Signs(START))
        return done.own.judged.lasting

    def states(self) -> list[IncidentState]:
        """Of the incidents, by the ledger."""
        return [row.state for row in self.knowing.installation.store.records(START)]

    def swept(self, name: str) -> SweepRecord:
        """The last sweep of a source that is written down."""
        return self.knowing.installation.store.inventory().sweeps[name]


def _watch(one: Lived) -> ClockWatch:
    return ClockWatch(one.installation.clock)


def _with(installation: Installation, source: Failing) -> Installation:
    intervals = {**installation.intervals, source.name: EVERY}
    return replace(installation, sources={**installation.sources, source.name: source}, intervals=intervals)


async def _two(stack: AsyncExitStack, folder: Path, times: ToldTimes) -> Replicas:
    state, disk = {"url": times.url}, {"kind": "files", "paths": ["certs"], "role": "served", "labels": {"env": "prod"}}
    each = []
    for name, sources in (("knowing", {"disk": disk}), ("other", {"empty": disk | {"paths": ["none"]}})):
        place = folder / name
        place.mkdir()
        lay_out(place, {"due.example.test": 60.0})
        (place / "none").mkdir()
        each.append(await stack.enter_async_context(built(place, state=state, sources=sources)))
    return Replicas(each[0], each[1], times)


async def test_a_source_that_only_one_replica_knows_of_is_not_gone(tmp_path: Path, times: ToldTimes) -> None:
    """However often the other counts, between two sweeps of it: its places stay, and its incident stays open."""
    async with AsyncExitStack() as stack:
        replicas = await _two(stack, tmp_path, times)
        await replicas.sweep("disk")
        await replicas.pass_by(replicas.knowing)
        for _ in range(PASSES):
            replicas.advance(APART)
            await replicas.pass_by(replicas.other)
        assert (replicas.swept("disk").sequence, replicas.states()) == (1, [IncidentState.OPEN])


async def test_a_source_that_nobody_sweeps_any_more_has_left(tmp_path: Path, times: ToldTimes) -> None:
    """Once it is overdue by a quarter of an hour: deliberate, and counted as ever."""
    async with AsyncExitStack() as stack:
        replicas = await _two(stack, tmp_path, times)
        await replicas.sweep("disk")
        await replicas.pass_by(replicas.knowing)
        replicas.advance(EVERY + SWEPT_BY_NOBODY_AFTER)
        for _ in range(PASSES):
            replicas.advance(APART)
            await replicas.pass_by(replicas.other)
        assert replicas.swept("disk").sequence == 1 + PASSES
        assert replicas.states() != [IncidentState.OPEN]


async def test_what_is_wrong_with_anothers_source_is_not_ended_by_who_does_not_know_it(
    tmp_path: Path, times: ToldTimes
) -> None:
    """It fails: told by one, and one trouble until that one says that it is over."""
    async with AsyncExitStack() as stack:
        replicas = await _two(stack, tmp_path, times)
        replicas.knowing.installation = _with(replicas.knowing.installation, Failing())
        await replicas.sweep("disk")
        await replicas.sweep("lost")
        failing = CauseId(CauseKind.SOURCE, "lost")
        for one in (replicas.knowing, replicas.other, replicas.knowing, replicas.other):
            replicas.advance(APART)
            assert failing in await replicas.pass_by(one)


async def test_replicas_with_different_configurations_say_so(tmp_path: Path, times: ToldTimes) -> None:
    """Both do, and none any more once the other has gone, or has the same."""
    async with AsyncExitStack() as stack:
        replicas = await _two(stack, tmp_path, times)
        knowing, other = replicas.knowing, replicas.other
        told = []
        for one in (knowing, other, knowing):
            await one.goes_round()
            told.append(DIFFERS in " ".join(one.status.warnings()))
        assert told == [False, True, True]
        replicas.advance(knowing.installation.reconcile_every + DECIDES_NO_MORE_AFTER)
        await knowing.goes_round()
        assert DIFFERS not in " ".join(knowing.status.warnings())
        other.installation = replace(other.installation, decides_as=knowing.installation.decides_as)
        await other.goes_round()
        assert DIFFERS not in " ".join(other.status.warnings())
