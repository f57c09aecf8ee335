"""A risk that is accepted in Jira on an issue that stays open: the whole way, from the label to the closing."""

from datetime import timedelta
from pathlib import Path

from incidentd.model.incident import HeldBy, IncidentState
from tests.stories.life import ADDRESSES, NAME, living

DAY = timedelta(days=1)


async def test_a_label_on_an_open_issue_holds_it_until_the_acceptance_ends(tmp_path: Path) -> None:
    """Answered once, quiet for 30 days and a step, then told both; replaced everywhere, it is closed."""
    async with living("jira", tmp_path) as life:
        old = life.issue(ends_in=50 * DAY)
        await life.scene.serve(NAME, old, *ADDRESSES)
        await life.run_once()
        [issue] = life.tickets(old)
        life.scene.jira.person_labels(issue.key, "incidentd-accepted")
        await life.run_once()
        record = (await life.records())[0]
        assert (record.state, record.held_by) == (IncidentState.HELD, HeldBy.ACCEPTANCE)
        assert "Accepted as a risk" in life.comments(issue)[0]
        writes = len(life.tracker.writes)
        life.scene.clock.advance(29 * DAY)
        await life.passes(2)
        assert len(life.tracker.writes) == writes
        life.scene.clock.advance(8 * DAY)
        await life.passes(2)
        [_, said] = life.comments(issue)
        assert "ACCEPTANCE OVER" in said and "SEVERITY UP warning -> error" in said
        life.scene.deploy(life.issue(ends_in=400 * DAY, begins=-DAY), NAME)
        await life.passes(4)
        assert life.open_tickets(old) == []
        assert "Fixed." in life.comments(issue)[-1]
