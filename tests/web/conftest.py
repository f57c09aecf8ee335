"""What the tests of pushed sweeps over HTTP stand on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.pushing import pushed_to
from tests.web.world import Lived


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Lived]:
    """A fresh hub with one pusher."""
    async with pushed_to(tmp_path) as hub:
        yield hub
