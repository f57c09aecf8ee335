"""Names that certificates and folders bring along do nothing to a terminal, a spreadsheet, a runner or a monitor."""

import csv
import io
import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incidentd.cli.checking.formats import render
from incidentd.cli.checking.found import Found
from incidentd.model.observation import GapReason
from tests.cli.world import certificate, file, gap, report, stored

FORMATS = ("table", "wide", "json", "ndjson", "csv", "github", "nagios", "sarif")
HARMFUL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
EVIL = "\x1b[31mred\x1b]0;title\x07\r\n::error::owned\u202e\u2066 | 'x'=1;=cmd()"


def hostile(text: str) -> tuple[Found, ...]:
    """The text wherever the outside can put one."""
    evil = replace(certificate(text, -1), subject=text, issuer=text)
    return (file(stored(evil), path=text), file(gap(GapReason.UNREADABLE, text, None), path=text))


@pytest.mark.parametrize("name", FORMATS)
@given(text=st.one_of(st.text(min_size=1), st.just(EVIL)))
def test_no_format_lets_a_control_character_through(name: str, text: str) -> None:
    """Nor one that turns or hides text; line ends are ours alone."""
    assert not HARMFUL.search(render(name, report(*hostile(text))))


@pytest.mark.parametrize("name", ["ndjson", "github", "nagios", "table"])
def test_a_name_cannot_make_a_line(name: str) -> None:
    """As many lines as for harmless names."""
    assert render(name, report(*hostile(EVIL))).count("\n") == render(name, report(*hostile("a"))).count("\n")


@pytest.mark.parametrize("text", ["100%0A::error::x", "a:b,c=d", "a\nb"])
def test_github_commands_cannot_be_forged(text: str) -> None:
    """Per cent signs are escaped, and in properties colons and commas too."""
    for line in render("github", report(*hostile(text))).splitlines():
        match = re.fullmatch(r"::error file=([^:,]*),title=certificate (expired|unreadable)::(.*)", line)
        assert match
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", match[1] + match[3])


def test_nagios_has_one_bar() -> None:
    """What stands behind it is performance data."""
    assert render("nagios", report(*hostile("a | b'c=d"))).count("|") == 1


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+1", "@SUM(A1)"])
def test_csv_has_no_formulas(text: str) -> None:
    """OWASP, CSV injection."""
    cells = [cell for row in csv.reader(io.StringIO(render("csv", report(*hostile(text))))) for cell in row]
    assert f"'{text}" in cells
    assert text not in cells


def test_json_keeps_a_name_as_it_is() -> None:
    """Escaped, not changed: a script may compare it."""
    document = json.loads(render("json", report(*hostile(EVIL))))
    assert document["results"][0]["target"] == document["results"][0]["certificates"][0]["subject"] == EVIL


def test_markup_is_text() -> None:
    """A name in square brackets is no style."""
    assert "[bold red]x[/]" in render("table", report(*hostile("[bold red]x[/]")))


def test_a_file_name_that_is_no_text_is_an_address_in_sarif() -> None:
    """Names are bytes to the disk."""
    name = os.fsdecode(b"caf\xe9.pem")
    found = replace(hostile("x")[1], path=name)
    location = json.loads(render("sarif", report(found)))["runs"][0]["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "caf%E9.pem"


NAUGHTY = os.environ.get("INCIDENTD_CORPORA")


@pytest.mark.skipif(NAUGHTY is None, reason="INCIDENTD_CORPORA is not set: no naughty strings")
@pytest.mark.parametrize("name", FORMATS)
def test_naughty_strings_stay_inert(name: str) -> None:
    """A list of what has broken other programs."""
    lists = sorted(Path(NAUGHTY or "", "naughty-strings").rglob("*.txt"))
    assert lists
    for one in lists:
        found = [each for line in one.read_text("utf-8", "replace").splitlines() if line for each in hostile(line)]
        assert not HARMFUL.search(render(name, report(*found)))
