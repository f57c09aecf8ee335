"""`incidentd check`: certificates anywhere, judged by the literal rule, without configuration and without state."""

import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from incidentd.cli.ending import to_its_end
from incidentd.errors import UsageError

if TYPE_CHECKING:
    from incidentd.cli.checking.arguments import Argument
    from incidentd.cli.checking.found import Found
    from incidentd.cli.checking.report import Report
    from incidentd.model.threshold import Threshold


class CheckFormat(StrEnum):
    """How results are written."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    GITHUB = "github"
    NAGIOS = "nagios"
    SARIF = "sarif"


DEFAULT_CRITICAL = "14d"


def check(
    context: typer.Context,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET",
            show_default=False,
            help="host[:port], [v6]:port, smtp://host:25 (imap, pop3, ftp, ldap, postgres, mysql and xmpp as well), "
            "a file, a folder, a glob, or - for PEM on stdin. What exists on disk, or holds a / or a wildcard, is a "
            "path: write tls://HOST for a host, ./NAME for a file.",
        ),
    ],
    output: Annotated[CheckFormat, typer.Option("--output", "-o", help="Format.")] = CheckFormat.TABLE,
    as_json: Annotated[bool, typer.Option("--json", help="The same as -o json.")] = False,
    threshold: Annotated[str, typer.Option(help="How long before its end a certificate is due: 3mo, 30d.")] = "3mo",
    automated: Annotated[
        bool, typer.Option("--automated", help="Short-lived certificates are due once their renewal is overdue.")
    ] = False,
    warning: Annotated[
        str | None, typer.Option("--warning", "-w", help="For -o nagios: the threshold.", show_default="--threshold")
    ] = None,
    critical: Annotated[
        str | None, typer.Option("--critical", "-c", help="For -o nagios.", show_default=DEFAULT_CRITICAL)
    ] = None,
) -> None:
    """Look at certificates now: hosts, files, folders, globs, standard input. Needs no configuration.

    Due: less than three months left (--threshold). Leaves count; a CA certificate counts where it stands alone, or
    where a leaf beside it ends later; a trust bundle (more than five CA certificates and no leaf) does not. All
    addresses of a host are asked. A folder is one result a file; files in it that hold no certificate are passed over,
    but a path that shows none at all is unreadable.

    Exit code: 0 clean; 1 findings (due, expired, unreadable); 2 wrong usage, or incidentd itself failed; 3 when all
    that is wrong is that targets could not be reached. With -o nagios: 0 ok, 1 warning, 2 critical, 3 unknown.
    """
    chosen = _chosen(output, as_json)
    if chosen is not CheckFormat.NAGIOS and (warning or critical):
        raise UsageError("-w and -c belong to -o nagios", hint="elsewhere, write --threshold")
    due_at = _threshold(warning or threshold)
    critical_at = _threshold(critical or DEFAULT_CRITICAL)
    from incidentd.cli.checking.arguments import STANDARD_INPUT, read_argument

    arguments = [read_argument(text, os.path.lexists) for text in targets]
    # Read here, not in a thread: a thread that waits for a terminal cannot be interrupted.
    stdin = _standard_input() if STANDARD_INPUT in targets else b""
    found, passed_over = to_its_end(_look(arguments, stdin))
    report = _report(found, due_at, critical_at, automated)
    raise typer.Exit(_write(report, chosen, passed_over, verbose=context.obj.verbose))


def _chosen(output: CheckFormat, as_json: bool) -> CheckFormat:
    if as_json and output not in (CheckFormat.TABLE, CheckFormat.JSON):
        raise UsageError(f"--json and -o {output} exclude each other")
    return CheckFormat.JSON if as_json else output


def _threshold(text: str) -> "Threshold":
    from incidentd.durations import parse_threshold

    try:
        return parse_threshold(text)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}") from None


def _standard_input() -> bytes:
    """What comes in, and one byte more than may: its reader says that it is too large."""
    from incidentd.x509.bundles import MAX_BLOB_BYTES

    if sys.stdin is None:
        raise UsageError("standard input is closed", where="-")
    return sys.stdin.buffer.read(MAX_BLOB_BYTES + 1)


async def _look(arguments: "list[Argument]", stdin: bytes) -> "tuple[list[Found], int]":
    from incidentd.cli.checking.looking import World, look_at_all
    from incidentd.cli.output import sweep_progress
    from incidentd.ports import SystemClock, ThreadWorker
    from incidentd.sources.tls.network import TlsNetwork

    network = TlsNetwork()
    world = World(network, SystemClock(), ThreadWorker(), stdin)
    try:
        with sweep_progress() as on_progress:
            return await look_at_all(arguments, world, on_progress)
    finally:
        network.close()


def _report(found: "list[Found]", due_at: "Threshold", critical_at: "Threshold", automated: bool) -> "Report":
    from incidentd.cli.checking.report import Report
    from incidentd.cli.checking.verdict import Rule, verdict
    from incidentd.ports import SystemClock

    now = SystemClock().now()
    rule = Rule(due_at, automated)
    return Report(tuple(verdict(one, rule, now) for one in found), now, critical_at)


def _write(report: "Report", chosen: CheckFormat, passed_over: int, *, verbose: bool) -> int:
    """Data to stdout, a summary to stderr; the exit code."""
    from incidentd.cli.checking.formats import render
    from incidentd.cli.checking.report import summary
    from incidentd.cli.checking.verdict import exit_code
    from incidentd.planning.phrases import counted

    text = render(chosen.value, report)
    if text:
        typer.echo(text)
    if chosen in (CheckFormat.TABLE, CheckFormat.WIDE, CheckFormat.GITHUB):
        typer.echo(summary(report.results), err=True)
    if verbose and passed_over:
        typer.echo(f"{counted(passed_over, 'file')} in folders passed over: no certificate in them", err=True)
    if chosen is CheckFormat.NAGIOS:
        from incidentd.cli.checking.as_nagios import state_of

        return int(state_of(report))
    return exit_code(report.results)
