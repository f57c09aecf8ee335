"""The entry point, and the only place where errors become text and exit codes. Nobody sees a traceback without `-v`."""

import gc
import os
import sys
from collections.abc import Sequence
from enum import StrEnum
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.main import get_command

from incidentd.cli.commands import LateGroup, failure_exit_of
from incidentd.cli.options import CliOptions, failure_exit_in

INTERRUPTED = 130
"""128 + SIGINT, as a shell has it."""
PIPE_CLOSED = 141
"""128 + SIGPIPE: what was written did not arrive whole, so it is neither clean nor a finding."""

app = typer.Typer(
    cls=LateGroup,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


class LogFormat(StrEnum):
    """How log lines are written; auto: for people on a terminal, as JSON elsewhere."""

    AUTO = "auto"
    JSON = "json"
    CONSOLE = "console"


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"incidentd {version('incidentd')}")
        raise typer.Exit


@app.callback()
def incidentd(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Else INCIDENTD_CONFIG, ./incidentd.yaml, /etc/incidentd/incidentd.yaml."),
    ] = None,
    log_format: Annotated[LogFormat, typer.Option(help="auto: JSON off a terminal.")] = LogFormat.AUTO,
    verbose: Annotated[bool, typer.Option("-v", "--verbose", help="Say more; tracebacks too.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Keep exactly one incident open for every certificate with less than three months left.

    These options stand before the command: incidentd -v check HOST.
    """
    from incidentd.cli.logs import configure_logs

    context.obj = CliOptions(config, log_format.value, verbose)
    configure_logs(log_format.value, verbose=verbose)


def main() -> None:
    """Runs the command line of this process, and exits."""
    gc.disable()  # until the command is imported, where it is taken up again: half of a start was collecting nothing
    _ready_streams()
    code = run(sys.argv[1:])
    if code == INTERRUPTED:
        # Somebody waits at the terminal; a resolver that hangs in a thread would hold up an orderly exit.
        os._exit(code)
    sys.exit(code)


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; the exit code. Whatever happens, it is told in a few lines on stderr."""
    invoked: list[Any] = []
    try:
        code = _invoke(arguments, invoked)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        _drop(sys.stdout)
        return PIPE_CLOSED
    except Exception as error:
        return _told(error, arguments, invoked)
    return code


def _invoke(arguments: Sequence[str], invoked: list[Any]) -> int:
    """As typer's own main does, which would handle errors by itself. The context is put into `invoked`."""
    command: Any = get_command(app)
    try:
        context = command.make_context("incidentd", list(arguments))
        invoked.append(context)
        with context:
            command.invoke(context)
    except typer.Exit as done:
        return done.exit_code
    return 0


def _told(error: Exception, arguments: Sequence[str], invoked: Sequence[Any]) -> int:
    from incidentd.cli.failures import told

    name = invoked[0].invoked_subcommand if invoked else None
    options = invoked[0].obj if invoked else None
    verbose = isinstance(options, CliOptions) and options.verbose
    failure_exit = failure_exit_in(invoked[0], failure_exit_of(name)) if invoked else 1
    code, text = told(error, arguments, failure_exit, verbose=verbose)
    for stream, rest in ((sys.stderr, text), (sys.stdout, "")):
        try:
            stream.write(rest)
            stream.flush()
        except OSError:
            _drop(stream)
    return code


def _ready_streams() -> None:
    """What the shell closed (`>&-`) becomes a sink; what an encoding cannot show is escaped, and stops no report."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - open as long as the process
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115 - the same
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop(stream: TextIO) -> None:
    """Nobody reads it any more, or the disk is full: the interpreter would complain at its end about what is left."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
