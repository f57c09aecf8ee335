"""How commands write, on a terminal and off one."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from incidentd.cli.output import Cell, json_line, json_text, print_document, print_table, progress_bar
from incidentd.sources.interface import no_progress
from tests.cli.nursery import ENVIRONMENT
from tests.sources.world import issued


def test_documents_name_their_schema_and_are_ascii(capsys: pytest.CaptureFixture[str]) -> None:
    """First, and once; a document's own version wins."""
    print_document({"name": "naïve \x1b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"schema_version": 1, "name": "naïve \x1b"}
    assert list(json.loads(json_text({"a": 1}))) == ["schema_version", "a"]
    assert json_line({"schema_version": 2, "a": [1]}) == '{"schema_version":2,"a":[1]}'


@pytest.mark.parametrize("columns", ["", "20"])
def test_a_table_off_a_terminal_breaks_no_cell(
    columns: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long, whatever COLUMNS says: a script may read it line by line. Strings are made harmless."""
    monkeypatch.setenv("COLUMNS", columns)
    long = "x" * 200
    print_table(("A", "B"), [(long, Cell("green", "green")), ("\x1b[1m\n", "[red]b[/]")])
    assert capsys.readouterr().out.splitlines() == [
        f"A{' ' * 199}  B",
        f"{long}  green",
        "\\x1b[1m\\x0a".ljust(200) + "  [red]b[/]",
    ]


def test_there_is_no_bar_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody watches."""
    with progress_bar("Looking") as on_progress:
        assert on_progress is no_progress
    assert capsys.readouterr() == ("", "")


def on_a_terminal(*arguments: str, **variables: str) -> str:
    """What the command writes to a terminal of 60 columns; it has findings."""
    ours, theirs = pty.openpty()
    environment = {name: value for name, value in ENVIRONMENT.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "60", **variables}
    command = [sys.executable, "-m", "incidentd", *arguments]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        wrote = b""
        try:
            while piece := os.read(ours, 65536):
                wrote += piece
        except OSError:  # EIO: the other side is closed (Linux)
            pass
    os.close(ours)
    assert process.returncode == 1
    return wrote.decode()


def test_a_terminal_gets_colours_a_bar_and_its_width(tmp_path: Path) -> None:
    """What is bad stands out; the bar is gone at the end."""
    (tmp_path / "bad.pem").write_bytes(issued("a.test").chain_pem[:100])
    text = on_a_terminal("check", str(tmp_path / "bad.pem"))
    assert "\x1b[31munreadable" in text
    assert "Looking at certificates" in text
    plain = on_a_terminal("check", str(tmp_path / "bad.pem"), NO_COLOR="1")
    assert "\x1b[31m" not in plain
    assert "unreadable" in plain


def test_json_on_a_terminal_is_plain(tmp_path: Path) -> None:
    """It is data there too."""
    text = on_a_terminal("check", str(tmp_path / "missing.pem"), "--json")
    document = text[text.index("{") :]
    assert json.loads(document)["results"][0]["status"] == "unreadable"
