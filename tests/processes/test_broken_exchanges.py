"""Exchanges with a tracker that break on the wire, under a running daemon: openings and closings are made once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cli.process import running
from tests.processes.fault_proxy import Break, FaultProxy, between
from tests.processes.fleet import Fleet, tracker
from tests.processes.ground import Ground
from tests.processes.shifted_clock import ShiftedClock

A_LITTLE = timedelta(seconds=2)
WRITES = {"pagerduty": "POST /v2/enqueue", "jira": "(POST|PUT) /rest/api/3/issue.*"}


@pytest.fixture
def proxies(fleet: Fleet, ground: Ground) -> Mapping[str, FaultProxy]:
    """One before each tracker; nobody gets past them."""
    made = {
        "pagerduty": ground.keep(between(fleet.site.trackers["pagerduty"]["api_url"])),
        "jira": ground.keep(between(fleet.site.trackers["jira"]["base_url"])),
    }
    urls = {"pagerduty": ("events_url", "api_url"), "jira": ("base_url",)}
    fleet.configure(
        trackers={
            kind: {**tracker(kind, fleet.site.trackers), **dict.fromkeys(urls[kind], proxy.url)}
            for kind, proxy in made.items()
        }
    )
    return made


def is_well(fleet: Fleet, clock: ShiftedClock) -> bool:
    """True once all is as it has to be; until then time passes at each look."""
    if not fleet.wrong():
        return True
    clock.shift(A_LITTLE)
    return False


@pytest.mark.parametrize("how", Break)
def test_a_broken_exchange_neither_loses_nor_doubles(
    tmp_path: Path, fleet: Fleet, proxies: Mapping[str, FaultProxy], clock: ShiftedClock, how: Break
) -> None:
    """The first write of an opening and of what closes it breaks, in each tracker; time is made to pass quickly."""
    with running(fleet.site.path, log_path=tmp_path / "log", environment=fleet.site.environment) as daemon:
        for _ in range(1 if how is Break.STALLED else 2):  # that one takes as long as an answer may
            for kind, proxy in proxies.items():
                proxy.break_next(WRITES[kind], how)
            daemon.until(lambda: all(proxy.idle for proxy in proxies.values()))
            daemon.until(lambda: is_well(fleet, clock))
            fleet.succeed_all()
        daemon.until(lambda: is_well(fleet, clock))
    assert '"event": "internal error"' not in daemon.log
