"""The entry point: every failure is a few lines and an exit code, and nobody sees a traceback without asking."""

import ast
import gc
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from incidentd.cli.commands import COMMANDS, failure_exit_of
from incidentd.cli.failures import told
from incidentd.cli.main import INTERRUPTED, PIPE_CLOSED, run
from incidentd.errors import ConfigError, IncidentdError, SourceError, UsageError
from tests.cli.nursery import ENVIRONMENT
from tests.sources.world import issued

CANARY = "canary-s3cret"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (
            ["check", "--config", "a.yaml", "host"],
            "--config stands before the command: incidentd --config PATH check",
        ),
        (["check", "host", "-v"], "-v stands before the command: incidentd -v check …"),
        (["config", "show", "--log-format", "json"], "incidentd --log-format FORMAT config show …"),
        (["--json", "check", "host"], "options of a command stand after it: incidentd COMMAND --json …"),
        (["check", "--bogus"], "`incidentd check --help` says what it takes"),
        (["chekc", "host"], "did you mean check?"),
        (["xyzzy"], "`incidentd --help` lists them"),
        (["--log-format", "xml", "check", "host"], "`incidentd --help` says what it takes"),
    ],
)
def test_wrong_usage_gets_a_hint(arguments: list[str], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and where the option belongs."""
    assert run(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("incidentd: ")
    assert hint in err


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr: nothing was done."""
    assert run([]) == 2
    assert "Usage: incidentd" in capsys.readouterr().err


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Both are data."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("incidentd 0.")
    assert run(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {one.name}" in out for one in COMMANDS)


@pytest.mark.parametrize(
    ("words", "option"), [(["help"], ["--help"]), (["-v", "help"], ["--help"]), (["help", "plan"], ["plan", "--help"])]
)
def test_help_is_a_word_too(words: list[str], option: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """The same text on stdout, and exit 0."""
    told = []
    for arguments in (words, option):
        assert run(arguments) == 0
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    assert run(["help", "xyzzy"]) == 2


@pytest.mark.parametrize("command", [one.name for one in COMMANDS])
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its module can be imported, and what it is called from the outside is what the registry says."""
    assert run([command, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: incidentd {command} ")


def test_help_imports_no_command() -> None:
    """So that it is quick: at most 0.25 s of CPU."""
    # Measuring coverage is no part of it.
    environment = {name: value for name, value in ENVIRONMENT.items() if not name.startswith("COV")}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-m", "incidentd", "--help"], capture_output=True, check=True, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.25
    code = "import sys, incidentd.cli.main as m; m.run(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    listed = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment)
    imported = set(ast.literal_eval(listed.stderr.decode()))
    assert not imported & {"pydantic", "cryptography", "OpenSSL", "sqlalchemy", "rich", "httpx", "structlog"}


def raised(error: Exception) -> Exception:
    """The same error, with a traceback."""
    try:
        raise error
    except type(error) as caught:
        return caught


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (
            ConfigError("no such key", where="a.yaml:3", hint="did you mean mode?"),
            2,
            "incidentd: a.yaml:3: no such key\n  hint: did you mean mode?\n",
        ),
        (UsageError("not like this"), 2, "incidentd: not like this\n"),
        (SourceError("it is gone", where="edge"), 1, "incidentd: edge: it is gone\n"),
        (ConfigError("one\ntwo", hint="three"), 2, "incidentd: one\nincidentd: two\n  hint: three\n"),
        (IncidentdError("evil \x1b[31m\u202e name"), 1, "incidentd: evil \\x1b[31m\\u202e name\n"),
        (KeyError("x"), 1, "incidentd: internal error: KeyError: 'x', rerun with -v for the traceback\n"),
        (ExceptionGroup("of one", [SourceError("it is gone")]), 1, "incidentd: it is gone\n"),
        (
            OSError(28, "No space left on device", "/var/x"),
            1,
            "incidentd: /var/x: No space left on device, rerun with -v for the traceback\n",
        ),
    ],
)
def test_failures_are_told(error: Exception, code: int, text: str) -> None:
    """What, where, what to do; harmless; never a traceback."""
    assert told(raised(error), [], 1, verbose=False) == (code, text)


def test_a_command_may_have_a_failure_code_of_its_own() -> None:
    """As `check` does, whose 1 means findings."""
    assert failure_exit_of("check") == 2
    assert failure_exit_of("run") == 1
    assert told(SourceError("it is gone"), [], 2, verbose=False)[0] == 2


def test_a_traceback_is_shown_on_request() -> None:
    """For what is, or may be, our own fault; never for a wrong configuration."""
    _, text = told(raised(KeyError("x")), [], 1, verbose=True)
    assert text.startswith("Traceback")
    assert "test_main.py" in text
    assert text.endswith("incidentd: internal error: KeyError: 'x'\n")
    assert "Traceback" not in told(raised(ConfigError("no such key")), [], 1, verbose=True)[1]


def test_no_error_shows_a_secret() -> None:
    """Also in a traceback."""
    for verbose in (False, True):
        _, text = told(raised(ValueError(f"Authorization: Bearer {CANARY}")), [], 1, verbose=verbose)
        assert CANARY not in text
        assert "ValueError" in text


COLLECTING = """
import atexit, gc, sys
from incidentd.cli.main import main
atexit.register(lambda: print(gc.isenabled(), gc.get_freeze_count() > 10_000))
main()
"""


def test_what_is_imported_is_not_collected_over_and_over() -> None:
    """Not while a process starts, and not afterwards: a start takes two thirds of the time. What comes later is."""
    command = [sys.executable, "-c", COLLECTING, "config", "schema"]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["True True"]), done.stderr


def test_in_process_the_collector_is_left_alone() -> None:
    """`run` is called by others, who decide for themselves."""
    before = gc.get_freeze_count()
    assert run(["config", "--help"]) == 0
    assert gc.isenabled()
    assert gc.get_freeze_count() <= before  # what was frozen may still end


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    """`incidentd check … | head -1`: quiet, with the code of a broken pipe."""
    (tmp_path / "a.pem").write_bytes(issued("a.test").chain_pem)
    command = [sys.executable, "-m", "incidentd", "check", "--json", str(tmp_path / "a.pem")]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run(command, stdout=gone, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (PIPE_CLOSED, b"")


def test_an_interrupt_is_quiet() -> None:
    """Ctrl-C while standard input is awaited."""
    # -X importtime says when the last module is in: the process then waits for its input.
    command = [sys.executable, "-X", "importtime", "-m", "incidentd", "check", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.rstrip().endswith(b"incidentd.x509.bundles"):
                break
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate()
    assert process.returncode == INTERRUPTED
    assert b"Traceback" not in rest


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """And is `check`'s own failure, not a finding."""
    (tmp_path / "a.pem").write_bytes(issued("a.test").chain_pem)
    command = [sys.executable, "-m", "incidentd", "check", "--json", str(tmp_path / "a.pem")]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, env=ENVIRONMENT, check=False)
    assert (done.returncode, done.stderr) == (
        2,
        b"incidentd: No space left on device, rerun with -v for the traceback\n",
    )


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_closed_streams_are_no_error_of_ours(closed: str, tmp_path: Path) -> None:
    """A supervisor may start us so."""
    script = f'"{sys.executable}" -m incidentd check "{tmp_path}/missing.pem" {closed}'
    done = subprocess.run(["sh", "-c", script], capture_output=True, env=ENVIRONMENT, check=False)
    assert b"error" not in done.stderr
    assert done.returncode == 1
