"""The look at the trackers at the start: shown and logged, and never a reason for anything to end."""

from dataclasses import dataclass, replace
from pathlib import Path

from incidentd.daemon.preflight import look_at_trackers, problems_in, show_in
from incidentd.daemon.status import status_of
from incidentd.model.preflight import Check, Subject
from incidentd.settings import load_settings
from incidentd.wiring import installed
from tests.web.world import configure, lay_out

QUEUE, PAGER = Subject("tracker queue"), Subject("tracker pager")
BAD = PAGER.problem("pagerduty.service_status", "it is disabled", "enable it")
SAID_ANYWAY = (
    QUEUE.problem("jira.credentials", "HTTP 401", "check them"),
    QUEUE.problem("jira.reachable", "HTTP 503", "wait"),
    QUEUE.problem("jira.clock", "2 d apart", "set it"),
)
HARMLESS = (QUEUE.ok("jira.project", "there"), QUEUE.warning("jira.index_lag", "0 s", "5m"))


@dataclass
class Look:
    """A preflight that comes to this, or to an accident."""

    checks: tuple[Check, ...] | None

    async def preflight(self) -> tuple[Check, ...]:
        """See trackers.interface.Preflight."""
        if self.checks is None:
            raise RuntimeError("an accident")
        return self.checks


async def test_problems_are_shown_and_an_accident_ends_nothing(tmp_path: Path) -> None:
    """One tracker's accident keeps no other from being looked at; what each pass says by itself is not said twice."""
    lay_out(tmp_path, {})
    configure(tmp_path)
    async with installed(load_settings(tmp_path / "incidentd.yaml", {})) as built:
        looks = {"broken": Look(None), "queue": Look((*SAID_ANYWAY, *HARMLESS)), "pager": Look((BAD,))}
        status = status_of(built, own_tracker=True)
        await look_at_trackers(replace(built, preflights=looks), show_in(status))
    assert status.warnings() == ["tracker pager: it is disabled (enable it)"]


def test_only_what_does_harm_is_said() -> None:
    """A line each, with its fix."""
    assert problems_in((*SAID_ANYWAY, *HARMLESS)) == ()
    assert problems_in((BAD, *HARMLESS)) == ("tracker pager: it is disabled (enable it)",)
