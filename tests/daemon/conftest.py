"""What is shown of the shell is shown with both trackers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.stories.life import Life, living


@pytest.fixture(params=["pagerduty", "jira"])
async def life(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Life]:
    """A fresh life."""
    async with living(request.param, tmp_path) as fresh:
        yield fresh
