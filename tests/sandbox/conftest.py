"""A clock that only the test moves, the two trackers on it, and clients with good credentials."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from incidentd.sandbox.jira import Jira
from incidentd.sandbox.pagerduty import PagerDuty
from tests.sandbox.inprocess import jira_client, pagerduty_client


@dataclass
class HandClock:
    """Stands still until somebody moves it; sleeping moves it."""

    at: datetime = datetime(2026, 11, 22, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def pass_by(self, seconds: float = 0, **more: float) -> None:
        self.at += timedelta(seconds=seconds, **more)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def pagerduty(clock: HandClock) -> PagerDuty:
    return PagerDuty(now=clock.now, sleep=clock.sleep)


@pytest.fixture
def jira(clock: HandClock) -> Jira:
    return Jira(now=clock.now, sleep=clock.sleep)


@pytest.fixture
async def pd(pagerduty: PagerDuty) -> AsyncIterator[httpx.AsyncClient]:
    async with pagerduty_client(pagerduty) as client:
        yield client


@pytest.fixture
async def cloud(jira: Jira) -> AsyncIterator[httpx.AsyncClient]:
    async with jira_client(jira) as client:
        yield client
