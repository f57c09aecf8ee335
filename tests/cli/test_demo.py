"""`incidentd demo`: the story of 2013 as a user sees it, from any folder, with an empty HOME and no configuration."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin

import pytest

from incidentd.cli.commands import failure_exit_of
from incidentd.cli.failures import told
from incidentd.sandbox.replay.cast import ENDS
from incidentd.sandbox.replay.witness import StoryContradicted

LIMIT_SECONDS = 40
COMMAND = [sys.executable, "-m", "incidentd", "demo", "--fast"]


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """Empty folders to start in, to live in, and for what is temporary."""
    made = {name: tmp_path / name for name in ("cwd", "home", "tmp")}
    for folder in made.values():
        folder.mkdir()
    return made


def surroundings(places: dict[str, Path]) -> dict[str, str]:
    """The environment; a setting in it must not reach the demo's own configuration."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "COVERAGE_PROCESS_START") if name in os.environ}
    return {**kept, "HOME": str(places["home"]), "TMPDIR": str(places["tmp"]), "INCIDENTD_MODE": "observe"}


@contextmanager
def started(places: dict[str, Path], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command, ended at the end whatever happens."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=places["cwd"],
        env=surroundings(places),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def assert_nothing_is_left(places: dict[str, Path]) -> None:
    """No file anywhere that the demo was told of."""
    assert [path for folder in places.values() for path in folder.rglob("*")] == []


def test_the_story_is_told_to_its_end(places: dict[str, Path]) -> None:
    """Both ends with their facts, in order, within the time limit; nothing on stderr, nothing left behind."""
    with started(places, "--no-serve") as process:
        out, err = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert "\x1b" not in out
    assert max(map(len, out.splitlines())) <= 80
    flat = re.sub(r"\s+", " ", out)
    facts = [
        "wrote nothing",
        "opened 3 tickets",
        "Jira OPS-2 open warning due 0/3 deployed",
        "RENEWED, NOT DEPLOYED at 2013-01-07",
        "updated 3 tickets, told the release's own ticket",
        "open error release late 0/3 deployed",
        "RELEASE LATE at 2013-01-10 10:00 UTC: Release storage-2013.1 carries the newer certificate too late: planned "
        "2013-02-25 00:00 UTC: 2 days AFTER expiry",
        "Jira OPS-3: RELEASE LATE at 2013-01-10",
        "open critical release late 0/3 deployed",
        "LAST DAY: 23 h 54 min left",
        "blob.storage.example at 20:29:53, queue.storage.example at 20:31:22, table.storage.example at 20:32:52 UTC "
        "on 22 February 2013: 3 certificates within 2 min 59 s",
        "The release is pulled forward",
        "open critical renewed, not deployed 0/3 deployed",
        "open critical partly deployed 1/3 deployed",
        "open critical partly deployed 2/3 deployed",
        "timeline of changes: Release storage-2013.1 is said to have shipped",
        "Still old tls://queue.asia.storage.example:443: Jira OPS-1 lists it",
        "open critical deployed, not proven 3/3 deployed",
        "closed 3 tickets",
        "closed critical replaced everywhere 3/3 deployed",
        "PagerDuty #1: Fully replaced 2013-02-14 11:00 UTC: 8 d 9 h to spare.",
        "Jira OPS-2: Fully replaced 2013-02-14 11:00 UTC: 8 d 9 h to spare.",
    ]
    found = [flat.find(fact) for fact in facts]
    assert -1 not in found, [fact for fact, at in zip(facts, found, strict=True) if at == -1]
    assert found == sorted(found)
    assert_nothing_is_left(places)


def test_the_boards_of_both_ends_are_left_until_ctrl_c(places: dict[str, Path]) -> None:
    """Two ready boards: one with three critical incidents, one with none left; SIGINT ends it and leaves nothing."""
    with started(places) as process:
        happened, prevented = _urls(process)
        assert [_fetched(urljoin(url, "/readyz")) for url in (happened, prevented)] == ["ready\n", "ready\n"]
        boards = [_fetched(urljoin(url, "/")) for url in (happened, prevented)]
        certificates = _fetched(prevented)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, err) == (0, "")
    named = [[f"{service}.storage.example" in board for service in ENDS] for board in boards]
    assert named == [[True] * 3, [False] * 3]
    assert all(f"{service}.storage.example" in certificates for service in ENDS)
    assert "critical" in boards[0]
    assert_nothing_is_left(places)


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle_it_leaves_nothing(places: dict[str, Path], sent: signal.Signals, code: int) -> None:
    """The signal comes while servers are up and tickets open."""
    with started(places, "--no-serve") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if "PagerDuty #1" in line)
        process.send_signal(sent)
        _, err = process.communicate(timeout=LIMIT_SECONDS)
    assert (process.returncode, err) == (code, "")
    assert_nothing_is_left(places)


@pytest.mark.parametrize(("more", "colours"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["colours", "no_color"])
def test_a_terminal_gets_colours_unless_it_says_no(
    places: dict[str, Path], more: dict[str, str], colours: bool
) -> None:
    """Severities in colour where somebody looks; with NO_COLOR bold is all there is (no-color.org)."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 70, 0, 0))
    environment = {**surroundings(places), "TERM": "xterm-256color", **more}
    process = subprocess.Popen([*COMMAND, "--no-serve"], cwd=places["cwd"], env=environment, stdout=theirs)
    os.close(theirs)
    shown = _read_to_the_end(ours)
    assert process.wait(LIMIT_SECONDS) == 0
    assert ("\x1b[1;31mcritical" in shown, "\x1b[36m" in shown) == (colours, colours)
    words = [line for line in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines() if not line.startswith("    ")]
    assert max(map(len, words)) <= 70


def test_a_contradiction_is_an_error_with_its_place() -> None:
    """What was read back is not what the story says: exit 1, in one line."""
    error = StoryContradicted("blob stands otherwise", where="2013-02-22 20:29")
    code, text = told(error, ["demo"], failure_exit_of("demo"), verbose=False)
    assert code == 1
    assert "2013-02-22 20:29: blob stands otherwise" in text


def _urls(process: subprocess.Popen[str]) -> list[str]:
    """What is printed at the end of the story."""
    assert process.stdout is not None
    urls: list[str] = []
    for line in process.stdout:
        urls += re.findall(r"(?:Nothing shipped|Shipped in time): +(http://127\.0\.0\.1:\d+/\S*)", line)
        if "Ctrl-C" in line:
            break
    assert len(urls) == 2
    return urls


def _fetched(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as answer:  # noqa: S310 - http on loopback, our own
        return str(answer.read().decode())


def _read_to_the_end(terminal: int) -> str:
    """What the other side of a pseudo-terminal wrote until it closed, which Linux reports as an error."""
    shown = b""
    with os.fdopen(terminal, "rb", buffering=0) as reader, contextlib.suppress(OSError):
        while piece := reader.read(65536):
            shown += piece
    return shown.decode()
