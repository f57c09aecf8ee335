"""`doctor` on a hub: whether each pusher was heard lately, and whether its token is kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from incidentd.daemon.leases import LASTS
from incidentd.model.inventory import Recorded, SweepRecord
from incidentd.ports import SystemClock
from incidentd.store import opening
from tests.cli.doctoring import SetUp, secret, set_up

HOUR = timedelta(hours=1)


@pytest.fixture
def site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> SetUp:
    """With one pushed source."""
    made = set_up(tmp_path, capsys)
    pushed = {"kind": "pushed", "token_file": secret(tmp_path, "token", "a-token"), "labels": {"env": "prod"}}
    made.configure(sources={"branch": pushed})
    return made


def heard(site: SetUp, ago: timedelta) -> None:
    """The last push came so long ago."""
    now = SystemClock().now()
    store = opening.open_store(site.config["state"]["url"])
    lease = store.acquire("sweep:branch", "a", LASTS, now)
    assert lease is not None
    store.record(Recorded(SweepRecord("branch", 1, now - ago, now - ago, complete=True), (), ()), lease, now)
    store.release(lease)
    store.close()


def test_a_pusher_that_was_heard_lately_is_fine(site: SetUp) -> None:
    """And nothing else is to be mended."""
    heard(site, 2 * HOUR)
    assert site.wrong() == {}
    assert "it was pushed last at" in site.doctor()[1]


def test_a_silent_one_is_a_problem(site: SetUp) -> None:
    """With when it was heard last, and what to do there."""
    heard(site, 4 * HOUR)
    verdict, text = site.wrong()["source.pushed"]
    assert verdict == "problem" and text.startswith("nothing was pushed since ")
    assert "incidentd doctor --push URL" in site.doctor()[1]


def test_one_that_was_never_heard_is_a_warning(site: SetUp) -> None:
    """It may be yet to be set up; so too before there is any state."""
    assert site.wrong()["source.pushed"][0] == "warning"
    site.configure(state={"url": f"sqlite:///{site.folder}/nowhere.db"})
    assert site.wrong()["source.pushed"][0] == "warning"


def test_what_cannot_be_read_is_not_known(site: SetUp) -> None:
    """Nobody may take that for good."""
    (site.folder / "state" / "incidentd.db").write_bytes(b"no database" * 1000)
    assert site.wrong()["source.pushed"][0] == "unknown"


def test_a_token_that_others_can_read_is_a_problem(site: SetUp) -> None:
    """Whoever reads it can push."""
    heard(site, HOUR)
    (site.folder / "token").chmod(0o644)
    assert site.wrong()["source.token_file"][0] == "problem"
