"""How many calls a change may cost: two writes to open, update or close, none for nothing; and few reads."""

from collections.abc import Awaitable, Callable

from incidentd.model.ticket import Outcome
from incidentd.sandbox import faults
from tests.trackers.examples import FIXED, STEP_UP, WORSE, content
from tests.trackers.stage import Stage, confirmed

MOST_WRITES = 2


class BudgetStories:
    """Counted in the journal of the vendor's side, whatever became of each call."""

    async def test_each_change_costs_two_writes_at_most(self, stage: Stage) -> None:
        """Open, update with a comment, close; and once more with nothing new, which costs none."""
        made = await stage.opened()
        costs = [stage.writes()]
        worse = confirmed(await stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)))
        costs.append(stage.writes() - sum(costs))
        confirmed(await stage.tracker.update(made.ref, content(**WORSE), worse.written, (STEP_UP,)))
        nothing = stage.writes() - sum(costs)
        confirmed(await stage.tracker.close(made.ref, content().key, FIXED))
        costs.append(stage.writes() - sum(costs))
        assert all(1 <= cost <= MOST_WRITES for cost in costs), costs
        assert nothing == 0

    async def test_an_attempt_that_fails_costs_no_more(self, stage: Stage) -> None:
        """Every write is answered 500: each attempt still ends after two."""
        made = await stage.opened()
        for method in ("POST", "PUT"):
            stage.app.faults.add(faults.answer(500), method, f"(?!{READS}).*", times=None)
        attempts: tuple[Callable[[], Awaitable[Outcome]], ...] = (
            lambda: stage.tracker.open(content("b" * 64)),
            lambda: stage.tracker.update(made.ref, content(**WORSE), made.written, (STEP_UP,)),
            lambda: stage.tracker.close(made.ref, content().key, FIXED),
        )
        for attempt in attempts:
            before = stage.writes()
            await attempt()
            assert 1 <= stage.writes() - before <= MOST_WRITES

    async def test_a_pass_with_nothing_to_do_reads_once_for_a_hundred(self, stage: Stage) -> None:
        """A hundred open tickets, and two hundred: one call and two, and no write."""
        made = []
        for number in range(200):
            made.append((await stage.opened(content(f"{number:064x}"))).ref)
            stage.clock.pass_by(5)
        await stage.tracker.read(made[:1])
        for count in (100, 200):
            before, written = len(stage.app.journal), stage.writes()
            assert len(await stage.tracker.read(made[:count])) == count
            assert len(stage.app.journal) - before <= count // 100
            assert stage.writes() == written


READS = "/rest/api/[23]/(search|issue/bulkfetch)"
"""Reads that go by POST."""
