"""The outbox at work: one bad ticket, one bad tracker or one lost lease holds up nothing else and doubles nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest

from incidentd.daemon.clockwatch import ClockWatch
from incidentd.daemon.installation import Installation
from incidentd.daemon.leases import LASTS, steadily
from incidentd.daemon.passes import Reconciled, reconcile
from incidentd.daemon.rounds import sweep_source
from incidentd.errors import ConfigError, TrackerError, TrackerFailure
from incidentd.model.ticket import Comment, Outcome, Standing, Ticket, TicketContent, TicketRef
from incidentd.sandbox.ca import Issued
from incidentd.sandbox.faults import answer, delayed, too_many
from incidentd.settings import load_settings
from incidentd.store.interface import LeaseLost
from incidentd.trackers.interface import NOTHING_WRITTEN, Tracker
from incidentd.wiring import installed
from tests.stories.life import Life

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Troubled:
    """A tracker whose calls meet a trouble first: what that raises, it raises."""

    tracker: Tracker
    reading: Exception | None = None
    opening: Exception | None = None

    @property
    def name(self) -> str:
        """As the tracker beneath."""
        return self.tracker.name

    @property
    def settle_window(self) -> timedelta:
        """As the tracker beneath."""
        return self.tracker.settle_window

    async def read(self, wanted: Sequence[TicketRef]) -> tuple[Ticket, ...]:
        """With trouble."""
        if self.reading is not None:
            raise self.reading
        return await self.tracker.read(wanted)

    async def find(self, key: str, marker: str) -> tuple[Ticket, ...]:
        """As the tracker beneath."""
        return await self.tracker.find(key, marker)

    async def open(self, content: TicketContent) -> Outcome:
        """With trouble, after it was done."""
        outcome = await self.tracker.open(content)
        if self.opening is not None:
            raise self.opening
        return outcome

    async def update(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """As the tracker beneath."""
        return await self.tracker.update(ref, content, written, comments)

    async def comment(self, ref: TicketRef, comments: Sequence[Comment]) -> Outcome:
        """As the tracker beneath."""
        return await self.tracker.comment(ref, comments)

    async def reopen(
        self, ref: TicketRef, content: TicketContent, written: Mapping[str, str], comments: Sequence[Comment]
    ) -> Outcome:
        """As the tracker beneath."""
        return await self.tracker.reopen(ref, content, written, comments)

    async def duplicates(self, standing: Iterable[Standing]) -> Mapping[str, tuple[Ticket, ...]]:
        """As the tracker beneath."""
        return await self.tracker.duplicates(standing)

    async def merge(self, ref: TicketRef, duplicates: Sequence[TicketRef], key: str, note: Comment) -> Outcome:
        """As the tracker beneath."""
        return await self.tracker.merge(ref, duplicates, key, note)

    async def close(
        self, ref: TicketRef, key: str, note: Comment, written: Mapping[str, str] = NOTHING_WRITTEN
    ) -> Outcome:
        """As the tracker beneath."""
        return await self.tracker.close(ref, key, note)

    async def clock(self) -> datetime | None:
        """As the tracker beneath."""
        return await self.tracker.clock()


@asynccontextmanager
async def daemon(life: Life) -> AsyncIterator[Installation]:
    """A process that stays, with the store swept."""
    loaded = load_settings(life.scene.folder / "incidentd.yaml", {})
    async with installed(loaded, life.scene.world) as installation:
        await sweep_source(installation, ClockWatch(installation.clock), "vault", None)
        yield installation


async def once(installation: Installation) -> Reconciled:
    """One reconcile of the daemon."""
    return await reconcile(installation, ClockWatch(installation.clock), None)


def stored(life: Life, count: int, first: int = 0) -> list[Issued]:
    """So many due certificates in the store, the soonest end first."""
    issued = []
    for number in range(first, first + count):
        name = f"n{number}.example.test"
        issued.append(life.issue(ends_in=(30 + number) * DAY, names=[name]))
        life.scene.store(f"{name}.pem", issued[-1])
    return issued


@pytest.fixture
def only_stored(life: Life) -> Life:
    """A life without endpoints."""
    life.configure(sources={"vault": life.config["sources"]["vault"]})
    return life


def create_path(life: Life) -> str:
    """Where a create goes."""
    return "/v2/enqueue" if life.kind == "pagerduty" else "/rest/api/3/issue"


async def test_tickets_that_the_tracker_will_not_have_hold_up_no_other(only_stored: Life) -> None:
    """Three in a row are refused, the others are made in the same pass, and those in time when they are accepted."""
    life, issued = only_stored, stored(only_stored, 5)
    life.tracker.faults.add(answer(400, body="{}"), method="POST", path=create_path(life), times=3)
    async with daemon(life) as installation:
        done = await once(installation)
        assert (done.confirmed, done.undelivered, len(done.problems)) == (2, 3, 1)
        assert (await once(installation)).undelivered == 3
        life.scene.clock.advance(2 * HOUR)
        assert (await once(installation)).undelivered == 0
    assert [len(life.tickets(one)) for one in issued] == [1] * 5


@pytest.mark.parametrize("defect", [KeyError("id"), ValueError("a marker"), ConfigError("no secret", "file")])
async def test_a_tracker_that_fails_as_nobody_thought_holds_up_no_other(only_stored: Life, defect: Exception) -> None:
    """It counts as uncertain: what it did is found, and done once. The built-in queue beside it gets its tickets."""
    life = only_stored
    local = {"kind": "files", "labels": {"env": "prod", "team": "own"}, "paths": ["own"]}
    life.configure(
        sources={**life.config["sources"], "own": local},
        trackers={**life.config["trackers"], "own": {"kind": "local"}},
        routes=[{"match": {"team": "own"}, "tracker": "own"}, {"tracker": "queue"}],
    )
    (due,) = stored(life, 1)
    other = life.issue(ends_in=40 * DAY, names=["own.example.test"])
    (life.scene.folder / "own").mkdir()
    (life.scene.folder / "own" / "a.pem").write_bytes(other.chain_pem)
    async with daemon(life) as installation:
        await sweep_source(installation, ClockWatch(installation.clock), "own", None)
        bad = Troubled(installation.trackers["queue"], opening=defect)
        done = await once(replace(installation, trackers={**installation.trackers, "queue": bad}))
        (kept,) = [row for row, _ in installation.store.history() if row.fingerprint == other.fingerprint]
        assert kept.ticket is not None
        assert done.problems == () or "queue" in done.problems[0]
        assert (await once(installation)).undelivered == 0
    assert len(life.tickets(due)) == 1


async def test_nothing_is_created_where_our_own_tickets_are_hidden(only_stored: Life) -> None:
    """A lost permission looks like deletion: neither new ones nor doubles until it is sorted out."""
    life, (first,) = only_stored, stored(only_stored, 1)
    async with daemon(life) as installation:
        await once(installation)
        (second,) = stored(life, 1, first=1)
        await sweep_source(installation, ClockWatch(installation.clock), "vault", None)
        blind = Troubled(installation.trackers["queue"], reading=TrackerError(TrackerFailure.FORBIDDEN, "hidden"))
        done = await once(replace(installation, trackers={"queue": blind}))
        assert (done.confirmed, done.undelivered) == (0, 1)
        assert [len(life.tickets(one)) for one in (first, second)] == [1, 0]
        assert (await once(installation)).undelivered == 0
    assert [len(life.tickets(one)) for one in (first, second)] == [1, 1]


async def test_a_tracker_that_is_slow_to_show_what_it_took_is_not_taken_for_dead(only_stored: Life) -> None:
    """One pass of the daemon opens more than would be tried on a tracker that fails."""
    life, issued = only_stored, stored(only_stored, 7)
    life.scene.pagerduty.processing_delay = timedelta(seconds=0.6)
    async with daemon(life) as installation:
        done = await once(installation)
    assert (done.confirmed, done.undelivered) == (7, 0)
    assert [len(life.tickets(one)) for one in issued] == [1] * 7


@pytest.mark.parametrize(("asked", "waits"), [(10 * MINUTE, 10 * MINUTE), (30 * HOUR, 2 * HOUR)])
async def test_retry_after_is_obeyed_over_passes(only_stored: Life, asked: timedelta, waits: timedelta) -> None:
    """Not a single create before its time; two hours are the longest that any wait is believed."""
    life, (due,) = only_stored, stored(only_stored, 1)
    fault = too_many(int(asked.total_seconds()))
    rule = life.tracker.faults.add(fault, method="POST", path=create_path(life), times=None)
    async with daemon(life) as installation:
        await once(installation)
        assert rule.struck == 1
        life.scene.clock.advance(waits - MINUTE)
        await once(installation)
        assert rule.struck == 1
        life.tracker.faults.clear()
        life.scene.clock.advance(2 * MINUTE)
        assert (await once(installation)).confirmed == 1
    assert len(life.tickets(due)) == 1


@pytest.mark.parametrize("life", ["jira"], indirect=True)  # PagerDuty's first request is the event itself
async def test_a_create_is_not_sent_once_the_lease_is_another_ones(only_stored: Life) -> None:
    """Paused between its commitment as sent and its first byte: the fence is all that stands there."""
    life, (due,) = only_stored, stored(only_stored, 1)
    life.tracker.faults.add(delayed(after_seconds=0.5), path=".*/createmeta/.*")
    async with daemon(life) as paused, daemon(life) as next_one:
        work = asyncio.create_task(once(paused))
        while not any("/createmeta/" in entry.request.path for entry in life.tracker.journal):
            await asyncio.sleep(0)  # noqa: TID251 - lets the other task go on, and waits for nothing
        life.scene.clock.advance(LASTS)
        assert next_one.store.acquire("reconcile", next_one.owner, LASTS, steadily(next_one.clock)) is not None
        with pytest.raises(LeaseLost):
            await work
    assert life.tickets(due) == []
