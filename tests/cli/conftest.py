"""What the commands that need a configuration are tried on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.site import KINDS, Site, new_site, sandbox


@pytest.fixture(scope="module")
def trackers() -> Iterator[Mapping[str, Any]]:
    """A PagerDuty and a Jira in a process of their own."""
    with sandbox() as about:
        yield about


@pytest.fixture
def site(trackers: Mapping[str, Any], tmp_path: Path) -> Site:
    """A fresh site with PagerDuty; both trackers are as on their first day."""
    fresh = new_site(tmp_path / "site", trackers)
    for kind in KINDS:
        fresh.reset(kind)
    return fresh


@pytest.fixture(params=KINDS)
def either(request: pytest.FixtureRequest, site: Site) -> Site:
    """A fresh site, once with each tracker."""
    site.kind = request.param
    site.configure(trackers={"queue": site.tracker(request.param)})
    return site
